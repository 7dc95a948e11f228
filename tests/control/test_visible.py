"""What a person is shown is what is there: nothing hidden, turned around or disguised."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.control.visible import visible, visible_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 100%", "plain text, 100%"),
        ("Grüße für 5 €", "Grüße für 5 €"),
        ("\x1b[2J\x07", "\\u{001b}[2J\\u{0007}"),
        ("a\nb\tc\rd", "a\\u{000a}b\\u{0009}c\\u{000d}d"),
        ("\u202egpj.exe", "\\u{202e}gpj.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u{200b}width\\u{feff}"),
        ("\u2066isolate\u2069", "\\u{2066}isolate\\u{2069}"),
        ("p\u0430yp\u0430l", "p\\u{0430}yp\\u{0430}l"),
        ("\u0440\u0430\u0443", "\\u{0440}\\u{0430}\\u{0443}"),  # all of it passes for Latin
        ("\u0432\u043e\u0437\u0432\u0440\u0430\u0442 \u0434\u0435\u043d\u0435\u0433", "возврат денег"),
        ("返金する", "返金する"),
        ("１００", "\\u{ff11}\\u{ff10}\\u{ff10}"),  # noqa: RUF001
        ("\u0661\u0660", "\\u{0661}\\u{0660}"),
        ("a\u00a0b", "a\\u{00a0}b"),
        ("to \u05d0\u05d1 \u05d2\u05d3", "to \u05d0\u05d1 \u05d2\u05d3"),
        ("\u05d0 111 -> 222 \u05d2", "\\u{05d0} 111 -> 222 \\u{05d2}"),  # a terminal would show them swapped
        ("\u05d0: \u05d2", "\\u{05d0}: \\u{05d2}"),
        ("\u0628 15000", "\\u{0628} 15000"),
        ("e\u0301", "e\\u{0301}"),
        ("\U000e0041", "\\u{e0041}"),
        ("back\\slash", "back\\\\slash"),
        ("\\u{202e}", "\\\\u{202e}"),
        ("\ud800", "\\u{d800}"),
        ("ﬁle", "\\u{fb01}le"),
    ],
)
def test_only_what_can_be_trusted_is_shown_as_it_is(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_every_text_can_be_read_back_and_is_printable(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()

    def read(match: re.Match[str]) -> str:
        return "\\" if match.group() == "\\\\" else chr(int(match.group(1), 16))

    assert re.sub(r"\\\\|\\u\{([0-9a-f]+)\}", read, shown) == text


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=10), max_size=3))
def test_json_stays_readable_and_can_be_read_back(document: dict[str, str]) -> None:
    shown = visible_json(json.dumps(document, ensure_ascii=False))
    back = re.sub(r"(?<!\\)((?:\\\\)*)\\u\{([0-9a-f]+)\}", lambda m: m.group(1) + chr(int(m.group(2), 16)), shown)
    back = re.sub(r"(?<!\\)((?:\\\\)*)\\u\{([0-9a-f]+)\}", lambda m: m.group(1) + chr(int(m.group(2), 16)), back)
    assert json.loads(back, strict=False) == document
