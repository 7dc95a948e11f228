"""What the engine makes of what detectors say: encoded values, overlaps, defects, floods."""

from __future__ import annotations

import base64
import quopri
import time
from collections.abc import Iterable
from urllib.parse import quote

import pytest

from akios_jail.pii import look as look_module
from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.engine import Engine
from akios_jail.pii.finding import REACH, Finding
from akios_jail.pii.merge import merged
from akios_jail.pii.scanner import Scanner
from akios_jail.pii.vault import Unredactable
from akios_jail.pii.view import View

ENGINE = Engine(detectors(DETECTORS))


def found(text: str) -> list[str]:
    return [text[finding.start : finding.end] for finding in ENGINE.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("?mail=jane%40example.com&x", "jane%40example.com"),
        ("?mail=%6a%61%6e%65%40%65xample%2ecom&x", "%6a%61%6e%65%40%65xample%2ecom"),
        ("?mail=jane%252540example.com", "jane%252540example.com"),
        ("?tel=%28212%29%20555-0123;", "%28212%29%20555-0123"),
        ("to jane&#x40;example&period;com.", "jane&#x40;example&period;com"),
        ("card 4012&nbsp;8888&nbsp;8888&nbsp;1881", "4012&nbsp;8888&nbsp;8888&nbsp;1881"),
        ("mail jane=40example=2Ecom", "jane=40example=2Ecom"),
        ("mail jane@exam=\nple.com now", "jane@exam=\nple.com"),
    ],
)
def test_a_value_is_found_in_escapes(text: str, expected: str) -> None:
    assert expected in found(text)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_value_is_found_in_base64_and_no_group_of_it_stays(encode: object) -> None:
    text = b"please write to jane@example.com, \xc3\xa9t\xc3\xa9, soon"
    written = encode(text).decode()  # type: ignore[operator]
    (finding,) = ENGINE.find(f"body={written}")
    left = f"body={written}"[5 : finding.start], f"body={written}"[finding.end :]
    assert b"jane" not in base64.urlsafe_b64decode(left[0])
    assert finding.kind == "email"
    assert len(left[1].rstrip("=")) > 5


def test_a_value_is_found_in_an_encoding_of_an_encoding() -> None:
    inner = base64.b64encode(quote("write to jane@example.com!").encode()).decode()
    assert [finding.kind for finding in ENGINE.find(f"data: {inner}")] == ["email"]


def test_quoted_printable_mail_is_read() -> None:
    mail = quopri.encodestring(("Gr\u00fc\u00dfe " + "x" * 62 + " jane@example.com").encode()).decode()
    assert "=\n" in mail
    assert [finding.kind for finding in ENGINE.find(mail)] == ["email"]


@pytest.mark.parametrize(
    "text",
    ["100%25 of 40%", "a=40;b=2E", "printf('%02d%40s')", "d41d8cd98f00b204e9800998ecf8427e", "A" * 64, "&#64; x"],
)
def test_what_only_looks_encoded_is_nothing(text: str) -> None:
    assert found(text) == []


class Fixed:
    kind = "x"
    triggers: tuple[str, ...] = ("x",)

    def __init__(self, act: object) -> None:
        self._act = act

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        return self._act(view, trigger, end)  # type: ignore[operator, no-any-return]


def _broken(view: View, trigger: int, end: int) -> list[Finding]:
    raise KeyError("secret text")


def test_a_detector_that_fails_is_a_refusal_that_does_not_tell_the_text() -> None:
    with pytest.raises(Unredactable, match="failed with KeyError") as raised:
        Engine([Fixed(_broken)]).find("a x b")
    assert "secret text" not in str(raised.value)


def test_what_is_decoded_is_judged_only_near_what_was_encoded() -> None:
    ends: list[int] = []

    def noted(view: View, trigger: int, end: int) -> list[Finding]:
        ends.append(end)
        return []

    text = "x " * 1000 + "%40 x"
    Engine([Fixed(noted)]).find(text)
    assert 1001 < len(ends) <= 1001 + REACH // 2 + 2


def test_a_detector_whose_triggers_are_alike_is_asked_once_for_each_place() -> None:
    asked: list[tuple[int, int]] = []

    def noted(view: View, trigger: int, end: int) -> list[Finding]:
        asked.append((trigger, end))
        return []

    one = Fixed(noted)
    one.triggers = ("x", "x", "wx")
    Engine([one]).find("x wx")
    assert sorted(asked) == [(0, 1), (0, 4), (1, 1), (1, 4), (2, 4)]
    asked.clear()
    one.alike = True  # type: ignore[attr-defined]
    Engine([one]).find("x wx")
    assert asked == [(0, 1), (0, 4)]


def test_a_text_is_scanned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    scanned: list[str] = []
    scan = Scanner.scan

    def noted(self: Scanner, text: str) -> object:
        scanned.append(text)
        return scan(self, text)

    monkeypatch.setattr(Scanner, "scan", noted)
    text = "write to jane@example.com, not to x"
    assert found(text) == ["jane@example.com"]
    assert scanned == [text]


def test_a_detector_that_takes_too_long_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_module, "SECONDS", 0.05)

    def slow(view: View, trigger: int, end: int) -> list[Finding]:
        until = time.thread_time() + 0.001
        while time.thread_time() < until:
            pass
        return []

    with pytest.raises(Unredactable, match="longer than it may"):
        Engine([Fixed(slow)]).find("x" * 2000)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([("a", 0, 4, 0.9), ("b", 0, 4, 0.8)], [("a", 0, 4)]),
        ([("a", 0, 4, 0.8), ("b", 0, 4, 0.9)], [("b", 0, 4)]),
        ([("a", 0, 4, 0.9), ("b", 0, 9, 0.9)], [("b", 0, 9)]),
        ([("a", 0, 4, 0.95), ("b", 2, 9, 0.9)], [("a", 0, 9)]),
        ([("a", 0, 4, 0.9), ("b", 4, 9, 0.9)], [("a", 0, 4), ("b", 4, 9)]),
        ([("a", 0, 3, 0.9), ("b", 2, 5, 0.9), ("c", 4, 7, 0.99)], [("c", 0, 7)]),
    ],
)
def test_overlaps_are_called_what_the_surest_is_and_no_part_stays(
    findings: list[tuple[str, int, int, float]], expected: list[tuple[str, int, int]]
) -> None:
    text = "0123456789"
    for order in (findings, findings[::-1]):
        ranked = [(Finding(kind, a, b, kind, sure, "told"), "abc".index(kind)) for kind, a, b, sure in order]
        assert [finding[:3] for finding in merged(text, ranked)] == expected


def test_a_finding_that_was_widened_is_another_value_than_the_one_it_was() -> None:
    (wide,) = merged(
        "jane@x.io/y",
        [(Finding("email", 0, 9, "jane@x.io", 0.9, "told"), 0), (Finding("url", 5, 11, "u", 0.8, "told"), 1)],
    )
    assert (wide.kind, wide.start, wide.end) == ("email", 0, 11)
    assert wide.key != "jane@x.io"
