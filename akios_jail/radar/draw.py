"""A trace as a drawing: lines for a terminal, Graphviz's DOT, and Mermaid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from akios_jail.radar.reading import Trace
from akios_jail.radar.steps import FILE_CHANGES, Step

_SIGNS: Final = {
    "prompt": "▷",
    "thought": "…",
    "tool_call": "⚙",
    "observation": "◁",
    "decision": "●",
    "failure": "✗",
    "network": "↔",
    "process": "$",
    "file": "▤",
}
_ARROWS: Final = {"branch": "branches", "retry": "tried again", "sub_agent": "sub-agent", "compaction": "compacted"}
_WORDS: Final = 72
#: So many conversations stand beside each other in a terminal; more share the last column.
_COLUMNS: Final = 16


def told(step: Step) -> str:
    """A step in a few words, on one line."""
    fields, payload = step.fields, step.payload
    if step.type == "tool_call":
        arguments = payload.get("args")
        given = ", ".join(f"{name}={value}" for name, value in arguments.items()) if isinstance(arguments, dict) else ""
        refused = "" if arguments is not None or fields.get("shed") else "  refused"
        return short(f"{fields.get('tool', '')}({given}){refused}")
    if step.type == "network":
        return short(f"{fields.get('method', '')} {fields.get('target', '')} {fields.get('status') or 'refused'}")
    if step.type == "process":
        if "program" not in fields:
            return f"{fields.get('held_back', '…')} more"
        words = payload.get("argv")
        arguments = words[1:64] if isinstance(words, list) else ["…"]
        return short(" ".join(str(word) for word in (fields["program"], *arguments))) + "  not there" * (
            fields.get("missing") is True
        )
    if step.type == "file":
        return ", ".join(f"{fields[kind]} {kind}" for kind in FILE_CHANGES if fields.get(kind)) or "(no files)"
    if step.type == "failure":
        return short(f"no answer ({fields.get('status') or fields.get('failure') or 'ended'})")
    content = payload.get("content")
    return short(str(content)) if content else "(left out)" if fields.get("shed") else "(no text)"


def lines(trace: Trace) -> Iterator[str]:
    """The graph with one line a step. A step stands under the one that it follows; what else leads to it is said."""
    above = {edge.target: edge for edge in trace.edges if edge.type not in ("tool_result", "retry")}
    others: dict[int, list[str]] = {}
    for each in trace.edges:
        if above.get(each.target) is not each:
            others.setdefault(each.target, []).append(f"{each.type.replace('_', ' ')} of {each.source}")
    depth: dict[int, int] = {}
    columns = len(str(len(trace.steps)))
    ends: dict[int, int] = {}  # the last step that stands in a column
    for step in trace.steps:
        edge = above.get(step.number)
        column, note = 0, ""
        if edge is not None:
            column = min(depth.get(edge.source, 0), _COLUMNS)
            if ends.get(column) != edge.source or edge.type in _ARROWS:
                column += edge.type in ("branch", "sub_agent") or ends.get(column) != edge.source
                note = f"  ← {_ARROWS.get(edge.type, 'after')} {edge.source}"
        depth[step.number] = column
        ends[column] = step.number
        said = "".join(f"  ({other})" for other in others.get(step.number, ()))
        yield f"{step.number:>{columns}} {'│ ' * column}{_SIGNS[step.type]} {told(step)}{note}{said}"


def dot(session: str, trace: Trace) -> Iterator[str]:
    """For Graphviz: `dot -Tsvg`."""
    yield f"digraph {_quoted(session)} {{"
    yield '  rankdir=TB; node [shape=box, style=rounded, fontname="sans-serif"]; edge [fontname="sans-serif"];'
    for step in trace.steps:
        yield f"  {step.number} [label={_quoted(f'{step.number} {step.type}: {told(step)}')}];"
    for edge in trace.edges:
        style = "" if edge.type in ("prefix", "reply") else ", style=dashed"
        yield f"  {edge.source} -> {edge.target} [label={_quoted(edge.type)}{style}];"
    yield "}"


def mermaid(trace: Trace) -> Iterator[str]:
    """For Markdown that draws Mermaid."""
    yield "flowchart TD"
    for step in trace.steps:
        yield f'  s{step.number}["{_entity(f"{step.number} {step.type}: {told(step)}")}"]'
    for edge in trace.edges:
        arrow = "-->" if edge.type in ("prefix", "reply") else "-.->"
        yield f"  s{edge.source} {arrow}|{edge.type}| s{edge.target}"


def short(text: str, length: int = _WORDS) -> str:
    """On one line, without what moves a terminal's cursor or turns its words around, and not too long."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text[: 4 * length]).split())
    return line if len(line) <= length and len(text) <= 4 * length else f"{line[: length - 1]}…"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _entity(text: str) -> str:
    """Characters that mean something to Mermaid, by their numbers."""
    return "".join(each if each.isalnum() or each in " .,:;-_/()=?!%" else f"#{ord(each)};" for each in text)
