"""Rules, files and variables that are right one by one and wrong together."""

from __future__ import annotations

import pytest

from akios_jail.policy.errors import PolicyError, Problem
from tests.policy.manifests import allowlist, manifest, plans


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as caught:
        plans(text)
    return caught.value.problems


@pytest.mark.parametrize(
    ("rule", "key", "said"),
    [
        ("host: a.example, protocol: tcp", "", "must name its ports"),
        ("host: a.example, protocol: tcp, ports: [1], methods: [GET]", ".methods", "needs a request"),
        ("host: a.example, protocol: tcp, ports: [1], paths: [/**]", ".paths", "needs a request"),
        ("host: a.example, protocol: tcp, ports: [1], when: 'true'", ".when", "needs a request"),
        ("host: a.example, protocol: tcp, ports: [1], tls: passthrough", ".tls", "for protocol https"),
        ("host: a.example, protocol: http, tls: intercept", ".tls", "for protocol https"),
        ("host: a.example, tls: passthrough, methods: [GET]", ".methods", "tls: passthrough"),
        ("host: a.example, tls: passthrough, paths: [/v1]", ".paths", "tls: passthrough"),
        ("host: a.example, tls: passthrough, when: 'true'", ".when", "tls: passthrough"),
        ("host: a.example, ports: [443, 443]", ".ports[1]", "twice"),
        ("host: a.example, methods: [GET, get]", ".methods[1]", "twice"),
        ("host: a.example, methods: ['*', GET]", ".methods", "any method"),
        ("host: a.example, paths: [/a, /a]", ".paths[1]", "twice"),
        ("host: a.example, paths: [/a, /**]", ".paths", "any path"),
        ("host: a.example, addresses: [10.0.0.0/8, 10.0.0.0/8]", ".addresses[1]", "twice"),
        ("host: a.example, ports: [53], protocol: tcp", ".ports[0]", "port 53"),
        ("host: 10.1.2.3, addresses: [10.0.0.0/8]", ".addresses", "an address itself"),
        ("host: 10.0.0.0/8, addresses: [10.0.0.0/8]", ".addresses", "an address itself"),
    ],
)
def test_one_rule_that_contradicts_itself(rule: str, key: str, said: str) -> None:
    (problem,) = problems(allowlist(rule))
    assert problem.where == f"spec.governance.network_access.allowlist[0]{key}"
    assert said in problem.message


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("host: a.example", "host: a.example", "already allows all of it"),
        ("host: a.example", "host: A.EXAMPLE", "already allows all of it"),
        ("host: a.example", "host: a.example, methods: [GET]", "already allows all of it"),
        ("host: a.example, methods: ['*']", "host: a.example, methods: [POST]", "already allows all of it"),
        ("host: a.example", "host: a.example, paths: [/v1/**]", "already allows all of it"),
        ("host: a.example, paths: [/a, /b]", "host: a.example, paths: [/b]", "already allows all of it"),
        ("host: a.example", "host: a.example, when: 'true'", "already allows all of it"),
        ("host: a.example, when: 'true'", "host: a.example, when: 'true'", "already allows all of it"),
        ("host: a.example, ports: [443, 8443]", "host: a.example, ports: [8443]", "already allows all of it"),
        ("host: '*.example'", "host: a.example", "already allows all of it"),
        ("host: '*.example'", "host: '*.b.example'", "already allows all of it"),
        ("host: 10.0.0.0/8", "host: 10.1.0.0/16", "already allows all of it"),
        ("host: 10.0.0.0/8", "host: 10.1.2.3", "already allows all of it"),
        ("host: 2001:db8::/32", "host: 2001:db8:0::1", "already allows all of it"),
        ("host: a.example, tls: passthrough", "host: a.example, tls: passthrough", "already allows all of it"),
        ("host: a.example", "host: a.example, tls: passthrough", "port 443 of a.example is https"),
        (
            "host: a.example",
            "host: a.example, protocol: http, ports: [80, 443]",
            "port 443 of a.example is protocol http",
        ),
        ("host: a.example, protocol: tcp, ports: [443]", "host: a.example", "and protocol tcp in rule 1"),
        ("host: '*.example'", "host: a.example, tls: passthrough", "can never decide"),
        ("host: '*.example', protocol: tcp, ports: [443]", "host: a.example", "can never decide"),
        ("host: 10.0.0.0/8", "host: 10.1.2.3, tls: passthrough", "can never decide"),
        ("host: 10.0.0.0/8, protocol: tcp, ports: [22, 443]", "host: 10.1.0.0/16", "can never decide"),
    ],
)
def test_two_rules_that_do_not_go_together(first: str, second: str, said: str) -> None:
    (problem,) = problems(allowlist(first, second))
    assert problem.where == "spec.governance.network_access.allowlist[1]"
    assert problem.line == 9
    assert said in problem.message
    assert "rule 1 (line 8" in problem.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("host: a.example", "host: b.example"),
        ("host: a.example", "host: a.example, methods: [POST]"),
        ("host: a.example, methods: [POST]", "host: a.example, methods: [POST, GET]"),
        ("host: a.example, paths: [/a]", "host: a.example, paths: [/a, /b]"),
        ("host: a.example, paths: [/v1/**]", "host: a.example"),
        ("host: a.example, when: 'true'", "host: a.example"),
        ("host: a.example, when: 'true'", "host: a.example, when: 'false'"),
        ("host: a.example, ports: [8443]", "host: a.example, ports: [443, 8443]"),
        ("host: a.example", "host: a.example, protocol: http"),
        ("host: a.example", "host: a.example, protocol: tcp, ports: [22]"),
        ("host: a.example, tls: passthrough", "host: '*.example'"),
        ("host: a.example", "host: '*.example', tls: passthrough"),
        ("host: '*.b.example', protocol: tcp, ports: [443]", "host: '*.example'"),
        ("host: '*.example'", "host: example"),
        ("host: 10.1.2.3, tls: passthrough", "host: 10.0.0.0/8"),
        ("host: 10.0.0.0/8, protocol: tcp, ports: [443]", "host: 0.0.0.0/0"),
        ("host: 0.0.0.0/0", "host: 10.0.0.0/8, tls: passthrough"),
        ("host: 0.0.0.0/0", "host: '::/0', tls: passthrough"),
        ("host: '*.a.example'", "host: '*.b.example', tls: passthrough"),
    ],
)
def test_two_rules_that_go_together(first: str, second: str) -> None:
    assert len(plans(allowlist(first, second)).broker.rules) == 2


@pytest.mark.parametrize(
    ("spec", "where", "said"),
    [
        ("filesystem: {workspace: /}", "filesystem.workspace", "whole file system"),
        ("filesystem: {read: [/]}", "filesystem.read[0]", "whole file system"),
        ("filesystem: {write: [//]}", "filesystem.write[0]", "whole file system"),
        ("filesystem: {read: [/proc]}", "filesystem.read[0]", "its own /proc"),
        ("filesystem: {read: [/proc/1/root]}", "filesystem.read[0]", "its own /proc"),
        ("filesystem: {write: [/dev/kvm]}", "filesystem.write[0]", "its own /dev"),
        ("filesystem: {read: [/tmp]}", "filesystem.read[0]", "its own /tmp"),
        ("filesystem: {read: [/var/run/docker.sock]}", "filesystem.read[0]", "whole machine"),
        ("filesystem: {write: [/run/containerd/containerd.sock]}", "filesystem.write[0]", "whole machine"),
        ("filesystem: {write: [/etc]}", "filesystem.write[0]", "whole of /etc"),
        ("filesystem: {write: [/usr/]}", "filesystem.write[0]", "whole of /usr"),
        ("filesystem: {read: [/a, /a/]}", "filesystem.read[1]", "already named under `read`"),
        ("filesystem: {read: [/a], write: [/a/.]}", "filesystem.write[0]", "already named under `read`"),
        ("filesystem: {workspace: /a, write: [/a]}", "filesystem.write[0]", "already named under `workspace`"),
        ("filesystem: {write: [.]}", "filesystem.write[0]", "already named under `workspace`"),
        ("environment: {pass: [A, A]}", "environment.pass[1]", "twice"),
        ("environment: {pass: [B, A], set: {A: x}}", "environment.pass[1]", "both copied"),
    ],
)
def test_files_and_variables_that_do_not_go_together(spec: str, where: str, said: str) -> None:
    (problem,) = problems(manifest(spec))
    assert problem.where == f"spec.{where}"
    assert said in problem.message


@pytest.mark.parametrize(
    "spec",
    [
        "filesystem: {read: [/etc], write: [/srv/data/out]}",
        "filesystem: {read: [/srv], write: [/srv/out]}",
        "filesystem: {workspace: {path: ., access: rw}, read: [.git]}",
        "filesystem: {read: [/tmp/shared]}",
        "environment: {pass: [A], set: {B: x}}",
    ],
)
def test_files_and_variables_that_go_together(spec: str) -> None:
    assert plans(manifest(spec))


def test_too_many_wildcards_are_refused() -> None:
    found = problems(allowlist(*[f"host: '*.h{number}.example'" for number in range(300)]))
    assert "wildcard" in found[0].message


@pytest.mark.timeout(60)
def test_thousands_of_rules_are_checked_quickly() -> None:
    same_host = [f"host: a.example, paths: [/n{number}]" for number in range(2000)]
    networks = [f"host: 10.{number // 250}.{number % 250}.0/24" for number in range(2000)]
    assert len(plans(allowlist(*same_host, *networks)).broker.rules) == 4000
