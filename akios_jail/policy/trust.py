"""Whose signatures of policies count: a folder of trusted keys.

The files of the folder are in the format of OpenSSH's allowed_signers (ssh-keygen(1), ALLOWED SIGNERS), one key a line:

    alice@example.org namespaces="akios-policy",valid-before="20270101Z" ssh-ed25519 AAAA…

so that `ssh-keygen -Y verify -f FILE -I alice@example.org -n akios-policy -s policy.yaml.sig < policy.yaml` says the
same. Whoever can write there decides what agents may do: folder and files must be root's, or the caller's own, and
writable for nobody else. A line that cannot be read refuses everything, since it may have been a limit to a key.
"""

from __future__ import annotations

import base64
import binascii
import calendar
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from akios_jail.policy.errors import PolicyError, Problem

#: Where the trusted keys of a machine are.
FOLDER: Final = "/etc/akios/trusted-keys"
#: What a signature's file is called, beside what it signs.
SUFFIX: Final = ".sig"

_MAX_FILES: Final = 1000
_MAX_BYTES: Final = 256 * 1024
_FIELD: Final = re.compile(r'((?:[^\s"]|"[^"]*")*)(?:[ \t]+|$)')
_OPTION: Final = re.compile(r'([a-z-]+)(?:="([^"]*)")?(?:,(?=[a-z])|$)')
_TIME: Final = re.compile(r"([0-9]{8})(?:([0-9]{4})([0-9]{2})?)?(Z?)")
_HINT: Final = "`akios policy trust KEY.pub --as NAME` adds a key, readable for everyone and writable for root."


class TrustedKey(NamedTuple):
    """One line of the folder. `after` and `before`: Unix seconds between which it counts; None: no such end."""

    name: str
    key: bytes
    namespaces: tuple[str, ...]
    after: float | None
    before: float | None
    place: str


class Signer(NamedTuple):
    """Who signed a file: the key's name in the folder, and its fingerprint as `ssh-keygen -l` prints it."""

    name: str
    fingerprint: str


class NotTrusted(ValueError):
    """A file that nobody trusted has signed; the text says what is wrong."""


def keys(folder: str = FOLDER) -> tuple[TrustedKey, ...]:
    """The trusted keys, in the order of the files' names. `PolicyError` for a folder that is missing, writable for
    others, or holds a line that is not understood."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        reason = "there are no trusted keys" if isinstance(error, FileNotFoundError) else str(error.strerror)
        raise PolicyError(folder, [Problem(f"{reason}, so no signature counts", hint=_HINT)]) from error
    try:
        _safe(folder, os.fstat(handle))
        names = sorted(name for name in os.listdir(handle) if not name.startswith("."))
        if len(names) > _MAX_FILES:
            raise PolicyError(folder, [Problem(f"there are more than {_MAX_FILES} files")])
        return tuple(key for name in names for key in _read(handle, os.path.join(folder, name), name))
    finally:
        os.close(handle)


def signer_of(path: str, message: bytes, trusted: Sequence[TrustedKey], now: float | None = None) -> Signer:
    """Who of the trusted signed the file at `path`, whose bytes are `message`, in the file beside it."""
    try:
        handle = os.open(path + SUFFIX, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):  # whoever made a pipe here would have us wait for it
                raise NotTrusted(f"there is no signature {path + SUFFIX}: it is not a file")
            signature = file.read(_MAX_BYTES)
    except OSError as error:
        raise NotTrusted(f"there is no signature {path + SUFFIX}: {error.strerror}") from error
    return signer(message, signature, trusted, now)


def signer(message: bytes, signature: bytes, trusted: Sequence[TrustedKey], now: float | None = None) -> Signer:
    """Who of the trusted signed this. `NotTrusted` if nobody did, or whose key does not count now (Unix seconds)."""
    from akios_jail.policy import sshsig  # here: its imports are no part of a start that needs no signature

    now = time.time() if now is None else now
    try:
        parsed = sshsig.parse(signature)
        sshsig.verify(parsed, message)
    except sshsig.BadSignature as error:
        raise NotTrusted(f"the signature is no good: {error}") from error
    who = sshsig.fingerprint(parsed.key)
    refusal = f"the key {who} that signed it is not among the trusted ones"
    for key in trusted:
        if key.key != parsed.key:
            continue
        if key.namespaces and sshsig.NAMESPACE not in key.namespaces:
            refusal = f"{key.name}'s key {who} is not trusted for policies ({key.place})"
        elif key.after is not None and now < key.after:
            refusal = f"{key.name}'s key {who} is trusted only from {_day(key.after)} on ({key.place})"
        elif key.before is not None and now >= key.before:
            refusal = f"{key.name}'s key {who} was trusted until {_day(key.before)} ({key.place})"
        else:
            return Signer(key.name, who)
    raise NotTrusted(refusal)


def parse_line(text: str, place: str) -> TrustedKey | None:
    """The key in one line, None for an empty one or a comment. `ValueError` says what is wrong with it."""
    text = text.strip(" \t\r")
    if not text or text.startswith("#"):
        return None
    name, rest = _field(text)
    if not name.split(",")[0] or not name.isprintable() or len(name) > 200 or '"' in name:
        raise ValueError("the name of the key's owner is missing, or is none")
    kind, rest = _field(rest)
    options = ""
    if kind and not _is_key_type(kind):
        options = kind
        kind, rest = _field(rest)
    encoded, _ = _field(rest)
    if not encoded:
        raise ValueError("expected a name, options if any, the type of a key, and the key")
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("the key is not base64") from error
    if key[: 4 + len(kind)] != len(kind).to_bytes(4, "big") + kind.encode():
        raise ValueError(f"the key is not of the type {kind}")
    namespaces, after, before = _options(options)
    return TrustedKey(name.split(",")[0], key, namespaces, after, before, place)


def _read(folder: int, path: str, name: str) -> Iterator[TrustedKey]:
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        raise PolicyError(path, [Problem(f"the file cannot be read: {error.strerror}", hint=_HINT)]) from error
    with open(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_BYTES:
            raise PolicyError(path, [Problem("this is no file of trusted keys")])
        _safe(path, status)
        lines = file.read(_MAX_BYTES).decode("utf-8", "replace").split("\n")
    for number, line in enumerate(lines, 1):
        try:
            key = parse_line(line, f"{path}:{number}")
        except ValueError as error:
            raise PolicyError(path, [Problem(str(error), line=number, column=1, hint=_HINT)]) from error
        if key is not None:
            yield key


def _safe(path: str, status: os.stat_result) -> None:
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & 0o022:
        hint = f"Make it root's, and writable for nobody else: chown root {path}; chmod go-w {path}."
        raise PolicyError(path, [Problem("others could add a key of their own here", hint=hint)])


def _field(text: str) -> tuple[str, str]:
    """What stands before the first blank that is in no quotes, and the rest; "" where nothing stands."""
    match = _FIELD.match(text)
    if match is None:
        raise ValueError("a quotation mark has no other, or what stands between the parts is no blank")
    return match.group(1), text[match.end() :]


def _is_key_type(word: str) -> bool:
    return re.fullmatch(r"(?:sk-)?(?:ssh|ecdsa)-[a-z0-9-]+(?:@openssh\.com)?", word) is not None


def _options(text: str) -> tuple[tuple[str, ...], float | None, float | None]:
    namespaces: tuple[str, ...] = ()
    limits: dict[str, float] = {}
    seen: set[str] = set()
    at = 0
    while at < len(text):
        match = _OPTION.match(text, at)
        if match is None:
            raise ValueError(f"the options {text!r} are not understood")
        name, value = match.groups()
        at = match.end()
        if name in seen:
            raise ValueError(f"the option {name} is there twice")
        seen.add(name)
        if name == "namespaces" and value:
            namespaces = tuple(value.split(","))
            if any(namespace.startswith("!") for namespace in namespaces):
                raise ValueError("namespaces that are excepted (!) are not understood: name those that count")
        elif name in ("valid-after", "valid-before") and value:
            limits[name] = _seconds(value)
        else:
            raise ValueError(f"the option {name} is not understood: namespaces, valid-after and valid-before are")
    return namespaces, limits.get("valid-after"), limits.get("valid-before")


def _seconds(text: str) -> float:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no time: write YYYYMMDD or YYYYMMDDHHMM[SS], with Z for UTC")
    day, minute, second, utc = match.groups()
    try:
        parsed = time.strptime(day + (minute or "0000") + (second or "00"), "%Y%m%d%H%M%S")
        return float(calendar.timegm(parsed)) if utc else time.mktime(parsed)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no time: {error}") from error


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
