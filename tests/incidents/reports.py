"""Run reports as the launcher writes them, and what a hostile agent would have in one."""

from __future__ import annotations

import json
from typing import Any

from akios_jail.incidents import session
from akios_jail.incidents.session import Session
from akios_jail.launcher import report
from akios_jail.launcher.report import Ending, Resources
from akios_jail.launcher.sequencing import Sealed

#: What acts somewhere: on a terminal, in a log of continuous integration, in Markdown, HTML, XML, a table, a link.
HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\r\n::error::owned\n##[add-mask]x##vso[task.complete] | a | b |\n\n# head\n"
    "<script>alert(1)</script><img src=x onerror=y>]]><!--&amp;&#60; [link](https://evil.example) ![i](x) `code` "
    "**bold** @somebody #123 https://evil.example www.evil.example :bomb: {0} \\ \u202ereversed\u2028\ufffe\x00\udcff"
)


def denial(code: str, what: str = "", reason: str = "", rule: int | None = None) -> dict[str, Any]:
    return {"time": "2026-01-31T12:00:00.250Z", "code": code, "reason": reason, "rule": rule, "what": what}


def document(from_broker: dict[str, Any] | None = None, **known: Any) -> dict[str, Any]:
    """A report. `known`: what the launcher knows, by the names of `report.document`."""
    fields: dict[str, Any] = {
        "session_id": "ses_0123456789ab",
        "name": "nightly triage",
        "argv": ("/bin/agent", "--token", "argument-of-the-agent"),
        "policy": {"name": "triage", "sha256": "0" * 64, "path": "/nowhere/policy.yaml"},
        "started": 1_700_000_000.5,
        "ended": 1_700_000_001.25,
        "ending": Ending(0),
        "resources": Resources(0.75, 0.5, 4096),
        "missing": (),
        "audit": {"path": "/state/audit", **Sealed(4, 9, 5, 10, "a note")._asdict()},
        "layer": None,
    }
    told = report.document(**fields | known, from_broker=from_broker or {})
    # As a file has it: tuples are lists, and so on.
    result: dict[str, Any] = json.loads(json.dumps(told))
    return result


def denied(*denials: dict[str, Any], **known: Any) -> Session:
    """The session in whose report these denials are."""
    return session.session(document({"denials": [*denials], "verdicts": {"deny": len(denials)}}, **known))


def everything(text: str) -> Session:
    """A session to which everything has happened, with `text` wherever an agent or a broker may put its words."""
    denials = [denial(code, text, text) for code in ("host_not_allowed", "pii_in_header", "tool_denied", text)]
    told = {
        "denials": denials,
        "verdicts": {"deny": 300},
        "violations": 2,
        "overruns": {"calls": 1, "tokens": 5, "cost_usd": 0.5},
        "broker_error": text,
        "pii_redacted": {text: 3},
    }
    ending = Ending(120, None, "budget_spent", text, ("memory", text))
    sealed = {**Sealed(4, 9, 5, 10, "a note")._asdict(), "error": text}
    policy = {"name": text, "sha256": "f" * 64, "path": f"/x/{text}"}
    return session.session(document(told, ending=ending, missing=(text,), audit=sealed, policy=policy, name=text))
