"""Who the agent is, decided by table; becoming it, on the real kernel."""

from __future__ import annotations

import os
from typing import Any

import pytest

from akios_jail.jail import identity
from akios_jail.jail.identity import AGENT_ID, Identity
from tests.jail.contained import MOUNTS, contained


@pytest.mark.parametrize(
    ("environment", "uid", "gid", "expected"),
    [
        ({}, 0, 0, (AGENT_ID, AGENT_ID)),
        ({"SUDO_UID": "1000", "SUDO_GID": "1001"}, 0, 0, (1000, 1001)),
        ({"SUDO_UID": "0", "SUDO_GID": "0"}, 0, 0, (AGENT_ID, AGENT_ID)),
        ({"SUDO_UID": "1000", "SUDO_GID": "0"}, 0, 0, (AGENT_ID, AGENT_ID)),
        ({"SUDO_UID": "-5", "SUDO_GID": "7"}, 0, 0, (AGENT_ID, AGENT_ID)),
        ({"SUDO_UID": "root", "SUDO_GID": "7"}, 0, 0, (AGENT_ID, AGENT_ID)),
        ({"SUDO_UID": "1000", "SUDO_GID": "1000"}, 1234, 1234, (1234, 1234)),
    ],
)
def test_the_agent_is_never_root_and_sudo_s_word_counts_only_for_root(
    environment: dict[str, str], uid: int, gid: int, expected: tuple[int, int]
) -> None:
    who = identity.agent(environment, uid, gid)
    assert (who.uid, who.gid) == expected
    assert (who.apart > 0) is (who.uid == AGENT_ID)


@pytest.mark.root
def test_sessions_of_root_are_different_users_of_the_host() -> None:
    here = identity.agent({}, 0, 0)
    there = contained(lambda: [*identity.agent({}, 0, 0)], 0)
    assert (here.uid, here.host_uid) == (AGENT_ID, AGENT_ID + here.apart)
    assert here.apart != there[4]
    assert {here.host_uid, here.host_gid}.isdisjoint({AGENT_ID, identity.BROKER_ID})


@pytest.mark.root
def test_becoming_the_agent_is_for_good() -> None:
    who = Identity(AGENT_ID, AGENT_ID, "agent", "/home/agent")

    def act() -> list[Any]:
        identity.leave_groups()
        identity.become(who)
        with open("/proc/thread-self/status") as file:
            status = dict(line.split(":", 1) for line in file)
        try:
            os.setresuid(0, 0, 0)
            back = "root again"
        except PermissionError:
            back = "refused"
        return [
            status["Uid"].split(),
            status["Groups"].strip(),
            int(status["CapEff"], 16) | int(status["CapBnd"], 16),
            status["NoNewPrivs"].strip(),
            back,
        ]

    assert contained(act, MOUNTS) == [[str(AGENT_ID)] * 4, "", 0, "1", "refused"]


@pytest.mark.root
def test_a_mapping_keeps_other_ordinary_owners() -> None:
    who = Identity(AGENT_ID, AGENT_ID, "agent", "/home/agent")
    for owner in (0, 1000, 65535, 200_000):
        os.close(identity.mapping_namespace(owner, owner, who))
