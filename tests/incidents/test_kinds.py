"""Every refusal that the broker knows is a kind of its own, so that none gets an id and words by chance."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from akios_jail.incidents.kinds import FAMILIES, KINDS, LEVELS

PACKAGE = Path(__file__).parents[2] / "akios_jail"
_CODE = re.compile(r"[a-z]+(_[a-z]+)+")
#: Calls that make a denial, and which of their arguments is its code.
_DENIALS = {"Verdict": 1, "ToolVerdict": 1, "Refused": 1}


def denial_codes() -> Iterator[tuple[str, str]]:
    """Codes that stand literally in the sources of broker and policy where a denial is made, with the file."""
    for room in ("broker", "policy"):
        for path in (PACKAGE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                    continue
                place = _DENIALS.get(node.func.id)
                if place is None or len(node.args) <= place:
                    continue
                first, code = node.args[0], node.args[place]
                if isinstance(first, ast.Constant) and first.value in ("allow", "modify", "hold"):
                    continue
                if isinstance(code, ast.Constant) and isinstance(code.value, str) and _CODE.fullmatch(code.value):
                    yield code.value, path.name


def test_the_codes_of_refusals_are_listed() -> None:
    found = dict(denial_codes())
    assert len(found) > 40
    assert {code: where for code, where in found.items() if code not in KINDS} == {}


def test_kinds_are_fit_for_showing() -> None:
    for id, kind in KINDS.items():
        assert kind.id == id
        assert kind.level in LEVELS
        assert kind.family in FAMILIES
        assert kind.title[0].isupper()
        assert not kind.title.endswith(".")
        assert kind.family.help.endswith(".")


def test_sections_are_parts_of_a_policy() -> None:
    """A section that a policy cannot have would send everyone to the first line."""
    from akios_jail.policy.schema import AgentPolicy

    for family in FAMILIES:
        model: object = AgentPolicy
        for step in family.section:
            fields = model.model_fields  # type: ignore[attr-defined]
            assert step in fields or step in {field.alias for field in fields.values()}, (family.name, step)
            annotation = fields[step].annotation
            options = [annotation, *getattr(annotation, "__args__", ())]
            model = next((each for each in options if hasattr(each, "model_fields")), None)
