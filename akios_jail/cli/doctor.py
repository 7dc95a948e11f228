"""`akios doctor`: what this machine can and cannot do, each line with its remedy."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from itertools import groupby

import click

from akios_jail.cli.style import paint, printable
from akios_jail.doctor import facts, kernel_checks, machine_checks, network_checks, without_root
from akios_jail.doctor.check import Check, Outcome, perform

_MEANINGS = {"ok": "good", "limited": "warning", "missing": "bad"}


@click.command()
@click.option("--state-dir", default="", metavar="DIR", help="The state folder that sessions will use.")
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON.")
def command(state_dir: str, as_json: bool) -> int:
    """Say what this machine can and cannot do, with remedies.

    Everything is tried, in child processes that are thrown away. Exit status 0 when sessions can run here, 1 when
    something that they need is missing.

    \b
    akios doctor
    akios doctor --json | jq -r '.checks[] | select(.level != "ok") | .remedy'
    """
    here = facts.gather()
    checks = [
        *kernel_checks.checks(here),
        *network_checks.checks(here),
        *machine_checks.checks(state_dir, here),
        *without_root.checks(here, dict(os.environ)),
    ]
    findings = [(check, perform(check)) for check in checks]
    ready = all(outcome.level != "missing" for _, outcome in findings)
    print(_document(findings, ready) if as_json else _words(findings, ready))
    return 0 if ready else 1


def _document(findings: list[tuple[Check, Outcome]], ready: bool) -> str:
    rows = [{"group": check.group, "name": check.name, **outcome._asdict()} for check, outcome in findings]
    lacking = _lacking(findings)
    accounts = {
        # Only root can try what root can have.
        "root": {"ready": ready if os.geteuid() == 0 else None},
        "ordinary": {"ready": not lacking if os.geteuid() == 0 else ready, "lacks": lacking},
    }
    return json.dumps({"ready": ready, "accounts": accounts, "checks": rows}, indent=2)


def _lacking(findings: list[tuple[Check, Outcome]]) -> list[str]:
    """What an account without root would need here and cannot have, by the names of the checks."""
    return [check.name for check, outcome in findings if check.group == without_root.GROUP and outcome.level != "ok"]


def _words(findings: list[tuple[Check, Outcome]], ready: bool) -> str:
    width = max(len(check.name) for check, _ in findings)
    lines: list[str] = []
    before = ""
    for group, rows in groupby(sorted(findings, key=lambda row: _order(row[0])), key=lambda row: row[0].group):
        lines.append(paint(group, "strong", sys.stdout))
        for check, outcome in rows:
            level = paint(f"{outcome.level:<7}", _MEANINGS[outcome.level], sys.stdout)
            lines.append(f"  {level}  {check.name:<{width}}  {printable(outcome.detail)}")
            # One obstacle stands behind many lines; what removes it is said once for those in a row.
            if outcome.remedy and outcome.remedy != before:
                indent = " " * (width + 13)
                lines += textwrap.wrap(
                    outcome.remedy, len(indent) + 90, initial_indent=indent, subsequent_indent=indent
                )
            before = outcome.remedy
    missing = sum(outcome.level == "missing" for _, outcome in findings)
    verdict = "Sessions can run here." if ready else f"Sessions cannot run here: {missing} of these are needed."
    verdict = paint(verdict, "good" if ready else "bad", sys.stdout)
    return "\n".join([*lines, "", verdict, for_others(_lacking(findings), ready)])


def for_others(lacking: list[str], ready: bool) -> str:
    """A word on the account that is not this one."""
    if os.geteuid() != 0:
        return "Whether they can with root's rights, `sudo akios doctor` says."
    if not ready and set(lacking) <= {without_root.LIMITS}:
        where = " under a policy with spec.resources.optional" if lacking else ""
        how = "docker run --user 1000, or setpriv --reuid=1000 --regid=1000 --clear-groups akios run …"
        return f"Without root they can{where}: {how}"
    return f"Without root they lack: {', '.join(lacking)}." if lacking else "They can without root, too."


def _order(check: Check) -> int:
    return ("kernel", "files", "network", "limits", "machine", without_root.GROUP).index(check.group)
