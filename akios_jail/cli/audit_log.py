"""Which log a command of `akios audit` means, and the words that several of them use."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from akios_jail.audit.cosignature import Seen, Witness

#: Most bytes of a file or of stdin that somebody hands over: a checkpoint, a proof, a report.
_MOST = 16 * 1024 * 1024


def which(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name a log."""
    state_dir = click.option("--state-dir", metavar="DIR", help="The state folder whose log is meant.")
    log = click.option("--log", metavar="FOLDER", help="The log's own folder, wherever it was copied to.")
    return state_dir(log(function))


def witnessed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that name witnesses."""
    witness = click.option(
        "--witness", "witnesses", metavar="VKEY", multiple=True, help="A witness's key; may be given several times."
    )
    quorum = click.option(
        "--quorum",
        type=click.IntRange(0),
        metavar="N",
        help="How many of the witnesses must have cosigned; all unless given.",
    )
    return witness(quorum(function))


def folder_of(state_dir: str | None, log: str | None) -> str:
    """The folder of the log that is meant, which is there. `ClickException` if it is not, or not ours to read."""
    from akios_jail.launcher.state import State, default_path

    path = log or State(state_dir or default_path(os.geteuid(), dict(os.environ))).audit_folder
    try:
        os.listdir(path)
    except PermissionError:
        raise click.ClickException(
            f"{path} is not yours to read: the log belongs to who runs sessions; use sudo"
        ) from None
    except OSError:
        raise click.ClickException(
            f"there is no audit log at {path}: `akios run` makes one, --state-dir and --log name another"
        ) from None
    return path


def given(place: str) -> bytes:
    """The bytes of a file that somebody hands over; `-` is stdin."""
    if place == "-":
        data = sys.stdin.buffer.read(_MOST + 1)
    else:
        with open(place, "rb") as file:
            data = file.read(_MOST + 1)
    if len(data) > _MOST:
        raise click.ClickException(f"{place} has more than {_MOST} bytes")
    return data


def known(lines: tuple[str, ...], quorum: int | None) -> tuple[list[Witness], int]:
    """The witnesses that were named, and how many of them must have cosigned."""
    from akios_jail.audit import cosignature
    from akios_jail.audit.note import BadKey

    try:
        found = {cosignature.witness(line).vkey: cosignature.witness(line) for line in lines}
    except BadKey as error:
        raise click.UsageError(f"--witness: {error}") from error
    wanted = len(found) if quorum is None else quorum
    if wanted > len(found):
        raise click.UsageError(f"--quorum: {wanted} of {len(found)} witnesses cannot have cosigned")
    return list(found.values()), wanted


def seen_words(seen: Seen) -> str:
    """`witness.example/w1 at 2026-01-31T12:00:00Z`."""
    return f"{seen.witness} at {seen_time(seen)}"


def seen_time(seen: Seen) -> str:
    """When a witness cosigned, as people write it; the number itself where no calendar has it."""
    import time

    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seen.seconds))
    except (OverflowError, OSError, ValueError):
        return f"{seen.seconds} s after 1970"
