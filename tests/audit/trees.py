"""Making whole logs for tests: entries in a tree on disk, committed and signed, as the writer leaves them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from akios_jail.audit import checkpoint, head
from akios_jail.audit.checkpoint import Checkpoint
from akios_jail.audit.durable import Writing
from akios_jail.audit.head import Head
from akios_jail.audit.note import Signer
from akios_jail.audit.tiles import NO_TREE, Tiles, Tree

POLICY = "ab" * 32


def record(n: int, session: str = "ses_test", **fields: object) -> bytes:
    """The bytes of one record, as an entry of the log."""
    document = {"time": "2026-01-31T12:00:00.250Z", "session": session, "n": n, "type": "verdict"}
    return json.dumps({**document, "policy_sha256": POLICY, **fields}, separators=(",", ":")).encode()


def records(count: int, session: str = "ses_test", start: int = 1) -> list[bytes]:
    return [record(n, session, decision="allow", host=f"h{n}.example") for n in range(start, start + count)]


class Log:
    """A log in a folder. It grows by `grow`, and every growth is committed and signed."""

    def __init__(self, folder: Path, signer: Signer | None = None) -> None:
        self.folder = folder
        self.signer = signer or Signer.generate("log.example/test")
        self.tree: Tree = NO_TREE
        self.entries: list[bytes] = []
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "key").write_text(self.signer.vkey + "\n")
        self.commit()

    def grow(self, entries: Sequence[bytes]) -> Log:
        tiles = Tiles(self.folder)
        old, self.tree = self.tree, tiles.append(self.tree, entries)
        self.commit()
        tiles.tidy(old.size, self.tree.size)
        self.entries += entries
        return self

    def commit(self) -> None:
        writing = Writing(str(self.folder))
        writing.write("head.json", head.encode(Head(self.tree, 0, {})))
        writing.write("checkpoint", self.signed())
        writing.settle()

    def signed(self) -> bytes:
        """The checkpoint of the tree as it is."""
        return checkpoint.sign(Checkpoint(self.signer.name, *self.tree), self.signer)


def files(folder: Path) -> list[Path]:
    """All files of a log that hold its tree."""
    return sorted(path for path in (folder / "tile").rglob("*") if path.is_file())
