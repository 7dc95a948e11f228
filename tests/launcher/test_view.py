"""What the agent sees of the file system: which paths, how, and what is never shown by accident or by a laid link."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from akios_jail.jail.identity import Identity
from akios_jail.jail.mounts import Bind, Overlay
from akios_jail.launcher import view
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.view import Layer, Shown
from akios_jail.policy.plans import JailPlan, Mount
from tests.launcher.plan import jail_plan

ME = Identity(os.getuid() or 1000, os.getgid() or 1000, "agent", "/home/agent")
HOME = "/home-of/me"


def shown(plan: JailPlan, directory: Path | str, ro: tuple[str, ...] = (), rw: tuple[str, ...] = ()) -> dict[str, str]:
    return {entry.path: entry.access for entry in view.shown_paths(plan, ro, rw, str(directory), HOME)}


def composed(plan: JailPlan, directory: Path, prefixes: tuple[str, ...] = (), **options: Any) -> dict[str, Any]:
    """The mounts of host folders by target: the source, and whether it is writable, or `overlay`."""
    entries = view.shown_paths(plan, options.get("ro", ()), options.get("rw", ()), str(directory), HOME)
    made = view.compose(plan, entries, prefixes, ME, "ses-x", str(directory), options.get("layers", {}), idmapped=False)
    found: dict[str, Any] = {"cwd": made.working_directory}
    for operation in made.operations:
        if isinstance(operation, Bind) and operation.target.startswith(str(directory.parent)):
            found[operation.target] = (operation.source, operation.writable)
        elif isinstance(operation, Overlay):
            found[operation.target] = "overlay"
    found["writable"] = {entry.path for entry in made.access if entry.access == "write"}
    return found


# --- which paths ---


def test_paths_are_relative_to_where_the_person_stands_and_tilde_is_their_home(tmp_path: Path) -> None:
    plan = jail_plan(mounts=(Mount("data/../data2", "ro"), Mount("~/x", "ro")))
    assert shown(plan, "/w/here", ro=("../beside", "~"), rw=("./out/",)) == {
        "/w/here": "ro", "/w/here/data2": "ro", f"{HOME}/x": "ro", "/w/beside": "ro", HOME: "ro", "/w/here/out": "rw",
    }  # fmt: skip


def test_the_command_line_wins_over_the_policy_and_rw_over_ro() -> None:
    plan = jail_plan(mounts=(Mount("/data", "ro"), Mount("/logs", "rw")))
    assert shown(plan, "/w", ro=("/logs", "/both"), rw=("/data", "/both", ".")) == {
        "/w": "rw", "/data": "rw", "/logs": "ro", "/both": "rw",
    }  # fmt: skip


def test_a_workspace_that_is_everything_is_refused_with_what_to_do() -> None:
    with pytest.raises(LaunchError, match="cannot be shown") as refused:
        shown(jail_plan(), "/")
    assert "Stand in the project's folder" in refused.value.remedy


@pytest.mark.parametrize(
    "path", ["/", "//", "/etc", "/proc", "/proc/1/root", "/sys/fs/cgroup", "/dev", "/dev/kvm", "/etc/akios", "/x/.."]
)
def test_what_the_jail_has_of_its_own_is_not_replaced_by_the_host_s(path: str) -> None:
    for ro, rw in (((path,), ()), ((), (path,))):
        with pytest.raises(LaunchError, match="cannot be shown in the jail"):
            shown(jail_plan(), "/w", ro=ro, rw=rw)


@pytest.mark.parametrize(
    "path",
    ["/", "/usr", "/etc", "/home", "/home/somebody", "/root", "/tmp", "/var/lib", "/lib64", "/home-of", "/home-of/me"],
)
def test_a_workspace_that_holds_more_than_an_agents_work_is_refused(path: str) -> None:
    with pytest.raises(LaunchError, match="holds far more") as error:
        view.check_workspace(path, HOME)
    assert error.value.status == 2


def test_a_link_to_a_wide_folder_is_as_wide(tmp_path: Path) -> None:
    (tmp_path / "work").symlink_to("/etc")
    with pytest.raises(LaunchError, match="would be /etc"):
        view.check_workspace(f"{tmp_path}/work", HOME)
    with pytest.raises(LaunchError, match="installed in"):
        view.check_prefixes((f"{tmp_path}/work",), HOME)


def test_a_project_folder_is_fine_and_a_file_is_no_workspace(tmp_path: Path) -> None:
    view.check_workspace(str(tmp_path), HOME)
    view.check_prefixes((str(tmp_path), "/opt/python"), HOME)
    (tmp_path / "file").touch()
    for name in ("file", "missing"):
        with pytest.raises(LaunchError, match="is not a folder"):
            view.check_workspace(f"{tmp_path}/{name}", HOME)


# --- how ---


def test_deeper_mounts_follow_the_ones_that_they_lie_in(tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "out" / "cache").mkdir(parents=True)
    plan = jail_plan(mounts=(Mount("out/cache", "ro"), Mount("out", "rw")))
    found = composed(plan, work)
    assert [key for key in found if key.startswith(str(work))] == [str(work), f"{work}/out", f"{work}/out/cache"]
    assert found[f"{work}/out"] == (f"{work}/out", True)
    assert found[f"{work}/out/cache"] == (f"{work}/out/cache", False)
    assert f"{work}/out" in found["writable"]
    assert str(work) not in found["writable"]


def test_an_optional_path_may_be_missing_and_another_may_not(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    assert f"{work}/none" not in composed(jail_plan(mounts=(Mount("none", "ro", True),)), work)
    with pytest.raises(LaunchError, match=f"{work}/none does not exist"):
        composed(jail_plan(mounts=(Mount("none", "ro"),)), work)


def test_names_may_hold_newlines_colons_commas_and_bytes(tmp_path: Path) -> None:
    for name in ("new\nline", "a:b,c\\d", "\udcff", " "):
        work = tmp_path / name
        work.mkdir()
        assert composed(jail_plan(workspace_access="rw"), work)[str(work)] == (str(work), True)


def test_the_overlay_is_laid_where_the_workspace_is(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    found = composed(jail_plan(workspace_access="overlay"), work, layers={str(work): Layer("/u", "/w")})
    assert found[str(work)] == "overlay"
    assert str(work) in found["writable"]


def test_a_pythons_folders_are_shown_unless_they_are_already(tmp_path: Path) -> None:
    work, python = tmp_path / "work", tmp_path / "python"
    (work / ".venv").mkdir(parents=True)
    python.mkdir()
    found = composed(jail_plan(workspace_access="rw"), work, (f"{work}/.venv", str(python)))
    assert f"{work}/.venv" not in found
    assert found[str(python)] == (str(python), False)
    assert str(python) not in found["writable"]


def test_the_agent_starts_where_the_person_stands_or_in_the_workspace(tmp_path: Path) -> None:
    work, other = tmp_path / "work", tmp_path / "other"
    (work / "sub").mkdir(parents=True)
    other.mkdir()
    assert composed(jail_plan(workspace=str(work)), work / "sub")["cwd"] == f"{work}/sub"
    assert composed(jail_plan(workspace=str(work)), other)["cwd"] == str(work)


def test_what_is_visible(tmp_path: Path) -> None:
    entries = [Shown("/w/project", "ro"), Shown("/data/file", "ro")]
    for path in ("/w/project", "/w/project/a/b", "/data/file", "/usr/bin/env", "/bin/sh", "/py/bin/python"):
        assert view.visible(path, entries, ("/py",)), path
    for path in ("/w", "/w/project2", "/data/file2", "/home", "/usrx", "/pyx"):
        assert not view.visible(path, entries, ("/py",)), path


# --- links ---


@pytest.mark.parametrize("access", ["ro", "rw"])
def test_a_link_inside_the_workspace_is_not_followed(tmp_path: Path, access: str) -> None:
    work = tmp_path / "work"
    (work / "real" / "sub").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (work / "link").symlink_to(tmp_path / "secret")
    (work / "inner").symlink_to("real")
    for name in ("link", "inner", "inner/sub"):
        with pytest.raises(LaunchError, match="which an agent may have laid"):
            composed(jail_plan(mounts=(Mount(name, access),)), work)
    assert composed(jail_plan(mounts=(Mount("real/sub", access),)), work)[f"{work}/real/sub"]


def test_nor_is_one_in_any_folder_that_is_writable_by_whatever_name_it_is_reached(tmp_path: Path) -> None:
    work, data = tmp_path / "work", tmp_path / "data"
    for folder in (work, data, tmp_path / "secret"):
        folder.mkdir()
    (data / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "alias").symlink_to(data)
    for path in ("data/link", "alias/link"):
        assert composed(jail_plan(), work, ro=(f"{tmp_path}/{path}",))[f"{tmp_path}/{path}"][0] == f"{tmp_path}/secret"
        with pytest.raises(LaunchError, match=f"through the symbolic link {data}/link"):
            composed(jail_plan(), work, ro=(f"{tmp_path}/{path}",), rw=(str(data),))


def test_links_of_the_machine_are_followed_once_and_now(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "alias").symlink_to("real")
    (tmp_path / "again").symlink_to(f"{tmp_path}/alias/../alias")
    work = tmp_path / "again"
    assert composed(jail_plan(), work)[str(work)] == (f"{tmp_path}/real", False)


def test_a_loop_of_links_is_refused_by_the_one_or_the_other_check(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(LaunchError):
        view.resolve(f"{tmp_path}/a", ())


@pytest.mark.parametrize("path", ["a/b/../c", "link/x", "link/../d", "none/at/all", "./a//b", "deep/link2/y"])
def test_resolving_agrees_with_the_kernel(tmp_path: Path, path: str) -> None:
    for folder in ("a/b", "d/e", "deep"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "link").symlink_to("d/e")
    (tmp_path / "deep" / "link2").symlink_to("../link/../../a")
    assert view.resolve(f"{tmp_path}/{path}", ()) == os.path.realpath(f"{tmp_path}/{path}")
