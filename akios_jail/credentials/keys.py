"""The real keys of one session, as the launcher hands them over, and which hosts each is bound to.

They travel beside the plan and never in it: a plan is cached, shown and recorded. The form is text fields that each end
in a zero byte, four for a secret: credential, role, placeholder, value. It can be written and read without ever making
a copy that somebody would have to hunt down.
"""

from __future__ import annotations

from collections.abc import Iterable

from akios_jail.policy.plans import Credential

#: The shortest value that is taken for a key: a shorter one would be found by chance wherever it is looked for.
SHORTEST = 8
#: The longest: it has to fit into a header field beside everything else.
LONGEST = 8 * 1024


class Key:
    """One secret: its place in the policy, the placeholder that the agent holds, and the value that it does not.

    Not a tuple, because those show their fields wherever they are printed.
    """

    __slots__ = ("credential", "placeholder", "role", "value")

    def __init__(self, credential: str, role: str, placeholder: str, value: str) -> None:
        self.credential = credential
        self.role = role
        self.placeholder = placeholder
        self.value = value

    def __repr__(self) -> str:
        return f"<Key {self.credential} {self.role}>"


class Held:
    """A credential together with its keys."""

    def __init__(self, plan: Credential, keys: Iterable[Key]) -> None:
        self.plan = plan
        self.keys = {key.role: key for key in keys}

    def is_for(self, host: str) -> bool:
        """Whether it is bound to this host: an exact name, or any name below a `*.name`."""
        return any(
            host == bound or (bound.startswith("*.") and len(host) >= len(bound) and host.endswith(bound[1:]))
            for bound in self.plan.hosts
        )


def read(data: bytes, credentials: tuple[Credential, ...]) -> tuple[Held, ...]:
    """The keys for exactly the secrets of these credentials, in their order. `ValueError`, which quotes no key."""
    fields = data.split(b"\0")
    if fields.pop() != b"" or len(fields) % 4:
        raise ValueError("the session's keys are not fields that end in a zero byte")
    rows = [fields[at : at + 4] for at in range(0, len(fields), 4)]
    wanted = [(plan.name, secret.role) for plan in credentials for secret in plan.secrets]
    if [(name.decode("utf-8", "replace"), role.decode("utf-8", "replace")) for name, role, *_ in rows] != wanted:
        raise ValueError("the session's keys are not those of its plan")
    keys = [
        Key(name, role, _text(placeholder), _text(value))
        for (name, role), (*_, placeholder, value) in zip(wanted, rows, strict=True)
    ]
    held = []
    for plan in credentials:
        held.append(Held(plan, keys[: len(plan.secrets)]))
        del keys[: len(plan.secrets)]
    return tuple(held)


def _text(raw: bytes) -> str:
    """A value that may stand in a header field, and is long enough to be looked for."""
    text = raw.decode("latin-1")
    if not (SHORTEST <= len(text) <= LONGEST and text.isascii() and text.isprintable() and text == text.strip()):
        raise ValueError(f"one of the session's keys is not {SHORTEST} to {LONGEST} printable ASCII characters")
    return text
