"""The frozen plans that a policy compiles to: everything that can be decided before a session starts.

A policy file is read by people; plans are read by the launcher (`JailPlan`, `EgressPlan`) and by the broker
(`BrokerPlan`). They hold numbers and names, no YAML, no defaults left to fill in. They are plain tuples, so that the
launcher can read a cached plan without importing the schema: `Plans.to_json` and `Plans.from_json` are the cache format.
"""

from __future__ import annotations

from typing import Any, NamedTuple

#: Synthetic addresses (RFC 2544 benchmarking range): never on the internet, one per named host and session.
SYNTHETIC_NETWORK = "198.18.0.0/15"
#: Exact names get theirs at compile time from this half ...
EXACT_NETWORK = "198.18.0.0/16"
#: ... and names under a wildcard get theirs from this half at the first DNS query.
WILDCARD_NETWORK = "198.19.0.0/16"


class Mount(NamedTuple):
    """A host path shown in the jail at the same path. `access` is `ro` or `rw`; `optional`: absent on the host is fine."""

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
    open_files: int
    file_size_bytes: int
    tmp_bytes: int  # size of the private /tmp; /dev/shm has the same
    wall_time_s: float | None
    limits_optional: bool  # run without cgroup limits where the machine cannot give them
    env_pass: tuple[str, ...]  # names copied from the invoking environment
    env_set: tuple[tuple[str, str], ...]
    seccomp_profile: str  # a name in profiles/ or an absolute path
    seccomp_sha256: str  # of the profile's bytes at compile time


class EgressHost(NamedTuple):
    """One destination that may be dialled at all, as nftables and DNS know it.

    `kind`: `exact` and `wildcard` are names (a wildcard is stored as `*.example.com` and matches any depth below it, not
    the bare domain), `ip` and `cidr` are literal. `address` is the synthetic address of an exact name, "" for a wildcard,
    and the literal itself for `ip` and `cidr`. `handling` is `https` (TLS expected: intercepted or passed through, as
    the rules say), `http` or `tcp`.
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
    tls: str  # intercept | passthrough (only for https)
    methods: tuple[str, ...]  # upper case; ("*",) for any; () for tcp and passthrough
    paths: tuple[str, ...]  # globs: `*` within a segment, `**` across segments; ("/**",) for any
    when: str  # CEL source, "" for none
    when_needs_body: bool
    addresses: tuple[str, ...]  # private networks that this name may resolve into
    description: str
    line: int  # in the policy file


class Budget(NamedTuple):
    """Money in micro-dollars (1 USD = 1,000,000), so that no float ever decides. None: no such limit."""

    max_tokens_per_minute: int | None
    max_tokens_per_session: int | None
    max_cost_per_session_microusd: int | None


class Pii(NamedTuple):
    """`mode`: off | redact_before_inference | block | observe. `fields`: email, phone, ssn."""

    mode: str
    fields: tuple[str, ...]


class BrokerPlan(NamedTuple):
    """What the broker decides by."""

    rules: tuple[Rule, ...]
    budget: Budget
    pii: Pii


class Plans(NamedTuple):
    """One compiled policy. `policy_sha256` is of the file's bytes and stands in every audit record."""

    name: str
    policy_sha256: str
    jail: JailPlan
    egress: EgressPlan
    broker: BrokerPlan

    def to_json(self) -> dict[str, Any]:
        """The plans as JSON-ready objects with every field named."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Plans:
        """The inverse of `to_json`; a missing or unknown field is a `ValueError`."""
        raise NotImplementedError
