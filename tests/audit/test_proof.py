from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.audit import leaf, proof
from akios_jail.audit.merkle import BadProof
from akios_jail.audit.note import BadNote, Signer
from akios_jail.audit.proof import BadFormat, Proof, Proven
from akios_jail.audit.tiles import Tiles
from tests.audit.trees import Log, record, records


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return Log(tmp_path_factory.mktemp("log")).grow(records(11))


def proven(log: Log, index: int) -> Proof:
    hashes = Tiles(log.folder).hashes(log.tree.size)
    return proof.prove(index, log.tree.size, log.entries[index], hashes, log.signed())


def test_a_proof_is_the_text_of_the_specification(log: Log) -> None:
    made = proven(log, 6)
    lines = made.text.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1] == "extra " + base64.b64encode(log.entries[6]).decode()
    assert lines[2] == "index 6"
    assert [base64.b64decode(line) for line in lines[3:7]] == list(made.path)
    assert lines[7] == ""
    assert "\n".join(lines[8:]).encode() == log.signed()


@pytest.mark.parametrize("index", range(11))
def test_a_proof_is_checked_with_the_public_key_alone(log: Log, index: int) -> None:
    result = checked(proven(log, index).text.encode(), log)
    assert (result.index, result.entry, result.checkpoint.size) == (index, log.entries[index], 11)


def test_a_proof_of_the_only_entry_has_no_path(tmp_path: Path) -> None:
    one = Log(tmp_path).grow(records(1))
    made = proven(one, 0)
    assert made.path == ()
    proof.check(proof.parse(made.text.encode()), one.entries[0], one.signer.verifier)


def test_a_proof_proves_nothing_else(log: Log) -> None:
    made = proven(log, 6)
    with pytest.raises(BadProof):
        proof.check(made, log.entries[7], log.signer.verifier)
    with pytest.raises(BadProof):
        proof.check(Proof(7, made.path, made.signed), log.entries[6], log.signer.verifier)
    with pytest.raises(BadNote):
        proof.check(made, log.entries[6], Signer.generate(log.signer.name).verifier)


def checked(text: bytes, log: Log) -> Proven:
    read = proof.parse(text)
    return proof.check(read, read.extra, log.signer.verifier)


@given(data=st.data())
def test_any_flipped_bit_of_a_proof_is_refused(log: Log, data: st.DataObject) -> None:
    text = bytearray(proven(log, 6).text.encode())
    text[data.draw(st.integers(0, len(text) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((BadFormat, BadProof, BadNote)):
        checked(bytes(text), log)


def without(word: str) -> Callable[[str], str]:
    return lambda text: "\n".join(line for line in text.split("\n") if not line.startswith(word))


@pytest.mark.parametrize(
    "change",
    [
        without("c2sp"),
        without("index"),
        lambda text: text.replace("index 6", "index 06"),
        lambda text: text.replace("index 6", "index -6"),
        lambda text: text.replace("index 6", "index " + "9" * 20),
        lambda text: text.replace("index 6", "index \u0666"),
        lambda text: text.replace("extra ", "extra !"),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text.replace("index 6", "index 6\nAAAA"),
        lambda text: text.replace("index 6", "index 6" + f"\n{base64.b64encode(bytes(32)).decode()}" * 64),
        lambda text: "",
        lambda text: "c2sp.org/tlog-proof@v1",
        lambda text: text + "x" * proof.MAX_PROOF,
    ],
)
def test_what_is_no_proof_is_refused(log: Log, change: Callable[[str], str]) -> None:
    with pytest.raises(BadFormat):
        proof.parse(change(proven(log, 6).text).encode())


def test_a_record_is_read_with_its_own_parts_and_its_fields() -> None:
    read = leaf.decode(record(7, "ses_a", host="h.example"))
    assert (read.session, read.n, read.type, read.fields["host"]) == ("ses_a", 7, "verdict", "h.example")


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"{}",
        b"\xff",
        '{"é":1}'.encode(),
        b"[" * 60_000,
        record(1).replace(b'"n":1', b'"n":0'),
        record(1).replace(b'"n":1', b'"n":true'),
        record(1).replace(b'"n":1', b'"n":"1"'),
        record(1).replace(b'"n":1', b'"n":' + b"9" * 5000),
        record(1).replace(b'"type":"verdict"', b'"type":null'),
        record(1, x="y").replace(b'"y"', b"NaN"),
        record(1, x="y" * 65_536),
    ],
)
def test_what_is_no_record_is_refused(entry: bytes) -> None:
    with pytest.raises(leaf.Malformed):
        leaf.decode(entry)
