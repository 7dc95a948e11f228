"""No text makes looking superlinear: judged by what is done, which is the same on every machine, not by time.

What is done: functions that are called, in Python and below it; characters that the pass for triggers reads, that are
folded, and that are shown to a detector. Within one call a detector sees a window of bounded length, so that its own
work is bounded, too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akios_jail.pii import look as look_module
from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.engine import Engine
from akios_jail.pii.known import Known
from akios_jail.pii.look import BLOCK, widest
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.scanner import Scanner
from akios_jail.pii.vault import Vault
from akios_jail.pii.view import View
from tests.pii.hostile import TEXTS

REDACTOR = Redactor(Engine(detectors(DETECTORS)), Vault(), "observe", known=Known(0))
#: Texts of two lengths, the longer four times as long.
SHORT, TIMES = 12_000, 4
#: What a text of any length costs, and what a few windows more or less cost.
AT_LEAST_CALLS, AT_LEAST_CHARACTERS = 8_000, 200_000
#: No text needs more for one character: the engine's allowance has room for that.
MOST_CALLS, MOST_CHARACTERS = 60, 60


class Work:
    """What was done since it was made."""

    def __init__(self) -> None:
        self.calls = 0
        self.characters = 0
        self.widest = 0


@contextmanager
def counted() -> Iterator[Work]:
    """Count what is done."""
    work = Work()
    scan, init, window = Scanner.scan, View.__init__, View.window

    def profile(frame: FrameType, event: str, argument: object) -> None:
        if event in ("call", "c_call"):
            work.calls += 1

    def counted_scan(self: Scanner, text: str) -> object:
        work.characters += len(text)
        return scan(self, text)

    def counted_init(self: View, text: str, context: str = "") -> None:
        work.characters += len(text)
        init(self, text, context)

    def counted_window(self: View, start: int, end: int) -> View:
        shown = window(self, start, end)
        work.characters += len(shown.folded)
        work.widest = max(work.widest, len(shown.folded))
        return shown

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Scanner, "scan", counted_scan)
        patched.setattr(View, "__init__", counted_init)
        patched.setattr(View, "window", counted_window)
        patched.setattr(look_module, "SECONDS", 1e6)
        before = sys.getprofile()
        sys.setprofile(profile)
        try:
            yield work
        finally:
            sys.setprofile(before)


def work_for(text: str) -> Work:
    with counted() as work:
        REDACTOR.find(text)
    return work


def assert_linear(short: str, long: str) -> None:
    """Looking through `long` takes no more than in proportion to its length."""
    REDACTOR.find(short)  # patterns are compiled when they are needed first
    REDACTOR.find(long)
    little, much = work_for(short), work_for(long)
    assert much.calls <= TIMES * 1.1 * little.calls + AT_LEAST_CALLS
    assert much.characters <= TIMES * 1.1 * little.characters + AT_LEAST_CHARACTERS
    assert much.calls <= MOST_CALLS * len(long) + AT_LEAST_CALLS
    assert much.characters <= MOST_CHARACTERS * len(long) + AT_LEAST_CHARACTERS
    assert much.widest <= BLOCK + 2 * widest(REDACTOR.engine.triggered.reaches)


@pytest.mark.parametrize("name", TEXTS)
def test_four_times_a_hostile_text_is_four_times_the_work(name: str) -> None:
    assert_linear(TEXTS[name](SHORT), TEXTS[name](TIMES * SHORT))


#: What texts are made of, as detectors see them: words that announce, signs, digits, beginnings of forms, escapes.
TOKENS = (
    *("name", "Name", "tel", "dob", "passport", "iban", "MRN", "password", "email", "address", "Dear", "From", "born"),
    *("Jane", "Doe", "Mr.", "de", "la", "Main Street", "Rue", "at", "dot", "com", "dash", "x", "你好", "电话", "田中"),
    *("http://", "www.", "/users/", "DE89", "GB82", "ghp_", "eyJ", "sk-", "AKIA", "-----BEGIN PRIVATE KEY-----"),
    *(" ", "\n", "\t", ":", ": ", "=", "&", "?", "#", "@", ".", ",", ";", "-", "/", "+", "(", ")", "[", "<", '"', "'"),
    *("1", "12", "555", "4111", "2368", "1984-03-02", "1.2.3.4", "a%40b.co", "%25", "&#64;", "=40", "\\u0040", "\\n"),
    *("YWRhQGV4YW1wbGUub3Jn", "\u200b", "\uff11", "\u0301", "\U000e0031", "é", "ß"),
)


@settings(max_examples=15)
@given(st.lists(st.sampled_from(TOKENS), min_size=1, max_size=5).map("".join))
def test_four_times_whatever_repeats_is_four_times_the_work(unit: str) -> None:
    assert_linear(unit * (SHORT // len(unit)), unit * (TIMES * SHORT // len(unit)))


@pytest.mark.timeout(600)  # of a machine with much else to do
def test_megabytes_of_everything_hostile_are_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of ten megabytes, in a quarter of the time that ten may take."""
    monkeypatch.setattr(look_module, "SECONDS", look_module.SECONDS / 4)
    text = TEXTS["all of these"](2_500_000)
    assert len(REDACTOR.find(text)) > 25_000
