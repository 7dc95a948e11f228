"""What tests came to, on each kind of machine that they ran on: kept beside them as JSON, for a page that is written
from it.

A test puts what one row came to on record (pytest's `record_property`): JSON with the row's `family`, its own name,
and what the page says of it. A file has one machine's, with a line a row, so that a change of one is one of one line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import pytest

#: What one row came to: a NamedTuple whose fields JSON can hold.
Came = TypeVar("Came", bound=tuple[Any, ...])


class Machine(NamedTuple, Generic[Came]):
    """One recorded run. `account`: root or rootless. `came`: by family and row."""

    kernel: str
    account: str
    came: dict[str, dict[str, Came]]


class Runs(Generic[Came]):
    """The recorded runs of a folder. `word`: what a row is called, `fault`; `made`: what it came to, from what stands
    in the file."""

    def __init__(self, folder: Path, word: str, made: Callable[..., Came]) -> None:
        self._folder = folder
        self._word = word
        self._made = made

    def machines(self) -> list[Machine[Came]]:
        """All of them, the newest kernel first, and root before an account."""
        found = []
        for path in self._folder.glob("*.json"):
            document = json.loads(path.read_text())
            families = document["came"].items()
            came = {family: {name: self._made(*each) for name, each in rows.items()} for family, rows in families}
            found.append(Machine(document["kernel"], document["account"], came))
        return sorted(found, key=lambda each: ([-int(part) for part in each.kernel.split(".")], each.account))

    def record(
        self,
        arguments: list[str],
        account: str,
        declared: Mapping[str, Collection[str]],
        read: Callable[[dict[str, Any], bool], Came],
    ) -> int:
        """Run the tests beside the folder, all or those of the files in `arguments` (for pytest), and keep what they
        came to. pytest's status.

        `declared`: the rows that there are, by family; of others nothing is kept. `read`: what a row came to, from
        what its test said and whether that passed.
        """
        hears = _Hears(self._word, read)
        some = any(each.startswith("tests/") for each in arguments)
        where = [] if some else [os.path.relpath(self._folder.parent)]
        status = int(pytest.main(["-q", "-p", "no:cacheprovider", "-n", "0", *where, *arguments], [hears]))
        kernel = ".".join(os.uname().release.split(".")[:2])
        before = next((each.came for each in self.machines() if each[:2] == (kernel, account)), {}) if some else {}
        came: dict[str, dict[str, Came]] = {}
        for title, names in declared.items():
            rows = {**before.get(title, {}), **hears.came.get(title, {})}
            if known := {name: each for name, each in rows.items() if name in names}:
                came[title] = known
        self._folder.mkdir(exist_ok=True)
        text = ",\n".join(f"{json.dumps(title)}: {_lines(rows)}" for title, rows in sorted(came.items()))
        head = f'{{"kernel": "{kernel}", "account": "{account}", "came": {{\n'
        (self._folder / f"{kernel}-{account}.json").write_text(f"{head}{text}\n}}}}\n")
        return status


class _Hears(Generic[Came]):
    """Hears from pytest what each row came to."""

    def __init__(self, word: str, read: Callable[[dict[str, Any], bool], Came]) -> None:
        self._word = word
        self._read = read
        self.came: dict[str, dict[str, Came]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if report.when == "call" and name == self._word:
                said: dict[str, Any] = json.loads(str(value))
                self.came.setdefault(said["family"], {})[said[self._word]] = self._read(said, report.passed)


def _lines(rows: Mapping[str, Any]) -> str:
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(came)}" for name, came in sorted(rows.items()))
    return f"{{\n{lines}\n}}"


def differing(
    machine: Machine[Any], declared: Mapping[str, Collection[str]], expected: Mapping[str, Collection[str]]
) -> list[str]:
    """What was recorded and is not `declared` any more, and what is `expected` and was not recorded."""
    found = _rows(machine.came)
    return [f"{title}: {name}" for title, name in sorted((found - _rows(declared)) | (_rows(expected) - found))]


def _rows(families: Mapping[str, Collection[str]]) -> set[tuple[str, str]]:
    return {(title, name) for title, names in families.items() for name in names}
