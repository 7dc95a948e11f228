"""From bytes to values that know where they stand: YAML, read event by event.

PyYAML's own constructors build Python objects by recursion, expand aliases without bound, let the last of two equal
keys win, lose every position and read `off` as false and `1:30` as ninety. This reader takes libyaml's events instead
and builds only what a policy needs: mappings with text keys, lists, and the scalars of YAML 1.2's core schema
(YAML 1.2.2, §10.3), each with the line and column it came from. Depth, size and number of values are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

import yaml

from akios_jail.policy.errors import PolicyError, Problem
from akios_jail.policy.source import MAX_BYTES

MAX_DEPTH = 32
MAX_VALUES = 200_000  # aliases count each time they are used
MAX_ANCHORS = 256

#: What libyaml counts as the end of a line (YAML 1.1, §4.2), so that its line numbers find our lines.
_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_INTEGER = re.compile(r"[-+]?[0-9]{1,30}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,30}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

Path = tuple[str | int, ...]


class Position(NamedTuple):
    """Line and column of a value and of the key it belongs to, counted from 1."""

    line: int
    column: int
    key_line: int
    key_column: int


class Document(NamedTuple):
    """A read file; `lines` as they may be shown. Numbers with a point are `Decimal`, so that money never meets a
    float."""

    source: str
    value: Any
    positions: dict[Path, Position]
    lines: list[str]

    def problem(self, path: Path, message: str, hint: str = "", at_key: bool = False) -> Problem:
        """A problem at `path`, or at the nearest thing above it that is written in the file."""
        known = path
        while known and known not in self.positions:
            known = known[:-1]
        position = self.positions.get(known, Position(1, 1, 1, 1))
        line, column = (position.key_line, position.key_column) if at_key else (position.line, position.column)
        excerpt = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Problem(printable(message), spell(path), line, column, printable(hint), excerpt)


def spell(path: Path) -> str:
    """The path as people write it: `spec.governance.network_access.allowlist[0].methods`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{printable(step)}" if text else printable(step)
    return text


def printable(text: str) -> str:
    """`text` without characters that move a terminal's cursor or hide: policies are shown to people who check them."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def read(data: bytes, source: str) -> Document:
    """The one document in `data`. `PolicyError` for anything that is not YAML of the kind described above."""
    if len(data) > MAX_BYTES:
        raise PolicyError(source, [Problem(f"the file is larger than {MAX_BYTES} bytes", hint="This is no policy.")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise PolicyError(source, [Problem("the file is not UTF-8 text here", line=line, column=column)]) from error
    reader = _Reader(source, text)
    try:
        # The Python form of the text would be re-encoded by libyaml; positions count characters either way.
        value = reader.document(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        raise PolicyError(source, [_syntax(error, _LINE_BREAK.split(text))]) from error
    except yaml.YAMLError as error:
        raise PolicyError(source, [Problem(f"this is not YAML: {printable(str(error))}")]) from error
    if reader.problems:
        raise PolicyError(source, reader.problems)
    return Document(source, value, reader.positions, reader.lines)


def _syntax(error: yaml.MarkedYAMLError, lines: list[str]) -> Problem:
    mark = error.problem_mark or error.context_mark
    said = " ".join(part for part in (error.context, error.problem) if part)
    if mark is None:
        return Problem(f"this is not YAML: {printable(said)}")
    line = lines[mark.line] if mark.line < len(lines) else ""
    hint = "Indent with spaces, not with tabs." if "\t" in line else ""
    return Problem(f"this is not YAML: {printable(said)}", "", mark.line + 1, mark.column + 1, hint, printable(line))


class _Anchor(NamedTuple):
    value: Any
    positions: list[tuple[Path, Position]]
    path: Path
    size: int


class _Reader:
    """Builds one document from a stream of events, noting positions and mistakes."""

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        # Once for the file, not for each mistake: thousands may be in one line, which is as long as the file.
        self.lines = [printable(line) for line in _LINE_BREAK.split(text)]
        self.positions: dict[Path, Position] = {}
        self.problems: list[Problem] = []
        self.anchors: dict[str, _Anchor | None] = {}
        self.anchored = 0  # values with an anchor: a name may be used again
        self.values = 0

    def document(self, events: Iterator[Any]) -> Any:
        value: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.refuse(event, "a second document begins here", "Put one policy in a file.")
                value = self.node(next(events), events, (), None)
        if documents == 0:
            raise PolicyError(self.source, [Problem("the file is empty", hint="See `akios init` for a first policy.")])
        return value

    def refuse(self, event: Any, message: str, hint: str = "", path: Path = ()) -> NoReturn:
        """Give up at once: what follows cannot be read with confidence."""
        self.note(event, message, hint, path)
        raise PolicyError(self.source, self.problems)

    def note(self, event: Any, message: str, hint: str, path: Path) -> None:
        """Put a problem at an event on the list, and go on."""
        mark = event.start_mark
        excerpt = self.lines[mark.line] if mark.line < len(self.lines) else ""
        self.problems.append(Problem(message, spell(path), mark.line + 1, mark.column + 1, hint, excerpt))

    def node(self, event: Any, events: Iterator[Any], path: Path, key: Any) -> Any:
        """The value that begins with `event`; `key` is the event of the key it belongs to."""
        self.count(event, path, 1)
        mark = event.start_mark
        key_mark = (key or event).start_mark
        self.positions[path] = Position(mark.line + 1, mark.column + 1, key_mark.line + 1, key_mark.column + 1)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, path)
        if event.tag is not None:
            self.refuse(event, f"a YAML tag ({printable(event.tag)}) is not accepted", "Write the plain value.", path)
        if len(path) > MAX_DEPTH:
            self.refuse(event, f"nested deeper than {MAX_DEPTH} levels", path=path[:4])
        first, before = len(self.positions), self.values
        if event.anchor is not None:
            self.anchored += 1
            if self.anchored > MAX_ANCHORS:
                self.refuse(event, f"more than {MAX_ANCHORS} anchors", path=path)
            self.anchors[event.anchor] = None  # not complete yet: an alias inside itself is refused
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = plain(event.value) if event.implicit[0] else event.value
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self.sequence(events, path)
        else:
            value = self.mapping(events, path)
        if event.anchor is not None:
            own = list(self.positions.items())[first:]
            self.anchors[event.anchor] = _Anchor(value, own, path, self.values - before)
        return value

    def count(self, event: Any, path: Path, values: int) -> None:
        self.values += values
        if self.values > MAX_VALUES:
            self.refuse(event, f"more than {MAX_VALUES} values", "An alias is counted each time it is used.", path)

    def alias(self, event: Any, path: Path) -> Any:
        anchor = self.anchors.get(event.anchor)
        if anchor is None:
            self.refuse(
                event, f"the alias *{printable(event.anchor)} does not name a complete earlier value", path=path
            )
        self.count(event, path, anchor.size)
        for own, position in anchor.positions:
            self.positions[path + own[len(anchor.path) :]] = position
        return anchor.value

    def sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                return items
            items.append(self.node(event, events, (*path, len(items)), None))
        raise AssertionError("libyaml ends every sequence that it begins")

    def mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                return found
            if not isinstance(event, yaml.ScalarEvent):
                self.refuse(event, "a key must be a plain word", path=path)
            name: str = event.value
            if event.tag is not None:
                self.refuse(event, "a YAML tag on a key is not accepted", "Write the plain word.", path)
            if event.anchor is not None:
                self.refuse(event, "an anchor on a key is not accepted", "Put the anchor before the value.", path)
            if name == "<<" and event.implicit[0]:
                hint = "Write the keys out: what a rule allows is to be read where the rule stands."
                self.refuse(event, "merge keys (<<) are not accepted", hint, path)
            if name in found:
                earlier = self.positions[(*path, name)]
                self.note(event, f"this key is already set in line {earlier.key_line}", "Keep one.", (*path, name))
            found[name] = self.node(next(events), events, (*path, name), event)
        raise AssertionError("libyaml ends every mapping that it begins")


def plain(text: str) -> Any:
    """The value of an unquoted scalar in YAML 1.2's core schema; what is not a number or a known word is text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return Decimal(text)
    return text
