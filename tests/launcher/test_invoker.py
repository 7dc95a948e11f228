"""Whose home `~` is."""

from __future__ import annotations

import os
import pwd

import pytest

from akios_jail.launcher import invoker

NOBODY = pwd.getpwnam("nobody")


@pytest.mark.root
def test_under_sudo_it_is_the_invoking_person_s_whatever_home_says() -> None:
    assert invoker.home({"HOME": "/root", "SUDO_UID": str(NOBODY.pw_uid)}) == NOBODY.pw_dir


@pytest.mark.root
@pytest.mark.parametrize("uid", ["", "0", "-1", "x", "4000000000", "99999999999999999999", "²", "1 2"])
def test_a_sudo_uid_that_is_nobody_s_is_passed_over(uid: str) -> None:
    assert invoker.home({"HOME": "/some/where", "SUDO_UID": uid}) == "/some/where"


def test_without_home_it_is_the_account_s() -> None:
    assert invoker.home({}) == pwd.getpwuid(os.geteuid()).pw_dir


@pytest.mark.parametrize(
    ("path", "expanded"),
    [
        ("~", "/h"),
        ("~/x", "/h/x"),
        ("~root", pwd.getpwnam("root").pw_dir),
        ("x/~", "x/~"),
        ("/~", "/~"),
        ("~no-one-at-all/x", "~no-one-at-all/x"),
    ],
)
def test_a_tilde_is_expanded_at_the_start_alone(path: str, expanded: str) -> None:
    assert invoker.expand(path, "/h") == expanded
