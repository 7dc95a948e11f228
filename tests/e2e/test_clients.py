"""Unmodified clients reach allowed hosts through the jail, with no proxy variable and no hint from us."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest

from akios_jail.demo.model_server import Behaviour
from tests.e2e.conftest import Akios
from tests.servers.git_repository import GitRepository

pytestmark = pytest.mark.root

CUSTOMER = "https://internal-crm.corp/customers/4821"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_openai_sdk(akios: Akios, stream: bool) -> None:
    run = akios.python(
        f"""
        import json, openai
        client = openai.OpenAI(api_key="sk-test", max_retries=0)
        question = dict(model="gpt-4o-mini", messages=[{{"role": "user", "content": "Where is order 88213?"}}])
        if {stream}:
            chunks = list(client.chat.completions.create(
                **question, stream=True, stream_options={{"include_usage": True}}))
            text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
            usage = chunks[-1].usage
        else:
            answer = client.chat.completions.create(**question)
            text, usage = answer.choices[0].message.content, answer.usage
        print(json.dumps([text, usage.total_tokens]))
        """
    )
    assert run.status == 0, run
    usage = akios.upstream.usages[0]
    assert run.said == ["Where is order 88213?", usage.input_tokens + usage.output_tokens]
    assert run.report["calls"] == 1
    assert run.report["cost"]["input_tokens"] == usage.input_tokens
    assert run.report["cost"]["output_tokens"] == usage.output_tokens


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_the_anthropic_sdk(akios: Akios, stream: bool) -> None:
    akios.allow("api.anthropic.com", methods=["POST"])
    run = akios.python(
        f"""
        import json, warnings, anthropic
        client = anthropic.Anthropic(api_key="sk-test", max_retries=0)
        question = dict(model="claude-sonnet-4-5", max_tokens=100,
                        messages=[{{"role": "user", "content": "Where is order 88213?"}}])
        if {stream}:
            with client.messages.stream(**question) as events:
                text = "".join(events.text_stream)
                answer = events.get_final_message()
        else:
            answer = client.messages.create(**question)
            text = answer.content[0].text
        print(json.dumps([text, answer.usage.input_tokens, answer.usage.output_tokens]))
        """
    )
    assert run.status == 0, run
    usage = akios.upstream.usages[0]
    assert run.said == ["Where is order 88213?", usage.input_tokens, usage.output_tokens]
    assert run.report["calls"] == 1
    assert run.report["cost"]["output_tokens"] == usage.output_tokens


def test_a_stream_arrives_as_it_is_sent_and_not_at_the_end(akios: Akios) -> None:
    akios.upstream.behaviour = Behaviour(text="word " * 20, chunks=10, chunk_delay_s=0.1)
    run = akios.python(
        """
        import json, time, openai
        client = openai.OpenAI(api_key="sk-test", max_retries=0)
        question = dict(model="gpt-4o-mini", messages=[{"role": "user", "content": "hello"}])
        at = [time.monotonic() for _ in client.chat.completions.create(**question, stream=True)]
        print(json.dumps(at[-1] - at[0]))
        """
    )
    assert run.said > 0.5, run


def test_requests(akios: Akios) -> None:
    run = akios.python(f"import requests; print(requests.get({CUSTOMER!r}, timeout=20).text)")
    assert run.said["id"] == 4821, run


def test_httpx(akios: Akios) -> None:
    run = akios.python(f"import httpx; print(httpx.get({CUSTOMER!r}, timeout=20).text)")
    assert run.said["id"] == 4821, run


def test_aiohttp(akios: Akios) -> None:
    run = akios.python(
        f"""
        import asyncio, aiohttp
        async def main():
            async with aiohttp.ClientSession() as session, session.get({CUSTOMER!r}) as answer:
                print(await answer.text())
        asyncio.run(main())
        """
    )
    assert run.said["id"] == 4821, run


def test_urllib_of_the_standard_library(akios: Akios) -> None:
    run = akios.python(f"import urllib.request; print(urllib.request.urlopen({CUSTOMER!r}).read().decode())")
    assert run.said["id"] == 4821, run


def test_curl(akios: Akios) -> None:
    run = akios.run("--", "curl", "--silent", "--show-error", "--max-time", "20", CUSTOMER)
    assert run.said["id"] == 4821, run


def test_curl_that_would_rather_speak_http_2(akios: Akios) -> None:
    run = akios.run(
        "--", "curl", "--silent", "--show-error", "--http2", "--write-out", "%{stderr}%{http_version}", CUSTOMER
    )
    assert run.said["id"] == 4821, run
    assert "1.1" in run.stderr


def test_plain_http_where_the_policy_says_so(akios: Akios) -> None:
    entry = {"host": "internal-crm.corp", "methods": ["GET"], "protocol": "http"}
    akios.policy({"network_access": {"allowlist": [entry]}})
    run = akios.run("--", "curl", "--silent", "--show-error", CUSTOMER.replace("https", "http"))
    assert run.said["id"] == 4821, run
    assert akios.upstream.requests()[0].scheme == "http"


def test_git_clones_over_https(akios: Akios) -> None:
    data = bytes(range(256)) * 4096
    akios.upstream.sites["git.example.com"] = GitRepository(akios.folder, {"data.bin": data}).site
    akios.allow("git.example.com")
    run = akios.shell("cd /tmp && git clone --quiet https://git.example.com/example.git && sha256sum example/data.bin")
    assert run.status == 0, run
    assert run.stdout.split()[0].decode() == hashlib.sha256(data).hexdigest()


def test_the_built_in_fetch_of_node(akios: Akios) -> None:
    node = shutil.which("node")
    assert node, "node is needed for this test"
    akios.file("agent.mjs", f"console.log(await (await fetch({CUSTOMER!r})).text())")
    run = akios.run("--", node, "agent.mjs")
    assert run.said["id"] == 4821, run


def test_the_http_client_of_java(akios: Akios) -> None:
    java = shutil.which("java")
    if java is None:
        pytest.skip("no java on this machine")
    akios.file(
        "Agent.java",
        f"""
        import java.net.URI;
        import java.net.http.*;
        class Agent {{
            public static void main(String[] arguments) throws Exception {{
                var request = HttpRequest.newBuilder(URI.create({json.dumps(CUSTOMER)})).build();
                var client = HttpClient.newHttpClient();
                System.out.println(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
            }}
        }}
        """,
    )
    resources = {"memory": "1Gi", "pids": 256}
    akios.allow("internal-crm.corp", methods=["GET"], resources=resources)
    run = akios.run("--", java, "Agent.java")
    assert run.said["id"] == 4821, run


def test_no_client_is_told_of_a_proxy(akios: Akios) -> None:
    run = akios.python("import json, os; print(json.dumps(dict(os.environ)))")
    assert not [name for name in run.said if "proxy" in name.lower()]
