"""Wherever personal data and keys stand in what passes, they are in no file that a session leaves, packed or not."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from akios_jail.demo.answer import Behaviour
from akios_jail.demo.local_server import Request, Response, json_response
from tests.e2e.conftest import Akios
from tests.e2e.test_replay import replay

pytestmark = pytest.mark.root

CRM, MODEL = "internal-crm.corp", "api.openai.com"


def mail(place: str) -> str:
    """An address that nobody else has: found again, it says where it stood."""
    return f"{place}.winters@northgate-clinic.org"


def site(request: Request) -> Response:
    """Tells of somebody in every place that an answer has."""
    place = request.target.partition("?")[0].strip("/").partition("/")[0]
    said = json.dumps({"email": mail(f"answered-{place}"), "note": "x" * 50}).encode()
    json_type = ("Content-Type", "application/json")
    if place == "gzip":
        return Response(200, (json_type, ("Content-Encoding", "gzip")), gzip.compress(said))
    if place == "deflate":
        return Response(200, (json_type, ("Content-Encoding", "deflate")), zlib.compress(said))
    if place in ("br", "zstd"):  # nobody here undoes it, and what it holds may well stand there as it is
        return Response(200, (json_type, ("Content-Encoding", place)), b"\x0b\x02\x80" + said + b"\x03")
    if place == "stream":
        events = f'data: {{"email": "{mail("answered-stream")}"}}\n\ndata: [DONE]\n\n'.encode()
        return Response(200, (("Content-Type", "text/event-stream"),), [events[:30], events[30:]])
    if place == "text":
        return Response(200, (("Content-Type", "text/plain"),), f"write to {mail('answered-text')}!".encode())
    if place == "bytes":
        return Response(200, (("Content-Type", "application/octet-stream"),), b"\x00\xff" + said)
    if place == "moved":
        where = f"https://{CRM}/there?mail={mail('answered-moved')}&access_token=grant-1f6e2c9a7d40"
        return Response(302, (("Location", where), ("Set-Cookie", "sid=biscuit-77aa55; Path=/")), b"")
    if place == "named":
        fields = (json_type, ("X-Customer", mail("answered-named")), ("Link", f"<mailto:{mail('answered-link')}>"))
        return Response(200, fields, b"{}")
    if place == "cut":
        return Response(200, (json_type,), said, declared_length=len(said) + 99, cut=True)
    return json_response({"email": mail(f"answered-{place}")}, 404 if place == "missing" else 200)


#: Every request stands by itself: one that the policy refuses must not keep the others from being made.
AGENT = """
    import gzip, http.client, json, subprocess, urllib.parse, urllib.request
    def mail(place):
        return f"{place}.winters@northgate-clinic.org"
    def ask(path, body=None, fields={}, method=None, host="internal-crm.corp"):
        connection = http.client.HTTPSConnection(host, timeout=20)
        try:
            connection.request(method or ("GET" if body is None else "POST"), path, body, dict(fields))
            answer = connection.getresponse()
            answer.read()
        except Exception as error:
            pass
        finally:
            connection.close()
    quoted = urllib.parse.quote
    as_json = {"Content-Type": "application/json"}
    for place in "plain gzip deflate br zstd stream text bytes moved named cut missing".split():
        ask(f"/{place}", json.dumps({"email": mail(place), "place": place}), as_json)
    ask(f"/path/{quoted(mail('path'))}/orders")
    ask(f"/refused/{quoted(mail('refused'))}", method="DELETE")
    ask(f"/query?who={quoted(mail('query'))}&api_key=grant-1f6e2c9a7d40&id=5")
    ask("/form", urllib.parse.urlencode({"mail": mail("form")}), {"Content-Type": "application/x-www-form-urlencoded"})
    part = f'--edge\\r\\nContent-Disposition: form-data; name="mail"\\r\\n\\r\\n{mail("part")}\\r\\n--edge--\\r\\n'
    ask("/part", part, {"Content-Type": "multipart/form-data; boundary=edge"})
    ask("/packed", gzip.compress(json.dumps({"mail": mail("packed")}).encode()), as_json | {"Content-Encoding": "gzip"})
    ask("/words", f"please write to {mail('words')} soon", {"Content-Type": "text/plain"})
    lines = "\\n".join(json.dumps({"mail": mail(place)}) for place in ("line", "line-two"))
    ask("/lines", lines, {"Content-Type": "application/x-ndjson"})
    ask("/field", None, {"X-Customer": mail("field"), "Authorization": "Bearer grant-1f6e2c9a7d40"})
    ask("/referred", None, {"Referer": "https://shop.example/?access_token=grant-1f6e2c9a7d40&x=1"})
    ask("/cookie", None, {"Cookie": "sid=biscuit-77aa55"})
    call = {"model": "gpt-4o", "user": mail("user"), "messages": [{"role": "user", "content": mail("said")}]}
    for stream in (False, True):
        ask("/v1/chat/completions", json.dumps(call | {"stream": stream}), as_json, host="api.openai.com")
    subprocess.run(["/bin/true", mail("argument")])
    print("done")
"""


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Everything in every file, and whatever of it is packed, unpacked."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        yield str(path), path.read_bytes()
        if path.suffix != ".db":
            continue
        with sqlite3.connect(path) as file:
            for (table,) in file.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
                for row in file.execute(f"SELECT * FROM {table}"):
                    for value in row:
                        if isinstance(value, bytes):
                            yield f"{path}, {table} {row[0]}", zlib.decompress(value)
        file.close()


def left(folder: Path, *words: str) -> list[tuple[str, str]]:
    """Which of these, and which addresses, stand where."""
    pattern = re.compile(rb"[\w-]+(?:\.|%2E)winters|" + b"|".join(re.escape(word.encode()) for word in words))
    found = {(place, match.group().decode()) for place, data in contents(folder) for match in pattern.finditer(data)}
    return sorted(found)


@pytest.mark.parametrize(
    ("mode", "scope"),
    [
        ("observe", ["model_calls"]),
        ("redact_before_inference", ["egress", "model_calls"]),
        ("pseudonymize", ["egress", "model_calls"]),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_no_personal_data_and_no_key_is_left_anywhere(akios: Akios, mode: str, scope: list[str]) -> None:
    akios.upstream.sites[CRM] = site
    akios.upstream.brain = lambda question: Behaviour(text=f"Hello {mail('spoken')}: {question.last_user_text}")
    rules = [{"host": host, "methods": ["GET", "POST"]} for host in (CRM, MODEL)]
    akios.policy(
        {
            "network_access": {"allowlist": rules},
            "pii_handling": {
                "mode": mode,
                "fields": ["email"],
                "unreadable": "pass",
                "scope": ["egress", "model_calls"],
            },
        }
    )
    run = akios.python(AGENT)
    assert run.stdout == b"done\n", str(run)
    kept = akios.state / "broker" / "recordings"
    assert sum(len(data) for _, data in contents(kept)) > 10_000
    # The agent's program is its workspace's, and the command line is the launcher's own to keep.
    assert left(akios.state, "grant-1f6e2c9a7d40", "biscuit-77aa55") == []
    again = replay(akios)
    assert left(akios.state, "grant-1f6e2c9a7d40", "biscuit-77aa55") == []
    assert "answer to step" not in again.said or "not kept" in again.said
