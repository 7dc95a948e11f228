"""Policies for tests: a whole manifest around the part that a test is about."""

from __future__ import annotations

import textwrap
from pathlib import Path

from akios_jail.policy.compile import compile_bytes
from akios_jail.policy.plans import Plans
from akios_jail.policy.source import File

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


#: The founding FluxConfig, as it stands.
FOUNDING_FLUX = (Path(__file__).parents[1] / "e2e" / "production-cost-controls.yaml").read_text()


def flux_manifest(spec: str = "") -> str:
    """A FluxConfig whose `spec` is this YAML."""
    return manifest(spec).replace("kind: AgentPolicy", "kind: FluxConfig")


def plans_with(flux: str, *rules: str) -> Plans:
    """The plans of a policy with these rules and this FluxConfig beside it."""
    return compile_bytes(allowlist(*rules).encode(), "policy.yaml", File("flux.yaml", flux.encode()))
