"""A broker that has been taken over speaks to the launcher, which is root: nothing that it says does more than end the
session."""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from typing import Any

import pytest

from akios_jail import messages
from akios_jail.jail import cgroups, rootfs, seccomp
from akios_jail.jail.identity import AGENT_ID, Identity
from akios_jail.jail.landlock import PathAccess
from akios_jail.jail.mounts import Directory, Tmpfs
from akios_jail.jail.spec import JailSpec, Trust
from akios_jail.launcher import broker_words, session
from akios_jail.launcher.broker import BrokerProcess
from akios_jail.launcher.errors import GOVERNED, SETUP, LaunchError
from akios_jail.launcher.journals import open_journal
from akios_jail.launcher.sequencing import Sequencing
from akios_jail.launcher.state import State
from akios_jail.policy.plans import EgressPlan

pytestmark = pytest.mark.root

AGENT = Identity(AGENT_ID, AGENT_ID, "agent", "/home/agent")
Act = Callable[[socket.socket], None]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of these brokers closes its session, so every test would wait for that in full."""
    monkeypatch.setattr(broker_words, "CLOSING_S", 0.5)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return seccomp.program(seccomp.find_profile("agent-default"), str(tmp_path_factory.mktemp("cache")))


def _outcome(program: bytes, act: Act, *argv: str, wall_time_s: float | None = 20.0) -> dict[str, Any]:
    """Run a session whose broker does `act`, in a process of its own: how it ended, and the descriptors that stayed."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read_end)
            with tempfile.TemporaryDirectory() as folder:
                outcome = _run(program, act, argv or ("/bin/sleep", "30"), wall_time_s, State(folder))
            os.write(write_end, json.dumps(outcome).encode())
        except BaseException as error:
            os.write(write_end, json.dumps({"raised": type(error).__name__, "text": str(error)}).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as file:
        said = file.read()
    os.waitpid(pid, 0)
    result: dict[str, Any] = json.loads(said)
    return result


def _run(program: bytes, act: Act, argv: tuple[str, ...], wall_time_s: float | None, store: State) -> dict[str, Any]:
    spec = JailSpec(
        hostname="jail",
        identity=AGENT,
        operations=(*rootfs.system(), *rootfs.devices(1 << 20), *rootfs.processes(), Tmpfs("/tmp", 1 << 20, 0o1777),
                    Directory("/home/agent")),
        access=(PathAccess("/tmp", "write"), PathAccess("/", "read"), PathAccess("/dev", "device")),
        egress=EgressPlan(()),
        trust=Trust("/etc/akios/ca-bundle.pem", "/etc/akios/ca.pem", (), ()),
        working_directory="/",
        argv=argv,
        environment=(("PATH", "/usr/bin:/bin"),),
        open_files=64,
        file_size_bytes=1 << 20,
        seccomp=program,
        terminal=(),
        window=(24, 80),
    )  # fmt: skip
    before = len(os.listdir("/proc/self/fd"))
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()
            act(theirs)
            signal.pause()
        finally:
            os._exit(0)
    theirs.close()
    cgroup = cgroups.prepare(f"ses_{os.urandom(6).hex()}", cgroups.Limits(256 << 20, 1.0, 64))
    kept: list[str] = []
    process = BrokerProcess(pid, os.pidfd_open(pid), ours)
    journal, log_fd = open_journal(store, "ses_test"), store.open_broker_log()
    record = Sequencing(store, "ses_test", "0" * 64, journal, log_fd)
    for fd in (journal.broker_fd, log_fd):
        os.close(fd)
    running = session.Session(
        "s", spec, process, cgroup, record, wall_time_s, keep_triggers=lambda: kept.append("triggers")
    )
    began = time.monotonic()
    outcome: dict[str, Any]
    try:
        ending = running.run()
        outcome = {"status": ending.status, "code": ending.code, "reason": ending.reason}
    except LaunchError as error:
        outcome = {"status": error.status, "code": "", "reason": error.message}
    record.close()
    return outcome | {
        "seconds": time.monotonic() - began,
        "stayed": len(os.listdir("/proc/self/fd")) - before,
        "broker_error": running.from_broker.get("broker_error", ""),
        "kept": kept,
    }


def _raw(data: bytes, *fds: int) -> Act:
    return lambda sock: _send(sock, data, fds)


def _send(sock: socket.socket, data: bytes, fds: tuple[int, ...]) -> None:
    socket.send_fds(sock, [data], fds)


READY = json.dumps({"type": "ready", "fds": [], "ca_pem": "x"}).encode()

NONSENSE = {
    "not JSON": b"\xff\xfe",
    "deeply nested": b"[" * 60_000,
    "not an object": b"[]",
    "no type": b'{"fds": []}',
    "an unknown type": b'{"type": "open", "fds": []}',
    "descriptors that did not come": b'{"type": "ready", "fds": ["java_truststore"], "ca_pem": ""}',
    "ready without a certificate": b'{"type": "ready", "fds": []}',
    "a certificate that is a number": b'{"type": "ready", "fds": [], "ca_pem": 7}',
    "a certificate that is no text": b'{"type": "ready", "fds": [], "ca_pem": "\\ud800"}',
    "an end without a reason": b'{"type": "end", "fds": [], "code": "budget"}',
    "a failure with lists in it": b'{"type": "failed", "fds": [], "code": [], "reason": {}}',
}


@pytest.mark.parametrize("said", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_before_the_start_is_a_failed_set_up(program: bytes, said: bytes) -> None:
    outcome = _outcome(program, _raw(said))
    assert outcome.get("status") == SETUP, outcome
    assert "the broker" in outcome["reason"]
    assert outcome["stayed"] == 0


@pytest.mark.parametrize("said", [*NONSENSE.values(), READY], ids=[*NONSENSE.keys(), "ready a second time"])
def test_nonsense_later_ends_the_session(program: bytes, said: bytes) -> None:
    def act(sock: socket.socket) -> None:
        _send(sock, READY, ())
        messages.receive(sock)  # the listeners: the jail is being set up
        time.sleep(0.3)
        _send(sock, said, ())

    outcome = _outcome(program, act)
    assert outcome.get("status") == GOVERNED, outcome
    assert outcome["code"] in ("protocol", "broker_died")
    assert outcome["stayed"] == 0


ASK = {"type": "ask", "fds": [], "id": "apr_" + "0" * 20, "text": ["tool call  x"], "expires_s": 60}


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "../x"},
        {"text": "x"},
        {"text": [["x"]]},
        {"text": ["x"] * 100},
        {"expires_s": "soon"},
        {"expires_s": 1e30},
    ],
)
def test_a_question_in_another_shape_ends_the_session(program: bytes, wrong: dict[str, Any]) -> None:
    def act(sock: socket.socket) -> None:
        _send(sock, READY, ())
        messages.receive(sock)
        time.sleep(0.3)
        _send(sock, json.dumps(ASK | wrong).encode(), ())

    outcome = _outcome(program, act)
    assert (outcome.get("status"), outcome["code"]) == (GOVERNED, "protocol"), outcome


def test_ever_more_questions_do_not_hold_up_the_clock(program: bytes) -> None:
    def act(sock: socket.socket) -> None:
        _send(sock, READY, ())
        for number in range(100_000):
            _send(sock, json.dumps(ASK | {"id": f"apr_{number:020x}", "text": ["x" * 500] * 60}).encode(), ())

    outcome = _outcome(program, act, wall_time_s=0.5)
    assert outcome.get("status") == GOVERNED, outcome
    assert outcome["seconds"] < session.GRACE_S + broker_words.CLOSING_S + 10


def test_triggers_are_kept_once_a_session(program: bytes) -> None:
    said = b'{"type": "compiled", "fds": []}'
    end = json.dumps({"type": "end", "fds": [], "code": "budget", "reason": "spent"}).encode()

    def act(sock: socket.socket) -> None:
        for data in (READY, said, end):
            _send(sock, data, ())

    outcome = _outcome(program, act)
    assert (outcome.get("status"), outcome["code"], outcome["kept"]) == (GOVERNED, "budget", ["triggers"]), outcome

    def insist(sock: socket.socket) -> None:
        for data in (READY, said, said):
            _send(sock, data, ())

    outcome = _outcome(program, insist)
    assert (outcome.get("status"), outcome["code"], outcome["kept"]) == (GOVERNED, "protocol", ["triggers"]), outcome


def test_descriptors_that_nobody_asked_for_are_closed(program: bytes) -> None:
    said = json.dumps({"type": "end", "fds": ["a", "b"], "code": "budget", "reason": "spent"}).encode()

    def act(sock: socket.socket) -> None:
        _send(sock, READY, ())
        _send(sock, said, (0, 1))

    outcome = _outcome(program, act)
    assert (outcome.get("status"), outcome["code"], outcome["stayed"]) == (GOVERNED, "budget", 0), outcome


def test_an_end_that_is_said_again_and_again_comes_all_the_same(program: bytes) -> None:
    said = json.dumps({"type": "end", "fds": [], "code": "budget", "reason": "spent\x1b[2J" * 1000}).encode()

    def act(sock: socket.socket) -> None:
        _send(sock, READY, ())
        while True:
            _send(sock, said, ())
            time.sleep(0.1)

    outcome = _outcome(program, act, "/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done")
    assert (outcome.get("status"), outcome["code"]) == (GOVERNED, "budget"), outcome
    assert outcome["seconds"] < session.GRACE_S + broker_words.CLOSING_S + 10
    assert "\x1b" not in outcome["reason"]
    assert len(outcome["reason"]) < 5000


def test_a_broker_that_never_closes_is_not_waited_for_longer_than_told(program: bytes) -> None:
    def act(sock: socket.socket) -> None:
        _send(sock, READY, ())
        while True:
            _send(sock, b'{"type": "end", "fds": [], "code": "", "reason": ""}', ())
            time.sleep(0.05)

    outcome = _outcome(program, act, "/bin/true")
    assert outcome["seconds"] < 15
    assert "did not close" in outcome["broker_error"]


@pytest.mark.parametrize("kind", ["pipe", "file", "folder", "unsealed"])
def test_a_report_is_read_from_a_sealed_memfd_only(program: bytes, kind: str) -> None:
    def act(sock: socket.socket) -> None:
        _send(sock, READY, ())
        while messages.receive(sock).type != "end":
            pass
        fd = {
            "pipe": lambda: os.pipe()[0],
            "file": lambda: os.open("/etc/passwd", os.O_RDONLY),
            "folder": lambda: os.open("/", os.O_RDONLY),
            "unsealed": lambda: os.memfd_create("report"),
        }[kind]()
        _send(sock, b'{"type": "closed", "fds": ["report"]}', (fd,))

    outcome = _outcome(program, act, "/bin/true")
    assert outcome.get("status") == 0, outcome
    assert "not a sealed memfd" in outcome["broker_error"]
    assert outcome["stayed"] == 0


def test_a_broker_that_dies_at_once_is_a_failed_set_up(program: bytes) -> None:
    outcome = _outcome(program, lambda sock: os._exit(0))
    assert outcome.get("status") == SETUP, outcome
    assert "ended unexpectedly" in outcome["reason"]
    assert outcome["stayed"] == 0


def test_a_broker_that_does_not_read_does_not_hold_up_the_clock(program: bytes) -> None:
    outcome = _outcome(program, lambda sock: _send(sock, READY, ()), wall_time_s=0.5)
    assert (outcome.get("status"), outcome["code"]) == (GOVERNED, "wall_time"), outcome
