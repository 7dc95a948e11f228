"""Text that comes in pieces is redacted and restored as the whole text would be, byte for byte."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from akios_jail.pii.detectors import detectors
from akios_jail.pii.engine import HOLD
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.stream import RedactingStream, Restorer, restored
from akios_jail.pii.vault import Unredactable, Vault

FIELDS = ("email", "phone", "ssn", "credit_card")
PIECES = [
    "jane@example.com",
    "jane%40example.com",
    "j\u200ba\u200bne@example.com",
    "amFuZUBleGFtcGxlLmNvbSBhbmQgYm9iQGV4YW1wbGUuY29t",
    "jane=40example.com=\n",
    "joe&#64;example.com",
    "(212) 555-0123",
    "+44 20 7946 0123",
    "ssn 123-45-6789",
    "4242 4242 4242 4242",
    "\uff11\uff12\uff13-45-6789",
    "\\u0040\\n",
    "\\" * 40,
    "\u200b" * 70,
    "word " * 300,
    "x" * 900,
    "A1b2" * 200,
    "\u4f60\u597d",
    " ",
    "\n",
    "1",
    "@",
    "%",
]
TEXTS = st.lists(
    st.one_of(st.sampled_from(PIECES), st.text(st.sampled_from("ab19@.-+ %=\\\u200b"), max_size=9)), max_size=40
).map("".join)


def cut(text: Any, places: list[int]) -> list[Any]:
    """The text in pieces, cut at these places of it, taken round the end."""
    ends = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[a:b] for a, b in pairwise(ends)]


def redactor(mode: str = "redact_before_inference") -> Redactor:
    return Redactor(detectors(FIELDS), Vault(), mode)


def streamed(session: Redactor, pieces: list[Any]) -> str:
    stream = RedactingStream(session)
    return "".join([stream.feed(piece) for piece in pieces] + [stream.finish()])


ROWS = st.lists(
    st.sampled_from(["Order", "ssn", "412559083", ",", "|", "\n", '"', '""', "\r\n", " ", "x" * 70]), max_size=30
)


@settings(max_examples=150)
@given(ROWS.map("".join), st.lists(st.integers(0, 2000), max_size=30))
@example("order,ssn\n1,412559083\n", [4, 15])
@example('\ufefforder,ssn\r\n1,"412\n559083"\r\n2,412559083,3\n', [4, 15, 25])
def test_a_table_in_a_stream_is_read_by_the_names_of_its_columns(text: str, places: list[int]) -> None:
    assert streamed(redactor(), cut(text, places)) == redactor().redact(text).text


def test_a_table_without_end_is_refused() -> None:
    rows = ["1,412559083\n" * 1000] * 100
    with pytest.raises(Unredactable):
        streamed(redactor(), ["order,ssn\n", *rows])


@settings(max_examples=150)
@given(TEXTS, st.lists(st.integers(0, 20_000), max_size=60))
def test_a_redacted_stream_is_the_redacted_text_wherever_it_is_cut(text: str, places: list[int]) -> None:
    try:
        whole = redactor().redact(text).text
    except Unredactable:
        with pytest.raises(Unredactable):
            streamed(redactor(), cut(text, places))
        return
    assert streamed(redactor(), cut(text, places)) == whole


@settings(max_examples=40)
@given(TEXTS, st.lists(st.integers(0, 20_000), max_size=60))
def test_a_stream_of_bytes_may_be_cut_inside_a_character(text: str, places: list[int]) -> None:
    whole = streamed(redactor(), [text])
    assert streamed(redactor(), cut(text.encode(), places)) == whole


def test_a_long_stream_in_single_characters_is_the_redacted_text() -> None:
    text = "".join(f"{number} mail user{number}@example.com, call (212) 555-{number:04d}; " for number in range(400))
    assert streamed(redactor(), list(text)) == redactor().redact(text).text


def test_a_stream_holds_back_no_more_than_it_must() -> None:
    stream = RedactingStream(redactor())
    came = 0
    for number in range(2000):
        came += len(stream.feed(f"plain words {number} "))
    sent = sum(len(f"plain words {number} ") for number in range(2000))
    assert sent - came < 2 * HOLD


def test_a_stream_of_pieces_counts_what_it_took_out() -> None:
    stream = RedactingStream(redactor())
    stream.feed("jane@example.com and 123-45-6789 and bob@example.com")
    stream.finish()
    assert stream.counts == {"email": 2, "ssn": 1}


def known(mode: str) -> tuple[Vault, str, str]:
    """A vault, a text with what stands for its values, and the text itself."""
    session = redactor(mode)
    text = "Write to jane@example.com or bob@example.com, call (212) 555-0123, card 4242 4242 4242 4242."
    return session.vault, session.redact(text).text, text


@pytest.mark.parametrize("mode", ["redact_before_inference", "pseudonymize"])
@given(places=st.lists(st.integers(0, 200), max_size=40))
def test_a_restored_stream_is_the_restored_text_wherever_it_is_cut(mode: str, places: list[int]) -> None:
    vault, replaced, text = known(mode)
    assert "jane" not in replaced
    restorer = Restorer(vault)
    pieces = cut(replaced, places)
    assert "".join([restorer.feed(piece) for piece in pieces] + [restorer.finish()]) == text


@given(st.lists(st.sampled_from(["[EMAIL_1]", "[EMAIL_", "[EMAIL_12]", "[", "1", "]", "EMAIL", " ", "a"]), max_size=12))
def test_what_only_resembles_a_placeholder_passes(parts: list[str]) -> None:
    vault, _, _ = known("redact_before_inference")
    text = "".join(parts)
    whole = restored(vault, text)
    assert whole == text.replace("[EMAIL_1]", "jane@example.com")
    restorer = Restorer(vault)
    assert "".join([restorer.feed(char) for char in text] + [restorer.finish()]) == whole


def test_a_restorer_holds_back_only_the_beginning_of_what_it_knows() -> None:
    vault, _, _ = known("redact_before_inference")
    restorer = Restorer(vault)
    assert restorer.feed("Dear [EMA") == "Dear "
    assert restorer.feed("IL_1], hello") == "jane@example.com, hello"
    assert not restorer.held


def test_a_stand_in_inside_a_longer_word_is_not_one() -> None:
    vault, _, _ = known("pseudonymize")
    stand_in = next(token for token in vault._values if token.startswith("+") or "@" in token)
    assert restored(vault, f"x{stand_in}y") == f"x{stand_in}y"


def test_what_is_restored_in_json_stays_json() -> None:
    vault = Vault()
    token = vault.placeholder("person_name", "k", 'Jane "JJ"\nDoe')
    out = restored(vault, json.dumps({"to": token}), is_json=True)
    assert json.loads(out) == {"to": 'Jane "JJ"\nDoe'}
