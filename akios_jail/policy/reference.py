"""Writes docs/policy-reference.md from the schema: `python -m akios_jail.policy.reference [FILE]`.

What a key means is said once, in the schema; a test holds that the page is what this would write.
"""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Iterator
from typing import Any, Literal

from annotated_types import Ge, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from akios_jail.policy import methods, quantities, schema, values
from akios_jail.policy.conditions import MAX_BODY_DEPTH, VARIABLES

DEFAULT_FILE = "docs/policy-reference.md"

_INTRODUCTION = """\
# Policy reference

<!-- Written by `python -m akios_jail.policy.reference` from akios_jail/policy/schema.py. Change that, not this. -->

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

### Conditions (`when`)

A condition is an expression in [CEL](https://cel.dev) that gives a boolean. It may use:

{variables}

A field that is not there has no value, and a condition that needs it has no answer: the request is refused. Ask first:
`"x-team" in request.headers && request.headers["x-team"] == "billing"`, `has(request.body.model) && …`.
A body that is not JSON, repeats a name within one object, or is nested deeper than {depth} levels has no answer either.
Methods are those of the IANA registry; {never} can never be allowed.

## Keys
"""


def page() -> str:
    """The whole page."""
    from akios_jail.policy import paths

    variables = "\n".join(f"- `{name}` ({kind}): {meaning}" for name, (kind, meaning) in VARIABLES.items())
    about_paths = (paths.__doc__ or "").split("\n\n", 1)[1].strip()
    text = _INTRODUCTION.replace("{paths}", about_paths).replace("{variables}", variables)
    text = text.replace("{depth}", str(MAX_BODY_DEPTH)).replace("{never}", " and ".join(sorted(methods.NEVER)))
    return text + "".join(_part(schema.AgentPolicy, ""))


def _part(part: type[BaseModel], path: str) -> Iterator[str]:
    heading = f"`{path}`" if path else "The whole file"
    yield f"\n### {heading}\n\n{(part.__doc__ or '').strip()}\n\n"
    yield "| key | type | default | meaning |\n|---|---|---|---|\n"
    inner: list[tuple[type[BaseModel], str]] = []
    for key, field in schema.key_names(part).items():
        yield f"| `{key}` | {_kind(field)} | {_default(field)} | {_cell(field.description or '')} |\n"
        model = _model(field.annotation)
        if model is not None:
            place = f"{path}.{key}" if path else key
            inner.append((model, f"{place}[]" if typing.get_origin(field.annotation) is list else place))
    for model, place in inner:
        yield from _part(model, place)


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
}


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
        return "path, or keys, below" if annotation is schema.Workspace else "keys, below"
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
    if name.startswith("duration"):
        return f"`{quantities.time(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list | dict):
        return f"`[{', '.join(value)}]`" if value else ""
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`" if value != "" else ""


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for model in map(_model, typing.get_args(annotation)) if model is not None), None)


def main() -> None:
    """Write the page to the file named on the command line, or to docs/policy-reference.md."""
    target = sys.argv[1] if len(sys.argv) > 1 else DEFAULT_FILE
    with open(target, "w", encoding="utf-8") as file:
        file.write(page())


if __name__ == "__main__":
    main()
