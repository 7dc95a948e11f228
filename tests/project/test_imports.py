"""Who may import whom. The rule is the architecture: what parses hostile bytes cannot reach what has privileges."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "akios_jail"

#: A room, and the rooms that it may import beside itself. What is not listed may import everything: it is on top.
MAY_IMPORT = {
    "kernel": set(),
    "messages": set(),
    "resources": set(),
    "database": set(),
    "policy": {"resources"},
    "jail": {"kernel", "messages", "policy", "resources"},
    "providers": {"policy"},
    "pii": {"policy"},
    "control": {"database", "policy"},
    "credentials": {"policy"},
    "flux": {"database", "policy"},
    "audit": {"policy"},
    "incidents": {"policy"},
    "radar": {"database", "policy"},
    "broker": {
        "audit",
        "control",
        "credentials",
        "database",
        "flux",
        "kernel",
        "messages",
        "pii",
        "policy",
        "providers",
        "radar",
        "resources",
    },
    "launcher": {"audit", "jail", "kernel", "messages", "policy", "resources"},
}
TOP = {"__init__", "__main__", "cli", "demo", "doctor", "hindsight"}
#: Rooms that decide and record, and so open no connection of their own.
WITHOUT_SOCKETS = ("providers", "pii", "flux", "audit", "credentials", "incidents", "radar")
SOCKET_MODULES = {"aiohttp", "asyncio", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "ssl", "urllib"}


def imports(path: Path) -> list[tuple[int, str]]:
    """Every module that a file imports anywhere in it, with the line; a name from a package counts as package.name."""
    found = []
    package = path.relative_to(ROOT).with_suffix("").parts[: -1 if path.name != "__init__.py" else None]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            module = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            found += [(node.lineno, f"{module}.{alias.name}") for alias in node.names]
    return found


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


#: All modules; what stands in templates/ is no part of the package but what `akios init` copies.
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "templates" not in path.parts)


def test_every_room_has_its_rule() -> None:
    assert {room_of(path) for path in FILES} <= MAY_IMPORT.keys() | TOP


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_what_it_may(room: str) -> None:
    allowed = MAY_IMPORT[room] | {room}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in FILES
        if room_of(path) == room
        for line, name in imports(path)
        if name.split(".")[0] in ("akios", "akios_jail")
        and name not in ("akios_jail.__version__", "akios_jail")
        and (name.split(".")[0] == "akios" or [*name.split("."), ""][1] not in allowed)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("room", WITHOUT_SOCKETS)
def test_a_room_that_decides_opens_no_socket(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in FILES
        if room_of(path) == room
        for line, name in imports(path)
        if name.split(".")[0] in SOCKET_MODULES and not name.startswith("urllib.parse") and name != "http.HTTPStatus"
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), "the file lacks its docstring"
