"""The state folder: made private, refused when others could write the record."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from akios_jail.launcher import state
from akios_jail.launcher.errors import LaunchError


def test_it_is_made_private(tmp_path: Path) -> None:
    opened = state.open_state(str(tmp_path / "new" / "state"))
    assert stat.S_IMODE(os.stat(opened.path).st_mode) == 0o700
    assert os.listdir(opened.path) == []
    fd = opened.open_broker_log()
    assert stat.S_IMODE(os.fstat(fd).st_mode) == 0o600
    os.close(fd)
    state.existing(opened.path)


def test_what_a_broker_says_is_appended(tmp_path: Path) -> None:
    opened = state.open_state(str(tmp_path / "state"))
    for text in (b"one", b"two"):
        fd = opened.open_broker_log()
        os.write(fd, text)
        os.close(fd)
    assert Path(opened.path, "broker.log").read_bytes() == b"onetwo"


@pytest.mark.parametrize("mode", [0o770, 0o777, 0o722, 0o702])
def test_one_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(mode)
    for use in (state.open_state, state.existing):
        with pytest.raises(LaunchError, match=f"mode {mode:04o}") as error:
            use(str(tmp_path / "state"))
        assert "--state-dir" in error.value.remedy


@pytest.mark.root
def test_somebody_else_s_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    os.chown(tmp_path / "state", 1000, 1000)
    with pytest.raises(LaunchError, match="belongs to uid 1000"):
        state.open_state(str(tmp_path / "state"))


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_a_broker_log_that_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    opened = state.open_state(str(tmp_path / "state"))
    log = Path(opened.path, "broker.log")
    if kind == "link":
        (tmp_path / "elsewhere").touch()
        log.symlink_to(tmp_path / "elsewhere")
    else:
        log.mkdir()
    with pytest.raises(LaunchError) as error:
        opened.open_broker_log()
    assert error.value.status == 125


@pytest.mark.parametrize("mode", [0o666, 0o620])
def test_a_broker_log_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    opened = state.open_state(str(tmp_path / "state"))
    os.close(opened.open_broker_log())
    os.chmod(Path(opened.path, "broker.log"), mode)
    with pytest.raises(LaunchError, match="only its owner"):
        opened.open_broker_log()


@pytest.mark.parametrize("path", ["/proc/akios", "/dev/null/state", "/sys/akios"])
def test_one_that_cannot_be_made_is_said_with_the_remedy(path: str) -> None:
    with pytest.raises(LaunchError, match=f"cannot write to {path}") as error:
        state.open_state(path)
    assert "--state-dir" in error.value.remedy


def test_one_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="there is no state folder"):
        state.existing(str(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_where_it_is_unless_named() -> None:
    assert state.default_path(0, {"XDG_STATE_HOME": "/x"}) == "/var/lib/akios"
    assert state.default_path(1000, {"XDG_STATE_HOME": "/x"}) == "/x/akios"
    assert state.default_path(1000, {}).endswith("/.local/state/akios")
    assert state.default_path(1000, {"XDG_STATE_HOME": "relative"}) == state.default_path(1000, {})
