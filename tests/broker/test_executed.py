"""What the keeper tells of programs goes on record and into the trace, at a bounded pace and never silently less."""

from __future__ import annotations

import asyncio
import binascii
import hashlib
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from akios_jail import messages
from akios_jail.audit.journal import Journal
from akios_jail.broker import executed, files, limits
from akios_jail.broker.executed import Executed, parse
from akios_jail.broker.limits import Limit
from akios_jail.broker.opening import Opening, Options
from akios_jail.broker.session import Session
from akios_jail.policy.plans import BrokerPlan, Budget, EgressPlan, Pii
from akios_jail.radar import reading
from tests.audit.logs import lines

ID = "ses_0123456789ab"


class Heard:
    """A session, and the keeper's end of its socket."""

    def __init__(self, folder: Path, mode: str = "off") -> None:
        options = Options((), "", False, str(folder), "")
        plan = BrokerPlan((), Budget(), Pii(mode, ("email",)))
        opening = Opening(ID, "test", ("agent",), "p", "0" * 64, 0, time.time(), options, plan, EgressPlan(()))
        self.folder = folder
        self.fd = os.open(folder / "journal", os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self.notified: list[tuple[str, dict[str, Any]]] = []
        self.session = Session(opening, Journal(self.fd), lambda *told: self.notified.append(told))
        self.keeper, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.keeper.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
        self.executed = Executed(self.session, theirs)

    def tell(self, number: int, *strings: bytes, **fields: Any) -> None:
        messages.send(self.keeper, "executed", said(number, *strings, **fields), wait=False)

    def finish(self) -> dict[str, Any]:
        """The session is over: what its report says."""
        self.executed.drain()
        return self.session.finish({"status": 0})

    def end_of(self, *executions: tuple[bytes, ...]) -> dict[str, Any]:
        """What the report of a session says that looks them through and ends at once. Their pids count from 2."""

        async def whole() -> dict[str, Any]:
            self.executed.start()
            for number, strings in enumerate(executions, 2):
                self.tell(number, *strings, pid=number)
            await self.executed.close()
            return await asyncio.to_thread(self.session.finish, {"status": 0})

        return asyncio.run(whole())

    def records(self, kind: str) -> list[dict[str, Any]]:
        return [record for record in lines(self.folder / "journal") if record["type"] == kind]

    def trace(self) -> reading.Trace:
        return reading.read(str(self.folder / "traces"), ID)


def said(number: int, *strings: bytes, **fields: Any) -> dict[str, Any]:
    text = binascii.b2a_base64(b"".join(each + b"\0" for each in strings), newline=False).decode()
    given = {"n": number, "parent": 0, "pid": 7, "time": 1.5e9, "strings": text, "missed": 0}
    return given | {"missing": False, "cut": False, "unread": False} | fields


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    made = Heard(tmp_path)
    yield made
    made.session.recorder.close()
    made.keeper.close()
    os.close(made.fd)


def test_an_execution_is_a_record_with_a_digest_and_a_step_with_arguments(heard: Heard) -> None:
    heard.tell(2, b"/bin/sh", b"sh", b"-c", b"echo \xff", missing=True)
    heard.tell(3, b"/bin/echo", b"echo", parent=2)
    assert heard.finish()["executions"] == 2
    first, second = heard.records("exec")
    assert first["argv_sha256"] == hashlib.sha256(b"sh\0-c\0echo \xff\0").hexdigest()
    assert (first["program"], first["argc"], first["missing"]) == ("/bin/sh", 3, True)
    assert "missing" not in second
    trace = heard.trace()
    assert [step.payload for step in trace.steps] == [{"argv": ["sh", "-c", "echo \\xff"]}, {"argv": ["echo"]}]
    assert [step.time for step in trace.steps] == [1.5e9, 1.5e9]
    assert [edge[:3] for edge in trace.edges] == [(1, 2, "executed")]


def test_beyond_the_pace_the_next_ones_say_how_many_were_held_back(heard: Heard) -> None:
    burst = limits.EXECUTIONS.value
    for number in range(2, burst + 502):
        heard.tell(number, b"/bin/true", b"true")
    heard.tell(burst + 502, b"/bin/true", b"true", missed=40)
    heard.tell(0, missed=2)
    assert heard.finish()["executions"] == burst + 500 + 41 + 2
    on_record = heard.records("exec")
    held = sum(record.get("held_back", 0) for record in on_record)
    one_by_one = [record for record in on_record if "program" in record]
    assert len(one_by_one) + held == burst + 543
    steps = heard.trace().steps
    assert sum(step.fields.get("held_back", 0) for step in steps) == held
    assert len([step for step in steps if "program" in step.fields]) == len(one_by_one) >= burst


@pytest.fixture
def looking(tmp_path: Path) -> Iterator[Heard]:
    made = Heard(tmp_path, "redact_before_inference")
    yield made
    made.session.recorder.close()
    made.keeper.close()
    os.close(made.fd)


def test_a_path_with_personal_data_is_on_record_without_them_in_its_turn(looking: Heard) -> None:
    of_ada = b"of ada.lovelace@example.org"
    others = [(b"/bin/true", b"true", of_ada * (number % 7)) for number in range(200)]
    looking.end_of((b"/home/ada.lovelace@example.org/x", b"x"), *others)
    first, *records = looking.records("exec")
    assert first["program"] == "/home/[EMAIL_1]/x"
    assert [record["pid"] for record in records] == list(range(3, 203))
    assert "ada.lovelace" not in (looking.folder / "journal").read_text()


def test_what_cannot_be_looked_through_in_time_is_on_record_without_its_path(
    looking: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        executed, "limits", SimpleNamespace(**(vars(limits) | {"LOOKED_THROUGH_AT_END": Limit("", 0, "", "")}))
    )
    assert looking.end_of(*[(b"/home/ada.lovelace@example.org/x", b"x")] * 200)["executions"] == 200
    records = looking.records("exec")
    assert [record["pid"] for record in records] == list(range(2, 202))
    assert "ada.lovelace" not in (looking.folder / "journal").read_text()
    assert {record.get("unread") for record in records if "program" not in record} == {True}
    assert len([step for step in looking.trace().steps if step.fields.get("unread")]) == len(
        [record for record in records if record.get("unread")]
    )


def test_of_what_waits_to_be_looked_through_there_is_only_so_much(
    looking: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executed, "_UNLOOKED", 10_000)
    assert looking.end_of(*[(b"/bin/true", b"true", b"x" * 1000)] * 100)["executions"] == 100
    records = looking.records("exec")
    assert 0 < len([record for record in records if "argc" in record]) < 100
    assert len([record for record in records if "argc" in record]) + sum(r.get("held_back", 0) for r in records) == 100


@pytest.mark.parametrize(
    "fields",
    [
        {},
        said(2, b"/x") | {"missed": -1},
        said(2, b"/x") | {"missed": True},
        said(2, b"/x") | {"missed": 1 << 53},
        said(2, b"/x") | {"n": "2"},
        said(2, b"/x") | {"n": -2},
        said(2, b"/x") | {"parent": -1},
        said(2, b"/x") | {"time": float("nan")},
        said(2, b"/x") | {"time": 10**400},
        said(2, b"/x") | {"strings": "?"},
        said(2, b"/x") | {"strings": "YQ=="},
        said(2, b"/x") | {"strings": "é"},
        said(2, b"/x") | {"parent": None},
        said(2, b"/x") | {"pid": 1 << 40},
    ],
)
def test_what_is_no_message_of_a_keeper_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(messages.ProtocolError):
        parse(messages.Message("executed", fields, {}))


def test_what_is_no_message_of_a_keeper_ends_the_session(heard: Heard) -> None:
    heard.tell(2, b"/bin/true", b"true")
    heard.tell(3, b"/bin/true", b"true", pid=None)
    heard.executed.drain()
    assert [(kind, fields["code"]) for kind, fields in heard.notified] == [("end", "observer_died")]


def test_the_two_thousand_millionth_program_is_on_record_as_well(heard: Heard) -> None:
    heard.tell((1 << 31) + 1, b"/bin/true", b"true", parent=1 << 31)
    assert heard.finish()["executions"] == 1
    assert [record["program"] for record in heard.records("exec")] == ["/bin/true"]


def test_a_keeper_that_is_gone_ends_nothing(heard: Heard) -> None:
    heard.tell(2, b"/bin/true", b"true")
    heard.keeper.close()
    assert heard.finish()["executions"] == 1


def test_changed_files_are_counted_on_record_and_named_in_the_trace(heard: Heard) -> None:
    told = b'{"counts": {"added": 2, "other": 9}, "sha256": "ab", "changes": [["added", "file", "a\\udcff", 3]]}'
    files.keep(heard.session, told)
    assert heard.finish()["files"] == {"added": 2}
    assert heard.records("files")[0].items() >= {"added": 2, "changes_sha256": "ab"}.items()
    (step,) = heard.trace().steps
    assert step.payload == {"changes": [{"kind": "added", "type": "file", "path": "a\\xff", "size": 3}]}


@pytest.mark.parametrize("data", [b"", b"[]", b'{"counts": 1}', b'{"counts": {}, "sha256": "", "changes": [[1]]}'])
def test_what_is_no_list_of_changes_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        files.parse(data)
