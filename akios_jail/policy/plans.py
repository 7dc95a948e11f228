"""The frozen plans that a policy compiles to: everything that can be decided before a session starts.

A policy file is read by people; plans are read by the launcher (`JailPlan`, `EgressPlan`) and by the broker
(`BrokerPlan`). They hold numbers and names, no YAML, no defaults left to fill in. They are plain tuples, so that the
launcher can read a cached plan without importing the schema: `Plans.to_json` and `from_json` are the cache format.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

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
        document: dict[str, Any] = dump(self)
        return document

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Plans:
        """The inverse of `to_json`; a missing or unknown field or a value of another type is a `ValueError`."""
        return parse(cls, document)


def dump(plan: Any) -> Any:
    """Any plan of this module as JSON-ready objects: a dict of its fields, tuples as lists."""
    if isinstance(plan, tuple):
        names = getattr(plan, "_fields", None)
        if names is None:
            return [dump(item) for item in plan]
        return {name: dump(item) for name, item in zip(names, plan, strict=True)}
    return plan


def parse(kind: type[T], document: object) -> T:
    """The plan of type `kind` that `dump` wrote, e.g. `parse(BrokerPlan, json.loads(data))`.

    Strict, because what it reads decides what an agent may do: every field must be there and of its type, and nothing
    else may be. `ValueError` names the first place that is wrong.
    """
    plan: T = _read(kind, document, kind.__name__)
    return plan


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, value: object, where: str) -> Any:
    """`value` as one of the few types that fields of plans have."""
    if hasattr(kind, "_fields"):
        hints = _hints(kind)
        if not isinstance(value, dict) or value.keys() != hints.keys():
            raise ValueError(f"{where}: not exactly the fields {', '.join(hints)}")
        return kind(*[_read(hint, value[name], f"{where}.{name}") for name, hint in hints.items()])
    arguments = get_args(kind)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ValueError(f"{where}: not a list")
        if arguments[-1] is Ellipsis:
            return tuple([_read(arguments[0], item, where) for item in value])
        if len(value) != len(arguments):
            raise ValueError(f"{where}: not a list of {len(arguments)}")
        return tuple([_read(hint, item, where) for hint, item in zip(arguments, value, strict=True)])
    if arguments:  # `X | None` is the only union here
        return None if value is None else _read(arguments[0], value, where)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:  # exactly: True is not an int here
        raise ValueError(f"{where}: not of type {kind.__name__}")
    return value
