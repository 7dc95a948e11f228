"""The targets by name, and the seeds that are kept for each: small real messages, and what once was a defect."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
CORPUS = FOLDER / "corpus"


class Target(NamedTuple):
    """`fuzz` raises for a defect and for nothing else. `tokens`: words of its format."""

    name: str
    fuzz: Callable[[bytes], None]
    tokens: tuple[bytes, ...]


def names() -> list[str]:
    """All targets."""
    return sorted(path.stem for path in (FOLDER / "targets").glob("*.py") if path.stem != "__init__")


def target(name: str) -> Target:
    """The target of this name, imported."""
    module = importlib.import_module(f"tests.fuzz.targets.{name}")
    return Target(name, module.fuzz, tuple(getattr(module, "TOKENS", ())))


def seeds(name: str) -> list[Path]:
    """What is kept for a target."""
    return sorted(path for path in (CORPUS / name).iterdir() if path.is_file())
