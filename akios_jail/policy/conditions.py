"""`when`: a condition in CEL over one request, compiled once, asked for every request.

What conditions elsewhere may name, and how any of them is compiled and answered, is in `expressions`; here is what is
particular to requests: their variables are made when the first condition asks for them, and their body is read as JSON,
or as a form where its Content-Type says that it is one (`forms`).
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from akios_jail.policy import expressions, forms, json_size, lookalikes
from akios_jail.policy.expressions import ConditionError, Expression, Unknown, compile_in

__all__ = [
    "MAX_BODY_DEPTH",
    "VARIABLES",
    "Condition",
    "ConditionError",
    "Expression",
    "Inputs",
    "Unknown",
    "compile_condition",
    "compile_in",
    "read_body",
]

#: Levels of lists and mappings in a request's body; deeper ones are refused wherever a condition reads the body.
MAX_BODY_DEPTH = expressions.MAX_DEPTH
#: What a condition over a request may name, its CEL type, and what it is.
VARIABLES = expressions.ENVIRONMENTS["request"]
_BODY = "request.body"


class Condition(NamedTuple):
    """A compiled condition. `needs_body`: it cannot be asked before the request's body has been read."""

    expression: Any  # cel.Expression
    needs_body: bool

    def holds(self, inputs: Inputs) -> bool:
        """Whether the condition is true of the request; `Unknown` if that cannot be said."""
        variables = inputs.with_body() if self.needs_body else inputs.without_body()
        return expressions.evaluate(self.expression, variables)


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
        self._read: tuple[Any] | None = None
        self._keys: lookalikes.Keys | None = None

    def without_body(self) -> Any:
        """The activation for conditions that do not look at the body. `Unknown` if the query cannot be read."""
        if self._without is None:
            self._without = _activation(self._all_but_body())
        return self._without

    def with_body(self) -> Any:
        """The activation for all conditions. `Unknown` if the body was not read or cannot be."""
        if self._with is None:
            self._with = _activation({**self._all_but_body(), _BODY: self.document})
        return self._with

    @property
    def document(self) -> Any:
        """What the body says. `Unknown` if it was not read or cannot be."""
        if self._read is None:
            if self._body is None:
                raise Unknown("the request's body was not read")
            self._read = (read_document(self._given[5], self._body),)
        return self._read[0]

    @property
    def keys(self) -> lookalikes.Keys:
        """The keys in the body; none where it cannot be read, which conditions say themselves."""
        if self._keys is None:
            try:
                self._keys = lookalikes.keys_of(self.document)
            except Unknown:
                self._keys = {}
        return self._keys

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


def _activation(variables: dict[str, Any]) -> Any:
    try:
        return expressions.declarations("request").Activation(variables)
    except Exception as error:  # text that is not Unicode, numbers beyond 64 bits: there is no answer
        raise Unknown(expressions.first_line(str(error))) from error


def read_document(headers: tuple[tuple[str, str], ...] | list[tuple[str, str]], body: bytes) -> Any:
    """What a body says that came with these header fields: JSON, or a form. `Unknown` where servers may differ."""
    kind = forms.kind(headers)
    if not body or kind in ("", "other"):
        try:
            return read_body(body)
        except Unknown as unknown:
            if b"=" not in body[:256] or body.lstrip()[:1] in (b"{", b"["):
                raise
            raise Unknown(f"{unknown}; a form is read as one if its Content-Type says so") from unknown
    if kind != "form":
        what = "a multipart body" if kind == "multipart" else "a body whose Content-Type may mean a form, or not,"
        raise Unknown(f"{what} is not read")
    try:
        return forms.read(body).value
    except forms.Unreadable as error:
        raise Unknown(f"the form in the body cannot be read: {error}") from error


def read_body(body: bytes) -> Any:
    """The JSON value of a body, None for an empty one.

    `Unknown` for what is not JSON, for what two readers could read differently, and for what is nested too deep.
    """
    if not body:
        return None
    try:
        text = body.decode("utf-8")
        if excess := json_size.excess(text):
            raise Unknown(f"the body cannot be read: {excess}")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unknown(f"the body is not plain JSON: {expressions.first_line(str(error))}") from error
    expressions.measure(value, "the body")
    return value


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
        raise Unknown(f"the query cannot be read: {expressions.first_line(str(error))}") from error
    return found


def _fields(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        name = name.lower()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def compile_condition(source: str) -> Condition:
    """The condition ready to be asked; `ConditionError` for a syntax or type error, or a result that is no boolean."""
    expression = compile_in("request", source).compiled
    try:
        expressions.compile_with("request", frozenset((_BODY,)), source)
    except ConditionError:
        return Condition(expression, needs_body=True)  # what does not compile without the body needs the body
    return Condition(expression, needs_body=False)
