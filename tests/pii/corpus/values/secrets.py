"""Keys, tokens and passwords, in the forms that their issuers give them. None is real."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable

_ALNUM = string.ascii_letters + string.digits


def _some(rng: random.Random, count: int, alphabet: str = _ALNUM) -> str:
    return "".join(rng.choices(alphabet, k=count))


def _base64(rng: random.Random, size: int) -> str:
    return base64.b64encode(rng.randbytes(size)).decode()


def _jwt(rng: random.Random) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")

    claims = {"sub": _some(rng, 12), "iat": 1_700_000_000 + rng.randrange(10**7), "scope": "read write"}
    signature = base64.urlsafe_b64encode(rng.randbytes(32)).decode().rstrip("=")
    return f"{part({'alg': rng.choice(['HS256', 'RS256']), 'typ': 'JWT'})}.{part(claims)}.{signature}"


#: What issuers put in front, and how long what follows is. In pieces, so that no scanner takes this table for keys.
_PREFIXED: tuple[tuple[str, Callable[[random.Random], str]], ...] = (
    ("sk-" + "proj-", lambda rng: _some(rng, 74) + "T3Blbk" + "FJ" + _some(rng, 74)),
    ("sk-" + "ant-api03-", lambda rng: _some(rng, 93, _ALNUM + "-_") + "AA"),
    ("AK" + "IA", lambda rng: _some(rng, 16, string.ascii_uppercase + "234567")),
    ("gh" + "p_", lambda rng: _some(rng, 36)),
    ("github" + "_pat_", lambda rng: _some(rng, 22) + "_" + _some(rng, 59)),
    ("gl" + "pat-", lambda rng: _some(rng, 20)),
    ("xox" + "b-", lambda rng: f"{_some(rng, 12, '123456789')}-{_some(rng, 13, '123456789')}-{_some(rng, 24)}"),
    ("AI" + "za", lambda rng: _some(rng, 35, _ALNUM + "-_")),
    ("sk_" + "live_", lambda rng: _some(rng, 24)),
    ("rk_" + "live_", lambda rng: _some(rng, 24)),
    ("S" + "G.", lambda rng: _some(rng, 22) + "." + _some(rng, 43)),
    ("np" + "m_", lambda rng: _some(rng, 36)),
    ("hf" + "_", lambda rng: _some(rng, 34, string.ascii_letters)),
    ("py" + "pi-AgEIcHlwaS5vcmc", lambda rng: _some(rng, 150, _ALNUM + "-_")),
    ("dop" + "_v1_", lambda rng: _some(rng, 64, "0123456789abcdef")),
    ("sh" + "pat_", lambda rng: _some(rng, 32, "0123456789abcdef")),
)


def token(rng: random.Random) -> str:
    """A key that says by its first letters whose it is, or a JWT."""
    if rng.random() < 0.2:
        return _jwt(rng)
    prefix, rest = rng.choice(_PREFIXED)
    return prefix + rest(rng)


def opaque(rng: random.Random) -> str:
    """A key that only its name gives away."""
    hexadecimal = f"{rng.getrandbits(128):032x}", f"{rng.getrandbits(256):064x}"
    return rng.choice([_some(rng, 40), _base64(rng, 30), *hexadecimal])


def password(rng: random.Random) -> str:
    """As people make them up."""
    word = rng.choice(["Sommer", "dragon", "Tr0ub4dor", "liverpool", "Bluebird", "qwerty", "Matrix", "Ch0colate"])
    return f"{word}{rng.randint(10, 2030)}{rng.choice('!$#*?')}{_some(rng, rng.randint(0, 4))}"


def private_key(rng: random.Random) -> str:
    """A PEM block."""
    kind = rng.choice(["RSA ", "EC ", "OPENSSH ", ""])
    body = _base64(rng, rng.choice([118, 600, 1190]))
    lines = "\n".join(body[place : place + 64] for place in range(0, len(body), 64))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"
