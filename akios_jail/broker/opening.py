"""What the launcher says of a session when it opens it, checked."""

from __future__ import annotations

import hashlib
import json
import os
from typing import NamedTuple

from akios_jail.policy.plans import BrokerPlan, EgressPlan, parse


class Options(NamedTuple):
    """What the operator said on the command line about upstreams."""

    connect_to: tuple[tuple[str, int, str, int], ...]  # host, port -> host2, port2; "" and 0 match any
    upstream_ca_pem: str
    java_truststore: bool
    state_folder: str  # where the broker keeps what outlives the session
    trigger_folder: str  # with compiled triggers, of the launcher's; "" without one


class Replay(NamedTuple):
    """The session is one that runs again. `of`: the recorded one; `folder`: where the broker sees its recording.

    `until`: the last step that is played, None for all. `live_from`: after so many steps the real network is asked,
    None for never.
    """

    of: str
    folder: str
    until: int | None
    live_from: int | None


class Opening(NamedTuple):
    """The session as the launcher describes it, checked."""

    id: str
    name: str
    argv: tuple[str, ...]
    policy_name: str
    policy_sha256: str
    uid: int
    started: float
    options: Options
    plan: BrokerPlan
    egress: EgressPlan
    flux_sha256: str = ""  # of the FluxConfig beside the policy, "" without one
    base_sha256s: tuple[str, ...] = ()  # of the policies that it extends, the nearest first
    signers: tuple[
        tuple[str, str], ...
    ] = ()  # name and fingerprint of whoever signed these files, where that was asked
    replay: Replay | None = None

    @property
    def argv_sha256(self) -> str:
        """SHA-256 of the arguments, each with a zero byte behind it: of what /proc/PID/cmdline has. Records hold this
        in the place of words that may be somebody's."""
        return hashlib.sha256(b"".join(os.fsencode(each) + b"\0" for each in self.argv)).hexdigest()


def read_opening(plan_json: bytes) -> Opening:
    """The `open` message's plan, checked. `ValueError` names what is missing or wrong."""
    try:
        plan = json.loads(plan_json)
        session, options = plan["session"], plan["options"]
        return Opening(
            id=_text(session["id"]),
            name=_text(session["name"]),
            argv=_command(session["argv"]),
            policy_name=_text(session["policy_name"]),
            policy_sha256=_text(session["policy_sha256"]),
            uid=int(session["uid"]),
            started=float(session["started"]),
            options=Options(
                tuple((_text(a), int(b), _text(c), int(d)) for a, b, c, d in options["connect_to"]),
                _text(options["upstream_ca_pem"]),
                options["java_truststore"] is True,
                _text(options["state_folder"]),
                _text(options["trigger_folder"]),
            ),
            plan=parse(BrokerPlan, plan["broker"]),
            egress=parse(EgressPlan, plan["egress"]),
            flux_sha256=_text(session["flux_sha256"]),
            base_sha256s=tuple(_text(digest) for digest in session["base_sha256s"]),
            signers=tuple((_text(name), _text(key)) for name, key in session["signers"]),
            replay=_replay(session.get("replay")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the session's description cannot be read: {type(error).__name__}: {error}") from error


def _command(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise TypeError(f"{value!r} is not a command")
    return tuple(_text(argument) for argument in value)


def _replay(told: object) -> Replay | None:
    if told is None:
        return None
    if not isinstance(told, dict):
        raise TypeError("a replay is described by an object")
    numbers = {name: None if told[name] is None else int(told[name]) for name in ("until", "live_from")}
    return Replay(_text(told["of"]), _text(told["folder"]), **numbers)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value
