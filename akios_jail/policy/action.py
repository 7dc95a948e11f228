"""What the agent wants to do, in the canonical form that every rule is judged on."""

from __future__ import annotations

from typing import NamedTuple


class Session(NamedTuple):
    """What conditions may know of the session."""

    id: str = ""
    name: str = ""


class Action(NamedTuple):
    """One thing that the agent wants to do, all canonical: host in lower case, addresses as `ipaddress` spells them.

    `method` "" is a connection whose bytes are passed on unread (tcp, or https that is passed through); anything else
    is one HTTP request. `path` is as it goes upstream (percent-encoded, without query), `query` without question mark.
    `body` is None when it was not read: a condition that looks at it then denies.
    """

    host: str
    port: int
    protocol: str  # https | http | tcp
    method: str = ""
    path: str = ""
    query: str = ""
    headers: tuple[tuple[str, str], ...] | list[tuple[str, str]] = ()
    body: bytes | None = None
    session: Session = Session()
