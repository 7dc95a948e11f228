"""The policy reference is what the schema says, and says something about every key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from akios_jail.policy import reference
from akios_jail.policy.compile import check_flux, compile_bytes
from akios_jail.policy.flux_schema import FluxConfig
from akios_jail.policy.load import part_in
from akios_jail.policy.part import Part, key_names
from akios_jail.policy.schema import AgentPolicy
from akios_jail.policy.source import File

PAGE = Path(__file__).parents[2] / reference.DEFAULT_FILE


def _keys(part: type[Part]) -> list[tuple[str, str]]:
    found = []
    for key, field in key_names(part).items():
        found.append((key, field.description or ""))
        inner = part_in(field.annotation)
        if inner is not None:
            found += _keys(inner)  # type: ignore[arg-type]
    return found


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == reference.page(), "run python -m akios_jail.policy.reference"


@pytest.mark.parametrize("kind", [AgentPolicy, FluxConfig])
def test_every_key_is_described(kind: type[Part]) -> None:
    keys = _keys(kind)
    assert len(keys) > 35
    for key, description in keys:
        assert len(description) > 5, key
        assert f"| `{key}` |" in reference.page()


def test_every_part_has_a_section() -> None:
    headings = re.findall(r"^### (.+)$", reference.page(), re.MULTILINE)
    sections = [heading.strip("`") for heading in headings]
    assert "spec.governance.network_access.allowlist[]" in sections
    assert "spec.governance.tools[].modify.*" in sections
    assert "FluxConfig: `spec.model_routing.rules[].fallbacks[]" in sections
    assert len(headings) == len(set(headings))


def test_the_examples_on_the_page_compile() -> None:
    policy, flux = re.findall(r"```yaml\n(.*?)```", reference.page(), re.DOTALL)
    assert compile_bytes(policy.encode(), "example.yaml").broker.rules
    assert check_flux(File("flux.yaml", flux.encode())).flux.spec.model_routing.rules
