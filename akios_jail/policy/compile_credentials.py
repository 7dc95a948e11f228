"""Credentials of a policy as plans: which value is where, with every default said, and nothing that contradicts."""

from __future__ import annotations

from collections.abc import Iterator

from akios_jail.policy.credentials_schema import Credential, SecretValue, Source
from akios_jail.policy.document import Document, Path
from akios_jail.policy.errors import Problem
from akios_jail.policy.named import Named, verified
from akios_jail.policy.plans import Credential as CredentialPlan
from akios_jail.policy.plans import Rule, Secret
from akios_jail.policy.schema import AgentPolicy

CREDENTIALS: Path = ("spec", "governance", "credentials")

_KEEP_ONE = "Keep one."


def compile_credentials(policy: AgentPolicy) -> tuple[CredentialPlan, ...]:
    """The plans of credentials in which `problems` has found nothing."""
    return tuple(_plan(credential) for credential in policy.spec.governance.credentials)


def _plan(credential: Credential) -> CredentialPlan:
    hosts = tuple(credential.hosts)
    if credential.sigv4 is not None:
        parts = credential.sigv4
        secrets = [
            _secret("access_key_id", parts.access_key_id),
            _secret("secret_access_key", parts.secret_access_key),
            *([_secret("session_token", parts.session_token)] if parts.session_token is not None else ()),
        ]
        return CredentialPlan(credential.name, hosts, "sigv4", (), tuple(secrets))
    secret = _secret("key", SecretValue.model_construct(env=credential.env or "", from_=credential.from_))
    if credential.query:
        return CredentialPlan(credential.name, hosts, "query", (credential.query,), (secret,))
    return CredentialPlan(credential.name, hosts, "header", tuple(credential.header or ("Authorization",)), (secret,))


def _secret(role: str, value: SecretValue) -> Secret:
    source = value.from_
    if source is None:
        return Secret(role, value.env, "env", (value.env,))
    if source.env is not None:
        return Secret(role, value.env, "env", (source.env,))
    if source.file is not None:
        return Secret(role, value.env, "file", (source.file,))
    return Secret(role, value.env, "command", tuple(source.command or ()))


def problems(read: Document, policy: AgentPolicy, rules: tuple[Rule, ...]) -> Iterator[Problem]:
    """What credentials combine that does not go together, with each other and with the rest of the policy."""
    named = Named(verified(rules))
    environment = policy.spec.environment
    names: set[str] = set()
    variables: dict[str, str] = {}
    for number, credential in enumerate(policy.spec.governance.credentials):
        path = (*CREDENTIALS, number)
        if credential.name in names:
            yield read.problem((*path, "name"), f"there is a credential {credential.name} already", _KEEP_ONE)
        names.add(credential.name)
        yield from _places(read, path, credential)
        for place, host in enumerate(credential.hosts):
            if host in credential.hosts[:place]:
                yield read.problem((*path, "hosts", place), f"{host} is listed twice", _KEEP_ONE)
            elif not named.overlaps(host):
                message = f"no rule for https with tls: intercept names {host}, so that the key could never be sent"
                hint = "Allow the host under network_access.allowlist, or take it out here."
                yield read.problem((*path, "hosts", place), message, hint)
        for where, variable, source in _values(path, credential):
            if source is not None:
                yield from _source(read, (*where, "from"), source)
            if variable in variables:
                message = f"{variable} holds the placeholder of {variables[variable]} already"
                yield read.problem((*where, "env"), message, "Give each key a variable of its own.")
            variables.setdefault(variable, credential.name)
            if variable in environment.set or variable in environment.pass_:
                key = "set" if variable in environment.set else "pass"
                message = f"{variable} holds a placeholder, and spec.environment.{key} gives it another value"
                yield read.problem((*where, "env"), message, "Take it out there.")
            real = source.env if source is not None else variable
            if real is not None and real != variable and real in environment.pass_:
                message = f"spec.environment.pass would bring {real}, the real key, into the jail"
                yield read.problem((*where, "from", "env"), message, "Take it out there.")


def _places(read: Document, path: Path, credential: Credential) -> Iterator[Problem]:
    """Where the key goes: one place, and what that place needs."""
    given = [key for key in ("header", "query", "sigv4") if getattr(credential, key) is not None]
    headers = [name.lower() for name in credential.header or []]
    for at, name in enumerate(headers):
        if name in headers[:at]:
            yield read.problem((*path, "header", at), f"{name} is listed twice", _KEEP_ONE)
    for key in given[1:]:
        message = f"a key goes in one place, and `{given[0]}` is given too"
        yield read.problem((*path, key), message, _KEEP_ONE, at_key=True)
    if credential.sigv4 is None:
        if credential.env is None:
            hint = "Write the agent's variable that is to hold the placeholder, such as env: OPENAI_API_KEY."
            yield read.problem((*path, "env"), "this key is missing", hint, at_key=True)
        return
    for key in ("env", "from"):
        if getattr(credential, "from_" if key == "from" else key) is not None:
            message = f"`{key}` is for one value, and `sigv4` has several, each with its own"
            yield read.problem((*path, key), message, "Take it out.", at_key=True)


def _values(path: Path, credential: Credential) -> Iterator[tuple[Path, str, Source | None]]:
    """Each placeholder's place in the document, its variable, and where its real value is."""
    if credential.sigv4 is None:
        if credential.env is not None:
            yield path, credential.env, credential.from_
        return
    for key in ("access_key_id", "secret_access_key", "session_token"):
        value: SecretValue | None = getattr(credential.sigv4, key)
        if value is not None:
            yield (*path, "sigv4", key), value.env, value.from_


def _source(read: Document, path: Path, source: Source) -> Iterator[Problem]:
    given = [key for key in ("env", "file", "command") if getattr(source, key) is not None]
    if not given:
        yield read.problem(path, "this says nothing", "Write one of env, file and command.")
    for key in given[1:]:
        message = f"a key comes from one place, and `{given[0]}` is given too"
        yield read.problem((*path, key), message, _KEEP_ONE, at_key=True)
