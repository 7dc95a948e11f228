"""Which Python runs an agent, and what it brings into view of the machine: decided from files that agents can write."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from akios_jail.launcher import interpreter
from akios_jail.launcher.errors import LaunchError

ELF = Path(os.path.realpath(sys.executable))


def program(path: Path) -> Path:
    """An executable ELF file at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile("/bin/true", path)
    path.chmod(0o755)
    return path


def installation(prefix: Path, version: str = "3.12") -> Path:
    """A complete Python at `prefix`. Its interpreter."""
    library = prefix / "lib" / f"python{version}"
    library.mkdir(parents=True)
    (library / "os.py").touch()
    binary = program(prefix / "bin" / f"python{version}")
    for name in ("python", "python3"):
        (prefix / "bin" / name).symlink_to(binary.name)
    return binary


def environment(folder: Path, home: Path, target: Path | None = None) -> Path:
    """A virtual environment at `folder`, as venv and uv make them."""
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n")
    python = folder / "bin" / "python"
    python.symlink_to(target or home / "python3")
    return python


def choose(folder: Path, agent: str = "agent.py", python: str = "", **variables: str) -> interpreter.Interpreter:
    return interpreter.choose(agent, python, {"PATH": f"{folder}/path-bin", **variables}, str(folder))


def test_the_order_is_option_variable_beside_the_agent_here_first_line_and_path(tmp_path: Path) -> None:
    base = installation(tmp_path / "base").parent
    installation(tmp_path / "named")
    (tmp_path / "path-bin").symlink_to(installation(tmp_path / "path").parent)
    (tmp_path / "project" / "sub").mkdir(parents=True)
    project = tmp_path / "project"
    agent = project / "sub" / "agent.py"
    agent.write_text(f"#!{installation(tmp_path / 'line')}\n")
    for folder in (tmp_path / "active", project / "sub" / ".venv", project / ".venv"):
        environment(folder, base)
    variables = {"VIRTUAL_ENV": str(tmp_path / "active"), "PATH": f"{tmp_path}/path-bin"}

    def chosen(python: str = "") -> str:
        found = interpreter.choose("sub/agent.py", python, variables, str(project))
        return os.path.relpath(found.executable, tmp_path)

    assert chosen(f"{tmp_path}/named/bin/python3") == "named/bin/python3"
    assert chosen("../named/bin/python3") == "named/bin/python3"
    assert chosen() == "active/bin/python"
    del variables["VIRTUAL_ENV"]
    assert chosen() == "project/sub/.venv/bin/python"
    shutil.rmtree(project / "sub" / ".venv")
    assert chosen() == "project/.venv/bin/python"
    shutil.rmtree(project / ".venv")
    assert chosen() == "line/bin/python3.12"
    agent.write_text("print()\n")
    assert chosen() == "path-bin/python3"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("#!/usr/bin/env python3", "path-bin/python3"),
        ("#!/usr/bin/env -S python3 -u", "path-bin/python3"),
        ("#!/usr/bin/env -S PYTHONUTF8=1 python3", "path-bin/python3"),
        ("#! BASE/bin/python3.12 -u", "base/bin/python3.12"),
        ("#!/bin/sh", "path-bin/python3"),
        ("#!", "path-bin/python3"),
        ("#!/usr/bin/env", "path-bin/python3"),
        ("#!BASE/bin/no-such-python3", "path-bin/python3"),
    ],
)
def test_a_first_line_counts_if_it_names_a_python(tmp_path: Path, line: str, found: str) -> None:
    installation(tmp_path / "base")
    (tmp_path / "path-bin").symlink_to(installation(tmp_path / "path").parent)
    (tmp_path / "agent.py").write_text(line.replace("BASE", str(tmp_path / "base")) + "\nprint()\n")
    assert os.path.relpath(choose(tmp_path).executable, tmp_path) == found


def test_a_virtual_environment_brings_itself_and_its_base(tmp_path: Path) -> None:
    base = installation(tmp_path / "base")
    python = environment(tmp_path / ".venv", base.parent)
    assert interpreter.inspect(str(python)) == interpreter.Interpreter(
        str(python), str(tmp_path / ".venv"), (str(tmp_path / ".venv"), str(tmp_path / "base"))
    )


def test_a_chain_of_links_as_uv_lays_it_brings_every_name_of_the_base(tmp_path: Path) -> None:
    installation(tmp_path / "share" / "cpython-3.12.4")
    (tmp_path / "share" / "cpython-3.12").symlink_to("cpython-3.12.4")
    home = tmp_path / "share" / "cpython-3.12" / "bin"
    python = environment(tmp_path / ".venv", home, home / "python3.12")
    prefixes = interpreter.inspect(str(python)).prefixes
    assert {os.path.relpath(prefix, tmp_path) for prefix in prefixes} == {
        ".venv", "share/cpython-3.12", "share/cpython-3.12.4",
    }  # fmt: skip


def test_the_shims_of_version_managers_are_passed_over(tmp_path: Path) -> None:
    installation(tmp_path / "real")
    shim = tmp_path / "shims" / "python3"
    shim.parent.mkdir()
    shim.write_text("#!/bin/sh\nexec something\n")
    shim.chmod(0o755)
    (tmp_path / "agent.py").touch()
    found = choose(tmp_path, PATH=f"{tmp_path}/shims:{tmp_path}/real/bin")
    assert found.executable == f"{tmp_path}/real/bin/python3"
    with pytest.raises(LaunchError, match="no Python interpreter at") as error:
        choose(tmp_path, python=str(shim))
    assert error.value.status == 2


@pytest.mark.parametrize(
    "home", ["/root", "/root/bin", "/etc/bin", "/", "", "relative/bin", "/no/such/bin", "/home/\0x"]
)
def test_a_configuration_that_names_a_folder_without_a_standard_library_brings_nothing_of_it(
    tmp_path: Path, home: str
) -> None:
    base = installation(tmp_path / "base")
    environment(tmp_path / ".venv", base.parent, base)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text(f"home = {home}\n")
    found = interpreter.inspect(str(tmp_path / ".venv" / "bin" / "python"))
    assert set(found.prefixes) == {f"{tmp_path}/.venv", f"{tmp_path}/base"}


@pytest.mark.parametrize("home", ["/bin", "/usr/bin", "/bin/../usr/bin"])
def test_a_python_of_the_system_never_brings_the_root_of_the_machine(tmp_path: Path, home: str) -> None:
    """/lib leads into /usr/lib, so that `/` looks like a Python installation."""
    python = environment(tmp_path / ".venv", Path(home), Path("/usr/bin/python3"))
    assert interpreter.inspect(str(python)).prefixes == (f"{tmp_path}/.venv",)


def test_a_python_without_its_library_is_refused_with_the_place_that_was_looked_at(tmp_path: Path) -> None:
    lonely = program(tmp_path / "bin" / "python3")
    with pytest.raises(LaunchError, match=f"no standard library beside it .{tmp_path}/lib"):
        interpreter.inspect(str(lonely))


def test_nothing_that_an_agent_laid_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "path-bin").symlink_to(installation(tmp_path / "path").parent)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    os.mkfifo(tmp_path / ".venv" / "bin" / "python", 0o755)
    os.mkfifo(tmp_path / "agent.py")
    assert choose(tmp_path).executable == f"{tmp_path}/path-bin/python3"


def test_a_home_is_the_callers(tmp_path: Path) -> None:
    installation(tmp_path / "base")
    (tmp_path / "agent.py").touch()
    for value, home in (("~/base/bin/python3", str(tmp_path)), ("~root/no-such", str(tmp_path))):
        if "root" in value:
            with pytest.raises(LaunchError):
                choose(tmp_path, python=value, HOME=home)
        else:
            assert choose(tmp_path, python=value, HOME=home).executable == f"{tmp_path}/base/bin/python3"


def test_names_of_interpreters() -> None:
    assert all(interpreter.is_python(name) for name in ("python", "python3", "python3.12", "/x/python"))
    assert not any(interpreter.is_python(name) for name in ("python2", "pythonic", "node", "python3.x", "py/thon"))
    assert interpreter.is_program(str(ELF))
    assert not interpreter.is_program("/etc/passwd")
    assert not interpreter.is_program("/usr")
