"""One `akios run` serves all attacks of a program: what is slow is made once for a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.attack import Outcomes
from tests.attacks.rooms import compiled, in_jail, outside, unfiltered
from tests.e2e.conftest import Akios, akios, upstream  # noqa: F401 - fixtures
from tests.servers.providers import Providers


@pytest.fixture(scope="module")
def jailer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Akios]:
    """A person with a workspace and `akios run`, for a whole module. The agent may write to the workspace."""
    folder = tmp_path_factory.mktemp("attacks")
    folder.chmod(0o755)
    with Providers() as server:
        person = Akios(folder, server)
        person.policy(filesystem={"workspace": {"path": ".", "access": "rw"}})
        yield person
        person.end()


@pytest.fixture(scope="module")
def loose(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for a program that runs without a jail."""
    return tmp_path_factory.mktemp("loose")


# What became of the C program that a module names PROBE; where it is no such program, the module has its own.


@pytest.fixture(scope="module")
def inside(request: pytest.FixtureRequest, jailer: Akios) -> Outcomes:
    """In a jail."""
    found: Outcomes = in_jail(jailer, str(compiled(request.module.PROBE, jailer.workspace))).said
    return found


@pytest.fixture(scope="module")
def without(request: pytest.FixtureRequest, jailer: Akios, inside: Outcomes) -> Outcomes:
    """In a jail without its filter of system calls: what the walls behind it do."""
    return unfiltered(jailer, f"./{request.module.PROBE}")


@pytest.fixture(scope="module")
def elsewhere(request: pytest.FixtureRequest, loose: Path) -> Outcomes:
    """Where nothing stops it."""
    return outside([str(compiled(request.module.PROBE, loose))], loose)
