"""The graph of a session is the one that a person would draw, edge by edge."""

from __future__ import annotations

from typing import Any

import pytest

from akios_jail.radar.graph import Graph, Judged
from akios_jail.radar.replies import Reply, streamed, whole
from akios_jail.radar.said import request
from akios_jail.radar.steps import Edge, Step


class Session:
    """Messages of the Anthropic format go in; steps and edges come out, by what they say."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.steps: list[Step] = []
        self.edges: list[Edge] = []
        self.time = 0.0

    def call(self, messages: list[dict[str, Any]], content: Any, system: str = "", **more: Any) -> dict[str, Any]:
        """One call and its answer; the answer's message, as an agent would send it back."""
        self.time += 1
        id = f"req_{self.time:g}"
        document = {"model": "m", "system": system, "messages": messages}
        self._add(self.graph.asked(self.time, id, request(document), more.get("redacted", ())))
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        stop = "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"
        reply = whole({"id": f"msg_{self.time:g}", "content": blocks, "stop_reason": stop})
        self._add(self.graph.answered(self.time + 0.5, id, reply, {}, more.get("judged", ())))
        return {"role": "assistant", "content": blocks}

    def fail(self, messages: list[dict[str, Any]]) -> None:
        self.time += 1
        id = f"req_{self.time:g}"
        self._add(self.graph.asked(self.time, id, request({"messages": messages})))
        self._add(self.graph.answered(self.time + 0.5, id, None, {"status": 529}))

    def _add(self, made: tuple[list[Step], list[Edge]]) -> None:
        self.steps += made[0]
        self.edges += made[1]

    def told(self, number: int) -> str:
        step = self.steps[number - 1]
        what = step.payload.get("content") or step.fields.get("tool") or step.fields.get("status")
        return f"{step.type}: {what}"

    @property
    def drawn(self) -> list[tuple[str, str, str]]:
        """The edges by what their steps say, in order."""
        return [(self.told(edge.source), edge.type, self.told(edge.target)) for edge in self.edges]


@pytest.fixture
def session() -> Session:
    return Session()


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def use(id: str, name: str, /, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": id, "name": name, "input": arguments}


def results(**texts: str) -> dict[str, Any]:
    content = [{"type": "tool_result", "tool_use_id": id, "content": text} for id, text in texts.items()]
    return {"role": "user", "content": content}


def test_a_question_and_its_answer(session: Session) -> None:
    session.call([user("Where is my order?")], "It was delivered.")
    assert session.drawn == [("prompt: Where is my order?", "reply", "decision: It was delivered.")]


def test_a_conversation_goes_on_where_it_was(session: Session) -> None:
    messages = [user("Hello")]
    messages += [session.call(messages, "Hi. What is it?"), user("An order")]
    session.call(messages, "Which one?")
    assert session.drawn == [
        ("prompt: Hello", "reply", "decision: Hi. What is it?"),
        ("decision: Hi. What is it?", "prefix", "prompt: An order"),
        ("prompt: An order", "reply", "decision: Which one?"),
    ]


def test_tools_side_by_side_and_their_results(session: Session) -> None:
    messages = [user("Compare A and B")]
    blocks = [{"type": "text", "text": "I look at both."}, use("1", "get", id="A"), use("2", "get", id="B")]
    messages += [session.call(messages, blocks), results(**{"1": "A is 5", "2": "B is 7"})]
    session.call(messages, "B is more.")
    assert session.drawn == [
        ("prompt: Compare A and B", "reply", "thought: I look at both."),
        ("thought: I look at both.", "reply", "tool_call: get"),
        ("tool_call: get", "reply", "tool_call: get"),
        ("tool_call: get", "tool_result", "observation: A is 5"),
        ("tool_call: get", "tool_result", "observation: B is 7"),
        ("tool_call: get", "prefix", "observation: A is 5"),
        ("observation: A is 5", "prefix", "observation: B is 7"),
        ("observation: B is 7", "reply", "decision: B is more."),
    ]
    called = [edge for edge in session.edges if edge.type == "tool_result"]
    assert [session.steps[edge.source - 1].payload["args"]["id"] for edge in called] == ["A", "B"]


def test_a_failed_call_that_is_tried_again(session: Session) -> None:
    session.fail([user("Hello there")])
    session.call([user("Hello there")], "Hi.")
    assert session.drawn == [
        ("prompt: Hello there", "reply", "failure: 529"),
        ("prompt: Hello there", "reply", "decision: Hi."),
        ("failure: 529", "retry", "decision: Hi."),
    ]
    assert session.steps[-1].fields["alternatives_considered"] == 1


def test_another_way_on_from_the_same_place(session: Session) -> None:
    first = [user("Hello")]
    answer = session.call(first, "Hi.")
    session.call([*first, answer, user("Tell me of cats")], "Cats purr.")
    session.call([*first, answer, user("Tell me of dogs")], "Dogs bark.")
    assert ("decision: Hi.", "prefix", "prompt: Tell me of cats") in session.drawn
    assert ("decision: Hi.", "branch", "prompt: Tell me of dogs") in session.drawn


def test_a_sub_agent_begins_with_a_tool_call_and_ends_in_its_result(session: Session) -> None:
    task = "Find out when order 4821 was delivered"
    messages = [user("Where is 4821?")]
    messages.append(session.call(messages, [use("1", "ask_expert", task=task)]))
    inner = [user(f"You are asked: {task}")]
    inner.append(session.call(inner, [use("2", "look_up", id="4821")], system="You are an expert."))
    inner.append(results(**{"2": "17 October"}))
    session.call(inner, "It was delivered on 17 October.", system="You are an expert.")
    messages.append(results(**{"1": "Expert: It was delivered on 17 October."}))
    session.call(messages, "On 17 October.")
    assert ("tool_call: ask_expert", "sub_agent", f"prompt: You are asked: {task}") in session.drawn
    assert (
        "decision: It was delivered on 17 October.",
        "sub_agent",
        "observation: Expert: It was delivered on 17 October.",
    ) in session.drawn
    (began,) = [edge.evidence for edge in session.edges if edge.type == "sub_agent" and "argument" in edge.evidence]
    assert began == "it begins with the argument task"


def test_a_compaction_with_a_summary_that_a_model_wrote(session: Session) -> None:
    messages = [user("Hello, I am asking about several orders")]
    messages += [session.call(messages, "Which ones are they?"), user("4821 and 4822. Sum up so far.")]
    summary = "The customer asks about the orders 4821 and 4822."
    session.call(messages, summary)
    session.call([user(f"So far: {summary} Go on.")], "Both were delivered.")
    assert (f"decision: {summary}", "compaction", f"prompt: So far: {summary} Go on.") in session.drawn


def test_a_compaction_that_keeps_the_last_messages(session: Session) -> None:
    messages = [user("Hello")]
    messages += [session.call(messages, "Yes?"), user("It is about the order 4821")]
    last = session.call(messages, [use("1", "get", id="4821")])
    session.call([user("(earlier words left out)"), *messages[2:], last, results(**{"1": "delivered"})], "It is there.")
    (edge,) = [edge for edge in session.edges if edge.type == "compaction"]
    assert session.told(edge.target) == "prompt: (earlier words left out)"
    assert edge.evidence == "2 messages of it are kept"


def test_conversations_that_have_nothing_in_common_are_not_joined(session: Session) -> None:
    session.call([user("The weather in Rome, please")], "Sunny.")
    session.call([user("The weather in Oslo, please")], "Rain.")
    assert {kind for _, kind, _ in session.drawn} == {"reply"}


def test_what_was_ruled_of_a_tool_call_is_with_it(session: Session) -> None:
    judged = [Judged("issue_refund", "PASS (tool rule 3)", 0.4)]
    session.call([user("Refund it")], [use("1", "issue_refund", amount=5)], judged=judged)
    assert session.steps[-1].fields["policy_check"] == "PASS (tool rule 3)"


def test_what_placeholders_stand_for_is_with_the_step_that_has_them(session: Session) -> None:
    messages = [user("Where is 4821?")]
    messages += [session.call(messages, [use("1", "get", id="4821")]), results(**{"1": "sent to [EMAIL_1], [X_1]"})]
    session.call(messages, "It was sent.", redacted=("email", "phone"))
    assert [step.fields.get("pii_redacted") for step in session.steps] == [None, None, ["email"], None]


def test_an_agent_that_leaves_out_what_the_model_thought_goes_on_all_the_same(session: Session) -> None:
    messages = [user("Hello")]
    blocks = [{"type": "thinking", "thinking": "hm", "signature": "x"}, {"type": "text", "text": "Hi  there"}]
    session.call(messages, blocks)
    session.call([*messages, {"role": "assistant", "content": "Hi there"}, user("More")], "Yes.")
    assert ("decision: Hi  there", "prefix", "prompt: More") in session.drawn
    assert [step.type for step in session.steps][:3] == ["prompt", "thought", "decision"]


def test_only_log_probabilities_make_a_confidence() -> None:
    tokens = [{"token": "a", "logprob": -0.1}, {"token": "b", "logprob": -0.3}]
    said = {"message": {"content": "ab"}, "finish_reason": "stop"}
    assert whole({"choices": [said]}).confidence is None
    assert whole({"choices": [said | {"logprobs": {"content": tokens}}]}).confidence == 0.8187


CHAT = [
    {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Let "}}]},
    {"id": "c", "choices": [{"index": 0, "delta": {"content": "me."}}]},
    {
        "id": "c",
        "choices": [
            {
                "index": 0,
                "delta": {"tool_calls": [{"index": 0, "id": "t", "function": {"name": "get", "arguments": '{"a"'}}]},
            }
        ],
    },
    {"id": "c", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]}}]},
    {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
]
MESSAGES = [
    {"type": "message_start", "message": {"id": "c", "model": "m", "content": []}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Let "}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "me."}},
    {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "tool_use", "id": "t", "name": "get", "input": {}},
    },
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"a"'}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": ":1}"}},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
]
GOOGLE = [
    {"responseId": "c", "modelVersion": "m", "candidates": [{"content": {"parts": [{"text": "Let "}]}}]},
    {"candidates": [{"content": {"parts": [{"text": "me."}]}}]},
    {
        "candidates": [
            {
                "content": {"parts": [{"functionCall": {"id": "t", "name": "get", "args": {"a": 1}}}]},
                "finishReason": "STOP",
            }
        ]
    },
]
BEDROCK = [
    {"contentBlockIndex": 0, "delta": {"text": "Let "}},
    {"contentBlockIndex": 0, "delta": {"text": "me."}},
    {"contentBlockIndex": 1, "start": {"toolUse": {"toolUseId": "t", "name": "get"}}},
    {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '{"a":1}'}}},
    {"stopReason": "tool_use"},
]
RESPONSES = [
    {"type": "response.created", "response": {"id": "c", "model": "m", "output": [], "status": "in_progress"}},
    {"type": "response.output_text.delta", "delta": "Let "},
    {
        "type": "response.completed",
        "response": {
            "id": "c",
            "model": "m",
            "status": "completed",
            "output": [
                {"type": "message", "content": [{"type": "output_text", "text": "Let me."}]},
                {"type": "function_call", "call_id": "t", "name": "get", "arguments": '{"a":1}'},
            ],
        },
    },
]


@pytest.mark.parametrize(
    "events", [CHAT, MESSAGES, GOOGLE, BEDROCK, RESPONSES], ids=["chat", "messages", "google", "bedrock", "responses"]
)
def test_every_stream_is_put_together(events: list[dict[str, Any]]) -> None:
    reply: Reply = streamed(events)
    (said,) = reply.choices
    assert said.text == "Let me."
    assert [(asked.id, asked.name, asked.arguments) for asked in said.asked] == [("t", "get", {"a": 1})]
    assert reply.ended is True


def test_a_stream_that_breaks_off_has_not_ended() -> None:
    assert streamed(MESSAGES[:-1]).ended is False
    assert streamed(RESPONSES[:-1]).ended is False
