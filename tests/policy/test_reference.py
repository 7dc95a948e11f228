"""The policy reference is what the schema says, and says something about every key."""

from __future__ import annotations

import re
from pathlib import Path

from akios_jail.policy import reference, schema
from akios_jail.policy.compile import compile_bytes

PAGE = Path(__file__).parents[2] / reference.DEFAULT_FILE


def _keys(part: type[schema.Part]) -> list[tuple[str, str]]:
    found = []
    for key, field in schema.key_names(part).items():
        found.append((key, field.description or ""))
        inner = reference._model(field.annotation)
        if inner is not None:
            found += _keys(inner)  # type: ignore[arg-type]
    return found


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == reference.page(), "run python -m akios_jail.policy.reference"


def test_every_key_is_described() -> None:
    keys = _keys(schema.AgentPolicy)
    assert len(keys) > 40
    for key, description in keys:
        assert len(description) > 5, key
        assert f"| `{key}` |" in reference.page()


def test_every_part_has_a_section() -> None:
    sections = re.findall(r"^### `(.+)`$", reference.page(), re.MULTILINE)
    assert "spec.governance.network_access.allowlist[]" in sections
    assert len(sections) == len(set(sections))


def test_the_example_on_the_page_compiles() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", reference.page(), re.DOTALL)
    assert compile_bytes(example.encode(), "example.yaml").broker.rules
