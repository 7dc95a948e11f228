"""A person's word counts for the step that they were shown, whoever has stopped waiting for it meanwhile."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Iterator

import pytest

from akios_jail.broker.replay.pace import Pace


@pytest.fixture
def person() -> Iterator[tuple[Pace, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    yield Pace(theirs), ours
    ours.close()
    theirs.close()


async def left(asked: Awaitable[bool]) -> None:
    """An agent that does not wait for the word."""
    task = asyncio.ensure_future(asked)
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_go_is_yes_and_all_else_is_no(person: tuple[Pace, socket.socket]) -> None:
    pace, person_ = person

    async def scene() -> list[bool]:
        said = []
        for word in (b"go", b"stop", b"gone"):
            person_.send(word)
            said.append(await pace.proceed("step"))
        return said

    assert asyncio.run(scene()) == [True, False, False]
    assert [person_.recv(100) for _ in range(3)] == [b"step"] * 3


@pytest.mark.parametrize(("words", "wanted"), [((b"go", b"go"), True), ((b"go", b"stop"), False), ((b"stop",), False)])
def test_a_word_for_a_step_that_nobody_waits_for_any_more_is_none_for_the_next(
    person: tuple[Pace, socket.socket], words: tuple[bytes, ...], wanted: bool
) -> None:
    pace, person_ = person

    async def scene() -> tuple[bool, bool]:
        await left(pace.proceed("first"))
        second = asyncio.ensure_future(pace.proceed("first, asked for again"))
        await asyncio.sleep(0.01)
        person_.send(words[0])
        await asyncio.sleep(0.05)
        early = second.done()
        for word in words[1:]:
            person_.send(word)
        return early, await second

    early, word = asyncio.run(scene())
    assert word is wanted
    assert early == (len(words) == 1)


def test_nobody_there_is_no(person: tuple[Pace, socket.socket]) -> None:
    pace, person_ = person
    person_.close()
    assert asyncio.run(pace.proceed("step")) is False
