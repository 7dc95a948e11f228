"""What is found of personal data, how surely and how fast, beside Presidio's pattern recognisers.

Documents of 56 locales whose personal data is known exactly (tests/pii/corpus): e-mail, chat, invoices, logs, CSV,
JSON, source code, form posts, tickets, and texts in which nothing is personal; and those of a second, blind corpus
(tests/pii/corpus/blind), that shares nothing with the first. Each has halves that authors of detectors may look at,
`development`, `blind dev` and `blind dev2`, and as many that are held out, besides `blind heldout3` and
`blind heldout4`, which were held out whole, and `blind dev3`, which may be looked at whole: of what nobody has read yet
there are totals only. A label is found when every letter and digit of it lies in a finding; a finding is right when it
touches a label of its own kind.
Then: tokens a second, of four characters, in one thread; memory; and the time that hostile texts take as they grow.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks._personal_data import Load, Looker
    from tests.pii.corpus.document import Document
    from tests.pii.corpus.score import Miss, Score

_ROOT = Path(__file__).parents[2]
_PRESIDIO = Path(__file__).with_name("_presidio.py")
#: The pairs of halves of each corpus: the one that may be looked at and the one that is held out, where there are such.
_HALVES: dict[str, tuple[tuple[str | None, str | None], ...]] = {
    "own": (("development", "held_out"),),
    "blind": (("blind_dev", "blind_heldout"), ("blind_dev2", "blind_heldout2")),
    "third": ((None, "blind_heldout3"),),
    "fourth": ((None, "blind_heldout4"),),
    "open": (("blind_dev3", None),),
}
#: What was held out once and is read by now.
_READ = ("blind_heldout2", "blind_heldout3")
_PARTS = ("accuracy", "speed", "linearity")
#: How sure Presidio must be: it says 0.4 of a telephone number, and less of what only words beside it could confirm.
_SURE = 0.4


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--only", action="append", choices=_PARTS, help="only this part; may be repeated")
    parser.add_argument("--corpus", choices=(*_HALVES, "all"), default="all", help="documents for accuracy and misses")
    parser.add_argument("--fields", default="", metavar="KIND,…", help="only these kinds (default: all)")
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="documents of each template and locale")
    parser.add_argument("--sizes", default="1,2.5,10", metavar="MB,…", help="of hostile texts (default: 1,2.5,10)")
    parser.add_argument(
        "--misses", action="store_true", help="print what is wrong in the halves that may be looked at, and end"
    )
    parser.add_argument("--ner", action="append", default=[], metavar="MODEL", help="names by this model of spaCy, too")
    parser.add_argument("--presidio", metavar="PYTHON", help="a Python that has presidio-analyzer; `none`: without it")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the figures as JSON")
    form.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    form.add_argument("--write", action="store_true", help="write the tables into docs/pii.md")


def run(chosen: argparse.Namespace) -> int:
    """Measure and print."""
    sys.path.insert(0, str(_ROOT))
    from benchmarks import _personal_data_report as report
    from benchmarks._personal_data import Looker, attacks, loads

    looker = Looker(filter(None, chosen.fields.split(",")), tuple(chosen.ner))
    corpora = [pair for name, pairs in _HALVES.items() if chosen.corpus in (name, "all") for pair in pairs]
    if chosen.misses:
        closed = {half for _, half in corpora} - {*_READ}
        for half in [half for pair in corpora for half in pair if half is not None and half not in closed]:
            score = looker.score(_documents(half, chosen.rounds))
            print("\n".join(_miss(miss) for miss in score.misses if _of(looker, miss)))
        return 0
    wanted = chosen.only or list(_PARTS)
    told: dict[str, Any] = {"fields": looker.fields, "missing": []}
    with tempfile.TemporaryDirectory(prefix="akios-bench-") as folder:
        presidio = _presidio(chosen.presidio, Path(folder), told["missing"]) if set(wanted) - {"linearity"} else None
        if "accuracy" in wanted:
            told["accuracy"] = {}
            for open_half, closed in corpora:
                if open_half is not None:
                    told["accuracy"][open_half] = report.rows(
                        looker.score(_documents(open_half, chosen.rounds)), looker.fields
                    )
                if closed is None:
                    continue
                held_out = list(_documents(closed, chosen.rounds))
                told["accuracy"][closed] = report.rows(looker.score(held_out), looker.fields)
                if presidio is not None:
                    theirs = _presidio_score(presidio, held_out)
                    told["accuracy"][f"presidio_{closed}"] = report.rows(theirs, looker.fields)
        if "speed" in wanted:
            told["speed"] = [_speed(looker, load, presidio) for load in loads(1_000_000, seed=7)]
            told["memory"] = _memory(looker)
    if "linearity" in wanted:
        sizes = [int(float(size) * 1_000_000) for size in chosen.sizes.split(",")]
        told["linearity"] = [
            {"text": timing.name, "seconds": dict(zip(sizes, timing.seconds, strict=True)), "refused": timing.refused}
            for timing in attacks(looker, sizes, patience=30.0)
        ]
    if chosen.write:
        report.write(told, _ROOT / "docs" / "pii.md")
    elif chosen.json:
        print(json.dumps(told, indent=2))
    else:
        print(report.markdown(told) if chosen.markdown else report.plain(told))
    return 0


def _documents(half: str, rounds: int) -> Iterator[Document]:
    from tests.pii.corpus import split
    from tests.pii.corpus.blind import corpus

    name = half.removeprefix("blind_")
    return split.documents(half, rounds) if name == half else corpus.documents(name, rounds)


def _presidio_score(python: str, documents: list[Document]) -> Score:
    from tests.pii.corpus.score import Found, Score

    said = _ask_presidio(python, [document.text for document in documents])
    score = Score()
    for document, found in zip(documents, said["findings"], strict=True):
        score.add(document, [Found(kind, start, end) for kind, start, end, sure in found if sure >= _SURE])
    return score


def _speed(looker: Looker, load: Load, presidio: str | None) -> dict[str, Any]:
    """Thousands of tokens a second: the best of three; Presidio once, over a part that takes it a few seconds."""
    seconds = min(looker.seconds(load.texts) for _ in range(3))
    row: dict[str, Any] = {"text": load.name, "characters": load.characters}
    row["tokens_per_s"] = round(load.characters / 4 / seconds)
    if presidio is not None:
        texts = load.texts[: max(1, len(load.texts) * 100_000 // load.characters)]
        taken = float(_ask_presidio(presidio, texts)["seconds"])
        row["presidio_tokens_per_s"] = round(sum(map(len, texts)) / 4 / taken)
    return row


def _memory(looker: Looker) -> dict[str, int]:
    """Kilobytes: resident before, and the most while one text of 8 MB is looked through."""
    from benchmarks._personal_data import loads

    text = "\n".join(loads(1_000_000, seed=8)[-1].texts)
    text = (text * (8_000_000 // len(text) + 1))[:8_000_000]
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    looker.look(text)
    return {"before_kb": before, "peak_kb": _status("VmHWM"), "text_kb": len(text) // 1000}


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _of(looker: Looker, miss: Miss) -> bool:
    """Whether a miss is of the chosen kinds."""
    kinds = {miss.wrong.kind} if miss.wrong is not None else {miss.label.kinds[0]} if miss.label is not None else set()
    return bool(kinds & {*looker.fields})


def _miss(miss: Miss) -> str:
    """One line: what is wrong, where, with a little of the text around it."""
    document, label, wrong = miss
    place = wrong or label
    assert place is not None
    if wrong is None and label is not None:
        what = f"missed {label.kinds[0]}"
    elif wrong is not None and label is not None:
        what = f"misnamed {label.kinds[0]} as {wrong.kind}"
    else:
        what = f"false {wrong.kind if wrong else ''}"
    text = document.text
    before, after = text[max(0, place.start - 40) : place.start], text[place.end : place.end + 20]
    return f"{what} {document.locale} {document.form}: {f'{before}⟦{text[place.start : place.end]}⟧{after}'!r}"


def _presidio(asked: str | None, folder: Path, missing: list[str]) -> str | None:
    """A Python that can import Presidio: the one that is asked for, this one, or a fresh environment's."""
    if asked == "none":
        return None
    if asked is not None:
        return asked
    if importlib.util.find_spec("presidio_analyzer") is not None:
        return sys.executable
    home = folder / "presidio"
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "-q", "presidio-analyzer"]
    for command in ([sys.executable, "-m", "venv", str(home)], pip):
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
        if done.returncode != 0:
            missing.append("presidio: left out, presidio-analyzer is not installed, and pip could not install it")
            return None
    return str(home / "bin" / "python")


def _ask_presidio(python: str, texts: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [python, "-W", "ignore", str(_PRESIDIO)], input=json.dumps(texts), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"presidio failed: {done.stderr.strip()[-500:]}")
    said: dict[str, Any] = json.loads(done.stdout)
    return said
