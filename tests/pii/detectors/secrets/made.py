"""Keys for tests, put together here: a whole one in a file would look like a real one to whoever scans the code."""

from __future__ import annotations

import base64
import json
import random
import string
import zlib

HEX = "0123456789abcdef"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
BASE64URL = BASE62 + "-_"


def of(alphabet: str, size: int, seed: int = 7) -> str:
    """Random characters, the same ones every time, with a digit and both cases where the alphabet has them."""
    chosen = random.Random(f"{alphabet}{size}{seed}").choices(alphabet, k=size)
    return "a1B"[: min(3, size)] + "".join(chosen)[3:] if set("a1B") <= set(alphabet) else "".join(chosen)


def with_crc(lead: str) -> str:
    """As GitHub and npm make them: 30 random characters and their checksum."""
    body = of(BASE62, 30)
    number, digits = zlib.crc32(body.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return f"{lead}{body}{digits.rjust(6, '0')}"


def jwt(header: object | None = None) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    signature = of(BASE64URL, 43)
    return f"{part(header or {'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': '1234567890', 'name': 'Jane'})}.{signature}"


def pem(name: str = "PRIVATE KEY", lines: int = 20, newline: str = "\n") -> str:
    body = newline.join(of(BASE62 + "+/", 64, seed) for seed in range(lines))
    return f"-----BEGIN {name}-----{newline}{body}{newline}-----END {name}-----"
