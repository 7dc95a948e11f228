"""What sessions look for is compiled once for a machine: by whom, where it lies, what becomes of it when poisoned."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from akios_jail.jail.identity import BROKER_ID
from akios_jail.launcher import broker as broker_process
from tests.e2e.conftest import Akios, Run, eventually

pytestmark = pytest.mark.root

ADDRESS = "ottoline.ferrars@northgate-clinic.org"
TOLD = json.dumps({"note": ADDRESS})
CALL = f"curl -sS -o /dev/null -H 'Content-Type: application/json' https://internal-crm.corp/customers -d '{TOLD}'"


@pytest.fixture
def looking(akios: Akios) -> Akios:
    """Under a policy that looks for addresses in all that leaves."""
    akios.policy(
        {
            "network_access": {"allowlist": [{"host": "internal-crm.corp", "methods": ["POST"]}]},
            "pii_handling": {"fields": ["email"], "scope": ["egress"]},
        }
    )
    akios.known = ()
    return akios


def folder(akios: Akios) -> Path:
    return akios.state / "cache" / "triggers"


def entries(akios: Akios) -> list[Path]:
    return sorted(folder(akios).glob("triggers-*"))


def fillers(akios: Akios) -> list[str]:
    """The processes that fill this state folder's cache."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if os.fsencode(folder(akios)) in arguments:
            found.append(pid)
    return found


def redacted(akios: Akios) -> Run:
    """A session in which one address was replaced, and what it left running is over."""
    run = akios.shell(CALL)
    assert run.status == 0, str(run)
    assert run.report["pii_redacted"] == {"email": 1}
    assert not akios.upstream.saw(ADDRESS)
    eventually(lambda: not fillers(akios), 60)
    return run


def test_the_first_session_has_them_kept_and_the_next_compiles_nothing(looking: Akios) -> None:
    redacted(looking)
    (entry,) = entries(looking)
    status = entry.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (0, BROKER_ID, 0o640)
    place = folder(looking).stat()
    assert (place.st_uid, place.st_gid, stat.S_IMODE(place.st_mode)) == (0, BROKER_ID, 0o710)
    (folder(looking) / ".lock").unlink()
    redacted(looking)
    assert entry.stat() == os.stat_result(status)
    assert os.listdir(folder(looking)) == [entry.name]  # nobody had a reason to write


def test_a_poisoned_entry_is_not_believed_and_written_anew(looking: Akios) -> None:
    redacted(looking)
    (entry,) = entries(looking)
    good = entry.read_bytes()
    for poison in (good[:-1], good[:2000] + b"\0" + good[2001:], b"{}\n"):
        entry.write_bytes(poison)
        redacted(looking)
        assert entry.read_bytes() == good
    os.chown(entry, BROKER_ID, BROKER_ID)
    redacted(looking)
    assert entry.stat().st_uid == 0


@pytest.mark.parametrize("spoilt", ["somebody else's", "writable", "no folder"])
def test_a_folder_that_cannot_be_trusted_costs_time_only(looking: Akios, spoilt: str) -> None:
    place = folder(looking)
    place.parent.mkdir(parents=True)
    looking.state.chmod(0o700)
    if spoilt == "no folder":
        place.touch()
    else:
        place.mkdir()
        place.chmod(0o777 if spoilt == "writable" else 0o700)
        os.chown(place, BROKER_ID if spoilt == "somebody else's" else 0, 0)
    redacted(looking)
    assert spoilt == "no folder" or os.listdir(place) == []


def test_the_broker_can_neither_list_nor_write_them(looking: Akios) -> None:
    process = looking.start("--", "/bin/sleep", "30")
    broker = eventually(lambda: _broker_of(process.pid))
    seen = Path(f"/proc/{broker}/root/triggers")
    eventually(seen.exists)
    assert seen.stat().st_mode & 0o777 == 0o710
    with pytest.raises(OSError) as refused:  # not even root could, there
        (seen / "planted").touch()
    assert refused.value.errno == errno.EROFS
    ids = [line.split()[1:] for line in Path(f"/proc/{broker}/status").read_text().splitlines() if line[1:4] == "id:"]
    users, groups = (set(each) for each in ids[-2:])
    assert len(users) == 1
    assert broker_process.is_number(int(*users))
    assert groups == {str(BROKER_ID)}


def _broker_of(launcher: int) -> int | None:
    children = Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()
    for pid in children:
        if b"akios_jail.broker" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return int(pid)
    return None


def test_nothing_is_kept_for_a_policy_that_looks_for_nothing(akios: Akios) -> None:
    akios.allow("internal-crm.corp")
    assert akios.shell("true").status == 0
    assert os.listdir(folder(akios)) == []
