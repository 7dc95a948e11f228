"""Texts that were made to be slow to look through, of any size."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable


def _repeated(unit: str) -> Callable[[int], str]:
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def _random(alphabet: str) -> Callable[[int], str]:
    return lambda size: "".join(random.Random(4).choices(alphabet, k=size))  # the same in every run


def _twice_encoded(size: int) -> str:
    return base64.b64encode(base64.b64encode(_random("ab@. 019")(size // 2).encode())).decode()[:size]


def _all(size: int) -> str:
    """Every other text of these, one after the other."""
    others = [make for name, make in TEXTS.items() if name != "all of these"]
    return "".join(make(size // len(others)) for make in others).ljust(size)


#: By what they are made of. Sizes are in characters.
TEXTS: dict[str, Callable[[int], str]] = {
    "one digit": _repeated("1"),
    "random digits": _random("0123456789"),
    "digits and blanks": _random("0123456789 "),
    "digits, dots, dashes": _random("0123456789.-"),
    "one letter": _repeated("a"),
    "signs for at": _repeated("@"),
    "a@a@a@": _repeated("a@"),
    "a.a.a.": _repeated("a."),
    "plus signs": _repeated("+1"),
    "hexadecimal": _random("0123456789abcdef"),
    "colons and hexadecimal": _random("0123456789abcdef:"),
    "letters and digits": _random("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    "base64 in base64": _twice_encoded,
    "short base64 words": _repeated("YWRhQGV4YW1wbGUub3Jn "),
    "begun tokens": _repeated("eyJhbGciOi."),
    "begun private keys": _repeated("-----BEGIN PRIVATE KEY-----\n"),
    "valid cards": _repeated("4111 1111 1111 1111 "),
    "valid addresses": _repeated("ada@example.org,"),
    "valid numbers": _repeated("+44 20 7946 0958;"),
    "cues": _repeated("tel dob name passport iban account "),
    "cues with colons": _repeated("name: tel: dob: "),
    "begun JSON": _repeated('{"email":'),
    "JSON keys": _repeated('"ssn":"1",'),
    "percent signs": _repeated("%40"),
    "escapes": _repeated("\\u0040"),
    "backslashes": _repeated("\\"),
    "equal signs": _repeated("=40"),
    "without width": _repeated("1\u200b"),
    "full width": _repeated("\uff11\uff12\uff20"),
    "tags": _repeated("\U000e0031\U000e0040"),
    "Chinese": _repeated("电话号码地址姓名"),
    "blanks": _repeated(" "),
    "line ends": _repeated("\n"),
    "addresses of the web": _repeated("http://a:b@c/"),
    "glued": _repeated("a@b.co1"),
    "addresses in words": _repeated("x at y dot "),
    "addresses of machines": _repeated("1.2.3.4."),
    "addresses of machines, apart": _repeated("1.2.3.4 "),
    "addresses of machines, of six": _repeated("2a02:8109:9c40::1 "),
    "addresses of the web, with fields": _repeated("http://u:p@h/?email=a%40b.co&name=J "),
    "fields without an address": _repeated("&name=J"),
    "fields of one address": _repeated("?email=a&"),
    "labels": _repeated("name: "),
    "labels with names": _repeated("Name: Jane Doe\n"),
    "labels with passwords": _repeated("password: hunter2x "),
    "keys with names": _repeated('"name": "Jane Doe", '),
    "salutations": _repeated("Dear Jane, "),
    "salutations in Chinese": _repeated("你好"),
    "forms of address": _repeated("田中さん"),
    "titles and initials": _repeated("Mr. A. B. "),
    "senders": _repeated("From: Jane <a@b.co>\n"),
    "lines of a chat": _repeated("[10:15] Jane: hi\n"),
    "turns in which nothing is said": _repeated("Bo: q\nAl: z\n"),
    "streets": _repeated("12 Main Street, "),
    "streets without an end": _repeated("Rue de la Paix 12, "),
    "announced numbers": _repeated("tel 0221 4710815 "),
    "announced dates": _repeated("born 1984-03-02 "),
    "announced records": _repeated("MRN 00482211 "),
    "valid accounts": _repeated("DE89 3704 0044 0532 0130 00 "),
    "escapes of escapes": _repeated("a%2540b.co "),
    "escapes of HTML": _repeated("&#64;"),
    "quotes": _repeated('"'),
    "cells": _repeated('name,email\n"a""'),
    "tabs and line ends": _repeated("\t\r\n"),
    "all of these": _all,
}
