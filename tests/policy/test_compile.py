"""What policies compile to: defaults filled in, addresses given, nothing left to decide."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from akios_jail import resources
from akios_jail.policy.compile import compile_bytes, compile_file
from akios_jail.policy.egress import RESOLVER
from akios_jail.policy.pii_schema import expanded
from akios_jail.policy.plans import Budget, EgressHost, Limit, Mount, Pii, Rule
from tests.policy.manifests import FOUNDING, allowlist, manifest, plans


def rule(text: str) -> Rule:
    return plans(allowlist(text)).broker.rules[0]


def test_the_founding_policy() -> None:
    compiled = plans(FOUNDING)
    openai, crm = compiled.broker.rules
    assert compiled.name == "my-first-agent"
    assert compiled.policy_sha256 == hashlib.sha256(FOUNDING.encode()).hexdigest()
    assert openai == Rule(
        1, "api.openai.com", "exact", (443,), "https", "intercept", ("POST",), ("/**",), "", False, (), "", 9
    )
    assert (crm.number, crm.host, crm.methods, crm.line) == (2, "internal-crm.corp", ("GET",), 11)
    assert compiled.broker.budget == Budget(
        (
            Limit("session", 1_000_000, None, "refuse", 0.0, "policy"),
            Limit("minute", None, 10_000, "throttle", 30.0, "policy"),
        ),
        shared_by="my-first-agent",
    )
    assert compiled.broker.pii == Pii("redact_before_inference", ("email", "phone", "ssn"))
    assert compiled.egress.hosts == (
        EgressHost("api.openai.com", "exact", "198.18.0.10", 443, "https"),
        EgressHost("internal-crm.corp", "exact", "198.18.0.11", 443, "https"),
    )


def test_the_empty_policy_is_the_least_privilege() -> None:
    compiled = plans(manifest())
    assert compiled.broker.rules == ()
    assert compiled.egress.hosts == ()
    assert compiled.broker.budget.limits == ()
    assert compiled.broker.pii == Pii("off", ())
    jail = compiled.jail
    assert (jail.workspace, jail.workspace_access, jail.mounts) == (".", "ro", ())
    assert (jail.env_pass, jail.env_set) == ((), ())
    assert jail.memory_bytes == 2 << 30
    assert jail.cpus == 1.0
    assert jail.pids == 256
    assert jail.open_files == 1024
    assert jail.file_size_bytes == 1 << 30
    assert jail.tmp_bytes == 512 << 20
    assert jail.wall_time_s == 3600.0
    assert jail.limits_optional is False
    assert jail.observed is True
    profile = Path(resources.path("profiles", "agent-default.json")).read_bytes()
    assert (jail.seccomp_profile, jail.seccomp_sha256) == ("agent-default", hashlib.sha256(profile).hexdigest())


def test_everything_that_a_jail_can_be_told() -> None:
    jail = plans(
        manifest("""
            filesystem:
              workspace: {path: /srv/work/, access: overlay}
              read: [/srv/data, ./notes//a.txt]
              write: [out]
            resources:
              memory: 64MiB
              cpus: 0.5
              pids: 32
              open_files: 256
              file_size: 10MB
              tmp: 16Mi
              wall_time: 1h30m
              optional: true
            environment:
              pass: [TERM, "NO", ON]
              set: {PORT: 8080, PRICE: 1.10, EMPTY: "", YES: yes}
            trace: {processes: off}
        """)
    ).jail
    assert (jail.workspace, jail.workspace_access) == ("/srv/work", "overlay")
    assert jail.mounts == (Mount("/srv/data", "ro"), Mount("notes/a.txt", "ro"), Mount("out", "rw"))
    assert (jail.memory_bytes, jail.cpus, jail.pids, jail.open_files) == (64 << 20, 0.5, 32, 256)
    assert (jail.file_size_bytes, jail.tmp_bytes, jail.wall_time_s) == (10_000_000, 16 << 20, 5400.0)
    assert jail.limits_optional is True
    assert jail.observed is False
    assert jail.env_pass == ("TERM", "NO", "ON")
    assert jail.env_set == (("PORT", "8080"), ("PRICE", "1.10"), ("EMPTY", ""), ("YES", "yes"))


@pytest.mark.parametrize("written", ["none", "null", "~", ""])
def test_no_wall_time(written: str) -> None:
    assert plans(manifest(f"resources: {{wall_time: {written}}}")).jail.wall_time_s is None


def test_a_workspace_may_be_written_as_a_path() -> None:
    assert plans(manifest("filesystem: {workspace: /srv/work}")).jail.workspace == "/srv/work"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("host: a.example", {"ports": (443,), "protocol": "https", "tls": "intercept", "methods": ("GET", "HEAD")}),
        ("host: a.example, protocol: http", {"ports": (80,), "tls": "", "methods": ("GET", "HEAD"), "paths": ("/**",)}),
        (
            "host: a.example, protocol: tcp, ports: [5432]",
            {"ports": (5432,), "tls": "", "methods": (), "paths": (), "protocol": "tcp"},
        ),
        (
            "host: a.example, tls: passthrough",
            {"ports": (443,), "tls": "passthrough", "methods": (), "paths": (), "protocol": "https"},
        ),
        ("host: a.example, methods: [post, Patch]", {"methods": ("POST", "PATCH")}),
        ("host: a.example, methods: ['*']", {"methods": ("*",)}),
        ("host: a.example, paths: [/v1/**, /x]", {"paths": ("/v1/**", "/x")}),
        ("host: a.example, when: 'request.port == 443'", {"when": "request.port == 443", "when_needs_body": False}),
        ("host: a.example, when: 'request.body == null'", {"when_needs_body": True}),
        ("host: a.example, addresses: [10.0.0.0/8, 192.168.1.1]", {"addresses": ("10.0.0.0/8", "192.168.1.1/32")}),
        ("host: a.example, description: why", {"description": "why"}),
        ("host: '*.Example'", {"host": "*.example", "kind": "wildcard"}),
        ("host: '2001:DB8::1'", {"host": "2001:db8::1", "kind": "ip"}),
        ("host: 10.0.0.0/8", {"host": "10.0.0.0/8", "kind": "cidr"}),
    ],
)
def test_a_rule_is_spelled_out(text: str, expected: dict[str, object]) -> None:
    compiled = rule(text)._asdict()
    assert {key: compiled[key] for key in expected} == expected


def test_every_name_has_one_address_and_every_port_one_entry() -> None:
    hosts = plans(
        allowlist(
            "host: a.example, methods: [GET]",
            "host: a.example, methods: [POST]",
            "host: a.example, ports: [8443, 443], methods: [PUT]",
            "host: a.example, protocol: http",
            "host: b.example, protocol: tcp, ports: [22]",
            "host: '*.c.example'",
            "host: 192.0.2.7",
            "host: 10.0.0.0/8, protocol: tcp, ports: [5432]",
        )
    ).egress.hosts
    assert hosts == (
        EgressHost("a.example", "exact", "198.18.0.10", 443, "https"),
        EgressHost("a.example", "exact", "198.18.0.10", 8443, "https"),
        EgressHost("a.example", "exact", "198.18.0.10", 80, "http"),
        EgressHost("b.example", "exact", "198.18.0.11", 22, "tcp"),
        EgressHost("*.c.example", "wildcard", "", 443, "https"),
        EgressHost("192.0.2.7", "ip", "192.0.2.7", 443, "https"),
        EgressHost("10.0.0.0/8", "cidr", "10.0.0.0/8", 5432, "tcp"),
    )
    assert RESOLVER not in {host.address for host in hosts}


def test_addresses_of_many_names_are_distinct() -> None:
    hosts = plans(allowlist(*[f"host: h{number}.example" for number in range(1000)])).egress.hosts
    assert len({host.address for host in hosts}) == 1000


def test_personal_data_fields_default_to_all_and_mean_nothing_when_off() -> None:
    default = Pii("block", expanded(["default"]))
    assert plans(manifest("governance: {pii_handling: {mode: block}}")).broker.pii == default
    assert plans(manifest("governance: {pii_handling: {fields: [ssn, ssn]}}")).broker.pii == Pii(
        "redact_before_inference", ("ssn",)
    )
    assert plans(manifest("governance: {pii_handling: {mode: off, fields: [ssn]}}")).broker.pii == Pii("off", ())


def test_the_same_bytes_compile_to_the_same_plans(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(FOUNDING)
    first, second = compile_file(str(path)), compile_bytes(FOUNDING.encode(), "elsewhere.yaml")
    assert first._replace(sources=()) == second._replace(sources=())
    assert [each.sha256 for each in first.sources] == [each.sha256 for each in second.sources]


def test_a_profile_of_one_s_own_is_found_beside_the_policy(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_bytes(b"{}")
    path = tmp_path / "p.yaml"
    path.write_text(manifest("seccomp: {profile: ./mine.json}"))
    jail = compile_file(str(path)).jail
    assert jail.seccomp_profile == str(tmp_path / "mine.json")
    assert jail.seccomp_sha256 == hashlib.sha256(b"{}").hexdigest()


def test_an_aliased_rule_keeps_a_line_of_its_own() -> None:
    text = allowlist("host: a.example, methods: &m [POST]", "host: b.example, methods: *m")
    assert [compiled.line for compiled in plans(text).broker.rules] == [8, 9]
