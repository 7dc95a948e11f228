"""JUnit's XML, as the schemas of Ant and of Jenkins both have it: a suite for a session, a failed case for an incident.

Families without an incident are cases that pass, so that a page of results also shows what was watched.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree

from akios_jail.incidents.kinds import FAMILIES, RECORD, Family, at_least
from akios_jail.incidents.session import Incident, Session

#: What XML 1.0 (§2.2) cannot hold. Texts are printable already; these are the printable ones that it excludes.
_IMPOSSIBLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(sessions: Sequence[Session]) -> str:
    """One document for all sessions."""
    document = ElementTree.Element("testsuites")
    for number, session in enumerate(sessions):
        document.append(_suite(session, number))
    ElementTree.indent(document)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(document, encoding="unicode") + "\n"


def _suite(session: Session, number: int) -> ElementTree.Element:
    cases = [_agent_case(session)]
    notes = []
    for family in FAMILIES:
        found = [each for each in session.incidents if each.kind.family == family]
        failed = [each for each in found if at_least(each.kind.level, "warning")]
        notes += [each for each in found if each not in failed]
        cases += [_failed(each) for each in failed] or [_passed(family)]
    suite = ElementTree.Element(
        "testsuite",
        name=_text(session.name),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        time=f"{session.took_s:.3f}",
        timestamp=session.started[:19],
        hostname="localhost",
        package="akios",
        id=str(number),
    )
    properties = ElementTree.SubElement(suite, "properties")
    told = (("session", session.id), ("policy", session.policy), ("policy sha256", session.policy_sha256))
    for name, value in (*told, *session.figures):
        ElementTree.SubElement(properties, "property", name=name, value=_text(value))
    suite.extend(cases)
    ElementTree.SubElement(suite, "system-out").text = "".join(f"note: {_told(each)}\n" for each in notes)
    ElementTree.SubElement(suite, "system-err")
    return suite


def _agent_case(session: Session) -> ElementTree.Element:
    case = _case("agent", "the agent ended with status 0")
    if session.status != 0 and not session.ended_by:
        how = f"signal {session.signal}" if session.signal else f"status {session.status}"
        message = f"the agent ended with {how}"
        ElementTree.SubElement(case, "failure", type="agent_failed", message=message).text = message
    return case


def _passed(family: Family) -> ElementTree.Element:
    return _case(family.name, f"{family.title}: nothing was refused or missed")


def _failed(incident: Incident) -> ElementTree.Element:
    case = _case(incident.kind.family.name, f"{incident.kind.id}: {incident.what or incident.reason}")
    # An error is what went wrong with the judging, a failure what was judged.
    tag = "error" if incident.kind.family == RECORD else "failure"
    message = _text(incident.reason)
    ElementTree.SubElement(case, tag, type=incident.kind.id, message=message).text = _told(incident)
    return case


def _case(family: str, name: str) -> ElementTree.Element:
    return ElementTree.Element("testcase", classname=f"akios.{family}", name=_text(name), time="0")


def _told(incident: Incident) -> str:
    often = f" ({incident.times} times)" if incident.times > 1 else ""
    about = f" [{incident.what}]" if incident.what else ""
    return _text(f"{incident.kind.title}{often}: {incident.reason}{about}. {incident.kind.family.help}")


def _text(text: str) -> str:
    return _IMPOSSIBLE.sub("\N{REPLACEMENT CHARACTER}", text)
