"""Credentials of a policy: every default said, and nothing that could never work or would bring a key into the jail."""

from __future__ import annotations

import pytest

from akios_jail.policy.errors import PolicyError
from akios_jail.policy.plans import Credential, Secret
from tests.policy.manifests import manifest, plans

ALLOWLIST = "[{host: a.example}, {host: '*.aws.example'}, {host: p.example, tls: passthrough}, {host: 192.0.2.1}]"


def text(*credentials: str, environment: str = "{}") -> str:
    lines = "".join(f"    - {{{credential}}}\n" for credential in credentials)
    return manifest(
        f"governance:\n  network_access: {{allowlist: {ALLOWLIST}}}\n  credentials:\n{lines}environment: {environment}"
    )


def compiled(credential: str) -> Credential:
    (found,) = plans(text(credential)).broker.credentials
    return found


def _key(variable: str, source: str, *value: str) -> tuple[Secret, ...]:
    return (Secret("key", variable, source, value),)


@pytest.mark.parametrize(
    ("written", "place", "fields", "secrets"),
    [
        ("env: K", "header", "Authorization", _key("K", "env", "K")),
        ("env: K, from: {env: REAL}", "header", "Authorization", _key("K", "env", "REAL")),
        ("env: K, header: x-api-key", "header", "x-api-key", _key("K", "env", "K")),
        ("env: K, header: [x-api-key, Authorization]", "header", "x-api-key Authorization", _key("K", "env", "K")),
        ("env: K, query: key", "query", "key", _key("K", "env", "K")),
        ("env: K, from: {file: /run/secrets/k}", "header", "Authorization", _key("K", "file", "/run/secrets/k")),
        ("env: K, from: {file: ./k//x}", "header", "Authorization", _key("K", "file", "k/x")),
        ("env: K, from: {command: [op, read, 5, 'a b']}", "header", "Authorization",
         _key("K", "command", "op", "read", "5", "a b")),
    ],
)  # fmt: skip
def test_a_key_goes_in_one_place(written: str, place: str, fields: str, secrets: tuple[Secret, ...]) -> None:
    found = compiled(f"name: c, hosts: [A.example], {written}")
    assert found == Credential("c", ("a.example",), place, tuple(fields.split()), secrets)


def test_an_aws_key_has_two_or_three_parts() -> None:
    sigv4 = "access_key_id: {env: ID}, secret_access_key: {env: S, from: {file: /s}}"
    both = (Secret("access_key_id", "ID", "env", ("ID",)), Secret("secret_access_key", "S", "file", ("/s",)))
    found = compiled(f"name: aws, hosts: ['*.aws.example'], sigv4: {{{sigv4}}}")
    assert found == Credential("aws", ("*.aws.example",), "sigv4", (), both)
    token = "session_token: {env: T, from: {command: [t]}}"
    found = compiled(f"name: aws, hosts: ['*.aws.example'], sigv4: {{{sigv4}, {token}}}")
    assert found.secrets == (*both, Secret("session_token", "T", "command", ("t",)))


@pytest.mark.parametrize(
    "host", ["a.example", "'*.aws.example'", "s3.eu.aws.example", "'*.eu.aws.example'", "'*.example'"]
)
def test_a_key_may_go_where_a_rule_reads_requests(host: str) -> None:
    assert compiled(f"name: c, hosts: [{host}], env: K").hosts


@pytest.mark.parametrize(
    ("written", "where", "said"),
    [
        ("hosts: [a.example], env: K", "name", "missing"),
        ("name: c, env: K", "hosts", "missing"),
        ("name: c, hosts: [], env: K", "hosts", "empty"),
        ("name: c, hosts: [b.example], env: K", "hosts[0]", "no rule for https with tls: intercept names b.example"),
        ("name: c, hosts: [example], env: K", "hosts[0]", "no rule"),
        ("name: c, hosts: [p.example], env: K", "hosts[0]", "could never be sent"),
        ("name: c, hosts: [192.0.2.1], env: K", "hosts[0]", "is no name"),
        ("name: c, hosts: [10.0.0.0/8], env: K", "hosts[0]", "is no name"),
        ("name: c, hosts: ['https://a.example'], env: K", "hosts[0]", "URL"),
        ("name: c, hosts: [ä.example], env: K", "hosts[0]", "not ASCII"),
        ("name: c, hosts: [a.example, A.Example], env: K", "hosts[1]", "listed twice"),
        ("name: c, hosts: [a.example]", "env", "missing"),
        ("name: c, hosts: [a.example], env: K, header: X, query: k", "query", "`header` is given too"),
        ("name: c, hosts: [a.example], env: K, header: Host", "header", "cannot carry a key"),
        ("name: c, hosts: [a.example], env: K, header: transfer-encoding", "header", "cannot carry a key"),
        ("name: c, hosts: [a.example], env: K, header: 'X: y'", "header", "not the name of a header"),
        ("name: c, hosts: [a.example], env: K, header: \"X\\r\\nY\"", "header", "not the name of a header"),
        ("name: c, hosts: [a.example], env: K, header: []", "header", "empty"),
        ("name: c, hosts: [a.example], env: K, header: [X-A, x-a]", "header[1]", "listed twice"),
        ("name: c, hosts: [a.example], env: K, header: [X, Host]", "header[1]", "cannot carry a key"),
        ("name: c, hosts: [a.example], env: K, header: 5", "header", "expected a list"),
        ("name: c, hosts: [a.example], env: K, header: X-Akios-Task", "header", "cannot carry a key"),
        ("name: c, hosts: [a.example], env: K, header: Proxy-Authorization", "header", "cannot carry a key"),
        ("name: c, hosts: [a.example], env: K, query: 'a&b'", "query", "not the name of a query parameter"),
        ("name: c, hosts: [a.example], env: 'K=v'", "env", "not the name of an environment variable"),
        ("name: c, hosts: [a.example], env: SSL_CERT_FILE", "env", "trust store"),
        ("name: c, hosts: [a.example], env: K, from: {}", "from", "says nothing"),
        ("name: c, hosts: [a.example], env: K, from: {env: A, file: /x}", "from.file", "`env` is given too"),
        ("name: c, hosts: [a.example], env: K, from: {command: []}", "from.command", "empty"),
        ("name: c, hosts: [a.example], env: K, from: {command: op}", "from.command", "expected a list"),
        ("name: c, hosts: [a.example], env: K, from: {command: [op, true]}", "from.command[1]", "put it in quotes"),
        ("name: c, hosts: [a.example], env: K, from: {file: ../k}", "from.file", "`..` is not accepted"),
        ("name: c, hosts: [a.example], env: K, from: {file: ~/k}", "from.file", "home"),
        ("name: c, hosts: [a.example], env: K, from: {file: $HOME/k}", "from.file", "not expanded"),
        ("name: c, hosts: [a.example], env: K, frm: {}", "frm", "unknown key"),
        ("name: c, hosts: [a.example], sigv4: {access_key_id: {env: A}}", "sigv4.secret_access_key", "missing"),
        ("name: c, hosts: [a.example], env: K, sigv4: {access_key_id: {env: A}, secret_access_key: {env: B}}",
         "env", "each with its own"),
        ("name: c, hosts: [a.example], sigv4: {access_key_id: {env: A}, secret_access_key: {env: A}}",
         "sigv4.secret_access_key.env", "holds the placeholder of c already"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_at_its_place(written: str, where: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        plans(text(written))
    (problem,) = caught.value.problems
    assert (problem.where, problem.line) == (f"spec.governance.credentials[0].{where}", 8)
    assert said in problem.message


def test_two_credentials_need_two_names_and_two_variables() -> None:
    with pytest.raises(PolicyError) as caught:
        plans(text("name: c, hosts: [a.example], env: K", "name: c, hosts: [a.example], env: K"))
    places = [problem.where.rpartition(".")[2] for problem in caught.value.problems]
    assert sorted(places) == ["env", "name"]
    assert {problem.line for problem in caught.value.problems} == {9}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ("{pass: [K]}", "spec.environment.pass gives it another value"),
        ("{set: {K: x}}", "spec.environment.set gives it another value"),
        ("{pass: [REAL]}", "would bring REAL, the real key, into the jail"),
    ],
)
def test_the_environment_must_not_undo_it(environment: str, said: str) -> None:
    credential = "name: c, hosts: [a.example], env: K, from: {env: REAL}"
    with pytest.raises(PolicyError, match=said):
        plans(text(credential, environment=environment))
