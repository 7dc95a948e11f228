"""The command line of `akios run`, up to the point where something would be run."""

from __future__ import annotations

from typing import Any

import click
import pytest

from akios_jail.cli.main import run as akios
from akios_jail.cli.run import command
from akios_jail.launcher import head_start
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.options import ConnectTo


def parsed(*arguments: str) -> dict[str, Any]:
    """What click makes of the arguments after `akios run -p p.yaml`."""
    context: click.Context = command.make_context("run", ["-p", "p.yaml", *arguments])
    return context.params


@pytest.mark.parametrize(
    ("arguments", "agent", "is_command"),
    [
        (["agent.py"], ["agent.py"], False),
        (["agent.py", "--task", "x", "-q"], ["agent.py", "--task", "x", "-q"], False),
        (["agent.py", "--", "x"], ["agent.py", "--", "x"], False),
        (["--", "agent.py"], ["agent.py"], True),
        (["--", "node", "--inspect", "a.mjs"], ["node", "--inspect", "a.mjs"], True),
        (["--", "--", "x"], ["--", "x"], True),
        (["--", "--help"], ["--help"], True),
        (["-q", "--name", "n", "--", "sh", "-c", "x -- y"], ["sh", "-c", "x -- y"], True),
        (["agent.py", "--help"], ["agent.py", "--help"], False),
        (["agent.py", ""], ["agent.py", ""], False),
        (["agent.py", "\udcff"], ["agent.py", "\udcff"], False),
    ],
)
def test_what_follows_the_agent_belongs_to_it(arguments: list[str], agent: list[str], is_command: bool) -> None:
    params = parsed(*arguments)
    assert list(params["agent"]) == agent
    assert params["is_command"] is is_command


def test_a_flux_config_may_stand_beside_the_policy() -> None:
    assert parsed("agent.py")["flux"] == ""
    assert parsed("--flux", "f.yaml", "agent.py", "--flux", "x")["flux"] == "f.yaml"


def test_options_before_the_agent_are_ours() -> None:
    params = parsed("--env", "A=1", "--env", "B", "--ro", "x", "--rw", "y", "-q", "agent.py", "--env", "C")
    assert (params["env"], params["ro"], params["rw"], params["quiet"]) == (("A=1", "B"), ("x",), ("y",), True)
    assert params["agent"] == ("agent.py", "--env", "C")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("API.example.com:443:127.0.0.1:8443", ConnectTo("api.example.com", 443, "127.0.0.1", 8443)),
        ("api.example.com.:443:b:1", ConnectTo("api.example.com", 443, "b", 1)),
        ("a:443:[::1]:8443", ConnectTo("a", 443, "::1", 8443)),
        ("[2001:db8::1]:443:[::ffff:127.0.0.1]:65535", ConnectTo("2001:db8::1", 443, "::ffff:127.0.0.1", 65535)),
    ],
)
def test_connections_are_sent_elsewhere_as_with_curl(value: str, expected: ConnectTo) -> None:
    assert parsed("--connect-to", value, "agent.py")["connect_to"] == (expected,)


@pytest.mark.parametrize(
    "value",
    ["", "a", "a:1", "a:1:b", "a:1:b:2:", "a:1:b:2:c", ":1:b:2", "a::b:2", "a:1::2", "a:0:b:2", "a:1:b:65536",
     "a:x:b:2",
     "a:²:b:2", "a:-1:b:2", "a: 1:b:2", "::1:443:b:2", "[::1:443:b:2", "[::1]443:b:2", "[::1]:443:b", "[]:1:b:2",
     "[x]:1:b:2", "a:1:b:2\n", "a b:1:c:2", "http://a:1:b:2"],
)  # fmt: skip
def test_other_shapes_are_refused_with_the_right_one(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert akios(["run", "-p", "p.yaml", "--connect-to", value, "agent.py"]) == 2
    assert "HOST:PORT:HOST2:PORT2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["agent.py"], "which policy governs it?"),
        (["-p", "p.yaml"], "Missing argument"),
        (["-p", "p.yaml", "--"], "Missing argument"),
        (["-p", "p.yaml", "--", "", "x"], "the agent's name is empty"),
        (["-p", "p.yaml", "--polcy", "x", "agent.py"], "No such option"),
        (["-p", "p.yaml", "--env"], "requires an argument"),
    ],
)
def test_bad_usage_is_status_2(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert akios(["run", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert akios(["run", "--help"]) == 0
    assert "akios run --policy policy.yaml agent.py" in capsys.readouterr().out


def test_a_folder_that_is_gone_is_said(tmp_path: Any, monkeypatch: Any, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    assert akios(["run", "-p", "p.yaml", "agent.py"]) == 2
    assert "the current folder no longer exists" in capsys.readouterr().err


def test_a_refusal_shows_no_control_character(monkeypatch: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(*_: Any) -> None:
        raise LaunchError("no such agent: \x1b[2J\x07", "look\rthere")

    monkeypatch.setattr(head_start, "run", refuse)
    assert akios(["run", "-p", "p.yaml", "\x1b[2J.py"]) == 125
    err = capsys.readouterr().err
    assert "\x1b[2J" not in err
    assert "\r" not in err
