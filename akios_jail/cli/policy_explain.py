"""What `akios policy explain` says to people: the verdict first, then what each rule had to do with it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from akios_jail.cli.policy_show import section, table
from akios_jail.cli.style import paint, printable

if TYPE_CHECKING:
    from akios_jail.policy.explain import Explanation, Step, ToolStep
    from akios_jail.policy.tools import ToolVerdict


def print_request(explanation: Explanation, every: bool) -> None:
    """A request's verdict. `every`: also the rules about other hosts."""
    verdict, ruling = explanation.verdict, explanation.ruling
    if ruling is not None and ruling.decision != "allow":
        _print_ruling(ruling)
        print(printable(f"the allowlist alone lets it pass: {verdict.reason}"))
        _print_steps(explanation, every)
        _print_tool_steps(explanation.tool_steps, every)
        return
    word = paint("allowed", "good", sys.stdout) if verdict.allowed else paint("refused", "bad", sys.stdout)
    print(f"{word} ({verdict.code}): {printable(verdict.reason)}")
    if explanation.note:
        print(printable(explanation.note))
    _print_steps(explanation, every)
    if ruling is not None:
        print()
        print_tools(ruling, explanation.tool_steps, every)


def _print_steps(explanation: Explanation, every: bool) -> None:
    shown = [step for step in explanation.steps if every or step.code != "host"]
    if shown:
        section("rules", table([_step(step) for step in shown]))
    _others(len(explanation.steps) - len(shown), "hosts")


def print_tools(ruling: ToolVerdict, steps: tuple[ToolStep, ...], every: bool) -> None:
    """A tool call's verdict. `every`: also the rules about other tools."""
    _print_ruling(ruling)
    _print_tool_steps(steps, every)


def _print_ruling(ruling: ToolVerdict) -> None:
    words = {"allow": ("allowed", "good"), "modify": ("changed", "good"), "hold": ("waits for a person", "bad")}
    word, colour = words.get(ruling.decision, ("refused", "bad"))
    print(f"{paint(word, colour, sys.stdout)} ({ruling.code}): {printable(ruling.reason)}")
    if ruling.decision == "modify":
        print(printable(f"it becomes {json.dumps(ruling.arguments, ensure_ascii=False)}"))


def _print_tool_steps(steps: tuple[ToolStep, ...], every: bool) -> None:
    shown = [step for step in steps if every or step.code != "subject"]
    if shown:
        section("tool rules", table([_tool_step(step) for step in shown]))
    _others(len(steps) - len(shown), "tools")


def _others(count: int, what: str) -> None:
    if count:
        print(f"\n{count} {'rule is' if count == 1 else 'rules are'} about other {what} (--all lists them)")


def _step(step: Step) -> tuple[str, str, str, str]:
    return _sign(step.code), f"rule {step.rule.number}", f"line {step.rule.line}", f"{step.rule.host}: {step.reason}"


def _tool_step(step: ToolStep) -> tuple[str, str, str, str]:
    return _sign(step.code), f"tool rule {step.rule.number}", f"line {step.rule.line}", step.reason


def _sign(code: str) -> str:
    return {"decides": "✓", "would_match": "·"}.get(code, "✗")
