"""The frozen plans that a policy compiles to: everything that can be decided before a session starts.

A policy file is read by people; plans are read by the launcher (`JailPlan`, `EgressPlan`) and by the broker
(`BrokerPlan`). They hold numbers and names, no YAML, no defaults left to fill in. They are plain tuples, so that the
launcher can read a cached plan without importing the schema: as JSON (see `planfile`) they are kept and sent.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from akios_jail.policy.planfile import dump, parse

__all__ = [
    "EXACT_NETWORK",
    "SYNTHETIC_NETWORK",
    "WILDCARD_NETWORK",
    "Approvals",
    "BrokerPlan",
    "Budget",
    "Change",
    "Credential",
    "EgressHost",
    "EgressPlan",
    "JailPlan",
    "Limit",
    "Mount",
    "Pii",
    "Plans",
    "Price",
    "Route",
    "Routing",
    "Rule",
    "Secret",
    "Source",
    "Summary",
    "Target",
    "ToolRule",
    "dump",
    "parse",
]

#: Synthetic addresses (RFC 2544 benchmarking range): never on the internet, one per named host and session.
SYNTHETIC_NETWORK = "198.18.0.0/15"
#: Exact names get theirs at compile time from this half ...
EXACT_NETWORK = "198.18.0.0/16"
#: ... and names under a wildcard get theirs from this half at the first DNS query.
WILDCARD_NETWORK = "198.19.0.0/16"


class Mount(NamedTuple):
    """A host path shown in the jail at the same path. `access` is `ro` or `rw`; `optional`: absent on the host is fine.

    A path that does not begin with `/` starts, like the workspace's, from the folder where `akios run` is called.
    """

    path: str
    access: str
    optional: bool = False


class JailPlan(NamedTuple):
    """What the kernel is told: files, limits, environment and the system call profile of one session."""

    workspace: str  # a path; relative to the folder where `akios run` is called
    workspace_access: str  # ro | rw | overlay
    mounts: tuple[Mount, ...]
    memory_bytes: int  # memory and swap together
    cpus: float  # CPU seconds a second
    pids: int
    io_bytes_s: int | None  # read from each disk a second, and as many written
    open_files: int
    file_size_bytes: int
    tmp_bytes: int  # size of the private /tmp; /dev/shm has the same
    wall_time_s: float | None
    limits_optional: bool  # run without cgroup limits where the machine cannot give them
    env_pass: tuple[str, ...]  # names copied from the invoking environment
    env_set: tuple[tuple[str, str], ...]
    seccomp_profile: str  # a name in profiles/ or an absolute path
    seccomp_sha256: str  # of the profile's bytes at compile time
    observed: bool  # programs that the agent executes are seen


class EgressHost(NamedTuple):
    """One destination that may be dialled at all, as nftables and DNS know it.

    `kind`: `exact` and `wildcard` are names (a wildcard is stored as `*.example.com` and matches any depth below it,
    not the bare domain), `ip` and `cidr` are literal. `address` is the synthetic address of an exact name, "" for a
    wildcard, and the literal itself for `ip` and `cidr`. `handling` is `https` (TLS expected: intercepted
    or passed through, as the rules say), `http` or `tcp`.
    """

    host: str
    kind: str
    address: str
    port: int
    handling: str


class EgressPlan(NamedTuple):
    """The compiled egress allowlist: at most one handling for each host and port."""

    hosts: tuple[EgressHost, ...]


class Rule(NamedTuple):
    """One entry of the allowlist, fully spelled out. `number` counts from 1, in the order of the file."""

    number: int
    host: str  # lower case; `*.example.com`, an address or a network in its canonical spelling
    kind: str  # exact | wildcard | ip | cidr
    ports: tuple[int, ...]
    protocol: str  # https | http | tcp
    tls: str  # intercept | passthrough; "" unless https
    methods: tuple[str, ...]  # upper case; ("*",) for any; () for tcp and passthrough
    paths: tuple[str, ...]  # globs: `*` within a segment, `**` across segments; ("/**",) for any
    when: str  # CEL source, "" for none
    when_needs_body: bool
    addresses: tuple[str, ...]  # private networks that this name may resolve into
    description: str
    line: int  # in the policy file
    pii: str = ""  # a mode of personal data that goes before the policy's own


class Limit(NamedTuple):
    """One budget. Money in micro-dollars (1 USD = 1,000,000), so that no float ever decides; None: no such limit.

    `scope`: session | minute (any 60 seconds) | day (a calendar day in UTC, shared by all sessions of the policy on
    this machine, across restarts). `action`: refuse (402 at once) | throttle (wait for room, then 429) |
    terminate_with_summary | alert_and_queue. `max_wait_s`: how long a call is kept waiting for room before it is
    answered. `origin`: where it is written, for messages: policy | flux.
    """

    scope: str
    microusd: int | None
    tokens: int | None
    action: str
    max_wait_s: float
    origin: str


class Price(NamedTuple):
    """A price that the operator states. Micro-dollars for a million tokens; None: as the price list has it."""

    model: str  # a glob over model names: `*` is any text
    provider: str  # an id of the price list, "" for any
    input: int
    output: int
    cached_input: int | None
    cache_write: int | None


class Summary(NamedTuple):
    """The last words of a session that its budget ends: by which model, and what is kept back for them. "" for none."""

    model: str
    reserve_microusd: int


class Budget(NamedTuple):
    """What model calls may use. `shared_by`: the name under which day budgets are kept.

    `unknown_price`: what becomes of a call to a model without a price, where money is limited: deny | upper_bound (it
    is billed as the dearest model of the price list). `webhook`: where alerts go, "" for nowhere but the record.
    """

    limits: tuple[Limit, ...] = ()
    shared_by: str = ""
    prices: tuple[Price, ...] = ()
    unknown_price: str = "deny"
    summary: Summary = Summary("", 0)
    webhook: str = ""

    @property
    def limited(self) -> bool:
        """Whether anything is limited at all."""
        return bool(self.limits)

    @property
    def money(self) -> bool:
        """Whether money is limited."""
        return any(limit.microusd is not None for limit in self.limits)


class PiiMode(NamedTuple):
    """What happens to one kind of personal data, where that is not the policy's `mode`."""

    kind: str
    mode: str


class PiiPattern(NamedTuple):
    """A kind of the policy's own. `pattern` is in the syntax common to RE2 and Hyperscan, case and all."""

    name: str
    pattern: str


class PiiWords(NamedTuple):
    """A kind of the policy's own, as a list of words and phrases, in whatever case."""

    name: str
    words: tuple[str, ...]


class Pii(NamedTuple):
    """`mode`: off | redact_before_inference | pseudonymize | block | observe. `fields`: kinds of the catalogue.

    `scope`: model_calls | egress | responses. `restore`: placeholders are put back in answers; stand-ins always are.
    `ner`: models of a language that look for names.
    `unreadable`: refuse | pass, for what cannot be looked into.
    """

    mode: str
    fields: tuple[str, ...]
    modes: tuple[PiiMode, ...] = ()
    patterns: tuple[PiiPattern, ...] = ()
    words: tuple[PiiWords, ...] = ()
    allow: tuple[str, ...] = ()
    scope: tuple[str, ...] = ("model_calls",)
    restore: bool = False
    unreadable: str = "refuse"
    ner: tuple[str, ...] = ()

    def mode_of(self, kind: str) -> str:
        """What happens to findings of this kind."""
        return next((one.mode for one in self.modes if one.kind == kind), self.mode)

    @property
    def restores(self) -> bool:
        """Whether real values are put back into what comes back."""
        return self.mode != "off" and (self.restore or "pseudonymize" in self.used)

    @property
    def used(self) -> frozenset[str]:
        """All modes that something is in."""
        return frozenset((self.mode, *(one.mode for one in self.modes)))


class Target(NamedTuple):
    """Where a call may go instead. `host` "": the host (and path) that the agent called; `path` "": the usual one."""

    model: str
    host: str = ""
    path: str = ""


class Route(NamedTuple):
    """One rule of the model routing: the first whose condition (CEL) holds decides."""

    number: int
    condition: str
    target: Target
    max_retries: int
    fallbacks: tuple[Target, ...]
    reason: str
    line: int = 0  # in the FluxConfig


class Routing(NamedTuple):
    """`trust_header`: the agent's own X-Akios-Task header may say how hard its task is.

    `predictive`: spending is slowed down when the forecast for `look_ahead_s` crosses a budget. `spot`: the provider's
    cheaper, interruptible tier is tried first.
    """

    routes: tuple[Route, ...] = ()
    trust_header: bool = True
    predictive: bool = False
    look_ahead_s: float = 30.0
    context_packing: bool = False
    spot: bool = False

    @property
    def active(self) -> bool:
        """Whether calls may be changed or sent again at all."""
        return bool(self.routes) or self.context_packing or self.spot


class Secret(NamedTuple):
    """One value of a credential. `role`: key | access_key_id | secret_access_key | session_token.

    `variable`: the agent's environment variable that holds the placeholder. `source`: env | file | command, of the
    invoking side; `value`: its name, path, or program and arguments.
    """

    role: str
    variable: str
    source: str
    value: tuple[str, ...]


class Credential(NamedTuple):
    """A key that the agent never holds. `place`: header | query | sigv4; `fields`: names of headers, any of which may
    hold it, the usual one first; or the parameter's.

    `hosts`: exact names, or `*.name`, that it may be sent to, over verified TLS alone.
    """

    name: str
    hosts: tuple[str, ...]
    place: str
    fields: tuple[str, ...]
    secrets: tuple[Secret, ...]


class Change(NamedTuple):
    """What `modify` makes of one argument. `path`: its keys from the outside in. None: no such bound; `value`: JSON."""

    path: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    value: str | None


class ToolRule(NamedTuple):
    """A rule over actions of the agent; the first that matches decides, and what none matches is allowed.

    Over tools: `tool` is a glob over the names of tools, asked for by a model or called over MCP. Over HTTP: `tool` is
    "" and `hosts`, `methods`, `paths` say which requests (() for any). `when`: CEL, "" for always. `action`: allow |
    deny | modify | require_approval | terminate. `timeout_s`: how long a person has.
    """

    number: int
    tool: str
    hosts: tuple[str, ...]
    methods: tuple[str, ...]
    paths: tuple[str, ...]
    when: str
    when_needs_body: bool
    action: str
    changes: tuple[Change, ...]
    timeout_s: float
    reason: str
    line: int


class Approvals(NamedTuple):
    """How people are asked. `prompt`: on the launcher's terminal too, where there is one. `webhook`: told of it too."""

    prompt: bool = True
    webhook: str = ""


class BrokerPlan(NamedTuple):
    """What the broker decides by. `monitoring`: standard | strict (what is not understood does not pass)."""

    rules: tuple[Rule, ...]
    budget: Budget
    pii: Pii
    monitoring: str = "standard"
    routing: Routing = Routing()
    credentials: tuple[Credential, ...] = ()
    tools: tuple[ToolRule, ...] = ()
    approvals: Approvals = Approvals()

    @property
    def keeps_personal_data(self) -> bool:
        """Whether some of what models would be told may not reach them as it is."""
        modes = {self.pii.mode, *(one.mode for one in self.pii.modes), *(rule.pii for rule in self.rules)}
        return self.pii.mode != "off" and "model_calls" in self.pii.scope and not modes <= {"", "off", "observe"}


class Source(NamedTuple):
    """A file that plans were made from. `path` is absolute, `sha256` of its bytes.

    `role`: policy | base (one that it extends) | flux | profile | limit (a FluxConfig or a profile of a base, in whose
    place others came, which must allow no more).
    """

    role: str
    path: str
    sha256: str


class Plans(NamedTuple):
    """One compiled policy. `policy_sha256` is of the file's bytes and stands in every audit record.

    `flux_sha256` is of the FluxConfig that goes with it, "" without one. `sources`: all files that say what is in here,
    the policy's first. `expires`: Unix seconds from which on it may not be used, None: never.
    """

    name: str
    policy_sha256: str
    flux_sha256: str
    jail: JailPlan
    egress: EgressPlan
    broker: BrokerPlan
    sources: tuple[Source, ...] = ()
    expires: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The plans as JSON-ready objects with every field named."""
        document: dict[str, Any] = dump(self)
        return document

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Plans:
        """The inverse of `to_json`; a missing or unknown field or a value of another type is a `ValueError`."""
        return parse(cls, document)
