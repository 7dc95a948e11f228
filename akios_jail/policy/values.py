"""The values of a manifest: text and numbers as people write them, checked and brought into one spelling.

Each is a pydantic type whose validator raises `ValueError` with a sentence that says what to write instead.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from akios_jail.policy import hosts, methods, paths, quantities
from akios_jail.policy.quantities import name_of

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110 §5.6.2
_PARAMETER = re.compile(r"[A-Za-z0-9._~\[\]-]{1,100}")
_MODEL = re.compile(r"[\x21-\x7e]{1,200}")
_PROVIDER = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")

#: Fields that say how a message travels (RFC 9110 §7.6.1) or where to: no place for a key.
_FRAMING = frozenset(
    (
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-akios-task",
    )
)
#: Segments of the name of an argument.
MAX_ARGUMENT_DEPTH = 16
#: How long a request may be kept waiting for a person or for a budget.
MAX_WAIT_S = 86400.0

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
        raise ValueError("the condition is empty: leave it out, or say what must hold")
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


def _host_name(text: str) -> str:
    host = hosts.parse(text)
    if host.kind not in ("exact", "wildcard"):
        raise ValueError(f"{text!r} is no name: a key goes only where a certificate proves the name")
    return host.text


def _exact_host(text: str) -> str:
    host = hosts.parse(text)
    if host.kind != "exact":
        raise ValueError(f"{text!r} is not one name: a call goes to one host")
    return host.text


def _field_name(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a header field")
    if text.lower() in _FRAMING:
        raise ValueError(f"{text} does not reach the server and cannot carry a key")
    return text


def _field_names(value: object) -> object:
    return [_field_name(value)] if isinstance(value, str) else value


def _parameter(text: str) -> str:
    if not _PARAMETER.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a query parameter")
    return text


def _argument(value: object) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        raise ValueError(f"expected text, found {name_of(value)}: put it in quotes")
    text = str(value)
    if not text or "\0" in text or len(text) > 4096:
        raise ValueError("expected 1 to 4096 characters without a NUL character")
    return text


def _argument_path(text: str) -> str:
    keys = text.split(".")
    if not all(keys) or any(ord(character) < 32 for character in text):
        raise ValueError(
            f"{text!r} is not the name of an argument: write keys from the outside in, as in options.format"
        )
    if len(keys) > MAX_ARGUMENT_DEPTH:
        raise ValueError(f"{text!r} is nested deeper than {MAX_ARGUMENT_DEPTH} levels")
    return text


def _sha256(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError("expected the 64 digits of a SHA-256, in small letters, as `sha256sum` prints them")
    return text


def _tool_glob(text: str) -> str:
    if not text or len(text) > 200 or not text.isprintable():
        raise ValueError("expected a tool's name of 1 to 200 printable characters; `*` stands for any")
    return text


def _model(text: str) -> str:
    if not _MODEL.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a model: 1 to 200 ASCII characters without spaces")
    return text


def _one_model(text: str) -> str:
    if "*" in text:
        raise ValueError(f"{text!r} is not one model: a call is answered by one")
    return _model(text)


def _provider(text: str) -> str:
    if not _PROVIDER.fullmatch(text):
        raise ValueError(f"{text!r} is not the id of a provider, such as openai")
    return text


def _request_path(text: str) -> str:
    if paths.plain(text) is None or not text.isascii():
        raise ValueError(f"{text!r} is not one path: write it as it is sent, such as /v1/chat/completions")
    if "*" in text:
        raise ValueError(f"{text!r} is not one path: a call goes to one")
    return text


def _url(text: str) -> str:
    if not text.isascii() or any(ord(character) <= 32 or ord(character) == 127 for character in text):
        raise ValueError("expected a URL of ASCII characters without spaces")
    if len(text) > 2000:
        raise ValueError(f"the URL has {len(text)} characters; 2000 is the most")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{text!r} is not a URL: {error}") from error
    if parts.scheme != "https" or not parts.hostname or port == 0:
        raise ValueError(f"{text!r}: expected an https URL, since what it is told is nobody else's business")
    if "@" in parts.netloc or "#" in text or "\\" in text:
        raise ValueError(f"{text!r}: a name, a password or a fragment is not accepted in a URL")
    host = hosts.parse(parts.hostname)
    if host.kind not in ("exact", "ip"):
        raise ValueError(f"{text!r} does not name one host")
    return text


def _wait(value: object) -> float:
    seconds = quantities.duration(value)
    if not 0 < seconds <= MAX_WAIT_S:
        raise ValueError(f"{value} is no time to wait: expected more than 0 and at most 24h")
    return seconds


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"expected a number of seconds such as 30, found {name_of(value)}")
    seconds = float(Decimal(value))
    if not 1 <= seconds <= 3600:
        raise ValueError(f"expected 1 to 3600 seconds, found {name_of(value)}")
    return seconds


def _number(value: object) -> float:
    """A bound. It decides as a double, so that it must be one: 2⁵³ + 1 would be another number than it says."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"expected a number, found {name_of(value)}")
    number = Decimal(value)
    if abs(number) > 10**300:
        raise ValueError("expected a number of at most 300 digits")
    bound = float(number)
    if number != Decimal(repr(bound)):
        raise ValueError(f"{value} has more digits than numbers in JSON keep: the nearest that they do is {bound!r}")
    return bound


def _day(value: object) -> float:
    """Unix seconds of the end of a day."""
    if not isinstance(value, str):
        raise ValueError(f"expected a day such as 2027-03-31, found {name_of(value)}")
    try:
        day = datetime.datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=datetime.UTC)
        return (day + datetime.timedelta(days=1)).timestamp()
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{value!r} is no day: write it as 2027-03-31") from error


Name = Annotated[str, _text(_name)]
Day = Annotated[float, BeforeValidator(_day)]
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
Wait = Annotated[float, BeforeValidator(_wait)]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Number = Annotated[float, BeforeValidator(_number)]
HostName = Annotated[str, _text(_host_name)]
ExactHost = Annotated[str, _text(_exact_host)]
FieldName = Annotated[str, _text(_field_name)]
FieldNames = Annotated[list[FieldName], BeforeValidator(_field_names), Field(min_length=1, max_length=8)]
Parameter = Annotated[str, _text(_parameter)]
Argument = Annotated[str, BeforeValidator(_argument)]
ArgumentPath = Annotated[str, _text(_argument_path)]
Sha256 = Annotated[str, _text(_sha256)]
ToolGlob = Annotated[str, _text(_tool_glob)]
ModelName = Annotated[str, _text(_one_model)]
ModelGlob = Annotated[str, _text(_model)]
Provider = Annotated[str, _text(_provider)]
RequestPath = Annotated[str, _text(_request_path)]
Url = Annotated[str, _text(_url)]
