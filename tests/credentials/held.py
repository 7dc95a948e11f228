"""Credentials with keys, as a session has them."""

from __future__ import annotations

import random

from akios_jail.credentials.keys import Held, Key
from akios_jail.policy.plans import Credential, Secret

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

PLACEHOLDER = "sk-proj-" + "".join(random.Random(1).choices(_LETTERS, k=40))
VALUE = "sk-proj-" + "".join(random.Random(2).choices(_LETTERS, k=40))


def key(
    value: str = VALUE,
    placeholder: str = PLACEHOLDER,
    *,
    name: str = "model",
    hosts: tuple[str, ...] = ("api.test",),
    place: str = "header",
    field: str = "Authorization",
    others: tuple[str, ...] = (),
) -> Held:
    """One credential with one key."""
    secret = Secret("key", "API_KEY", "env", ("API_KEY",))
    return Held(Credential(name, hosts, place, (field, *others), (secret,)), [Key(name, "key", placeholder, value)])


def aws(
    access: str,
    secret: str,
    token: str = "",
    *,
    stand_in: tuple[str, str, str] = ("AKIA" + "X" * 16, "s" * 40, "t" * 64),
) -> Held:
    """An AWS credential; `stand_in` are the placeholders."""
    values = [("access_key_id", access), ("secret_access_key", secret), *([("session_token", token)] if token else [])]
    keys = [Key("aws", role, text, value) for (role, value), text in zip(values, stand_in, strict=False)]
    secrets = tuple(Secret(role, role.upper(), "env", (role.upper(),)) for role, _ in values)
    return Held(Credential("aws", ("*.amazonaws.com",), "sigv4", (), secrets), keys)
