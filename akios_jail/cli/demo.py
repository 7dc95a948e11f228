"""`akios demo`: a misbehaving agent under a policy, on this machine, with neither a key nor the internet."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

    from akios_jail.demo.stage import Seen
    from akios_jail.demo.story import Story

NOT_GOVERNED = 1

_STYLES = {"allowed": "green", "rewritten": "yellow", "refused": "red", "absent": "red", "limited": "red"}


@click.command(name="demo")
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
@click.option("--state-dir", type=click.Path(path_type=Path), metavar="DIR", help="As in `akios run`.")
def command(as_json: bool, state_dir: Path | None) -> int:
    """Watch a misbehaving agent being governed, without a key or the internet.

    A local server stands in for api.openai.com and for a company's CRM. An unmodified agent does its work there, then
    tries what it should not: another method, another host, a cloud metadata address, a private key, a fork bomb, and
    spending without end. The table shows what came of each, and where the audit log says so.

    Exit status: 0 when everything was governed as the policy says, 1 when something was not, and that of `akios run`
    when it could not start.

    \b
    akios demo
    akios demo --json | jq .
    """
    from rich.console import Console

    from akios_jail.demo.stage import play

    console = Console(stderr=as_json)

    def on_attempt(line: dict[str, Any]) -> None:
        if not as_json:
            console.print(
                f"  agent: {line['attempt'].replace('_', ' ')} … {line['outcome']}", style="dim", markup=False
            )

    if not as_json:
        console.print(
            "Starting a local model provider, and an agent in the jail (akios run --policy policy.yaml agent.py)"
        )
    seen = play(state_dir, on_attempt)
    if not seen.attempts:
        sys.stderr.write(seen.stderr)
        return seen.status or NOT_GOVERNED
    story = _told(seen)
    if as_json:
        click.echo(json.dumps(_document(seen, story), indent=2))
    else:
        _show(console, seen, story)
    return 0 if story.governed else NOT_GOVERNED


def _told(seen: Seen) -> Story:
    from decimal import Decimal

    from genai_prices import Usage, calc_price

    from akios_jail.demo.customers import CUSTOMERS
    from akios_jail.demo.stage import budget_usd
    from akios_jail.demo.story import tell

    bill = Decimal(0)
    for model, sent, received in seen.bill:
        bill += calc_price(Usage(input_tokens=sent, output_tokens=received), model_ref=model).total_price
    personal = tuple(datum for customer in CUSTOMERS for datum in customer.personal())
    return tell(seen, personal, bill, budget_usd())


def _document(seen: Seen, story: Story) -> dict[str, Any]:
    return {
        "governed": story.governed,
        "attempts": [chapter._asdict() for chapter in story.chapters],
        "prompt": {"agent_wrote": story.asked, "model_saw": story.seen, "leaked": story.leaked},
        "spent_usd": float(story.spent_usd),
        "budget_usd": float(story.budget_usd),
        "report": seen.report,
        "audit": seen.audit_path,
    }


def _show(console: Console, seen: Seen, story: Story) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="\nWhat the agent tried, and what came of it", title_style="bold", title_justify="left")
    for heading, justify in (("attempt", "left"), ("verdict", "left"), ("why", "left"), ("audit", "right")):
        table.add_column(heading, justify="right" if justify == "right" else "left")
    for chapter in story.chapters:
        mark = "" if chapter.as_expected else "  (unexpected!)"
        verdict = Text(chapter.verdict + mark, _STYLES.get(chapter.verdict, "bold magenta"))
        table.add_row(chapter.title, verdict, Text(chapter.why), "" if chapter.record is None else f"#{chapter.record}")
    console.print(table)
    console.print("\nWhat the agent wrote", style="bold")
    console.print(Text(story.asked), soft_wrap=True)
    console.print("What the model saw", style="bold")
    console.print(Text(story.seen), soft_wrap=True)
    spent = f"${story.spent_usd:.4f} of ${story.budget_usd}"
    console.print(f"\nSpent by the provider's own count: {spent}, in {len(seen.bill)} calls.", highlight=False)
    ending = (
        "Everything was governed as the policy says." if story.governed else "Something was NOT governed. See above."
    )
    console.print(ending, style="bold green" if story.governed else "bold red")
    console.print(
        f"\nThe audit log: {seen.audit_path}\n"
        "  akios audit verify           nobody has altered it\n"
        "  akios init my-project        a policy and an agent of your own\n"
        "  akios run --policy policy.yaml my_agent.py\n"
        "(`sudo ./scripts/setup --link` in a checkout puts `akios` into your path.)",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
