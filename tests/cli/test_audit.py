from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from akios_jail.audit import bundle, cosignature, note
from akios_jail.audit.note import Signer
from akios_jail.cli.main import run
from tests.audit.trees import Log, record, records

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder whose log has a key of its own."""
    assert run(["audit", "init", "--origin", "log.example/test", "--state-dir", str(tmp_path / "state")]) == 0
    return tmp_path / "state"


@pytest.fixture
def log(state: Path, capsys: Capture) -> Log:
    capsys.readouterr()
    signer = Signer.load((state / "keys/audit.pem").read_bytes(), "log.example/test")
    return Log(state / "audit", signer).grow(records(30))


def here(log: Log) -> list[str]:
    return ["--state-dir", str(log.folder.parent)]


def alter(log: Log, place: int) -> None:
    path = log.folder / bundle.tile_path("entries", 0, len(log.entries))
    path.write_bytes(path.read_bytes().replace(b"h%d.example" % (place + 1), b"H%d.example" % (place + 1)))


def test_init_prints_the_public_key_and_a_second_time_the_same(tmp_path: Path, capsys: Capture) -> None:
    command = ["audit", "init", "--state-dir", str(tmp_path / "state"), "--origin", "log.example/x"]
    assert run(command) == 0
    line = capsys.readouterr().out.strip()
    assert note.verifier(line).name == "log.example/x"
    assert run(command[:-2]) == 0
    assert capsys.readouterr().out.strip() == line
    assert (tmp_path / "state/keys/audit.pem").stat().st_mode & 0o777 == 0o600
    assert run([*command[:-1], "log.example/other"]) == 1
    assert "is called log.example/x already" in capsys.readouterr().err
    assert run([*command[:-1], "two words"]) == 2


def test_a_log_without_records_is_intact_and_says_so(state: Path, capsys: Capture) -> None:
    assert run(["audit", "verify", "--state-dir", str(state)]) == 0
    assert "there is no record yet" in capsys.readouterr().out
    assert run(["audit", "tail", "--state-dir", str(state)]) == 0
    assert run(["audit", "export", "--state-dir", str(state)]) == 0


def test_a_whole_log_is_status_0_and_says_where_its_key_is_from(log: Log, capsys: Capture) -> None:
    assert run(["audit", "verify", *here(log)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"intact: 30 records in {log.folder}")
    assert "taken from the log's own folder" in out
    assert run(["audit", "verify", *here(log), "--key", log.signer.vkey]) == 0
    assert "taken from" not in capsys.readouterr().out


def test_a_copied_folder_is_verified_with_the_public_key_alone_and_not_changed(
    log: Log, tmp_path: Path, capsys: Capture
) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copytree(log.folder / "tile", copy / "tile")
    shutil.copy(log.folder / "checkpoint", copy)
    before = {path: path.stat().st_mtime_ns for path in [copy, *copy.rglob("*")]}
    assert run(["audit", "verify", str(copy), "--key", log.signer.vkey]) == 0
    assert {path: path.stat().st_mtime_ns for path in [copy, *copy.rglob("*")]} == before
    assert run(["audit", "verify", str(copy)]) == 1
    assert "with --key" in capsys.readouterr().err
    assert run(["audit", "verify", str(copy), "--key", Signer.generate("log.example/test").vkey]) == 1
    assert run(["audit", "export", "--log", str(copy)]) == 0
    assert run(["audit", "proof", "7", "--log", str(copy), "--key", log.signer.vkey]) == 0
    (copy / "key").write_text("damaged")
    assert run(["audit", "verify", str(copy)]) == 1
    assert "give the log's public key with --key" in capsys.readouterr().err


def test_a_damaged_log_is_status_1_and_names_the_record(log: Log, capsys: Capture) -> None:
    alter(log, 7)
    assert run(["audit", "verify", *here(log)]) == 1
    assert "altered: tile/entries/000.p/30: entry 7 was altered" in capsys.readouterr().out


def test_the_verdict_on_a_log_can_be_read_by_a_program(log: Log, capsys: Capture) -> None:
    alter(log, 7)
    assert run(["audit", "verify", *here(log), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["intact"] is False
    assert document["size"] == 30
    assert [(each["kind"], each["first_entry"], each["last_entry"]) for each in document["damages"]] == [
        ("altered", 7, 7)
    ]


def test_an_older_checkpoint_or_a_report_that_holds_one_must_be_gone_on_from(
    log: Log, tmp_path: Path, capsys: Capture
) -> None:
    assert run(["audit", "checkpoint", *here(log)]) == 0
    text = capsys.readouterr().out
    assert text.encode() == log.signed()
    (tmp_path / "old").write_text(text)
    (tmp_path / "report.json").write_text(json.dumps({"audit": {"checkpoint": text}}))
    log.grow(records(300, start=31))
    for name in ("old", "report.json"):
        assert run(["audit", "verify", *here(log), "--from", str(tmp_path / name), "--new"]) == 0
        out = capsys.readouterr().out
        assert "goes on from  the checkpoint of 30 records" in out
        assert "records 30 to 329" in out
    anew = Log(tmp_path / "anew", log.signer).grow([record(1, "ses_x"), *records(329)])
    assert run(["audit", "verify", str(anew.folder), "--from", str(tmp_path / "old")]) == 1
    assert "does not go on from the older checkpoint of 30 entries" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--new"], "give it with --from"),
        (["--key", "x"], "--key: a verifier key looks like"),
        (["--witness", "x"], "--witness: a verifier key looks like"),
        (["--quorum", "1"], "1 of 0 witnesses"),
        (["--log", "x", "y"], "name the log once"),
    ],
)
def test_bad_usage_says_what_to_do(arguments: list[str], words: str, log: Log, capsys: Capture) -> None:
    assert run(["audit", "verify", *([] if "y" in arguments else here(log)), *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_file_without_a_checkpoint_is_none(log: Log, tmp_path: Path, capsys: Capture) -> None:
    for content in ('{"audit": {}}', "{", '{"audit": {"checkpoint": 5}}'):
        (tmp_path / "report.json").write_text(content)
        assert run(["audit", "verify", *here(log), "--from", str(tmp_path / "report.json")]) == 2
        assert "neither a checkpoint nor a run report" in capsys.readouterr().err
    (tmp_path / "text").write_text("hello")
    assert run(["audit", "verify", *here(log), "--from", str(tmp_path / "text")]) == 1
    assert "the older checkpoint does not hold" in capsys.readouterr().out


def test_a_log_that_is_not_there_is_said_so(tmp_path: Path, capsys: Capture) -> None:
    for command in ("verify", "tail", "export", "checkpoint", "recover"):
        assert run(["audit", command, "--state-dir", str(tmp_path)]) == 1
        assert f"no audit log at {tmp_path}/audit" in capsys.readouterr().err


def test_a_proof_is_made_and_checked_offline(log: Log, tmp_path: Path, capsys: Capture) -> None:
    proof = tmp_path / "7.tlog-proof"
    assert run(["audit", "proof", "7", *here(log), "-o", str(proof)]) == 0
    assert run(["audit", "proof", "7", *here(log)]) == 0
    assert capsys.readouterr().out == proof.read_text()
    shutil.rmtree(log.folder)
    check = ["audit", "verify-proof", str(proof), "--key", log.signer.vkey]
    assert run(check) == 0
    out = capsys.readouterr().out
    assert out.startswith("proven: this is record 7 of the log log.example/test")
    assert log.entries[7].decode() in out
    assert run([*check, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["record"] == log.entries[7].decode()
    (tmp_path / "other").write_bytes(log.entries[8])
    assert run([*check, "--entry", str(tmp_path / "other")]) == 1
    assert capsys.readouterr().out.startswith("not proven: leaf 7 with this content is not in the tree")
    assert run([*check[:-1], Signer.generate("log.example/test").vkey, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["proven"] is False
    witness = Signer.generate("witness.example/w1")
    vkey = cosignature.Witness(*witness.verifier).vkey
    assert run([*check, "--witness", vkey]) == 1
    assert "0 of the witnesses cosigned" in capsys.readouterr().out


def test_there_is_no_proof_of_what_is_not_there_or_damaged(log: Log, capsys: Capture) -> None:
    assert run(["audit", "proof", "30", *here(log)]) == 1
    assert "the last one is 29" in capsys.readouterr().err
    alter(log, 7)
    assert run(["audit", "proof", "7", *here(log)]) == 1
    assert "there is no proof" in capsys.readouterr().err


def test_cosignatures_are_added_and_demanded(log: Log, tmp_path: Path, capsys: Capture) -> None:
    witness = Signer.generate("witness.example/w1")
    vkey = cosignature.Witness(*witness.verifier).vkey
    read = note.parse(log.signed())
    line = cosignature.cosign(read.text, witness, 1_679_315_147)
    (tmp_path / "cosigned").write_bytes(note.compose(read.text, [*read.signatures, line]))
    demand = ["audit", "verify", *here(log), "--witness", vkey]
    assert run(demand) == 1
    assert "unwitnessed" in capsys.readouterr().out
    add = ["audit", "checkpoint", *here(log), "--add", str(tmp_path / "cosigned")]
    assert run(add) == 2
    assert run([*add, "--witness", vkey]) == 0
    assert "added: witness.example/w1 at 2023-03-20T12:25:47Z" in capsys.readouterr().err
    assert run(demand) == 0
    assert "cosigned by  witness.example/w1 at 2023-03-20T12:25:47Z (1 of 1)" in capsys.readouterr().out
    assert run(["audit", "checkpoint", *here(log), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["signatures"] == ["log.example/test", "witness.example/w1"]
    log.grow([record(31)])
    assert run([*add, "--witness", vkey]) == 1
    assert "of another checkpoint" in capsys.readouterr().err


def test_tail_shows_the_last_records_in_order(log: Log, capsys: Capture) -> None:
    log.grow(records(500, start=31))
    for count in (3, 300):
        assert run(["audit", "tail", *here(log), "-n", str(count)]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [int(line.split()[0]) for line in lines] == list(range(530 - count, 530))
    assert "host=h530.example" in lines[-1]


def test_tail_gives_the_records_to_a_program(log: Log, capsys: Capture) -> None:
    assert run(["audit", "tail", *here(log), "--json", "-n", "100"]) == 0
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [document.pop("index") for document in documents] == list(range(30))
    assert documents == [json.loads(entry) for entry in log.entries]


def test_tail_shows_one_session(log: Log, capsys: Capture) -> None:
    log.grow([record(1, "ses_other"), *records(400, start=31)])
    assert run(["audit", "tail", *here(log), "--session", "ses_other"]) == 0
    assert capsys.readouterr().out.split()[0] == "30"
    assert run(["audit", "tail", *here(log), "--session", "ses_none\x1b"]) == 0
    assert "no record of the session ses_none\\x1b" in capsys.readouterr().err


def test_tail_shows_damage_as_damage_and_nothing_that_moves_a_terminal(log: Log, capsys: Capture) -> None:
    log.grow([record(31, reason="\x1b[2J\nforged line\u202e")])
    alter(log, 7)
    path = log.folder / bundle.tile_path("entries", 0, 31)
    path.write_bytes(path.read_bytes().replace(b"h30.example", b"H30.example"))
    assert run(["audit", "tail", *here(log), "-n", "2"]) == 0
    damaged, hostile = capsys.readouterr().out.splitlines()
    assert "a damaged record" in damaged
    assert "\x1b" not in hostile
    assert "\u202e" not in hostile


def test_tail_follows_what_is_recorded(log: Log) -> None:
    command = [sys.executable, "-m", "akios_jail", "audit", "tail", *here(log), "-f", "-n", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().split()[0] == "29"
            log.grow([record(31)])
            assert process.stdout.readline().split()[0] == "30"
            log.grow(records(300, start=32))
            assert [process.stdout.readline().split()[0] for _ in range(300)] == [str(n) for n in range(31, 331)]
        finally:
            process.terminate()


def test_export_gives_every_record_once_and_names_damaged_ones(log: Log, capsys: Capture) -> None:
    log.grow(records(500, start=31))
    assert run(["audit", "export", *here(log)]) == 0
    assert [json.loads(line)["index"] for line in capsys.readouterr().out.splitlines()] == list(range(530))
    assert run(["audit", "export", *here(log), "--start", "527", "--format", "cef"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("CEF:0|AKIOS|jail|") for line in lines)
    path = log.folder / bundle.tile_path("entries", 0)
    path.write_bytes(path.read_bytes().replace(b"h7.example", b"H7.example"))
    assert run(["audit", "export", *here(log), "--format", "ocsf"]) == 1
    seen = capsys.readouterr()
    assert len(seen.out.splitlines()) == 529
    assert "record 6 is damaged" in seen.err


def test_export_takes_a_session_and_a_time(log: Log, capsys: Capture) -> None:
    log.grow([record(1, "ses_other")])
    assert run(["audit", "export", *here(log), "--session", "ses_other"]) == 0
    assert json.loads(capsys.readouterr().out)["index"] == 30
    assert run(["audit", "export", *here(log), "--since", "2026-02-01"]) == 0
    assert capsys.readouterr().out == ""
    assert run(["audit", "export", *here(log), "--since", "yesterday"]) == 2


def test_pruning_leaves_a_log_that_verifies_and_says_what_is_gone(log: Log, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "old").write_bytes(log.signed())
    log.grow(records(1000, start=31))
    assert run(["audit", "prune", *here(log), "--keep", "300", "--dry-run"]) == 0
    assert "would remove: 512 records (0 to 511)" in capsys.readouterr().out
    assert run(["audit", "verify", *here(log)]) == 0
    assert run(["audit", "prune", *here(log), "--keep", "300"]) == 0
    capsys.readouterr()
    assert run(["audit", "verify", *here(log), "--from", str(tmp_path / "old")]) == 0
    out = capsys.readouterr().out
    assert "intact: 1031 records" in out
    assert "records below 512 were removed" in out
    assert run(["audit", "proof", "511", *here(log)]) == 1
    assert "were removed from this log" in capsys.readouterr().err
    assert run(["audit", "proof", "512", *here(log)]) == 0
    assert run(["audit", "tail", *here(log), "-n", "1000", "--json"]) == 0
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"index')]
    assert [document["index"] for document in documents] == list(range(512, 1031))
    assert documents[-1]["type"] == "log.pruned"
    assert documents[-1]["by"].startswith(f"uid {os.getuid()}")
    assert run(["audit", "prune", *here(log), "--before", "2026-01-01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["removed"] == 0
    assert run(["audit", "prune", *here(log), "--before", "2027-01-01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["before"] == 1024
    assert run(["audit", "verify", *here(log), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pruned_before"] == 1024
    for arguments in ([], ["--keep", "1", "--before", "2026-01-01"], ["--before", "someday"]):
        assert run(["audit", "prune", *here(log), *arguments]) == 2


def test_recovering_where_nothing_died_changes_nothing(log: Log, capsys: Capture) -> None:
    assert run(["audit", "recover", *here(log)]) == 0
    assert "nothing to recover" in capsys.readouterr().out
    assert run(["audit", "verify", *here(log)]) == 0


def test_what_a_dead_session_left_is_said_and_recovered(log: Log, capsys: Capture) -> None:
    left(log, "ses_dead", 3)
    assert run(["audit", "verify", *here(log)]) == 0
    assert "3 records of the session ses_dead wait in the journal" in capsys.readouterr().out
    assert run(["audit", "recover", *here(log)]) == 0
    assert capsys.readouterr().out == "recovered: ses_dead\n"
    assert run(["audit", "verify", *here(log), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["size"] == 30 + 3 + 1
    assert document["notices"] == []


def test_an_altered_journal_is_named(log: Log, capsys: Capture) -> None:
    path = left(log, "ses_dead", 3)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        status = run(["audit", "verify", *here(log), "--json"])
        (damage,) = json.loads(capsys.readouterr().out)["damages"] or [None]
        last_newline = place == len(whole) - 1  # what is left then is a line that was not finished
        assert (status, damage is None) == ((0, True) if last_newline else (1, False)), place
        if damage is not None:
            assert damage["file"] == "journal/ses_dead"
            number = whole[:place].count(b"\n") + 1
            assert f"record {number} was altered" in damage["what"]


def left(log: Log, session: str, count: int) -> Path:
    """The journal that a session leaves that dies."""
    from akios_jail.audit.journal import Journal

    path = log.folder / "journal" / session
    path.parent.mkdir(mode=0o700, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        journal = Journal(fd, time.time)
        for number in range(count):
            journal.append("verdict", session, {"policy_sha256": "ab" * 32, "number": number})
    finally:
        os.close(fd)
    return path
