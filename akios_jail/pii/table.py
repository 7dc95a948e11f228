"""Tables in text, one row a line: the name of a column says what its cells are.

The separator is the one that cuts the first line into names; cells may be quoted as RFC 4180 has it. A text whose first
line names nothing personal is no table here, whatever else it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from akios_jail.pii import keys
from akios_jail.pii.finding import Finding

#: What a name says that its values are.
Told = Callable[[str], keys.Meaning | None]
SEPARATORS = ",;\t|"
#: A longer line is no header, and more columns are not looked at.
MAX_HEADER = 4096
MAX_COLUMNS = 256
_CELL = {
    separator: re.compile(
        rf'[ ]*(?:"((?>(?:[^"]|"")*))"|([^{re.escape(separator)}\r\n]*+))[ ]*({re.escape(separator)}|\r?\n|\Z)'
    )
    for separator in SEPARATORS
}
_NAME = re.compile(r"[\w .\-/()#\u00b0\u00ba\u2116&*%+\u20ac$]{1,60}")


def found(text: str, kinds: Collection[str], told: Told = keys.meaning) -> list[Finding]:
    """The cells below names of these kinds, as findings. `told`: what a name says that `keys` does not know in company
    of the others."""
    start = _start(text)
    end = text.find("\n", start, start + MAX_HEADER)
    table = _columns(text[start:end], kinds, told) if end >= 0 else None
    if table is None:
        return []
    pairs = _pairs(text, table[0], kinds, told) if table[2] == 2 else None
    return _cells(text, end + 1, *table) if pairs is None else pairs


def _pairs(text: str, separator: str, kinds: Collection[str], told: Told) -> list[Finding] | None:
    """What stands beside names in a table of two columns whose first holds the names; None if it holds values."""
    rows = [(match, match.group(1).strip(" \"'\t")) for match in _PAIR[separator].finditer(text)]
    meanings = [told(name) if _NAME.fullmatch(name) else None for _, name in rows]
    known = sum(meaning is not None for meaning in meanings)
    if known < _LEAST_NAMES or meanings[0] is None or 3 * known < sum(map(bool, map(str.strip, text.splitlines()))):
        return None
    findings = []
    for (match, _), meaning in zip(rows, meanings, strict=True):
        value = match.group(2)
        bare = value.strip(' "\t')
        if meaning is not None and meaning.kind in kinds and bare and meaning.holds(bare):
            findings.append(named(meaning, bare, match.start(2) + value.index(bare)))
    return findings


#: So many rows of a table, and a third of all lines, begin with what data is called and not with data.
_LEAST_NAMES = 2
_PAIR = {
    separator: re.compile(
        rf"^([^{re.escape(separator)}\r\n]{{1,64}}){re.escape(separator)}([^{re.escape(separator)}\r\n]*)$",
        re.MULTILINE,
    )
    for separator in SEPARATORS
}


def begins(text: str, kinds: Collection[str], told: Told = keys.meaning) -> bool | None:
    """Whether there will be such cells in what begins so and may go on; None where the first line must tell first."""
    start = _start(text)
    end = text.find("\n", start, start + MAX_HEADER)
    if end >= 0:
        return _columns(text[start:end], kinds, told) is not None
    if len(text) - start < MAX_HEADER and any(_names(text[start:], separator) for separator in SEPARATORS):
        return None
    return False


def _start(text: str) -> int:
    return len(text) - len(text.lstrip("\r\n\ufeff"))


def _columns(line: str, kinds: Collection[str], told: Told) -> tuple[str, list[keys.Meaning | None], int] | None:
    """The separator, what the first columns are, and how many there are; None if the line names nothing personal."""
    for separator in SEPARATORS:
        if separator not in line:
            continue
        names = _names(line, separator)
        if len(names) < 2:
            continue
        width, names = len(names), names[:MAX_COLUMNS]
        meanings = [known or told(name) for name, known in zip(names, keys.meanings(tuple(names)), strict=True)]
        columns = [meaning if meaning is not None and meaning.kind in kinds else None for meaning in meanings]
        if any(columns):
            return separator, columns, width
    return None


def _names(line: str, separator: str) -> list[str]:
    names = [name.strip(" \"'\r") for name in line.split(separator)]
    return names if all(name == "" or _NAME.fullmatch(name) for name in names) else []


def _cells(text: str, at: int, separator: str, columns: list[keys.Meaning | None], width: int) -> list[Finding]:
    """Of the lines that have as many cells as there are names; others are no rows of this table."""
    findings: list[Finding] = []
    row: list[Finding] = []
    pattern = _CELL[separator]
    column = 0
    while at < len(text):
        match = pattern.match(text, at)
        if match is None:  # a quote in the middle, or one that never ends: on to the next line
            line = text.find("\n", at)
            if line < 0:
                break
            at, column, row = line + 1, 0, []
            continue
        group = 1 if match.group(1) is not None else 2
        meaning = columns[column] if column < len(columns) else None
        value = match.group(group)
        if meaning is not None:
            bare = value.strip()
            if bare and meaning.holds(bare):
                start = match.start(group) + len(value) - len(value.lstrip())
                row.append(named(meaning, bare, start))
        if match.end() == at:
            break
        at = match.end()
        column += 1
        if match.group(3) != separator:
            if column == width or (column == width + 1 and value == ""):
                findings += row
            column, row = 0, []
    # A text that ends in a separator ends in an empty cell.
    return findings + row if column + text.endswith(separator) >= width else findings


def named(meaning: keys.Meaning, value: str, start: int) -> Finding:
    """The finding that a name says its value is."""
    normal = " ".join(value.split()).casefold()
    return Finding(meaning.kind, start, start + len(value), normal, keys.CONFIDENCE, f"its name says {meaning.kind}")
