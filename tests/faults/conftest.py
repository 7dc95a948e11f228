"""A machine with another session on it, for a whole module; and the person whose session a fault is done to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import Akios, upstream  # noqa: F401 - fixtures
from tests.faults.bystander import Bystander, Watch, machine
from tests.faults.fault import Family, Fault
from tests.servers.providers import Providers

Watching = Callable[[Family, Fault], AbstractContextManager[Watch]]


@pytest.fixture(scope="module")
def bystander(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bystander]:
    """The other session. It goes on through all faults of a module."""
    folder = tmp_path_factory.mktemp("machine")
    folder.chmod(0o755)
    (folder / "other").mkdir()
    with machine(folder) as found:
        yield found


@pytest.fixture
def akios(tmp_path: Path, upstream: Providers, bystander: Bystander) -> Iterator[Akios]:  # noqa: F811 - the fixture
    """The person to whose session a fault is done, on the machine of the other session."""
    tmp_path.chmod(0o755)
    person = Akios(tmp_path, upstream)
    person.state = bystander.akios.state
    yield person
    person.end()


@pytest.fixture
def watching(bystander: Bystander, record_property: Callable[[str, object], None]) -> Watching:
    """`with watching(FAMILY, fault) as watch:` around the fault alone, from its first moment to when it is over; what
    the other session felt of it goes on record."""

    @contextmanager
    def watched(family: Family, fault: Fault) -> Iterator[Watch]:
        watch = Watch(bystander)
        yield watch
        record_property("fault", json.dumps({"family": family.title, "fault": fault.name, **watch.over()}))

    return watched
