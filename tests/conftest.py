"""What holds for all tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# The same examples in every run: what fails here fails on every machine. `scripts/fuzz` looks for new ones.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that needs root fails without it: a suite that skips what it cannot check looks greener than it is."""
    if item.get_closest_marker("root") and os.geteuid() != 0:
        pytest.fail("needs root: run `sudo ./scripts/test`, or leave such tests out with -m 'not root'", pytrace=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The virtual machine first: it takes minutes, for which another worker would wait at the end."""
    items.sort(key=lambda item: item.path.name != "test_vm.py")
