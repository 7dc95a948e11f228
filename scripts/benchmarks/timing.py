"""Paired timing: contenders take turns in every round, so that a noisy machine disturbs all of them alike."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Contender(NamedTuple):
    """A command whose whole run is timed. `note` says what it does, or why it is missing."""

    name: str
    command: Sequence[str]
    note: str = ""


class Figures(NamedTuple):
    """Seconds of one contender's runs, in order."""

    name: str
    seconds: list[float]
    note: str

    def to_json(self) -> dict[str, object]:
        """Milliseconds: least, median, 90th percentile, most."""
        ordered = sorted(self.seconds)
        spread = {"min_ms": ordered[0], "median_ms": statistics.median(ordered), "max_ms": ordered[-1]}
        spread["p90_ms"] = ordered[int(0.9 * (len(ordered) - 1))]
        return {"name": self.name, **{k: round(v * 1000, 1) for k, v in spread.items()}, "runs": len(ordered)}


def interleaved(contenders: Sequence[Contender], rounds: int, folder: Path, env: Mapping[str, str]) -> list[Figures]:
    """Run every contender once a round, after one round that does not count. A failing run is a `RuntimeError`."""
    figures = [Figures(contender.name, [], contender.note) for contender in contenders]
    for number in range(rounds + 1):
        for contender, figure in zip(contenders, figures, strict=True):
            begun = time.perf_counter()
            done = subprocess.run(
                contender.command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False
            )
            taken = time.perf_counter() - begun
            if done.returncode != 0:
                said = done.stderr.decode(errors="replace").strip()
                raise RuntimeError(f"{contender.name} ended with status {done.returncode}: {said}")
            if number > 0:
                figure.seconds.append(taken)
    return figures


def table(figures: Sequence[Figures]) -> str:
    """The figures for people, with each median as a multiple of the first contender's."""
    width = max(len(figure.name) for figure in figures)
    lines = [f"{'':{width}}  {'min':>8}  {'median':>8}  {'p90':>8}  {'max':>8}   (milliseconds)"]
    for figure in figures:
        row = figure.to_json()
        cells = "  ".join(f"{row[key]:8.1f}" for key in ("min_ms", "median_ms", "p90_ms", "max_ms"))
        lines.append(f"{figure.name:{width}}  {cells}   {figure.note}".rstrip())
    return "\n".join(lines)
