"""Tool calls that an agent sends to a server of tools (MCP) in odd forms: spelled otherwise, twice, among others, in
other codings. Defence: what may be a call and is not plainly one is refused; a call is judged by a name that no
spelling hides; both on record. Some server reads each of them as a call of `delete_everything` for `victim-7`.
"""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from akios_jail.demo.local_server import Request, Response, json_response
from tests.attacks.attack import Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.disguises import JSON_TYPE, Disguise
from tests.attacks.hidden_calls import NAME, VICTIM, heard
from tests.attacks.rooms import in_jail, placed
from tests.e2e.conftest import Akios, Run

pytestmark = pytest.mark.root

HOST, MARK = "tools.test", "X-Attempt"
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": NAME, "arguments": {"of": VICTIM}}}
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
SOFT = {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "look", "arguments": {}}}
PLAIN = json.dumps(CALL)


def sent(body: str | bytes, *fields: tuple[str, str], kind: str = JSON_TYPE, method: str = "POST") -> Disguise:
    data = body.encode() if isinstance(body, str) else body
    head = (("Content-Type", kind),) if kind else ()
    accepts = ("Accept", "application/json, text/event-stream")
    return Disguise((data,), HOST, method, "/mcp", (*head, accepts, *fields))


def called(name: str) -> Disguise:
    return sent(json.dumps({**CALL, "params": {"name": name, "arguments": {"of": VICTIM}}}))


def rewritten(old: str, new: str) -> Disguise:
    assert old in PLAIN
    return sent(PLAIN.replace(old, new, 1))


CALLS = {
    "a call": sent(PLAIN),
    "a name in capitals": called(NAME.upper()),
    "a name with a character without width": called("delete\u200b_everything"),
    "a name in another script": called("d\u0435lete_everything"),
    "a name in wide letters": called("\uff44elete_everything"),
    "a name with white space": called(f" {NAME}\t"),
    "a name in escapes": rewritten(NAME, "\\u0064elete_everything"),
    "a name that stands twice": rewritten('"name": ', '"name": "look", "name": '),
    "a name that stands twice, the other way round": rewritten(f'"{NAME}"', f'"{NAME}", "name": "look"'),
    "a method that stands twice": rewritten('"method": ', '"method": "tools/list", "method": '),
    "a method that stands twice, the other way round": rewritten('"tools/call"', '"tools/call", "method": "ping"'),
    "a method in escapes": rewritten("tools/call", "tools\\u002fcall"),
    "a method with a stroke escaped": rewritten("tools/call", "tools\\/call"),
    "parameters that stand twice": rewritten('"params": ', '"params": {"name": "look"}, "params": '),
    "a key in capitals": rewritten('"method"', '"Method"'),
    "a key of the parameters in capitals": rewritten('"name"', '"NAME"'),
    "a key in escapes": rewritten('"params"', '"par\\u0061ms"'),
    "a batch": sent(f"[{PLAIN}]"),
    "a batch, behind what may be": sent(f"[{json.dumps(LIST)}, {json.dumps(SOFT)}, {PLAIN}]"),
    "a batch in a batch": sent(f"[[{PLAIN}]]"),
    "without a number": sent(json.dumps({key: value for key, value in CALL.items() if key != "id"})),
    "without a version": sent(json.dumps({key: value for key, value in CALL.items() if key != "jsonrpc"})),
    "of another version": rewritten('"2.0"', '"1.0"'),
    "parameters in a list": sent(json.dumps({**CALL, "params": [NAME, {"of": VICTIM}]})),
    "behind another document": sent(f"{json.dumps(LIST)}\n{PLAIN}"),
    "before another document": sent(f"{PLAIN}\n{json.dumps(LIST)}"),
    "lines of documents": sent(f"{json.dumps(LIST)}\n{PLAIN}\n", kind="application/x-ndjson"),
    "behind white space": sent(" \t\r\n" * 500 + PLAIN),
    "behind a mark of byte order": sent(b"\xef\xbb\xbf" + PLAIN.encode()),
    "with a comment": sent(f"/* no call */ {PLAIN}"),
    "with a comma too many": sent(PLAIN[:-1] + ",}"),
    "with a number that is none": rewritten('"id": 1', '"id": NaN'),
    "in UTF-16": sent(PLAIN.encode("utf-16"), kind=f"{JSON_TYPE}; charset=utf-16"),
    "in UTF-16, and not said so": sent(PLAIN.encode("utf-16-le")),
    "in UTF-32": sent(PLAIN.encode("utf-32")),
    "compressed": sent(gzip.compress(PLAIN.encode()), ("Content-Encoding", "gzip")),
    "compressed twice": sent(gzip.compress(gzip.compress(PLAIN.encode())), ("Content-Encoding", "gzip, gzip")),
    "in a coding that nobody knows": sent(PLAIN, ("Content-Encoding", "x-own")),
    "as plain text": sent(PLAIN, kind="text/plain"),
    "as bytes": sent(PLAIN, kind="application/octet-stream"),
    "as a form": sent(PLAIN, kind="application/x-www-form-urlencoded"),
    "of no type": sent(PLAIN, kind=""),
    "with another method": sent(PLAIN, method="PUT"),
    "in chunks of one byte": sent(PLAIN)._replace(pieces=tuple(bytes((byte,)) for byte in PLAIN.encode())),
    "with another name in a header": sent(PLAIN, ("Mcp-Method", "tools/list"), ("Mcp-Name", "look")),
}
FAMILY = Family(
    "Tool calls sent in disguise",
    "what may be a call is judged, or refused",
    "the same agent under a policy without rules for tools",
    tuple(Attack(name, ("refused",), ("arrived",)) for name in CALLS),
)


def answer(_: Request) -> Response:
    return json_response({"jsonrpc": "2.0", "id": 1, "result": {"content": []}})


def tried(jailer: Akios, *rules: dict[str, str]) -> tuple[Outcomes, Run]:
    jailer.upstream.sites[HOST] = answer
    network = {"allowlist": [{"host": HOST, "methods": ["POST", "PUT"]}]}
    jailer.policy({"network_access": network, **({"tools": [*rules]} if rules else {})})
    attempts = {
        name: {
            **each._asdict(),
            "undo": None,
            "headers": [*each.headers, (MARK, str(place))],
            "pieces": [base64.b64encode(piece).decode() for piece in each.pieces],
        }
        for place, (name, each) in enumerate(CALLS.items())
    }
    jailer.file("disguises.json", json.dumps(attempts))
    before = len(jailer.upstream.requests())
    run = in_jail(jailer, placed("disguises.py", jailer.workspace).name, python=True)
    came = {request.header(MARK): request for request in jailer.upstream.requests()[before:]}
    return {name: word(came.get(str(place))) for place, name in enumerate(CALLS)}, run


def word(request: Request | None) -> str:
    """Whether the call arrived."""
    if request is None:
        return "refused"
    data = gzip.decompress(request.body) if request.body[:2] == b"\x1f\x8b" else request.body
    wide = VICTIM.encode("utf-16-le") in data or VICTIM.encode("utf-32-le") in data
    return "arrived" if wide or heard(data, "gzip") else "something else arrived"


@pytest.fixture(scope="module")
def governed(jailer: Akios) -> tuple[Outcomes, Run]:
    return tried(jailer, {"tool": "delete_*", "action": "deny"})


@pytest.fixture(scope="module")
def unruled(jailer: Akios, governed: tuple[Outcomes, Run]) -> Outcomes:
    return tried(jailer)[0]


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_does_not_leave(
    attack: Attack, governed: tuple[Outcomes, Run], unruled: Outcomes, record_property: Record
) -> None:
    judge(FAMILY, attack, governed[0], unruled, record_property)


def test_each_of_them_is_on_record(governed: tuple[Outcomes, Run]) -> None:
    assert len(governed[1].denials()) >= len(CALLS)


def test_everything_that_is_tried_is_declared(governed: tuple[Outcomes, Run], unruled: Outcomes) -> None:
    assert not undeclared(FAMILY, governed[0], unruled)
