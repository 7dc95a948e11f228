"""What stood glued to a finding may stand alone once that is replaced: where to look again, and at what."""

from __future__ import annotations

from collections.abc import Iterable

from akios_jail.pii.finding import REACH, Finding

#: What stood glued to a finding may stand alone once it is replaced; so often its surroundings are looked at again.
MAX_LOOKS = 6
#: Near where a piece was cut out of its text, what is found may have been cut, too.
EDGE = 64
#: Stands where something was found when its surroundings are looked at again: no letter, digit, space or sign.
MASK = "\ue000"
_BREAKS = frozenset(" \t\r\n,;:!?\"'()[]{}<>|&=*`" + MASK)
_JOINTS = frozenset(".-/+@#~^$")


def is_glued(text: str, finding: Finding) -> bool:
    """Whether what stands beside a finding could have kept something from being found."""
    before, after = text[max(0, finding.start - 2) : finding.start], text[finding.end : finding.end + 2]
    return _joins(before[::-1]) or _joins(after)


def _joins(beside: str) -> bool:
    """`beside`: the next character, and the one behind it."""
    if beside == "" or beside[0] in _BREAKS:
        return False
    return beside[0] not in _JOINTS or beside[1:].strip() != ""


def masked(text: str, findings: Iterable[Finding]) -> str:
    """The text with MASK for each character of findings that come in order."""
    pieces: list[str] = []
    done = 0
    for finding in findings:
        pieces += text[done : finding.start], MASK * (finding.end - finding.start)
        done = finding.end
    pieces.append(text[done:])
    return "".join(pieces)


def surroundings(findings: Iterable[Finding], length: int) -> list[tuple[int, int]]:
    """The surroundings of findings that come in order, in a text of this length; those that touch are one."""
    windows: list[tuple[int, int]] = []
    for finding in findings:
        start, end = max(0, finding.start - REACH), min(length, finding.end + REACH)
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(end, windows[-1][1]))
        else:
            windows.append((start, end))
    return windows
