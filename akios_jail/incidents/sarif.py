"""SARIF 2.1.0 (OASIS): for code scanning. Sections of the standard are named by their numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from akios_jail import __version__
from akios_jail.incidents.kinds import Kind
from akios_jail.incidents.places import Place, Policy
from akios_jail.incidents.session import Incident, Session

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
#: GitHub sorts alerts by these, from 0 to 10.
_SEVERITY: Final = {"error": "8.0", "warning": "5.0", "note": "2.0"}


def sarif(sessions: Sequence[Session], root: str) -> str:
    """One log with one run, since code scanning takes no two of one tool. `root`: as in `places.Policy`."""
    kinds: dict[str, Kind] = {}
    results = []
    for session in sessions:
        policy = Policy(session, root)
        for incident in session.incidents:
            kinds.setdefault(incident.kind.id, incident.kind)
            index = [*kinds].index(incident.kind.id)
            results.append(_result(incident, session, policy.place(incident), index))
    run: dict[str, Any] = {
        "columnKind": "unicodeCodePoints",
        "tool": {
            "driver": {"name": "AKIOS jail", "version": __version__, "rules": [_rule(kind) for kind in kinds.values()]}
        },
        "invocations": [_invocation(session) for session in sessions],
        "results": results,
    }
    policies = {session.policy for session in sessions}
    if len(policies) == 1 and (name := policies.pop()):
        run["automationDetails"] = {"id": f"akios/{name.replace('/', '-')}/"}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(kind: Kind) -> dict[str, Any]:
    return {
        "id": kind.id,
        "name": "".join(word.capitalize() for word in kind.id.split("_")),
        "shortDescription": {"text": kind.title},
        "fullDescription": {"text": f"{kind.title}. {kind.family.title}."},
        "help": {"text": kind.family.help, "markdown": kind.family.help},
        "defaultConfiguration": {"level": kind.level},
        "properties": {"tags": ["security", kind.family.name], "security-severity": _SEVERITY[kind.level]},
    }


def _result(incident: Incident, session: Session, place: Place, index: int) -> dict[str, Any]:
    where: dict[str, Any] = {"artifactLocation": {"uri": place.uri}}
    # A result without a line is shown at none; the first one stands for the file.
    where["region"] = {"startLine": max(1, place.line)}
    about = f" [{incident.what}]" if incident.what else ""
    return {
        "ruleId": incident.kind.id,
        "ruleIndex": index,
        "level": incident.kind.level,
        "message": {"text": literal(f"{incident.reason}{about}")},
        "locations": [{"physicalLocation": where}],
        # Code scanning tells alerts apart by the first of these, and would by line and rule without it.
        "partialFingerprints": {
            "primaryLocationLineHash": f"{incident.fingerprint}:1",
            "akiosIncident/v1": incident.fingerprint,
        },
        "occurrenceCount": incident.times,
        "properties": {"session": session.id, "policyLineKnown": place.line > 0},
    }


def _invocation(session: Session) -> dict[str, Any]:
    told: dict[str, Any] = {
        "executionSuccessful": not session.ended_by,
        "exitCode": session.status,
        "startTimeUtc": session.started,
        "endTimeUtc": session.ended,
        "properties": {"session": session.id, "name": session.name, **dict(session.figures)},
    }
    if session.ended_by:
        told["exitCodeDescription"] = session.ended_by
    if session.signal is not None and session.signal > 0:
        told["exitSignalNumber"] = session.signal
    return told


def literal(text: str) -> str:
    """Text of a message that is neither a link (§3.11.6) nor a placeholder (§3.11.5)."""
    for char in "\\[]":
        text = text.replace(char, f"\\{char}")
    return text.replace("{", "{{").replace("}", "}}")
