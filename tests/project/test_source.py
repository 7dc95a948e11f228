"""What holds for every file of the repository."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def tracked() -> list[Path]:
    # A checkout may belong to somebody else than root, who runs the tests; git then wants to be told.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def tool(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_finds_nothing() -> None:
    tool("ruff", "check", "--no-cache", ".")


def test_every_file_is_formatted() -> None:
    tool("ruff", "format", "--no-cache", "--check", ".")


@pytest.mark.timeout(600)
def test_every_type_checks_strictly() -> None:
    tool("mypy")


def package_index_hosts() -> list[str]:
    """Hosts that packages come from: the machine's clients know theirs, and a file that names one overrules them."""
    from pip._internal.models.index import PyPI

    return [PyPI.netloc, PyPI.file_storage_domain, "registry." + "npmjs.org", "deb." + "debian.org"]


def test_no_file_names_a_package_index_or_the_folder_it_was_written_in() -> None:
    forbidden = re.compile("|".join(re.escape(word) for word in [*package_index_hosts(), f"{ROOT}/"]))
    hits = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert not hits, "\n".join(hits)


def test_no_file_puts_work_off() -> None:
    words = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|^(<{7}|>{7}) ")
    hits = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        if path.suffix in (".py", ".md", ".sh", ".toml", ".yaml", "")
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if words.search(line)
    ]
    assert not hits, "\n".join(hits)


def test_no_group_is_repeated_possessively() -> None:
    """Python before 3.11.5, which Debian 12 has, loses what such a group could still match; `(?>(?:…)*)` is right.

    The characters of a class (`[a-z]*+`) have nothing to lose, and a list of characters that is no pattern is no group.
    """
    possessive = re.compile(r"(?<!\\)\)(?:[*+?]|\{\{?[0-9,]+\}?\})\+(?!,)")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        if path.suffix == ".py" and path.parts[-2:] != ("project", "test_source.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if possessive.search(line) is not None
    ]
    assert found == []


def test_every_script_can_be_run() -> None:
    scripts = [path for path in tracked() if path.read_bytes().startswith(b"#!")]
    assert {ROOT / "scripts" / name for name in ("setup", "test", "demo")} <= set(scripts)
    assert ROOT / ".ci" / "run" in scripts
    unrunnable = [str(path.relative_to(ROOT)) for path in scripts if not path.stat().st_mode & 0o100]
    assert not unrunnable


def test_every_shell_script_parses() -> None:
    for path in tracked():
        if path.read_bytes()[:40].split(b"\n")[0] in (b"#!/usr/bin/env bash", b"#!/bin/bash", b"#!/bin/sh"):
            done = subprocess.run(["bash", "-n", path], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr


def test_every_dependency_is_pinned_with_hashes_and_no_address() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = (ROOT / "requirements" / "dev.txt").read_text()
    pinned = set(re.findall(r"^([a-z0-9-]+)==", pins, re.MULTILINE))
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    names = {re.split(r"[\[<>=~! ]", requirement)[0].lower().replace("_", "-") for requirement in wanted}
    assert names - {"akios-jail"} <= pinned
    assert "://" not in pins
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=[a-z0-9-]+==)", pins, flags=re.MULTILINE)[1:])
