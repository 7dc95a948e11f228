"""The limits of a session hold on this machine's cgroups, v1 or v2, and nothing is left when it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from akios_jail import kernel
from akios_jail.jail import cgroups, keeper
from akios_jail.jail import cgroups_files as files
from akios_jail.jail.cgroups import Cgroup, CgroupError, Limits
from akios_jail.jail.cgroups_model import is_leftover, session_name
from akios_jail.jail.cgroups_v1 import CgroupV1
from akios_jail.jail.cgroups_v2 import CgroupV2
from tests.jail import programs
from tests.jail.contained import contained
from tests.jail.programs import alive, fresh_session, start_under, wait_until

pytestmark = pytest.mark.root

LIMITS = Limits(memory_bytes=64 << 20, cpus=1.0, pids=32)


def directories(name: str) -> list[Path]:
    """Every directory of that cgroup, in whichever hierarchies there are."""
    found = [Path(folder) for folder, _, _ in os.walk("/sys/fs/cgroup")]
    return [folder for folder in found if folder.name.startswith(name)]


@pytest.fixture
def cgroup(request: pytest.FixtureRequest) -> Iterator[Cgroup]:
    made = cgroups.prepare(fresh_session(), getattr(request, "param", LIMITS))
    kept = keeper.start(made)
    made.create(kept.pid)
    yield made
    made.kill()
    made.remove()
    kept.dismiss()
    wait_until(lambda: directories(made.name) == [])  # systemd takes a moment to see that its scope is empty


def test_a_new_cgroup_is_empty_and_unused(cgroup: Cgroup) -> None:
    usage = cgroup.usage()
    assert (usage.oom_kills, usage.pids_refused) == (0, 0)
    assert usage.memory_peak_bytes < 1 << 20
    assert cgroup.missing == ()


def test_another_beside_it_has_limits_of_its_own_and_is_no_part_of_it(cgroup: Cgroup) -> None:
    other = cgroup.beside("other", Limits(memory_bytes=64 << 20, cpus=None, pids=8))
    other.create()
    try:
        assert start_under(other, programs.MEMORY_HOG).wait(60) == -signal.SIGKILL
        assert other.usage().oom_kills >= 1
        assert cgroup.usage().oom_kills == 0
        child = start_under(other, "import time; time.sleep(60)")
        cgroup.kill()
        assert child.poll() is None
        other.kill()
        assert child.wait(20) == -signal.SIGKILL
    finally:
        other.kill()
        other.remove()


def test_read_only_cgroups_are_called_so_and_not_laid_to_processes_in_the_way(tmp_path: Path) -> None:
    """cgroup v2 as containers have it, by a file system that is read-only: it can be had on every machine."""

    def act() -> list[str]:
        kernel.make_private("/")
        subprocess.run(["mount", "-t", "tmpfs", "none", str(tmp_path)], check=True, timeout=20)
        (tmp_path / "cgroup.subtree_control").touch()
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path)], check=True, timeout=20)
        try:
            CgroupV2("own", (f"{tmp_path}/gone/own", f"{tmp_path}/own"), LIMITS, optional=False).create()
        except CgroupError as error:
            return [error.cause, error.remedy]
        return ["made", ""]

    cause, remedy = contained(act)
    assert cause == f"{tmp_path}: Read-only file system"
    assert "writable-cgroups=true" in remedy
    assert "spec.resources.optional" in remedy


TWO = """
import os, signal, sys
from akios_jail.jail import cgroups, keeper
limits = cgroups.Limits(64 << 20, 1.0, 8)
first = cgroups.prepare(sys.argv[1], limits)
second = first.beside("other", limits)
kept = keeper.start(first, second)
first.create(kept.pid)
second.create()
children = []
for made in (first, second):
    child = os.fork()
    if child == 0:
        signal.pause()
    made.attach(child)
    children.append(child)
print(first.name, *children, flush=True)
signal.pause()
"""


def test_a_keeper_ends_all_that_it_was_told_of() -> None:
    words = [sys.executable, "-c", TWO, fresh_session()]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        name, *children = launcher.stdout.readline().split()
        assert directories(name)
        launcher.kill()
    wait_until(lambda: directories(name) == [])
    wait_until(lambda: not any(alive(int(child)) for child in children))


def test_a_process_beyond_the_memory_limit_is_killed_and_counted(cgroup: Cgroup) -> None:
    child = start_under(cgroup, programs.MEMORY_HOG)
    assert child.wait(60) == -signal.SIGKILL
    usage = cgroup.usage()
    assert usage.oom_kills >= 1
    assert (60 << 20) < usage.memory_peak_bytes <= LIMITS.memory_bytes


@pytest.mark.parametrize("cgroup", [Limits(256 << 20, 1.0, 5)], indirect=True)
def test_a_fork_beyond_the_process_limit_fails_and_is_counted(cgroup: Cgroup) -> None:
    forks = """
import errno, os, signal
made = 0
try:
    while made < 50:
        if os.fork() == 0:
            signal.pause()
        made += 1
except OSError as error:
    assert error.errno == errno.EAGAIN
os._exit(made)
"""
    child = start_under(cgroup, forks)
    assert child.wait(60) == 4
    assert cgroup.usage().pids_refused >= 1


@pytest.mark.parametrize("cgroup", [Limits(256 << 20, 0.2, 16)], indirect=True)
def test_a_busy_loop_gets_its_share_of_cpu_time(cgroup: Cgroup) -> None:
    start_under(cgroup, programs.BUSY)
    begun, used = time.monotonic(), cgroup.usage().cpu_s
    wait_until(lambda: time.monotonic() - begun > 1)
    share = (cgroup.usage().cpu_s - used) / (time.monotonic() - begun)
    assert 0.02 < share < 0.35


@pytest.mark.parametrize("cgroup", [Limits(256 << 20, 1.0, 16, io_bytes_s=1 << 20)], indirect=True)
def test_direct_writes_to_a_disk_are_slowed_to_the_rate(cgroup: Cgroup, tmp_path: Path) -> None:
    writer = f"""
import mmap, os, time
block = mmap.mmap(-1, 1 << 20)
fd = os.open({str(tmp_path / "file")!r}, os.O_WRONLY | os.O_CREAT | os.O_DIRECT)
begun = time.monotonic()
for _ in range(3):
    os.write(fd, block)
os._exit(int(time.monotonic() - begun >= 1.5))
"""
    assert start_under(cgroup, writer).wait(60) == 1


def test_kill_ends_every_process_of_a_fork_bomb(cgroup: Cgroup) -> None:
    child = start_under(cgroup, programs.FORK_BOMB)
    wait_until(lambda: cgroup.usage().pids_refused > 0 or child.poll() is not None)
    cgroup.kill()
    child.wait(10)
    for path in directories(cgroup.name):
        assert (path / "cgroup.procs").read_text() == ""


def test_kill_ends_a_frozen_process(cgroup: Cgroup) -> None:
    child = start_under(cgroup, programs.SLEEP)
    cgroup.freeze()
    cgroup.kill()
    assert child.wait(10) == -signal.SIGKILL


def test_a_frozen_process_stands_still_until_thawed(cgroup: Cgroup) -> None:
    counting = "import os\nwhile True: os.getppid()"
    child = start_under(cgroup, counting)
    wait_until(lambda: cgroup.usage().cpu_s > 0.05)
    cgroup.freeze()
    before = cgroup.usage().cpu_s
    assert subprocess.run([sys.executable, "-c", "sum(range(2_000_000))"], check=True).returncode == 0
    assert cgroup.usage().cpu_s - before < 0.01
    cgroup.thaw()
    wait_until(lambda: cgroup.usage().cpu_s - before > 0.05)
    assert child.poll() is None


def test_kill_also_ends_a_process_that_is_only_half_in(cgroup: Cgroup) -> None:
    child = start_under(cgroup, programs.SLEEP)
    places = directories(cgroup.name)
    if len(places) > 1:  # out of one hierarchy again, as when an attach failed in the middle
        (places[0].parent / "cgroup.procs").write_text(str(child.pid))
    cgroup.kill()
    assert child.wait(10) == -signal.SIGKILL


def test_a_process_can_be_cloned_into_it(cgroup: Cgroup) -> None:
    fd = cgroup.procs_fd()
    assert fd is not None
    flags = kernel.CLONE_NEWPID
    child = kernel.clone3(flags, fd)
    if child.pid == 0:
        signal.pause()
    try:
        inside = Path(os.readlink(f"/proc/self/fd/{fd}"), "cgroup.procs").read_text()
        assert inside == f"{child.pid}\n"
    finally:
        cgroup.kill()
        os.close(child.pidfd)
        os.waitpid(child.pid, 0)


def test_kill_and_remove_are_fine_twice_and_before_it_exists() -> None:
    prepared = cgroups.prepare(fresh_session(), LIMITS)
    prepared.kill()
    prepared.remove()
    kept = keeper.start(prepared)
    prepared.create(kept.pid)
    assert directories(prepared.name)
    prepared.remove()
    prepared.kill()
    prepared.remove()
    kept.dismiss()
    wait_until(lambda: directories(prepared.name) == [])


def test_a_session_id_cannot_name_another_place() -> None:
    for session in ("", "../x", "a/b", "a.b", "x" * 65):
        with pytest.raises(ValueError, match="session id"):
            session_name(session)


# --- after the launcher's death ---------------------------------------------------------------------------------------

LAUNCHER = """
import os, sys, time
from akios_jail import kernel
from akios_jail.jail import cgroups, keeper
from akios_jail.jail import cgroups_files as files
from tests.jail import programs
cgroup = cgroups.prepare(sys.argv[1], cgroups.Limits(64 << 20, 1.0, 32))
kept = keeper.start(cgroup) if sys.argv[2] == "kept" else None
cgroup.create(kept.pid if kept else None)
other = programs.subprocess.Popen([sys.executable, "-c", programs.SLEEP])
if kept:
    kept.kill_also(os.pidfd_open(other.pid))
child = programs.start_under(cgroup, getattr(programs, sys.argv[3]))
print(cgroup.name, child.pid, other.pid, kept.pid if kept else 0, flush=True)
time.sleep(600)
"""


def launcher(keeping: str, program: str) -> tuple[subprocess.Popen[str], str, list[int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, fresh_session(), keeping, program],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    name, *pids = process.stdout.readline().split()
    return process, name, [int(pid) for pid in pids]


@pytest.mark.parametrize("program", ["SLEEP", "FORK_BOMB"])
def test_a_killed_launcher_leaves_nothing(program: str) -> None:
    process, name, (child, other, kept) = launcher("kept", program)
    assert directories(name)
    process.kill()
    process.wait()
    wait_until(lambda: not alive(kept))
    wait_until(lambda: directories(name) == [])
    assert not alive(child)
    assert not alive(other)


def test_the_keeper_outlives_signals_to_the_launchers_group() -> None:
    process, name, (_, _, kept) = launcher("kept", "SLEEP")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        os.kill(kept, number)
    assert alive(kept)
    assert directories(name)
    process.kill()
    process.wait()
    wait_until(lambda: directories(name) == [])


def test_the_keeper_holds_nothing_open_but_what_it_waits_on() -> None:
    process, _, (_, _, kept) = launcher("kept", "SLEEP")
    wait_until(lambda: Path(f"/proc/{kept}/comm").read_text() == "akios-keeper\n")
    wait_until(lambda: len(os.listdir(f"/proc/{kept}/fd")) == 3)
    links = [os.readlink(f"/proc/{kept}/fd/{fd}").partition(":")[0] for fd in os.listdir(f"/proc/{kept}/fd")]
    assert sorted(links) == ["anon_inode", "anon_inode", "socket"] or sorted(links) == ["pidfd", "pidfd", "socket"]
    process.kill()
    process.wait()
    wait_until(lambda: not alive(kept))


def test_a_dismissed_keeper_is_gone_and_touches_nothing(cgroup: Cgroup) -> None:
    child = start_under(cgroup, programs.SLEEP)
    kept = keeper.start(cgroup)
    kept.dismiss()
    assert not alive(kept.pid)
    assert child.poll() is None
    assert directories(cgroup.name)


def test_sweep_ends_what_a_launcher_left_that_had_no_keeper() -> None:
    process, name, (child, other, _) = launcher("alone", "SLEEP")
    assert name not in cgroups.sweep()
    assert alive(child)
    process.kill()
    process.wait()
    assert is_leftover(name)
    assert name in cgroups.sweep()
    wait_until(lambda: directories(name) == [])
    assert not alive(child)
    with contextlib.suppress(ProcessLookupError):  # under systemd it was in the scope, as its launcher was
        os.kill(other, signal.SIGKILL)


def test_a_name_of_a_reused_pid_is_a_leftover_and_a_living_one_is_not() -> None:
    mine = session_name("s")
    prefix, namespace, pid, start, session = mine.split(".")
    assert not is_leftover(mine)
    assert is_leftover(f"{prefix}.{namespace}.{pid}.{int(start) - 1}.{session}")
    assert not is_leftover(f"{prefix}.{int(namespace) + 1}.{pid}.1.{session}")
    assert not is_leftover(f"{prefix}.{namespace}.{pid}")


# --- machines that lack something -------------------------------------------------------------------------------------


def own_directories() -> dict[str, str]:
    return {controller: hierarchy.own for controller, hierarchy in cgroups.hierarchies().items()}


def has_v1() -> bool:
    return "memory" in cgroups.hierarchies()


needs_v1 = pytest.mark.skipif(not has_v1(), reason="this machine has cgroup v2 alone")


@needs_v1
def test_v1_without_a_v2_hierarchy_beside_it_does_the_same() -> None:
    pure = {controller: own for controller, own in own_directories().items() if controller != "unified"}
    cgroup = CgroupV1(session_name(fresh_session()), pure, LIMITS, optional=False)
    cgroup.create()
    try:
        assert cgroup.procs_fd() is None
        sleeper = start_under(cgroup, programs.SLEEP)
        bomb = start_under(cgroup, programs.FORK_BOMB)
        wait_until(lambda: cgroup.usage().pids_refused > 0)
        assert cgroup.usage().cpu_s > 0
        cgroup.freeze()
        assert "FROZEN" in Path(pure["freezer"], cgroup.name, "freezer.state").read_text()
        cgroup.kill()
        assert sleeper.wait(10) == -signal.SIGKILL
        bomb.wait(10)
    finally:
        cgroup.kill()
        cgroup.remove()
    assert directories(cgroup.name) == []


@needs_v1
@pytest.mark.parametrize("absent", ["memory", "cpu", "pids"])
def test_a_missing_v1_controller_is_an_error_with_a_way_out(absent: str) -> None:
    own = {controller: path for controller, path in own_directories().items() if controller != absent}
    with pytest.raises(CgroupError) as caught:
        CgroupV1(session_name(fresh_session()), own, LIMITS, optional=False)
    assert absent in caught.value.cause
    assert f"mount -t cgroup -o {absent}" in caught.value.remedy
    assert "spec.resources.optional" in caught.value.remedy


@needs_v1
def test_what_is_missing_is_listed_when_limits_are_optional() -> None:
    own = {controller: path for controller, path in own_directories().items() if controller != "memory"}
    cgroup = CgroupV1(session_name(fresh_session()), own, LIMITS, optional=True)
    cgroup.create()
    child = start_under(cgroup, programs.SLEEP)
    assert any("memory" in sentence for sentence in cgroup.missing)
    assert cgroup.usage().memory_peak_bytes == 0
    cgroup.kill()
    assert child.wait(10) == -signal.SIGKILL
    cgroup.remove()
    assert directories(cgroup.name) == []


@needs_v1
def test_a_parents_smaller_cpu_quota_is_no_error() -> None:
    parent = CgroupV1(session_name(fresh_session()), own_directories(), LIMITS._replace(cpus=0.5), optional=False)
    parent.create()
    own = {c: os.path.join(path, parent.name) for c, path in own_directories().items()}
    own = {controller: path for controller, path in own.items() if os.path.isdir(path)}
    child = CgroupV1(session_name(fresh_session()), own, LIMITS, optional=False)
    try:
        child.create()
        assert child.missing == ()
    finally:
        child.remove()
        parent.remove()


def test_a_kernel_without_cgroup_kill_is_killed_process_by_process(cgroup: Cgroup) -> None:
    child = start_under(cgroup, programs.SLEEP)
    fd = cgroup.procs_fd()
    assert fd is not None
    files.kill_frozen(os.readlink(f"/proc/self/fd/{fd}"), cgroup.freeze, cgroup.thaw)
    assert child.wait(10) == -signal.SIGKILL


READ_ONLY = """
import os, sys
from akios_jail import kernel
from akios_jail.jail import cgroups
kernel.unshare(kernel.CLONE_NEWNS)
kernel.make_private("/")
for hierarchy in cgroups.hierarchies().values():
    kernel.mount_setattr(os.open(hierarchy.root, os.O_PATH), set_flags=kernel.MOUNT_ATTR_RDONLY)
for optional in (False, True):
    try:
        cgroup = cgroups.prepare(sys.argv[1], cgroups.Limits(64 << 20, 1.0, 32), optional=optional)
        cgroup.create()
        print(len(cgroup.missing) > 0, cgroup.usage())
        cgroup.kill()
        cgroup.remove()
    except cgroups.CgroupError as error:
        print(error.remedy)
"""


def test_cgroups_that_cannot_be_written_are_an_error_unless_optional() -> None:
    run = subprocess.run(
        [sys.executable, "-c", READ_ONLY, fresh_session()],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
    )
    refused, _, allowed = run.stdout.partition("\n")
    assert "spec.resources.optional" in refused, run.stderr
    assert allowed == "True Usage(cpu_s=0.0, memory_peak_bytes=0, oom_kills=0, pids_refused=0)\n", run.stderr
