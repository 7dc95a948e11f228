"""Conversations and answers in the neutral form, as hypothesis makes them up."""

from __future__ import annotations

import base64
from typing import Any

from hypothesis import strategies as st

from akios_jail.providers.neutral import Conversation, Message, Part, Reply, Tool, ToolCall, Usage

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
NAME = st.from_regex(r"[a-z][a-zA-Z0-9_-]{0,10}", fullmatch=True).filter(
    lambda name: name not in ("auto", "none", "required", "any")
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(TEXT, JSON, max_size=3)
TEXTS = TEXT.map(lambda text: Part("text", text))
IMAGES = st.builds(
    lambda data, kind: Part("image", data=base64.b64encode(data).decode(), media_type=kind),
    st.binary(min_size=1, max_size=9),
    st.sampled_from(["image/png", "image/jpeg", "image/svg+xml"]),
)


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """Turns as every format has them: a user, a model's answer with or without calls, the results of those."""
    messages = [_user(draw)]
    count = 0
    for _ in range(draw(st.integers(0, 3))):
        names = draw(st.lists(NAME, max_size=3))
        calls = [ToolCall(f"call_{count + n}", name, draw(ARGUMENTS)) for n, name in enumerate(names)]
        count += len(calls)
        said = draw(st.lists(TEXTS, min_size=0 if calls else 1, max_size=2))
        messages.append(Message("assistant", (*said, *(Part("tool_call", call=call) for call in calls))))
        if calls:
            results = [
                Part("tool_result", draw(TEXT), call=call._replace(arguments=None), failed=draw(st.booleans()))
                for call in calls
            ]
            messages.append(Message("tool", tuple(results)))
        if not calls or draw(st.booleans()):
            messages += [_user(draw) for _ in range(draw(st.integers(1, 2)))]
    schemas = st.dictionaries(TEXT, JSON, max_size=2)
    tools = draw(
        st.lists(
            st.builds(Tool, NAME, st.just("") | TEXT, schemas, st.booleans()),
            max_size=2,
            unique_by=lambda tool: tool.name,
        )
    )
    choices = ["auto", "none", "required", *(tool.name for tool in tools)] if tools else ["auto"]
    number = st.none() | st.floats(0, 1) | st.sampled_from([0, 1])
    return Conversation(
        system=draw(st.just("") | TEXT),
        messages=tuple(messages),
        tools=tuple(tools),
        tool_choice=draw(st.sampled_from(choices)),
        max_output_tokens=draw(st.integers(16, 9_999)),
        temperature=draw(number),
        top_p=draw(number),
    )


@st.composite
def replies(draw: st.DrawFn) -> Reply:
    """An answer: at most one text, then calls."""
    said = draw(st.lists(TEXTS, max_size=1))
    names = draw(st.lists(NAME, max_size=3))
    calls = [Part("tool_call", call=ToolCall(f"call_{n}", name, draw(ARGUMENTS))) for n, name in enumerate(names)]
    stop = "tool_calls" if calls else draw(st.sampled_from(["end", "length", "filtered"]))
    used = draw(st.integers(0, 99)), draw(st.integers(0, 99)), draw(st.integers(0, 9))
    usage = Usage(input_tokens=used[0] + used[2], output_tokens=used[1], cached_tokens=used[2])
    return Reply(draw(NAME), draw(NAME), (*said, *calls), stop, usage)


def _user(draw: st.DrawFn) -> Message:
    return Message("user", tuple(draw(st.lists(TEXTS | IMAGES, min_size=1, max_size=3))))
