"""Email addresses as people spell them so that programs do not find them: `jane (at) example dot com`.

With the sign in brackets, or with the dot in words too, the spelling itself is proof. `jane at example.com` is one only
after a word that announces an address: people also meet at example.com.

Confidence: 0.9 with brackets, 0.8 with both words, 0.75 with blanks around the sign, 0.7 after an announcing word.
"""

from __future__ import annotations

import re

from akios_jail.pii.finding import Finding, View

_AT = "at|ät|arroba|arobase|arobas|chiocciola|klammeraffe|apenstaartje|małpa|собака|собачка|ett"
_DOT = "dot|punto|punkt|point|ponto|kropka|piste|punt|точка"
_BRACKETED = rf"[(\[{{<][ ]?(?:{_AT}|@)[ ]?[)\]}}>]"
_LABEL = r"[\w-]{1,40}"
TRIGGERS = (
    rf"(?i){_BRACKETED}",
    rf"(?i)[a-z0-9] (?:{_AT}) [a-z0-9-]{{1,40}} ?[(\[{{]?(?:{_DOT})[)\]}} ]",
    r"[A-Za-z0-9] @ [A-Za-z0-9]",
    r"(?i)(?:mail|correo|courriel|почта)[^\n@]{1,60} at [a-z0-9][a-z0-9-]{0,40}\.[a-z]",
)
_SEPARATOR = rf"(?:[ ]?[(\[{{][ ]?(?:{_DOT}|\.)[ ]?[)\]}}][ ]?|[ ](?:{_DOT})[ ]|[ ]?\.[ ]?)"
_SIGN = rf"(?:[ ]?{_BRACKETED}[ ]?|[ ](?:{_AT}|@)[ ])"
_WHOLE = re.compile(
    rf"(?<![\w.@-])(?P<local>[\w+'-]{{1,40}}(?:{_SEPARATOR}[\w+'-]{{1,40}}){{0,3}}?)(?P<sign>{_SIGN})"
    rf"(?P<domain>{_LABEL}(?:{_SEPARATOR}{_LABEL}){{0,4}}{_SEPARATOR}(?P<tld>[^\W\d_]{{2,24}}))(?!\w)",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(_SEPARATOR, re.IGNORECASE)
#: What stands before a bare "at" and is nobody's mailbox.
_NOT_LOCAL = frozenset(
    (
        "me",
        "us",
        "him",
        "her",
        "them",
        "it",
        "you",
        "look",
        "be",
        "is",
        "are",
        "was",
        "available",
        "work",
        "works",
        "live",
    )
)
_ANY_DOT = re.compile(rf"\.|{_DOT}", re.IGNORECASE)
_ENGLISH_DOT = re.compile(r"\bdot\b", re.IGNORECASE)
_BEFORE, _AFTER = 100, 120


def check(view: View, end: int) -> Finding | None:
    """The address around a spelled sign near `end`, if it is one."""
    if _ANY_DOT.search(view.folded, max(0, end - 12), end + _AFTER) is None:
        return None
    first = max(0, end - _BEFORE)
    best = None
    for match in _WHOLE.finditer(view.folded, first, end + _AFTER):
        if match.start() < end <= match.end() + 1:
            best = match
            break
    if best is None or (first and best.start() == first):
        return None
    local, domain = _plain(best["local"]), _plain(best["domain"])
    sign = best["sign"].strip()
    if sign[0] in "([{<":
        confidence, reason = 0.9, "the sign spelled in brackets"
    elif local.lower() in _NOT_LOCAL or local.isdigit():
        return None
    elif sign == "@":
        confidence, reason = 0.75, "blanks around the sign"
        if domain.rpartition(".")[0].replace(".", "").isdigit():
            return None
    elif "." not in best["domain"]:
        if sign.lower() == "at" and _ENGLISH_DOT.search(best["domain"]) is None:
            return None  # "at any point in"
        confidence, reason = 0.8, "sign and dot spelled in words"
    else:
        confidence, reason = 0.7, "announced as an address, with the sign in words"
    return Finding("email", best.start(), best.end(), f"{local}@{domain}".lower(), confidence, reason)


def _plain(text: str) -> str:
    return _SEPARATORS.sub(".", text).replace(" ", "")
