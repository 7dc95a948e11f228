"""`when`: a condition in CEL (the Common Expression Language) over one request, compiled once, asked for every request.

The variables are declared each by its full name (`request.method`, …), so that a misspelt one is an error when the
policy is checked, not a denial at night. Two facts about cel-expr-python that decisions here depend on, both seen: an
evaluation error comes back as a value, and that object is truthy, so only `value() is True` allows; and a value nested
some thousand levels deep overflows the stack of the C++ evaluator, so bodies are measured first.

Importing this module does not import CEL: plans without conditions never pay for it (17 ms).
"""

from __future__ import annotations

import functools
import json
import re
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

MAX_SOURCE = 4096
#: Levels of lists and mappings in a request's body; deeper ones are refused wherever a condition reads the body.
MAX_BODY_DEPTH = 64

#: What a condition may name, its CEL type, and what it is.
VARIABLES: dict[str, tuple[str, str]] = {
    "request.method": ("string", "the HTTP method, in capitals"),
    "request.host": ("string", "the host, in lower case"),
    "request.port": ("int", "the port"),
    "request.path": ("string", "the path as it goes upstream, percent-encoded, without the query"),
    "request.query": ("map(string, list(string))", "the decoded query parameters; each name has a list of values"),
    "request.headers": ("map(string, string)", "header fields; names in lower case, repeated fields joined by a comma"),
    "request.body": ("dyn", "the body, read as JSON; null if it is empty"),
    "session.id": ("string", "the session's id"),
    "session.name": ("string", "the session's name"),
}
_BODY = "request.body"

_PLACED = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")


class ConditionError(ValueError):
    """The expression cannot be used. `line` and `column` count from 1 within the expression, 0 if not known."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class Unknown(Exception):
    """The condition has no answer for this request: the message says why. Never an allow."""


class Condition(NamedTuple):
    """A compiled condition. `needs_body`: it cannot be asked before the request's body has been read."""

    expression: Any  # cel.Expression
    needs_body: bool

    def holds(self, inputs: Inputs) -> bool:
        """Whether the condition is true of the request; `Unknown` if that cannot be said."""
        try:
            variables = inputs.with_body() if self.needs_body else inputs.without_body()
            value = self.expression.eval(variables).value()
        except Unknown:
            raise
        except Exception as error:  # the binding raises bare RuntimeErrors; whatever it raises, there is no answer
            raise Unknown(_first_line(str(error))) from error
        if value is True:
            return True
        if value is False:
            return False
        raise Unknown(_first_line(str(value)))


class Inputs:
    """The variables of one request, made when the first condition asks for them.

    They are kept as CEL's own activations: a thousand conditions then share one conversion (of a large body: 95 µs).
    """

    def __init__(
        self,
        method: str,
        host: str,
        port: int,
        path: str,
        query: str,
        headers: tuple[tuple[str, str], ...],
        body: bytes | None,
        session_id: str,
        session_name: str,
    ) -> None:
        self._given = (method, host, port, path, query, headers, session_id, session_name)
        self._body = body
        self._variables: dict[str, Any] | None = None
        self._without: Any = None
        self._with: Any = None

    def without_body(self) -> Any:
        """The activation for conditions that do not look at the body. `Unknown` if the query cannot be read."""
        if self._without is None:
            self._without = _environment(True).Activation(self._all_but_body())
        return self._without

    def with_body(self) -> Any:
        """The activation for all conditions. `Unknown` if the body was not read or cannot be."""
        if self._with is None:
            if self._body is None:
                raise Unknown("the request's body was not read")
            self._with = _environment(True).Activation({**self._all_but_body(), _BODY: read_body(self._body)})
        return self._with

    def _all_but_body(self) -> dict[str, Any]:
        if self._variables is None:
            method, host, port, path, query, headers, session_id, session_name = self._given
            self._variables = {
                "request.method": method,
                "request.host": host,
                "request.port": port,
                "request.path": path,
                "request.query": _parameters(query),
                "request.headers": _fields(headers),
                "session.id": session_id,
                "session.name": session_name,
            }
        return self._variables


def read_body(body: bytes) -> Any:
    """The JSON value of a body, None for an empty one.

    `Unknown` for what is not JSON, for what two readers could read differently, and for what is nested too deep.
    """
    if not body:
        return None
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unknown(f"the body is not plain JSON: {_first_line(str(error))}") from error
    level = [value]
    for _ in range(MAX_BODY_DEPTH):
        deeper: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                deeper.extend(item.values())
            elif isinstance(item, list):
                deeper.extend(item)
        if not deeper:
            return value
        level = deeper
    raise Unknown(f"the body is nested deeper than {MAX_BODY_DEPTH} levels")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _parameters(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=1000):
            found.setdefault(name, []).append(value)
    except ValueError as error:
        raise Unknown(f"the query cannot be read: {_first_line(str(error))}") from error
    return found


def _fields(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        name = name.lower()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


@functools.cache
def _environment(with_body: bool) -> Any:
    from cel_expr_python import cel  # type: ignore[import-untyped]

    kinds = {
        "string": cel.Type.STRING,
        "int": cel.Type.INT,
        "dyn": cel.Type.DYN,
        "map(string, string)": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
        "map(string, list(string))": cel.Type.Map(cel.Type.STRING, cel.Type.List(cel.Type.STRING)),
    }
    variables = {name: kinds[kind] for name, (kind, _) in VARIABLES.items() if with_body or name != _BODY}
    return cel.NewEnv(variables=variables)


def compile_condition(source: str) -> Condition:
    """The condition ready to be asked; `ConditionError` for a syntax or type error, or a result that is no boolean."""
    if len(source) > MAX_SOURCE:
        raise ConditionError(f"the condition has {len(source)} characters; {MAX_SOURCE} is the most")
    try:
        expression = _environment(True).compile(source)
    except RuntimeError as error:
        raise _explained(str(error)) from error
    name = str(expression.return_type().name())
    if name.upper() != "BOOL":
        hint = "; compare it with something, for example `== true`" if name.upper() == "DYN" else ""
        raise ConditionError(f"the condition gives {name.lower()}, not a boolean{hint}")
    try:
        _environment(False).compile(source)
    except RuntimeError:
        return Condition(expression, needs_body=True)  # what does not compile without the body needs the body
    return Condition(expression, needs_body=False)


def _explained(said: str) -> ConditionError:
    found = _PLACED.search(said)
    if found is None:
        return ConditionError(_first_line(said))
    line, column, message = int(found.group(1)), int(found.group(2)), found.group(3)
    message = message.removeprefix("Syntax error: ").replace(" (in container '')", "")
    if message.startswith(("undeclared reference to 'request", "undeclared reference to 'session")):
        message += f"; there is {', '.join(VARIABLES)}"
    expecting = message.find(" expecting {")
    if expecting >= 0:
        message = message[:expecting]
    return ConditionError(message, max(line, 0), max(column, 0))


def _first_line(text: str) -> str:
    """One line of bounded length, without the error's code in brackets that CEL repeats at the end."""
    line = text.strip().split("\n", 1)[0]
    return re.sub(r" \[[A-Z_]+\]$", "", line)[:200]
