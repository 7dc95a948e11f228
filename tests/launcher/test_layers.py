"""Layers from their making to their end: found, held, committed with conflicts and conditions, thrown away."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from akios_jail.jail import identity, overlay, rootfs
from akios_jail.jail.mounts import Overlay
from akios_jail.launcher import commit, comparison, layers, removal
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.layers import Held, Layer
from tests.jail.contained import contained
from tests.jail.layered import AGENT

pytestmark = pytest.mark.root
SESSION = "ses_0123456789ab"


class Project:
    """A workspace, a state folder, and sessions whose agents act on the overlay of the one in the other."""

    def __init__(self, folder: Path) -> None:
        self.workspace = folder / "project"
        self.sessions = str(folder / "state" / "sessions")
        self.workspace.mkdir()

    def write(self, name: str, text: str = "", mode: int = 0o644) -> Path:
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def begin(self, session: str = SESSION) -> Held:
        return layers.create(self.sessions, session, "agent", "policy", str(self.workspace), AGENT)

    def act(self, held: Held, act: Callable[[], Any]) -> None:
        """Let an agent act in the session of `held`."""
        status = self.workspace.stat()
        namespace = identity.mapping_namespace(status.st_uid, status.st_gid, AGENT)

        def inside() -> None:
            mounts = held.mounts
            rootfs.enter(rootfs.build([Overlay(str(self.workspace), mounts.upper, mounts.work, "/w", namespace)]))
            os.chdir("/w")
            os.setgroups([])
            os.setresgid(AGENT.gid, AGENT.gid, AGENT.gid)
            os.setresuid(AGENT.uid, AGENT.uid, AGENT.uid)
            act()

        contained(inside)
        os.close(namespace)

    def session(self, act: Callable[[], Any], session: str = SESSION) -> Layer:
        """A whole session. Its layer."""
        held = self.begin(session)
        self.act(held, act)
        held.close()
        return held.layer

    def commit(self, layer: Layer, *paths: str) -> int:
        """Commit without conflicts. How many changes were applied."""
        with layers.opened(layer, exclusive=True) as opened:
            changes = commit.select(opened.changes(), paths)
            assert commit.conflicts(changes, layer.began_ns) == []
            return commit.apply(opened, changes)

    def conflicts(self, layer: Layer) -> list[tuple[str, str]]:
        with layers.opened(layer, exclusive=False) as opened:
            return [(c.path, c.why.partition(" since")[0]) for c in commit.conflicts(opened.changes(), layer.began_ns)]

    def tree(self) -> dict[str, str]:
        """Everything in the workspace: a file's text, a link's target, a folder's mode."""
        found = {}
        for path in sorted(self.workspace.rglob("*")):
            name = str(path.relative_to(self.workspace))
            if path.is_symlink():
                found[name] = f"-> {os.readlink(path)}"
            else:
                found[name] = "/" if path.is_dir() else path.read_text()
        return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


# --- keeping ---


def test_a_session_that_changed_nothing_leaves_no_layer(project: Project) -> None:
    project.write("file", "text")
    layer = project.session(lambda: Path("file").read_text())
    assert not os.path.exists(layer.folder)
    assert layers.listed(project.sessions) == []


def test_a_session_that_changed_something_leaves_its_layer_private_to_root(project: Project) -> None:
    layer = project.session(lambda: Path("new").touch())
    assert layers.listed(project.sessions) == [layer]
    assert stat.S_IMODE(os.stat(layer.folder).st_mode) == 0o700
    description = json.loads(Path(layer.folder, "layer.json").read_text())
    assert (description["workspace"], description["policy"]) == (str(project.workspace), "policy")


def test_the_agent_sees_the_workspace_s_own_mode(project: Project) -> None:
    project.workspace.chmod(0o755)
    held = project.begin()
    project.act(held, lambda: Path("mode").write_text(oct(os.stat(".").st_mode & 0o7777)))
    assert Path(held.layer.upper, "mode").read_text() == "0o755"
    held.close()


def test_the_changes_are_counted_up_to_a_bound(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    held = project.begin()
    project.act(held, lambda: [Path(f"f{n}").touch() for n in range(12)])
    assert held.count() == 12
    monkeypatch.setattr(layers, "COUNTED", 5)
    assert held.count() == 6
    held.close()


def test_a_running_session_s_layer_is_refused(project: Project) -> None:
    held = project.begin()
    project.act(held, lambda: Path("new").touch())
    for exclusive in (True, False):
        with pytest.raises(LaunchError, match="in use") as refused, layers.opened(held.layer, exclusive=exclusive):
            pass
        assert "still running" in refused.value.remedy
    with pytest.raises(LaunchError, match="in use"):
        layers.discard(held.layer)
    held.close()
    assert project.commit(held.layer) == 1


def test_two_may_look_at_a_layer_and_one_may_commit_it(project: Project) -> None:
    layer = project.session(lambda: Path("new").touch())
    with (
        layers.opened(layer, exclusive=False),
        layers.opened(layer, exclusive=False),
        pytest.raises(LaunchError, match="in use"),
        layers.opened(layer, exclusive=True),
    ):
        pass


def test_what_killed_sessions_left_empty_is_swept_and_what_they_changed_is_kept(project: Project) -> None:
    empty, changed, running = (project.begin(f"ses_{n}{'0' * 11}") for n in range(3))
    project.act(changed, lambda: Path("new").touch())
    half = Path(project.sessions, "ses_999999999999")
    (half / "upper" / "deep").mkdir(parents=True)
    for killed in (empty, changed):
        os.close(killed._lock)
    other = project.begin("ses_aaaaaaaaaaaa")
    assert sorted(os.listdir(project.sessions)) == [
        changed.layer.session, running.layer.session, other.layer.session,
    ]  # fmt: skip
    for held in (running, other):
        held.close()


# --- finding ---


def test_the_latest_layer_of_the_folder_one_stands_in_is_found(project: Project, tmp_path: Path) -> None:
    first = project.session(lambda: Path("new").touch(), "ses_bbbbbbbbbbbb")
    second = project.session(lambda: Path("new").touch(), "ses_aaaaaaaaaaaa")
    (project.workspace / "sub").mkdir()
    for directory in (project.workspace, project.workspace / "sub"):
        assert layers.find(project.sessions, None, str(directory)) == second
    assert layers.find(project.sessions, first.session, "/") == first
    with pytest.raises(LaunchError, match="no session left changes for") as error:
        layers.find(project.sessions, None, str(tmp_path))
    assert first.session in error.value.remedy
    with pytest.raises(LaunchError, match="there is no layer of ses_cccccccccccc"):
        layers.find(project.sessions, "ses_cccccccccccc", "/")


def test_an_id_is_an_id_and_no_path(project: Project) -> None:
    project.session(lambda: Path("new").touch())
    with pytest.raises(LaunchError, match="there is no layer"):
        layers.find(project.sessions, f"../sessions/{SESSION}", "/")


def test_a_state_folder_without_sessions_has_no_layers(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="no session left changes") as error:
        layers.find(str(tmp_path / "none"), None, str(tmp_path))
    assert "access: overlay" in error.value.remedy


# --- committing ---


def test_everything_that_changed_is_applied(project: Project) -> None:
    for name in ("kept", "modified", "deleted", "gone/a", "gone/b/c", "was-file", "was-folder/x", "script"):
        project.write(name, name)

    def act() -> None:
        Path("modified").write_text("MODIFIED")
        Path("deleted").unlink()
        shutil.rmtree("gone")
        Path("was-file").unlink()
        Path("was-file/deep").mkdir(parents=True)
        Path("was-file/deep/file").write_text("new")
        shutil.rmtree("was-folder")
        os.symlink("kept", "was-folder")
        os.chmod("script", 0o755)

    layer = project.session(act)
    project.commit(layer)
    assert project.tree() == {
        "kept": "kept",
        "modified": "MODIFIED",
        "script": "script",
        "was-file": "/",
        "was-file/deep": "/",
        "was-file/deep/file": "new",
        "was-folder": "-> kept",
    }
    assert stat.S_IMODE((project.workspace / "script").stat().st_mode) == 0o755
    with layers.opened(layer, exclusive=False) as opened:
        assert opened.changes() == []


def test_a_layer_may_be_applied_in_parts_with_the_folders_that_they_lie_in(project: Project) -> None:
    project.write("old/file", "before")

    def act() -> None:
        Path("new/sub").mkdir(parents=True)
        for name in ("new/sub/one", "new/sub/two", "new/three", "four"):
            Path(name).write_text(name)
        Path("old/file").write_text("after")

    layer = project.session(act)
    assert project.commit(layer, "new/sub/one", "old") == 4
    assert project.tree() == {
        "new": "/", "new/sub": "/", "new/sub/one": "new/sub/one", "old": "/", "old/file": "after",
    }  # fmt: skip
    with pytest.raises(LaunchError, match="nothing changed at old/file"):
        project.commit(layer, "old/file")
    assert project.commit(layer) == 3
    assert project.tree()["new/three"] == "new/three"


def test_new_files_belong_to_the_workspace_s_owner_and_modified_ones_to_theirs(project: Project, umask: None) -> None:
    os.chown(project.write("theirs", "before", 0o664), 1000, 1000)
    os.chown(project.write("somebody's", "before", 0o666), 1234, 1235)
    os.chown(project.workspace, 1000, 1000)

    def act() -> None:
        for name in ("theirs", "somebody's"):
            with open(name, "a") as file:
                file.write("after")
        Path("folder").mkdir()
        Path("folder/new").write_text("new")
        os.chmod("folder/new", 0o6777)
        os.symlink("new", "folder/link")

    project.commit(project.session(act))
    owners = {}
    for path in project.workspace.rglob("*"):
        status = path.lstat()
        owners[str(path.relative_to(project.workspace))] = (status.st_uid, status.st_gid)
    assert owners == {
        "theirs": (1000, 1000),
        "somebody's": (1234, 1235),
        "folder": (1000, 1000),
        "folder/new": (1000, 1000),
        "folder/link": (1000, 1000),
    }
    assert (project.workspace / "somebody's").read_text() == "beforeafter"
    assert stat.S_IMODE((project.workspace / "folder/new").stat().st_mode) == 0o777


def test_extended_attributes_stay_behind(project: Project) -> None:
    def act() -> None:
        Path("new").write_text("text")
        os.setxattr("new", "user.mark", b"x")

    project.commit(project.session(act))
    assert os.listxattr(project.workspace / "new") == []


def test_holes_stay_holes(project: Project) -> None:
    def act() -> None:
        with open("sparse", "wb") as file:
            file.seek(1 << 36)
            file.write(b"end")

    project.commit(project.session(act))
    status = (project.workspace / "sparse").stat()
    assert status.st_size == (1 << 36) + 3
    assert status.st_blocks * 512 < 1 << 20
    with open(project.workspace / "sparse", "rb") as file:
        file.seek(-3, os.SEEK_END)
        assert file.read() == b"end"


def test_what_has_an_obstacle_is_left_out_and_left_alone(project: Project) -> None:
    project.write("file", "text")

    def act() -> None:
        Path("file").unlink()
        os.mkfifo("file")
        Path("new").touch()

    assert project.commit(project.session(act)) == 1
    assert project.tree() == {"file": "text", "new": ""}


def test_a_deep_tree_is_applied_and_its_layer_removed() -> None:
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    project = Project(folder)

    def act() -> None:
        for _ in range(1100):
            os.mkdir("d")
            os.chdir("d")
        Path("bottom").touch()

    layer = project.session(act)
    assert project.commit(layer) == 1101
    layers.discard(layer)
    assert not os.path.exists(layer.folder)
    removal.remove(str(folder))
    assert not folder.exists()


def test_a_tree_deeper_than_any_path_is_removed() -> None:
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))  # where deleting thousands of folders takes no time

    def dig() -> None:
        os.chdir(folder)
        os.mkdir("top")
        os.chdir("top")
        for _ in range(2500):
            os.mkdir("d")
            os.chdir("d")
            os.symlink(folder, "link")

    contained(dig)
    (folder / "kept").touch()
    removal.remove(str(folder / "top"))
    assert os.listdir(folder) == ["kept"]
    removal.remove(str(folder))
    assert not folder.exists()


# --- the workspace's owner was at work, too ---


def test_what_the_owner_changed_since_is_a_conflict(project: Project) -> None:
    for name in ("both", "theirs", "gone", "folder/file", "deleted/a"):
        project.write(name, "before")

    def act() -> None:
        for name in ("both", "gone", "folder/file", "made"):
            Path(name).write_text("agent")
        shutil.rmtree("deleted")

    layer = project.session(act)
    for name in ("both", "theirs", "made", "deleted/b"):
        project.write(name, "owner")
    os.utime(project.workspace / "both", (1, 1))  # a time of change that is set hides nothing
    (project.workspace / "gone").unlink()
    assert project.conflicts(layer) == [
        ("both", "changed"),
        ("deleted/b", "changed"),
        ("gone", "deleted or moved away"),
        ("made", "changed"),
    ]


def test_a_conflict_is_only_about_what_is_chosen(project: Project) -> None:
    project.write("both", "before")

    def act() -> None:
        Path("both").write_text("agent")
        Path("new").touch()

    layer = project.session(act)
    project.write("both", "owner")
    assert project.commit(layer, "new") == 1
    assert project.tree() == {"both": "owner", "new": ""}


def test_the_same_change_by_both_is_none(project: Project) -> None:
    project.write("file", "before")
    layer = project.session(lambda: Path("file").write_text("after"))
    project.write("file", "after")
    assert project.conflicts(layer) == []
    assert project.commit(layer) == 0


def test_a_change_between_the_look_and_the_act_stops_the_commit(project: Project) -> None:
    project.write("file", "before")
    layer = project.session(lambda: Path("file").write_text("agent"))
    with layers.opened(layer, exclusive=True) as opened:
        changes = opened.changes()
        project.write("file", "owner")
        with pytest.raises(commit.Interrupted, match="changed just now"):
            commit.apply(opened, changes)
    assert project.tree() == {"file": "owner"}


def test_a_folder_that_became_a_link_is_not_followed(project: Project, tmp_path: Path) -> None:
    project.write("sub/file", "before")
    outside = tmp_path / "outside"
    outside.mkdir()
    layer = project.session(lambda: [Path(f"sub/{name}").write_text("agent") for name in ("file", "new")])
    with layers.opened(layer, exclusive=True) as opened:
        changes = opened.changes()
        os.rename(project.workspace / "sub", tmp_path / "moved")
        (project.workspace / "sub").symlink_to(outside)
        with pytest.raises(commit.Interrupted):
            commit.apply(opened, changes)
    assert os.listdir(outside) == []


def test_a_workspace_that_became_a_link_or_another_folder_is_refused(project: Project, tmp_path: Path) -> None:
    layer = project.session(lambda: Path("new").touch())
    os.rename(project.workspace, tmp_path / "moved")
    for replace in (lambda: project.workspace.symlink_to(tmp_path / "moved"), project.workspace.mkdir):
        replace()
        with pytest.raises(LaunchError, match="no longer at"), layers.opened(layer, exclusive=True):
            pass
        project.workspace.unlink() if project.workspace.is_symlink() else project.workspace.rmdir()
    layers.discard(layer)
    assert not os.path.exists(layer.folder)


def test_a_workspace_that_vanished_during_its_session_keeps_the_layer(project: Project, tmp_path: Path) -> None:
    held = project.begin()
    project.act(held, lambda: Path("new").touch())
    os.rename(project.workspace, tmp_path / "moved")
    assert held.count() is None
    held.close()
    assert os.path.exists(held.layer.folder)


def test_nothing_is_written_that_the_owner_could_not_write(project: Project) -> None:
    """A folder of root's in somebody's workspace is not the agent's to change, and root's commit does not help it."""
    os.chown(project.workspace, 1000, 1000)
    project.write("admin/file", "root's")
    layer = project.session(lambda: Path("new").touch())
    forged = Path(layer.upper, "admin")
    forged.mkdir()
    (forged / "file").write_text("forged")
    with layers.opened(layer, exclusive=True) as opened, pytest.raises(commit.Interrupted) as interrupted:
        commit.apply(opened, opened.changes())
    assert isinstance(interrupted.value.__cause__, OSError)
    assert interrupted.value.__cause__.errno == errno.EACCES
    assert (project.workspace / "admin" / "file").read_text() == "root's"
    assert (os.geteuid(), os.getegid()) == (0, 0)


def test_a_name_that_is_swapped_all_the_time_never_leads_out(project: Project, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    project.write("sub/file", "before")
    os.chown(project.workspace, 1000, 1000)
    os.chown(project.workspace / "sub", 1000, 1000)
    layer = project.session(lambda: [Path(f"sub/{n}").write_text("agent") for n in range(200)])
    (project.workspace / "evil").symlink_to(outside)
    swapper = os.fork()  # a process: the rights that a commit gives up are given up by all threads
    if swapper == 0:
        names = [str(project.workspace / name) for name in ("sub", "evil", "aside")]
        try:
            while True:
                for source, target in ((0, 2), (1, 0), (0, 1), (2, 0)):
                    os.rename(names[source], names[target])
        finally:
            os._exit(1)
    try:
        for _ in range(20):
            with layers.opened(layer, exclusive=True) as opened, contextlib.suppress(commit.Interrupted, OSError):
                commit.apply(opened, opened.changes())
    finally:
        os.kill(swapper, signal.SIGKILL)
        os.waitpid(swapper, 0)
    assert os.listdir(outside) == []


# --- telling ---


def headlines(layer: Layer) -> list[str]:
    with layers.opened(layer, exclusive=False) as opened:
        return [comparison.compare(opened, change).headline for change in opened.changes()]


def test_each_change_is_told_in_a_line(project: Project) -> None:
    project.write("binary", "text")
    project.write("mode", "text", 0o644)
    project.write("was", "text")

    def act() -> None:
        Path("binary").write_bytes(b"\0\1")
        Path("big").write_bytes(bytes(2 << 20))
        os.chmod("mode", 0o755)
        Path("was").unlink()
        os.symlink("/etc", "was")
        Path("script").touch(0o755)
        os.mkfifo("pipe")

    assert headlines(project.session(act)) == [
        "added file big (large, 2,097,152 bytes)",
        "modified file binary (binary, 4 bytes, now 2 bytes)",
        "modified file mode (mode 0644, now 0755)",
        "added fifo pipe (not to be committed: a fifo cannot be carried over)",
        "added file script (executable)",
        "replaced file by link was -> /etc",
    ]


def test_the_lines_of_a_text_are_compared(project: Project) -> None:
    project.write("file", "one\ntwo\n")
    layer = project.session(lambda: Path("file").write_text("one\n2\n"))
    with layers.opened(layer, exclusive=False) as opened:
        [change] = opened.changes()
        told = comparison.compare(opened, change)
    assert told.lines == ("--- a/file", "+++ b/file", "@@ -1,2 +1,2 @@", " one", "-two", "+2")
    assert (told.added, told.removed) == (1, 1)


def test_a_lock_is_let_go_with_the_last_descriptor(project: Project) -> None:
    layer = project.session(lambda: Path("new").touch())
    fd = os.open(layer.folder, os.O_RDONLY)
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(fd)
    assert [change.path for change in _changes(layer)] == ["new"]


def _changes(layer: Layer) -> list[overlay.Change]:
    with layers.opened(layer, exclusive=False) as opened:
        return opened.changes()
