"""Values that may not leave, and where they may hide in what did: as they are, escaped, encoded, in files in files."""

from __future__ import annotations

import base64
import binascii
import json
import quopri
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus, unquote_to_bytes

from akios_jail.demo.local_server import Request

#: A value of each kind, in a form that needs no word beside it where there is such a form.
VALUES = {
    "email": "ottoline.ferrars@northgate-clinic.org",
    "phone": "+44 20 7946 0958",
    "ssn": "219-47-8832",
    "itin": "912-71-1234",
    "credit_card": "5555 5555 5555 4444",
    "iban": "GB29 NWBK 6016 1331 9268 19",
    "national_id": "529.982.247-25",
    "ip_address": "81.2.69.160",
    "mac_address": "00:1b:44:11:3a:b7",
    "coordinates": "48.858370, 2.294481",
    "secret": "gh" + "p_16C7e42F292c6912E7710c838347Ae178B4a",
}
#: A value of each kind that is known by its name only: by the key or the word beside it.
NAMED = {
    "person_name": "Ottoline Ferrars",
    "street_address": "27 Lansdowne Gardens, London SW8 2EF",
    "date_of_birth": "1957-03-14",
    "passport": "533380006",
    "driving_licence": "FERRA503147O99AB",
    "bank_account": "31926819",
    "medical_record": "00482211",
}
LISTED = {**VALUES, **NAMED}

#: Encoding in encoding in encoding: so deep it is looked for.
_DEPTH = 3
_BASE64 = re.compile(rb"[0-9A-Za-z+/_-]{12,}={0,2}")
_ESCAPED = re.compile(rb"\\u([0-9A-Fa-f]{4})")


def spellings(value: str) -> set[str]:
    """How a value may stand in what travels."""
    bare = "".join(char for char in value if char.isalnum())
    plain = {value, value.replace(" ", ""), quote(value), quote_plus(value), json.dumps(value)[1:-1]}
    encoded = {base64.b64encode(value.encode()[start:]).decode()[4:-6] for start in range(3)}
    encoded = {each for each in encoded if len(each) >= 8}  # of short values too little is sure
    return plain | encoded | ({bare} if bare.isdigit() else set())


def found_in(data: bytes) -> list[str]:
    """The kinds of which a value stands in these bytes, however it is encoded."""
    seen = list(_layers(data))
    return [
        kind
        for kind, value in LISTED.items()
        if any(each.encode() in layer for each in spellings(value) for layer in seen)
    ]


def leaked(requests: list[Request]) -> list[str]:
    """The kinds of which a value stands anywhere in what was received."""
    return sorted({kind for request in requests for kind in found_in(request.raw) + found_in(request.body)})


def _layers(data: bytes, depth: int = _DEPTH) -> Iterator[bytes]:
    yield data
    if depth == 0:
        return
    decoded = {unquote_to_bytes(data), quopri.decodestring(data), _ESCAPED.sub(_character, data)} - {data}
    decoded.update(_json(data))
    decoded.update(_utf_16(data))
    for run in _BASE64.findall(data):
        try:
            decoded.add(base64.b64decode(run + b"=" * (-len(run) % 4), altchars=b"-_" if b"-" in run else None))
        except binascii.Error:
            continue
    for each in decoded:
        if len(each) >= 8:
            yield from _layers(each, depth - 1)


def _character(match: re.Match[bytes]) -> bytes:
    return chr(int(match.group(1), 16)).encode("utf-8", "replace")


def _json(data: bytes) -> Iterator[bytes]:
    for line in {data, *data.split(b"\n")}:
        try:
            document: Any = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(document, (dict, list, str)):
            yield json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
            yield "\n".join(_strings(document)).encode("utf-8", "replace")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield key
            yield from _strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from _strings(child)
    elif value is not None:
        yield str(value)


def _utf_16(data: bytes) -> Iterator[bytes]:
    if b"\0" in data:
        yield data.replace(b"\0", b"")
