"""Tokens that are known by what is inside: JSON Web Tokens, and those of Discord's and Telegram's bots.

A JWT (RFC 7519) begins with a JSON object in base64url that names its algorithm; one that cannot be read so is none.
Discord's begin with the number of the bot, Telegram's have it before a colon.

Confidence: JWT 0.97, Discord 0.95, Telegram 0.95.
"""

from __future__ import annotations

import base64
import binascii
import json
import re

from akios_jail.pii.detectors.secrets.form import is_dummy
from akios_jail.pii.finding import Finding, View

#: A header names an algorithm, a type and a key; certificates in it are longer, and rare.
_MAX_HEADER = 4096
#: Longer tokens than this do not fit into a header field of any server.
MAX_JWT = 16_384

_JWT = re.compile(
    rf"(?P<header>eyJ[A-Za-z0-9_-]{{5,{_MAX_HEADER}}}+)\.(?P<claims>[A-Za-z0-9_-]{{0,{MAX_JWT}}}+)"
    rf"(?:\.[A-Za-z0-9_-]{{0,{_MAX_HEADER}}}+)?(?:\.[A-Za-z0-9_-]{{1,{MAX_JWT}}}+\.[A-Za-z0-9_-]{{1,64}}+)?={{0,2}}"
)
_DISCORD = re.compile(r"(?<![\w-])[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,42}(?![\w-])")
_TELEGRAM = re.compile(r"(?<!\d)\d{7,12}:AA[A-Za-z0-9_-]{32,34}(?![\w-])")


class JsonWebTokens:
    """The trigger is the beginning of a header; what is looked at goes on to the end of the token."""

    triggers = (r"eyJ[A-Za-z0-9_-]{8}",)

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        start = end - 11
        before = view.folded[start - 1 : start]
        if before != "" and before.isascii() and (before.isalnum() or before in "-_"):
            return None  # the middle of other base64: its beginning decides
        match = _JWT.match(view.folded, start, start + MAX_JWT)
        if match is None:
            return None
        header = _json(match["header"])
        if header is None or not ("alg" in header or "enc" in header or "typ" in header):
            return None
        algorithm = header.get("alg")
        known = algorithm if isinstance(algorithm, str) and re.fullmatch(r"[A-Za-z0-9+-]{2,20}", algorithm) else "other"
        return Finding("secret", start, match.end(), match.group(), 0.97, f"a JSON Web Token, algorithm {known}")


class BotTokens:
    """Both have their marks where nothing else has them."""

    triggers = (r"\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27}", r"[0-9]{7}:AA[A-Za-z0-9_-]{32}")

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        pattern, before, name = (_DISCORD, 64, "Discord") if trigger == 0 else (_TELEGRAM, 48, "Telegram")
        for match in pattern.finditer(view.folded, max(0, end - before), end + 32):
            if match.start() < end <= match.end():
                value = match.group()
                if trigger == 0 and not _number(value.partition(".")[0]):
                    return None
                if is_dummy(value[-27:]):
                    return None
                return Finding("secret", match.start(), match.end(), value, 0.95, f"a bot's token for {name}")
        return None


def _json(text: str) -> dict[str, object] | None:
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _number(text: str) -> bool:
    """Whether this is a number of many digits, in base64."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return False
    return 15 <= len(data) <= 21 and data.isdigit()
