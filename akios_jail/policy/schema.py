"""The shape of an AgentPolicy manifest: every key, its type, its default and what it means.

The descriptions here are the policy reference (`python -m akios_jail.policy.reference` writes it), and the defaults are
the least privilege: no network, no writable path, no host environment, modest limits. What concerns one value is
checked here; what concerns several (contradictions, what a rule may combine) in `contradictions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from akios_jail.policy import hosts, methods, paths, quantities
from akios_jail.policy.quantities import name_of

API_VERSION = "akios/v1"
PiiField = Literal["email", "phone", "ssn"]
PII_FIELDS: tuple[PiiField, ...] = ("email", "phone", "ssn")
MAX_RULES = 10_000
MAX_TOKENS = 10**15

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

#: The jail's trust stores are found by these: a policy that set them would only break TLS.
TRUST_VARIABLES = frozenset(
    (
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "CURL_CA_BUNDLE",
        "GIT_SSL_CAINFO",
        "PIP_CERT",
        "CARGO_HTTP_CAINFO",
        "AWS_CA_BUNDLE",
        "DENO_CERT",
    )
)


class Part(BaseModel):
    """A mapping of the manifest: exact types, no unknown key."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _text(check: Callable[[str], str]) -> BeforeValidator:
    """A validator of text: anything else is told apart before `check` sees it."""

    def validate(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError(f"expected text, found {name_of(value)}")
        return check(value)

    return BeforeValidator(validate)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not a name: use letters, digits, dots, hyphens and underscores, at most 63")
    return text


def _host(text: str) -> str:
    return hosts.parse(text).text


def _condition(text: str) -> str:
    if not text.strip():
        raise ValueError("the condition is empty: leave `when` out, or say what must hold")
    return text


def _variable(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        hint = f": write {text.partition('=')[0]}: under `set`" if "=" in text else ""
        raise ValueError(f"{text!r} is not the name of an environment variable{hint}")
    if text in TRUST_VARIABLES:
        raise ValueError(f"{text} is set by the jail, to the trust store that holds the session's own CA")
    return text


def _variable_value(value: object) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        raise ValueError(f"expected text, found {name_of(value)}: put it in quotes")
    text = str(value)
    if "\0" in text:
        raise ValueError("an environment variable cannot hold a NUL character")
    return text


def _line(text: str) -> str:
    if len(text) > 500 or any(ord(character) < 32 and character != "\n" for character in text):
        raise ValueError("expected at most 500 characters without control characters")
    return text


def host_path(text: str) -> str:
    """A path of the filesystem section: absolute, or relative to where `akios run` is called; normalised, and plain."""
    if not text:
        raise ValueError("the path is empty")
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError("the path has a control character in it")
    if text.startswith("~"):
        raise ValueError(f"{text!r}: write the whole path, since under sudo ~ would be another home")
    if "$" in text:
        raise ValueError(f"{text!r}: variables are not expanded; write the whole path")
    if set(text) & set("*?["):
        raise ValueError(f"{text!r}: patterns are not expanded; name a folder to give everything in it")
    if ".." in text.split("/"):
        raise ValueError(f"{text!r}: `..` is not accepted, since a link on the way would change what it means")
    kept = [part for part in text.split("/") if part not in ("", ".")]
    return ("/" if text.startswith("/") else "") + "/".join(kept) or "."


def _workspace(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


def _wall_time(value: object) -> float | None:
    if value is None or value == "none":
        return None
    seconds = quantities.duration(value)
    if seconds <= 0:
        raise ValueError("a session of no time cannot run; write none for no limit")
    return seconds


def _at_least(least: int, text: str) -> Callable[[object], int]:
    def validate(value: object) -> int:
        amount = quantities.size(value)
        if amount < least:
            raise ValueError(f"{value} is too little: {text}")
        return amount

    return validate


Name = Annotated[str, _text(_name)]
Line = Annotated[str, _text(_line)]
HostText = Annotated[str, _text(_host)]
Method = Annotated[str, _text(methods.check)]
Glob = Annotated[str, _text(paths.check)]
Condition = Annotated[str, _text(_condition)]
NetworkText = Annotated[str, _text(hosts.network)]
HostPath = Annotated[str, _text(host_path)]
Variable = Annotated[str, _text(_variable)]
VariableValue = Annotated[str, BeforeValidator(_variable_value)]
Port = Annotated[int, Field(ge=1, le=65535)]
Money = Annotated[int, BeforeValidator(quantities.money), PlainSerializer(quantities.dollars)]
Size = Annotated[int, BeforeValidator(quantities.size), PlainSerializer(quantities.bytes_)]
Memory = Annotated[
    int,
    BeforeValidator(_at_least(16 << 20, "16MiB is the least in which a program starts")),
    PlainSerializer(quantities.bytes_),
]
Cpus = Annotated[float, BeforeValidator(quantities.cpus)]
WallTime = Annotated[
    float | None,
    BeforeValidator(_wall_time),
    PlainSerializer(lambda seconds: "none" if seconds is None else quantities.time(seconds)),
]


class Metadata(Part):
    """What the policy is called."""

    name: Name = Field(description="Name of the policy; it stands in every audit record.")
    description: Line = Field(default="", description="What the policy is for, in a sentence.")
    labels: dict[Name, Line] = Field(default_factory=dict, description="Free words for your own tools.")


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
    max_cost_per_session: Money | None = Field(
        default=None, description="US dollars for the whole session, e.g. `$1.00`. More is refused with status 402."
    )


class PiiHandling(Part):
    """What happens to personal data in what the agent sends to a model."""

    mode: Literal["off", "redact_before_inference", "block", "observe"] = Field(
        default="redact_before_inference",
        description="`redact_before_inference`: replaced by placeholders before the model sees it. `block`: the call "
        "is refused. `observe`: counted and recorded only. `off`: not looked for.",
    )
    fields: list[PiiField] = Field(
        default_factory=lambda: list(PII_FIELDS),
        min_length=1,
        description="Kinds of personal data: e-mail addresses, telephone numbers, US social security numbers.",
    )


class Governance(Part):
    """What the broker enforces on everything that leaves the jail."""

    network_access: NetworkAccess = Field(default_factory=NetworkAccess, description="The allowlist.")
    budget: Budget = Field(default_factory=Budget, description="Money and tokens.")
    pii_handling: PiiHandling = Field(
        default_factory=lambda: PiiHandling(mode="off"),
        description="Personal data. Without this section it is not looked for.",
    )


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

    profile: Annotated[str, _text(_line)] = Field(
        default="agent-default",
        min_length=1,
        description="A profile that comes with AKIOS, by name, or the path of a file in the OCI/Docker JSON format, "
        "absolute or relative to the policy's folder.",
    )


class Spec(Part):
    """What the agent may do."""

    governance: Governance = Field(default_factory=Governance, description="What may leave the jail, and at what cost.")
    filesystem: Filesystem = Field(default_factory=Filesystem, description="Files.")
    resources: Resources = Field(default_factory=Resources, description="Limits.")
    environment: Environment = Field(default_factory=Environment, description="Environment variables.")
    seccomp: Seccomp = Field(default_factory=Seccomp, description="System calls.")


class AgentPolicy(Part):
    """A policy: one YAML file that says everything an agent may do."""

    apiVersion: Literal["akios/v1"] = Field(description="Always `akios/v1`.")
    kind: Literal["AgentPolicy"] = Field(description="Always `AgentPolicy`.")
    metadata: Metadata = Field(description="What the policy is called.")
    spec: Spec = Field(description="What the agent may do. `{}` is a policy: no network, read-only workspace.")


def key_names(model: type[BaseModel]) -> dict[str, Any]:
    """The keys of a part as written in YAML, with pydantic's record of each."""
    return {field.alias or name: field for name, field in model.model_fields.items()}
