"""How `akios pii scan` shows findings: a line each, a table for a person at a terminal, JSON lines, SARIF."""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from akios_jail import __version__
from akios_jail.cli.style import coloured, on_a_line

if TYPE_CHECKING:
    from types import TracebackType

    from akios_jail.pii.finding_stream import Placed

#: A table of more rows is not read by a person; the rest is counted.
MAX_ROWS = 500
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


class Output(AbstractContextManager["Output"]):
    """Takes findings one by one; what is open at the end is closed with it."""

    def __init__(self, stream: IO[str], show: bool) -> None:
        self.stream = stream
        self.show = show

    def finding(self, file: str, path: str, placed: Placed) -> None:
        """One finding. `path`: where in a JSON document, "" in a text."""
        raise NotImplementedError

    def close(self) -> None:
        """After the last finding."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()


def output(form: str, stream: IO[str], show: bool) -> Output:
    """For `json` or `sarif`; otherwise a table where a person looks, and a line a finding where not."""
    if form == "json":
        return JsonLines(stream, show)
    if form == "sarif":
        return Sarif(stream, show)
    return Table(stream, show) if coloured(stream) else Lines(stream, show)


class Lines(Output):
    """`FILE:LINE:COLUMN: kind (confidence): reason`, as compilers and linters write."""

    def finding(self, file: str, path: str, placed: Placed) -> None:
        found = placed.finding
        where = f"{file}:{placed.line}:{path or placed.column}"
        value = f": {json.dumps(placed.value, ensure_ascii=False)}" if self.show else ""
        print(on_a_line(f"{where}: {found.kind} ({found.confidence:.2f}): {found.reason}{value}"), file=self.stream)


class JsonLines(Output):
    """One object a finding."""

    def finding(self, file: str, path: str, placed: Placed) -> None:
        found = placed.finding
        row: dict[str, Any] = {"file": file, "line": placed.line, "column": placed.column}
        row |= {"path": path} if path else {}
        row |= {"start": found.start, "end": found.end, "kind": found.kind}
        row |= {"confidence": found.confidence, "reason": found.reason}
        row |= {"value": placed.value} if self.show else {}
        print(json.dumps(row, ensure_ascii=False), file=self.stream)


class Table(Output):
    """Rows, and how much there is of each kind."""

    def __init__(self, stream: IO[str], show: bool) -> None:
        super().__init__(stream, show)
        self._rows: list[tuple[str, ...]] = []
        self._counts: Counter[str] = Counter()

    def finding(self, file: str, path: str, placed: Placed) -> None:
        found = placed.finding
        self._counts[found.kind] += 1
        if len(self._rows) < MAX_ROWS:
            where = f"{file}:{placed.line}:{path or placed.column}"
            row = (where, found.kind, f"{found.confidence:.2f}", found.reason, *((placed.value,) if self.show else ()))
            self._rows.append(tuple(on_a_line(cell) for cell in row))

    def close(self) -> None:
        from rich.console import Console
        from rich.table import Table as RichTable
        from rich.text import Text

        console = Console(file=self.stream)
        if not self._rows:
            console.print("Nothing personal found.")
            return
        table = RichTable(box=None, pad_edge=False, header_style="bold")
        for head in ("where", "kind", "sure", "why", *(("value",) if self.show else ())):
            table.add_column(head, overflow="fold")
        for row in self._rows:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)
        total = self._counts.total()
        if total > len(self._rows):
            console.print(f"… and {total - len(self._rows):,} more; --json lists all.")
        told = ", ".join(f"{count:,} {kind}" for kind, count in self._counts.most_common())
        console.print(f"\n{total:,} found: {told}", highlight=False)


class Sarif(Output):
    """SARIF 2.1.0, written as it comes, so that its length needs no memory."""

    def __init__(self, stream: IO[str], show: bool) -> None:
        super().__init__(stream, show)
        self._count = 0

    def finding(self, file: str, path: str, placed: Placed) -> None:
        from akios_jail.incidents.sarif import literal

        found = placed.finding
        region: dict[str, Any] = {"startLine": placed.line}
        if not path:  # with one, offsets are those in the string that it leads to
            region |= {"startColumn": placed.column, "charLength": found.end - found.start}
        place: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": region}}
        place |= {"logicalLocations": [{"fullyQualifiedName": path}]} if path else {}
        message = f"{found.kind} ({found.confidence:.2f}): {found.reason}" + (f": {placed.value}" if self.show else "")
        level = "error" if found.confidence >= 0.9 else "warning"
        result: dict[str, Any] = {"ruleId": found.kind, "level": level, "message": {"text": literal(message)}}
        result["locations"] = [place]
        self.stream.write((",\n" if self._count else self._head()) + json.dumps(result, ensure_ascii=False))
        self._count += 1

    def close(self) -> None:
        self.stream.write(("" if self._count else self._head()) + "\n]}]}\n")

    @staticmethod
    def _head() -> str:
        from akios_jail.pii.catalogue import KINDS

        rules = [{"id": kind.name, "shortDescription": {"text": kind.description}} for kind in KINDS]
        driver = json.dumps({"name": "akios pii scan", "version": __version__, "rules": rules}, ensure_ascii=False)
        return (
            f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [{{"columnKind": "unicodeCodePoints", '
            f'"tool": {{"driver": {driver}}}, "results": [\n'
        )


def _uri(file: str) -> str:
    """A file's name as a URI reference (RFC 3986): a file: URI where it is absolute, otherwise relative to here."""
    if file == "-":
        return "stdin"
    path = quote(os.fsencode(file), safe="/~")
    return f"file://{path}" if path.startswith("/") else path
