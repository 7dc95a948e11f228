"""The shape of an AgentPolicy manifest: every key, its type, its default and what it means.

The descriptions here are the policy reference (`python -m akios_jail.policy.reference` writes it), and the defaults are
the least privilege: no network, no writable path, no host environment, modest limits. What concerns one value is
checked here; what concerns several (contradictions, what a rule may combine) in `contradictions`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from akios_jail.policy.credentials_schema import MAX_CREDENTIALS, Credential
from akios_jail.policy.part import MAX_TOKENS, Metadata, Part
from akios_jail.policy.pii_schema import Mode, PiiHandling
from akios_jail.policy.tools_schema import MAX_TOOL_RULES, Approvals, ToolRule
from akios_jail.policy.values import (
    Condition,
    Cpus,
    Glob,
    HostPath,
    HostText,
    Line,
    Memory,
    Method,
    Money,
    NetworkText,
    Port,
    Sha256,
    Size,
    Variable,
    VariableValue,
    WallTime,
)

MAX_RULES = 10_000


def _workspace(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


class AllowRule(Part):
    """One destination that the agent may use, and how. The first rule that matches a request decides."""

    host: HostText = Field(
        description="A name (`api.openai.com`), all names below a domain (`*.example.com`, at any depth, without "
        "`example.com` itself), an address (`192.0.2.7`, `2001:db8::7`) or a network (`10.1.0.0/16`)."
    )
    protocol: Literal["https", "http", "tcp"] = Field(
        default="https",
        description="`https`: HTTP over TLS. `http`: HTTP in the clear. `tcp`: any bytes, unread; needs `ports`.",
    )
    ports: list[Port] | None = Field(
        default=None,
        min_length=1,
        description="Ports. Default: `[443]` for https, `[80]` for http; `tcp` must name its own.",
    )
    tls: Literal["intercept", "passthrough"] = Field(
        default="intercept",
        description="Only for https. `intercept`: AKIOS reads the requests and applies `methods`, `paths`, `when`, "
        "budgets and redaction. `passthrough`: only the host is checked and the encrypted bytes go through unread.",
    )
    methods: list[Method] | None = Field(
        default=None,
        min_length=1,
        description='HTTP methods. Default: `["GET", "HEAD"]`. `["*"]` is any but CONNECT and TRACE.',
    )
    paths: list[Glob] | None = Field(
        default=None,
        min_length=1,
        description="Globs of paths. `*` stands for characters within a segment, `**` for whole segments: "
        "`/v1/**`, `/repos/*/issues`. Default: any path. Upper and lower case differ. A path with a dot segment, an "
        "empty segment or an encoded slash or dot matches no glob but `/**`.",
    )
    when: Condition | None = Field(
        default=None,
        description="A condition in CEL that must be true, e.g. `request.body.model.startsWith('gpt-4o')`. "
        "A condition that cannot be evaluated (a missing field, say) refuses the request; guard with "
        "`has(…)` or `in`.",
    )
    addresses: list[NetworkText] = Field(
        default_factory=list,
        description="Private networks that this name may resolve into, e.g. `[10.1.0.0/16]`. Without them a name that "
        "resolves to a private, link-local or loopback address is refused.",
    )
    pii: Mode | None = Field(
        default=None,
        description="What happens to personal data under this rule, instead of `pii_handling.mode` and `modes`, e.g. "
        "`off` for a customer database of your own. Where `pii_handling` is off, it is off everywhere.",
    )
    description: Line = Field(
        default="", description="Why the rule is there; shown by `policy show` and `policy explain`."
    )


class NetworkAccess(Part):
    """Where the agent may connect to. What no rule allows is refused."""

    allowlist: list[AllowRule] = Field(
        default_factory=list, max_length=MAX_RULES, description="The rules, tried in order. None: no network at all."
    )


class Budget(Part):
    """What model calls may use. A limit that is not given is no limit."""

    max_tokens_per_minute: int | None = Field(
        default=None,
        ge=1,
        le=MAX_TOKENS,
        description="Tokens, sent and received, in any 60 seconds. More is delayed with status 429.",
    )
    max_tokens_per_session: int | None = Field(
        default=None,
        ge=1,
        le=MAX_TOKENS,
        description="Tokens, sent and received, in the whole session. More is refused with status 402.",
    )
    max_tokens_per_day: int | None = Field(
        default=None,
        ge=1,
        le=MAX_TOKENS,
        description="Tokens of all sessions of this policy on this machine, in a calendar day (UTC), across restarts. "
        "More is refused with status 402.",
    )
    max_cost_per_minute: Money | None = Field(
        default=None, description="US dollars in any 60 seconds. More is delayed with status 429."
    )
    max_cost_per_session: Money | None = Field(
        default=None, description="US dollars for the whole session, e.g. `$1.00`. More is refused with status 402."
    )
    max_cost_per_day: Money | None = Field(
        default=None,
        description="US dollars of all sessions of this policy on this machine, in a calendar day (UTC), across "
        "restarts. More is refused with status 402.",
    )


class Governance(Part):
    """What the broker enforces on everything that leaves the jail."""

    network_access: NetworkAccess = Field(default_factory=NetworkAccess, description="The allowlist.")
    budget: Budget = Field(default_factory=Budget, description="Money and tokens.")
    pii_handling: PiiHandling = Field(
        default_factory=lambda: PiiHandling(mode="off"),
        description="Personal data. Without this section it is not looked for.",
    )
    monitoring: Literal["standard", "strict"] = Field(
        default="standard",
        description="`standard`: a call to a model that AKIOS does not understand is recorded as opaque, and refused "
        "only where a budget or personal data would have to be read from it. `strict`: it is refused.",
    )
    flux: HostPath | None = Field(
        default=None,
        description="A FluxConfig that goes with the policy: a path, absolute or relative to the policy's folder. "
        "`akios run --flux FILE` puts another in its place.",
    )
    credentials: list[Credential] = Field(
        default_factory=list,
        max_length=MAX_CREDENTIALS,
        description="Keys that stay outside the jail and are put on requests on the way.",
    )
    tools: list[ToolRule] = Field(
        default_factory=list,
        max_length=MAX_TOOL_RULES,
        description="Rules over tool calls and requests, tried in order. None matches: allowed.",
    )
    approvals: Approvals = Field(default_factory=Approvals, description="How people are asked.")


class Workspace(Part):
    """The folder that the agent works in."""

    path: HostPath = Field(default=".", description="Absolute, or relative to the folder where `akios run` is called.")
    access: Literal["ro", "rw", "overlay"] = Field(
        default="ro",
        description="`ro`: read only. `rw`: changes are made in the folder itself. `overlay`: the agent may write, and "
        "the folder stays as it was.",
    )


class Filesystem(Part):
    """Which files the agent sees besides the system's programs. Nothing else is there at all."""

    workspace: Annotated[Workspace, BeforeValidator(_workspace)] = Field(
        default_factory=Workspace,
        description="The folder that the agent works in; a path alone means read only.",
    )
    read: list[HostPath] = Field(
        default_factory=list,
        description="Files and folders shown read-only at the same path. Relative paths start where `akios run` is "
        "called.",
    )
    write: list[HostPath] = Field(
        default_factory=list,
        description="Files and folders that the agent may change, at the same path. Relative paths start where "
        "`akios run` is called, so that a read-only workspace can have a writable `out`.",
    )


class Resources(Part):
    """How much of the machine the session may use. Reaching a limit is in the report."""

    memory: Memory = Field(default=2 << 30, description="Memory and swap together, of all processes. At least 16MiB.")
    cpus: Cpus = Field(default=1.0, description="CPU time a second; `0.5` is half of one CPU, `2` two whole ones.")
    pids: int = Field(default=256, ge=4, le=4_194_304, description="Processes and threads at once.")
    io: Size | None = Field(
        default=None,
        description="Bytes a second read from each disk, and as many written, e.g. `50MiB`; no limit unless it is set. "
        "Under cgroup v1 only reads and direct writes count.",
    )
    open_files: int = Field(default=1024, ge=64, le=1_048_576, description="Open files of each process.")
    file_size: Size = Field(default=1 << 30, description="Size of any one file that is written.")
    tmp: Size = Field(
        default=512 << 20, description="Size of the private /tmp; /dev/shm has the same. Counts as memory."
    )
    wall_time: WallTime = Field(
        default=3600.0,
        description="How long the session may last, e.g. `90s`, `10m`, `1h30m`; `none` for no limit.",
    )
    optional: bool = Field(
        default=False,
        description="`true`: run without memory, CPU and process limits where the machine cannot give them "
        "(no cgroup to use). Otherwise that is an error.",
    )


class Environment(Part):
    """Which environment variables the agent has besides the few that the jail sets (PATH, HOME, LANG, …)."""

    pass_: list[Variable] = Field(
        default_factory=list,
        alias="pass",
        description="Names copied from the environment of `akios run`, if set there.",
    )
    set: dict[Variable, VariableValue] = Field(default_factory=dict, description="Names with their values.")


class Seccomp(Part):
    """Which system calls the agent may make."""

    profile: Line = Field(
        default="agent-default",
        min_length=1,
        description="A profile that comes with AKIOS, by name, or the path of a file in the OCI/Docker JSON format, "
        "absolute or relative to the policy's folder.",
    )


class Trace(Part):
    """What is kept of what the agent does, beside what the audit log has anyway."""

    processes: Literal["on", "off"] = Field(
        default="on",
        description="Whether programs that the agent executes are seen, put on record and into the trace. A seccomp "
        "listener sees them, and a process can have only one: `off` for agents whose own sandboxes need theirs.",
    )


class Spec(Part):
    """What the agent may do."""

    governance: Governance = Field(default_factory=Governance, description="What may leave the jail, and at what cost.")
    filesystem: Filesystem = Field(default_factory=Filesystem, description="Files.")
    resources: Resources = Field(default_factory=Resources, description="Limits.")
    environment: Environment = Field(default_factory=Environment, description="Environment variables.")
    seccomp: Seccomp = Field(default_factory=Seccomp, description="System calls.")
    trace: Trace = Field(default_factory=Trace, description="What is kept of what it does.")


class Extends(Part):
    """The policy that this one narrows. What is not given here is as there; nothing may be allowed that is not there.
    Tool rules are put in front of those there, and conditions of rules there are kept; other lists take their place."""

    path: Line = Field(min_length=1, description="Absolute, or relative to this policy's folder.")
    sha256: Sha256 = Field(description="The digest of that file (`sha256sum`): it is this one and no later one.")


class AgentPolicy(Part):
    """A policy: one YAML file that says everything an agent may do."""

    apiVersion: Literal["akios/v1"] = Field(description="Always `akios/v1`.")
    kind: Literal["AgentPolicy"] = Field(description="Always `AgentPolicy`.")
    metadata: Metadata = Field(description="What the policy is called.")
    extends: Extends | None = Field(
        default=None, description="A policy that this one narrows: an organisation's, say, or a team's."
    )
    spec: Spec = Field(description="What the agent may do. `{}` is a policy: no network, read-only workspace.")
