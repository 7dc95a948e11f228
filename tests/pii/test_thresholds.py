"""How much is found, and how much of it is right, on documents that the detectors were not written against.

Every kind is meant to reach `GOAL`. Those that do not are in `FLOORS` with what they reach, so that they get
no worse unseen; docs/pii.md says so, too.
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
from tests.pii.corpus.document import Document
from tests.pii.corpus.score import Found, Score
from tests.pii.corpus.split import documents

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "pii.md"


class Share(NamedTuple):
    """Of what there is, found; of what is found, right."""

    recall: float
    precision: float


GOAL = Share(0.98, 0.95)
#: What kinds reach that do not reach the goal, a little below what was measured.
FLOORS = {"person_name": Share(0.91, 0.95), "street_address": Share(0.93, 0.95)}


@pytest.fixture(scope="module")
def score() -> Score:
    redactor = Redactor(detectors(DETECTORS), Vault(), "observe")
    score = Score()
    for document in documents("held_out"):
        if document.form != "form":  # bodies of that type are taken apart first: scripts/bench pii measures them
            score.add(document, look(redactor, document))
    return score


def look(redactor: Redactor, document: Document) -> list[Found]:
    return [Found(one.kind, one.start, one.end) for one in redactor.find(document.text)]


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_enough_is_found_and_enough_of_it_is_right(score: Score, kind: str) -> None:
    row, least = score.rows[kind], FLOORS.get(kind, GOAL)
    assert row.labels > 50
    assert row.recall >= least.recall, f"{kind}: recall {row.recall:.4f} of {row.labels}"
    assert row.precision >= least.precision, f"{kind}: precision {row.precision:.4f}, {row.false} false"


def test_a_floor_is_only_for_what_does_not_reach_the_goal(score: Score) -> None:
    rows = {kind: score.rows[kind] for kind in FLOORS}
    assert not [k for k, row in rows.items() if row.recall >= GOAL.recall and row.precision >= GOAL.precision]


def test_the_documentation_names_what_is_below_the_goal() -> None:
    text = PAGE.read_text()
    low = text.partition("; below it: ")[2].partition(".\n")[0]
    assert {name.strip("` ") for name in low.split(",") if name.strip()} == FLOORS.keys()


def test_the_tables_of_kinds_are_what_the_code_says() -> None:
    text = PAGE.read_text()
    assert runpy.run_path(str(ROOT / "scripts" / "pii_tables.py"))["page"](text) == text, "stale: run scripts/docs"
