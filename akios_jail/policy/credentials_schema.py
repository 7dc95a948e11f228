"""`governance.credentials`: which keys the broker puts on which requests, and where it has them from."""

from __future__ import annotations

from pydantic import Field

from akios_jail.policy.part import Part
from akios_jail.policy.values import Argument, FieldNames, HostName, HostPath, Name, Parameter, Variable

MAX_CREDENTIALS = 64


class Source(Part):
    """Where a real key is kept: exactly one of the three. It is read by `akios run`, never by the agent."""

    env: Variable | None = Field(default=None, description="A variable of the environment of `akios run`.")
    file: HostPath | None = Field(
        default=None,
        description="A file that holds the key and nothing else. Absolute, or relative to the folder where `akios run` "
        "is called. The agent must not see it.",
    )
    command: list[Argument] | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="A program with its arguments whose output is the key, e.g. `[op, read, op://vault/openai/key]`. "
        "No shell reads it. It runs as whoever calls, in `/`: write whole paths, none of them in a folder of the "
        "agent's.",
    )


class SecretValue(Part):
    """One part of an AWS key."""

    env: Variable = Field(description="The agent's variable that holds the placeholder.")
    from_: Source | None = Field(
        default=None, alias="from", description="Where the real value is. Default: the variable of the same name."
    )


class SigV4(Part):
    """An AWS key: the agent signs with placeholders, and the broker signs anew (AWS Signature Version 4)."""

    access_key_id: SecretValue = Field(description="The access key's id.")
    secret_access_key: SecretValue = Field(description="The secret.")
    session_token: SecretValue | None = Field(default=None, description="Of temporary keys, their token.")


class Credential(Part):
    """A key that the agent never holds: its environment has a placeholder, which the broker replaces on the way."""

    name: Name = Field(description="What the record calls it.")
    hosts: list[HostName] = Field(
        min_length=1,
        description="Where it may go: names, or `*.name`. Each must be named by a rule with protocol https and tls "
        "intercept.",
    )
    env: Variable | None = Field(
        default=None, description="The agent's variable that holds the placeholder. Required but for `sigv4`."
    )
    from_: Source | None = Field(
        default=None, alias="from", description="Where the real key is. Default: the variable of the same name."
    )
    header: FieldNames | None = Field(
        default=None,
        description="The header field that it is sent in, or a list of those in which clients send it, the usual one "
        "first (`[x-api-key, Authorization]`). Default: `Authorization`.",
    )
    query: Parameter | None = Field(default=None, description="Or the query parameter that it is sent in.")
    sigv4: SigV4 | None = Field(default=None, description="Or the key of an AWS signature.")
