"""What becomes of findings that overlap: one, which covers them all, so that no part of any stays behind."""

from __future__ import annotations

from akios_jail.pii.finding import Finding

#: A finding, and the place of its detector in the order of preference.
Ranked = tuple[Finding, int]


def merged(text: str, ranked: list[Ranked]) -> list[Finding]:
    """The findings in the order of the text, without overlap.

    What several cover together is what the surest of them says it is; of equally sure ones, the longest; of equally
    long ones, the first detector's. If they cover more than it does, it is another value than its own: its key says so.
    """
    result: list[Finding] = []
    best: Finding | None = None
    size: tuple[float, int, int] = (0.0, 0, 0)
    start = end = 0

    def close() -> None:
        if best is not None:
            whole = (best.start, best.end) == (start, end)
            result.append(best if whole else best._replace(start=start, end=end, key=f"{best.key} {text[start:end]}"))

    for finding, rank in sorted(ranked, key=_place):
        of = (finding.confidence, finding.end - finding.start, -rank)
        if best is None or finding.start >= end:
            close()
            best, size, start, end = finding, of, finding.start, finding.end
            continue
        end = max(end, finding.end)
        if of > size:
            best, size = finding, of
    close()
    return result


def _place(ranked: Ranked) -> tuple[int, int, int]:
    return ranked[0].start, -ranked[0].end, ranked[1]
