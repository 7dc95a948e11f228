"""A run report as a table of incidents: what was refused, exceeded or missed, equal ones counted together.

Reports are files that lie about: every field is looked at before it is used, and one that is not of its type counts as
absent. What is no report at all is a `NoReport`.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from akios_jail.incidents.kinds import KINDS, Kind, kind_of
from akios_jail.incidents.words import plain

#: Most bytes of a report that are read. One with all that it may hold has about half a megabyte.
MAX_BYTES: Final = 16 * 1024 * 1024
#: Most incidents of one session, and most denials that are looked at: reports list 200, a log may have all.
MOST: Final = 1_000
MOST_DENIALS: Final = 1_000_000
#: Kinds of which there may be one more each, when there are so many incidents.
_MORE: Final = 200
_FURTHER: Final = "further ones of this kind are not told one by one"
_LONGEST_PATH: Final = 4095
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
_SESSION: Final = re.compile(r"ses_[0-9A-Za-z_]{1,64}", re.ASCII)
_EPOCH: Final = "1970-01-01T00:00:00.000Z"
_DECISIONS: Final = ("allow", "modify", "deny")


class NoReport(ValueError):
    """A file is no run report; the text says why."""


class Incident(NamedTuple):
    """One kind of thing that happened to one thing. `what`: to what, "" for the session itself; `times`: how often.

    `rule`: the number of the allowlist's rule that refused, where one did; `tool_rule`: likewise, where that is known.
    `reason`: a sentence.
    """

    kind: Kind
    what: str
    reason: str
    rule: int | None = None
    times: int = 1
    tool_rule: int | None = None

    @property
    def fingerprint(self) -> str:
        """The same for the same thing in another session."""
        told = self.what or self.reason
        return hashlib.sha256(f"{self.kind.id}\0{told}".encode()).hexdigest()[:32]


class Session(NamedTuple):
    """One session as its report has it. All texts are `plain`. Moments as RFC 3339 in UTC, `took_s` in seconds.

    `status`, `signal`: the agent's end; `ended_by`: what ended it, "" for the agent itself.
    """

    id: str
    name: str
    policy: str
    policy_path: str
    policy_sha256: str
    started: str
    ended: str
    took_s: float
    status: int
    signal: int | None
    ended_by: str
    verdicts: dict[str, int]
    figures: tuple[tuple[str, str], ...]
    incidents: tuple[Incident, ...]

    @property
    def worst(self) -> str:
        """The gravest level of its incidents, "" without any."""
        levels = {incident.kind.level for incident in self.incidents}
        return next((level for level in ("error", "warning", "note") if level in levels), "")


def read(data: bytes) -> Session:
    """The session of a report's bytes. `NoReport` if they are none."""
    if len(data) > MAX_BYTES:
        raise NoReport(f"it is larger than {MAX_BYTES} bytes")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NoReport(f"it is no JSON: {plain(str(error), 200)}") from None
    return session(document)


def session(document: object) -> Session:
    """The session of a report. `NoReport` if it is none: it must name its session and how that ended."""
    report = _dictionary(document)
    end = _dictionary(report.get("exit"))
    identifier = report.get("session_id")
    if not isinstance(identifier, str) or not _SESSION.fullmatch(identifier) or _whole(end.get("status")) is None:
        raise NoReport("it is no report of `akios run --report`")
    policy = _dictionary(report.get("policy"))
    policy_path = policy.get("path")
    return Session(
        identifier,
        _text(report.get("name"), 200) or identifier,
        _text(policy.get("name"), 200),
        policy_path if isinstance(policy_path, str) and len(policy_path) <= _LONGEST_PATH else "",
        _text(policy.get("sha256"), 64),
        _moment(report.get("started")),
        _moment(report.get("ended")),
        _amount(_dictionary(report.get("resources")).get("wall_s")),
        _whole(end.get("status")) or 0,
        _whole(end.get("signal")),
        _text(end.get("code"), 100),
        {decision: _count(_dictionary(report.get("verdicts")).get(decision)) for decision in _DECISIONS},
        tuple(_figures(report)),
        tuple(_merged(_all(report, end))),
    )


def _all(report: dict[str, Any], end: dict[str, Any]) -> Iterator[Incident]:
    if isinstance(end.get("code"), str) and end["code"]:
        ended_by = _text(end["code"], 100)
        kind = KINDS["wall_time" if ended_by == "wall_time" else "session_ended"]
        yield Incident(kind, "", f"{_text(end.get('reason')) or 'no reason is known'} ({ended_by})")
    told: Counter[str] = Counter()
    for denial in map(_dictionary, _list(report.get("denials"))[:MOST_DENIALS]):
        code = denial.get("code")
        kind = kind_of(code if isinstance(code, str) and _CODE.fullmatch(code) else "refused")
        reason = _text(denial.get("reason")) or kind.title
        rule, tool_rule = _rule(denial.get("rule")), _rule(denial.get("tool_rule"))
        times = max(1, _count(denial.get("times")))
        told[kind.id] += times
        yield Incident(kind, _text(denial.get("what")), reason, rule, times, tool_rule)
    for code, times in _dictionary(report.get("denied")).items():
        if _CODE.fullmatch(code) and (more := _count(times) - told[code]) > 0:
            told[code] += more
            yield Incident(kind_of(code), "", "more of this kind are in the audit log, not in the report", times=more)
    if (more := _count(_dictionary(report.get("verdicts")).get("deny")) - told.total()) > 0:
        yield Incident(KINDS["report_partial"], "", f"{more} more denials are in the audit log, not in the report")
    if violations := _count(report.get("violations")):
        yield Incident(KINDS["violation"], "", "violations are on record: see `akios audit export`", times=violations)
    for limit in _list(end.get("limits"))[:MOST]:
        if limit != "wall_time":  # told above
            yield Incident(KINDS["limit_hit"], _text(limit, 100), f"the limit of {_text(limit, 100)} was reached")
    for sentence in _list(report.get("missing_limits"))[:MOST]:
        yield Incident(KINDS["limit_missing"], "", _text(sentence))
    over = _dictionary(report.get("overruns"))
    if calls := _count(over.get("calls")):
        reason = f"{_count(over.get('tokens'))} tokens and ${_amount(over.get('cost_usd')):.4f} beyond their limits"
        yield Incident(KINDS["overrun"], "", reason, times=calls)
    if error := _dictionary(report.get("audit")).get("error"):
        yield Incident(KINDS["audit_unavailable"], "", f"not all records are in the log yet: {_text(error)}")
    for path in _list(report.get("outputs_replaced"))[:MOST]:
        what = _text(path)
        yield Incident(KINDS["output_replaced"], what, f"what lies at {what} is not what AKIOS wrote there")
    if "broker_error" in report:
        yield Incident(KINDS["broker_error"], "", _text(report["broker_error"]) or KINDS["broker_error"].title)


def _merged(incidents: Iterator[Incident]) -> list[Incident]:
    """Equal incidents once, with how often they happened, in the order in which they first did. When there are too
    many, further ones of a kind are one: no crowd of small ones hides a grave one."""
    known: dict[tuple[str, str, str], Incident] = {}
    left_out = 0
    for incident in incidents:
        key = (incident.kind.id, incident.what, "" if incident.what else incident.reason)
        if key not in known and len(known) >= MOST:
            incident = Incident(incident.kind, "", _FURTHER, times=incident.times)
            key = (incident.kind.id, "", _FURTHER)
        before = known.get(key)
        if before is None and len(known) < MOST + _MORE:
            known[key] = incident
        elif before is not None:
            known[key] = before._replace(times=before.times + incident.times)
        else:
            left_out += incident.times
    partial = Incident(KINDS["report_partial"], "", f"{left_out} further incidents are not told here")
    return [*known.values(), *([partial] if left_out else [])]


def _figures(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What a reader wants to know beside the incidents, as names and values."""
    verdicts, cost = _dictionary(report.get("verdicts")), _dictionary(report.get("cost"))
    yield "allowed", str(_count(verdicts.get("allow")) + _count(verdicts.get("modify")))
    yield "denied", str(_count(verdicts.get("deny")))
    yield "violations", str(_count(report.get("violations")))
    yield "model calls", str(_count(report.get("calls")))
    yield "tokens", str(_count(cost.get("tokens_used")))
    yield "cost", f"${_amount(cost.get('cost_usd')):.4f}"
    yield "programs executed", str(_count(report.get("executions")))
    replaced = sum(_count(often) for often in _dictionary(report.get("pii_redacted")).values())
    yield "personal data replaced", str(replaced)


def _dictionary(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object, most: int = 1_000) -> str:
    return plain(value, most) if isinstance(value, str) else ""


def _whole(value: object) -> int | None:
    return value if type(value) is int and abs(value) < 1 << 31 else None


def _count(value: object) -> int:
    return value if type(value) is int and 0 <= value < 1 << 53 else 0


def _rule(value: object) -> int | None:
    return value if type(value) is int and 0 < value < 1 << 31 else None


def _amount(value: object) -> float:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    if not known or not 0 <= value < 1e15 or not math.isfinite(value):  # type: ignore[operator,arg-type]
        return 0.0
    return float(value)  # type: ignore[arg-type]


def _moment(value: object) -> str:
    return value if isinstance(value, str) and _TIME.fullmatch(value) else _EPOCH
