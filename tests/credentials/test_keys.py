"""Keys come exactly for the secrets of the plan, and are never shown."""

from __future__ import annotations

import pytest

from akios_jail.credentials import keys
from akios_jail.credentials.keys import Key
from akios_jail.policy.plans import Credential, Secret

KEY = "sk-live-0123456789abcdef"
PLAN = (
    Credential(
        "model", ("api.test", "*.wild.test"), "header", ("Authorization",), (Secret("key", "K", "env", ("K",)),)
    ),
)


def fields(*texts: str) -> bytes:
    return b"".join(text.encode() + b"\0" for text in texts)


def test_keys_are_read_for_the_secrets_of_the_plan() -> None:
    (held,) = keys.read(fields("model", "key", "placeholder", KEY), PLAN)
    assert (held.keys["key"].value, held.keys["key"].placeholder) == (KEY, "placeholder")


def test_a_plan_without_credentials_has_no_keys() -> None:
    assert keys.read(b"", ()) == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        fields("model", "key", "placeholder", KEY)[:-1],
        fields("model", "key", "placeholder"),
        fields("another", "key", "placeholder", KEY),
        fields("model", "role", "placeholder", KEY),
        fields("model", "key", "placeholder", KEY) * 2,
        fields("model", "key", "placeholder", "short"),
        fields("model", "key", "placeholder", KEY + "\r\nX: y"),
        fields("model", "key", "placeholder", " " + KEY),
        fields("model", "key", "placeholder", KEY + "ä"),
        fields("model", "key", "placeholder", "k" * 9000),
    ],
)  # fmt: skip
def test_what_is_not_exactly_the_plan_s_keys_is_refused_without_quoting_any(data: bytes) -> None:
    with pytest.raises(ValueError) as error:
        keys.read(data, PLAN)
    assert KEY not in str(error.value)


def test_a_key_does_not_show_its_value() -> None:
    key = Key("model", "key", "placeholder", KEY)
    assert KEY not in f"{key!r} {key} {[key]}"


@pytest.mark.parametrize(
    ("host", "bound"),
    [("api.test", True), ("a.wild.test", True), ("b.a.wild.test", True), ("wild.test", False), ("xwild.test", False),
     (".wild.test", False), ("api.test.evil.test", False), ("sub.api.test", False), ("evilapi.test", False)],
)  # fmt: skip
def test_a_credential_is_for_its_hosts_alone(host: str, bound: bool) -> None:
    (held,) = keys.read(fields("model", "key", "placeholder", KEY), PLAN)
    assert held.is_for(host) is bound
