"""The report and its summary: the launcher's word stands, the broker's is shaped, nobody's reaches the terminal raw."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from akios_jail.launcher import report, view
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.report import Ending, Layer, Resources
from akios_jail.launcher.sequencing import Sealed

HOSTILE = "\x1b]0;owned\x07\r\nakios: all is well\u202e"


AUDIT = {"path": "/state/audit", **Sealed(4, 9, 5, 10, "a note")._asdict()}


def document(from_broker: dict[str, Any] | None = None, **known: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "session_id": "ses_0123456789ab",
        "name": "name",
        "argv": ("/bin/agent", "x"),
        "policy": {"name": "policy", "sha256": "0" * 64, "path": "/p.yaml"},
        "started": 1_700_000_000.5,
        "ended": 1_700_000_001.25,
        "ending": Ending(0),
        "resources": Resources(0.75, 0.5, 4096),
        "missing": (),
        "audit": AUDIT,
        "layer": None,
    }
    return report.document(**fields | known, from_broker=from_broker or {})


def written(path: Path, content: dict[str, Any]) -> Any:
    fd = report.open_report(str(path), (), os.getuid(), os.getgid())
    report.write_report(fd, content)
    os.close(fd)
    return json.loads(path.read_bytes())


# --- the report ---


def test_what_the_launcher_knows_cannot_be_replaced() -> None:
    claims = dict.fromkeys(document(), "forged")
    told = document(claims | {"audit": {"path": "/forged", "last": 9}, "extra": 1})
    assert told["audit"] == AUDIT
    assert told["exit"] == {"status": 0, "signal": None, "code": "", "reason": "", "limits": []}
    assert (told["session_id"], told["agent"], told["layer"]) == ("ses_0123456789ab", ["/bin/agent", "x"], None)
    assert (told["started"], told["ended"]) == ("2023-11-14T22:13:20.500Z", "2023-11-14T22:13:21.250Z")
    assert told["extra"] == 1


@pytest.mark.parametrize(
    "nonsense", [None, 7, -1, "text", [], {}, [[]], [None], {"allow": "x"}, {"allow": -5}, True, 1e999]
)
def test_nonsense_from_the_broker_has_the_shape_of_a_report_and_a_summary(nonsense: Any) -> None:
    names = ("verdicts", "denials", "cost", "pii_redacted", "pii_observed", "calls", "overruns", "audit")
    told = document(dict.fromkeys(names, nonsense))
    assert told["verdicts"] == {"allow": 0, "deny": 0, "modify": 0}
    assert {told["cost"][name] for name in ("tokens_used", "input_tokens", "output_tokens", "cost_usd")} == {0}
    assert told["overruns"] == {"calls": 0, "tokens": 0, "cost_usd": 0}
    assert all(isinstance(denial, dict) for denial in told["denials"])
    assert report.summary(told)
    json.dumps(told["verdicts"])


def test_arguments_that_are_not_utf_8_make_valid_json(tmp_path: Path) -> None:
    told = written(tmp_path / "report.json", document(argv=("/bin/echo", "\udcff", "ü"), name="\udc80"))
    assert told["agent"] == ["/bin/echo", "\udcff", "ü"]
    assert told["name"] == "\udc80"
    assert "ü" in (tmp_path / "report.json").read_text()


def test_a_shorter_report_leaves_nothing_of_a_longer_one(tmp_path: Path) -> None:
    written(tmp_path / "report.json", document(name="x" * 10_000))
    assert written(tmp_path / "report.json", document(name="y"))["name"] == "y"


# --- its file ---


@pytest.mark.root
def test_a_new_report_belongs_to_the_person_and_an_old_file_to_whom_it_did(tmp_path: Path) -> None:
    os.close(report.open_report(f"{tmp_path}/new", (), 1000, 1001))
    status = (tmp_path / "new").stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (1000, 1001, 0o644)
    (tmp_path / "old").touch()
    os.close(report.open_report(f"{tmp_path}/old", (), 1000, 1001))
    assert (tmp_path / "old").stat().st_uid == 0
    os.close(report.open_report(f"{tmp_path}/nobody", (), 1_900_000_000, 1_900_000_000))
    assert (tmp_path / "nobody").stat().st_uid == 0


def test_what_an_earlier_agent_laid_in_its_place_is_neither_followed_nor_waited_for(tmp_path: Path) -> None:
    work, outside = tmp_path / "work", tmp_path / "outside"
    work.mkdir()
    outside.mkdir()
    (work / "link").symlink_to(outside / "victim")
    (work / "folder").symlink_to(outside)
    (work / "directory").mkdir()
    os.mkfifo(work / "fifo")
    for name in ("link", "folder/report.json", "directory", "fifo"):
        with pytest.raises(LaunchError) as error:
            report.open_report(f"{work}/{name}", (str(work),), 1000, 1000)
        assert error.value.status == 2
    assert os.listdir(outside) == []


def test_what_becomes_a_link_between_looking_and_opening_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent of another session may be at work in the same folder."""
    work, outside = tmp_path / "work", tmp_path / "outside"
    (work / "a" / "b").mkdir(parents=True)
    (outside / "b").mkdir(parents=True)
    looked = view.resolve

    def quicker(path: str, laid: tuple[str, ...]) -> str:
        found = looked(path, laid)
        (work / "a").rename(work / "gone")
        (work / "a").symlink_to(outside)
        return found

    monkeypatch.setattr(view, "resolve", quicker)
    with pytest.raises(LaunchError, match="cannot write the report"):
        report.open_report(f"{work}/a/b/report.json", (str(work),), os.getuid(), os.getgid())
    assert os.listdir(outside / "b") == []


def test_a_path_leads_to_a_file_as_long_as_nobody_puts_another_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    path, laid = f"{tmp_path}/folder/report.json", (str(tmp_path),)
    fd = report.open_report(path, laid, os.getuid(), os.getgid())
    status = os.fstat(fd)
    assert report.leads_to(path, laid, status)
    os.rename(tmp_path / "folder", tmp_path / "moved")
    assert not report.leads_to(path, laid, status)
    (tmp_path / "folder").symlink_to("moved")
    assert not report.leads_to(path, laid, status)
    os.unlink(tmp_path / "folder")
    os.mkdir(tmp_path / "folder")
    Path(path).write_text("forged")
    assert not report.leads_to(path, laid, status)
    os.close(fd)


def test_a_link_in_its_place_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "report.json").symlink_to("elsewhere")
    with pytest.raises(LaunchError, match="it is a symbolic link, and none is followed"):
        report.open_report(f"{tmp_path}/report.json", (), os.getuid(), os.getgid())


def test_a_path_that_is_swapped_while_the_agent_runs_gets_nothing(tmp_path: Path) -> None:
    fd = report.open_report(f"{tmp_path}/report.json", (str(tmp_path),), os.getuid(), os.getgid())
    (tmp_path / "victim").write_text("kept")
    (tmp_path / "report.json").unlink()
    (tmp_path / "report.json").symlink_to("victim")
    report.write_report(fd, document())
    os.close(fd)
    assert (tmp_path / "victim").read_text() == "kept"


@contextlib.contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a full disk, writing more fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_report_that_cannot_be_written_is_named_with_what_became_of_the_session(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    fd = report.open_report(str(path), (), os.getuid(), os.getgid())
    with files_of_at_most(100), pytest.raises(LaunchError) as failed:
        report.write_report(fd, document(ending=Ending(7)))
    os.close(fd)
    assert str(failed.value).startswith(f"the report could not be written to {path}: File too large")
    assert "exit status 7" in failed.value.remedy
    assert "ses_0123456789ab" in failed.value.remedy
    assert path.read_bytes() == b""  # and not half a report


def test_what_is_added_to_a_file_takes_nothing_from_it_when_it_fails(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    path.write_text("first\n")
    with path.open("r+b") as file, files_of_at_most(9), pytest.raises(OSError, match="too large") as failed:
        report.put(file.fileno(), b"second\n", append=True)
    assert failed.value.filename == str(path)
    assert path.read_text().startswith("first\n")


@pytest.mark.parametrize("path", ["/no/such/folder/report.json", "/dev/null", "/proc/report.json", "/etc/passwd/x"])
def test_a_place_that_cannot_hold_it_is_named(path: str) -> None:
    with pytest.raises(LaunchError, match=path) as error:
        report.open_report(path, (), 1000, 1000)
    assert "--report" in error.value.remedy


# --- the summary ---


def test_control_characters_are_shown_and_not_obeyed() -> None:
    denials = [{"what": HOSTILE, "reason": HOSTILE, "code": "x", "rule": None, "time": "t"}]
    told = document({"denials": denials, "pii_redacted": {HOSTILE: 1}, "broker_error": HOSTILE})
    lines = report.summary(told)
    assert all(line.isprintable() for line in lines)
    assert any("\\x1b]0;owned\\x07\\r\\nakios: all is well\\u202e" in line for line in lines)


def test_it_tells_how_it_ended_what_was_decided_and_what_it_cost() -> None:
    told = document(
        {
            "verdicts": {"allow": 2, "modify": 1, "deny": 4},
            "calls": 3,
            "cost": {"tokens_used": 120, "cost_usd": 0.04},
            "overruns": {"calls": 1, "tokens": 7, "cost_usd": 0.000006},
            "pii_redacted": {"phone": 1, "email": 2},
            "denials": [{"what": "GET a", "reason": "no"}] * 3
            + [{"what": f"GET {n}", "reason": "no"} for n in range(4)],
        },
        ending=Ending(120, code="budget", reason="the budget is spent", limits=("memory",)),
        missing=("memory: no cgroup",),
        layer=Layer("/state/sessions/x", 1),
    )
    assert report.summary(told) == [
        "session ses_0123456789ab: ended after 0.8 s: the budget is spent",
        "without a limit: memory: no cgroup",
        "limits hit: memory",
        "; ".join(
            (
                "3 allowed",
                "4 denied",
                "3 model calls, 120 tokens, $0.04",
                "1 call used 7 tokens and $0.000006 beyond the limits it was sent with",
                "redacted 2 email, 1 phone",
            )
        ),
        "denied GET a: no (3 times)",
        "denied GET 0: no",
        "denied GET 1: no",
        "… and 2 other kinds of denial (akios audit tail, or --report FILE)",
        "1 change in the workspace's layer: akios diff ses_0123456789ab",
    ]


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (Ending(3), "exit status 3 after 0.8 s"),
        (Ending(137, signal=9), "killed by signal 9 (SIGKILL) after 0.8 s"),
        (Ending(168, signal=40), "killed by signal 40 after 0.8 s"),
        (Ending(120, 9, "x", "why"), "ended after 0.8 s: why"),
    ],
)
def test_the_first_line_says_how(ending: Ending, words: str) -> None:
    assert report.summary(document(ending=ending))[0] == f"session ses_0123456789ab: {words}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [(2, "2 changes in"), (10_001, "more than 10000 changes in"), (None, "changes that could not be counted are in")],
)
def test_a_layer_is_told_with_its_size(changes: int | None, words: str) -> None:
    assert report.summary(document(layer=Layer("/x", changes)))[-1].startswith(words)
