"""Reading an audit log back: is every record there, unaltered and in its order, and if not, which one is it?

`verify` reads the file once, line by line, and needs no memory for a log that is whole. Only when some link does not
hold does it read again to say what happened (`diagnose`, a pure function over the lines).

What a chain of hashes can show and what it cannot: any line that was altered, taken out, moved or put in is found and
named. Lines missing at the very end leave a shorter log that is whole in itself; only somebody who remembers an
earlier head (every session's report holds one) can see that, by giving it as `head`. And whoever may rewrite the file
may compute a whole new chain: against that, too, only a remembered head helps.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from akios_jail.audit.log import LOCK_WAIT_S, AuditUnavailable
from akios_jail.audit.record import GENESIS, Malformed, claimed_seq, decode


class Line(NamedTuple):
    """What `diagnose` knows of one line of the file. `number` counts from 1; `seq` is None where it cannot be read."""

    number: int
    seq: int | None
    prev: str
    sha256: str
    sound: bool  # it is a record and its bytes fit its own digest


class Damage(NamedTuple):
    """One thing that is wrong. `kind`: altered | dropped | reordered | inserted | torn | truncated.

    `line` is where to look (the line before which records are missing), `records` the numbers concerned (a range, since
    a forged number may be as large as it likes), `what` a sentence.
    """

    kind: str
    line: int
    records: range
    what: str


_NONE = range(0)


class Verification(NamedTuple):
    """The outcome: `head` is the SHA-256 of the last sound line ("" for an empty log), to be remembered elsewhere."""

    records: int
    last_seq: int
    head: str
    damages: tuple[Damage, ...]

    @property
    def intact(self) -> bool:
        return not self.damages


def verify(path: str | os.PathLike[str], head: str | None = None) -> Verification:
    """Verify the log at `path`, as it stands now, also while brokers go on writing to it.

    `head`: the SHA-256 of a line that is known to have been in this log. `OSError` if the file cannot be read.
    """
    with Path(path).open("rb") as file:
        size = _settled_size(file)
        whole, torn = True, 0
        seq, previous, seen = 0, GENESIS, head is None
        records = 0
        for line in _lines(file, size):
            if not line.endswith(b"\n"):
                torn = len(line)
                break
            records += 1
            try:
                record = decode(line[:-1])
            except Malformed:
                whole = False
                continue
            whole = whole and record.seq == seq + 1 and record.prev == previous
            seq, previous = record.seq, record.sha256
            seen = seen or record.sha256 == head
        damages: list[Damage] = []
        if not whole:
            file.seek(0)
            complete = (text for text in _lines(file, size) if text.endswith(b"\n"))
            damages += diagnose([_line(number, text) for number, text in enumerate(complete, 1)])
    if torn:
        what = f"line {records + 1} is unfinished ({torn} bytes): it was never acknowledged"
        damages.append(Damage("torn", records + 1, _NONE, what))
    if not seen:
        what = f"the record with digest {head} is not in this log: its end was cut off, or it is another log's"
        damages.append(Damage("truncated", records + 1, _NONE, what))
    return Verification(records, seq, previous if records else "", tuple(damages))


def _settled_size(file: IO[bytes]) -> int:
    """The file's length at a moment when no writer is in the middle of a line."""
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
            break
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise AuditUnavailable("another process keeps the audit log locked; find it with `fuser`") from error
            time.sleep(0.001)
    try:
        return os.fstat(file.fileno()).st_size
    finally:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)


def _lines(file: IO[bytes], size: int) -> Iterator[bytes]:
    left = size
    while left > 0 and (line := file.readline(left)):
        left -= len(line)
        yield line


def _line(number: int, text: bytes) -> Line:
    body = text[:-1]
    try:
        record = decode(body)
    except Malformed:
        return Line(number, claimed_seq(body), "", hashlib.sha256(body).hexdigest(), False)
    return Line(number, record.seq, record.prev, record.sha256, True)


def diagnose(lines: list[Line]) -> list[Damage]:
    """Say what happened to a log whose chain does not hold, ordered by where to look. Pure.

    Sound lines form trees by their links: what was once written is the longest path of each tree, a copy or a forgery
    is a side branch. Of what was once written, numbers out of order were moved, numbers that no line has are missing.
    """
    damages: list[Damage] = []
    genuine = _longest_paths(lines)
    genuine = _without_strays(genuine)
    kept = {line.number for line in genuine}
    for line in lines:
        if line.sound and line.number not in kept:
            what = f"line {line.number} (record {line.seq}) does not belong here: the chain goes on without it"
            damages.append(Damage("inserted", line.number, _just(line.seq or 0), what))
    damages += _moved(genuine)
    damages += _gaps([line for line in lines if not line.sound], genuine)
    return sorted(damages, key=lambda damage: damage.line)


def _longest_paths(lines: list[Line]) -> list[Line]:
    """The sound lines without side branches, in the file's order."""
    sound = [line for line in lines if line.sound]
    first: dict[str, Line] = {}
    for line in sound:
        first.setdefault(line.sha256, line)  # a second copy of a line is a branch of its own and never followed
    children: dict[str, list[Line]] = {}
    for line in first.values():
        children.setdefault(line.prev, []).append(line)
    height: dict[str, int] = {}
    # A link leads from a number to the next, so descending numbers visit every child before its parent.
    for line in sorted(first.values(), key=lambda line: -(line.seq or 0)):
        below = [height.get(child.sha256, 0) for child in children.get(line.sha256, ())]
        height[line.sha256] = 1 + max(below, default=0)

    def tallest(line: Line) -> tuple[int, int]:
        return height[line.sha256], line.number

    chosen: list[Line] = []
    roots = [line for line in first.values() if line.prev not in first]
    if genesis := [line for line in roots if line.prev == GENESIS]:
        best = max(genesis, key=tallest)
        roots = [line for line in roots if line.prev != GENESIS or line is best]
    for root in roots:
        step: Line | None = root
        while step is not None:
            chosen.append(step)
            step = max(children.get(step.sha256, ()), key=tallest, default=None)
    return sorted(chosen, key=lambda line: line.number)


def _without_strays(genuine: list[Line]) -> list[Line]:
    """Leave out lines that hang on nothing while the lines around them hang on each other."""
    known = {GENESIS, *(line.sha256 for line in genuine)}
    linked = {line.prev for line in genuine}
    numbers = Counter(line.seq for line in genuine)
    kept: list[Line] = []
    before = GENESIS
    for place, line in enumerate(genuine):
        alone = line.prev not in known and line.sha256 not in linked
        bridged = place + 1 < len(genuine) and genuine[place + 1].prev == before
        if alone and (bridged or numbers[line.seq] > 1):
            continue
        kept.append(line)
        before = line.sha256
    return kept


def _moved(genuine: list[Line]) -> list[Damage]:
    damages: list[Damage] = []
    highest, at = 0, 0
    for line in genuine:
        seq = line.seq or 0
        if seq < highest:
            what = f"record {seq} (line {line.number}) stands after record {highest} (line {at})"
            damages.append(Damage("reordered", line.number, _just(seq), what))
        else:
            highest, at = seq, line.number
    return damages


def _gaps(damaged: list[Line], genuine: list[Line]) -> list[Damage]:
    """Altered lines, and numbers that no line has, gap by gap between the genuine records in their order."""
    damages: list[Damage] = []
    places = [line.number for line in damaged]
    placed: set[int] = set()
    before = Line(0, 0, "", GENESIS, True)
    for line in sorted(genuine, key=lambda line: line.seq or 0):
        missing = range((before.seq or 0) + 1, line.seq or 0)
        inside = range(bisect(places, before.number), bisect(places, line.number))
        for place in inside:
            damages.append(_altered(damaged[place], missing if len(inside) == 1 else _NONE))
            placed.add(place)
        if len(missing) > len(inside) and len(inside) != 1:
            what = f"missing before line {line.number}: {_named(missing)}"
            damages.append(Damage("dropped", line.number, missing, what))
        if not missing and line.prev != before.sha256:
            numbers = range(before.seq or 0, (line.seq or 0) + 1)
            what = f"record {line.seq} (line {line.number}) does not follow from record {before.seq}: one was rewritten"
            damages.append(Damage("altered", before.number, numbers, what))
        before = line
    damages += [_altered(line, _NONE) for place, line in enumerate(damaged) if place not in placed]
    return damages


def _altered(line: Line, stood: range) -> Damage:
    """`stood`: the numbers missing where this line is the only thing that stands."""
    if stood:
        return Damage("altered", line.number, stood, f"line {line.number} was altered: {_named(stood)} stood there")
    if line.seq is None:
        return Damage("altered", line.number, _NONE, f"line {line.number} was altered: it is not a record")
    return Damage("altered", line.number, _just(line.seq), f"record {line.seq} (line {line.number}) was altered")


def _just(number: int) -> range:
    return range(number, number + 1)


def _named(numbers: range) -> str:
    if len(numbers) == 1:
        return f"record {numbers[0]}"
    return f"records {numbers[0]} to {numbers[-1]}"
