"""Right manifests with one thing in them replaced by something strange: plans, or a mistake with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from akios_jail.policy.action import Session
from akios_jail.policy.compile import compile_bytes
from akios_jail.policy.errors import PolicyError
from akios_jail.policy.plans import Plans
from akios_jail.policy.source import File
from akios_jail.policy.tools import Judge
from tests.policy.manifests import FOUNDING_FLUX, manifest

POLICY = manifest("""
governance:
  network_access:
    allowlist:
      - {host: api.openai.com, methods: [POST]}
      - {host: "*.amazonaws.com", methods: ["*"], paths: ["/a/*"], when: "request.port == 443"}
  budget: {max_cost_per_session: $1, max_tokens_per_minute: 5, max_cost_per_day: 2.50}
  monitoring: strict
  credentials:
    - {name: openai, hosts: [api.openai.com], env: OPENAI_API_KEY, from: {command: [op, read, x]}, header: x-api-key}
    - name: aws
      hosts: ["*.amazonaws.com"]
      sigv4:
        access_key_id: {env: AWS_ACCESS_KEY_ID, from: {env: REAL}}
        secret_access_key: {env: AWS_SECRET_ACCESS_KEY, from: {file: /run/secrets/aws}}
  tools:
    - {tool: "issue_*", when: "args.amount_usd > 100.0", action: require_approval, timeout: 10m, reason: refunds}
    - {tool: report, action: modify, modify: {limit: {max: 100, min: 1}, a.b: {value: [1, {c: 0.5}]}}}
    - {http: {hosts: [api.openai.com], methods: [POST], paths: [/v1/x]}, when: "request.body.n > 1", action: deny}
  approvals: {prompt: true, webhook: "https://hooks.example.com/x"}
""")
FLUX = (
    FOUNDING_FLUX
    + """
  summary: {model: m, reserve_usd: 0.02}
  prices:
    unknown_model: upper_bound
    overrides: [{model: "my-*", provider: openai, input_per_mtok_usd: 1.0, output_per_mtok_usd: 2.0}]
  alerts: {webhook: "https://hooks.example.com/x"}
"""
)

_PARSED = {"policy": yaml.safe_load(POLICY), "flux": yaml.safe_load(FLUX)}

#: What a value is replaced by: YAML as it is written.
_STRANGE = st.sampled_from(
    [
        *(
            "~",
            "true",
            "0",
            "-1",
            "1",
            "1e999",
            "1e-999",
            ".nan",
            ".inf",
            "9" * 30,
            "0x10",
            "1_000",
            "1.5",
            "''",
            "' '",
        ),
        *(
            "[]",
            "{}",
            "[[]]",
            "[~]",
            "{a: ~}",
            "{'': 1}",
            "[x, x]",
            "'*'",
            "'**'",
            "'/'",
            "'..'",
            "../x",
            "/etc/shadow",
        ),
        *(
            "'${HOME}'",
            "~/x",
            "ä.example",
            "xn--a",
            "127.0.0.1",
            "localhost",
            "'[::1]'",
            "'https://a/'",
            "5m",
            "5",
            "24h",
        ),
        *('"\\0"', '"\\r\\n"', '"\\e[2J"', '"\\u202e"', '"\\ud7ff"', "'a\"b'", "$1", "$-1", "request.body", "'true'"),
        *(
            "'1 == 1'",
            "'args.x'",
            "'((((((((((1))))))))))'",
            "'now.getHours(\"../../etc/passwd\") == 1'",
            "deny",
            "modify",
        ),
        *(
            '"' + "x" * 5000 + '"',
            "api.openai.com",
            "GET",
            "OPENAI_API_KEY",
            "'*.amazonaws.com'",
            "1.0.0",
            "2026-01-01",
        ),
    ]
) | st.text(max_size=8).map(json.dumps)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _places(item, (*path, key))


class _Raw(str):
    """YAML that is put in as it is."""

    __slots__ = ()


def _written(value: Any) -> str:
    """The value as a YAML flow, raw parts as they are."""
    if isinstance(value, _Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return json.dumps(value)


def _replaced(value: Any, path: tuple[Any, ...], raw: str | None) -> Any:
    if not path:
        return _Raw(raw)
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1 and raw is None:
        del copy[path[0]]
    else:
        copy[path[0]] = _replaced(value[path[0]], path[1:], raw)
    return copy


_MUTATIONS = st.one_of(
    *[
        st.tuples(st.just(which), st.sampled_from(list(_places(document))), st.none() | _STRANGE)
        for which, document in _PARSED.items()
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_MUTATIONS, min_size=1, max_size=2, unique_by=lambda mutation: mutation[0]))
def test_a_mutated_manifest_compiles_or_is_a_mistake_with_a_place(
    mutations: list[tuple[str, tuple[Any, ...], str | None]],
) -> None:
    documents = dict(_PARSED)
    for which, path, raw in mutations:
        documents[which] = _replaced(documents[which], path, raw)
    policy, flux = (_written(documents[which]).encode("utf-8", "surrogatepass") for which in ("policy", "flux"))
    try:
        compiled = compile_bytes(policy, "policy.yaml", File("flux.yaml", flux))
    except PolicyError as error:
        mistakes, said = error.problems, str(error)
    else:
        assert Plans.from_json(json.loads(json.dumps(compiled.to_json(), allow_nan=False))) == compiled
        Judge(compiled.broker.tools, Session("ses_1", "test"))
        return
    assert all(mistake.message for mistake in mistakes)
    assert all(line.isprintable() for line in said.split("\n"))


def test_the_manifests_are_right_as_they_stand() -> None:
    assert compile_bytes(POLICY.encode(), "policy.yaml", File("flux.yaml", FLUX.encode())).broker.tools


@pytest.mark.parametrize("which", ["policy", "flux"])
def test_a_repeated_key_is_a_mistake_wherever_it_stands(which: str) -> None:
    text = {"policy": POLICY, "flux": FLUX}[which]
    key = {"policy": "  monitoring: strict\n", "flux": '  alerts: {webhook: "https://hooks.example.com/x"}\n'}[which]
    indent = "    " if which == "policy" else "  "
    doubled = text.replace(key, key + indent + key.strip() + "\n")
    files = (doubled, FLUX) if which == "policy" else (POLICY, doubled)
    with pytest.raises(PolicyError, match="already set in line"):
        compile_bytes(files[0].encode(), "policy.yaml", File("flux.yaml", files[1].encode()))
