"""`head.json`: what the log has committed. Whatever else is on disk counts only as far as this file says.

{"size": 20852163, "root": "CsUYapGG…", "own": 3, "journals": {"ses_7f3a9bc21d04": {"entries": 41, "bytes": 20311,
 "chain": "9f86d081…", "done": false}}}

`own` counts the records of the log itself (those without a session). A journal is listed from its first entry in the
tree until its file is gone: what is already in the tree is never put in twice, whenever a crash comes.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NamedTuple

from akios_jail.audit.journal import Position
from akios_jail.audit.merkle import HASH, MAX_SIZE
from akios_jail.audit.tiles import NO_TREE, DamagedTile, MissingTile, Tree, read_file

#: The file's name in the log's folder.
NAME = "head.json"
#: Most bytes of it: some fifty thousand sessions at once.
_MOST = 8 * 1024 * 1024


class Progress(NamedTuple):
    """How far a journal is in the tree; `done`: it is there with all that it held, and its file may go."""

    position: Position
    done: bool


class Head(NamedTuple):
    """The committed tree, the number of the log's own records, and the journals that are not gone yet by session."""

    tree: Tree
    own: int
    journals: dict[str, Progress]


#: The head of a log before its first record.
NO_HEAD = Head(NO_TREE, 0, {})


def load(folder: str) -> Head:
    """The head of the log in `folder`; `DamagedTile` if it cannot be understood."""
    try:
        data = read_file(folder, NAME, _MOST)
    except MissingTile:
        return NO_HEAD
    try:
        return _head(json.loads(data))
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise DamagedTile(NAME, f"it cannot be understood ({type(error).__name__})") from error


def encode(head: Head) -> bytes:
    """The file that says `head`."""
    journals = {
        session: {
            "entries": progress.position.entries,
            "bytes": progress.position.size,
            "chain": progress.position.chain.hex(),
            "done": progress.done,
        }
        for session, progress in head.journals.items()
    }
    root = base64.b64encode(head.tree.root).decode("ascii")
    return json.dumps({"size": head.tree.size, "root": root, "own": head.own, "journals": journals}).encode() + b"\n"


def _head(document: dict[str, Any]) -> Head:
    try:
        root = base64.b64decode(document["root"], validate=True)
    except binascii.Error as error:
        raise ValueError("the root is not base64") from error
    if len(root) != HASH:
        raise ValueError("the root is no hash")
    journals = {str(session): _progress(told) for session, told in document["journals"].items()}
    return Head(Tree(_count(document["size"]), root), _count(document["own"]), journals)


def _progress(told: dict[str, Any]) -> Progress:
    chain = bytes.fromhex(told["chain"])
    if len(chain) != HASH or not isinstance(told["done"], bool):
        raise ValueError("a journal's chain is no hash")
    return Progress(Position(_count(told["entries"]), _count(told["bytes"]), chain), told["done"])


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_SIZE:
        raise ValueError("a number is out of its bounds")
    return value
