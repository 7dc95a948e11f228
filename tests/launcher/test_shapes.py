"""Placeholders look like what they stand for, and are new every time."""

from __future__ import annotations

import re

import pytest

from akios_jail.launcher import shapes
from akios_jail.policy.plans import Credential, Secret


def made(variable: str, host: str, length: int = 51, role: str = "key", *others: str) -> str:
    wanted = Secret(role, variable, "env", (variable,))
    more = tuple(Secret(other, other.upper(), "env", ("X",)) for other in others)
    return shapes.placeholder(Credential("c", (host,), "header", ("Authorization",), (wanted, *more)), wanted, length)


@pytest.mark.parametrize(
    ("variable", "host", "looks"),
    [
        ("OPENAI_API_KEY", "api.openai.com", r"sk-proj-[A-Za-z0-9]{43}"),
        ("ANTHROPIC_API_KEY", "api.anthropic.com", r"sk-ant-api03-[A-Za-z0-9]{38}"),
        ("API_KEY", "openrouter.ai", r"sk-or-v1-[A-Za-z0-9]{42}"),
        ("GEMINI_API_KEY", "generativelanguage.googleapis.com", r"AIzaSy[A-Za-z0-9]{45}"),
        ("GITHUB_TOKEN", "api.github.com", r"ghp_[A-Za-z0-9]{47}"),
        ("STRIPE_KEY", "api.stripe.com", r"sk_test_[A-Za-z0-9]{43}"),
        ("TOKEN", "internal.corp", r"akios-[A-Za-z0-9]{45}"),
    ],
)
def test_a_key_has_its_provider_s_prefix_and_the_key_s_length(variable: str, host: str, looks: str) -> None:
    assert re.fullmatch(looks, made(variable, host))


@pytest.mark.parametrize(("length", "has"), [(8, 28), (28, 28), (29, 29), (5000, 1024)])
def test_a_placeholder_is_long_enough_to_be_unguessable_and_short_enough_to_be_sent(length: int, has: int) -> None:
    assert len(made("TOKEN", "internal.corp", length)) == has


def test_those_of_aws_have_its_shapes() -> None:
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", made("A", "s3.amazonaws.com", 20, "access_key_id"))
    assert re.fullmatch(r"ASIA[A-Z2-7]{16}", made("A", "s3.amazonaws.com", 20, "access_key_id", "session_token"))
    assert re.fullmatch(r"[A-Za-z0-9]{40}", made("A", "s3.amazonaws.com", 40, "secret_access_key"))
    assert re.fullmatch(r"IQoJ[A-Za-z0-9]{796}", made("A", "s3.amazonaws.com", 800, "session_token"))


def test_no_two_are_alike() -> None:
    assert len({made("TOKEN", "internal.corp") for _ in range(1000)}) == 1000
    letters = {letter for _ in range(300) for letter in made("TOKEN", "internal.corp").removeprefix("akios-")}
    assert len(letters) == 62
