"""Keys on their way: answers of upstreams that hold one, and requests that hold one where it must not be.

What stands in an answer gives way at its length, also where the answer comes in pieces; a request is looked through
alike whole and in pieces. The bytes are a body; `TOKENS` has the key in its spellings.
"""

from __future__ import annotations

import base64
import functools
import json
from urllib.parse import quote, unquote_to_bytes

from akios_jail.credentials.find import Finder
from akios_jail.credentials.scrub import Scrubber
from tests.credentials.held import PLACEHOLDER, VALUE, key
from tests.fuzz.cutting import pieces, singly

TOKENS = (
    *(VALUE.encode(), PLACEHOLDER.encode(), base64.b64encode(VALUE.encode()), base64.b64encode(b"x" + VALUE.encode())),
    *(
        VALUE.encode().hex().encode(),
        VALUE.encode("utf-16-le"),
        quote(VALUE).encode(),
        b"sk-proj-",
        VALUE[:20].encode(),
    ),
    *("".join(f"%{byte:02x}" for byte in VALUE.encode()).encode(), VALUE[20:].encode(), b"Bearer ", b"%25", b"&#x"),
    *(json.dumps({"key": VALUE}).encode(), "".join(f"\\u{byte:04x}" for byte in VALUE.encode()).encode(), b"\\u00"),
)


def fuzz(data: bytes) -> None:
    """Clean an answer, and look through a request."""
    scrubber, finder = _looking()
    clean, last = scrubber.clean(data)
    assert len(clean) == len(data)
    assert VALUE.encode() not in clean
    assert VALUE.encode() not in unquote_to_bytes(clean)
    assert 0 <= last <= len(data)
    assert (clean is data) or last
    assert scrubber.clean(clean)[0] == clean
    for parts in (pieces(data), [*singly(data[:400]), data[400:]]):
        stream = scrubber.stream()
        assert b"".join([*(stream.feed(part) for part in parts), stream.finish()]) == clean
        watch = finder.watch()
        found = [watch.feed(part) is not None for part in parts]
        assert any(found) == (finder.find(data) is not None)
    _check_document(scrubber, data)


def _check_document(scrubber: Scrubber, data: bytes) -> None:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    assert VALUE not in json.dumps(scrubber.everything(document), ensure_ascii=False)


@functools.cache
def _looking() -> tuple[Scrubber, Finder]:
    return Scrubber([key()]), Finder([key()])
