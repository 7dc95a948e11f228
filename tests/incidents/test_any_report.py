"""Whatever a report says, each format is what its readers take: tried with reports that nobody would write."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as some

from akios_jail.incidents.junit import junit
from akios_jail.incidents.kinds import KINDS
from akios_jail.incidents.markdown import markdown
from akios_jail.incidents.sarif import sarif
from akios_jail.incidents.session import NoReport, read
from tests.incidents.reports import HOSTILE, document
from tests.incidents.test_junit import check_form
from tests.incidents.test_markdown import OURS, Page
from tests.incidents.test_sarif import VALIDATOR

TEXTS = some.text() | some.sampled_from([HOSTILE, *HOSTILE.split(), *KINDS])
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | TEXTS,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
DENIALS = some.lists(
    some.fixed_dictionaries(
        {}, optional=dict.fromkeys(("code", "reason", "what", "rule", "times", "tool_rule"), VALUES | TEXTS)
    ),
    max_size=6,
)
FIELDS = some.dictionaries(some.sampled_from([*document(), "broker_error"]), VALUES, max_size=6)
ENDS = some.fixed_dictionaries(
    {"status": some.integers(-300, 300)}, optional={"code": TEXTS, "reason": TEXTS, "signal": VALUES, "limits": VALUES}
)


@settings(deadline=None)
@given(FIELDS, DENIALS, ENDS)
def test_every_format_is_what_its_readers_take(fields: dict[str, Any], denials: list[Any], end: dict[str, Any]) -> None:
    report = document() | fields | {"session_id": "ses_1", "denials": denials, "exit": end}
    session = read(json.dumps(report).encode())
    assert [*VALIDATOR.iter_errors(json.loads(sarif([session], "/nowhere")))] == []
    check_form(ElementTree.fromstring(junit([session])))
    page = Page([session])
    assert set(page.tags) <= OURS
    assert page.attributes == []
    for text in (sarif([session], "/nowhere"), junit([session]), markdown([session])):
        assert "##[" not in text
        assert "\x1b" not in text
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())


@settings(deadline=None)
@given(some.binary() | VALUES.map(lambda value: json.dumps(value).encode()))
def test_anything_else_is_no_report(data: bytes) -> None:
    try:
        read(data)
    except NoReport:
        return
    raise AssertionError("this is no report")
