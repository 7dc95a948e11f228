"""Policies for tests: a whole manifest around the part that a test is about."""

from __future__ import annotations

import textwrap
from pathlib import Path

from akios_jail.policy.compile import compile_bytes
from akios_jail.policy.plans import Plans

#: The founding manifest, as it stands.
FOUNDING = (Path(__file__).parents[1] / "e2e" / "my-first-agent.yaml").read_text()


def manifest(spec: str = "") -> str:
    """A manifest whose `spec` is this YAML."""
    head = "apiVersion: akios/v1\nkind: AgentPolicy\nmetadata: {name: test}\n"
    body = textwrap.indent(textwrap.dedent(spec).strip("\n"), "  ")
    return f"{head}spec:\n{body}\n" if body.strip() else f"{head}spec: {{}}\n"


def allowlist(*rules: str) -> str:
    """A manifest with these rules, each the inside of a YAML flow mapping: `host: a.example, ports: [443]`."""
    lines = "".join(f"      - {{{rule}}}\n" for rule in rules) or "      []\n"
    return manifest(f"governance:\n  network_access:\n    allowlist:\n{lines}")


def plans(text: str) -> Plans:
    return compile_bytes(text.encode(), "policy.yaml")
