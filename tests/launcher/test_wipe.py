"""A key is overwritten where nobody else has it, and nothing else ever is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from akios_jail.launcher import wipe


def made(length: int, first: str = "a") -> str:
    """A new object each time."""
    return "".join(chr(ord(first) + at % 7) for at in range(length))


@pytest.mark.parametrize("length", [8, 9, 15, 16, 40, 1000, 8192])
def test_a_text_that_nobody_else_has_is_overwritten(length: int) -> None:
    text = made(length)
    wipe.text(text)
    assert text == "\0" * length
    data = os.fsencode(made(length))
    wipe.text(data)
    assert data == bytes(length)


def test_a_text_that_somebody_else_has_stays() -> None:
    text = made(40)
    others = [text]
    wipe.text(text)
    assert others == [made(40)]


class Odd(str):
    """Has its characters elsewhere."""

    extra = 1


@pytest.mark.parametrize("text", [made(7), "\u00e9" * 40, "\u4e00" * 40, Odd(made(40)), ""])
def test_what_it_does_not_know_stays(text: str) -> None:
    copy = list(text)
    wipe.text(text)
    assert list(text) == copy


def test_another_python_s_objects_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wipe, "_TRIED", False)
    text = made(40)
    wipe.text(text)
    assert text == made(40)


def test_objects_that_are_laid_out_otherwise_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    real = sys.getsizeof
    monkeypatch.setattr(sys, "getsizeof", lambda value: real(value) - 8)
    text = made(40)
    wipe.text(text)
    assert text == made(40)


def test_a_variable_goes_from_wherever_it_was() -> None:
    program = """
import os, sys
sys.path.insert(0, {root!r})
from akios_jail.launcher import wipe
host = dict(os.environ)
wipe.variable(host, "A_KEY")
assert "A_KEY" not in host and "A_KEY" not in os.environ
assert "OTHER" in host and os.environ["OTHER"] == "stays-as-it-is"
block = open("/proc/self/environ", "rb").read()
assert b"key-0123456789" not in block and b"OTHER=stays-as-it-is" in block
wipe.variable(host, "A_KEY")
"""
    root = str(Path(wipe.__file__).parents[2])
    environment = {"A_KEY": "key-0123456789", "OTHER": "stays-as-it-is", "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", program.format(root=root)], env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
