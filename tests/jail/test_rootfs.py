"""The root file system, built for real in a mount namespace of the test's own."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from akios_jail.jail import identity, rootfs
from akios_jail.jail.errors import JailError
from akios_jail.jail.identity import AGENT_ID, Identity
from akios_jail.jail.mounts import Bind, Devpts, Directory, File, Lock, Operation, Overlay, Proc, Symlink, Tmpfs
from tests.jail.contained import contained

pytestmark = pytest.mark.root
AGENT = Identity(AGENT_ID, AGENT_ID, "agent", "/home/agent")


def inside(operations: list[Operation], act: Callable[[], Any]) -> Any:
    """The result of `act` with `operations` as its root file system."""

    def enter_and_act() -> Any:
        rootfs.enter(rootfs.build(operations))
        rootfs.seal()
        return act()

    return contained(enter_and_act)


def attempt(act: Callable[[], Any]) -> str:
    """`done`, or the name of the error that `act` met."""
    try:
        act()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "done"


def test_the_host_is_absent_not_forbidden(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    names = inside([Bind(f"{tmp_path}/ws", "/ws")], lambda: sorted(os.listdir("/")))
    assert names == ["ws"]


def test_a_read_only_bind_cannot_be_written_and_a_writable_one_can(tmp_path: Path) -> None:
    for name in ("ro", "rw"):
        (tmp_path / name).mkdir()

    def act() -> list[str]:
        return [attempt(lambda n=name: Path(f"/{n}/new").touch()) for name in ("ro", "rw")]

    operations = [Bind(f"{tmp_path}/ro", "/ro"), Bind(f"{tmp_path}/rw", "/rw", writable=True)]
    assert inside(operations, act) == ["EROFS", "done"]
    assert (tmp_path / "rw" / "new").exists()


def test_the_skeleton_is_sealed() -> None:
    assert inside([Directory("/etc")], lambda: attempt(lambda: os.mkdir("/etc/x"))) == "EROFS"


def test_a_source_that_became_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "ws").symlink_to(tmp_path / "secret")

    def act() -> str:
        try:
            rootfs.build([Bind(f"{tmp_path}/ws", "/ws")])
        except JailError as error:
            return str(error)
        return "built"

    assert "symbolic link" in contained(act)


def test_a_target_is_never_reached_through_a_link_in_a_shown_folder(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "ws" / "sub").symlink_to("/etc")

    def act() -> str:
        try:
            rootfs.build([Directory("/etc"), Bind(f"{tmp_path}/ws", "/ws"), Bind(f"{tmp_path}/other", "/ws/sub")])
        except JailError as error:
            return error.step
        return "built"

    assert contained(act) == f"show {tmp_path}/other read-only at /ws/sub"


def test_a_missing_source_is_an_error_with_a_remedy_unless_it_is_optional(tmp_path: Path) -> None:
    missing = f"{tmp_path}/missing"

    def act() -> list[str]:
        rootfs.build([Bind(missing, "/x", optional=True)])
        try:
            rootfs.build([Bind(missing, "/x")])
        except JailError as error:
            return [error.step, error.remedy]
        return []

    step, remedy = contained(act)
    assert missing in step
    assert remedy.startswith(f"Create {missing}")


def test_set_user_id_bits_and_devices_do_not_work_in_shown_folders(tmp_path: Path) -> None:
    os.mknod(tmp_path / "null", 0o666 | 0o020000, os.makedev(1, 3))

    def act() -> list[Any]:
        return [os.statvfs("/x").f_flag, attempt(lambda: Path("/x/null").read_bytes())]

    flags = inside([Bind(str(tmp_path), "/x")], act)
    assert flags[0] & os.ST_NOSUID
    assert flags[1] == "EACCES"


def test_devices_shown_as_devices_work() -> None:
    operations = [Bind("/dev/null", "/dev/null", writable=True, device=True)]
    assert inside(operations, lambda: Path("/dev/null").write_bytes(b"x")) == 1


def test_a_tmpfs_holds_no_more_than_its_size() -> None:
    def act() -> str:
        return attempt(lambda: Path("/tmp/big").write_bytes(bytes(2 << 20)))

    assert inside([Tmpfs("/tmp", 1 << 20, 0o1777)], act) == "ENOSPC"


def test_procfs_shows_only_the_jail_and_hides_what_tells_of_the_machine() -> None:
    def act() -> list[Any]:
        pids = [name for name in os.listdir("/proc") if name.isdigit()]
        return [pids, os.path.getsize("/proc/keys"), attempt(lambda: open("/proc/sys/kernel/hostname", "w"))]

    operations = [Proc(), Lock("/proc/keys", hide=True), Lock("/proc/sys"), Lock("/proc/does-not-exist")]
    assert inside(operations, act) == [["1"], 0, "EROFS"]


def test_terminals_are_the_jail_s_own() -> None:
    operations: list[Operation] = [Directory("/dev"), Devpts(), Symlink("/dev/ptmx", "pts/ptmx")]

    def act() -> list[str]:
        pair = os.openpty()
        names = sorted(os.listdir("/dev/pts"))
        return [names[0], os.ttyname(pair[1])]

    assert inside(operations, act) == ["0", "/dev/pts/0"]


def test_files_and_links_are_written_as_given() -> None:
    operations: list[Operation] = [File("/etc/hosts", b"127.0.0.1 localhost\n"), Symlink("/bin", "usr/bin")]

    def act() -> list[str]:
        return [Path("/etc/hosts").read_text(), os.readlink("/bin")]

    assert inside(operations, act) == ["127.0.0.1 localhost\n", "usr/bin"]


def test_owners_on_disk_are_translated_for_the_agent(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("root's own")
    (tmp_path / "secret.txt").chmod(0o600)
    namespace = identity.mapping_namespace(0, 0, AGENT)

    def act() -> list[Any]:
        os.setgroups([])
        os.setresgid(AGENT.gid, AGENT.gid, AGENT.gid)
        os.setresuid(AGENT.uid, AGENT.uid, AGENT.uid)
        text = Path("/w/secret.txt").read_text()
        Path("/w/new").touch()
        return [text, os.stat("/w/new").st_uid]

    result = inside([Bind(str(tmp_path), "/w", writable=True, idmap_fd=namespace)], act)
    os.close(namespace)
    assert result == ["root's own", AGENT_ID]
    assert (tmp_path / "new").stat().st_uid == 0


@pytest.mark.parametrize("owner", [0, 1000])
def test_an_overlay_takes_the_writes_and_leaves_the_folder_as_it_was(tmp_path: Path, owner: int) -> None:
    for name in ("lower", "upper", "ws"):
        (tmp_path / name).mkdir()
    (tmp_path / "lower" / "file").write_text("before")
    for path in (tmp_path / "lower", tmp_path / "lower" / "file"):
        os.chown(path, owner, owner)
    for name in ("upper", "ws"):
        os.chown(tmp_path / name, AGENT.uid, AGENT.gid)
    namespace = identity.mapping_namespace(owner, owner, AGENT)

    def act() -> str:
        os.setgroups([])
        os.setresgid(AGENT.gid, AGENT.gid, AGENT.gid)
        os.setresuid(AGENT.uid, AGENT.uid, AGENT.uid)
        Path("/w/file").write_text("after")
        return Path("/w/file").read_text()

    overlay = Overlay(f"{tmp_path}/lower", f"{tmp_path}/upper", f"{tmp_path}/ws", "/w", namespace)
    assert inside([overlay], act) == "after"
    os.close(namespace)
    assert (tmp_path / "lower" / "file").read_text() == "before"
    assert (tmp_path / "upper" / "file").read_text() == "after"
