"""A summary in GitHub's Markdown, for a job's page or a comment.

Foreign words stand in code, spelled in character references but for letters and digits: in code there are no mentions,
issues or links, and a reference is never markup (CommonMark 0.31, §2.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from akios_jail.incidents.kinds import LEVELS
from akios_jail.incidents.session import Incident, Session

#: Rows of one session; the other formats have all. A page of GitHub's takes a megabyte for all steps of a job.
MOST_ROWS: Final = 50
#: Most characters of a cell.
_CELL: Final = 300
_SIGNS: Final = {"error": "🟥 error", "warning": "🟨 warning", "note": "🟦 note"}


def markdown(sessions: Sequence[Session]) -> str:
    """A section for each session: how it ended, its figures, its incidents."""
    return "".join(f"{_section(session)}\n" for session in sessions)


def _section(session: Session) -> str:
    ended = f"ended by AKIOS: {_code(session.ended_by)}" if session.ended_by else f"exit status {session.status}"
    if session.signal and not session.ended_by:
        ended = f"killed by signal {session.signal}"
    sign = {"error": "🟥", "warning": "🟨"}.get(session.worst, "🟩")
    name = session.policy or "without a name"
    policy = f"under the policy {_code(name)} ({_code(session.policy_sha256[:12])})"
    lines = [
        f"### {sign} AKIOS: {_code(session.name)}",
        "",
        f"{ended} after {session.took_s:.1f} s, {policy}, session {_code(session.id)}",
        "",
        "| " + " | ".join(name for name, _ in session.figures) + " |",
        "|" + " ---: |" * len(session.figures),
        "| " + " | ".join(value for _, value in session.figures) + " |",
        "",
    ]
    ranked = sorted(session.incidents, key=lambda each: -LEVELS.index(each.kind.level))
    if not ranked:
        return "\n".join([*lines, "Nothing was refused, and no limit was hit.", ""])
    lines += ["| level | what | times | to | why |", "| --- | --- | ---: | --- | --- |"]
    lines += [_row(incident) for incident in ranked[:MOST_ROWS]]
    if len(ranked) > MOST_ROWS:
        lines += ["", f"… and {len(ranked) - MOST_ROWS} more: they are in the report and in the audit log."]
    return "\n".join([*lines, ""])


def _row(incident: Incident) -> str:
    kind = incident.kind
    what = _code(incident.what) if incident.what else ""
    return f"| {_SIGNS[kind.level]} | {_code(kind.id)} | {incident.times} | {what} | {_code(incident.reason)} |"


def _code(text: str) -> str:
    if len(text) > _CELL:
        text = text[:_CELL] + "…"
    return f"<code>{''.join(map(_reference, text))}</code>"


def _reference(char: str) -> str:
    return char if char.isascii() and (char.isalnum() or char == " ") else f"&#{ord(char)};"
