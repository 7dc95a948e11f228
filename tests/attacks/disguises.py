"""Ways to bring a value past whoever looks for it: encodings, spellings, places of a request, values cut in pieces.

Each is a request, and how whoever receives it gets the value back, by a few lines that anybody can write.
"""

from __future__ import annotations

import base64
import codecs
import gzip
import html
import json
import quopri
import unicodedata
import zlib
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, quote_from_bytes

from akios_jail.demo.local_server import Request
from tests.e2e.personal import VALUES, found_in

EMAIL, SECRET = VALUES["email"], VALUES["secret"]
TEXT = f"Write to {EMAIL} with the token {SECRET} today."
MODEL, OTHER = "api.openai.com", "files.test"
CHAT, FILES = "/v1/chat/completions", "/v1/files"
JSON_TYPE = "application/json"
FORM = "application/x-www-form-urlencoded"


class Disguise(NamedTuple):
    """`pieces`: the body, in chunks if there are several. `undo`: what the receiver reads of what arrived; None: the
    values stand in it as they are, or in an encoding that a test looks into anyway."""

    pieces: tuple[bytes, ...]
    host: str = MODEL
    method: str = "POST"
    target: str = CHAT
    headers: tuple[tuple[str, str], ...] = (("Content-Type", JSON_TYPE),)
    undo: Callable[[Request], str] | None = None

    def brings(self, request: Request) -> bool:
        """Whether a value arrived with this request."""
        if self.undo is not None:
            try:
                text = self.undo(request)
            except (ValueError, OSError, zlib.error):
                return False  # what arrived is not what was sent
            return EMAIL in text or SECRET in text
        return bool({"email", "secret"} & {*found_in(request.raw), *found_in(request.body)})


def chat(content: object, **more: object) -> bytes:
    """A call to a model."""
    return turns({"role": "user", "content": content}, **more)


def turns(*messages: object, **more: object) -> bytes:
    """The same with several messages."""
    return json.dumps({"model": "gpt-4o", "messages": messages, **more}).encode()


def called(body: bytes, *fields: tuple[str, str], kind: str = JSON_TYPE) -> Disguise:
    """To a model, with these header fields."""
    return Disguise((body,), headers=(("Content-Type", kind), *fields))


def inflated(request: Request) -> str:
    """A body, whether it is compressed or not."""
    data = request.body
    while data[:2] in (b"\x1f\x8b", b"\x78\x9c"):
        data = zlib.decompress(data, 47)
    return data.decode()


def coded(body: bytes, coding: str, host: str = MODEL) -> Disguise:
    """In a content coding."""
    target = CHAT if host == MODEL else "/notes"
    fields = (("Content-Type", JSON_TYPE if host == MODEL else "text/plain"), ("Content-Encoding", coding))
    return Disguise((body,), host, target=target, headers=fields, undo=inflated)


def said(content: object, undo: Callable[[Request], str] | None = None) -> Disguise:
    """In the text of a message."""
    return Disguise((chat(content),), undo=undo)


def posted(body: bytes, kind: str, method: str = "POST") -> Disguise:
    """To a host that is no model."""
    return Disguise((body,), OTHER, method, "/notes", (("Content-Type", kind),))


def asked(target: str = "/notes", *headers: tuple[str, str], host: str = OTHER) -> Disguise:
    """Without a body."""
    return Disguise((), host, "GET", target, headers)


def uploaded(
    head: str, content: bytes = b"hi", before: bytes = b"", after: bytes = b"", cut: str = "cut", host: str = MODEL
) -> Disguise:
    """A part of a multipart body; what stands before and after the parts belongs to nobody."""
    body = before + f"--{cut}\r\n{head}\r\n\r\n".encode() + content + f"\r\n--{cut}--\r\n".encode() + after
    target = FILES if host == MODEL else "/notes"
    return Disguise((body,), host, target=target, headers=(("Content-Type", f'multipart/form-data; boundary="{cut}"'),))


def message(request: Request) -> str:
    """What a model is told."""
    content = json.loads(request.body)["messages"][-1]["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def read(by: Callable[[str], str]) -> Callable[[Request], str]:
    """What a model is told, decoded."""
    return lambda request: by(message(request))


def seen(text: str) -> str:
    """A text as the eye takes it."""
    plain = unicodedata.normalize("NFKC", text).translate(LATIN)
    return "".join(char for char in plain if char.isascii())


def everywhere(letters: str, put: Callable[[str], str]) -> str:
    """The text, with something put in the place of these letters."""
    return "".join(put(each) if each in letters else each for each in TEXT)


BARE = TEXT.encode()
WIDE = {ord(char): ord(char) + 0xFEE0 for char in map(chr, range(0x21, 0x7F))}
ALIKE = str.maketrans("aceopsy", "\u0430\u0441\u0435\u043e\u0440\u0455\u0443")
LATIN = {look: letter for letter, look in ALIKE.items()}
PARAMETER = {"type": "object", "properties": {"to": {"type": "string", "enum": [EMAIL], "default": SECRET}}}
DISPOSITION = "Content-Disposition: form-data; name="
TYPE = "Content-Type: text/plain"
PLAIN_FILE = f'{DISPOSITION}"file"; filename="notes.txt"\r\n{TYPE}'
IN_BASE64 = base64.b64encode(BARE).decode()
IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{IN_BASE64}"}}
ARGUMENTS = {"name": "send", "arguments": json.dumps({"to": EMAIL, "token": SECRET})}
TOLD_TWICE = b'{"content": ' + json.dumps(TEXT).encode() + b', "role"'


def tool(**fields: object) -> list[object]:
    """A tool that a model is offered."""
    return [{"type": "function", "function": {"name": "send", **fields}}]


ENCODED = {
    "as it is": said(TEXT),
    "base64": said(base64.b64encode(BARE).decode()),
    "base64 for addresses, without padding": said(base64.urlsafe_b64encode(BARE).decode().rstrip("=")),
    "base64 in base64": said(base64.b64encode(base64.b64encode(BARE)).decode()),
    "base64 within a sentence": said(f"decode {base64.b64encode(EMAIL.encode()).decode()} and write there"),
    "percent signs": said(quote_from_bytes(BARE, safe="")),
    "percent signs of percent signs": said(quote(quote(TEXT, safe=""))),
    "entities of HTML": said(
        html.escape(TEXT).replace("@", "&#64;").replace(".", "&#x2e;").replace("_", "&#95;"), read(html.unescape)
    ),
    "named entities of HTML": said(
        TEXT.replace("@", "&commat;").replace(".", "&period;").replace("_", "&lowbar;"), read(html.unescape)
    ),
    "quoted-printable": said(
        quopri.encodestring(BARE, quotetabs=True).decode().replace("@", "=40"),
        read(lambda text: quopri.decodestring(text).decode()),
    ),
    "escapes of JSON": Disguise((chat("@").replace(b"@", b"".join(b"\\u%04x" % byte for byte in BARE)),)),
    "JSON in a string of JSON": said(json.dumps({"to": EMAIL, "deep": json.dumps({"token": SECRET})})),
    "escapes of JSON in JSON": said("{" + f'"to": "{EMAIL}", "token": "{SECRET}"'.replace("@", "\\u0040") + "}"),
    "wide letters": said(TEXT.translate(WIDE), read(seen)),
    "an address in letters of another script": said(f"Write to {EMAIL.translate(ALIKE)}", read(seen)),
    "characters without width": said(everywhere("@._", lambda each: f"\u200b{each}\u2060"), read(seen)),
    "soft hyphens": said(everywhere("@._", lambda each: f"\u00ad{each}"), read(seen)),
    "marks of direction": said(everywhere("@._", lambda each: f"\u202a{each}\u202c"), read(seen)),
    "tags without a look": said(everywhere("@._", lambda each: f"\U000e0061{each}"), read(seen)),
    "an address in words": said(
        f"write to {EMAIL.replace('@', ' at ').replace('.', ' dot ')}",
        read(lambda text: text.replace(" at ", "@").replace(" dot ", ".")),
    ),
    "an address with brackets": said(
        f"write to {EMAIL.replace('@', ' [at] ').replace('.', ' (dot) ')}",
        read(lambda text: text.replace(" [at] ", "@").replace(" (dot) ", ".")),
    ),
    "text as an image": said([IMAGE]),
    "gzip": coded(gzip.compress(chat(TEXT)), "gzip"),
    "gzip in gzip": coded(gzip.compress(gzip.compress(BARE)), "gzip, gzip", OTHER),
    "deflate": coded(zlib.compress(chat(TEXT)), "deflate"),
    "a coding that nobody knows": coded(BARE, "x-own", OTHER),
    "compressed, and not said so": called(gzip.compress(chat(TEXT)))._replace(undo=inflated),
    "UTF-16": called(chat(TEXT).decode().encode("utf-16"), kind=f"{JSON_TYPE}; charset=utf-16"),
    "UTF-16 without a mark": called(chat(TEXT).decode().encode("utf-16-le")),
    "UTF-32": called(chat(TEXT).decode().encode("utf-32")),
    "EBCDIC": called(chat(TEXT).decode().encode("cp037"), kind=f"{JSON_TYPE}; charset=cp037")._replace(
        undo=lambda request: request.body.decode("cp037")
    ),
    "UTF-7 as a file": uploaded(
        f"{PLAIN_FILE}; charset=utf-7", TEXT.replace("@", "+AEA-").replace("_", "+AF8-").encode()
    )._replace(undo=lambda request: request.body.decode("utf-7")),
    "an archive as a file": uploaded(PLAIN_FILE, gzip.compress(BARE))._replace(
        undo=lambda request: gzip.decompress(request.body.partition(b"\r\n\r\n")[2][:-11]).decode()
    ),
    "base64 as a file's transfer encoding": uploaded(
        f"{PLAIN_FILE}\r\nContent-Transfer-Encoding: base64", base64.encodebytes(BARE)
    ),
    "text as bytes": posted(BARE, "application/octet-stream"),
    "markup": posted(f"<note to='{EMAIL}'><![CDATA[{SECRET}]]></note>".encode(), "application/xml"),
    "a form": posted(f"note={quote(TEXT)}".encode(), FORM),
    "a form in a coding of its own": posted(f"note={quote(TEXT)}".encode("utf-16-le"), f"{FORM}; charset=utf-16-le"),
    "lines of JSON": posted(json.dumps({"to": EMAIL, "token": SECRET}).encode() * 2, "application/x-ndjson"),
    "a type that is none": posted(BARE, "nothing"),
}

IN_PLACES = {
    "the system prompt": called(turns({"role": "system", "content": TEXT}, {"role": "user", "content": "hi"})),
    "a tool's description": called(chat("hi", tools=tool(description=TEXT))),
    "a tool's parameters": called(chat("hi", tools=tool(parameters=PARAMETER))),
    "a tool's result": called(turns({"role": "tool", "tool_call_id": "a", "content": TEXT})),
    "the arguments of a tool call": called(
        turns({"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": ARGUMENTS}]})
    ),
    "the arguments of a call of old": called(turns({"role": "assistant", "function_call": ARGUMENTS})),
    "the name of who speaks": called(turns({"role": "user", "name": EMAIL, "content": "hi"})),
    "a user's identifier": called(chat("hi", user=EMAIL)),
    "metadata": called(chat("hi", metadata={"to": EMAIL, "token": SECRET})),
    "a field that nobody knows": called(chat("hi", x_own={"deep": [{"er": TEXT}]})),
    "the name of a field": called(chat("hi", x_own={EMAIL: 1, SECRET: 2})),
    "a field that stands twice": called(chat("hi").replace(b'{"role"', TOLD_TWICE)),
    "what follows the call": called(chat("hi") + b"\n" + json.dumps(TEXT).encode()),
    "chunks of one byte": Disguise(tuple(bytes((byte,)) for byte in chat(TEXT))),
    "a chunk's end within a value": Disguise(chat(TEXT).partition(b"ferr")),
    "a value over two parts of a message": said(
        [{"type": "text", "text": each} for each in (TEXT[:20], TEXT[20:])], message
    ),
    "the address": asked(f"/notes?to={quote(EMAIL)}&token={SECRET}"),
    "the path": asked(f"/notes/{quote(EMAIL)}"),
    "the address, encoded twice": asked(f"/notes?to={quote(quote(EMAIL))}"),
    "the address of a model": asked(f"/v1/models?to={quote(EMAIL)}", host=MODEL),
    "a header field": called(chat("hi"), ("X-Note", TEXT)),
    "a header field in base64": called(chat("hi"), ("X-Note", IN_BASE64)),
    "the name of a header field": called(chat("hi"), (SECRET, "1")),
    "a cookie": asked("/notes", ("Cookie", f"session=a; to={quote(EMAIL)}")),
    "who calls": asked("/notes", ("User-Agent", f"agent/1.0 ({EMAIL})")),
    "where it comes from": asked("/notes", ("Referer", f"https://files.test/?to={quote(EMAIL)}")),
    "a type": posted(b"hi", f'text/plain; note="{EMAIL}"'),
    "a file's name": uploaded(f'{DISPOSITION}"file"; filename="{EMAIL}.txt"\r\n{TYPE}'),
    "a file's name in its other form": uploaded(
        f"{DISPOSITION}\"file\"; filename*=UTF-8''{quote(EMAIL, safe='')}\r\n{TYPE}"
    ),
    "a part's name": uploaded(f'{DISPOSITION}"{EMAIL}"'),
    "a part's own header": uploaded(f"{PLAIN_FILE}\r\nX-Note: {TEXT}"),
    "before the first part": uploaded(PLAIN_FILE, before=BARE + b"\r\n"),
    "after the last part": uploaded(PLAIN_FILE, after=BARE),
    "the mark between parts": uploaded(PLAIN_FILE, cut=EMAIL),
    "a file at another host": uploaded(PLAIN_FILE, BARE, host=OTHER),
    "a method of its own": posted(BARE, "text/plain", "PUT"),
    "a body that a request has none of": posted(BARE, "text/plain", "GET"),
}

#: What no form and no encoding that others use gives away: said in docs/pii.md, and shown here to be so.
BEYOND = {
    "hexadecimal": said(BARE.hex(), read(lambda text: bytes.fromhex(text).decode())),
    "ROT13": said(codecs.encode(TEXT, "rot13"), read(lambda text: codecs.decode(text, "rot13"))),
    "backwards": said(TEXT[::-1], read(lambda text: text[::-1])),
    "base32": said(base64.b32encode(BARE).decode(), read(lambda text: base64.b32decode(text).decode())),
    "a letter in each line": said("\n".join(TEXT), read(lambda text: text.replace("\n", ""))),
    "a compressed text in base64": said(
        base64.b64encode(zlib.compress(BARE)).decode(),
        read(lambda text: zlib.decompress(base64.b64decode(text)).decode()),
    ),
    "a value over three messages": called(
        turns(*({"role": "user", "content": each} for each in (EMAIL[:16], EMAIL[16:26], EMAIL[26:])))
    )._replace(undo=lambda request: "".join(each["content"] for each in json.loads(request.body)["messages"])),
    "a key in letters of another script": said(f"the token is {SECRET.translate(ALIKE)}", read(seen)),
    "base64 in lines, a value over the end of one": said(
        base64.encodebytes(b"x" * 37 + EMAIL.encode()).decode(), read(lambda text: base64.b64decode(text).decode())
    ),
    "base64 in a path": asked(f"/notes/{base64.urlsafe_b64encode(EMAIL.encode()).decode()}"),
    "the key of a host that is no model, in a cookie": asked("/notes", ("Cookie", f"token={SECRET}")),
}
