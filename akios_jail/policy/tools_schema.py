"""`governance.tools` and `governance.approvals`: what the agent may do with tools, and when a person is asked."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from akios_jail.policy.part import Part
from akios_jail.policy.values import ArgumentPath, Condition, Glob, HostText, Line, Method, Number, ToolGlob, Url, Wait

MAX_TOOL_RULES = 1000
#: How long a person has to approve unless the rule says otherwise, in seconds.
APPROVAL_S = 300.0


class HttpMatch(Part):
    """Which requests a rule is about. A key that is not there is any."""

    hosts: list[HostText] | None = Field(
        default=None, min_length=1, description="Hosts as in the allowlist, whose requests it must let AKIOS read."
    )
    methods: list[Method] | None = Field(default=None, min_length=1, description="HTTP methods.")
    paths: list[Glob] | None = Field(default=None, min_length=1, description="Globs of paths, as in the allowlist.")


class Bounds(Part):
    """What becomes of one argument: a number is brought within bounds, or a value is set."""

    max: Number | None = Field(default=None, description="The most; a larger number becomes this.")
    min: Number | None = Field(default=None, description="The least; a smaller number becomes this.")
    value: Any = Field(default=None, description="Set to this, whatever it was.")


class ToolRule(Part):
    """One rule over what the agent does: tool calls (`tool`) or HTTP requests (`http`). The first that matches decides,
    and what none matches is allowed."""

    tool: ToolGlob | None = Field(
        default=None,
        description="Names of tools, asked for by a model's answer or called over MCP; `*` stands for any characters.",
    )
    http: HttpMatch | None = Field(default=None, description="Or which requests.")
    when: Condition | None = Field(
        default=None,
        description="A condition in CEL that must be true for the rule to match, e.g. `args.amount_usd > 100.0`. One "
        "that cannot be evaluated denies.",
    )
    action: Literal["allow", "deny", "modify", "require_approval", "terminate"] = Field(
        description="`deny`: the agent gets a refusal it can react to. `modify`: arguments are changed, then it goes "
        "on. `require_approval`: it waits for a person. `terminate`: the session ends."
    )
    timeout: Wait | None = Field(
        default=None, description="Of `require_approval`: how long a person has; then it is denied. Default: `5m`."
    )
    modify: dict[ArgumentPath, Bounds] | None = Field(
        default=None,
        min_length=1,
        description="Of `modify`: arguments by name (`options.format` is within `options`) and what becomes of each. "
        "Of a request: fields of its JSON body.",
    )
    reason: Line = Field(default="", description="Told to the agent, to the person who is asked, and on record.")


class Approvals(Part):
    """How people are asked."""

    prompt: bool = Field(default=True, description="On the terminal of `akios run` too, where it has one.")
    webhook: Url | None = Field(default=None, description="An https URL that is told of every question.")
