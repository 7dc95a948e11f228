"""A trace as SVG, drawn here: steps in rows, conversations in columns, edges as curves."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from akios_jail.radar.draw import short, told
from akios_jail.radar.reading import Trace

_ROW: Final = 46
_COLUMN: Final = 330
_BOX: Final = 300
_HEIGHT: Final = 32
_FILLS: Final = {
    "prompt": "#e8eef7",
    "thought": "#f4f0e6",
    "tool_call": "#e6f2ea",
    "observation": "#eef4e8",
    "decision": "#dce9fb",
    "failure": "#f8e1e1",
    "network": "#eeeeee",
    "process": "#f0e8f4",
    "file": "#f4e8ee",
}
_OTHER: Final = ("tool_result", "retry", "sub_agent", "compaction", "branch")


def svg(session: str, trace: Trace) -> Iterator[str]:
    """The drawing, a line at a time."""
    columns = columns_of(trace)
    width = (max(columns.values(), default=0) + 1) * _COLUMN + 40
    height = len(trace.steps) * _ROW + 40
    rows = {step.number: row for row, step in enumerate(trace.steps)}
    size = f'width="{width}" height="{height}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    yield f"<title>{escape(session)}</title>"
    for edge in trace.edges:
        if edge.source not in rows or edge.target not in rows:
            continue
        x1, y1 = columns[edge.source] * _COLUMN + 40, rows[edge.source] * _ROW + 20 + _HEIGHT
        x2, y2 = columns[edge.target] * _COLUMN + 40, rows[edge.target] * _ROW + 20
        side = edge.type in _OTHER
        bend = 30 if side else 0
        dash = ' stroke-dasharray="4 3"' if side else ""
        yield (
            f'<path d="M{x1} {y1} C{x1 - bend} {(y1 + y2) // 2} {x2 - bend} {(y1 + y2) // 2} {x2} {y2}" fill="none" '
            f'stroke="#888"{dash}><title>{escape(short(f"{edge.type} {edge.evidence}"))}</title></path>'
        )
    for step in trace.steps:
        x, y = columns[step.number] * _COLUMN + 30, rows[step.number] * _ROW + 20
        text = f"{step.number} {step.type}: {told(step)}"
        shown = text if len(text) <= 46 else f"{text[:45]}…"
        yield (
            f'<g><title>{escape(text)}</title><rect x="{x}" y="{y}" width="{_BOX}" height="{_HEIGHT}" rx="5" '
            f'fill="{_FILLS[step.type]}" stroke="#999"/><text x="{x + 8}" y="{y + 20}">{escape(shown)}</text></g>'
        )
    yield "</svg>"


def columns_of(trace: Trace) -> dict[int, int]:
    """Which column each step stands in: what goes on from a step under it, everything else beside it."""
    columns: dict[int, int] = {}
    followed: set[int] = set()
    above = {edge.target: edge for edge in trace.edges if edge.type in ("prefix", "reply", "branch", "sub_agent")}
    most = -1
    for step in trace.steps:
        edge = above.get(step.number)
        if edge is not None and edge.type in ("prefix", "reply") and edge.source not in followed:
            followed.add(edge.source)
            columns[step.number] = columns.get(edge.source, 0)
        elif step.type in ("network", "process", "file") and edge is None:
            columns[step.number] = 0
        else:
            most += 1
            columns[step.number] = most
        most = max(most, columns[step.number])
    return columns
