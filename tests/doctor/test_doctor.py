from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from akios_jail.cli.doctor import for_others
from akios_jail.doctor.without_root import LIMITS

ROOT = Path(__file__).parents[2]
_DOCTOR = [sys.executable, "-m", "akios_jail", "doctor"]

#: Runs a command on a kernel that refuses one system call: a filter answers with an error number
#: (include/uapi/linux/filter.h, seccomp.h).
_WITHOUT_A_CALL = """
import os, struct, sys
from akios_jail import kernel
load, equal, give = 0x20, 0x15, 0x06
code = 0x00050000 | int(sys.argv[2])
program = [(load, 0, 0, 0), (equal, 0, 1, int(sys.argv[1])), (give, 0, 0, code), (give, 0, 0, 0x7FFF0000)]
kernel.no_new_privileges()
kernel.seccomp_load(b"".join(struct.pack("=HBBI", *instruction) for instruction in program))
os.execv(sys.argv[3], sys.argv[3:])
"""
_ENOSYS = str(errno.ENOSYS)
#: An account that nobody else has, to which Python and the checkout are shown.
_ACCOUNT = 310_000 + os.getpid()
_AS_ACCOUNT = [
    sys.executable, "-S", str(ROOT / "tests" / "e2e" / "as_account.py"),
    str(_ACCOUNT), sys.prefix, sys.base_prefix, str(ROOT), "--",
]  # fmt: skip


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
    assert "\nSessions can run here.\n" in done.stdout
    assert "without root" in done.stdout.splitlines()[-1].lower()
    assert "Landlock" in done.stdout


@pytest.mark.root
@pytest.mark.parametrize(
    ("number", "name"),
    [(444, "Landlock"), (435, "process descriptors"), (430, "root file system"), (442, "id-mapped mounts")],
)
def test_a_kernel_without_a_system_call_is_found_out_with_a_remedy(number: int, name: str) -> None:
    status, rows, ready = doctor(sys.executable, "-c", _WITHOUT_A_CALL, str(number), _ENOSYS)
    assert (status, ready) == (1, False)
    assert rows[name]["level"] == "missing"
    assert rows[name]["remedy"]


@pytest.mark.root
def test_a_forbidden_namespace_is_found_out(tmp_path: Path) -> None:
    script = 'echo 0 > /proc/sys/user/max_net_namespaces && exec "$@"'
    status, rows, _ = doctor("unshare", "--user", "--map-root-user", "sh", "-c", script, "sh")
    assert status == 1
    assert rows["net namespace"]["level"] == "missing"
    assert "sysctl -w user.max_net_namespaces=15000" in rows["net namespace"]["remedy"]
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
def test_an_account_without_root_is_told_what_it_can_have() -> None:
    done = subprocess.run([*_AS_ACCOUNT, *_DOCTOR, "--json"], cwd=ROOT, capture_output=True, text=True, timeout=100)
    told = json.loads(done.stdout)
    rows = {row["name"]: row for row in told["checks"]}
    assert rows["who runs"]["detail"].startswith(f"uid {_ACCOUNT}:")
    own = {row["name"]: row["level"] for row in told["checks"] if row["group"] == "without root"}
    assert {name for name, level in own.items() if level != "ok"} <= {"own limits"}  # by systemd, where it delegates
    assert told["accounts"]["root"]["ready"] is None
    assert told["accounts"]["ordinary"]["ready"] is told["ready"]


@pytest.mark.root
def test_root_is_told_what_accounts_can_have_and_it_keeps_nothing_from_running() -> None:
    """Where user namespaces are forbidden to accounts alone, which is not to be had in a test: by a missing step."""
    _, rows, _ = doctor("env", f"SUDO_UID={_ACCOUNT}", f"SUDO_GID={_ACCOUNT}")
    assert rows["account"]["detail"] == f"uid {_ACCOUNT}"
    assert {row["level"] for row in rows.values() if row["group"] == "without root"} <= {"ok", "limited"}
    assert rows["own network"]["level"] == "ok"


#: Each makes one obstacle in namespaces of its own, and then executes the rest of the command line.
_OBSTACLES = {
    "no user namespaces": (
        'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"',
        "own user namespace",
        "sysctl -w user.max_user_namespaces=15000",
    ),
    "no network namespaces": (
        'echo 0 > /proc/sys/user/max_net_namespaces && exec "$@"',
        "net namespace",
        "user.max_net_namespaces is 0",
    ),
    "something over /proc": (
        'mount -t tmpfs -o ro none /proc/scsi 2>/dev/null || mount -t tmpfs -o ro none /proc/bus; exec "$@"',
        "own root and /proc",
        "systempaths=unconfined",
    ),
    "a folder without programs": (
        'mount -t tmpfs -o noexec,mode=755 none "$STATE" && exec "$@"',
        "state folder",
        "--state-dir",
    ),
    "read-only cgroups": (
        (
            "mount -t tmpfs none /run; for at in $(findmnt -rno TARGET | grep ^/sys/fs/cgroup); "
            'do mount -o remount,bind,ro "$at"; done; exec "$@"'
        ),
        "cgroups",
        "writable-cgroups=true",
    ),
}


@pytest.mark.root
@pytest.mark.parametrize("obstacle", _OBSTACLES)
def test_an_obstacle_is_named_with_what_removes_it(obstacle: str, tmp_path: Path) -> None:
    script, name, remedy = _OBSTACLES[obstacle]
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    before = ["env", f"STATE={state}", "unshare", "--mount", "sh", "-c", script, "sh"]
    if "max_" in script:  # settings that are a user namespace's own, and everything here is of this one
        before = [
            *_AS_ACCOUNT,
            "/usr/bin/unshare",
            "--user",
            "--map-current-user",
            "--keep-caps",
            "sh",
            "-c",
            script,
            "sh",
        ]
    _, rows, _ = doctor(*before, arguments=("--state-dir", str(state)))
    assert rows[name]["level"] in ("missing", "limited"), rows[name]
    assert remedy in rows[name]["remedy"], rows[name]


@pytest.mark.root
@pytest.mark.parametrize(
    ("call", "code", "name", "remedy"),
    [
        (444, errno.EOPNOTSUPP, "Landlock", "boot with landlock in the list lsm="),
        (272, errno.EPERM, "uts namespace", "--security-opt seccomp=FILE"),
        (155, errno.EPERM, "root file system", "refuses pivot_root even with CAP_SYS_ADMIN"),
    ],
)
def test_what_a_filter_refuses_is_laid_to_the_filter(call: int, code: int, name: str, remedy: str) -> None:
    _, rows, ready = doctor(sys.executable, "-c", _WITHOUT_A_CALL, str(call), str(code))
    assert ready is False
    assert remedy in rows[name]["remedy"]


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
    _, rows, _ = doctor("env", "SUDO_UID=1000", "SUDO_GID=1000", sys.executable, "-c", _WITHOUT_A_CALL, "442", _ENOSYS)
    assert rows["id-mapped mounts"]["level"] == "limited"


@pytest.mark.root
def test_a_root_without_the_rights_is_told_whether_accounts_can() -> None:
    assert for_others([], True) == "They can without root, too."
    assert for_others([], False).startswith("Without root they can: docker run --user 1000")
    assert for_others([LIMITS], False).startswith("Without root they can under a policy with spec.resources.optional: ")
    assert for_others(["own network", LIMITS], False) == "Without root they lack: own network, own limits."
