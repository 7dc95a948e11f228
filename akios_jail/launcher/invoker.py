"""Who called: the person behind sudo, whose home `~` means. sudo may have left HOME as theirs or made it root's."""

from __future__ import annotations

import os
import pwd


def home(environment: dict[str, str]) -> str:
    """The home of the person who called.

    SUDO_UID is believed only by root: its environment is sudo's own.
    """
    if os.geteuid() == 0:
        uid = environment.get("SUDO_UID", "")
        if uid.isascii() and uid.isdigit() and int(uid) > 0:
            try:
                return pwd.getpwuid(int(uid)).pw_dir
            except (KeyError, OverflowError):
                pass  # nobody by that number here: as without sudo
    try:
        return environment.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return "/"  # of an account that no list has


def uid(environment: dict[str, str]) -> int:
    """The account of the person who called: behind sudo, theirs."""
    own = os.geteuid()
    given = environment.get("SUDO_UID", "")
    return int(given) if own == 0 and given.isascii() and given.isdigit() else own


def who(environment: dict[str, str]) -> str:
    """The name of the person who called, for the record: the one behind sudo where there is one."""
    uid = os.geteuid()
    claimed = environment.get("SUDO_UID", "")
    if uid == 0 and claimed.isascii() and claimed.isdigit():
        uid = int(claimed)
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return f"uid {uid}"


def expand(path: str, own_home: str) -> str:
    """`path` with a leading `~` replaced by `own_home`, and `~name` by that person's."""
    if path == "~" or path.startswith("~/"):
        return own_home + path[1:]
    return os.path.expanduser(path)
