"""Names in columns: in rows of tables whose heading calls the column so, in whatever line of a text they begin.

A row has bars between its cells; a rule below the line of names says that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors.name_grammar import named, whole_name
from akios_jail.pii.detectors.names_labelled import is_label
from akios_jail.pii.finding import REACH, Finding

#: A heading is not further above, nor a line longer.
_FAR = 3 * REACH
_MAX_LINE = 200
_RULE = re.compile(r"\|?[ :|+=-]*-{2}[ :|+=-]*\Z")
#: In no name of a person.
_NO_NAME = re.compile(r"[\n0-9`(@={}#%&+]")
_OF_ANY = frozenset(("name", "names", "nom", "nombre", "nome", "naam", "navn", "namn", "nimi", "who", "wer", "qui"))


def between_bars(text: str, end: int) -> Iterable[Finding]:
    """`| Jane Doe |` in a table with a line of names and a rule above."""
    start = end - 1
    stop = text.find("|", start, start + 64)
    cell = text[start : max(start, stop)]
    if stop < 0 or _NO_NAME.search(cell) is not None or (cell[0].isascii() and " " not in cell.strip()):
        return ()  # most cells
    line = text.rfind("\n", max(0, start - _MAX_LINE), start) + 1
    if line == 0 and start > _MAX_LINE:
        return ()
    column = text.count("|", line, start)
    first = max(0, line - _FAR)
    rule = max(text.rfind("|-", first, line), text.rfind("| -", first, line), text.rfind("|:-", first, line))
    if rule < 0:
        return ()
    rule_line = text.rfind("\n", first, rule) + 1
    heading = text.rfind("\n", max(0, rule_line - _MAX_LINE), max(0, rule_line - 1)) + 1
    cells = text[heading : max(heading, rule_line - 1)].split("|")
    if rule_line == 0 or len(cells) <= column or _RULE.match(text[rule_line : text.find("\n", rule_line)]) is None:
        return ()
    if not _is_of_people(cells[column]):
        return ()
    span = whole_name(text, start, stop, most=4)
    return named(text, *span, 0.8, "in a column of people") if span is not None else ()


def _is_of_people(cell: str) -> bool:
    label = cell.strip(" *_").lower()
    return label in _OF_ANY or is_label(label)
