"""What goes wrong upstream reaches the agent as what it is, is never taken for success, and never hangs the session."""

from __future__ import annotations

import hashlib
import socket

import pytest

from akios_jail.demo.local_server import Request, Response, json_response
from akios_jail.demo.model_server import Behaviour
from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

ASK = """
import json, openai
client = openai.OpenAI(api_key="sk-test", max_retries=0, timeout=TIMEOUT)
try:
    asked = dict(model="gpt-4o-mini", messages=[{"role": "user", "content": "hello"}])
    if STREAM:
        said = "".join(c.choices[0].delta.content or "" for c in client.chat.completions.create(**asked, stream=True))
    else:
        said = client.chat.completions.create(**asked).choices[0].message.content
    print(json.dumps(["answered", said]))
except openai.APIStatusError as error:
    print(json.dumps([error.status_code, error.body]))
except Exception as error:
    print(json.dumps([type(error).__name__, str(error)]))
"""


def ask(stream: bool = False, timeout: float = 20) -> str:
    return f"STREAM, TIMEOUT = {stream}, {timeout}\n{ASK}"


def test_the_provider_s_own_error_arrives_unchanged(akios: Akios) -> None:
    akios.upstream.behaviour = Behaviour(fault="429")
    run = akios.python(ask())
    status, body = run.said
    assert status == 429
    assert body["message"] == "Rate limit reached."


@pytest.mark.parametrize("fault", ["cut", "wrong-length"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_an_answer_that_breaks_off_is_an_error_for_the_agent_too(akios: Akios, fault: str, stream: bool) -> None:
    akios.upstream.behaviour = Behaviour(text="one two three four", chunks=8, fault=fault)
    run = akios.python(ask(stream))
    assert run.said[0] != "answered", run
    assert run.report["calls"] == 1
    assert run.report["cost"]["cost_usd"] > 0, "what may have been spent is counted"


def test_an_answer_that_never_comes_is_the_agent_s_own_timeout(akios: Akios) -> None:
    akios.upstream.behaviour = Behaviour(fault="hang")
    run = akios.python(ask(timeout=1))
    assert run.said[0] == "APITimeoutError", run
    assert run.seconds < 15


def test_compressed_answers_are_understood(akios: Akios) -> None:
    akios.upstream.behaviour = Behaviour(gzip=True)
    run = akios.python(ask())
    assert run.said == ["answered", "hello"], run
    assert run.report["cost"]["output_tokens"] == akios.upstream.usages[0].output_tokens


def test_an_upstream_that_is_down_is_said_at_once(akios: Akios) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    akios.allow("down.example.com")
    akios.options = ["--connect-to", f"down.example.com:443:127.0.0.1:{port}"]
    run = akios.run("--", "curl", "--silent", "--write-out", "%{http_code}", "https://down.example.com/")
    assert run.stdout.endswith(b"502"), run
    assert run.seconds < 15


def test_an_upstream_without_a_certificate_that_is_trusted_is_not_spoken_to(akios: Akios) -> None:
    command = akios.command("--", "curl", "--silent", "https://internal-crm.corp/customers")
    at = command.index("--cacert")
    process = akios.start(command=command[:at] + command[at + 2 :])
    stdout, stderr = process.communicate(timeout=60)
    assert b"certificate" in stdout, stderr
    assert not akios.upstream.requests()


def test_large_bodies_go_both_ways_unharmed(akios: Akios) -> None:
    download = bytes(range(256)) * 80_000

    def site(request: Request) -> Response:
        if request.method == "POST":
            return json_response({"sha256": hashlib.sha256(request.body).hexdigest(), "length": len(request.body)})
        return Response(200, (("Content-Type", "application/octet-stream"),), download)

    akios.upstream.sites["files.example.com"] = site
    akios.allow("files.example.com")
    upload = b"0123456789abcdef" * 500_000
    akios.file("upload", upload)
    up = akios.run("--", "curl", "--silent", "--show-error", "--data-binary", "@upload", "https://files.example.com/")
    down = akios.run("--", "curl", "--silent", "--show-error", "https://files.example.com/")
    assert up.said == {"sha256": hashlib.sha256(upload).hexdigest(), "length": len(upload)}, up
    assert hashlib.sha256(down.stdout).digest() == hashlib.sha256(download).digest()


def test_many_connections_at_once(akios: Akios) -> None:
    run = akios.python(
        """
        import asyncio, aiohttp, json
        async def main():
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=60)) as session:
                async def one(number):
                    async with session.get("https://internal-crm.corp/customers/4821") as answer:
                        return (await answer.json())["id"]
                print(json.dumps(await asyncio.gather(*(one(number) for number in range(300)))))
        asyncio.run(main())
        """
    )
    assert run.said == [4821] * 300, run
    assert run.report["verdicts"]["allow"] == 300


def test_a_websocket_is_refused_with_the_reason(akios: Akios) -> None:
    headers = ["-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H", "Sec-WebSocket-Version: 13"]
    url = "https://internal-crm.corp/customers"
    run = akios.run(
        "--", "curl", "--silent", "--http1.1", *headers, "-H", "Sec-WebSocket-Key: YWFhYWFhYWFhYWFhYWFhYQ==", url
    )
    assert run.said["error"]["type"] == "akios_denied", run
    assert not akios.upstream.requests()
