"""What holds for all tests of commands: none touches the state folder of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def usual_state_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `akios pii` keeps what it compiled unless told otherwise; the same for all tests, which find it filled."""
    path = tmp_path_factory.getbasetemp() / "usual-state"
    monkeypatch.setattr("akios_jail.cli.pii_cache.default_path", lambda uid, environment: str(path))
    return path
