"""What the agent gets: upstream's answer with a head of our own, or a refusal that says why."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.web_request import BaseRequest

from akios_jail.broker.http_message import Response
from akios_jail.policy.verdict import Verdict

_NAME = "akios"


def refusal(
    request_id: str, verdict: Verdict, status: int, retry_after: float | None = None, instead: bytes | None = None
) -> web.Response:
    """What the agent gets when refused: a form that model SDKs show to whoever reads their errors.

    `instead`: a document (JSON) of the agent's own protocol that says it.
    """
    if instead is None:
        response = plain(error("akios_denied", verdict.code, verdict.reason, request_id), status)
    else:
        response = web.Response(status=status, body=instead, content_type="application/json", headers={"Server": _NAME})
    if retry_after is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(retry_after)))
    return response


class Recorded(web.Response):
    """A refusal that is on record before its first byte is sent, where aiohttp leaves no room to wait elsewhere."""

    def __init__(self, record: Callable[[], Awaitable[None]], request_id: str, verdict: Verdict, status: int) -> None:
        document = error("akios_denied", verdict.code, verdict.reason, request_id)
        super().__init__(status=status, body=json.dumps(document).encode(), content_type="application/json")
        self.headers["Server"] = _NAME
        self.force_close()
        self._record = record

    async def prepare(self, request: BaseRequest) -> Any:
        await self._record()
        return await super().prepare(request)


def error(kind: str, code: str, message: str, request_id: str) -> dict[str, Any]:
    """The document of a refusal (`akios_denied`) or of an upstream's failure (`akios_upstream_error`)."""
    return {"error": {"type": kind, "code": code, "message": message, "request_id": request_id}}


def plain(document: dict[str, Any], status: int) -> web.Response:
    """A document as a whole answer."""
    return web.Response(
        status=status, body=json.dumps(document).encode(), content_type="application/json", headers={"Server": _NAME}
    )


class _WholeAnswer(web.StreamResponse):
    """An answer of known length: its head goes out together with the first bytes of its body, in one write."""

    _send_headers_immediately = False


def answer_of(http: BaseRequest, response: Response) -> web.StreamResponse:
    """Upstream's answer as the agent gets it; the framing is ours, as the agent's version of HTTP allows."""
    kind = _WholeAnswer if response.length else web.StreamResponse
    answer = kind(status=response.status, reason=response.reason or None)
    for name, value in response.headers:
        answer.headers.add(name, value)
    answer.headers.setdefault("Server", _NAME)
    if response.length is not None:
        # What HEAD would have got has the length that upstream says, or none that anybody knows.
        if http.method != "HEAD" and response.status not in (204, 304):
            answer.content_length = response.length
    elif http.version == (1, 1):
        answer.enable_chunked_encoding()
    else:
        answer.force_close()
    return answer
