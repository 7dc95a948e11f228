"""Private keys in PEM (RFC 7468), OpenSSH's and PGP's armour, and PuTTY's files: from the first line to the last.

A key without its last line goes as far as its lines of base64 do, within MAX_KEY_BLOCK characters. Public keys and
certificates are no secrets and have no trigger.

Confidence: 0.99 with both lines, 0.95 with the first alone.
"""

from __future__ import annotations

import re

from akios_jail.pii.finding import Finding, View

#: An RSA key of 16,384 bits has 12,500 characters; longer ones are not in use.
MAX_KEY_BLOCK = 16_384

_LINE_END = r"[ \t\r\n\\\"'+,>|;]"
_HEADER = r"[\w-]{1,40}: [^\n]{1,120}+"
_LAST = r"[A-Za-z0-9+/]{1,76}={0,2}(?=[\r\n\"']|\Z)"
_BODY = re.compile(rf"(?>(?:(?>{_LINE_END}{{1,200}})(?:[A-Za-z0-9+/=]{{24,80}}+|{_HEADER}|{_LAST}))*)")
_PUTTY = re.compile(
    r"[ ]*\d{1,3}[\r\n]+(?>(?:(?!Private-)[A-Za-z0-9+/=]{1,70}[\r\n]*)+)(?:Private-(?:MAC|Hash): [0-9a-f]{40,64})?"
)


class PrivateKeys:
    """Found by their first line."""

    triggers = (r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----", r"Private-Lines:")

    def check(self, view: View, trigger: int, end: int) -> Finding | None:
        text = view.folded
        if trigger == 1:
            match = _PUTTY.match(text, end, end + MAX_KEY_BLOCK)
            if match is None:
                return None
            return _finding(text, end - len("Private-Lines:"), match.end(), 0.99, "the private part of a PuTTY key")
        start = text.rfind("-----BEGIN", max(0, end - 80), end)
        dashes = text.find("-----", end, end + MAX_KEY_BLOCK)
        if dashes >= 0 and text.startswith("-----END", dashes):
            close = text.find("-----", dashes + 8, dashes + 80)
            if close >= 0:
                return _finding(text, start, close + 5, 0.99, "a private key, from its first line to its last")
        match = _BODY.match(text, end, end + MAX_KEY_BLOCK)
        stop = match.end() if match is not None else end
        body = text[end:stop].rstrip(" \t\r\n\\\"'+,>|;")
        if sum(map(str.isalnum, body)) < 16:
            return None  # the line alone, as programs and documents quote it
        return _finding(text, start, end + len(body), 0.95, "a private key without its last line")


def _finding(text: str, start: int, end: int, confidence: float, reason: str) -> Finding:
    key = re.sub(r"[^A-Za-z0-9+/=-]", "", text[start:end])
    return Finding("secret", start, end, key, confidence, reason)
