from __future__ import annotations

from pathlib import Path

import pytest

from akios_jail import resources


def test_every_shipped_file_is_found_by_its_name() -> None:
    for kind in resources.KINDS:
        for name in resources.names(kind):
            assert Path(resources.path(kind, name)).is_absolute()
            assert Path(resources.path(kind, name)).read_bytes()
    assert "agent-default.json" in resources.names("profiles")


@pytest.mark.parametrize("name", ["nothing.json", "", ".", "../pyproject.toml", "/etc/passwd", "agent-default"])
def test_what_does_not_come_with_akios_is_refused_and_the_rest_listed(name: str) -> None:
    with pytest.raises(resources.NoSuchResource, match=r"agent-default\.json"):
        resources.path("profiles", name)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(resources.NoSuchResource, match="no such kind"):
        resources.path("jail", "errors.py")
