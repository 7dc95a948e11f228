"""The blind corpus says what it means to: its halves share nothing, its numbers are numbers, no key lies in a file."""

from __future__ import annotations

import random
import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from urllib.parse import unquote

import phonenumbers
import pytest
from stdnum import iban, luhn

from tests.pii.corpus import split
from tests.pii.corpus.blind import identity, money
from tests.pii.corpus.blind.corpus import HALVES, _texts, by_hand, documents
from tests.pii.corpus.blind.keys_of_providers import FORMATS, key
from tests.pii.corpus.blind.patterns import drawn
from tests.pii.corpus.blind.people import locales
from tests.pii.corpus.document import Document

_ALL: dict[str, list[Document]] = {half: list(documents(half)) for half in HALVES}
_FORMS = {
    *("email", "chat", "invoice", "ticket", "log", "csv", "tsv", "json", "code", "config", "questionnaire", "form"),
    *("medical", "hr", "contract", "travel", "tool", "text"),
}
either_half = pytest.mark.parametrize("half", HALVES)
held_out_whole = pytest.mark.parametrize("half", ["heldout3", "heldout4"])
numbers_in_files = pytest.mark.parametrize("half", ["heldout3", "heldout4", "dev3"])


@either_half
def test_the_same_documents_come_every_time(half: str) -> None:
    assert list(documents(half)) == _ALL[half]


@pytest.mark.parametrize("half", ["dev", "heldout"])
def test_there_is_a_document_by_hand_of_every_form(half: str) -> None:
    assert _FORMS - {document.form for document in by_hand(half)} <= {"tsv"}


def test_more_than_a_hundred_and_twenty_are_by_hand_and_the_half_that_is_held_out_has_forty_locales() -> None:
    assert sum(len(list(by_hand(half))) for half in HALVES) >= 120
    assert len({document.locale for document in _ALL["heldout"]}) >= 40


@either_half
def test_labels_are_in_order_and_in_the_text(half: str) -> None:
    for document in _ALL[half]:
        ends = [0]
        for label in document.labels:
            assert ends[-1] <= label.start < label.end <= len(document.text), document
            ends.append(label.end)


def test_the_halves_share_no_person_no_address_and_no_text() -> None:
    people: list[set[tuple[str, str]]] = []
    places: list[set[str]] = []
    texts: list[set[str]] = []
    for half in HALVES:
        people.append({name for locale in locales(half).values() for name in locale.names})
        places.append({place.strip() for locale in locales(half).values() for place in locale.places})
        texts.append({text for name in ("hand", "templates") for _, _, text in _texts(half, name)})
    for one, other in combinations(range(len(HALVES)), 2):
        assert not people[one] & people[other]
        assert not places[one] & places[other]
        assert not texts[one] & texts[other]


@pytest.mark.parametrize(
    ("kind", "least"),
    [("name", 150), ("addr", 150), ("account", 80), ("tel", 40), ("secret", 40), ("id", 15), ("card", 15), ("dob", 15)],
)
def test_each_of_the_second_halves_has_texts_enough_of_a_kind(kind: str, least: int) -> None:
    beside = {
        "name": "|first|last|in_capitals",
        "addr": "|addr_lines|street",
        "secret": "|key|opaque|password|jwt|pem",
        "dob": "|dob_iso",
    }
    slot = re.compile(rf"⟦(?:{kind}{beside.get(kind, '')})\d*(?=[⟧=:!])")
    for half in ("dev2", "heldout2"):
        texts = [text for name in ("hand", "templates") for _, _, text in _texts(half, name)]
        assert sum(slot.search(text) is not None for text in texts) >= least, half


@held_out_whole
def test_a_half_that_is_held_out_whole_has_sixty_of_each_kind_and_hardly_anything_from_a_template(half: str) -> None:
    counted = Counter(label.kinds[0] for d in _ALL[half] for label in d.labels if label.kinds)
    beside = {"name_in_running_text", "part_of_address"}
    assert not {kind: count for kind, count in counted.items() if count < 60 and kind not in beside}
    assert len(counted) == 21
    assert len({document.locale for document in _ALL[half]}) >= 40
    assert len({document.text for document in by_hand(half)}) >= 600


def test_the_half_that_is_read_instead_of_the_fourth_has_sixty_of_each_kind_that_is_hard_in_eighty_locales() -> None:
    hard = {"secret", "driving_licence", "passport", "medical_record", "bank_account", "date_of_birth", "phone"}
    hard |= {"coordinates", "url_user_data", "national_id", "person_name", "street_address"}
    counted = Counter(label.kinds[0] for d in _ALL["dev3"] for label in d.labels if label.kinds)
    assert not {kind: counted[kind] for kind in hard if counted[kind] < 60}
    assert len({document.text for document in by_hand("dev3")}) >= 300
    assert len({document.locale for document in _ALL["dev3"]}) >= 80


def test_the_third_is_as_large_as_the_second() -> None:
    assert len(_ALL["heldout3"]) >= len(_ALL["heldout2"])
    assert len({document.text for document in by_hand("heldout3")}) >= 700


@numbers_in_files
def test_cards_ibans_and_telephone_numbers_that_stand_in_its_files_are_such_numbers(half: str) -> None:
    values = [(d.locale, label.kinds[:1], d.text[label.start : label.end]) for d in _ALL[half] for label in d.labels]
    assert all(luhn.is_valid(re.sub(r"[ -]", "", value)) for _, kinds, value in values if kinds == ("credit_card",))
    assert all(iban.is_valid(value) for _, kinds, value in values if kinds == ("iban",))
    for locale, kinds, value in values:
        if kinds == ("phone",):
            assert phonenumbers.is_valid_number(phonenumbers.parse(unquote(value), locale[3:])), (locale, value)


def test_it_shares_no_text_with_the_first_corpus() -> None:
    first = {document.text for name in split.SPLITS for document in split.by_hand(name)}
    assert not first & {document.text for half in HALVES for document in _ALL[half]}


def test_every_kind_has_labels_enough_for_a_figure() -> None:
    counted = Counter(label.kinds[0] for d in _ALL["heldout"] for label in d.labels if label.kinds)
    assert not {kind: count for kind, count in counted.items() if count < 50}
    assert len(counted) == 21


def test_numbers_of_many_countries_and_keys_of_many_providers_are_written() -> None:
    rng = random.Random(3)
    assert len({one.country for one in identity.IDENTITIES if one.write(rng)}) >= 20
    assert len({key(rng, provider) for provider in FORMATS}) == len(FORMATS) >= 40


@pytest.mark.parametrize(
    ("check", "number"),
    [("singapore", "S1234567D"), ("taiwan", "A123456789"), ("hong kong", "A123456(3)"), ("hungary", "111 111 110")],
)
def test_arithmetic_that_is_written_here_agrees_with_published_examples(check: str, number: str) -> None:
    holds = identity._check(check)
    assert holds(number)
    at = max(place for place, char in enumerate(number) if char.isdigit())
    wrong = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
    assert not holds(wrong)


def test_cards_of_every_network_have_their_check_digit_and_ibans_are_of_their_country() -> None:
    rng = random.Random(3)
    assert all(luhn.is_valid(re.sub(r"[ -]", "", money.card(rng))) for _ in range(300))
    assert money.iban(rng, "NL").startswith("NL")
    assert re.fullmatch(r"[1-9]\d [A-Z]{2}", drawn(rng, "^# @@"))


def test_no_file_holds_a_key() -> None:
    known = re.compile(
        r"AKIA[A-Z0-9]{16}|ghp_\w{36}|sk_live_\w{20}|xox[bp]-\d|BEGIN [A-Z ]*PRIVATE KEY|glpat-[\w-]{20}"
    )
    here = Path(__file__).parent
    texts = {path.name: path.read_text() for path in here.rglob("*") if path.suffix in (".txt", ".py")}
    found = [name for name, text in texts.items() if known.search(text)]
    assert set(found) <= {"keys_of_providers.py", "test_blind.py"}  # the header of PEM, and this pattern
