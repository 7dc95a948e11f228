"""The control protocol: a packet as launcher and broker get it from each other, and everything that reads one.

A packet becomes a message or a `ProtocolError`, and no descriptor is left over. What brokers say is brought into its
shape whatever it is; what is stored of an approval is the one canonical form of an action.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from typing import Any

from akios_jail import messages
from akios_jail.broker import executed, files
from akios_jail.broker.opening import read_opening
from akios_jail.control import action as actions
from akios_jail.credentials import keys
from akios_jail.launcher import hearsay, prompt, summaries
from akios_jail.messages import Message, ProtocolError
from akios_jail.policy.plans import Credential, Secret
from tests.fuzz.words import has_words

TOKENS = (
    *(b'"type":"ready"', b'"type":"ask"', b'"type":"executed"', b'"type":"end"', b'"fds":["plan"]', b'"fds":[]'),
    *(b'"id":"apr_0123456789abcdef0123"', b'"expires_s":5', b'"text":["a"]', b'"outcome":"approved"', b'"missed":0'),
    *(b'"strings":"L2Jpbi9scwBscwA="', b'"n":2', b'"parent":1', b'"pid":5', b'"time":1.5', b'"session"'),
    *(b'"changes"', b'"kind":"tool_call"', b'"cost"', b'"models"', b'"pending"', b"1e999", b"\\ud800", b'"counts"'),
    *(b"\x00\x00\x00\x00",),
)
_PLACES = ("name", "kind", "session", "reason")
_CREDENTIAL = Credential("a", ("h.example",), "header", ("x-api-key",), (Secret("key", "KEY", "env", ("REAL",)),))


def fuzz(data: bytes) -> None:
    """One packet."""
    document = _json(data)
    names = document.get("fds") if isinstance(document, dict) else None
    count = len(names) if isinstance(names, list) and len(names) <= messages.MAX_FDS else 0
    for fds in {0, count}:
        message = _received(data, fds)
        if message is not None:
            _read(message)
    _told(document)
    _stored(data)
    for read in (files.parse, read_opening):
        try:
            read(data)
        except ValueError as error:
            has_words(error)
    try:
        held = keys.read(data, (_CREDENTIAL,))
    except ValueError as error:
        has_words(error)
    else:
        assert all(keys.SHORTEST <= len(key.value) <= keys.LONGEST for each in held for key in each.keys.values())


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _received(data: bytes, fds: int) -> Message | None:
    """The packet over a real socket, with so many descriptors."""
    if not data:
        return None  # an empty packet is the end of the connection
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        before = len(os.listdir("/proc/self/fd"))
        try:
            socket.send_fds(ours, [data], [ours.fileno()] * fds)
        except OSError:
            return None  # larger than any packet
        try:
            message = messages.receive(theirs)
        except ProtocolError as error:
            has_words(error)
            assert len(os.listdir("/proc/self/fd")) == before
            return None
        assert len(message.fds) == fds
        messages.close_all(message.fds)
        assert len(os.listdir("/proc/self/fd")) == before
    return message


def _read(message: Message) -> None:
    """Everything that takes a message of the other side apart."""
    for name in _PLACES:
        for take in (message.text, message.number):
            try:
                take(name)
            except ProtocolError as error:
                has_words(error)
    try:
        question = prompt.read_question(message)
        assert all(line.isprintable() for line in question.text)
        prompt.fitting(question, 24, 80)
    except ProtocolError:
        pass
    with contextlib.suppress(ProtocolError):
        prompt.read_outcome(message)
    try:
        execution, missed = executed.parse(message)
        assert missed >= 0
        assert execution is None or len(execution.digest) == 64
    except ProtocolError:
        pass


def _told(document: Any) -> None:
    """What a broker says of its session is brought into shape, whatever it is."""
    shaped = hearsay.shaped(hearsay.dictionary(document))
    assert hearsay.count(shaped["calls"]) == shaped["calls"]
    assert hearsay.amount(shaped["cost"]["cost_usd"]) == shaped["cost"]["cost_usd"]
    summary = summaries.shaped(document)
    if summary is not None:
        summaries.lines(summary)
        json.dumps(summary, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")


def _stored(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        action = actions.read(text)
    except actions.Unreadable as error:
        has_words(error)
        return
    assert action.canonical() == text
    assert all(line.isprintable() for line in actions.lines(action))
    assert actions.identifier(actions.digest(text)).startswith("apr_")
    action.deed()
    json.dumps(action.named())
