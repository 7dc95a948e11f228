"""What spans say: names of OpenTelemetry's conventions where there is one, `akios.…` for the rest of a step's fields.

Whatever a file holds becomes a value that every receiver takes: numbers of 64 bits, whole characters, bounded lists.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any, Final

from akios_jail.radar.steps import Edge, Step

Value = str | bool | int | float | list[str] | list[int]

#: What the conventions call providers that are called otherwise here.
_PROVIDERS: Final = {
    "aws": "aws.bedrock",
    "azure": "azure.ai.openai",
    "google": "gcp.gen_ai",
    "mistral": "mistral_ai",
    "x-ai": "x_ai",
}
#: Fields of a step that have a name in the conventions, and what their values must be.
_KNOWN: Final = {
    "model": ("gen_ai.request.model", str),
    "response_model": ("gen_ai.response.model", str),
    "response_id": ("gen_ai.response.id", str),
    "input_tokens": ("gen_ai.usage.input_tokens", int),
    "output_tokens": ("gen_ai.usage.output_tokens", int),
}
#: Facts of a call that stand on the first step of its answer.
_OF_CALL: Final = frozenset((
    "provider", "model", "response_model", "response_id", "input_tokens", "output_tokens", "cost_microusd",
    "call_latency_ms", "attempts", "status", "failure",
))  # fmt: skip
#: What fields of a step tell of that step alone.
_OF_STEP: Final = frozenset(("kind", "latency_ms", "pii_redacted", "role", "tool_call_id"))
#: A field's value, a list, and how many fields there are.
_TEXT: Final = 1024
_LIST: Final = 64
_FIELDS: Final = 64
#: What a field may be called.
FIELD: Final = re.compile(r"[a-z0-9_]{1,64}")
_LARGEST: Final = 2**63


def agent(session: str, name: str, facts: dict[str, Any]) -> dict[str, Value]:
    """Of the session as a whole."""
    policy = {key: value for key, value in facts.items() if key in ("policy", "policy_sha256", "violations", "failure")}
    outcome = facts.get("outcome")
    ended = {f"outcome_{key}": value for key, value in outcome.items()} if isinstance(outcome, dict) else {}
    shed = {"shed_payloads": facts["shed"]} if facts.get("shed") else {}
    return {**_common("invoke_agent", session), "gen_ai.agent.name": text(name), **_rest({**policy, **ended, **shed})}


def call(session: str, steps: Sequence[Step]) -> dict[str, Value]:
    """Of a call to a model, from all of its steps."""
    found: dict[str, Value] = _common("chat", session)
    kinds: dict[str, None] = {}
    fields: dict[str, Any] = {}
    for step in steps:
        for key, given in step.fields.items():
            # the first step of an answer tells of the call; where that is a tool call, it tells of itself, too
            ours = key in _OF_CALL if step.type == "tool_call" else key not in _OF_STEP
            if ours and len(fields) < 2 * _FIELDS:
                fields.setdefault(key, given)
        redacted = step.fields.get("pii_redacted")
        if isinstance(redacted, list) and len(kinds) < _LIST:
            kinds |= dict.fromkeys(str(kind) for kind in redacted[:_LIST])
    provider = fields.pop("provider", "")
    if isinstance(provider, str) and provider:
        found["gen_ai.provider.name"] = text(_PROVIDERS.get(provider, provider))
    for key, (name, kind) in _KNOWN.items():
        if isinstance(fields.get(key), kind) and not isinstance(fields[key], bool) and fields[key] not in ("", None):
            found[name] = value(fields.pop(key))
    stop = fields.pop("stop", "")
    if isinstance(stop, str) and stop:
        found["gen_ai.response.finish_reasons"] = [text(stop)]
    cost = fields.pop("cost_microusd", None)
    if isinstance(cost, int | float) and not isinstance(cost, bool) and abs(cost) < _LARGEST:
        found["akios.cost_usd"] = cost / 1_000_000
    found |= _rest(fields)
    if kinds:
        found["akios.pii_redacted"] = value(list(kinds))
    found["akios.steps"] = [step.number for step in steps[:_LIST] if step.number < _LARGEST]
    return found | _error(steps)


def tool(session: str, step: Step, answered: bool) -> dict[str, Value]:
    """Of a tool call."""
    named = {
        "gen_ai.tool.name": text(str(step.fields.get("tool") or "")),
        "gen_ai.tool.call.id": text(str(step.fields.get("tool_call_id") or "")),
    }
    rest = {key: each for key, each in step.fields.items() if key not in ("tool", "tool_call_id", *_OF_CALL)}
    found = {**_common("execute_tool", session), **{key: each for key, each in named.items() if each}, **_rest(rest)}
    found |= {"akios.answered": answered, "akios.steps": [step.number]}
    return found | ({"error.type": "refused"} if refused(step) else {})


def other(session: str, step: Step) -> dict[str, Value]:
    """Of anything else that the agent did, whatever kinds of steps there are."""
    found: dict[str, Value] = {"gen_ai.conversation.id": session, "akios.step": step.type, **_rest(step.fields)}
    for field, name, kind in (("method", "http.request.method", str), ("status", "http.response.status_code", int)):
        given = step.fields.get(field)
        if step.type == "network" and isinstance(given, kind) and not isinstance(given, bool):
            found[name] = value(given)
    if step.request_id:
        found["akios.request_id"] = text(step.request_id)
    return {**found, "akios.steps": [step.number]} | _error([step])


def edge(each: Edge) -> dict[str, Value]:
    """Of a link."""
    told: dict[str, Value] = {"akios.edge": each.type}
    return told | ({"akios.evidence": text(each.evidence)} if each.evidence else {})


def refused(step: Step) -> bool:
    """Whether the policy refused a tool call: the agent has never had its arguments, and neither has the trace."""
    return "args" not in step.payload and not step.fields.get("shed")


def failure(step: Step) -> str | None:
    """Why what a step tells of failed; None if it did not."""
    status, why = step.fields.get("status"), step.fields.get("failure")
    if step.type == "network" and status is None:
        return text(str(why or step.fields.get("policy_check") or "refused"))
    if isinstance(why, str) and why:
        return text(why)
    failed = isinstance(status, int) and not isinstance(status, bool) and status >= 400
    if failed or step.type == "failure":
        return f"status {status}" if failed else "no answer"
    return None


def text(given: str, most: int = _TEXT) -> str:
    """A text that every receiver takes: whole characters only, and not too long."""
    cut = given if len(given) <= most else f"{given[: most - 1]}…"
    return cut.encode("utf-8", "replace").decode()


def value(given: Any) -> Value:
    """A value that every receiver takes."""
    if isinstance(given, bool):
        return given
    if isinstance(given, int):
        return given if -_LARGEST <= given < _LARGEST else "a number beyond 64 bits"
    if isinstance(given, float):
        return given if math.isfinite(given) else str(given)
    if isinstance(given, list):
        return [text(each if isinstance(each, str) else encoded(each)) for each in given[:_LIST]]
    return text(given if isinstance(given, str) else encoded(given))


def encoded(given: Any) -> str:
    """Anything as JSON."""
    try:
        return json.dumps(given, ensure_ascii=False, separators=(",", ":"), default=str)
    except RecursionError:
        return '"it is nested too deeply"'


def _common(operation: str, session: str) -> dict[str, Value]:
    return {"gen_ai.operation.name": operation, "gen_ai.conversation.id": session}


def _rest(fields: dict[str, Any]) -> dict[str, Value]:
    """Fields without a name in the conventions."""
    some = list(fields.items())[:_FIELDS]
    return {f"akios.{key}": value(each) for key, each in some if FIELD.fullmatch(key) and each not in (None, "", [])}


def _error(steps: Sequence[Step]) -> dict[str, Value]:
    """By what failures are counted: a status, or a word."""
    for step in steps:
        if step.type not in ("prompt", "observation") and failure(step) is not None:
            status = step.fields.get("status")
            told = isinstance(status, int) and not isinstance(status, bool) and 0 < status < 1000
            return {"error.type": str(status) if told else "refused" if step.type == "network" else "failed"}
    return {}
