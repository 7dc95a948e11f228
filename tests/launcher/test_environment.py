"""The agent's environment: nothing of the host's but what somebody named."""

from __future__ import annotations

import pytest

from akios_jail.jail.identity import Identity
from akios_jail.launcher import environment, trust
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.interpreter import Interpreter
from tests.launcher.plan import jail_plan

ME = Identity(1000, 1000, "agent", "/home/agent")
HOST = {
    "HOME": "/home/me",
    "PATH": "/home/me/bin:/usr/bin",
    "USER": "me",
    "AWS_SECRET_ACCESS_KEY": "hush",
    "LD_PRELOAD": "/evil.so",
    "PYTHONPATH": "/home/me/lib",
    "SSH_AUTH_SOCK": "/tmp/agent",
    "https_proxy": "http://proxy",
    "TERM": "xterm",
    "LANG": "de_DE.UTF-8",
}


def composed(*extra: str, python: Interpreter | None = None, **plan: object) -> dict[str, str]:
    return dict(environment.compose(jail_plan(**plan), extra, HOST, ME, python, "ses_x"))


def test_nothing_of_the_host_passes_but_language_and_terminal() -> None:
    found = composed()
    assert found.items() - trust.VARIABLES.items() == {
        ("AKIOS_SESSION", "ses_x"),
        ("HOME", "/home/agent"),
        ("LANG", "de_DE.UTF-8"),
        ("LOGNAME", "agent"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"),
        ("SHELL", "/bin/sh"),
        ("TERM", "xterm"),
        ("TMPDIR", "/tmp"),
        ("USER", "agent"),
    }
    assert trust.VARIABLES.items() <= found.items()


def test_later_sources_win() -> None:
    plan = {
        "env_pass": ("AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "MISSING"),
        "env_set": (("PYTHONPATH", "set"), ("A", "1")),
    }
    found = composed("A=2", "B=x=y", "EMPTY=", "SSH_AUTH_SOCK", **plan)
    assert found["AWS_SECRET_ACCESS_KEY"] == "hush"
    assert found["PYTHONPATH"] == "set"
    assert (found["A"], found["B"], found["EMPTY"], found["SSH_AUTH_SOCK"]) == ("2", "x=y", "", "/tmp/agent")
    assert "MISSING" not in found


def test_a_python_comes_first_on_the_path_with_its_environment() -> None:
    found = composed(python=Interpreter("/w/.venv/bin/python", "/w/.venv", ("/w/.venv",)))
    assert found["PATH"].startswith("/w/.venv/bin:/usr/local/bin:")
    assert found["VIRTUAL_ENV"] == "/w/.venv"
    assert "VIRTUAL_ENV" not in composed(python=Interpreter("/usr/bin/python3", "", ()))


@pytest.mark.parametrize("item", ["", "=x", "A\0B=1"])
def test_what_is_no_variable_is_refused(item: str) -> None:
    with pytest.raises(LaunchError, match="is not NAME or NAME=VALUE"):
        composed(item)


def test_a_variable_that_is_not_there_is_said_with_the_likely_cause() -> None:
    with pytest.raises(LaunchError, match="--env TOKEN: no such variable here") as error:
        composed("TOKEN")
    assert "sudo --preserve-env=TOKEN" in error.value.remedy
    assert error.value.status == 2


def test_placeholders_come_last() -> None:
    plan = jail_plan(env_set=(("API_KEY", "from the policy"),))
    found = dict(environment.compose(plan, ("API_KEY=typed",), HOST, ME, None, "ses_x", (("API_KEY", "placeholder"),)))
    assert found["API_KEY"] == "placeholder"
