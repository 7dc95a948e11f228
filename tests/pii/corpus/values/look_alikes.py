"""What looks like personal data and is none: the hard negatives."""

from __future__ import annotations

import base64
import random
import uuid
from collections.abc import Callable

from tests.pii.corpus.locale import filled

_HEX = "0123456789abcdef"


def isbn(rng: random.Random) -> str:
    """Thirteen digits with their check digit, grouped or not."""
    body = filled(rng.choice(["9780Nxxxxxxx", "9783xxxxxxxx", "9791xxxxxxxx"]), rng)
    number = body + str(-sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(body)) % 10)
    return rng.choice([number, f"{number[:3]}-{number[3]}-{number[4:8]}-{number[8:12]}-{number[12]}"])


def timestamp(rng: random.Random) -> str:
    """A moment, as programs write it."""
    day = f"20{rng.randint(15, 26)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    time = f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"
    return rng.choice(
        [f"{day}T{time}Z", f"{day} {time},{rng.randint(0, 999):03}", f"{day}T{time}.{rng.randint(0, 999999):06}+02:00"]
    )


def series(rng: random.Random) -> str:
    """Measured values."""
    return ", ".join(f"{rng.gauss(20, 6):.{rng.choice([1, 2, 3])}f}" for _ in range(rng.randint(5, 12)))


def image(rng: random.Random) -> str:
    """A picture in a data URL."""
    return "data:image/png;base64,iVBORw0KGgo" + base64.b64encode(rng.randbytes(rng.randint(200, 900))).decode()


def minified(rng: random.Random) -> str:
    """Minified JavaScript."""
    names = [rng.choice("abcdefghijklmnopqrstuvw") + rng.choice("abcdefgh0123456789") for _ in range(12)]
    body = "".join(
        f"function {name}(t,e){{return t[{rng.randint(0, 99999)}]^e>>>{rng.randint(1, 31)}|"
        f"{rng.randint(1, 4294967295)}&t.length%{rng.randint(2, 9)}.{rng.randint(0, 99)}}}"
        for name in names
    )
    return f'!function(){{{body}var n={{v:"{rng.randint(1, 9)}.{rng.randint(0, 30)}.{rng.randint(0, 9)}"}}}}();'


#: By the name that templates use.
LOOK_ALIKES: dict[str, Callable[[random.Random], str]] = {
    "order": lambda rng: filled(
        rng.choice(["Nxxxxx", "Nxxxxxxxx", "AA-Nxxxxxx", "ORD-20NN-xxxxx", "#Nxxxx", "1xx-xxxxxxx-xxxxxxx"]), rng
    ),
    "commit": lambda rng: "".join(rng.choices(_HEX, k=40)),
    "short_commit": lambda rng: "".join(rng.choices(_HEX, k=rng.choice([7, 8, 10]))),
    "version": lambda rng: rng.choice(
        ["v{}.{}.{}", "{}.{}.{}", "{}.{}.{}.{}", "{}.{}.{}-rc.1", "{}.{}.{}+build.{}"]
    ).format(*(rng.randint(0, 40) for _ in range(3)), rng.randint(0, 19041)),
    "timestamp": timestamp,
    "epoch": lambda rng: str(rng.choice([1, 1000]) * rng.randint(1_500_000_000, 1_790_000_000)),
    "isbn": isbn,
    "tracking": lambda rng: filled(
        rng.choice(["1ZxxxAxxxxxxxxxxxx", "9400 1xxx xxxx xxxx xxxx xx", "JD014600xxxxxxxxxx", "AAxxxxxxxxxDE"]), rng
    ),
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "price": lambda rng: rng.choice(["${:,.2f}", "€{:.2f}", "{:.2f} EUR", "£{:,.2f}", "{:.2f}"]).format(
        rng.uniform(1, 9000)
    ),
    "series": series,
    "part": lambda rng: filled(
        rng.choice(["PRT 555-01xx-AAx", "8Nx-xxxx-A", "Mxx-Nxxx/xx", "SKU-xxxxxxx", "Nxx.xxx.xx"]), rng
    ),
    "image": image,
    "minified": minified,
    "number": lambda rng: str(rng.randint(100, 99_999_999)),
    "port": lambda rng: str(rng.randint(1024, 65535)),
    "size": lambda rng: str(rng.randint(200, 9_000_000)),
    "count": lambda rng: str(rng.randint(1, 400)),
    "day": lambda rng: f"20{rng.randint(15, 26)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
    "clock": lambda rng: f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}",
    "digest": lambda rng: "".join(rng.choices(_HEX, k=64)),
    "private_ip": lambda rng: f"10.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}",
}
