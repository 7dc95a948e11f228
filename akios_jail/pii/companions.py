"""Who is named together with somebody: `Jane Doe and John Roe`, `Jane Doe (Chair), John Roe (Treasurer)`.

Where a name was found, a word for and leads to another one; a remark in brackets makes of a comma as much.
"""

# ruff: noqa: RUF001  (words for and in Cyrillic look like others)
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from akios_jail.pii.detectors.name_grammar import MAX_NAME, is_thing, name_at, normal, parts, title_at
from akios_jail.pii.finding import REACH, Finding

CONFIDENCE = 0.7
REASON = "named together with somebody"
_MOST = 6
_AND = r"and|und|et|y|e|i|a|og|och|ja|và|dan|és|ve|și|ir|un|και|и|та|і"
_JOINED = re.compile(
    rf",? (?:{_AND}|&) (?=[^\W\d_])|"
    rf"(?: ?\([^()\n]{{1,40}}\)|, [^\W\d_A-Z][^\W\d_]{{2,14}})?(?:,|;|,? (?:{_AND}|&)) (?=[^\W\d_])"
)
_CLOSED = re.compile(rf" ?[,;.()\n\r]|\Z| (?:{_AND}|&) | [^\W\d_A-Z]")


def companions(text: str, findings: Sequence[Finding]) -> list[Finding]:
    """Names that follow those in `findings`."""
    found: list[Finding] = []
    for finding in findings:
        if finding.kind == "person_name" and parts(text[finding.start : finding.end].replace(",", "")) > 1:
            found += _after(text, finding.end)
    return found


def _after(text: str, end: int) -> Iterable[Finding]:
    last = end + REACH
    for _ in range(_MOST):
        join = _JOINED.match(text, end, last)
        if join is None or (join.group() in (", ", "; ") and "(" not in join.group()):
            return
        start = title_at(text, join.end(), last)
        end = name_at(text, start, min(len(text), last))
        name = text[start:end]
        if end - start > MAX_NAME or not 2 <= parts(name) <= 4 or is_thing(name) or name.isupper():
            return
        if not name[0].isupper() or _CLOSED.match(text, end) is None:
            return
        yield Finding("person_name", start, end, normal(name), CONFIDENCE, REASON)
