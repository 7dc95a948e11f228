"""A thousand crashes: writers and sequencers are killed at random moments under load, and nothing acknowledged is lost.

Afterwards every record that was ever acknowledged must be in the log, once and in its place, and the log must go on
from every checkpoint that was ever signed. How they die is in `crashes.py`.

In memory, where no disk sets the pace: what a killed process has written the kernel keeps anyway, and the more happens
between two deaths the better.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from akios_jail.audit import merkle, note
from akios_jail.audit.checkpoint import open_checkpoint
from akios_jail.audit.examine import examine
from akios_jail.audit.head import load
from akios_jail.audit.tiles import Tiles
from tests.audit.logs import log_in

CRASHES = 1000
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="akios-crashes-", dir="/dev/shm") as path:
        yield Path(path)


@pytest.mark.timeout(900)
def test_a_thousand_crashes_lose_nothing_that_was_acknowledged(folder: Path) -> None:
    audit = folder / "audit"
    audit.mkdir()
    command = [sys.executable, "-m", "tests.audit.crashes", str(folder), str(CRASHES)]
    done = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, timeout=850, check=True)
    came = json.loads(done.stdout)
    acknowledged: dict[str, int] = came["acknowledged"]
    signed = [checkpoint.encode() for checkpoint in came["signed"]]
    log_in(folder).recover()

    assert not os.listdir(audit / "journal")
    found = Counter[str]()
    size = load(str(audit)).tree.size
    for _, data in Tiles(audit).read(0, size):
        record = json.loads(data)
        found[record["session"]] += 1
        assert record["n"] == found[record["session"]], "once each, and in its order"
    lost = {session: (number, found[session]) for session, number in acknowledged.items() if found[session] < number}
    assert not lost, "acknowledged and not in the log"
    assert sum(acknowledged.values()) > CRASHES, "there was something to lose"

    key = (audit / "key").read_text().strip()
    assert examine(str(audit), key).intact
    hashes, now = Tiles(audit).hashes(size), Tiles(audit).root(size)
    older = {open_checkpoint(data, note.verifier(key))[0] for data in signed}
    assert len(older) > CRASHES / 10
    for old in older:
        merkle.verify_consistency(old.size, old.root, size, now, merkle.consistency(old.size, size, hashes))
