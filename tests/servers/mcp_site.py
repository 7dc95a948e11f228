"""An MCP server over streamable HTTP: the official package's own server, behind one host of a `LocalServer`.

The package serves on a loopback port of its own; the site passes requests on to it and answers back as they come, so
that what arrived is on record like everything else that arrived.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import uvicorn
from mcp.server import MCPServer

from akios_jail.demo.local_server import Request, Response

_HOP_BY_HOP = ("connection", "transfer-encoding", "content-length", "keep-alive", "date", "server")


class McpSite:
    """Tools of a billing system; `done` lists what they really did. A context manager; `site` is for a `LocalServer`.

    `streams`: answers come as server-sent events rather than as JSON.
    """

    def __init__(self, *, streams: bool = False) -> None:
        self.done: list[tuple[str, dict[str, Any]]] = []
        tools = MCPServer("billing")
        for tool in (self.get_order, self.issue_credit, self.send_report):
            tools.tool()(tool)
        app = tools.streamable_http_app(json_response=not streams)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), daemon=True)

    def get_order(self, order_id: str) -> dict[str, Any]:
        """Look an order up."""
        self.done.append(("get_order", {"order_id": order_id}))
        return {"order_id": order_id, "status": "delivered", "amount_usd": 127.5}

    def issue_credit(self, account: str, amount_usd: float) -> str:
        """Credit an amount to an account."""
        self.done.append(("issue_credit", {"account": account, "amount_usd": amount_usd}))
        return f"credited {amount_usd} to {account}"

    def send_report(self, to: str, limit: int = 10) -> str:
        """Send a report with so many lines."""
        self.done.append(("send_report", {"to": to, "limit": limit}))
        return f"sent {limit} lines to {to}"

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            if time.monotonic() > deadline:
                raise TimeoutError("the MCP server did not start")
            time.sleep(0.01)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._listener.close()

    def site(self, request: Request) -> Response:
        """Pass one request on."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        kept = {key: value for key, value in request.headers if key.lower() not in (*_HOP_BY_HOP, "host")}
        connection.request(request.method, request.target, request.body or None, kept)
        answer = connection.getresponse()
        headers = tuple((key, value) for key, value in answer.getheaders() if key.lower() not in _HOP_BY_HOP)
        if answer.getheader("content-type", "").startswith("text/event-stream"):
            return Response(answer.status, headers, _as_it_comes(connection, answer))
        body = answer.read()
        connection.close()
        return Response(answer.status, headers, body)


def _as_it_comes(connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while data := answer.read1(65536):
            yield data
    finally:
        connection.close()
