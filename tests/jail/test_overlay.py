"""What a layer holds, read back from real overlays after real and hostile agents."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from akios_jail import kernel
from akios_jail.launcher import removal
from tests.jail.contained import contained
from tests.jail.layered import Layered

pytestmark = pytest.mark.root


@pytest.fixture
def layered(tmp_path: Path) -> Iterator[Layered]:
    workspace = Layered(tmp_path)
    yield workspace
    removal.remove(str(workspace.upper))  # pytest cannot: its own way of deleting recurses


def test_an_untouched_workspace_has_no_change(layered: Layered) -> None:
    (layered.lower / "file").write_text("text")
    assert layered.act(lambda: Path("file").read_text()) == "text"
    assert layered.changes() == []


def test_files_are_added_modified_and_deleted(layered: Layered) -> None:
    for name in ("kept", "modified", "deleted"):
        (layered.lower / name).write_text(name)

    def act() -> None:
        Path("modified").write_text("MODIFIED")
        Path("deleted").unlink()
        Path("added").write_text("new")

    layered.act(act)
    assert layered.told() == ["added file added", "deleted file deleted", "modified file modified"]
    added, deleted, modified = layered.changes()
    assert (added.before, deleted.after) == (None, None)
    assert not added.copied
    assert modified.copied
    assert modified.before is not None
    assert (modified.before.size, modified.entry.size) == (8, 8)
    assert (layered.lower / "modified").read_text() == "modified"


def test_a_file_that_was_written_and_is_the_same_is_no_change(layered: Layered) -> None:
    (layered.lower / "file").write_text("text")

    def act() -> None:
        Path("file").write_text("text")
        os.utime("file", (1, 1))

    layered.act(act)
    assert (layered.upper / "file").exists()
    assert layered.changes() == []


def test_a_mode_is_a_change_and_set_id_bits_are_not(layered: Layered) -> None:
    for name in ("script", "suid"):
        (layered.lower / name).write_text("#!/bin/sh\n")
        (layered.lower / name).chmod(0o644)
    (layered.lower / "folder").mkdir(mode=0o755)

    def act() -> None:
        os.chmod("script", 0o6755)
        os.chmod("suid", 0o6644)
        os.chmod("folder", 0o700)

    layered.act(act)
    assert layered.told() == ["modified folder folder", "modified file script"]
    assert [change.entry.mode for change in layered.changes()] == [0o700, 0o755]


def test_a_deleted_folder_is_told_file_by_file_from_within(layered: Layered) -> None:
    (layered.lower / "a" / "b").mkdir(parents=True)
    (layered.lower / "a" / "b" / "one").touch()
    (layered.lower / "a" / "two").touch()
    layered.act(lambda: shutil.rmtree("a"))
    assert layered.told() == ["deleted file a/b/one", "deleted folder a/b", "deleted file a/two", "deleted folder a"]


def test_a_folder_made_anew_hides_what_was_in_it(layered: Layered) -> None:
    (layered.lower / "a" / "b").mkdir(parents=True)
    for name in ("a/gone", "a/same", "a/b/deep"):
        (layered.lower / name).write_text(name)

    def act() -> None:
        shutil.rmtree("a")
        os.mkdir("a")
        Path("a/same").write_text("a/same")
        Path("a/new").touch()

    layered.act(act)
    assert layered.told() == ["deleted file a/b/deep", "deleted folder a/b", "deleted file a/gone", "added file a/new"]


def test_a_moved_folder_is_a_deletion_and_an_addition(layered: Layered) -> None:
    (layered.lower / "old").mkdir()
    (layered.lower / "old" / "file").write_text("text")

    def act() -> str:
        try:
            os.rename("old", "new")
        except OSError as error:
            shutil.move("old", "new")
            return errno.errorcode[error.errno or 0]
        return "redirected"

    assert layered.act(act) == "EXDEV", "a folder of the workspace is never moved by a redirect"
    assert layered.told() == ["added folder new", "added file new/file", "deleted file old/file", "deleted folder old"]


def test_one_type_in_the_place_of_another(layered: Layered) -> None:
    (layered.lower / "folder").mkdir()
    (layered.lower / "folder" / "inner").touch()
    (layered.lower / "file").touch()
    (layered.lower / "link").symlink_to("file")

    def act() -> None:
        shutil.rmtree("folder")
        os.symlink("/etc/shadow", "folder")
        os.unlink("file")
        os.mkdir("file")
        Path("file/inner").touch()
        os.unlink("link")
        Path("link").touch()

    layered.act(act)
    assert layered.told() == [
        "replaced folder file",
        "added file file/inner",
        "deleted file folder/inner",
        "replaced link folder",
        "replaced file link",
    ]


def test_a_link_is_told_by_its_text_and_never_followed(layered: Layered) -> None:
    (layered.lower / "link").symlink_to("one")
    (layered.lower / "same").symlink_to("same")

    def act() -> None:
        for name, text in (("link", "/etc/shadow"), ("same", "same"), ("new", "../" * 40 + "etc")):
            if os.path.lexists(name):
                os.unlink(name)
            os.symlink(text, name)

    layered.act(act)
    changes = layered.changes()
    assert [(c.kind, c.path, c.entry.target) for c in changes] == [
        ("modified", "link", "/etc/shadow"),
        ("added", "new", "../" * 40 + "etc"),
    ]
    assert changes[0].before is not None
    assert changes[0].before.target == "one"


def test_a_workspace_s_link_in_the_place_of_a_folder_is_not_entered(layered: Layered, tmp_path: Path) -> None:
    (layered.lower / "sub").mkdir()
    (layered.lower / "sub" / "file").touch()
    layered.act(lambda: Path("sub/new").touch())
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "new").write_text("secret")
    shutil.rmtree(layered.lower / "sub")
    (layered.lower / "sub").symlink_to(tmp_path / "outside")
    assert layered.told() == ["replaced folder sub", "added file sub/new"]


def test_fifos_sockets_and_devices_have_an_obstacle(layered: Layered) -> None:
    (layered.lower / "was-file").write_text("text")

    def act() -> None:
        os.mkfifo("fifo")
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind("socket")
        os.unlink("was-file")
        os.mkfifo("was-file")

    layered.act(act)
    assert layered.told() == ["added fifo fifo", "added socket socket", "replaced fifo was-file"]
    assert all("cannot be carried over" in change.obstacle for change in layered.changes())


def test_an_agent_cannot_make_the_signs_of_the_overlay_itself(layered: Layered) -> None:
    (layered.lower / "folder").mkdir()
    (layered.lower / "folder" / "file").touch()

    def act() -> list[str]:
        outcome = []
        for attempt in (
            lambda: os.mknod("whiteout", 0o020000, os.makedev(0, 0)),
            lambda: os.setxattr("folder", "trusted.overlay.opaque", b"y"),
        ):
            try:
                attempt()
                outcome.append("done")
            except OSError as error:
                outcome.append(errno.errorcode[error.errno or 0])
        os.setxattr("folder", "user.overlay.opaque", b"y")
        return outcome

    assert layered.act(act) == ["EPERM", "EPERM"]
    assert layered.changes() == []


@pytest.mark.parametrize(
    "name", ["new\nline", "\x1b[2J\x1b]0;owned\x07", "-rf", "a:b,c\\d", "\udcff\udcfe", "x" * 255, " ", "\u202egnp.exe"]
)
def test_names_may_be_anything(layered: Layered, name: str) -> None:
    (layered.lower / "folder").mkdir()

    def act() -> None:
        Path("folder", name).write_text("text")
        os.mkdir(name)
        Path(name, name).touch()

    layered.act(act)
    assert [c.path for c in layered.changes() if c.entry.type == "file"] == sorted([f"folder/{name}", f"{name}/{name}"])


def _dig(levels: int, name: str) -> None:
    for _ in range(levels):
        os.mkdir(name)
        os.chdir(name)
    Path("bottom").touch()


def test_a_deep_tree_needs_neither_recursion_nor_a_descriptor_a_level(layered: Layered) -> None:
    layered.act(lambda: _dig(2000, "d"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(64 + len(os.listdir("/proc/self/fd")), hard), hard))
    try:
        changes = layered.changes()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(changes) == 2001
    assert changes[-1].path == "d/" * 2000 + "bottom"


def test_what_no_path_reaches_is_named_once_with_the_reason(layered: Layered) -> None:
    layered.act(lambda: _dig(40, "n" * 250))
    changes = layered.changes()
    assert len(changes) == 17
    assert [bool(change.obstacle) for change in changes] == [False] * 16 + [True]
    assert "longer than a path can be" in changes[-1].obstacle


def test_holes_cost_nothing(layered: Layered) -> None:
    size = 1 << 42
    for name in ("same", "differs"):
        with open(layered.lower / name, "wb") as file:
            file.write(b"begin")
            try:
                file.truncate(size)
            except OSError:
                size = 1 << 40
                file.truncate(size)

    def act() -> None:
        with open("same", "r+b") as file:
            file.write(b"begin")
        with open("differs", "r+b") as file:
            file.seek(size - 3)
            file.write(b"end")
        with open("new", "wb") as file:
            file.truncate(size)

    layered.act(act)
    assert layered.told() == ["modified file differs", "added file new"]


def test_hard_links_are_files_of_their_own(layered: Layered) -> None:
    def act() -> None:
        Path("one").write_text("text")
        os.link("one", "two")

    layered.act(act)
    assert layered.told() == ["added file one", "added file two"]


def test_another_file_system_in_the_workspace_is_not_entered(layered: Layered) -> None:
    (layered.lower / "data").mkdir()
    layered.act(lambda: Path("data/new").touch())

    def look() -> list[Any]:
        kernel.make_private("/")
        mount = kernel.fs_mount("tmpfs", {})
        kernel.move_mount(mount, str(layered.lower / "data"))
        os.close(mount)
        return [[c.path, c.obstacle] for c in layered.changes()]

    assert contained(look) == [["data", "another file system is mounted there"]]


def test_the_tree_below_the_overlay_is_not_shown_beside_it(layered: Layered) -> None:
    assert layered.act(lambda: sorted(os.listdir("/"))) == ["w"]
