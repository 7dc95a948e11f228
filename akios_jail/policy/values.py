"""The values of a manifest: text and numbers as people write them, checked and brought into one spelling.

Each is a pydantic type whose validator raises `ValueError` with a sentence that says what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import BeforeValidator, Field

from akios_jail.policy import hosts, methods, paths, quantities
from akios_jail.policy.quantities import name_of

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

#: The jail's trust stores are found by these: a policy that set them would only break TLS.
TRUST_VARIABLES = frozenset(
    (
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "CURL_CA_BUNDLE",
        "GIT_SSL_CAINFO",
        "PIP_CERT",
        "CARGO_HTTP_CAINFO",
        "AWS_CA_BUNDLE",
        "DENO_CERT",
    )
)


def _text(check: Callable[[str], str]) -> BeforeValidator:
    """A validator of text: anything else is told apart before `check` sees it."""

    def validate(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError(f"expected text, found {name_of(value)}")
        return check(value)

    return BeforeValidator(validate)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not a name: use letters, digits, dots, hyphens and underscores, at most 63")
    return text


def _host(text: str) -> str:
    return hosts.parse(text).text


def _condition(text: str) -> str:
    if not text.strip():
        raise ValueError("the condition is empty: leave `when` out, or say what must hold")
    return text


def _variable(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        hint = f": write {text.partition('=')[0]}: under `set`" if "=" in text else ""
        raise ValueError(f"{text!r} is not the name of an environment variable{hint}")
    if text in TRUST_VARIABLES:
        raise ValueError(f"{text} is set by the jail, to the trust store that holds the session's own CA")
    return text


def _variable_value(value: object) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        raise ValueError(f"expected text, found {name_of(value)}: put it in quotes")
    text = str(value)
    if "\0" in text:
        raise ValueError("an environment variable cannot hold a NUL character")
    return text


def _line(text: str) -> str:
    if len(text) > 500 or any(ord(character) < 32 and character != "\n" for character in text):
        raise ValueError("expected at most 500 characters without control characters")
    return text


def host_path(text: str) -> str:
    """A path of the filesystem section: absolute, or relative to where `akios run` is called; normalised, and plain."""
    if not text:
        raise ValueError("the path is empty")
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError("the path has a control character in it")
    if text.startswith("~"):
        raise ValueError(f"{text!r}: write the whole path, since under sudo ~ would be another home")
    if "$" in text:
        raise ValueError(f"{text!r}: variables are not expanded; write the whole path")
    if set(text) & set("*?["):
        raise ValueError(f"{text!r}: patterns are not expanded; name a folder to give everything in it")
    if ".." in text.split("/"):
        raise ValueError(f"{text!r}: `..` is not accepted, since a link on the way would change what it means")
    kept = [part for part in text.split("/") if part not in ("", ".")]
    return ("/" if text.startswith("/") else "") + "/".join(kept) or "."


def _wall_time(value: object) -> float | None:
    if value is None or value == "none":
        return None
    seconds = quantities.duration(value)
    if seconds <= 0:
        raise ValueError("a session of no time cannot run; write none for no limit")
    return seconds


def _at_least(least: int, text: str) -> Callable[[object], int]:
    def validate(value: object) -> int:
        amount = quantities.size(value)
        if amount < least:
            raise ValueError(f"{value} is too little: {text}")
        return amount

    return validate


Name = Annotated[str, _text(_name)]
Line = Annotated[str, _text(_line)]
HostText = Annotated[str, _text(_host)]
Method = Annotated[str, _text(methods.check)]
Glob = Annotated[str, _text(paths.check)]
Condition = Annotated[str, _text(_condition)]
NetworkText = Annotated[str, _text(hosts.network)]
HostPath = Annotated[str, _text(host_path)]
Variable = Annotated[str, _text(_variable)]
VariableValue = Annotated[str, BeforeValidator(_variable_value)]
Port = Annotated[int, Field(ge=1, le=65535)]
Money = Annotated[int, BeforeValidator(quantities.money)]
Size = Annotated[int, BeforeValidator(quantities.size)]
Memory = Annotated[int, BeforeValidator(_at_least(16 << 20, "16MiB is the least in which a program starts"))]
Cpus = Annotated[float, BeforeValidator(quantities.cpus)]
WallTime = Annotated[
    float | None,
    BeforeValidator(_wall_time),
]
