"""How much is found, and how much of it is right, on documents that the detectors were not written against.

Every kind is meant to reach `GOAL`, on the half of each corpus that is held out. Those that do not are in `FLOORS` with
what they reach, so that they get no worse unseen; docs/pii.md says so, too. The blind corpus is the harder one: of its
other half those who write detectors see the figures by kind, and never a document.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import NamedTuple

import pytest

from akios_jail.pii.catalogue import KINDS
from akios_jail.pii.detectors import DETECTORS, detectors
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Vault
from tests.pii.corpus import split
from tests.pii.corpus.blind import corpus as blind
from tests.pii.corpus.score import Score, wilson
from tests.pii.looking import scored

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "pii.md"


class Share(NamedTuple):
    """Of what there is, found; of what is found, right."""

    recall: float
    precision: float


GOAL = Share(0.98, 0.95)
#: What kinds reach that do not reach the goal, a little below what was measured.
FLOORS: dict[str, Share] = {}
#: The same for the blind corpus.
BLIND_FLOORS = {
    "bank_account": Share(0.93, 0.95),
    "person_name": Share(0.91, 0.95),
    "street_address": Share(0.88, 0.95),
}
#: The same for the second pair of its halves, whose texts were mostly written to be met once: few of each, so that one
#: that is missed counts much; and for what was written after them. `heldout2` and `heldout3` were held out once and
#: are read by now: they are no measure of what is unseen.
SECOND_FLOORS = {
    "dev2": {
        "national_id": Share(0.95, 0.95),
        "person_name": Share(0.95, 0.95),
        "street_address": Share(0.92, 0.95),
    },
    "heldout2": {
        "person_name": Share(0.92, 0.95),
        "street_address": Share(0.96, 0.95),
    },
    "heldout3": {
        "driving_licence": Share(0.95, 0.95),
        "passport": Share(0.95, 0.95),
        "person_name": Share(0.77, 0.95),
        "phone": Share(0.96, 0.95),
        "street_address": Share(0.86, 0.95),
    },
}
#: Rows of the blind corpus that are no kinds: counted apart from the kind whose promise they are beyond.
APART = ("name_in_running_text", "part_of_address")
every_kind = pytest.mark.parametrize("kind", [kind.name for kind in KINDS])


@pytest.fixture(scope="module")
def score() -> Score:
    return scored(Redactor(detectors(DETECTORS), Vault()), split.documents("held_out"))


@pytest.fixture(scope="module")
def blind_score() -> Score:
    return scored(Redactor(detectors(DETECTORS), Vault()), blind.documents("heldout"))


@pytest.fixture(scope="module", params=SECOND_FLOORS)
def second(request: pytest.FixtureRequest) -> tuple[Score, dict[str, Share]]:
    half = str(request.param)
    return scored(Redactor(detectors(DETECTORS), Vault()), blind.documents(half)), SECOND_FLOORS[half]


@every_kind
def test_enough_is_found_and_enough_of_it_is_right(score: Score, kind: str) -> None:
    reaches(score, kind, FLOORS.get(kind, GOAL))


@every_kind
def test_enough_is_found_of_what_nobody_who_wrote_detectors_has_seen(blind_score: Score, kind: str) -> None:
    reaches(blind_score, kind, BLIND_FLOORS.get(kind, GOAL))


@every_kind
def test_what_texts_that_are_met_once_reach_gets_no_worse(second: tuple[Score, dict[str, Share]], kind: str) -> None:
    score, floors = second
    reaches(score, kind, floors.get(kind, GOAL), labels=0)


def reaches(score: Score, kind: str, least: Share, labels: int = 50) -> None:
    row = score.rows[kind]
    assert row.labels > labels
    assert row.recall >= least.recall, f"{kind}: recall {row.recall:.4f} of {row.labels}"
    assert row.precision >= least.precision, f"{kind}: precision {row.precision:.4f}, {row.false} false"


def test_forms_are_among_what_is_measured(score: Score, blind_score: Score) -> None:
    for documents in (split.documents("held_out"), blind.documents("heldout")):
        assert sum(document.form == "form" for document in documents) > 100
    assert score.total().labels > blind_score.total().labels > 5000


def test_what_is_beyond_the_promise_is_counted_apart(blind_score: Score) -> None:
    assert all(blind_score.rows[name].labels > 50 for name in APART)


def test_floors_of_the_blind_corpus_are_below_the_goal() -> None:
    for floors in (BLIND_FLOORS, *SECOND_FLOORS.values()):
        assert not [
            k for k, least in floors.items() if least.recall >= GOAL.recall and least.precision >= GOAL.precision
        ]


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 0, 0.0, 1.0), (60, 60, 0.9398, 1.0), (8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775)],
)
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-4)


def test_a_floor_is_only_for_what_does_not_reach_the_goal(score: Score) -> None:
    rows = {kind: score.rows[kind] for kind in FLOORS}
    assert not [k for k, row in rows.items() if row.recall >= GOAL.recall and row.precision >= GOAL.precision]


def test_the_documentation_names_what_is_below_the_goal() -> None:
    for mark, floors in (("figures", FLOORS), ("blind figures", BLIND_FLOORS)):
        table = PAGE.read_text().partition(f"<!-- {mark} -->")[2].partition(f"<!-- end of {mark} -->")[0]
        low = table.partition("; below it: ")[2].partition(".\n")[0]
        assert {name.strip("` ") for name in low.split(",") if name.strip()} == floors.keys()


def test_the_tables_of_kinds_are_what_the_code_says() -> None:
    text = PAGE.read_text()
    assert runpy.run_path(str(ROOT / "scripts" / "pii_tables.py"))["page"](text) == text, "stale: run scripts/docs"
