"""`akios replay` without its words: a recorded session runs again, with recorded answers.

The same launcher and broker as for any session, with three differences: the broker has no network (unless the replay
goes on live), what it may change is a folder that is thrown away (so that no budget and no approval of the machine is
touched), and what the agent may write to is under layers that are thrown away too.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from akios_jail.jail import identity
from akios_jail.launcher import (
    aside,
    broker,
    head_start,
    hearsay,
    removal,
    replay_copy,
    replay_layers,
    run,
    runs,
    secrets,
    signals,
    signed,
    state,
    streams,
)
from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.launcher.options import ConnectTo, RunOptions
from akios_jail.launcher.request import Again, Request
from akios_jail.launcher.stepping import Stepper
from akios_jail.policy import cache
from akios_jail.policy.plans import Plans

SESSION: Final = re.compile(r"ses_[0-9a-f]{12}")
_FOLDER: Final = "replays"
_LONGEST_LINE: Final = 2_000
#: How the broker calls the end of a replay that was to end there.
STOPPED: Final = "replay_stopped"
#: How variables are called that hold keys, which need not be the real ones where nothing is sent.
_KEY: Final = re.compile(r"(?:^|_)(?:(?:API)?KEY(?:_ID)?|TOKEN|SECRET|PASSWORD|CREDENTIALS?)(?:_|$)", re.IGNORECASE)
_NO_KEY: Final = "akios-replays-without-this-key"


class ReplayOptions(NamedTuple):
    """One `akios replay`. `until`: the last step that is played. `live_from`: after so many steps the real network is
    asked. `step`: a person is asked before each answer."""

    session: str
    until: int | None = None
    live_from: int | None = None
    step: bool = False
    env: tuple[str, ...] = ()
    rw: tuple[str, ...] = ()
    connect_to: tuple[ConnectTo, ...] = ()
    cacert: str = ""
    report: str = ""
    state_dir: str = ""
    quiet: bool = False


def replay(options: ReplayOptions, host: dict[str, str]) -> dict[str, Any]:
    """Run a recorded session again: what came of it, as `found` says. `LaunchError` when the agent did not run, or
    there is no such session."""
    streams.fill()
    streams.check()
    head_start.make_room()
    uid = os.geteuid()
    store = state.open_state(options.state_dir or state.default_path(uid, host))
    kept = runs.read(store.path, options.session)
    if not options.quiet and (missing := _missing(kept, options)):
        aside.say(missing)
    live = options.live_from is not None
    again = _options(kept, options, host)
    plans = _plans(kept.plans, store, again, live)
    plans = plans._replace(jail=replay_layers.untouching(plans.jail, kept.options.rw, again, host))
    signers = signed.check(plans, again) if live else ()
    keys = secrets.resolve(plans, again, host) if live else secrets.stand_ins(plans)
    who = identity.agent(host, uid, os.getegid())
    session = state.new_session()
    with contextlib.ExitStack() as stack:
        shared = stack.enter_context(_thrown_away(store, session))
        replay_copy.copy(store, shared, options.session)
        stepper = stack.enter_context(contextlib.closing(Stepper())) if options.step else None
        steps_fd = -1 if stepper is None else stepper.fd
        layers = replay_layers.make(shared.path, plans.jail, again, host, who)
        once_more = Again(options.session, shared, options.until, options.live_from, steps_fd, layers)
        waiting = stack.enter_context(contextlib.closing(broker.Started(store, session, shared, unplugged=not live)))
        outcome = run.carry_out(Request(session, again, host, store, plans, who, keys, signers, once_more), waiting)
    return found(outcome, kept, options)


def found(outcome: run.Outcome, kept: runs.Run, options: ReplayOptions) -> dict[str, Any]:
    """What came of a replay, ready for JSON. `same`: the agent did what it did when it was recorded, as far as it was
    played; `reasons` say in what it did not. What the broker told is brought into its shape."""
    told = hearsay.dictionary(outcome.report.get("replay"))
    ending, stopped = outcome.ending, outcome.ending.code == STOPPED
    left = hearsay.count(told.get("left"))
    reasons = []
    if ending.code.startswith("replay_"):
        reasons += [] if stopped else [ending.reason]
    elif options.live_from is None:
        if left:
            reasons.append(f"{left} recorded requests were not made again")
        if kept.ending is not None and (ending.status, ending.code) != kept.ending:
            was, code = kept.ending
            now = f"{ending.status}{_by(ending.code or _interrupted(ending.status))}"
            reasons.append(f"it ended with exit status {now}, and then with {was}{_by(code)}")
    return {
        "session": kept.session,
        "replay": outcome.report["session_id"],
        "same": not reasons,
        "reasons": reasons,
        "steps": hearsay.count(told.get("steps")),
        "recorded": hearsay.count(told.get("recorded")),
        "live": hearsay.count(told.get("live")),
        "next": _lines(told.get("next"), 20),
        "difference": _difference(told.get("difference")),
        "input": kept.input or None,
        "exit": outcome.report["exit"],
    }


def _missing(kept: runs.Run, options: ReplayOptions) -> str:
    """What to say of the agent's input, which is no part of a recording; "" where it can be the same."""
    if not kept.input or (kept.input == runs.input_kind() and not options.step):
        return ""
    then = {"pipe": "a pipe", "file": "a file"}.get(kept.input, "a terminal")
    now = "it is empty with --step" if options.step else "this is another; give it again if the agent needs it"
    return f"what the agent read from its input then ({then}) was not kept, and {now}"


def _interrupted(status: int) -> str:
    """Which signal ended the agent, if it was one by which people end programs."""
    number = status - 128
    return f"by {signal.Signals(number).name}" if number in signals.ENDING else ""


def _by(code: str) -> str:
    return f" ({code})" if code else ""


def _difference(told: object) -> dict[str, Any] | None:
    if not isinstance(told, dict):
        return None
    texts = {name: _text(told.get(name)) for name in ("reason", "recorded", "asked")}
    return {"step": hearsay.count(told.get("step")), **texts, "diff": _lines(told.get("diff"), 300)}


def _text(told: object) -> str:
    return told[:_LONGEST_LINE] if isinstance(told, str) else ""


def _lines(told: object, most: int) -> list[str]:
    return [_text(line) for line in hearsay.items(told)[:most]]


def _options(kept: runs.Run, options: ReplayOptions, host: dict[str, str]) -> RunOptions:
    """How the agent is run: as it was, but for what this call says."""
    if not os.path.isdir(kept.options.invocation_dir):
        raise LaunchError(
            f"the folder in which {kept.session} was called is no longer there: {kept.options.invocation_dir}",
            "Put it back: the agent is run there again.",
            USAGE,
        )
    return kept.options._replace(
        env=_environment(kept, options, host),
        ro=tuple(path for path in kept.options.ro if path not in kept.options.rw),
        rw=options.rw,
        connect_to=options.connect_to,
        cacert=options.cacert,
        report=options.report,
        state_dir=options.state_dir,
        quiet=options.quiet,
    )


def _environment(kept: runs.Run, options: ReplayOptions, host: dict[str, str]) -> tuple[str, ...]:
    """The variables that the agent had. Keys need not be the real ones, unless the replay goes on live."""
    given = {item.partition("=")[0]: item for item in options.env}
    for name in kept.options.env:
        if name in given:
            continue
        if name in host and name not in kept.unset:
            given[name] = name
        elif options.live_from is None and _KEY.search(name):
            given[name] = f"{name}={_NO_KEY}"
        else:
            raise LaunchError(
                f"the agent had the variable {name}, whose value is not kept",
                f"Give it again: --env {name}=VALUE",
                USAGE,
            )
    return tuple(given.values())


def _plans(plans: Plans, store: state.State, options: RunOptions, live: bool) -> Plans:
    """The policy as it was."""
    if live:
        policy = os.path.join(options.invocation_dir, options.policy)
        now = cache.load(policy, store.plan_cache, options.flux)
        if (now.policy_sha256, now.flux_sha256) != (plans.policy_sha256, plans.flux_sha256):
            raise LaunchError(
                f"the policy {options.policy} is not what it was when the session was recorded",
                "What asks the real network runs under the policy of today: run the agent again with `akios run`.",
                USAGE,
            )
        if any(limit.scope == "day" for limit in now.broker.budget.limits):
            raise LaunchError(
                "the policy has a budget of a day, from which what a replay spends would be missing",
                "Replay it without --live, or run the agent again with `akios run`.",
                USAGE,
            )
        plans = now
    return plans


@contextlib.contextmanager
def _thrown_away(store: state.State, session: str) -> Iterator[state.State]:
    """A folder in the place of what sessions share, which goes with the replay. What killed replays left goes, too."""
    above = os.path.join(store.path, _FOLDER)
    folder = os.path.join(above, session)
    try:
        os.makedirs(above, mode=0o700, exist_ok=True)
        turn = _locked(above, fcntl.LOCK_EX)  # or another one's sweeping would find this folder, and nobody in it
        try:
            _sweep(above)
            os.mkdir(folder, 0o700)
            lock = _locked(folder)
        finally:
            os.close(turn)
    except OSError as error:
        raise state.unwritable(above, error) from error
    try:
        yield state.State(folder)
    finally:
        removal.remove(folder)
        os.close(lock)


def _sweep(above: str) -> None:
    for name in os.listdir(above):
        if SESSION.fullmatch(name):
            path = os.path.join(above, name)
            with contextlib.suppress(OSError):
                lock = _locked(path)
                try:
                    removal.remove(path)
                finally:
                    os.close(lock)


def _locked(folder: str, how: int = fcntl.LOCK_EX | fcntl.LOCK_NB) -> int:
    """Hold a folder. `BlockingIOError` if somebody else does, and `how` does not say to wait."""
    fd = os.open(folder, _IS_FOLDER)
    try:
        fcntl.flock(fd, how)
    except OSError:
        os.close(fd)
        raise
    return fd


_IS_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
