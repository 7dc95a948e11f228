"""What a policy can say beyond the founding one, seen from the agent's side."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Akios, Run

pytestmark = pytest.mark.root

CRM = "https://internal-crm.corp"


@pytest.fixture
def echo() -> Iterator[int]:
    """A TCP server that sends back what it gets; its port on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    while data := connection.recv(65536):
                        connection.sendall(data)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def allow(akios: Akios, *rules: dict[str, Any], **spec: Any) -> None:
    akios.policy({"network_access": {"allowlist": [*rules]}}, **spec)


def curl(akios: Akios, url: str, *arguments: str) -> Run:
    return akios.run("--", "curl", "--silent", "--write-out", "\n%{http_code}", *arguments, url)


def test_a_wildcard_allows_what_is_below_a_domain_but_not_the_domain(akios: Akios) -> None:
    akios.upstream.sites |= {"a.b.example.org": akios.upstream.sites["internal-crm.corp"]}
    allow(akios, {"host": "*.example.org"})
    assert curl(akios, "https://a.b.example.org/customers").stdout.endswith(b"200")
    assert curl(akios, "https://example.org/customers").status == 6  # curl: could not resolve host


def test_paths_are_globs(akios: Akios) -> None:
    allow(akios, {"host": "internal-crm.corp", "paths": ["/customers/*"]})
    assert curl(akios, f"{CRM}/customers/4821").stdout.endswith(b"200")
    for path in (
        "/customers",
        "/customers/4821/notes",
        "/customers/../admin",
        "/customers/%2e%2e/admin",
        "//customers/1",
    ):
        assert curl(akios, CRM + path, "--path-as-is").stdout.endswith(b"403"), path
    assert len(akios.upstream.requests()) == 1


def test_a_condition_looks_into_the_request(akios: Akios) -> None:
    condition = "request.body.model.startsWith('gpt-4o-mini')"
    allow(akios, {"host": "api.openai.com", "methods": ["POST"], "when": condition})
    url = "https://api.openai.com/v1/chat/completions"
    messages = '"messages": [{"role": "user", "content": "hi"}]'
    json = ("-H", "Content-Type: application/json", "--data")
    assert curl(akios, url, *json, f'{{"model": "gpt-4o-mini", {messages}}}').stdout.endswith(b"200")
    assert curl(akios, url, *json, f'{{"model": "gpt-4-turbo", {messages}}}').stdout.endswith(b"403")
    assert curl(akios, url, *json, f"{{{messages}}}").stdout.endswith(b"403"), "a missing field is no permission"
    assert len(akios.upstream.requests()) == 1


@pytest.mark.parametrize("host", ["203.0.113.7", "203.0.113.0/24", "2001:db8::7", "echo.example.net"])
def test_any_bytes_over_tcp_where_a_rule_says_so(akios: Akios, echo: int, host: str) -> None:
    allow(akios, {"host": host, "protocol": "tcp", "ports": [7000]})
    dialled = "203.0.113.7" if "/" in host else host
    bracketed = f"[{dialled}]" if ":" in dialled else dialled
    akios.options = ["--connect-to", f"{bracketed}:7000:127.0.0.1:{echo}"]
    run = akios.python(
        f"""
        import json, socket
        def say(port):
            try:
                with socket.create_connection(({dialled!r}, port), timeout=20) as stream:
                    stream.sendall(b"\\x00\\xffhello")
                    stream.shutdown(socket.SHUT_WR)
                    return b"".join(iter(lambda: stream.recv(100), b"")).hex()
            except OSError as error:
                return type(error).__name__
        print(json.dumps([say(7000), say(7001)]))
        """
    )
    assert run.said == [b"\x00\xffhello".hex(), "ConnectionRefusedError"], run


def test_tls_that_is_passed_through_ends_at_the_upstream_itself(akios: Akios) -> None:
    allow(akios, {"host": "internal-crm.corp", "tls": "passthrough"})
    akios.options = ["--ro", str(akios.cacert)]
    own = curl(akios, f"{CRM}/customers", "--cacert", str(akios.cacert))
    assert own.stdout.endswith(b"200"), own
    other = akios.run(
        "--",
        "curl",
        "--silent",
        "--insecure",
        "--connect-to",
        "evil.example:443:internal-crm.corp:443",
        "https://evil.example/",
    )
    assert other.status != 0, "the name in the TLS greeting must be the one that was dialled"
    assert len(akios.upstream.requests()) == 1


def test_the_workspace_is_writable_only_where_the_policy_says(akios: Akios) -> None:
    (akios.workspace / "out").mkdir()
    akios.policy(filesystem={"write": ["out"]})
    run = akios.shell("echo yes > out/file; echo no > file; ls")
    assert (akios.workspace / "out" / "file").read_text() == "yes\n"
    assert not (akios.workspace / "file").exists(), run


def test_a_writable_workspace(akios: Akios) -> None:
    akios.policy(filesystem={"workspace": {"access": "rw"}})
    akios.shell("mkdir made && echo yes > made/file")
    assert (akios.workspace / "made" / "file").read_text() == "yes\n"
    assert (akios.workspace / "made").stat().st_uid == akios.workspace.stat().st_uid


def test_an_overlay_takes_the_changes_and_leaves_the_folder_as_it_was(akios: Akios) -> None:
    akios.file("kept", "before\n")
    akios.policy(filesystem={"workspace": {"access": "overlay"}})
    run = akios.shell("echo after > kept; echo new > made; cat kept made")
    assert run.stdout == b"after\nnew\n", run
    assert (akios.workspace / "kept").read_text() == "before\n"
    assert not (akios.workspace / "made").exists()


def test_environment_variables_of_the_policy(akios: Akios) -> None:
    akios.policy(environment={"pass": ["TOKEN", "UNSET"], "set": {"MODE": "careful"}})
    run = akios.shell('echo "$TOKEN $MODE ${UNSET-none} ${OTHER-none}"', env={"TOKEN": "t", "OTHER": "o"})
    assert run.stdout == b"t careful none none\n", run


def test_no_network_at_all_without_an_allowlist(akios: Akios) -> None:
    akios.policy()
    assert curl(akios, f"{CRM}/customers").status == 6


@pytest.mark.parametrize("profile", ["agent-default", "agent-strict"])
def test_the_profiles_that_ship_run_an_ordinary_agent(akios: Akios, profile: str) -> None:
    allow(akios, {"host": "internal-crm.corp"}, seccomp={"profile": profile})
    run = akios.python(f"import requests; print(requests.get({CRM + '/customers/4821'!r}, timeout=20).text)")
    assert run.said["id"] == 4821, run
