"""The corpus says what it means to: its labels fit, its halves differ, its numbers are numbers."""

from __future__ import annotations

import random
import re
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from tests.pii.corpus.document import Document, Label, marked
from tests.pii.corpus.locale import locales
from tests.pii.corpus.score import Found, Score
from tests.pii.corpus.split import SPLITS, documents
from tests.pii.corpus.template import Template, templates, written
from tests.pii.corpus.values import network, payment
from tests.pii.corpus.values.check_digits import luhn

_FORMS = {"email", "chat", "invoice", "log", "csv", "json", "code", "form", "ticket", "text", "secret"}
_ALL = {name: list(documents(name)) for name in SPLITS}
either_half = pytest.mark.parametrize("half", SPLITS)


def test_mark_up_becomes_labels() -> None:
    document = marked("text", "en_GB", "Ring ⟦phone=020 7946 0000⟧ (⟦?=10.0.0.1⟧, ⟦iban|bank_account=X1⟧).")
    assert document.text == "Ring 020 7946 0000 (10.0.0.1, X1)."
    assert [(label.kinds, document.text[label.start : label.end]) for label in document.labels] == [
        (("phone",), "020 7946 0000"),
        ((), "10.0.0.1"),
        (("iban", "bank_account"), "X1"),
    ]


def test_a_mark_that_is_not_closed_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="a mark that is none"):
        marked("text", "en_GB", "Ring ⟦phone=020 7946 0000.")


@either_half
def test_every_form_comes_in_many_locales(half: str) -> None:
    pairs = {(document.form, document.locale) for document in _ALL[half]}
    assert {form for form, _ in pairs} == _FORMS
    assert len(pairs) > 200


def test_the_half_that_is_held_out_has_more_than_forty_locales() -> None:
    assert len({document.locale for document in _ALL["held_out"]}) > 50


@either_half
def test_the_same_seed_gives_the_same_documents(half: str) -> None:
    assert list(documents(half)) == _ALL[half]
    assert list(documents(half, seed=99)) != _ALL[half]


@either_half
def test_labels_are_in_order_and_in_the_text(half: str) -> None:
    for document in _ALL[half]:
        ends = [0]
        for label in document.labels:
            assert ends[-1] <= label.start < label.end <= len(document.text), document
            ends.append(label.end)
        assert "⟦" not in document.text


def test_the_halves_share_no_template_and_no_value() -> None:
    folder = Path(__file__).parent
    for place in ("templates", "hand"):
        texts = [{t.text for t in templates(folder / place / f"{half}.txt")} for half in SPLITS]
        assert not texts[0] & texts[1]
    values = [
        {d.text[label.start : label.end] for d in _ALL[half] for label in d.labels if label.kinds[:1] == ("email",)}
        for half in SPLITS
    ]
    assert len(values[0] & values[1]) < len(values[0]) / 50  # short ones may meet


def test_what_looks_like_personal_data_and_is_none_stands_in_every_half() -> None:
    for half in SPLITS:
        without = [document for document in _ALL[half] if document.form == "text"]
        assert len(without) > 20
        assert all(not [label for label in document.labels if label.kinds] for document in without)


def test_cards_end_in_their_check_digit() -> None:
    rng = random.Random(1)
    for _ in range(300):
        number = re.sub(r"[ -]", "", payment.card(rng))
        assert number[-1] == luhn(number[:-1])
        assert 13 <= len(number) <= 19


def test_ibans_are_one_modulo_97() -> None:
    rng = random.Random(1)
    for country in ("DE", "FR", "ES", "IT", "NO", "PL", "SI", "NL", "XX"):
        number = payment.iban(rng, country).replace(" ", "")
        assert int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


def test_addresses_of_machines_are_public() -> None:
    rng = random.Random(1)
    assert all(not network.ip4(rng).startswith(("10.", "127.", "192.168.")) for _ in range(300))


def test_a_slot_in_csv_is_quoted_and_its_label_is_not() -> None:
    document = written(Template("csv", (), "⟦address⟧\n"), locales()["en_US"], random.Random(2))
    assert document is not None
    assert document.text[0] == '"'
    assert document.text[document.labels[0].start] != '"'


def test_a_label_is_found_when_no_letter_of_it_is_left() -> None:
    text = "Ring (020) 7946 now"
    document = Document("text", "en_GB", text, (Label(("phone",), 5, 15),))
    whole, part, elsewhere = Found("phone", 6, 15), Found("phone", 6, 13), Found("email", 0, 3)
    rows = []
    for findings in ([whole], [part], [part, Found("phone", 13, 15)], [whole, elsewhere], [Found("iban", 5, 15)]):
        score = Score()
        score.add(document, findings)
        rows.append((score.total().recall, score.total().precision))
    assert rows == [(1.0, 1.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.5), (1.0, 0.0)]


def test_what_may_be_found_or_not_counts_neither_way() -> None:
    document = marked("log", "en_GB", "from ⟦?=10.0.0.1⟧")
    for findings in ([], [Found("ip_address", 5, 13)]):
        score = Score()
        score.add(document, findings)
        total = score.total()
        assert (total.labels, total.right, total.false) == (0, 0, 0)


def test_every_kind_has_labels_enough_for_a_figure() -> None:
    counted = Counter(label.kinds[0] for d in _ALL["held_out"] for label in d.labels if label.kinds)
    few = {kind: count for kind, count in counted.items() if count < 50}
    assert not few
    assert len(counted) == 19


def test_documents_come_one_by_one() -> None:
    assert len(list(islice(documents("development"), 3))) == 3
