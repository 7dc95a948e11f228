"""Which disks of the host an agent could fill, and when it is to be seen that it does."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from akios_jail import kernel
from akios_jail.jail.mounts import Bind, Operation, Overlay, Tmpfs
from akios_jail.launcher import room
from akios_jail.launcher.room import Room
from tests.jail.contained import contained


def much() -> int:
    return room.MUCH_BYTES


HARMLESS = [Bind("/usr", "/usr"), Bind("/dev/null", "/dev/null", writable=True, device=True), Tmpfs("/tmp", 1 << 20)]


def test_what_nothing_of_the_host_can_be_filled_through_is_not_looked_at() -> None:
    found = Room(HARMLESS)
    assert found.due is None
    assert found.look(much) == ""


@pytest.mark.parametrize("layer", [True, False])
def test_a_disk_with_room_is_looked_at_seldom(tmp_path: Path, layer: bool) -> None:
    folder = str(tmp_path)
    written: Operation = Overlay("/usr", folder, folder, "/work") if layer else Bind(folder, "/work", writable=True)
    found = Room([*HARMLESS, written])
    assert found.due is not None
    assert found.due <= time.monotonic()
    assert found.look(much) == ""
    assert found.due > time.monotonic()
    found.close()
    assert found.due is None


def test_a_folder_that_may_be_absent_is_no_disk(tmp_path: Path) -> None:
    assert Room([Bind(str(tmp_path / "absent"), "/work", writable=True, optional=True)]).due is None


def test_a_file_system_that_may_not_answer_is_not_asked() -> None:
    assert Room([Bind("/proc", "/work", writable=True)]).due is None


@pytest.mark.root
@pytest.mark.parametrize("options", ["size=22m", "size=1g,nr_inodes=600"])
def test_a_disk_is_scarce_when_a_sixth_of_it_is_left_also_under_another_name(tmp_path: Path, options: str) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()

    def act() -> list[str]:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], check=True, timeout=20)
        work = folder / "work"
        work.mkdir()
        found = Room([Bind(str(work), "/work", writable=True), Bind(str(folder), "/other", writable=True)])
        work.rename(folder / "moved")
        said = [found.look(much)]
        soon = (found.due or 0) - time.monotonic()
        for number in range(450):
            (folder / str(number)).write_bytes(bytes(32 << 10))
        said.append(found.look(much))
        for number in range(450, 595):
            (folder / str(number)).write_bytes(bytes(32 << 10))
        said.append(found.look(much))
        left = os.statvfs(folder)
        return [*said, str(soon < room._LATEST_S), str(left.f_bavail > 0 and left.f_favail > 0)]

    before, half, scarce, soon, left = contained(act)
    assert (before, half, soon, left) == ("", "", "True", "True")
    assert "which the record and others need" in scarce


@pytest.mark.root
def test_a_disk_with_little_to_begin_with_is_used_to_half_of_that(tmp_path: Path) -> None:
    def act() -> list[str]:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(tmp_path)], check=True, timeout=20)
        (tmp_path / "others").write_bytes(bytes(22 << 20))
        found = Room([Bind(str(tmp_path), "/work", writable=True)])
        said = [found.look(much)]
        (tmp_path / "its").write_bytes(bytes(3 << 19))
        return [*said, found.look(much)]

    before, scarce = contained(act)
    assert before == ""
    assert "only room for 0 MiB" in scarce


@pytest.mark.root
def test_who_has_written_little_is_ended_when_it_was_not_enough_that_others_were(tmp_path: Path) -> None:
    def act() -> list[str]:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(tmp_path)], check=True, timeout=20)
        found = Room([Bind(str(tmp_path), "/work", writable=True)])
        (tmp_path / "hog").write_bytes(bytes(21 << 20))
        said = [found.look(int), found.look(much)]
        (tmp_path / "more").write_bytes(bytes(2 << 20))
        return [*said, found.look(int)]

    spared, hog, everybody = contained(act)
    assert spared == ""
    assert "3 MiB" in hog
    assert "1 MiB" in everybody


@pytest.mark.root
def test_who_has_made_few_files_is_ended_when_it_was_not_enough_that_others_were(tmp_path: Path) -> None:
    def act() -> list[str]:
        options = "size=1g,nr_inodes=6000"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(tmp_path)], check=True, timeout=20)
        layers = [tmp_path / name for name in ("modest", "hog")]
        found = []
        for layer in layers:
            layer.mkdir()
            found.append(Room([Overlay("/usr", str(layer), str(layer), "/work")]))
        fill(layers[0], 100)
        fill(layers[1], 5000)
        said = [room.look(int) for room in found]
        fill(layers[1] / "more", 600)
        return [*said, found[0].look(int)]

    def fill(folder: Path, count: int) -> None:
        folder.mkdir(exist_ok=True)
        for number in range(count):
            (folder / str(number)).touch()

    spared, hog, everybody = contained(act)
    assert spared == ""
    assert "files, which the record and others need" in hog
    assert "files, which the record and others need" in everybody


@pytest.mark.parametrize("name", ["d", "d" * 200], ids=["deep", "deeper than a path can say"])
def test_what_is_in_a_layer_is_counted_however_its_agent_made_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").touch()
    (tmp_path / "outward").symlink_to("/usr")
    (tmp_path / os.fsdecode(b"\xff\n")).mkdir()
    layer = os.open(tmp_path, os.O_PATH)
    assert (room.made(layer, 100), room.made(layer, 3)) == (5, 3)
    deep = os.open(tmp_path, os.O_RDONLY)
    for _ in range(70):
        os.mkdir(name, dir_fd=deep)
        below = os.open(name, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = below
    os.close(deep)
    assert room.made(layer, 100) == 100
    os.close(layer)


def test_what_a_process_and_its_children_wrote_is_counted_also_when_they_are_gone(tmp_path: Path) -> None:
    zeros = "head -c 2500000 /dev/zero >"
    script = f"({zeros} {tmp_path}/gone); {zeros} {tmp_path}/other & wait; echo; read end"
    with subprocess.Popen(["/bin/sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdout is not None
        assert shell.stdout.readline() == b"\n"
        assert 5_000_000 <= room.written(shell.pid) < 6_000_000
        shell.communicate(b"\n")
    assert room.written(shell.pid) == 0


@pytest.mark.root
def test_without_root_a_first_process_that_nobody_may_read_hides_no_others_and_is_no_large_one(tmp_path: Path) -> None:

    def act() -> str:
        file = os.open(tmp_path / "its", os.O_WRONLY | os.O_CREAT)
        os.setresuid(54322, 54322, 54322)
        read_end, write_end = os.pipe()
        first = os.fork()
        if first == 0:  # as process 1 of a jail: no longer to be read by its own account
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
            if os.fork() == 0:
                kernel.prctl(kernel.PR_SET_DUMPABLE, 1)
                kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
                os.write(file, bytes(2_500_000))
                os.write(write_end, b"done")
            os.close(write_end)
            signal.pause()
        os.close(write_end)
        assert os.read(read_end, 4) == b"done"
        try:
            with open(f"/proc/{first}/io") as account:
                return account.read()
        except PermissionError:
            return str(room.written(first))
        finally:
            os.kill(first, signal.SIGKILL)
            os.waitpid(first, 0)

    assert 2_500_000 <= int(contained(act, kernel.CLONE_NEWIPC)) < 3_000_000
