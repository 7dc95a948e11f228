"""What `scripts/bench pii` prints: for people, and as the tables of docs/pii.md."""

from __future__ import annotations

import runpy
from collections.abc import Iterable, Sequence
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.pii.corpus.score import Score

#: What every kind is meant to reach; the tests hold it for those that do.
RECALL, PRECISION = 0.98, 0.95
_TITLES = {
    "development": "the development half",
    "held_out": "the half that is held out",
    "presidio_held_out": "presidio's pattern recognisers, on the same held out half",
    "blind_dev": "the blind corpus, the half that may be looked at",
    "blind_heldout": "the blind corpus, the half that is held out",
    "blind_dev2": "the blind corpus, the second half that may be looked at",
    "blind_dev3": "the blind corpus, the third half that may be looked at",
    "blind_heldout2": "the blind corpus, the second half that was held out, and is read by now",
    "blind_heldout3": "the blind corpus, the third that was held out, and is read by now",
    "blind_heldout4": "the blind corpus, the fourth, which is held out whole",
    "presidio_blind_heldout": "presidio's pattern recognisers, on the same held out half of the blind corpus",
    "presidio_blind_heldout2": "presidio's pattern recognisers, on the second held out half of the blind corpus",
    "presidio_blind_heldout3": "presidio's pattern recognisers, on the third of the blind corpus",
    "presidio_blind_heldout4": "presidio's pattern recognisers, on the fourth of the blind corpus",
}
#: Rows of their own for what the catalogue does not promise, or what may be asked of it: shown with their kind.
BESIDE = {"name_in_running_text": "person_name", "part_of_address": "street_address"}


def rows(score: Score, fields: Iterable[str]) -> list[dict[str, Any]]:
    """A row for every kind that has labels or findings, and is asked for."""
    wanted = set(fields)
    wanted |= {name for name, kind in BESIDE.items() if kind in wanted}
    return [{"kind": kind, **row.to_json()} for kind, row in sorted(score.rows.items()) if kind in wanted]


def plain(told: dict[str, Any]) -> str:
    """Aligned columns."""
    parts = [_aligned(title, head, body) for title, head, body in _tables(told)]
    return "\n\n".join([*parts, *_notes(told)])


def markdown(told: dict[str, Any]) -> str:
    """Tables of Markdown."""
    parts = []
    for title, head, body in _tables(told):
        parts.append(f"{title[:1].upper()}{title[1:]}:\n\n{_markdown(head, body)}")
    return "\n\n".join([*parts, *_notes(told)])


def write(told: dict[str, Any], page: Path) -> None:
    """Put the tables of what was measured between the marks of docs/pii.md that are for them."""
    between = runpy.run_path(str(Path(__file__).parents[1] / "pii_tables.py"))["between"]
    text = page.read_text()
    for mark, half in (("figures", "held_out"), ("blind figures", "blind_heldout")):
        if half in told.get("accuracy", {}):
            ours = told["accuracy"][half]
            figures = _beside(ours, told["accuracy"].get(f"presidio_{half}"))
            text = between(text, mark, f"{_markdown(*figures)}\n\n{_below(ours)}\n")
    if "speed" in told:
        tables = [_markdown(head, body) for title, head, body in _tables({"speed": told["speed"]}) if title]
        text = between(text, "speed", "\n\n".join([*tables, *_notes({**told, "missing": []})]) + "\n")
    page.write_text(text)


def _below(figures: list[dict[str, Any]]) -> str:
    """Which kinds are not as good as they are meant to be."""
    low = [
        f"`{row['kind']}`"
        for row in figures
        if row["kind"] not in BESIDE and (row["recall"] < RECALL or row["precision"] < PRECISION)
    ]
    goal = f"The goal is a recall of {RECALL} and a precision of {PRECISION}"
    return f"{goal}; below it: {', '.join(low)}." if low else f"{goal}; every kind reaches it."


def _beside(ours: list[dict[str, Any]], theirs: list[dict[str, Any]] | None) -> tuple[list[str], list[list[str]]]:
    """Our figures of each kind, with Presidio's pattern recognisers beside them if they were measured."""
    shares = ["recall", "95 %", "precision", "95 %", "F1"]
    head = ["kind", "values", *shares, *(["Presidio: recall", "precision"] if theirs else [])]
    others = {row["kind"]: row for row in theirs or ()}
    body = []
    for row in ours:
        cells = [
            f"`{row['kind']}`",
            f"{row['labels']:,}",
            f"{row['recall']:.3f}",
            _bounds(row, "recall"),
            f"{row['precision']:.3f}" if row["findings"] else "",
            _bounds(row, "precision") if row["findings"] else "",
            f"{row['f1']:.3f}" if row["findings"] else "",
        ]
        if theirs:
            other = others.get(row["kind"])
            looks = other is not None and other["findings"] > 0
            cells += [f"{other[name]:.3f}" for name in ("recall", "precision")] if other and looks else ["", ""]
        body.append(cells)
    return head, body


def _bounds(row: dict[str, Any], share: str) -> str:
    return f"{row[f'{share}_low']:.3f}-{row[f'{share}_high']:.3f}"


def _markdown(head: list[str], body: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *body))


def _notes(told: dict[str, Any]) -> list[str]:
    notes = list(told["missing"])
    if "memory" in told:
        memory = told["memory"]
        grown = (memory["peak_kb"] - memory["before_kb"]) / 1000
        notes.append(
            f"Memory: one text of {memory['text_kb'] / 1000:.0f} MB takes {grown:.0f} MB more while it is read."
        )
    return notes


def _tables(told: dict[str, Any]) -> Iterable[tuple[str, list[str], list[list[str]]]]:
    for name, figures in told.get("accuracy", {}).items():
        head = ["kind", "labels", "recall", "95 %", "precision", "95 %", "F1", "other kind", "false"]
        yield _TITLES[name], head, [_accuracy(row) for row in figures]
    if "speed" in told:
        beside = any("presidio_tokens_per_s" in row for row in told["speed"])
        head = ["text", "tokens a second", *(["presidio", "times as fast"] if beside else [])]
        yield "speed, one thread", head, [_speed(row) for row in told["speed"]]
    if "linearity" in told:
        sizes = list(told["linearity"][0]["seconds"])
        head = ["hostile text", *(f"{size / 1_000_000:g} MB" for size in sizes), "last by first", "a doubling"]
        yield "hostile texts, seconds", head, [_growth(row, sizes) for row in told["linearity"]]


def _accuracy(row: dict[str, Any]) -> list[str]:
    shares = [f"{row['recall']:.4f}", _bounds(row, "recall"), f"{row['precision']:.4f}", _bounds(row, "precision")]
    return [row["kind"], str(row["labels"]), *shares, f"{row['f1']:.4f}", str(row["misnamed"]), str(row["false"])]


def _speed(row: dict[str, Any]) -> list[str]:
    cells = [row["text"], f"{row['tokens_per_s']:,}"]
    if "presidio_tokens_per_s" in row:
        other = row["presidio_tokens_per_s"]
        cells += [f"{other:,}", f"{row['tokens_per_s'] / other:.0f}"]
    return cells


def _growth(row: dict[str, Any], sizes: Sequence[int]) -> list[str]:
    """Linear is: the last by the first as their sizes are, and 2 for every doubling."""
    seconds = [row["seconds"][size] for size in sizes]
    cells = ["given up" if each is None else f"{each:.3f}" for each in seconds]
    known = [(size, each) for size, each in zip(sizes, seconds, strict=True) if each]
    if len(known) < 2:
        return [row["text"], *cells, "", ""]
    growth = known[-1][1] / known[0][1]
    doublings = log2(known[-1][0] / known[0][0])
    refused = " (refused)" if row["refused"] else ""
    return [f"{row['text']}{refused}", *cells, f"{growth:.1f}", f"{growth ** (1 / doublings):.2f}"]


def _aligned(title: str, head: list[str], body: list[list[str]]) -> str:
    widths = [max(len(row[place]) for row in (head, *body)) for place in range(len(head))]
    lines = []
    for row in (head, *body):
        first, *rest = (
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join((first, *rest)))
    return f"{title}\n" + "\n".join(lines)
