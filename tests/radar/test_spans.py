"""A session as spans is the session: its tree, its links, its times, and no words unless they are asked for."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.semconv.attributes import error_attributes, http_attributes

from akios_jail.radar import messages, otlp, spans
from akios_jail.radar.graph import Judged
from akios_jail.radar.reading import Trace
from akios_jail.radar.spans import Span
from akios_jail.radar.steps import STEP_TYPES, Edge, Step
from tests.radar.test_graph import Session

SESSION = "ses_0123456789ab"
TASK = "Find out when the parcel of order 4822 was handed over"


def said(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def result(id: str, text: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": text}]}


def use(call: str, tool: str, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call, "name": tool, "input": arguments}


def trace(session: Session, **facts: Any) -> Trace:
    return Trace({"agent": "clerk", **facts}, tuple(session.steps), tuple(session.edges))


def exported(session: Session, **more: Any) -> list[Span]:
    return list(spans.spans(SESSION, trace(session), **more))


def named(found: list[Span]) -> dict[int, str]:
    return {span.id: span.name for span in found}


@pytest.fixture
def team() -> Session:
    """A clerk who asks a tool and a colleague at once, and is refused one more."""
    session = Session()
    messages = [said("Where are my two orders?")]
    calls = [{"type": "text", "text": "I look."}, use("t1", "get_order", id=1), use("t2", "ask_courier", task=TASK)]
    refused = Judged("drop_table", "DENY (rule 2)", 0.1, refused=True)
    answer = session.call(messages, calls, "You are a clerk.", judged=[refused])
    inner = [said(TASK)]
    inner.append(session.call(inner, [use("t3", "get_order", id=4822)]))
    session.call([*inner, result("t3", "handed over at noon")], "It was handed over at noon, on the 17th.")
    results = result("t1", "shipped")["content"] + result("t2", "It was handed over at noon, on the 17th.")["content"]
    session.call([*messages, answer, {"role": "user", "content": results}], "Both are with you.")
    return session


def test_the_agent_is_the_root_and_a_colleague_hangs_under_the_call_that_began_it(team: Session) -> None:
    found = exported(team)
    names = named(found)
    assert [(span.name, names.get(span.parent)) for span in found] == [
        ("invoke_agent clerk", None),
        ("chat", "invoke_agent clerk"),
        ("execute_tool drop_table", "invoke_agent clerk"),
        ("execute_tool get_order", "invoke_agent clerk"),
        ("execute_tool ask_courier", "invoke_agent clerk"),
        ("chat", "execute_tool ask_courier"),
        ("execute_tool get_order", "execute_tool ask_courier"),
        ("chat", "execute_tool ask_courier"),
        ("chat", "invoke_agent clerk"),
    ]
    assert len(names) == len(found)


def test_every_edge_between_spans_is_a_link_or_a_parent(team: Session) -> None:
    found = exported(team)
    span_of = {number: span.id for span in found for number in span.attributes.get("akios.steps", ())}
    told = {(link.span, span.id, link.attributes["akios.edge"]) for span in found for link in span.links}
    parents = {(span.parent, span.id) for span in found}
    for edge in team.edges:
        source, target = span_of[edge.source], span_of[edge.target]
        whole = (source, target, edge.type) in told or source == target
        assert whole or (source, target) in parents or team.steps[edge.target - 1].type == "tool_call", edge
    last = found[-1]
    assert sorted(link.attributes["akios.edge"] for link in last.links) == [
        "prefix", "sub_agent", "tool_result", "tool_result",
    ]  # fmt: skip


def test_a_tool_call_lasts_until_its_result_is_told(team: Session) -> None:
    call = next(span for span in exported(team) if span.attributes.get("gen_ai.tool.call.id") == "t1")
    assert (call.start, call.end) == (1_500_000_000, 4_000_000_000)
    assert call.attributes["akios.answered"] is True
    refused = next(span for span in exported(team) if span.name == "execute_tool drop_table")
    assert (refused.error, refused.attributes["error.type"]) == ("refused", "refused")
    assert refused.attributes["akios.policy_check"] == "DENY (rule 2)"


def test_nothing_that_was_said_is_told_unless_asked_for(team: Session) -> None:
    told = repr([(span.name, span.attributes, span.links) for span in exported(team)])
    assert not [words for words in ("orders?", "a clerk", "I look", "noon", TASK, "shipped") if words in told]
    first = exported(team, content=True)[1].attributes
    assert json.loads(str(first["gen_ai.system_instructions"])) == [{"type": "text", "content": "You are a clerk."}]
    assert json.loads(str(first["gen_ai.input.messages"])) == [
        {"role": "user", "parts": [{"type": "text", "content": "Where are my two orders?"}]}
    ]
    assert json.loads(str(first["gen_ai.output.messages"]))[0]["parts"][1] == {
        "type": "tool_call",
        "id": "t1",
        "name": "get_order",
        "arguments": {"id": 1},
    }
    tool = next(span for span in exported(team, content=True) if span.attributes.get("gen_ai.tool.call.id") == "t1")
    assert tool.attributes["gen_ai.tool.call.arguments"] == '{"id":1}'
    assert tool.attributes["gen_ai.tool.call.result"] == "shipped"


def test_ids_are_the_session_s_and_stay_as_it_grows(team: Session) -> None:
    whole = exported(team)
    half = list(spans.spans(SESSION, Trace({}, tuple(team.steps[:9]), tuple(e for e in team.edges if e.target <= 9))))
    assert [span.id for span in half] == [span.id for span in whole[: len(half)]]
    assert spans.trace_id(SESSION) == spans.trace_id(SESSION) != spans.trace_id("ses_0123456789ac")
    others = {span.id for span in spans.spans("ses_0123456789ac", trace(team))}
    assert not others & {span.id for span in whole}


def test_a_call_says_what_it_used_and_a_failed_one_why() -> None:
    fields = {"provider": "google", "model": "gemini", "response_model": "gemini-2", "response_id": "r_1"}
    fields |= {"input_tokens": 5, "output_tokens": 7, "cost_microusd": 1_500, "call_latency_ms": 400.0, "stop": "STOP"}
    answered = {"method": "GET", "target": "a.example", "latency_ms": 250, "status": 200}
    steps = (
        Step(1, "prompt", 10.0, "req_1", {"role": "user", "pii_redacted": ["email"]}, {"content": "x"}),
        Step(2, "decision", 11.0, "req_1", fields, {"content": "y"}),
        Step(3, "failure", 12.0, "req_2", {"provider": "acme", "model": "m", "status": 529}, {}),
        Step(4, "network", 13.0, "req_3", answered, {}),
        Step(5, "network", 14.0, "req_4", {"method": "GET", "target": "b.example", "policy_check": "DENY (none)"}, {}),
        Step(6, "process", 15.0, "", {"pid": 7}, {"argv": ["ls", "-l"]}),
    )  # fmt: skip
    root, call, failed, asked, denied, process = spans.spans(SESSION, Trace({}, steps, (Edge(1, 2, "reply"),)))
    assert (root.start, root.end) == (10_000_000_000, 15_000_000_000)
    expected = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "gcp.gen_ai", "gen_ai.request.model": "gemini",
        "gen_ai.response.model": "gemini-2", "gen_ai.response.id": "r_1", "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 7, "gen_ai.response.finish_reasons": ["STOP"], "akios.cost_usd": 0.0015,
        "gen_ai.conversation.id": SESSION, "akios.pii_redacted": ["email"],
    }  # fmt: skip
    assert expected.items() <= call.attributes.items()
    assert (call.name, call.kind, call.start, call.end) == ("chat gemini", "client", 10_000_000_000, 11_000_000_000)
    assert (failed.error, failed.attributes["error.type"]) == ("status 529", "529")
    assert failed.attributes["gen_ai.provider.name"] == "acme"
    assert (asked.name, asked.error, asked.end - asked.start) == ("network GET", None, 250_000_000)
    assert asked.attributes["http.response.status_code"] == 200
    assert (denied.error, denied.attributes["error.type"]) == ("DENY (none)", "refused")
    assert (process.name, process.attributes["akios.pid"]) == ("process", 7)
    assert "argv" not in repr(process)
    process = list(spans.spans(SESSION, Trace({}, steps, ()), content=True))[-1]
    assert process.attributes["akios.argv"] == '["ls","-l"]'


def test_names_are_those_of_the_conventions(team: Session) -> None:
    known = {
        value
        for module in (gen_ai_attributes, error_attributes, http_attributes)
        for name, value in vars(module).items()
        if name.isupper()
    }
    operations = {each.value for each in gen_ai_attributes.GenAiOperationNameValues}
    for span in exported(team, content=True):
        assert {name for name in span.attributes if not name.startswith("akios.")} <= known
        assert span.attributes["gen_ai.operation.name"] in operations


HOSTILE: dict[str, Any] = {
    "tool": "half \ud800\x1b[31m" + "x" * 5000, "latency_ms": 10**30, "call_latency_ms": float("nan"), "NAME; drop": 1,
    "deep": {"a": [{"b": "\udfff"}]}, "list": [1, None, {"x": "\ud800"}] * 500, "input_tokens": 10**40, "model": 7,
    "status": True, "provider": ["x"], "failure": {"a": 1}, "stop": 5, "cost_microusd": 10**400, "pii_redacted": "x",
    "y" * 500: 1,
}  # fmt: skip


@pytest.mark.parametrize("content", [False, True])
def test_whatever_a_file_holds_becomes_bounded_spans(content: bool) -> None:
    payload: dict[str, Any] = {"content": "\ud800" * 300_000, "args": {"\udfff": ["x" * 300_000]}, "system": 5}
    kinds: Any = tuple(sorted(STEP_TYPES))
    steps = [Step(n, kind, float(n), "r" if n % 2 else "", HOSTILE, payload) for n, kind in enumerate(kinds * 12, 1)]
    edges = [Edge(a, b, "sub_agent", "\ud800" * 999) for a in range(1, 20) for b in range(1, 100)]
    facts: dict[str, Any] = {"agent": 5, "started": "x", "outcome": {"code": ["\ud800"]}, "policy": "\ud800"}
    found = list(spans.spans(SESSION, Trace(facts, tuple(steps), tuple(edges)), content=content))
    for batch in spans.batches(found):
        line = otlp.line(spans.trace_id(SESSION), {"service.name": "x"}, ("akios", "1"), batch)
        document = json.loads(line)
        assert "\ud800" not in repr(document)
        assert len(line) < 8 * spans.BATCH_SIZE
    for span in found:
        assert len(span.links) <= spans.LINKS
        assert sum(len(value) for value in span.attributes.values() if isinstance(value, str)) < 4 * messages.ROOM
        assert 0 <= span.start <= span.end
        assert span.name.isprintable()


def test_the_work_is_linear_in_what_a_file_holds() -> None:
    fields = [{f"k{n}_{each}": each for each in range(20)} | {"pii_redacted": [f"{n}"]} for n in range(20_000)]
    steps = tuple(Step(n + 1, "observation", float(n), "r", fields[n], {}) for n in range(20_000))
    edges = tuple(Edge(n, n + 1, "prefix") for n in range(1, 20_000))
    began = time.process_time()
    _, call = spans.spans(SESSION, Trace({}, steps, edges), content=True)
    assert time.process_time() - began < 5
    assert len(call.attributes) < 100


def test_ten_thousand_steps_go_in_rows() -> None:
    steps = tuple(Step(n, "network", float(n), f"r{n}", {"method": "GET"}, {}) for n in range(1, 10_001))
    rows = list(spans.batches(spans.spans(SESSION, Trace({}, steps, ()))))
    assert sum(map(len, rows)) == 10_001
    assert max(map(len, rows)) == spans.BATCH
