"""What holds for all tests."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

# The same examples in every run: what fails here fails on every machine. `scripts/fuzz` looks for new ones.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")

#: The virtual machine takes minutes.
LONGEST = ("test_vm.py", "test_crashes.py", "test_linearity.py", "test_pii_places.py", "test_source.py")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that needs root fails without it: a suite that skips what it cannot check looks greener than it is."""
    if item.get_closest_marker("root") and os.geteuid() != 0:
        pytest.fail("needs root: run `sudo ./scripts/test`, or leave such tests out with -m 'not root'", pytrace=False)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors: most tests of sessions, floods and brokers wait now and then."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, each of which takes a minute or more: others would wait for it at the end."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_collection_finish() -> None:
    """All tests stay until the end: no collection of garbage need look through them, in a worker or what it forks."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _triggers_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What one of the workers has compiled, the others need not: it is one run.

    Tests of other things than personal data do not load for it what they have not loaded themselves.
    """
    if "akios_jail.pii.scanner" not in sys.modules:
        yield
        return
    from akios_jail.pii import scanner
    from tests import triggers

    own = tmp_path_factory.getbasetemp()
    of_all = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(scanner, "compiled", triggers.shared(of_all / "triggers"))
        yield
