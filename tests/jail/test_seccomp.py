"""A compiled program is handed out from the cache only while there is every reason to trust it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from akios_jail.jail import seccomp
from akios_jail.jail.errors import JailError

PROFILE = json.dumps(
    {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}]}
).encode()
LAX = json.dumps({"defaultAction": "SCMP_ACT_ALLOW"}).encode()


def entries(cache: Path) -> list[Path]:
    return sorted(cache.iterdir())


def was_compiled_anew(cache: Path) -> bool:
    """True when the profile's program does not come from the cache: told by the modules that are loaded."""
    source = (
        "import sys; from akios_jail.jail import seccomp; seccomp.program(sys.stdin.buffer.read(), sys.argv[1]);"
        "print('pyseccomp' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", source, str(cache)], input=PROFILE, capture_output=True, check=True)
    return result.stdout == b"True\n"


def test_a_program_is_compiled_once(tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "seccomp"
    first = seccomp.program(PROFILE, str(cache))
    assert seccomp.program(PROFILE, str(cache)) == first
    assert len(entries(cache)) == 1
    assert not was_compiled_anew(cache)


def test_what_is_cached_is_private(tmp_path: Path) -> None:
    cache = tmp_path / "seccomp"
    old = os.umask(0)
    try:
        seccomp.program(PROFILE, str(cache))
    finally:
        os.umask(old)
    assert cache.stat().st_mode & 0o777 == 0o700
    assert entries(cache)[0].stat().st_mode & 0o777 == 0o600


def test_another_profile_is_another_entry(tmp_path: Path) -> None:
    assert seccomp.program(PROFILE, str(tmp_path)) != seccomp.program(LAX, str(tmp_path))
    assert len(entries(tmp_path)) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes()[:-8]),
        lambda path: path.write_bytes(path.read_bytes() + bytes(8)),
        lambda path: path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:]),
        lambda path: path.write_bytes(path.read_bytes()[:-4] + b"\0\0\xff\x7f"),
        lambda path: path.write_bytes(b"[]\n" + path.read_bytes().partition(b"\n")[2]),
        lambda path: path.write_bytes(b"x" * 100_000),
        lambda path: path.chmod(0o644),
        lambda path: path.chmod(0o660),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.unlink(), os.mkfifo(path, 0o600)),
    ],
)
def test_a_damaged_entry_is_not_used(tmp_path: Path, damage: object) -> None:
    good = seccomp.program(PROFILE, str(tmp_path))
    assert callable(damage)
    damage(entries(tmp_path)[0])
    assert seccomp.program(PROFILE, str(tmp_path)) == good
    assert was_compiled_anew(tmp_path) is entries(tmp_path)[0].is_dir()  # a folder in its place cannot be mended


def test_another_profiles_entry_in_its_place_is_not_used(tmp_path: Path) -> None:
    good = seccomp.program(PROFILE, str(tmp_path))
    (mine,) = entries(tmp_path)
    seccomp.program(LAX, str(tmp_path))
    (lax,) = [path for path in entries(tmp_path) if path != mine]
    mine.unlink()
    os.link(lax, mine)
    assert seccomp.program(PROFILE, str(tmp_path)) == good


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    good = seccomp.program(PROFILE, str(tmp_path / "a"))
    (entry,) = entries(tmp_path / "a")
    moved = entry.rename(tmp_path / "moved")
    entry.symlink_to(moved)
    assert seccomp.program(PROFILE, str(tmp_path / "a")) == good
    assert not entry.is_symlink()


@pytest.mark.root
def test_an_entry_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    good = seccomp.program(PROFILE, str(tmp_path))
    os.chown(entries(tmp_path)[0], 65534, 65534)
    assert was_compiled_anew(tmp_path)
    assert seccomp.program(PROFILE, str(tmp_path)) == good


def test_an_upgraded_library_compiles_anew(tmp_path: Path) -> None:
    seccomp.program(PROFILE, str(tmp_path))
    (entry,) = entries(tmp_path)
    header, _, body = entry.read_bytes().partition(b"\n")
    document = json.loads(header)
    document["library"][2] += 1
    entry.write_bytes(json.dumps(document).encode() + b"\n" + body)
    assert was_compiled_anew(tmp_path)


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert seccomp.program(PROFILE, str(blocked / "cache")) == seccomp.program(PROFILE, str(tmp_path / "cache"))


def test_a_shipped_profile_is_found_by_name_and_any_other_by_path(tmp_path: Path) -> None:
    assert json.loads(seccomp.find_profile("agent-default"))["defaultAction"] == "SCMP_ACT_ERRNO"
    own = tmp_path / "own.json"
    own.write_bytes(PROFILE)
    assert seccomp.find_profile(str(own)) == PROFILE


@pytest.mark.parametrize("name", ["agent-defaul", "../profiles/agent-default", "/no/such.json", "", "a\0b", "/etc"])
def test_a_profile_that_is_not_there_is_an_error_with_a_remedy(name: str) -> None:
    with pytest.raises(JailError) as caught:
        seccomp.find_profile(name)
    assert "agent-default" in caught.value.remedy


def test_a_mistake_in_a_profile_is_not_cached(tmp_path: Path) -> None:
    with pytest.raises(JailError):
        seccomp.program(b"{}", str(tmp_path))
    assert entries(tmp_path) == []


def test_looking_up_a_cached_program_loads_nothing_heavy(tmp_path: Path) -> None:
    seccomp.program(PROFILE, str(tmp_path))
    heavy = "pyseccomp tempfile subprocess dataclasses asyncio re2 yaml pydantic akios_jail.jail.seccomp_compile"
    source = (
        "import sys; from akios_jail.jail import seccomp; seccomp.program(sys.stdin.buffer.read(), sys.argv[1]);"
        f"print([name for name in {heavy.split()!r} if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", source, str(tmp_path)], input=PROFILE, capture_output=True, check=True
    )
    assert run.stdout == b"[]\n"
