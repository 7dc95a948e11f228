"""Placeholders are found however programs write them, and wherever a stream is cut."""

from __future__ import annotations

import base64
import html
import json
import re
import string
import time
from random import Random
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.credentials.find import Finder
from tests.credentials.held import PLACEHOLDER, VALUE, key

FINDER = Finder([key()])
SPELLED = {
    "plain": lambda text: text,
    "percent": lambda text: "".join(f"%{ord(c):02x}" for c in text),
    "percent, upper case": lambda text: "".join(f"%{ord(c):02X}" for c in text),
    "percent twice": lambda text: quote("".join(f"%{ord(c):02x}" for c in text)),
    "json escapes": lambda text: "".join(f"\\u{ord(c):04x}" for c in text),
    "json in json": lambda text: json.dumps("".join(f"\\u{ord(c):04X}" for c in text)),
    "one escape": lambda text: f"\\u{ord(text[0]):04x}{text[1:]}",
    "html": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "html, hexadecimal": lambda text: "".join(f"&#x{ord(c):X};" for c in text),
    "hex": lambda text: text.encode().hex(),
    "hex, upper case": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 after one": lambda text: base64.b64encode(b"x" + text.encode() + b"yz").decode(),
    "base64 after two": lambda text: base64.urlsafe_b64encode(b"xy" + text.encode() + b"z").decode(),
    "basic": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "utf-16": lambda text: text.encode("utf-16-le").decode("latin-1"),
    "utf-16, big end first": lambda text: text.encode("utf-16-be").decode("latin-1"),
}
#: As tools print it, in lines and columns.
PRINTED = {
    "base64 in lines": lambda text: base64.encodebytes(b"HOME=/home/agent\n" * 3 + text.encode()).decode(),
    "base64 in short lines": lambda text: "\r\n".join(re.findall(".{1,5}", base64.b64encode(text.encode()).decode())),
    "base64 in lines in json": lambda text: json.dumps(base64.encodebytes(b"a" * 40 + text.encode()).decode()),
    "base64 in lines in a form": lambda text: quote(base64.encodebytes(b"a" * 41 + text.encode()).decode()),
    "hex in lines": lambda text: "\n".join(re.findall(".{1,60}", text.encode().hex())),
    "hex in columns": lambda text: "".join(
        f" {byte:02x}" + "\n" * (at % 16 == 15) for at, byte in enumerate(text.encode())
    ),
    "hex with colons": lambda text: text.encode().hex(":"),
    "hex as in C": lambda text: ", ".join(f"0x{byte:02X}" for byte in text.encode()),
    "hex as in a string": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
}
FOUND = {**SPELLED, **PRINTED}


@pytest.mark.parametrize("spelling", FOUND)
@pytest.mark.parametrize("text", [PLACEHOLDER, VALUE], ids=["placeholder", "key"])
def test_a_text_is_found_in_every_spelling(spelling: str, text: str) -> None:
    found = FINDER.find(b'{"a":"' + FOUND[spelling](text).encode("latin-1") + b'"}')
    assert found is not None
    assert found.credential == "model"


@pytest.mark.parametrize(
    "text", [PLACEHOLDER[:-1], PLACEHOLDER.swapcase(), PLACEHOLDER[-23:], "", "sk-proj-", "%" * 500]
)
def test_what_is_only_like_it_is_not(text: str) -> None:
    assert FINDER.find(text.encode()) is None


@pytest.mark.parametrize(("count", "length"), [(1, 8192), (12, 164), (24, 1200)])
def test_many_keys_and_long_ones_are_looked_for_quickly(count: int, length: int) -> None:
    random = Random(4)
    texts = [["".join(random.choices(string.ascii_letters, k=length)) for _ in range(count)] for _ in range(2)]
    finder = Finder([key(value, held, name=f"n{at}") for at, (value, held) in enumerate(zip(*texts, strict=True))])
    body = random.randbytes(1 << 20) + json.dumps([random.random() for _ in range(20_000)]).encode()
    finder.find(body)
    before = time.process_time()
    assert finder.find(body) is None
    assert time.process_time() - before < 0.25
    found = finder.find(body + base64.b64encode(texts[1][-1].encode()))
    assert found is not None
    assert found.credential == f"n{count - 1}"


def test_a_short_key_is_not_looked_for_where_it_may_be_a_word() -> None:
    finder = Finder([key("password123")])
    assert finder.find(b"my password123") is None
    assert finder.find(PLACEHOLDER.encode()) is not None


@pytest.mark.parametrize("name", [f"{PLACEHOLDER}.evil.test", f"{PLACEHOLDER[:20]}.{PLACEHOLDER[20:]}.evil.test"])
def test_a_name_s_case_and_dots_hide_nothing(name: str) -> None:
    assert FINDER.find_name(name.lower()) is not None
    assert FINDER.find_name(name.upper()) is not None
    assert FINDER.find_name("api.evil.test") is None


@given(st.data())
def test_a_stream_is_searched_across_any_cut(data: st.DataObject) -> None:
    spelled = FOUND[data.draw(st.sampled_from(sorted(FOUND)))](PLACEHOLDER).encode("latin-1")
    body = data.draw(st.binary(max_size=300)) + spelled + data.draw(st.binary(max_size=300))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=40)))
    watch = FINDER.watch()
    sent = b""
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        if watch.feed(body[start:end]) is not None:
            break
        sent += body[start:end]
    assert FINDER.find(sent) is None
    assert len(sent) < len(body)


def test_an_entity_is_no_hiding_place() -> None:
    assert (
        Finder([key(placeholder="sk&<>\"'" + "a" * 20)]).find(html.escape("sk&<>\"'" + "a" * 20).encode()) is not None
    )


def test_a_session_with_many_keys_is_still_searched_at_once() -> None:
    many = [key(f"{VALUE[:-3]}{n:03d}", f"{PLACEHOLDER[:-3]}{n:03d}", name=f"k{n}") for n in range(64)]
    finder = Finder(many)
    found = finder.find(b"x" * 1000 + many[41].keys["key"].placeholder.encode())
    assert found is not None
    assert found.credential == "k41"
    assert finder.find(b"sk-proj-" * 10_000) is None
