"""JUnit's XML as others read it, and as the schemas of Ant and Jenkins have it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import junitparser
import pytest

from akios_jail.incidents.junit import junit
from akios_jail.incidents.kinds import FAMILIES, KINDS
from akios_jail.incidents.session import Session, session
from akios_jail.launcher.report import Ending
from tests.incidents.reports import HOSTILE, denial, denied, document, everything


def parsed(tmp_path: Path, *sessions: Session) -> junitparser.JUnitXml:
    path = tmp_path / "junit.xml"
    path.write_text(junit(sessions))
    check_form(ElementTree.parse(path).getroot())
    return junitparser.JUnitXml.fromfile(str(path))


def check_form(root: ElementTree.Element) -> None:
    """What both schemas ask for: elements in this order, these attributes, of these types."""
    assert (root.tag, root.attrib) == ("testsuites", {})
    for number, suite in enumerate(root):
        assert suite.tag == "testsuite"
        tags = [child.tag for child in suite]
        assert (tags[0], *tags[-2:]) == ("properties", "system-out", "system-err")
        assert set(tags[1:-2]) == {"testcase"}
        assert suite.attrib.keys() == {
            "name", "tests", "failures", "errors", "time", "timestamp", "hostname", "package", "id",
        }  # fmt: skip
        assert suite.attrib["id"] == str(number)
        assert suite.attrib["name"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        assert re.fullmatch(r"\d+\.\d+", suite.attrib["time"])
        assert int(suite.attrib["tests"]) == len(tags) - 3
        for name, tag in (("failures", "failure"), ("errors", "error")):
            assert int(suite.attrib[name]) == len(suite.findall(f"testcase/{tag}"))
        for each in suite[0]:
            assert (each.tag, each.attrib.keys()) == ("property", {"name", "value"})
        for case in suite.iter("testcase"):
            assert case.attrib.keys() == {"name", "classname", "time"}
            assert [child.tag for child in case] in ([], ["failure"], ["error"])
            assert all(child.attrib.keys() == {"type", "message"} for child in case)


def test_a_session_without_incidents_passes_in_every_family(tmp_path: Path) -> None:
    (suite,) = parsed(tmp_path, session(document()))
    assert (suite.failures, suite.errors, suite.tests) == (0, 0, len(FAMILIES) + 1)
    assert suite.timestamp == "2023-11-14T22:13:20"


def test_an_incident_is_a_failed_case_of_its_family(tmp_path: Path) -> None:
    (suite,) = parsed(tmp_path, denied(denial("host_not_allowed", "DNS evil.example", "no rule names the host")))
    failed = [case for case in suite if case.result]
    assert [(case.classname, case.name) for case in failed] == [("akios.network", "host_not_allowed: DNS evil.example")]
    assert failed[0].result[0].message == "no rule names the host"
    assert failed[0].result[0].type == "host_not_allowed"


def test_names_of_cases_differ(tmp_path: Path) -> None:
    hosts = [denial("host_not_allowed", f"DNS {name}.example") for name in "abcab"]
    (suite,) = parsed(tmp_path, denied(*hosts))
    names = [(case.classname, case.name) for case in suite]
    assert len(names) == len(set(names))
    assert suite.failures == 3


@pytest.mark.parametrize(("ending", "said"), [(Ending(3), "status 3"), (Ending(137, 9), "signal 9")])
def test_an_agent_that_fails_is_a_failed_case(tmp_path: Path, ending: Ending, said: str) -> None:
    (suite,) = parsed(tmp_path, session(document(ending=ending)))
    assert suite.failures == 1
    (case,) = [case for case in suite if case.result]
    assert said in case.result[0].message


def test_a_record_that_is_not_whole_is_an_error_and_a_missing_limit_a_note(tmp_path: Path) -> None:
    (suite,) = parsed(tmp_path, session(document({"broker_error": "gone"}, missing=("no memory limit",))))
    assert (suite.errors, suite.failures) == (1, 0)
    assert "note: The session ran without a limit" in (tmp_path / "junit.xml").read_text()


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    (suite,) = parsed(tmp_path, everything(HOSTILE))
    text = junit([everything(HOSTILE)])
    assert "<script" not in text
    assert "##[" not in text
    assert "\x1b" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
    assert suite.failures > 3


def test_characters_that_xml_excludes_are_replaced(tmp_path: Path) -> None:
    parsed(tmp_path, denied(denial("host_not_allowed", "\ufffe\uffff\x00\x0b\ud800 x", "\ufffe")))


def test_every_kind_and_several_sessions_are_read(tmp_path: Path) -> None:
    denials = [denial(id, "what", "why") for id in KINDS]
    suites = [*parsed(tmp_path, denied(*denials[:60]), denied(*denials[60:]), everything("x"))]
    failed = sum(suite.failures + suite.errors for suite in suites[:2])
    assert failed == sum(kind.level != "note" for kind in KINDS.values())
