"""The agent reaches neither its record nor the policy of its next session."""

from __future__ import annotations

from pathlib import Path

import pytest

from akios_jail.jail.mounts import Bind
from akios_jail.launcher import guard
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.view import Shown


@pytest.mark.parametrize("access", ["ro", "rw", "overlay"])
@pytest.mark.parametrize("state", ["ws/state", "ws", "."])
def test_a_state_folder_that_the_jail_would_show_is_refused(tmp_path: Path, access: str, state: str) -> None:
    (tmp_path / "ws" / "state").mkdir(parents=True)
    shown = [Shown(str(tmp_path / "ws"), access)]
    with pytest.raises(LaunchError, match="would be visible in the jail"):
        guard.check_state(str((tmp_path / state).resolve()), shown)


def test_a_state_folder_elsewhere_is_fine(tmp_path: Path) -> None:
    guard.check_state(f"{tmp_path}/wsstate", [Shown(f"{tmp_path}/ws", "rw")])


def test_the_policy_and_every_folder_on_the_way_to_it_become_mounts(tmp_path: Path) -> None:
    policy = tmp_path / "conf" / "deep" / "policy.yaml"
    policy.parent.mkdir(parents=True)
    policy.touch()
    workspace = Bind(str(tmp_path), "/w", writable=True, idmap_fd=7)
    assert guard.guarded((str(policy),), (workspace,)) == (
        workspace,
        Bind(f"{tmp_path}/conf", "/w/conf", writable=True, idmap_fd=7),
        Bind(f"{tmp_path}/conf/deep", "/w/conf/deep", writable=True, idmap_fd=7),
        Bind(str(policy), "/w/conf/deep/policy.yaml", writable=False, idmap_fd=7),
    )


def test_a_policy_in_a_read_only_folder_or_outside_needs_no_mount(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.touch()
    mounts = (Bind(str(tmp_path), "/w"), Bind(f"{tmp_path}/out", "/out", writable=True))
    assert guard.guarded((str(policy),), mounts) == mounts


def test_a_policy_reached_through_a_link_that_the_agent_could_replace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").touch()
    (tmp_path / "policy.yaml").symlink_to("real.yaml")
    with pytest.raises(LaunchError, match="symbolic link"):
        guard.guarded((f"{tmp_path}/policy.yaml",), (Bind(str(tmp_path), "/w", writable=True),))


def test_a_link_elsewhere_to_a_policy_is_followed_to_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / "real.yaml").touch()
    (tmp_path / "policy.yaml").symlink_to("ws/real.yaml")
    _, mount = guard.guarded((f"{tmp_path}/policy.yaml",), (Bind(f"{tmp_path}/ws", "/w", writable=True),))
    assert mount == Bind(f"{tmp_path}/ws/real.yaml", "/w/real.yaml", writable=False)


def test_a_policy_shown_as_writable_itself_is_refused(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.touch()
    with pytest.raises(LaunchError, match="shown to the agent as writable"):
        guard.guarded((str(policy),), (Bind(str(policy), str(policy), writable=True),))


def test_a_policy_with_a_second_name_where_the_agent_may_write_is_refused(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.touch()
    (tmp_path / "alias").hardlink_to(policy)
    workspace = Bind(str(tmp_path), "/w", writable=True)
    with pytest.raises(LaunchError, match="hard link"):
        guard.guarded((str(policy),), (workspace,))
    assert guard.guarded((str(policy),), (workspace._replace(writable=False),))
    (tmp_path / "alias").unlink()
    assert len(guard.guarded((str(policy),), (workspace,))) == 2


def test_what_is_shown_inside_a_guarded_folder_still_comes_on_top(tmp_path: Path) -> None:
    (tmp_path / "conf" / "private").mkdir(parents=True)
    for name in ("policy.yaml", "ca.pem"):
        (tmp_path / "conf" / name).touch()
    workspace = Bind(str(tmp_path), "/w", writable=True)
    private = Bind(f"{tmp_path}/conf/private", "/w/conf/private")
    files = (f"{tmp_path}/conf/policy.yaml", f"{tmp_path}/conf/ca.pem")
    assert guard.guarded(files, (workspace, private)) == (
        workspace,
        Bind(f"{tmp_path}/conf", "/w/conf", writable=True),
        Bind(f"{tmp_path}/conf/policy.yaml", "/w/conf/policy.yaml"),
        Bind(f"{tmp_path}/conf/ca.pem", "/w/conf/ca.pem"),
        private,
    )
