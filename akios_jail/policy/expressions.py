"""CEL, the Common Expression Language: which variables there are to ask about, and how an answer is read.

The variables are declared each by its full name (`request.method`, …), so that a misspelt one is an error when the
policy is checked, not a denial at night. Two facts about cel-expr-python that decisions here depend on, both seen: an
evaluation error comes back as a value, and that object is truthy, so only `value() is True` is true; and a value nested
some thousand levels deep overflows the stack of the C++ evaluator, so what agents and models write is measured first.

Time zones (`now.getHours("Europe/Berlin")`) are read from /usr/share/zoneinfo when they are first asked for; where that
folder lacks one the expression has no answer. UTC needs no file.

Importing this module does not import CEL: plans without conditions never pay for it (17 ms).
"""

from __future__ import annotations

import functools
import math
import re
from datetime import datetime
from typing import Any, NamedTuple

from akios_jail.policy.errors import nearest
from akios_jail.policy.wording import explained

MAX_SOURCE = 4096
#: Levels of lists and mappings in a value of type dyn; deeper ones have no answer wherever a condition reads them.
MAX_DEPTH = 64

Variables = dict[str, tuple[str, str]]

_SESSION: Variables = {
    "session.id": ("string", "the session's id"),
    "session.name": ("string", "the session's name"),
}

#: Where conditions stand, and what they may name there: each variable's CEL type, and what it is.
ENVIRONMENTS: dict[str, Variables] = {
    "request": {
        "request.method": ("string", "the HTTP method, in capitals"),
        "request.host": ("string", "the host, in lower case"),
        "request.port": ("int", "the port"),
        "request.path": ("string", "the path as it goes upstream, percent-encoded, without the query"),
        "request.query": ("map(string, list(string))", "the decoded query parameters; each name has a list of values"),
        "request.headers": (
            "map(string, string)",
            "header fields; names in lower case, repeated fields joined by a comma",
        ),
        "request.body": (
            "dyn",
            "the body: JSON, or a form by its Content-Type, whose values are strings; null if it is empty",
        ),
        **_SESSION,
    },
    "tool": {
        "tool.name": ("string", "the tool's name, as the model or the agent wrote it"),
        "tool.server": ("string", "the host of the MCP server; empty for a call that a model's answer asks for"),
        "args": ("dyn", "the arguments, as JSON"),
        "now": ("timestamp", 'the time; `now.getHours("Europe/Berlin")` is the hour there'),
        **_SESSION,
    },
    "routing": {
        "task.complexity": ("string", "`lookup`, `reasoning` or `analysis`"),
        "task.stated": ("bool", "whether the agent itself said how hard its task is"),
        "task.input_tokens": ("int", "tokens of the call, estimated"),
        "task.messages": ("int", "messages in the call"),
        "task.tool_results": ("int", "results of tools among the messages"),
        "request.model": ("string", "the model that the agent asked for"),
        "request.stream": ("bool", "whether the answer is asked for as a stream"),
        "request.tools": ("int", "tools that the model is offered"),
        "request.host": ("string", "the host that the agent called, in lower case"),
        "budget.spent_usd": ("double", "dollars that the session has spent"),
        "budget.left_usd": ("double", "dollars left under the tightest limit; infinite where money is not limited"),
        "budget.left_tokens": (
            "int",
            "tokens left under the tightest limit; the largest number where they are not limited",
        ),
        "budget.fraction": ("double", "the part of the tightest limit that is used, from 0.0 to 1.0"),
        **_SESSION,
    },
}

_PLACED = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
#: A time zone that stands in the expression itself: `now.getHours("Europe/Berlin")`.
_ZONE = re.compile(
    r"\.get(?:FullYear|Month|Date|DayOf(?:Month|Week|Year)|Hours|Minutes|Seconds|Milliseconds)"
    r"""\(\s*("[^"\\]*"|'[^'\\]*')\s*\)"""
)


class ConditionError(ValueError):
    """The expression cannot be used. `line` and `column` count from 1 within the expression, 0 if not known."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class Unknown(Exception):
    """The condition has no answer for what was asked: the message says why. Never an allow."""


class Asked(NamedTuple):
    """Variables as CEL wants them, converted once: make it where many conditions are asked about the same thing."""

    environment: str
    activation: Any  # cel.Activation


class Expression(NamedTuple):
    """A compiled condition of one environment."""

    environment: str
    compiled: Any  # cel.Expression

    def holds(self, variables: Asked | dict[str, Any]) -> bool:
        """Whether the condition is true of these variables; `Unknown` if that cannot be said.

        Variables are by their full names, e.g. `{"tool.name": "issue_refund", "args": {"amount_usd": 15000}, …}`: dyn
        values as `json.loads` gives them, timestamps as aware `datetime`. One that is missing is no mistake as long as
        the answer does not depend on it.
        """
        asked = variables if isinstance(variables, Asked) else ask(self.environment, variables)
        if asked.environment != self.environment:
            raise Unknown(f"a condition about a {self.environment} was asked about a {asked.environment}")
        return evaluate(self.compiled, asked.activation)


def compile_in(environment: str, source: str) -> Expression:
    """The condition ready to be asked; `ConditionError` for a syntax or type error, or a result that is no boolean.

    `environment`: request | tool | routing.
    """
    compiled = compile_with(environment, frozenset(), source)
    for zone in _ZONE.finditer(source):
        _check_zone(source, zone)
    return Expression(environment, compiled)


def ask(environment: str, variables: dict[str, Any]) -> Asked:
    """The variables converted, for any number of conditions of this environment. `Unknown` if one cannot be."""
    declared = ENVIRONMENTS[environment]
    for name, value in variables.items():
        if name not in declared:
            raise Unknown(f"`{name}` is no variable of a {environment}")
        kind = declared[name][0]
        if kind == "dyn":
            measure(value, f"`{name}`")
        elif kind == "timestamp" and not (isinstance(value, datetime) and value.tzinfo is not None):
            raise Unknown(f"`{name}` is no time with its zone")  # CEL would take it for the machine's local time
    try:
        return Asked(environment, declarations(environment).Activation(variables))
    except Exception as error:  # as in `evaluate`
        raise Unknown(first_line(str(error))) from error


def evaluate(compiled: Any, activation: Any) -> bool:
    """The boolean that a compiled expression gives; `Unknown` for anything that is not one."""
    try:
        value = compiled.eval(activation).value()
    except Exception as error:  # the binding raises bare RuntimeErrors; whatever it raises, there is no answer
        raise Unknown(explained(first_line(str(error)))) from error
    if value is True:
        return True
    if value is False:
        return False
    raise Unknown(explained(first_line(str(value))))


def measure(value: Any, what: str) -> None:
    """`Unknown` for a JSON value that is nested too deep, or holds a number that is none (NaN) or has no end."""
    level = [value]
    for _ in range(MAX_DEPTH):
        deeper: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                deeper.extend(item.values())
            elif isinstance(item, list):
                deeper.extend(item)
            elif isinstance(item, float) and not math.isfinite(item):
                raise Unknown(f"{what} has a number in it that is not finite")
        if not deeper:
            return
        level = deeper
    raise Unknown(f"{what} is nested deeper than {MAX_DEPTH} levels")


def declarations(environment: str, without: frozenset[str] = frozenset()) -> Any:
    """The `cel.Env` of an environment, with some of its variables left out: always the same object."""
    return _declarations(environment, without)


@functools.cache
def _declarations(environment: str, without: frozenset[str]) -> Any:
    from cel_expr_python import cel  # type: ignore[import-untyped]

    kinds = {
        "string": cel.Type.STRING,
        "int": cel.Type.INT,
        "double": cel.Type.DOUBLE,
        "bool": cel.Type.BOOL,
        "timestamp": cel.Type.TIMESTAMP,
        "dyn": cel.Type.DYN,
        "map(string, string)": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
        "map(string, list(string))": cel.Type.Map(cel.Type.STRING, cel.Type.List(cel.Type.STRING)),
    }
    declared = ENVIRONMENTS[environment]
    env = cel.NewEnv(variables={name: kinds[kind] for name, (kind, _) in declared.items() if name not in without})
    env.compile("true")  # until its first compilation an Env takes every variable for dyn, and refuses timestamps
    return env


def compile_with(environment: str, without: frozenset[str], source: str) -> Any:
    """The `cel.Expression` of a source that gives a boolean, some variables being unknown. `ConditionError`."""
    if len(source) > MAX_SOURCE:
        raise ConditionError(f"the condition has {len(source)} characters; {MAX_SOURCE} is the most")
    try:
        expression = declarations(environment, without).compile(source)
    except RuntimeError as error:
        raise _explained(str(error), environment) from error
    name = str(expression.return_type().name())
    if name.upper() != "BOOL":
        hint = "; compare it with something, for example `== true`" if name.upper() == "DYN" else ""
        raise ConditionError(f"the condition gives {name.lower()}, not a boolean{hint}")
    return expression


def _check_zone(source: str, found: re.Match[str]) -> None:
    """A zone that this machine does not know would have no answer, ever."""
    zone = found.group(1)
    env = declarations("tool")
    probe = env.compile(f'timestamp("2024-01-01T00:00:00Z").getHours({zone}) >= 0')
    if probe.eval(env.Activation({})).value() is True:
        return
    before = source[: found.start(1)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    raise ConditionError(f'there is no time zone {zone}: write one such as "Europe/Berlin" or "+02:00"', line, column)


def _explained(said: str, environment: str) -> ConditionError:
    found = _PLACED.search(said)
    if found is None:
        return ConditionError(first_line(said))
    line, column, message = int(found.group(1)), int(found.group(2)), found.group(3)
    message = message.removeprefix("Syntax error: ").replace(" (in container '')", "")
    message = explained(message)
    undeclared = _UNDECLARED.match(message)
    if undeclared is not None:
        message += _meant(undeclared.group(1), ENVIRONMENTS[environment])
    expecting = message.find(" expecting {")
    if expecting >= 0:
        message = message[:expecting]
    return ConditionError(message, max(line, 0), max(column, 0))


def _meant(name: str, declared: Variables) -> str:
    """What to write instead of a name that is not there."""
    roots = {known.partition(".")[0] for known in declared}
    if name.partition(".")[0] in roots:
        return f"; there is {', '.join(declared)}"
    meant = nearest(name, declared) or nearest(name.partition(".")[0], (*roots, *declared))
    return f"; did you mean {meant}?" if meant else ""


def first_line(text: str) -> str:
    """One line of bounded length, without the error's code in brackets that CEL repeats at the end."""
    line = text.strip().split("\n", 1)[0]
    return re.sub(r" \[[A-Z_]+\]$", "", line)[:200]
