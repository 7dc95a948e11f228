"""The agent reaches neither its record nor the policy of its next session."""

from __future__ import annotations

from pathlib import Path

import pytest

from akios_jail.jail.mounts import Bind
from akios_jail.launcher import guard
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.view import Shown


@pytest.mark.parametrize("access", ["ro", "rw", "overlay"])
@pytest.mark.parametrize("state", ["work/state", "work", "."])
def test_a_state_folder_that_the_jail_would_show_is_refused(tmp_path: Path, access: str, state: str) -> None:
    (tmp_path / "work" / "state").mkdir(parents=True)
    shown = [Shown(str(tmp_path / "work"), access)]
    with pytest.raises(LaunchError, match="would be visible in the jail"):
        guard.check_state(str((tmp_path / state).resolve()), shown)


def test_a_state_folder_elsewhere_is_fine(tmp_path: Path) -> None:
    guard.check_state(f"{tmp_path}/workstate", [Shown(f"{tmp_path}/work", "rw")])


def test_the_policy_and_every_folder_on_the_way_to_it_become_mounts(tmp_path: Path) -> None:
    policy = tmp_path / "conf" / "deep" / "policy.yaml"
    policy.parent.mkdir(parents=True)
    policy.touch()
    workspace = Bind(str(tmp_path), "/w", writable=True, idmap_fd=7)
    assert guard.policy_mounts(str(policy), (workspace,)) == [
        Bind(f"{tmp_path}/conf", "/w/conf", writable=True, idmap_fd=7),
        Bind(f"{tmp_path}/conf/deep", "/w/conf/deep", writable=True, idmap_fd=7),
        Bind(str(policy), "/w/conf/deep/policy.yaml", writable=False, idmap_fd=7),
    ]


def test_a_policy_in_a_read_only_folder_or_outside_needs_no_mount(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.touch()
    mounts = (Bind(str(tmp_path), "/w"), Bind(f"{tmp_path}/out", "/out", writable=True))
    assert guard.policy_mounts(str(policy), mounts) == []


def test_a_policy_reached_through_a_link_is_guarded_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").touch()
    (tmp_path / "policy.yaml").symlink_to("real.yaml")
    (mount,) = guard.policy_mounts(f"{tmp_path}/policy.yaml", (Bind(str(tmp_path), "/w", writable=True),))
    assert isinstance(mount, Bind)
    assert mount.source == f"{tmp_path}/real.yaml"


def test_a_policy_shown_as_writable_itself_is_refused(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.touch()
    with pytest.raises(LaunchError, match="shown to the agent as writable"):
        guard.policy_mounts(str(policy), (Bind(str(policy), str(policy), writable=True),))
