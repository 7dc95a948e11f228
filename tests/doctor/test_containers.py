"""In containers as Docker makes them: which obstacle the doctor names, and that the flags it names are enough."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from akios_jail.jail.seccomp import find_profile
from tests.doctor.containers import DEFAULT_PROFILE, docker

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.uname().machine != "x86_64", reason="Docker's profile is stored for this architecture"),
]

ROOT = Path(__file__).parents[2]
PROFILE = ROOT / "examples" / "docker" / "seccomp.json"
BOTH = ("SYS_ADMIN", "NET_ADMIN")
#: An account that nobody else has.
ACCOUNT = 300_000 + os.getpid()
UNCONFINED = "unconfined"
POLICY = """\
apiVersion: akios/v1
kind: AgentPolicy
metadata: {name: container}
spec:
  governance:
    network_access:
      allowlist: [{host: api.example.com, methods: [GET]}]
"""


def inside(*command: str, **how: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(docker(*command, **how), cwd=ROOT, capture_output=True, text=True, timeout=100)


def entered(command: list[str]) -> list[str]:
    """`akios …` by the entry point of the image."""
    path = f"PATH={Path(sys.executable).parent}:{os.environ['PATH']}"
    return ["env", path, str(PROFILE.with_name("entrypoint.sh")), *command[1:]]


def doctor(**how: Any) -> tuple[int, dict[str, dict[str, Any]]]:
    command = [str(Path(sys.executable).with_name("akios")), "doctor", "--json", "--state-dir", "/proc/nowhere"]
    done = inside(*entered(command), **how)
    assert done.stdout, done.stderr
    return done.returncode, {row["name"]: row for row in json.loads(done.stdout)["checks"]}


def session(folder: Path, policy: str, *agent: str, **how: Any) -> subprocess.CompletedProcess[str]:
    """One `akios run` in a container with the profile of the documentation."""
    folder.chmod(0o755)
    for path in (folder / "work", folder / "state"):
        path.mkdir(mode=0o700)
    (folder / "work" / "policy.yaml").write_text(policy)
    for path in (folder / "work", folder / "state", folder / "work" / "policy.yaml"):
        os.chown(path, how.get("user", 0), how.get("user", 0))
    akios = str(Path(sys.executable).with_name("akios"))
    run = entered([akios, "run", "--policy", "policy.yaml", "--state-dir", str(folder / "state"), "--", *agent])
    command = ("env", f"--chdir={folder / 'work'}", "HOME=/nonexistent", *run)
    return inside(*command, seccomp_profile=str(PROFILE), shown=(str(folder),), **how)


def test_a_container_is_what_docker_makes() -> None:
    """The stage itself: capabilities, filter, masks."""
    script = "grep -E 'CapEff|Seccomp:' /proc/self/status; touch /sys/x; unshare --user true; "
    script += "test -w /proc/sys/kernel/hostname || echo held"
    done = inside("sh", "-c", script)
    assert "CapEff:\t00000000a80425fb" in done.stdout
    assert "Seccomp:\t2" in done.stdout
    assert "held" in done.stdout
    assert "/sys/x': Read-only file system" in done.stderr
    assert "unshare failed: Operation not permitted" in done.stderr


def test_without_flags_the_doctor_names_capabilities_and_the_filter() -> None:
    status, rows = doctor()
    assert status == 1
    for name in ("user namespace", "net namespace", "root file system", "process descriptors"):
        assert rows[name]["level"] == "missing"
        assert "--cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=FILE" in rows[name]["remedy"]
    assert "--cap-add NET_ADMIN" in rows["egress allowlist"]["remedy"]
    assert "writable-cgroups=true" in rows["cgroups"]["remedy"]
    assert "--security-opt seccomp=FILE" in rows["own user namespace"]["remedy"]
    assert rows["own network"]["detail"].startswith("not tried")


def test_with_the_capability_alone_the_filter_and_the_other_one_are_named() -> None:
    _, rows = doctor(cap_add=("SYS_ADMIN",))
    assert rows["user namespace"]["level"] == "ok"
    assert "refuses pivot_root even with CAP_SYS_ADMIN" in rows["root file system"]["remedy"]
    assert "--cap-add NET_ADMIN" in rows["egress allowlist"]["remedy"]
    assert "systempaths=unconfined" in rows["own root and /proc"]["remedy"]
    assert "/proc/acpi" in rows["own root and /proc"]["remedy"]


def test_the_flags_that_the_documentation_names_are_enough_for_root() -> None:
    _, rows = doctor(cap_add=BOTH, seccomp_profile=str(PROFILE), cgroup="rw")
    wrong = {name: row for name, row in rows.items() if row["level"] == "missing"}
    # The first is of this test's making, and the second hangs on the file system of the checkout: it may be an overlay.
    assert wrong.keys() <= {"state folder", "id-mapped mounts"}, wrong


def test_the_flags_that_the_documentation_names_are_enough_for_an_account() -> None:
    """But for limits, which an account has where systemd delegates cgroups to it."""
    _, rows = doctor(seccomp_profile=str(PROFILE), systempaths=UNCONFINED, user=ACCOUNT)
    wrong = {name for name, row in rows.items() if row["level"] == "missing"}
    assert wrong <= {"own limits", "cgroups", "state folder"}, rows
    assert rows["who runs"]["level"] == "ok"
    assert rows["account"]["detail"] == f"uid {ACCOUNT}"


def test_an_account_without_flags_is_told_of_the_filter_and_with_it_of_proc() -> None:
    _, rows = doctor(user=ACCOUNT)
    assert "--security-opt seccomp=FILE" in rows["own user namespace"]["remedy"]
    _, rows = doctor(user=ACCOUNT, seccomp_profile=str(PROFILE))
    assert rows["own user namespace"]["level"] == "ok"
    assert "systempaths=unconfined" in rows["own root and /proc"]["remedy"]


@pytest.mark.parametrize("cgroup", ["rw", "ro"])
def test_a_session_runs_in_a_container_with_these_flags(tmp_path: Path, cgroup: str) -> None:
    """With read-only cgroups only under a policy that says that limits are optional, and then that is said."""
    policy = POLICY + ("  resources: {optional: true}\n" if cgroup == "ro" else "")
    agent = "id -u; grep CapBnd /proc/self/status; curl -sS https://evil.example/"
    done = session(tmp_path, policy, "/bin/sh", "-c", agent, cap_add=BOTH, cgroup=cgroup)
    assert done.returncode == 6, done.stderr  # curl's word for a name that does not resolve
    uid, capabilities = done.stdout.split("\n")[:2]
    assert int(uid) > 0
    assert capabilities.split() == ["CapBnd:", "0000000000000000"]
    assert "denied DNS evil.example" in done.stderr
    assert ("without a limit" in done.stderr) is (cgroup == "ro")


def test_an_account_of_a_container_runs_a_session_without_any_capability(tmp_path: Path) -> None:
    agent = "id -u; grep CapBnd /proc/self/status; curl -sS https://evil.example/"
    policy = POLICY + "  resources: {optional: true}\n"
    done = session(tmp_path, policy, "/bin/sh", "-c", agent, systempaths=UNCONFINED, user=ACCOUNT)
    assert done.returncode == 6, done.stderr
    assert done.stdout.split("\n")[:2] == [str(ACCOUNT), "CapBnd:\t0000000000000000"]
    assert "denied DNS evil.example" in done.stderr


def test_with_read_only_cgroups_a_session_with_limits_does_not_start(tmp_path: Path) -> None:
    done = session(tmp_path, POLICY, "/bin/true", cap_add=BOTH)
    assert done.returncode == 125
    assert "Read-only file system" in done.stderr
    assert "optional" in done.stderr


def test_the_profile_is_dockers_own_and_twelve_calls() -> None:
    told = json.loads(PROFILE.read_text())
    given = json.loads(DEFAULT_PROFILE.read_bytes())
    assert told["defaultAction"] == given["defaultAction"] == "SCMP_ACT_ERRNO"
    allowed = {name for entry in told["syscalls"] for name in entry["names"] if entry["action"] == "SCMP_ACT_ALLOW"}
    before = {name for entry in given["syscalls"] for name in entry["names"] if entry["action"] == "SCMP_ACT_ALLOW"}
    assert sorted(allowed - before) == [
        "clone3", "fsconfig", "fsmount", "fsopen", "mount", "mount_setattr", "move_mount", "open_tree", "pivot_root",
        "sethostname", "umount2", "unshare",
    ]  # fmt: skip
    assert before <= allowed
    assert [entry for entry in given["syscalls"] if entry.get("args")] == [
        entry for entry in told["syscalls"] if entry.get("args")
    ]
    assert b"SCMP_ACT_ERRNO" in find_profile(str(PROFILE))  # one that AKIOS itself can read
