"""The reference implementation (golang.org/x/mod/sumdb) reads a log that was written here and agrees with all of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.audit.test_merkle import VECTORS
from tests.audit.trees import Log, files, records

GO = shutil.which("go") or "/usr/lib/go-1.19/bin/go"
#: Where Debian's golang-golang-x-mod-dev puts the reference implementation.
SOURCES = Path("/usr/share/gocode")

pytestmark = pytest.mark.skipif(
    not (os.access(GO, os.X_OK) and (SOURCES / "src/golang.org/x/mod/sumdb/tlog").is_dir()),
    reason="Go and golang-golang-x-mod-dev are not installed; vectors.json holds what they answer",
)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("go")
    surroundings = {**os.environ, "GO111MODULE": "off", "GOPATH": str(SOURCES), "GOCACHE": str(folder / "cache")}
    program = folder / "reference"
    source = Path(__file__).parent / "reference"
    subprocess.run([GO, "build", "-o", program, "."], cwd=source, env=surroundings, check=True, timeout=110)
    return program


def verified(reference: Path, log: Log) -> subprocess.CompletedProcess[str]:
    command = [str(reference), "verify", str(log.folder), log.signer.vkey]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_vectors_are_what_it_answers(reference: Path) -> None:
    answer = subprocess.run([reference, "vectors"], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(answer.stdout) == VECTORS


@pytest.mark.parametrize("sizes", [[1], [255], [256], [1, 2, 300, 301], [1000, 2000]])
def test_it_verifies_the_note_the_tiles_and_every_entry(reference: Path, tmp_path: Path, sizes: list[int]) -> None:
    log = Log(tmp_path)
    for size in sizes:
        log.grow(records(size - log.tree.size, start=log.tree.size + 1))
    result = verified(reference, log)
    assert result.stderr == ""
    assert result.stdout.split()[0] == str(sizes[-1])


def test_it_refuses_what_was_altered(reference: Path, tmp_path: Path) -> None:
    log = Log(tmp_path).grow(records(300))
    for path in [*files(tmp_path), tmp_path / "checkpoint"]:
        content = path.read_bytes()
        path.write_bytes(content[:20] + bytes([content[20] ^ 1]) + content[21:])
        assert verified(reference, log).returncode != 0, path
        path.write_bytes(content)
    assert verified(reference, log).returncode == 0
