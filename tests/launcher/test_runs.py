"""What is kept of how a session was called: whole or not at all, of the newest, and no value of a variable."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from akios_jail.launcher import runs
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.options import RunOptions
from akios_jail.policy.compile import compile_file
from akios_jail.policy.plans import Plans

OPTIONS = RunOptions("policy.yaml", ("/bin/true", "\udcff"), True, "/", env=("A=secret-1", "B"))
#: One session in so many looks how many there are; this one does.
SESSION, PRUNES = "ses_0123456789ab", "ses_012345678900"


@pytest.fixture
def plans(tmp_path: Path) -> Plans:
    path = tmp_path / "policy.yaml"
    path.write_text("apiVersion: akios/v1\nkind: AgentPolicy\nmetadata: {name: test}\nspec: {}\n")
    return compile_file(str(path))


def kept(tmp_path: Path) -> set[str]:
    return {path.stem for path in (tmp_path / runs.FOLDER).iterdir()}


def test_what_was_kept_is_read_without_values(tmp_path: Path, plans: Plans) -> None:
    runs.keep(str(tmp_path), SESSION, 1.5, OPTIONS, plans)
    path = tmp_path / runs.FOLDER / f"{SESSION}.json"
    assert b"secret-1" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    found = runs.read(str(tmp_path), SESSION)
    assert (found.options.command, found.options.env, found.unset) == (OPTIONS.command, ("A", "B"), ("A",))
    assert (found.plans, found.ending) == (plans, None)
    runs.ended(str(tmp_path), SESSION, 3, "wall_time")
    assert runs.read(str(tmp_path), SESSION).ending == (3, "wall_time")


@pytest.mark.parametrize(
    ("command", "kind"),
    [("true |", "pipe"), ("", ""), ("<policy.yaml", "file"), ("<&-", "")],
    ids=["pipe", "nothing", "file", "closed"],
)
def test_what_it_read_from_is_known_and_not_what_it_read(tmp_path: Path, plans: Plans, command: str, kind: str) -> None:
    program = "from akios_jail.launcher import runs; print(repr(runs.input_kind()))"
    before, after = (command, "") if command.endswith("|") else ("", command)
    script = f'{before} "{sys.executable}" -c "{program}" {after}'
    told = subprocess.run(["/bin/sh", "-c", script], stdin=subprocess.DEVNULL, capture_output=True, cwd=tmp_path)
    assert told.stdout.decode().strip() == repr(kind), told.stderr


@pytest.mark.root
def test_what_the_disk_does_not_take_leaves_nothing(tmp_path: Path, plans: Plans) -> None:
    full = tmp_path / "full"
    full.mkdir()
    script = 'mount -t tmpfs -o size=4k none "$0" && exec "$@"'
    program = f"""
import os
from tests.launcher.test_runs import OPTIONS, SESSION
from akios_jail.launcher import runs
from akios_jail.policy.compile import compile_file
plans = compile_file({str(tmp_path / "policy.yaml")!r})
runs.keep({str(full)!r}, SESSION, 1.0, OPTIONS._replace(command=("x" * 20_000,)), plans)
print(os.listdir({str(full / runs.FOLDER)!r}))
"""
    command = ["unshare", "--mount", "/bin/sh", "-c", script, str(full), sys.executable, "-c", program]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert done.stdout == "[]\n", done.stderr
    with pytest.raises(LaunchError, match="nothing is kept"):
        runs.read(str(full), SESSION)


def test_a_name_that_is_taken_stays_as_it_is(tmp_path: Path, plans: Plans) -> None:
    runs.keep(str(tmp_path), SESSION, 1.5, OPTIONS, plans)
    runs.keep(str(tmp_path), SESSION, 2.5, OPTIONS._replace(name="other"), plans)
    assert runs.read(str(tmp_path), SESSION).started == 1.5


def test_the_oldest_go_by_number_and_by_size(tmp_path: Path, plans: Plans, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        name = f"ses_11111111111{number}"
        runs.keep(str(tmp_path), name, 1.0, OPTIONS, plans)
        path = tmp_path / runs.FOLDER / f"{name}.json"
        os.utime(path, (number, number))
    size = path.stat().st_size
    (tmp_path / runs.FOLDER / "notes.json").write_text("a person's own")
    monkeypatch.setattr(runs, "KEPT", 4)
    runs.keep(str(tmp_path), PRUNES, 1.0, OPTIONS, plans)
    assert kept(tmp_path) == {PRUNES, *(f"ses_11111111111{each}" for each in (3, 4, 5)), "notes"}
    monkeypatch.setattr(runs, "KEPT_BYTES", 2 * size + 1)
    runs.keep(str(tmp_path), PRUNES.replace("0123", "4567"), 1.0, OPTIONS, plans)
    assert kept(tmp_path) == {PRUNES, PRUNES.replace("0123", "4567"), "notes"}
