"""Which Python runs an agent, and which folders of the host it needs to see. Decided by reading, never by running.

The launcher is root, and a virtual environment may lie in a folder that an earlier agent could write: so no interpreter
is ever executed to ask it something, and a prefix named by a file is believed only if a standard library lies in it.
"""

from __future__ import annotations

import os
import re
import stat
from typing import NamedTuple

from akios_jail.launcher import invoker
from akios_jail.launcher.errors import USAGE, LaunchError

_PYTHON_NAME = re.compile(r"python(3(\.\d+)?)?")
_SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


class Interpreter(NamedTuple):
    """A Python: the path to execute, the virtual environment it belongs to ("" for none), and the folders it needs."""

    executable: str
    virtual_env: str
    prefixes: tuple[str, ...]


def choose(agent: str, python: str, environment: dict[str, str], directory: str) -> Interpreter:
    """The interpreter for an agent file: `--python`, $VIRTUAL_ENV, a `.venv` beside it, its `#!` line, PATH."""
    candidates: list[str] = []
    if python:
        named = _locate(python, environment, directory)
        if named is None:
            raise LaunchError(f"no Python interpreter at {python}", "Give --python the path of one.", USAGE)
        candidates = [named]
    else:
        if environment.get("VIRTUAL_ENV"):
            candidates.append(os.path.join(environment["VIRTUAL_ENV"], "bin", "python"))
        candidates.append(os.path.join(os.path.dirname(os.path.join(directory, agent)), ".venv", "bin", "python"))
        candidates.append(os.path.join(directory, ".venv", "bin", "python"))
        shebang = _shebang(os.path.join(directory, agent))
        if shebang:
            candidates.append(_locate(shebang, environment, directory) or "")
        candidates += [os.path.join(folder, "python3") for folder in _search_path(environment)]
    for candidate in candidates:
        if candidate and is_program(candidate):
            return inspect(candidate)
    raise LaunchError(
        f"found no Python to run {agent}",
        "Install python3, or name an interpreter with --python (the shims of version managers do not count).",
        USAGE,
    )


def is_python(path: str) -> bool:
    """Whether `path` is named like an interpreter (`python`, `python3`, `python3.12`)."""
    return _PYTHON_NAME.fullmatch(os.path.basename(path)) is not None


def is_program(path: str) -> bool:
    """Whether `path` is an executable ELF file (links followed)."""
    return _start_of(path, 4) == b"\x7fELF" and os.access(path, os.X_OK)


def inspect(executable: str) -> Interpreter:
    """What the interpreter at `executable` needs to see. `LaunchError` if its installation cannot be found."""
    executable = os.path.abspath(executable)
    virtual_env = _virtual_env_of(executable)
    prefixes: list[str] = []
    real = os.path.realpath(executable)
    home = os.path.dirname(real)
    if virtual_env:
        prefixes.append(virtual_env)
        home = _home_in(os.path.join(virtual_env, "pyvenv.cfg")) or home
    for folder in dict.fromkeys((home, os.path.dirname(real))):
        prefix = os.path.dirname(folder)
        if prefix == "/":  # /bin is a link into /usr, and a Python in it does not need to see the whole machine
            prefix = os.path.dirname(os.path.realpath(folder))
        if prefix != "/" and _holds_standard_library(prefix):
            prefixes += [prefix, os.path.realpath(prefix)]
    if len(prefixes) == (1 if virtual_env else 0):
        raise LaunchError(
            f"{executable} has no standard library beside it ({os.path.dirname(home)}/lib/python3.*)",
            "Name a complete installation or virtual environment with --python.",
            USAGE,
        )
    outside = [path for path in dict.fromkeys(prefixes) if path != "/usr" and not path.startswith("/usr/")]
    return Interpreter(executable, virtual_env, tuple(outside))


def _locate(name: str, environment: dict[str, str], directory: str) -> str | None:
    if "/" in name:
        path = os.path.normpath(os.path.join(directory, invoker.expand(name, invoker.home(environment))))
        return path if is_program(path) else None
    for folder in _search_path(environment):
        path = os.path.join(folder, name)
        if is_program(path):
            return path
    return None


def _search_path(environment: dict[str, str]) -> list[str]:
    named = [folder for folder in environment.get("PATH", "").split(":") if folder.startswith("/")]
    return list(dict.fromkeys([*named, *_SYSTEM_PATH]))


def _shebang(path: str) -> str:
    """The interpreter that a script's first line names, if it is a Python."""
    line = _start_of(path, 256).partition(b"\n")[0].decode("utf-8", "surrogateescape").strip()
    words = line[2:].split() if line.startswith("#!") else []
    if words and os.path.basename(words[0]) == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    return words[0] if words and is_python(words[0]) else ""


def _virtual_env_of(executable: str) -> str:
    prefix = os.path.dirname(os.path.dirname(executable))
    return prefix if os.path.isfile(os.path.join(prefix, "pyvenv.cfg")) else ""


def _home_in(configuration: str) -> str:
    """The `home` of a pyvenv.cfg (PEP 405): the folder of the base interpreter."""
    for line in _start_of(configuration, 65536).decode("utf-8", "surrogateescape").splitlines():
        key, _, value = line.partition("=")
        if key.strip().lower() == "home" and value.strip().startswith("/") and "\0" not in value:
            return os.path.normpath(value.strip())
    return ""


def _start_of(path: str, size: int) -> bytes:
    """The first bytes of a regular file; b"" for anything else: a fifo that an agent left would be waited for."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            return file.read(size) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""
    except OSError:
        return b""


def _holds_standard_library(prefix: str) -> bool:
    try:
        names = os.listdir(os.path.join(prefix, "lib"))
    except OSError:
        return False
    return any(
        re.fullmatch(r"python3\.\d+", name) and os.path.isfile(os.path.join(prefix, "lib", name, "os.py"))
        for name in names
    )
