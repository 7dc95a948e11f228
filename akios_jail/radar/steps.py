"""Steps and edges: what the trace holds."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple, get_args

#: prompt: what an agent told a model. thought: text or reasoning on the way to something. tool_call: what a model
#: asked for. observation: what came of it, as it was told the model. decision: an answer that asks for nothing more.
#: failure: a call without an answer. network: any other request. process: a program that the agent executed. file: what
#: it changed of its files, all in all.
StepType = Literal["prompt", "thought", "tool_call", "observation", "decision", "failure", "network", "process", "file"]

#: prefix: what follows in the same conversation. reply: what a model answered to it. tool_result: what came of a call.
#: branch: another way on from the same place. retry: the same question again. sub_agent: a conversation that a tool
#: call began, and what it came to. compaction: a conversation that goes on from another in fewer words.
#: executed: a program to one that its process, or one that this began, executed.
EdgeType = Literal["prefix", "reply", "tool_result", "branch", "retry", "sub_agent", "compaction", "executed"]

#: What can have become of a file: as `akios diff` says it. `replaced`: by another type.
FILE_CHANGES: Final = ("added", "modified", "deleted", "replaced")
STEP_TYPES: Final = frozenset(get_args(StepType))
EDGE_TYPES: Final = frozenset(get_args(EdgeType))
#: Stands for a payload that there was no room to keep.
SHED: Final[dict[str, Any]] = {}


class Step(NamedTuple):
    """`number` counts a session's steps from 1. `time`: Unix seconds. `fields`: further facts by name, ready for JSON;
    `payload`: what may be left out where there is no room for it, by name, too."""

    number: int
    type: StepType
    time: float
    request_id: str
    fields: dict[str, Any]
    payload: dict[str, Any]


class Edge(NamedTuple):
    """From one step to a later one. `evidence`: what it was seen by, where that is not plain from its type."""

    source: int
    target: int
    type: EdgeType
    evidence: str = ""
