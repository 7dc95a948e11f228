"""`akios policy diff`: what does a change allow that the policy did not allow before?"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from akios_jail.cli.style import paint, printable

if TYPE_CHECKING:
    from akios_jail.policy.document import Document
    from akios_jail.policy.widening import Wider


@click.command(short_help="Say what a change of a policy allows that was not allowed.")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def diff(old: str, new: str, as_json: bool) -> int:
    """Say what NEW allows that OLD did not, and what it does not allow any more.

    Compared is what the policies come to, with everything that they extend and every default. What cannot be shown to
    allow no more (another condition, other system calls) is listed as such. Exit status 0 when NEW allows no more than
    OLD, 1 when it does or may, 2 when one of them is not valid.

    \b
    akios policy diff policy.yaml policy.new.yaml
    akios policy diff <(git show main:policy.yaml) policy.yaml
    """
    from akios_jail.policy.compile import compiled
    from akios_jail.policy.source import read
    from akios_jail.policy.wider import changed

    before, after = compiled(read(old)), compiled(read(new))
    more, less = changed(before.plans, after.plans), changed(after.plans, before.plans)
    if as_json:
        documents = (after.document, before.document)
        result = {
            "old": {"file": old, "policy_sha256": before.plans.policy_sha256},
            "new": {"file": new, "policy_sha256": after.plans.policy_sha256},
            "allows_more": [_json(each, *documents) for each in more],
            "allows_less": [_json(each, *reversed(documents)) for each in less],
        }
        print(json.dumps(result, indent=2))
        return 1 if more else 0
    for title, meaning, found, places in (
        ("allows more", "bad", [each for each in more if each.sure], (after.document, before.document)),
        ("may allow more", "warning", [each for each in more if not each.sure], (after.document, before.document)),
        ("allows less", "good", less, (before.document, after.document)),
    ):
        if found:
            print(paint(title, meaning, sys.stdout))
            for each in found:
                _print(each, *places)
    if not more and not less:
        print("the two allow the same" if before.plans.policy_sha256 != after.plans.policy_sha256 else "the same file")
    return 1 if more else 0


def _print(each: Wider, says: Document, limit: Document) -> None:
    """`says`: the policy that allows it; `limit`: the one that does not."""
    print(printable(f"  {each.what}"))
    for read, path in ((says, each.place), (limit, each.limit)):
        problem = read.problem(path, "")
        print(paint(printable(f"    {read.source}:{problem.line}: {problem.excerpt.strip()}"), "quiet", sys.stdout))


def _json(each: Wider, says: Document, limit: Document) -> dict[str, object]:
    places = {}
    for name, read, path in (("place", says, each.place), ("limit", limit, each.limit)):
        problem = read.problem(path, "")
        places[name] = {"file": read.source, "line": problem.line, "path": problem.where}
    return {"what": each.what, "sure": each.sure, **places}
