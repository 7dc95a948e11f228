"""`akios trace`: what agents thought, asked for, saw and decided."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from akios_jail.cli.sessions import NUMBER, STATE, listed, traces
from akios_jail.cli.style import on_a_line, paint
from akios_jail.cli.trace_export import export
from akios_jail.cli.trace_read import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from akios_jail.radar.reading import Trace


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Look at what an agent did: its thoughts, tool calls, observations and decisions, as a graph.

    \b
    akios trace list
    akios trace show SESSION
    akios trace graph SESSION --format dot | dot -Tsvg > trace.svg
    akios trace export SESSION --otlp http://collector:4318
    """


command.add_command(export)


@command.command("list", short_help="The sessions with a trace.")
@NUMBER
@STATE
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def list_(number: int, state_dir: str, as_json: bool) -> None:
    """The sessions with a trace, the newest first.

    \b
    akios trace list -n 5
    akios trace list --json | jq -r '.[].session_id'
    """
    from akios_jail.radar import store

    listed(number, state_dir, as_json, only=frozenset(store.sessions(traces(state_dir))))


@command.command(short_help="The steps of a session.")
@click.argument("session", default="")
@STATE
@click.option("--json", "as_json", is_flag=True, help="The whole trace as JSON.")
def show(session: str, state_dir: str, as_json: bool) -> None:
    """The steps of a session in their order, with all that they say.

    SESSION is the newest one unless named; the beginning of its id is enough.

    \b
    akios trace show
    akios trace show ses_7f3a9bc2 --json | jq '.trace.steps[] | select(.type == "tool_call")'
    """
    name, trace = read(session, state_dir)
    if as_json:
        from akios_jail.radar.shape import document, text

        print(text(document(name, trace)))
        return
    _print(name, trace)


@command.command(short_help="A session as a drawing.")
@click.argument("session", default="")
@click.option(
    "--format", "form", type=click.Choice(["text", "dot", "mermaid", "svg"]), default="text", help="What to draw with."
)
@STATE
def graph(session: str, form: str, state_dir: str) -> None:
    """A session as a drawing: one line a step in the terminal, DOT for Graphviz, Mermaid for Markdown, or SVG.

    \b
    akios trace graph
    akios trace graph ses_7f3a9bc2 --format svg > trace.svg
    """
    from akios_jail.radar import draw, drawing

    name, trace = read(session, state_dir)
    drawn: dict[str, Iterable[str]] = {
        "text": draw.lines(trace),
        "dot": draw.dot(name, trace),
        "mermaid": draw.mermaid(trace),
        "svg": drawing.svg(name, trace),
    }
    for line in drawn[form]:
        print(line)


def _print(name: str, trace: Trace) -> None:
    from akios_jail.radar.shape import timestamp

    agent = trace.session.get("agent", "")
    print(paint(on_a_line(f"{name}  {agent}  under {trace.session.get('policy', '')}"), "strong", sys.stdout))
    if trace.session.get("failure"):
        print(paint(on_a_line(f"{trace.session['failure']}"), "bad", sys.stdout))
    leading: dict[int, list[str]] = {}
    for edge in trace.edges:
        leading.setdefault(edge.target, []).append(f"{edge.type.replace('_', ' ')} {edge.source}")
    for step in trace.steps:
        from_ = ", ".join(leading.get(step.number, ()))
        head = f"{step.number} {step.type}" + (f" {step.fields['tool']}" if "tool" in step.fields else "")
        told = f"  {timestamp(step.time)[11:23]}" + (f"  ({from_})" if from_ else "")
        print(f"{on_a_line(head)}{paint(on_a_line(told), 'quiet', sys.stdout)}")
        for value in step.payload.values():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for line in text.splitlines()[:20]:
                print(on_a_line(f"    {line[:2000]}"))
        facts = {
            key: value for key, value in step.fields.items() if key not in ("tool", "tool_call_id", "role", "kind")
        }
        if facts:
            said = "  ".join(f"{key}={value}" for key, value in facts.items())[:2000]
            print(paint(on_a_line(f"    {said}"), "quiet", sys.stdout))
