"""Names that act on a terminal in all that a person reads of a session: they clear the screen, set its title, go up to
rewrite lines, turn the direction of writing, begin a line that looks like ours. Defence: whatever came from an agent, a
model or a host is written out, control characters, directions and ends of lines as codes, by whatever shows it.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from typing import NamedTuple

import pytest

from akios_jail.demo.local_server import Request, Response, json_response
from tests.attacks.attack import Attack, Family, Record, judge, undeclared
from tests.attacks.probes import words as probe
from tests.attacks.rooms import placed
from tests.e2e.conftest import Akios, Run

pytestmark = pytest.mark.root

#: Clears the screen, sets the title, turns the direction, goes to the beginning of a line and the one before, begins a
#: line; each kind of name with a number of its own. Short enough for a label of a host.
ACTS = "\x1b]0;t\x07\x1b[2J\u202e\u2066\u200b\x9b1A\r\n"
WORDS = {name: f"k{place:02}{ACTS}akios: approved q{place:02}" for place, name in enumerate(probe.ATTEMPTS)}
#: Control characters in an address are refused before anything else is done with it; directions are not.
WORDS["the address of a request"] = "k02\u202e\u2066\u200bq02"
#: What the record keeps of these is that they were refused, or nothing.
NOT_REPEATED = ("a host in a ClientHello", "an address that is no address", "a method", "a provider's error")
FORGED = re.compile(r"^akios: approved q", re.MULTILINE)

READERS = {
    "audit": ("audit tail -n 1000", "audit tail --json -n 1000", "audit verify"),
    "exports of the audit": ("audit export --format jsonl", "audit export --format cef", "audit export --format ocsf"),
    "sessions": ("sessions", "sessions --json"),
    "the trace": ("trace list", "trace show", "trace show --json", "trace export --json --content"),
    "drawings of the trace": tuple(f"trace graph --format {kind}" for kind in ("text", "dot", "mermaid", "svg")),
    "approvals": ("approvals list --all", "approvals list --all --json"),
    "changed files": ("diff", "diff --stat", "diff --json", "commit --dry-run"),
    "budgets": ("budget show", "budget show --json"),
    "reports of incidents": tuple(f"report --format {kind} REPORT" for kind in ("sarif", "junit", "markdown")),
}
FAMILY = Family(
    "Words that act on a terminal",
    "written out by whatever shows them",
    "the same words on the agent's own output",
    tuple(
        Attack(name, ("not repeated" if name in NOT_REPEATED else "written out",), ("acts",)) for name in probe.ATTEMPTS
    ),
)


class Shown(NamedTuple):
    """What each command printed, and what came of the session."""

    pages: dict[str, str]
    run: Run


def model(request: Request) -> Response:
    """Asks for tools with such names, and fails with such words."""
    case = request.header("x-case")
    if case == "a provider's error":
        return json_response({"error": {"message": WORDS[case], "type": WORDS[case], "code": WORDS[case]}}, 400)
    names = {"a tool that a model asks for": WORDS["a tool that a model asks for"], "the arguments of a tool": "look"}
    names["a tool that waits for a person"] = "ask" + WORDS["a tool that waits for a person"]
    arguments = {WORDS["the arguments of a tool"]: [WORDS["the arguments of a tool"]]}
    message: dict[str, object] = {"role": "assistant", "content": WORDS["what is said"]}
    if case in names:
        function = {"name": names[case], "arguments": json.dumps(arguments)}
        message["tool_calls"] = [{"id": "a", "type": "function", "function": function}]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if case in names else "stop"}
    head = {"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": [choice]}
    return json_response({**head, "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}})


@pytest.fixture(scope="module")
def shown(jailer: Akios) -> Shown:
    server = json_response({"jsonrpc": "2.0", "id": 1, "result": {"content": []}})
    jailer.upstream.sites |= {probe.HOST: model, probe.TOOLS: lambda _: server}
    allowlist = [{"host": host, "methods": ["POST"]} for host in (probe.HOST, probe.TOOLS)]
    rules = [{"tool": "ask*", "action": "require_approval", "timeout": "1s"}, {"tool": "k*", "action": "deny"}]
    jailer.policy(
        {"network_access": {"allowlist": allowlist}, "tools": rules},
        filesystem={"workspace": {"path": ".", "access": "overlay"}},
    )
    jailer.file("words.json", json.dumps(WORDS))
    run = jailer.run(placed("words.py", jailer.workspace).name, options=["--python", sys.executable])
    assert run.status == 0, run
    pages = {"the last lines of the run": run.stderr, "the report": jailer.report.read_text()}
    for commands in READERS.values():
        for command in commands:
            done = jailer.says(*command.split())
            pages[command] = done.stdout + done.stderr
    listed = json.loads(pages["approvals list --all --json"])
    for each in listed:
        pages["approvals show"] = jailer.says("approvals", "show", each["id"]).stdout
    return Shown(pages, run)


def acting(page: str) -> set[str]:
    """The characters of a page that a terminal acts on, or that are not seen."""
    return {char for char in page if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")}


def outcomes(shown: Shown, name: str) -> str:
    sign, forged = WORDS[name][:3], WORDS[name][-3:]
    having = [page for page in shown.pages.values() if sign in page]
    if not having:
        return "not repeated"
    lines = [line for page in having for line in page.splitlines()]
    raw = any(line.startswith(f"akios: approved {forged}") for line in lines) or any(acting(page) for page in having)
    return "acts" if raw else "written out"


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_is_written_out(attack: Attack, shown: Shown, record_property: Record) -> None:
    outside = "acts" if WORDS[attack.name] in shown.run.stdout.decode() else "nothing"
    judge(FAMILY, attack, {attack.name: outcomes(shown, attack.name)}, {attack.name: outside}, record_property)


@pytest.mark.parametrize(
    "reader", ["the last lines of the run", "the report", "approvals show", *sum(READERS.values(), ())]
)
def test_no_page_holds_what_a_terminal_acts_on(reader: str, shown: Shown) -> None:
    page = shown.pages[reader]
    assert page.strip(), "nothing was shown at all"
    assert acting(page) == set()
    assert FORGED.search(page) is None


def test_everything_that_is_tried_is_declared() -> None:
    assert not undeclared(FAMILY, WORDS)
