"""`akios doctor`: what this machine can and cannot do, each line with its remedy."""

from __future__ import annotations

import json
import sys
import textwrap
from itertools import groupby

import click

from akios_jail.cli.style import paint, printable
from akios_jail.doctor import kernel_checks, machine_checks, network_checks
from akios_jail.doctor.check import Check, Outcome, perform

_MEANINGS = {"ok": "good", "limited": "warning", "missing": "bad"}


@click.command()
@click.option("--state-dir", default="", metavar="DIR", help="The state folder that sessions will use.")
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON.")
def command(state_dir: str, as_json: bool) -> int:
    """Say what this machine can and cannot do, with remedies.

    Everything is tried, in child processes that are thrown away. Exit status 0 when sessions can run here, 1 when
    something that they need is missing.
    """
    checks = [*kernel_checks.checks(), *network_checks.checks(), *machine_checks.checks(state_dir)]
    findings = [(check, perform(check)) for check in checks]
    ready = all(outcome.level != "missing" for _, outcome in findings)
    print(_document(findings, ready) if as_json else _words(findings, ready))
    return 0 if ready else 1


def _document(findings: list[tuple[Check, Outcome]], ready: bool) -> str:
    rows = [{"group": check.group, "name": check.name, **outcome._asdict()} for check, outcome in findings]
    return json.dumps({"ready": ready, "checks": rows}, indent=2)


def _words(findings: list[tuple[Check, Outcome]], ready: bool) -> str:
    width = max(len(check.name) for check, _ in findings)
    lines: list[str] = []
    for group, rows in groupby(sorted(findings, key=lambda row: _order(row[0])), key=lambda row: row[0].group):
        lines.append(paint(group, "strong", sys.stdout))
        for check, outcome in rows:
            level = paint(f"{outcome.level:<7}", _MEANINGS[outcome.level], sys.stdout)
            lines.append(f"  {level}  {check.name:<{width}}  {printable(outcome.detail)}")
            if outcome.remedy:
                indent = " " * (width + 13)
                lines += textwrap.wrap(
                    outcome.remedy, len(indent) + 90, initial_indent=indent, subsequent_indent=indent
                )
    missing = sum(outcome.level == "missing" for _, outcome in findings)
    verdict = "Sessions can run here." if ready else f"Sessions cannot run here: {missing} of these are needed."
    return "\n".join([*lines, "", paint(verdict, "good" if ready else "bad", sys.stdout)])


def _order(check: Check) -> int:
    return ("kernel", "files", "network", "limits", "machine").index(check.group)
