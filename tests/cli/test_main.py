from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from pydantic_core import SchemaSerializer, core_schema

from akios_jail.cli import failures, main
from akios_jail.cli.main import COMMANDS, run
from tests.policy.manifests import manifest


def akios(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "akios_jail", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=60)


def test_help_lists_every_command_and_imports_none() -> None:
    code = (
        "import sys; from akios_jail.cli.main import run; run(['--help']);"
        "print('LOADED', *[name for name in sys.modules if name.startswith('akios_jail')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    help_text, loaded = done.stdout.split("LOADED")
    assert all(f"  {name} " in help_text and lazy.summary.split()[0] in help_text for name, lazy in COMMANDS.items())
    own = {"akios_jail", *(f"akios_jail.cli{name}" for name in ("", ".main", ".failures", ".output", ".style"))}
    streams = {"akios_jail.launcher", "akios_jail.launcher.errors", "akios_jail.launcher.streams"}
    assert set(loaded.split()) == own | streams


def _paths(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _paths(found, (*path, name))


def test_the_help_of_every_command_has_an_example_and_cuts_nothing_short() -> None:
    for path, command in _paths(main.akios):
        if path:
            text = command.get_help(click.Context(command, info_name=" ".join(("akios", *path)), terminal_width=80))
            lines = [line.strip().removeprefix("sudo ") for line in text.splitlines()[2:]]
            assert any(
                line.startswith(f"akios {' '.join(path)} ") or line == f"akios {' '.join(path)}" for line in lines
            ), text
            assert "..." not in text.partition("Commands:")[2], text
            assert "INTEGER RANGE" not in text, text


def test_the_version_names_the_product_the_python_and_the_kernel() -> None:
    done = akios("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("akios ")
    assert os.uname().release in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["polcy"], ["No such command 'polcy'", "Did you mean 'policy'?"]),
        (["frobnicate"], ["No such command 'frobnicate'"]),
        (["--frobnicate"], ["No such option"]),
        (["audit", "verify", "--frobnicate"], ["No such option"]),
    ],
)
def test_bad_usage_is_status_2_and_says_what_would_be_right(arguments: list[str], words: list[str]) -> None:
    done = akios(*arguments)
    assert done.returncode == 2
    assert all(word in done.stderr for word in words)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", [["init", "project"], pytest.param(["diff", "--state-dir", "STATE"], marks=pytest.mark.root)]
)
def test_a_folder_that_is_gone_is_said_to_be(command: list[str], tmp_path: Path) -> None:
    for name in ("gone", "state"):
        (tmp_path / name).mkdir()
    words = [word.replace("STATE", str(tmp_path / "state")) for word in command]
    program = [sys.executable, "-m", "akios_jail", *words]
    done = subprocess.run(
        ["sh", "-c", 'rmdir "$PWD" && exec "$@"', "sh", *program],
        cwd=tmp_path / "gone",
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONSAFEPATH": "1"},
    )
    assert done.returncode == 2, done.stderr
    assert "the current folder no longer exists" in done.stderr


def test_a_closed_pipe_ends_quietly_with_the_status_of_sigpipe() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "akios_jail", "--help"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_shell_can_complete_the_commands() -> None:
    environment = {"_AKIOS_COMPLETE": "bash_complete", "COMP_WORDS": "akios au", "COMP_CWORD": "1"}
    assert akios(**environment).stdout == "plain,audit\n"


def test_a_full_device_is_an_error_and_not_a_success() -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "akios_jail", "--version"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "akios: error: standard output: No space left on device\n"


@pytest.mark.parametrize("locale", [{"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"}])
def test_what_a_locale_cannot_write_is_escaped(locale: dict[str, str], tmp_path: Path) -> None:
    environment = {"LC_ALL": "C", **locale}
    (tmp_path / "policy.yaml").write_text(manifest("governance: {network_access: {allowlist: [{host: a.example}]}}"))
    policy = str(tmp_path / "policy.yaml")
    told = akios("policy", "explain", "-p", policy, "GET", "https://a.example/", **environment)
    assert (told.returncode, told.stderr) == (0, "")
    assert "\\u2713" in told.stdout


def test_what_is_escaped_in_json_is_json() -> None:
    code = r"from akios_jail.cli import output; output.prepare(); print('\"\xe9\u2713\U0001f600\udcff\"')"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert json.loads(done.stdout) == "é✓\U0001f600\udcff"


def test_a_name_in_no_encoding_can_be_told(tmp_path: Path) -> None:
    (tmp_path / "b\udcff").write_text("write to ada@example.org\n")
    told = akios("pii", "scan", "--json", "--fields", "email", str(tmp_path / "b\udcff"))
    assert json.loads(told.stdout)["file"].endswith("/b\udcff"), told.stderr


def test_a_files_name_in_words_about_usage_cannot_rewrite_the_terminal() -> None:
    done = akios("report", "--format", "junit", "report\x1b[2J\r.json")
    assert done.returncode == 2
    assert "report\\x1b[2J\\x0d.json: No such file" in done.stderr


class TestFailures:
    def test_a_mistake_of_ours_is_an_apology_and_the_way_to_the_traceback(self) -> None:
        failure = failures.describe(KeyError("boom"), "policy")
        assert failure.status == 1
        assert "mistake in AKIOS" in failure.headline
        assert any("AKIOS_DEBUG=1" in line for line in failure.rest)

    def test_for_run_every_failure_of_ours_is_status_125_and_not_the_agents(self) -> None:
        assert failures.describe(KeyError("boom"), "run").status == 125
        assert failures.describe(PermissionError(13, "Permission denied", "/x"), "run").status == 125

    def test_an_error_of_the_system_names_the_file_and_the_remedy(self) -> None:
        failure = failures.describe(PermissionError(13, "Permission denied", "/x"), "audit")
        assert failure.headline == "/x: Permission denied"
        assert "sudo" in failure.rest[0]

    def test_every_known_error_exists_under_its_name(self) -> None:
        from importlib import import_module

        for name in failures.STATUSES:
            module, _, attribute = name.rpartition(".")
            assert issubclass(getattr(import_module(module), attribute), Exception), name

    def test_a_typed_error_says_what_happened_and_then_what_to_do(self) -> None:
        from akios_jail.jail.errors import JailError

        failure = failures.describe(
            JailError("load the filter", str(OSError(22, "EINVAL")), "Update the kernel."), "run"
        )
        assert failure == ("could not load the filter: EINVAL", ("Update the kernel.",), 125)

    def test_an_error_may_carry_its_own_status_and_remedy(self) -> None:
        from akios_jail.launcher.errors import LaunchError

        failure = failures.describe(LaunchError("no such agent: x.py", "Check the path.", 127), "run")
        assert failure == ("no such agent: x.py", ("Check the path.",), 127)

    def test_a_status_on_a_foreign_error_means_nothing(self) -> None:
        class Foreign(Exception):
            status = 0

        assert failures.describe(Foreign("x"), "audit").status == 1

    def test_words_of_strangers_cannot_rewrite_the_terminal(self, capsys: pytest.CaptureFixture[str]) -> None:
        failures.show(failures.Failure("evil \x1b[2J name\r", (), 1))
        assert "\x1b" not in capsys.readouterr().err

    def test_debugging_shows_the_traceback(self) -> None:
        code = "from akios_jail.cli import main, failures\nraise SystemExit(failures.report(KeyError('boom'), 'audit'))"
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "AKIOS_DEBUG": "1"})
        assert "KeyError: 'boom'" in done.stderr
        assert done.returncode == 1


def _stderr_at_a_terminal(**environment: str) -> str:
    parent, child = pty.openpty()
    code = "from akios_jail.cli import failures as f; f.show(f.Failure('what', (), 1))"
    env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    subprocess.run([sys.executable, "-c", code], stderr=child, env={**env, "TERM": "xterm", **environment}, check=True)
    os.close(child)
    text = os.read(parent, 4096).decode()
    os.close(parent)
    return text


def test_colours_are_for_terminals_only() -> None:
    assert "\033[31m" in _stderr_at_a_terminal()
    assert "\033" not in _stderr_at_a_terminal(NO_COLOR="1")
    assert "\033" not in _stderr_at_a_terminal(TERM="dumb")
    assert "\033" not in akios("polcy").stderr


def test_ctrl_c_is_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("akios_jail.cli.main._invoke", interrupted)
    assert run(["audit"]) == 130


INTERRUPTED = """
import importlib.abc, os, signal, sys
from akios_jail.cli import entry

class Interrupted(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.{handling})
sys.meta_path.insert(0, Interrupted())
sys.argv[1:] = ["--version"]
entry.main()
"""


@pytest.mark.parametrize(("handling", "status"), [("default_int_handler", -signal.SIGINT), ("SIG_IGN", 0)])
def test_ctrl_c_before_there_are_words_ends_without_any(handling: str, status: int) -> None:
    command = [sys.executable, "-c", INTERRUPTED.replace("{handling}", handling)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (status, "")


class Interrupting:
    """Where Ctrl-C comes: while a class is built, by Python or by what pydantic compiled."""

    def __set_name__(self, owner: type, name: str) -> None:
        raise KeyboardInterrupt

    def __repr__(self) -> str:
        raise KeyboardInterrupt


def a_class() -> None:
    type("Built", (), {"field": Interrupting()})


def a_model() -> None:
    SchemaSerializer(core_schema.literal_schema([Interrupting()]))


@pytest.mark.parametrize("build", [a_class, a_model])
def test_ctrl_c_while_a_class_is_built_is_no_mistake_of_ours(
    monkeypatch: pytest.MonkeyPatch, build: Callable[[], None]
) -> None:
    monkeypatch.setattr("akios_jail.cli.main._invoke", lambda *_: build())
    assert run(["audit"]) == 130


def test_the_checkout_runs_from_any_folder(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "akios_jail", "--version"], cwd=tmp_path, capture_output=True)
    assert done.returncode == 0
