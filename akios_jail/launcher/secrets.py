"""Real keys, from where they are kept to the broker, and what the agent gets instead of them.

They are read once, before anything of the session exists, go into a sealed memfd that only the broker reads, and are
forgotten here: no plan, argument, report, log or record has ever held one. The agent finds a placeholder under the
variable that the policy names.
"""

from __future__ import annotations

import os
import re
import stat
from typing import Final

from akios_jail import messages
from akios_jail.jail import rootfs
from akios_jail.jail.mounts import Bind
from akios_jail.launcher import compose, invoker, shapes, view, whereabouts, wipe
from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.launcher.options import RunOptions
from akios_jail.policy.plans import Credential, Plans, Secret

#: As the broker wants them: to be looked for they must not be short, to be sent they must fit a header field.
SHORTEST: Final = 8
LONGEST: Final = 8 * 1024
_SENDABLE: Final = re.compile(rb"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


class Secrets:
    """`fd`: a sealed memfd with the keys, as `messages` describes it; -1 if there is none, or no longer.

    `placeholders`: for the agent's environment, by variable.
    """

    def __init__(self, fd: int = -1, placeholders: tuple[tuple[str, str], ...] = ()) -> None:
        self.fd = fd
        self.placeholders = placeholders

    def close(self) -> None:
        """Let go of the keys. Idempotent."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)


def resolve(plans: Plans, options: RunOptions, host: dict[str, str]) -> Secrets:
    """Read every key that the policy's credentials name. `host`: the invoking environment; keys are taken out of it.

    `LaunchError` with status 2 for a key that is not there, cannot be trusted to be one, or would reach the agent.
    """
    credentials = plans.broker.credentials
    if not credentials:
        return Secrets()
    _check_variables(plans, options)
    payload, placeholders = bytearray(), []
    source = _Source(plans, options, host)
    try:
        for credential in credentials:
            for secret in credential.secrets:
                value = source.read(credential, secret)
                try:
                    _check(credential, secret, value)
                    source.check_not_shown(credential, value)
                    stand_in = shapes.placeholder(credential, secret, len(value))
                    placeholders.append((secret.variable, stand_in))
                    for part in (credential.name.encode(), secret.role.encode(), stand_in.encode(), value):
                        payload += part
                        payload += b"\0"
                finally:
                    wipe.buffer(value)
        for name in {s.value[0] for c in credentials for s in c.secrets if s.source == "env"}:
            wipe.variable(host, name)
        return Secrets(messages.blob("secrets", payload), tuple(placeholders))
    finally:
        wipe.buffer(payload)


def stand_ins(plans: Plans) -> Secrets:
    """Random values in the place of keys, and placeholders for them: for a session whose requests go nowhere."""
    payload, placeholders = bytearray(), []
    for credential in plans.broker.credentials:
        for secret in credential.secrets:
            stand_in, value = (shapes.placeholder(credential, secret, 2 * SHORTEST) for _ in range(2))
            placeholders.append((secret.variable, stand_in))
            for part in (credential.name, secret.role, stand_in, value):
                payload += part.encode() + b"\0"
    return Secrets(messages.blob("secrets", payload), tuple(placeholders)) if payload else Secrets()


class _Source:
    """Where keys come from, for one session."""

    def __init__(self, plans: Plans, options: RunOptions, host: dict[str, str]) -> None:
        self._host = host
        self._options = options
        self._home = invoker.home(host)
        self._set = plans.jail.env_set
        self._passed = plans.jail.env_pass
        self._shown = view.shown_paths(plans.jail, options.ro, options.rw, options.invocation_dir, self._home)
        self._laid = view.writable(self._shown)

    def read(self, credential: Credential, secret: Secret) -> bytearray:
        """The key as it is kept, without the line's end."""
        if secret.source == "env":
            return self._variable(credential, secret.value[0])
        if secret.source == "file":
            return self._file(credential, secret.value[0])
        from akios_jail.launcher import secret_command

        return secret_command.read(credential, secret.value, self._options.invocation_dir, self._host, self._laid)

    def check_not_shown(self, credential: Credential, value: bytearray) -> None:
        """`LaunchError` if the same key would reach the agent by another way that is known here."""
        texts = {f"the variable {name}": text for name, text in self._set}
        texts |= {f"the variable {name}": self._host[name] for name in self._passed if name in self._host}
        for item in self._options.env:
            name, given, text = item.partition("=")
            texts[f"the variable {name}"] = text if given else self._host.get(name, "")
        texts |= {"the agent's command line": "\0".join(self._options.command)}
        for where, text in texts.items():
            if value in os.fsencode(text):
                raise LaunchError(
                    f"the key of the credential {credential.name!r} is also in {where}, where the agent would read it",
                    "Leave it out: the agent gets a placeholder, and the key is put in on the way.",
                    USAGE,
                )

    def _variable(self, credential: Credential, name: str) -> bytearray:
        if name not in self._host:
            raise LaunchError(
                f"the credential {credential.name!r} is to come from the variable {name}, which is not set here",
                f"Set it (sudo drops most variables: use sudo --preserve-env={name}), or keep the key in a file and "
                "name it in the policy: from: {file: …}.",
                USAGE,
            )
        copy = os.fsencode(self._host[name])
        value = bytearray(copy)
        wipe.text(copy)
        return value

    def _file(self, credential: Credential, given: str) -> bytearray:
        path = view.absolute(given, self._options.invocation_dir, self._home)
        what = f"the key file {path} of the credential {credential.name!r}"
        real = view.resolve(path, self._laid)
        try:
            fd = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise LaunchError(f"cannot read {what}: {error.strerror}", "Check its path.", USAGE) from error
        try:
            self._check_hidden(fd, what)
            return _read_file(fd, what, {0, os.geteuid(), invoker.uid(self._host)})
        finally:
            os.close(fd)

    def _check_hidden(self, fd: int, what: str) -> None:
        """`LaunchError` if the jail would show this very file, by whatever path."""
        program = compose.choose_program(self._options, self._host)
        places = [entry.path for entry in self._shown]
        places += program.interpreter.prefixes if program.interpreter is not None else ()
        places += [operation.source for operation in rootfs.system() if isinstance(operation, Bind)]
        try:
            where = whereabouts.of(fd)
            there = [place for place in places if os.path.exists(place)]
            seen = [place for place in there if any(where.within(each) for each in whereabouts.of_path(place))]
        except OSError as error:
            raise LaunchError(f"cannot tell where {what} lies: {error.strerror or error}", "", USAGE) from error
        if seen:
            raise LaunchError(
                f"{what} would be visible in the jail (through {seen[0]})",
                "An agent must not reach its keys: keep the file elsewhere.",
                USAGE,
            )


def _read_file(fd: int, what: str, owners: set[int]) -> bytearray:
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        raise LaunchError(f"{what} is not a regular file", "Name the file with the key itself.", USAGE)
    if status.st_uid not in owners or status.st_mode & 0o022:
        raise LaunchError(
            f"{what} can be changed by others than you and root",
            "Make it yours, and nobody else's to write (chown, chmod 600).",
            USAGE,
        )
    if status.st_nlink != 1:
        raise LaunchError(
            f"{what} has {status.st_nlink} names (hard links), and the jail may show another of them",
            "Keep it under one name (find -samefile shows the others), or copy it.",
            USAGE,
        )
    value = bytearray(LONGEST + 2)
    size = os.preadv(fd, [value], 0)
    del value[size:]
    return _stripped(value)


def _stripped(value: bytearray) -> bytearray:
    """Without the newline at the end of a file or an output."""
    if value.endswith(b"\n"):
        del value[-1:]
    if value.endswith(b"\r"):
        del value[-1:]
    return value


def _check(credential: Credential, secret: Secret, value: bytearray) -> None:
    if not SHORTEST <= len(value) <= LONGEST or _SENDABLE.fullmatch(value) is None:
        raise LaunchError(
            f"what {_from(secret)} gives for the credential {credential.name!r} is no key: "
            f"one has {SHORTEST} to {LONGEST} printable ASCII characters on one line",
            "Check where it comes from.",
            USAGE,
        )


def _from(secret: Secret) -> str:
    if secret.source == "command":
        return f"the command {secret.value[0]}"
    return f"the {'variable' if secret.source == 'env' else 'file'} {secret.value[0]}"


def _check_variables(plans: Plans, options: RunOptions) -> None:
    """A variable that holds a placeholder must get its value from nowhere else."""
    ours = [secret.variable for credential in plans.broker.credentials for secret in credential.secrets]
    elsewhere = dict.fromkeys(plans.jail.env_pass, "environment.pass")
    elsewhere |= {name: "environment.set" for name, _ in plans.jail.env_set}
    elsewhere |= {item.partition("=")[0]: "--env" for item in options.env}
    for name in ours:
        if name in elsewhere:
            raise LaunchError(
                f"{elsewhere[name]} gives the agent {name}, which holds the placeholder of a credential",
                f"Leave {name} out there: the key would come into the jail.",
                USAGE,
            )
        if ours.count(name) > 1:
            raise LaunchError(
                f"two credentials put their placeholder into {name}", "Give each a variable of its own.", USAGE
            )
