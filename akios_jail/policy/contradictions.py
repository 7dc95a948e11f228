"""What is right value by value and wrong together: rules that cannot both hold, rules that can never decide.

Every finding names the place to change. A policy that says two things about one destination is refused rather than
read in some order that its author did not think of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from akios_jail.policy import hosts, methods, paths
from akios_jail.policy.document import Document, Path
from akios_jail.policy.errors import Problem
from akios_jail.policy.plans import Rule
from akios_jail.policy.schema import AgentPolicy, AllowRule

ALLOWLIST: Path = ("spec", "governance", "network_access", "allowlist")

_PRIVATE_FOLDERS = ("/proc", "/sys", "/dev", "/tmp", "/run")  # noqa: S108 - the jail's own, named to be refused
_SYSTEM_FOLDERS = ("/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/boot", "/var", "/root", "/home")
_CONTROL_SOCKETS = ("docker.sock", "containerd.sock", "podman.sock", "crio.sock")


def in_rule(read: Document, number: int, rule: AllowRule) -> Iterator[Problem]:
    """What one rule combines that does not go together. `number` counts from 0 here."""
    path = (*ALLOWLIST, number)
    given = rule.model_fields_set
    unread = "tcp" if rule.protocol == "tcp" else "tls: passthrough" if rule.tls == "passthrough" else None
    if unread is not None:
        for key in ("methods", "paths", "when"):
            if key in given:
                message = f"`{key}` needs a request to look at, and {unread} passes bytes through unread"
                hint = "Take it out, or have the requests read (protocol: https with tls: intercept)."
                yield read.problem((*path, key), message, hint, at_key=True)
    if "tls" in given and rule.protocol != "https":
        message = f"`tls` is for protocol https, and this rule is for {rule.protocol}"
        yield read.problem((*path, "tls"), message, "Take it out.", at_key=True)
    if rule.protocol == "tcp" and rule.ports is None:
        hint = "Write, for example, ports: [5432]."
        yield read.problem(path, "a rule for protocol tcp must name its ports", hint)
    for place, port in enumerate(rule.ports or ()):
        if port == 53:
            hint = "The jail answers DNS itself, for the names of the policy only; no query leaves it."
            yield read.problem((*path, "ports", place), "port 53 cannot be opened", hint)
    for key in ("ports", "methods", "paths", "addresses"):
        yield from _repeated(read, (*path, key), list(getattr(rule, key) or ()))
    if rule.methods is not None and methods.ANY in rule.methods and len(rule.methods) > 1:
        yield read.problem((*path, "methods"), '"*" is any method; the others beside it say nothing', "Keep one.")
    if rule.paths is not None and paths.ANY in rule.paths and len(rule.paths) > 1:
        yield read.problem((*path, "paths"), '"/**" is any path; the others beside it say nothing', "Keep one.")
    if rule.addresses and hosts.parse(rule.host).kind in ("ip", "cidr"):
        message = "`addresses` says where a name may lead, and this host is an address itself"
        yield read.problem((*path, "addresses"), message, "Take it out.", at_key=True)


def _repeated(read: Document, path: Path, values: list[object]) -> Iterator[Problem]:
    seen: set[object] = set()
    for place, value in enumerate(values):
        if value in seen:
            yield read.problem((*path, place), f"{value} is listed twice", "Keep one.")
        seen.add(value)


def between_rules(read: Document, rules: tuple[Rule, ...]) -> Iterator[Problem]:
    """Rules that contradict an earlier one about a destination, or that an earlier one leaves nothing to decide."""
    earlier = _Earlier()
    for rule in rules:
        problem = next((found for host in earlier.covering(rule) if (found := _conflict(read, host, rule))), None)
        if problem is not None:
            yield problem
        earlier.add(rule)


class _Host:
    """What the rules so far say about one host: the first rule of each port, and the rules by glob."""

    def __init__(self) -> None:
        self.by_port: dict[int, Rule] = {}
        self.by_glob: dict[str, list[Rule]] = defaultdict(list)


class _Earlier:
    """The rules before the one that is looked at, by host: each is compared with few others, also among thousands."""

    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = defaultdict(_Host)
        self._networks = hosts.NetworkIndex[_Host]()

    def add(self, rule: Rule) -> None:
        if rule.kind == "cidr" and rule.host not in self._hosts:
            self._networks.add(rule.host, self._hosts[rule.host])
        host = self._hosts[rule.host]
        for port in rule.ports:
            host.by_port.setdefault(port, rule)
        for glob in rule.paths or ("",):
            host.by_glob[glob].append(rule)

    def covering(self, rule: Rule) -> list[_Host]:
        """What was said about the rule's own host, and about wildcards or networks that take it in."""
        names = [rule.host, *_wildcards(rule)]
        found = [self._hosts[name] for name in names if name in self._hosts]
        if rule.kind in ("ip", "cidr"):
            found += [host for host in self._networks.containing(rule.host) if host not in found]
        return found


def _wildcards(rule: Rule) -> list[str]:
    """The wildcards, other than itself, that cover a rule's name."""
    if rule.kind not in ("exact", "wildcard"):
        return []
    labels = rule.host.removeprefix("*.").split(".")
    return ["*." + ".".join(labels[place:]) for place in range(1, len(labels))]


def _conflict(read: Document, host: _Host, rule: Rule) -> Problem | None:
    """What is wrong with `rule` after the earlier rules about a host that covers its own; None if nothing."""
    path = (*ALLOWLIST, rule.number - 1)
    for port in rule.ports:
        earlier = host.by_port.get(port)
        if earlier is None or _handling(earlier) == _handling(rule):
            continue
        if earlier.host == rule.host:
            message = (
                f"port {port} of {rule.host} is {_handling(rule)} here and {_handling(earlier)} in {_said(earlier)}"
            )
            return read.problem(path, message, "One destination can be handled in one way only.")
        message = f"this rule can never decide: {_said(earlier)} covers it and has port {port} as {_handling(earlier)}"
        return read.problem(path, message, "Put the more specific rule first.")
    for glob in (paths.ANY, *rule.paths[:1]) if rule.paths else ("",):
        earlier = next((earlier for earlier in host.by_glob.get(glob, ()) if _leaves_nothing(earlier, rule)), None)
        if earlier is not None:
            message = f"this rule can never decide: {_said(earlier)} already allows all of it"
            return read.problem(path, message, "Take one of them out, or put the more specific one first.")
    return None


def _leaves_nothing(earlier: Rule, rule: Rule) -> bool:
    """Whether everything that `rule` allows at its host is allowed by `earlier` already."""
    return (
        (not earlier.when or earlier.when == rule.when)
        and set(rule.ports) <= set(earlier.ports)
        and paths.covers(earlier.paths, rule.paths)
        and (methods.ANY in earlier.methods or set(rule.methods) <= set(earlier.methods))
    )


def _said(rule: Rule) -> str:
    return f"rule {rule.number} (line {rule.line}, host {rule.host})"


def _handling(rule: Rule) -> str:
    return f"https with tls: {rule.tls}" if rule.protocol == "https" else f"protocol {rule.protocol}"


def in_files(read: Document, policy: AgentPolicy) -> Iterator[Problem]:
    """Paths that are shown in two ways, or that would take the jail apart."""
    files = policy.spec.filesystem
    section: Path = ("spec", "filesystem")
    seen: dict[str, str] = {files.workspace.path: "workspace"}
    if files.workspace.path == "/":
        yield read.problem((*section, "workspace"), "the whole file system cannot be the workspace", "Name a folder.")
    for key, listed in (("read", files.read), ("write", files.write)):
        for number, path in enumerate(listed):
            place = (*section, key, number)
            refusal = _refusal(path, key)
            if refusal is not None:
                yield read.problem(place, *refusal)
            elif path in seen:
                hint = (
                    "workspace: {path: …, access: rw} says it for the workspace." if seen[path] == "workspace" else ""
                )
                yield read.problem(place, f"{path} is already named under `{seen[path]}`", hint or "Keep one.")
            seen[path] = key


def _refusal(path: str, key: str) -> tuple[str, str] | None:
    if path == "/":
        return "the whole file system cannot be shown", "Name the folders that the agent needs."
    if path in _PRIVATE_FOLDERS:
        return f"the jail has its own {path}", "Take it out."
    if path.startswith(("/proc/", "/sys/", "/dev/")):
        return f"the jail has its own /{path.split('/')[1]}, and shows nothing of the host's", "Take it out."
    if path.rpartition("/")[2] in _CONTROL_SOCKETS:
        return f"{path} would give the agent the whole machine", "Take it out."
    if key == "write" and path in _SYSTEM_FOLDERS:
        return f"the agent cannot be given the whole of {path} to change", "Name the folder in it that is meant."
    return None


def in_environment(read: Document, policy: AgentPolicy) -> Iterator[Problem]:
    """Variables that are both copied and set, or listed twice."""
    environment = policy.spec.environment
    section: Path = ("spec", "environment")
    yield from _repeated(read, (*section, "pass"), list(environment.pass_))
    for number, name in enumerate(environment.pass_):
        if name in environment.set:
            message = f"{name} is both copied from the environment and set to a value"
            yield read.problem((*section, "pass", number), message, "Keep it in `pass` or in `set`.")
