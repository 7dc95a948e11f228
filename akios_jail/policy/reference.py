"""Writes docs/policy-reference.md from the schemas: `python -m akios_jail.policy.reference [FILE]`.

What a key means is said once, in its schema; a test holds that the page is what this would write.
"""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Iterator
from typing import Any, Literal

from annotated_types import Ge, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from akios_jail.policy import flux_schema, forms, methods, quantities, schema, values
from akios_jail.policy.expressions import ENVIRONMENTS, MAX_DEPTH, Variables
from akios_jail.policy.load import mark, part_in
from akios_jail.policy.part import key_names

DEFAULT_FILE = "docs/policy-reference.md"

_INTRODUCTION = """\
# Policy reference

<!-- Written by `python -m akios_jail.policy.reference` from the schemas beside it. Change those, not this. -->

A policy is one YAML file that says everything an agent may do. What it does not allow is refused. Every default is the
least: no network, a read-only workspace, no variable of the host's environment, modest limits.

```yaml
apiVersion: akios/v1
kind: AgentPolicy
metadata:
  name: my-first-agent
spec:
  governance:
    network_access:
      allowlist:
        - host: "api.openai.com"
          methods: ["POST"]
```

`akios policy check FILE` finds mistakes, `akios policy show FILE` prints a policy with every default filled in, and
`akios policy explain --policy FILE POST https://api.openai.com/v1/chat/completions` says what would happen and why.
A second file, a [FluxConfig](#keys-of-a-fluxconfig), says what sessions may cost.

## How a policy is read

- YAML 1.2's core schema: `true` and `false` are the booleans; `yes`, `no`, `on`, `off` are text. Tags, merge keys
  (`<<`), repeated keys and a second document are refused. Anchors and aliases are accepted.
- Unknown keys are errors, and so are keys without a value and empty lists of ports, methods or paths.
- **Sizes**: `512MiB`, `1.5GiB` (powers of 1024; also `Mi` as in Kubernetes), `1GB` (powers of 1000), or bytes.
- **Durations**: `90s`, `10m`, `1h30m`, `2d`.
- **Money**: `$1.00` or `1.00`, US dollars, down to a millionth. It is never rounded.
- **Paths in the file system** are absolute, or relative to the folder where `akios run` is called. `~`, `$VARIABLES`,
  `..` and patterns are refused.

## How a request is decided

1. The first rule whose host and port match says how the destination is handled (https read, https passed through, http
   or tcp). A more specific rule therefore belongs before a more general one; a rule that can never decide is an error.
2. Of the rules for that destination the first one whose methods, paths and condition match allows the request.
3. If no rule matches, or a condition on the way has no answer, the request is refused, with the reason on record.

A network wider than a special range does not speak of that range: `0.0.0.0/0` is the public internet, and does not take
in `10.0.0.0/8` or a cloud's metadata address. Name those to allow them.

### Paths

{paths}

### Conditions

A condition is an expression in [CEL](https://cel.dev) that gives a boolean. What it may name depends on its place.

In `when` of the allowlist, and of rules over requests (`http`) among the tools:

{request}

In `when` of rules over tool calls (`tool`):

{tool}

In `condition` of the model routing:

{routing}

A field that is not there has no value, and a condition that needs it has no answer: what was asked about is refused.
Ask first: `"x-team" in request.headers && request.headers["x-team"] == "billing"`, `has(args.note) && …`.
JSON that repeats a name within one object, holds a number without end, or is nested deeper than {depth} levels has no
answer either, nor has text that is no JSON. A key that differs only in spelling from one that the condition names
(`Amount` for `amount`) refuses the request. `now.getHours()` and its like take a time zone, `"Europe/Berlin"` or
`"+02:00"`, and count in UTC without one.

A body whose Content-Type is `application/x-www-form-urlencoded` is read as a form. Its values are strings:
`int(request.body.amount) > 1000`, which also holds of JSON. Brackets in names nest, as in Rails, PHP and Node:
`metadata[order]=7` is `request.body.metadata.order`, `items[0][price]=x` is `request.body.items["0"].price`, and
`expand[]=a&expand[]=b` is the list `request.body.expand`, as is `expand[0]=a&expand[1]=b`. A name that occurs twice
without `[]`, one with a dot or a space in it, texts numbered otherwise than from 0, a field without `=`, a bad escape,
more than {fields} fields or {form} bytes have no answer. What was read is what is sent: a form is written again from
its fields, and JSON without a Content-Type gets one. Multipart bodies are not read. A field `_method` in a form (also a
POST without a Content-Type) or the query, by which some servers take a request for one of another method, refuses it
unless a rule allows that method for the path as well, and counts as a method for rules that restrict.

Methods are those of the IANA registry; {never} can never be allowed.

## How a tool call is decided

1. The first rule under `tools` that matches decides; what none matches is allowed. Names match by glob (`*` is any
   characters). A rule that restricts takes in names that differ only in case or by invisible characters, too.
2. Rules over `tool` see calls that a model's answer asks for, before the agent sees them, and calls of MCP servers.
   Rules over `http` see requests that the allowlist allows.
3. A condition without an answer denies.

## Keys of an AgentPolicy
"""

_FLUX = """
## Keys of a FluxConfig

A second file beside the policy: what sessions may spend, what that costs and which model answers what. It can only
restrict and route; no key of it allows a host. `spec.governance.flux` of the policy names it, or `akios run --flux
FILE`, which wins. Limits of the policy and of the FluxConfig both hold.

```yaml
apiVersion: akios/v1
kind: FluxConfig
metadata:
  name: modest
spec:
  budgets:
    per_session:
      max_cost_usd: 2.00
      action_on_exceed: terminate_with_summary
  model_routing:
    rules:
      - condition: "task.complexity == 'lookup'"
        model: gpt-4o-mini
        fallbacks: [gpt-4o]
```
"""


def page() -> str:
    """The whole page."""
    from akios_jail.policy import paths

    about_paths = (paths.__doc__ or "").split("\n\n", 1)[1].strip()
    text = _INTRODUCTION.replace("{paths}", about_paths)
    for environment, declared in ENVIRONMENTS.items():
        text = text.replace(f"{{{environment}}}", _variables(declared))
    text = text.replace("{fields}", f"{forms.MAX_FIELDS:,}").replace("{form}", f"{forms.MAX_BYTES:,}")
    text = text.replace("{depth}", str(MAX_DEPTH)).replace("{never}", " and ".join(sorted(methods.NEVER)))
    agent_policy = "".join(_part(schema.AgentPolicy, "", "", {}))
    return text + agent_policy + _FLUX + "".join(_part(flux_schema.FluxConfig, "", "FluxConfig: ", {}))


def _variables(declared: Variables) -> str:
    return "\n".join(f"- `{name}` ({kind}): {meaning}" for name, (kind, meaning) in declared.items())


def _part(part: type[BaseModel], path: str, prefix: str, described: dict[type[BaseModel], str]) -> Iterator[str]:
    """The sections of a part and of those in it. One that stands in several places is described at the first."""
    heading = f"{prefix}`{path}`" if path else f"{prefix}the whole file"
    if part in described:
        yield f"\n### {heading}\n\nAs `{described[part]}`.\n"
        return
    described[part] = path
    yield f"\n### {heading}\n\n{inspect.cleandoc(part.__doc__ or '')}\n\n"
    yield "| key | type | default | meaning |\n|---|---|---|---|\n"
    inner: list[tuple[type[BaseModel], str]] = []
    for key, field in key_names(part).items():
        yield f"| `{key}` | {_kind(field)} | {_default(field)} | {_cell(field.description or '')} |\n"
        model = part_in(field.annotation)
        if model is not None:
            place = f"{path}.{key}" if path else key
            inner.append((model, place + mark(field.annotation)))
    for model, place in inner:
        yield from _part(model, place, prefix, described)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _kind(field: FieldInfo) -> str:
    text = _name(field.annotation, tuple(field.metadata))
    least = next((item.ge for item in field.metadata if isinstance(item, Ge)), None)
    most = next((item.le for item in field.metadata if isinstance(item, Le)), None)
    if least is not None and most is not None:
        return f"{text}, {least} to {most}"
    return f"{text}, at least {least}" if least is not None else text


_NAMES: dict[Any, str] = {
    values.Day: "day",
    values.Sha256: "SHA-256",
    values.Money: "money",
    values.Size: "size",
    values.Memory: "size",
    values.WallTime: "duration or `none`",
    values.Cpus: "number",
    values.Port: "port",
    values.HostText: "host",
    values.Method: "method",
    values.Glob: "glob",
    values.NetworkText: "network",
    values.HostPath: "path",
    values.Condition: "CEL",
    values.Variable: "name",
    values.VariableValue: "text",
    values.Name: "name",
    values.Line: "text",
    values.Wait: "duration",
    values.Seconds: "number",
    values.Number: "number",
    values.HostName: "host",
    values.ExactHost: "host",
    values.FieldNames: "header field, or a list of them",
    values.Parameter: "parameter",
    values.Argument: "text",
    values.ArgumentPath: "argument",
    values.ToolGlob: "glob of names",
    values.ModelName: "model",
    values.ModelGlob: "glob of names",
    values.Provider: "provider",
    values.RequestPath: "path",
    values.Url: "URL",
}


#: Parts that a single word may stand for.
_SHORT: dict[Any, str] = {schema.Workspace: "path, or keys, below", flux_schema.Target: "model, or keys, below"}


def _name(annotation: Any, metadata: tuple[Any, ...] = ()) -> str:
    for known, name in _NAMES.items():
        if annotation == known or (metadata and metadata[: len(known.__metadata__)] == known.__metadata__):
            return name
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _name(arguments[0], arguments[1:])
    if origin is Literal:
        return " \\| ".join(f"`{value}`" for value in arguments)
    if origin is list:
        return f"list of {_name(arguments[0])}"
    if origin is dict:
        return f"{_name(arguments[0])}: {_name(arguments[1])}"
    if origin in (types.UnionType, typing.Union):
        return " or ".join(_name(argument) for argument in arguments if argument is not type(None))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _SHORT.get(annotation, "keys, below")
    if annotation is Any:
        return "any value"
    return {str: "text", int: "whole number", bool: "`true` \\| `false`", float: "number"}[annotation]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None:
        return "`none`" if field.annotation == float | None and "duration" in _name(field.annotation) else ""
    if isinstance(value, BaseModel):
        return ""
    name = _name(field.annotation, tuple(field.metadata))
    if name == "size":
        return f"`{quantities.bytes_(value)}`"
    if name == "money":
        return f"`{quantities.dollars(value)}`"
    if name.startswith("duration"):
        return f"`{quantities.time(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list | dict):
        return f"`[{', '.join(value)}]`" if value else ""
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`" if value != "" else ""


def main() -> None:
    """Write the page to the file named on the command line, or to docs/policy-reference.md."""
    target = sys.argv[1] if len(sys.argv) > 1 else DEFAULT_FILE
    with open(target, "w", encoding="utf-8") as file:
        file.write(page())


if __name__ == "__main__":
    main()
