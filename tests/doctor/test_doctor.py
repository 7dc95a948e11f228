from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
_DOCTOR = [sys.executable, "-m", "akios_jail", "doctor"]

#: Runs a command on a kernel without one system call: a filter answers ENOSYS (include/uapi/linux/filter.h, seccomp.h).
_WITHOUT_A_CALL = """
import os, struct, sys
from akios_jail import kernel
load, equal, give = 0x20, 0x15, 0x06
program = [(load, 0, 0, 0), (equal, 0, 1, int(sys.argv[1])), (give, 0, 0, 0x00050000 | 38), (give, 0, 0, 0x7FFF0000)]
kernel.no_new_privileges()
kernel.seccomp_load(b"".join(struct.pack("=HBBI", *instruction) for instruction in program))
os.execv(sys.argv[2], sys.argv[2:])
"""


def doctor(*before: str, arguments: tuple[str, ...] = ()) -> tuple[int, dict[str, dict[str, Any]], bool]:
    """The exit status, the outcomes by name, and whether sessions can run."""
    command = [*before, *_DOCTOR, "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    return done.returncode, {row["name"]: row for row in document["checks"]}, document["ready"]


@pytest.mark.root
def test_a_machine_that_can_run_sessions_is_said_to(tmp_path: Path) -> None:
    status, rows, ready = doctor(arguments=("--state-dir", str(tmp_path / "state")))
    assert (status, ready) == (0, True), [row for row in rows.values() if row["level"] == "missing"]
    assert all(row["remedy"] == "" for row in rows.values() if row["level"] == "ok")
    assert {"net namespace", "seccomp", "Landlock", "cgroups", "egress allowlist", "id-mapped mounts"} <= rows.keys()
    assert not (tmp_path / "state").exists()


@pytest.mark.root
def test_the_words_say_the_same_as_the_json() -> None:
    done = subprocess.run(_DOCTOR, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0
    assert done.stdout.rstrip().endswith("Sessions can run here.")
    assert "Landlock" in done.stdout


@pytest.mark.root
@pytest.mark.parametrize(
    ("number", "name"),
    [(444, "Landlock"), (435, "process descriptors"), (430, "root file system"), (442, "id-mapped mounts")],
)
def test_a_kernel_without_a_system_call_is_found_out_with_a_remedy(number: int, name: str) -> None:
    status, rows, ready = doctor(sys.executable, "-c", _WITHOUT_A_CALL, str(number))
    assert (status, ready) == (1, False)
    assert rows[name]["level"] == "missing"
    assert rows[name]["remedy"]


@pytest.mark.root
def test_a_forbidden_namespace_is_found_out(tmp_path: Path) -> None:
    script = 'echo 0 > /proc/sys/user/max_net_namespaces && exec "$@"'
    status, rows, _ = doctor("unshare", "--user", "--map-root-user", "sh", "-c", script, "sh")
    assert status == 1
    assert rows["net namespace"]["level"] == "missing"
    assert "user.max_net_namespaces" in rows["net namespace"]["remedy"]
    assert rows["uts namespace"]["level"] == "ok"


@pytest.mark.root
def test_a_missing_nft_is_found_out_with_the_package_that_brings_it() -> None:
    places = "from akios_jail.jail.nftables import PLACES; print(*PLACES)"
    found = subprocess.run([sys.executable, "-c", places], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    hide = " && ".join(f"mount --bind /dev/null {place}" for place in found.split() if os.path.exists(place))
    status, rows, _ = doctor("unshare", "--mount", "sh", "-c", f'{hide} && exec "$@"', "sh")
    assert status == 1
    assert rows["nft program"]["level"] == "missing"
    assert "nftables" in rows["nft program"]["remedy"]


@pytest.mark.root
def test_without_root_it_says_so() -> None:
    status, rows, _ = doctor("unshare", "--user")
    assert status == 1
    assert rows["who runs"]["level"] == "missing"
    assert "sudo" in rows["who runs"]["remedy"]


def test_a_state_folder_that_cannot_be_is_found_out() -> None:
    status, rows, _ = doctor(arguments=("--state-dir", "/proc/akios"))
    assert status == 1
    assert rows["state folder"]["level"] == "missing"
    assert "--state-dir" in rows["state folder"]["remedy"]


@pytest.mark.root
def test_nothing_is_left_behind(tmp_path: Path) -> None:
    def state() -> tuple[str, str, list[str]]:
        mounts = Path("/proc/self/mounts").read_text()
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
        return mounts, children, sorted(name for name in os.listdir("/tmp") if name.startswith("tmp"))

    before = state()
    doctor(arguments=("--state-dir", str(tmp_path / "state")))
    mounts, children, leftovers = state()
    assert (mounts, children) == before[:2]
    assert set(leftovers) <= set(before[2])


@pytest.mark.root
def test_id_mapped_mounts_are_needed_by_a_real_root_only() -> None:
    _, rows, _ = doctor("env", "SUDO_UID=1000", "SUDO_GID=1000", sys.executable, "-c", _WITHOUT_A_CALL, "442")
    assert rows["id-mapped mounts"]["level"] == "limited"
