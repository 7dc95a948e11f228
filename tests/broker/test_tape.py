"""The recorder among requests that are settled and put on record: whatever breaks in it, they go on."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from akios_jail.broker.exchange import Exchange
from akios_jail.broker.http_message import Request, Response
from akios_jail.broker.tape import Tape, Taping
from akios_jail.policy.verdict import Verdict
from akios_jail.radar import recording
from akios_jail.radar.recorded import Exchange as Kept

SESSION = "ses_0123456789ab"


def tape_of(folder: Path) -> Tape:
    """The recorder of a session that looks for no personal data and holds no keys."""
    plan = SimpleNamespace(credentials=())
    session: Any = SimpleNamespace(id=SESSION, state_folder=str(folder), plan=plan, scrubber=None, personal=None)
    return Tape(session, {}, lambda fields: fields)


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


def asked(path: str = "/x", headers: list[tuple[str, str]] | None = None, body: Any = b"hello") -> Exchange:
    """A request of the agent that has been read."""
    session: Any = None
    request = Request("POST", path, "", headers or [], _nothing(), 0)
    request.body = body
    return Exchange(session, "req_1", "internal-crm.corp", 443, "https", request)


async def answers(_: Exchange) -> Response:
    return Response(200, "OK", [], _nothing(), 0)


def kept(folder: Path) -> list[Kept]:
    with recording.opened(str(folder / "recordings"), SESSION) as found:
        return list(found.exchanges())


def test_where_there_is_no_room_for_its_thread_the_session_goes_on_without_it(tmp_path: Path) -> None:
    program = """
        import pathlib, resource, sys, threading
        from tests.broker.test_tape import asked, tape_of, Verdict
        threading.stack_size(1 << 30)
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        tape = tape_of(pathlib.Path(sys.argv[1]))
        exchange = asked()
        tape.begins(exchange)
        tape.over(exchange, 200)
        tape.refused("dns", Verdict("deny", "host_not_allowed", ""), {"name": "nobody.example"})
        print(tape.close({})["failure"])
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "the recording ends early: can't start new thread\n"


def test_what_breaks_in_it_ends_the_recording_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = tape_of(tmp_path)
    whole = asked()
    tape.begins(whole)
    tape.over(whole, 200)
    broken = asked(body=object())  # as no reader of bodies leaves one
    tape.begins(broken)
    response = asyncio.run(Taping(answers, tape).send(broken))
    assert response.status == 200
    tape.over(broken, 200)
    tape.refused("connect", Verdict("deny", "host_not_allowed", ""), {"host": "a.example", "port": "none"})
    assert "the recording ends early" in tape.close({})["failure"]
    assert "Traceback" in capsys.readouterr().err
    (only,) = kept(tmp_path)
    assert only.body == b"hello"
    with recording.opened(str(tmp_path / "recordings"), SESSION) as found:
        assert "the recording ends early" in found.facts["failure"]
