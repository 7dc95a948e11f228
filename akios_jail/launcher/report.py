"""The run report (JSON) and the few lines that a person reads at the end."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import stat
import time
from typing import Any, Final, NamedTuple

from akios_jail import kernel
from akios_jail.launcher import hearsay, summaries, view
from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.launcher.layers import COUNTED
from akios_jail.policy import quantities

_ELSEWHERE: Final = "Choose another place with --report, --sarif, --junit, --summary or --output."


class Ending(NamedTuple):
    """How a session ended. `status` is the exit status; `code` is "" for the agent's own end, otherwise what ended it
    (`wall_time`, `budget`, `broker_died`, `audit_unavailable`, …) with a `reason` for people. `limits`: which were hit.
    """

    status: int
    signal: int | None = None
    code: str = ""
    reason: str = ""
    limits: tuple[str, ...] = ()


class Resources(NamedTuple):
    """What the session used, by its cgroup's account."""

    wall_s: float
    cpu_s: float
    memory_peak_bytes: int


class Layer(NamedTuple):
    """What an overlay workspace's session left: its folder, and how many changes (None: they could not be counted)."""

    path: str
    changes: int | None


def timestamp(seconds: float) -> str:
    """Unix seconds as RFC 3339 in UTC with milliseconds."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"


def open_report(path: str, laid: tuple[str, ...], uid: int, gid: int) -> int:
    """The report file at the absolute `path`, opened before the agent runs: afterwards its path may lead elsewhere.

    `laid`: folders in which an earlier agent could have laid links, fifos and the like; none is followed or waited for.
    A new file becomes `uid`'s, if that is an account of this machine. The caller closes the descriptor.
    """
    try:
        folder = _folder_of(path, laid)
        try:
            fd = _open_or_make(folder, os.path.basename(path), uid, gid)
        finally:
            os.close(folder)
    except OSError as error:
        why = "it is a symbolic link, and none is followed" if error.errno == errno.ELOOP else error.strerror
        raise LaunchError(f"cannot write the report to {path}: {why}", _ELSEWHERE, USAGE) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise LaunchError(f"{path} is not a regular file", _ELSEWHERE, USAGE)
    return fd


def leads_to(path: str, laid: tuple[str, ...], status: os.stat_result) -> bool:
    """Whether the absolute `path` leads to the file of this status, and by no link that an agent may have laid."""
    try:
        folder = _folder_of(path, laid)
        try:
            found = os.stat(os.path.basename(path), dir_fd=folder, follow_symlinks=False)
        finally:
            os.close(folder)
    except (OSError, LaunchError):
        return False
    return (found.st_dev, found.st_ino) == (status.st_dev, status.st_ino)


def _folder_of(path: str, laid: tuple[str, ...]) -> int:
    """The folder of a file, opened by its real path: what becomes a link meanwhile is not followed."""
    real = view.resolve(os.path.dirname(path), laid)
    top = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return kernel.open_beneath(top, real)
    finally:
        os.close(top)


def _open_or_make(folder: int, name: str, uid: int, gid: int) -> int:
    flags = os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        fd = os.open(name, flags | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=folder)
    except FileExistsError:
        return os.open(name, flags, dir_fd=folder)
    if os.geteuid() == 0 and uid < 65536:
        os.fchown(fd, uid, gid)
    return fd


def write_report(fd: int, document: dict[str, Any]) -> None:
    """Replace the report file's content. `LaunchError` if that cannot be done, when the session is over."""
    # Arguments and names may hold bytes that are not UTF-8: Python's stand-ins for them are escaped as JSON escapes.
    data = json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
    try:
        put(fd, data)
    except OSError as error:
        ended, session = document["exit"]["status"], document["session_id"]
        raise LaunchError(
            f"the report could not be written to {error.filename}: {error.strerror}",
            f"The session is over (exit status {ended}) and on record: akios report --format markdown {session}",
        ) from error


def put(fd: int, data: bytes, *, append: bool = False) -> None:
    """Replace a file's content, or add to it. `OSError` with its path; then nothing is left in it of the half."""
    try:
        if not append:
            os.ftruncate(fd, 0)
        at, rest = os.fstat(fd).st_size, memoryview(data)
        while rest:
            count = os.pwrite(fd, rest, at)
            at, rest = at + count, rest[count:]
    except OSError as error:
        error.filename = os.readlink(f"/proc/self/fd/{fd}")
        if not append:
            with contextlib.suppress(OSError):
                os.ftruncate(fd, 0)
        raise


def document(
    *,
    session_id: str,
    name: str,
    argv: tuple[str, ...],
    policy: dict[str, Any],
    started: float,
    ended: float,
    ending: Ending,
    resources: Resources,
    missing: tuple[str, ...],
    audit: dict[str, Any],
    layer: Layer | None,
    from_broker: dict[str, Any],
    replaced: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The report as JSON-ready objects. What the broker said is added, but cannot replace what is known here.

    `audit`: where the log is, and which of its records are this session's. `missing`: limits that the policy made
    optional and this machine could not give. `replaced`: paths of outputs at which something else lies by now.
    """
    told = hearsay.shaped(from_broker)
    told["summary"] = summaries.shaped(from_broker.get("summary"))
    known = {
        "session_id": session_id,
        "name": name,
        "agent": list(argv),
        "policy": policy,
        "started": timestamp(started),
        "ended": timestamp(ended),
        "exit": {
            "status": ending.status,
            "signal": ending.signal,
            "code": ending.code,
            "reason": ending.reason,
            "limits": list(ending.limits),
        },
        "resources": {
            "wall_s": round(resources.wall_s, 3),
            "cpu_s": round(resources.cpu_s, 3),
            "memory_peak_bytes": resources.memory_peak_bytes,
        },
        "missing_limits": list(missing),
        "layer": {"path": layer.path, "changes": layer.changes} if layer and layer.changes != 0 else None,
        "audit": audit,
        "outputs_replaced": list(replaced),
    }
    return known | {name: value for name, value in told.items() if name not in known}


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'s' if count != 1 else ''}"


def _signal(number: int) -> str:
    """A signal by its number, and its name if it has one (those of real time have none)."""
    with contextlib.suppress(ValueError):
        return f"signal {number} ({signal.Signals(number).name})"
    return f"signal {number}"


def summary(report: dict[str, Any]) -> list[str]:
    """A few lines for the terminal. Control characters in what an agent named are shown, not obeyed."""
    end, verdicts, used = report["exit"], report["verdicts"], report["resources"]
    how = f"killed by {_signal(end['signal'])}" if end["signal"] else f"exit status {end['status']}"
    lines = [f"session {report['session_id']}: {how} after {used['wall_s']:.1f} s"]
    if end["reason"]:
        lines = [f"session {report['session_id']}: ended after {used['wall_s']:.1f} s: {end['reason']}"]
    lines += [f"without a limit: {sentence}" for sentence in report["missing_limits"]]
    if end["limits"]:
        lines.append(f"limits hit: {', '.join(end['limits'])}")
    parts = [f"{verdicts['allow'] + verdicts['modify']} allowed", f"{verdicts['deny']} denied"]
    if "broker_error" in report:  # with the broker its counts went, which are none of these zeros
        parts = ["what was allowed and denied stands in the audit log (akios audit tail)"]
    if report["calls"]:
        cost = report["cost"]
        money = quantities.dollars(round(cost["cost_usd"] * quantities.MICRO))
        parts.append(f"{_counted(report['calls'], 'model call')}, {cost['tokens_used']} tokens, {money}")
    if (over := report["overruns"])["calls"]:
        money = quantities.dollars(round(over["cost_usd"] * quantities.MICRO))
        calls, sent = _counted(over["calls"], "call"), "it was" if over["calls"] == 1 else "they were"
        parts.append(f"{calls} used {over['tokens']} tokens and {money} beyond the limits {sent} sent with")
    if report["opaque_calls"]:
        parts.append(f"{_counted(report['opaque_calls'], 'request')} to models that could not be read")
    if report["violations"]:
        parts.append(_counted(report["violations"], "violation"))
    if report["executions"]:
        parts.append(f"{_counted(report['executions'], 'program')} executed")
    if report["tools"]:
        parts.append(_tool_calls(report["tools"], report["approvals"]))
    for did in ("redacted", "observed", "unread"):
        found = ", ".join(f"{count} {kind}" for kind, count in sorted(report[f"pii_{did}"].items()))
        if found:
            parts.append(f"passed unread: {found}" if did == "unread" else f"{did} {found}")
    lines.append("; ".join(parts))
    lines += _denials(report["denials"])
    lines += [f"what lies at {path} is not what AKIOS wrote there" for path in report["outputs_replaced"]]
    if report["summary"]:
        lines += summaries.lines(report["summary"])
    if report["layer"]:
        lines.append(
            f"{_changes(report['layer']['changes'])} in the workspace's layer: akios diff {report['session_id']}"
        )
    if "broker_error" in report:
        lines.append(str(report["broker_error"]))
    if report["audit"]["error"]:
        lines.append(f"not all records are in the audit log yet: {report['audit']['error']}")
    return [printable(line) for line in lines]


def _tool_calls(tools: dict[str, dict[str, int]], approvals: dict[str, int]) -> str:
    """How many tool calls there were, and what became of those that did not simply pass."""
    total = sum(sum(became.values()) for became in tools.values())
    refused = sum(became.get("deny", 0) + became.get("terminate", 0) for became in tools.values())
    changed = sum(became.get("modify", 0) for became in tools.values())
    told = [f"{refused} refused"] * bool(refused) + [f"{changed} changed"] * bool(changed)
    if approvals.get("requested"):
        given = approvals.get("approved", 0)
        told.append(f"a person was asked {_counted(approvals['requested'], 'time')} and approved {given}")
    return _counted(total, "tool call") + (f" ({', '.join(told)})" if told else "")


def _denials(denials: list[dict[str, Any]]) -> list[str]:
    """The first three kinds of denial, and how often each was met."""
    met: dict[str, int] = {}
    for denial in denials:
        what = f"{denial['what'] or '?'}: {denial['reason'] or '?'}"
        met[what] = met.get(what, 0) + 1
    lines = [f"denied {what}" + (f" ({count} times)" if count > 1 else "") for what, count in [*met.items()][:3]]
    if len(met) > 3:
        lines.append(f"… and {len(met) - 3} other kinds of denial (akios audit tail, or --report FILE)")
    return lines


def _changes(count: int | None) -> str:
    if count is None:
        return "changes that could not be counted are"
    return f"{count if count <= COUNTED else f'more than {COUNTED}'} change{'s' if count > 1 else ''}"


def printable(text: str) -> str:
    """`text` with every control character replaced by a visible escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
