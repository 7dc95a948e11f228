"""Is this log what it says it is? Reads a folder, which may have come from anybody, and changes nothing in it.

What can be shown with the public key alone: that the checkpoint was signed by the log; that every entry is the one that
was signed, in its place, and if not, which is not; that nothing is missing within a session. With an older checkpoint:
that the log's past was not rewritten since, whoever holds the key. With the cosignatures of witnesses: that they saw
this very log.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from typing import NamedTuple

from akios_jail.audit import checkpoint, cosignature, head, merkle, note
from akios_jail.audit.bundle import ENTRIES, WIDTH, tile_path
from akios_jail.audit.checkpoint import Checkpoint
from akios_jail.audit.cosignature import Seen, Witness
from akios_jail.audit.damage import NO_ENTRIES, Damage
from akios_jail.audit.head import Head
from akios_jail.audit.merkle import BadProof
from akios_jail.audit.note import BadKey, BadNote, Verifier
from akios_jail.audit.numbers import Numbers
from akios_jail.audit.tiles import NO_TREE, DamagedTile, MissingTile, Tiles, Tree, read_file
from akios_jail.audit.waiting import waiting
from akios_jail.audit.walk import Walk

#: The public key's file in the log's folder, and most bytes of it.
KEY, _MAX_KEY = "key", 4096


class NoLog(Exception):
    """There is nothing that could be examined. The text says what is lacking, and what to do."""


class Examination(NamedTuple):
    """The outcome. `read`: the entries that were read; `pruned`: entries below it were removed, as the log records.

    `seen`: the witnesses whose cosignatures hold. `since`: sizes of the older checkpoints that it goes on from.
    """

    origin: str
    vkey: str
    key_from_folder: bool
    tree: Tree
    read: range
    pruned: int
    seen: tuple[Seen, ...]
    since: tuple[int, ...]
    damages: tuple[Damage, ...]
    notices: tuple[str, ...]

    @property
    def intact(self) -> bool:
        return not self.damages


def find_key(folder: str, given: str | None) -> tuple[Verifier, bool]:
    """The log's public key: as given (a line `name+hash+base64`), or else as it lies in the folder, which says less.

    `note.BadKey` if what was given is none, `NoLog` if there is none that can be used.
    """
    if given is not None:
        return note.verifier(given), False
    try:
        return note.verifier(read_file(folder, KEY, _MAX_KEY).decode("ascii")), True
    except MissingTile:
        raise NoLog(f"{folder} holds no key: give the log's public key with --key") from None
    except (DamagedTile, UnicodeDecodeError, BadKey) as error:
        raise NoLog(f"the key in {folder} is damaged ({error}): give the log's public key with --key") from error


def examine(
    folder: str,
    key: str | None = None,
    older: Sequence[bytes] = (),
    witnesses: Sequence[Witness] = (),
    quorum: int = 0,
    only_new: bool = False,
) -> Examination:
    """Examine the log in `folder`. `NoLog` and `note.BadKey` if that cannot be done.

    `older`: checkpoints that this log once signed; it must go on from each. `only_new`: do not read what the newest of
    them already vouches for. `quorum`: of so many of the `witnesses` there must be cosignatures.
    """
    log, from_folder = find_key(folder, key)
    damages: list[Damage] = []
    notices: list[str] = []
    if not from_folder:
        _compare_key(folder, log, damages)
    # The checkpoint first: what is committed is never behind it, also while the log is being written to.
    tree, signed, trouble = _signed_tree(folder, log)
    committed = _committed(folder, damages)
    if trouble is not None and trouble.kind == "missing" and committed is None and not _holds_tiles(folder):
        notices.append("there is no record yet")
    elif trouble is not None:
        damages.append(trouble)
    if committed is not None and signed is None:
        tree = committed.tree  # nothing vouches for it, and yet it may help to name what else is wrong
    elif committed is not None:
        _compare(committed, tree, damages, notices)
    _journals(folder, committed, damages, notices)
    if committed is None or committed.tree.size <= tree.size:
        _beyond(folder, tree.size, notices)
    seen = _witnessed(signed, witnesses, quorum, damages)
    since: list[int] = []
    for data in older:
        size = _goes_on(Tiles(folder), tree, data, log, damages)
        since += [size] if size is not None else []
    start = min(max(since, default=0), tree.size) if only_new else 0
    numbers = Numbers(whole=start == 0)
    walk = Walk(Tiles(folder), tree, _Feeding(numbers).entry, start)
    walk.run()
    damages += walk.damages
    for gone in walk.absent:
        damages += _absent(gone, numbers.pruned, tree.size)
    if walk.forged or not walk.damages:
        damages += numbers.damages
    pruned = max((gone.stop for gone in walk.absent if gone.stop <= numbers.pruned), default=0)
    read = range(start, tree.size)
    return Examination(
        log.name, log.vkey, from_folder, tree, read, pruned, tuple(seen), tuple(since), tuple(damages), tuple(notices)
    )


class _Feeding:
    """Gives entries to `Numbers`, and tells it where some are missing."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._next = 0

    def entry(self, index: int, data: bytes) -> None:
        if index != self._next:
            self._numbers.missing()
        self._next = index + 1
        self._numbers.entry(index, data)


def _compare_key(folder: str, log: Verifier, damages: list[Damage]) -> None:
    """The key in the folder, if there is one, must be the one that was given."""
    try:
        same = read_file(folder, KEY, _MAX_KEY).decode("ascii", "replace").strip() == log.vkey
    except MissingTile:
        return
    except DamagedTile as trouble:
        damages.append(Damage("altered", KEY, NO_ENTRIES, trouble.what))
        return
    if not same:
        damages.append(Damage("altered", KEY, NO_ENTRIES, "it is not the key that was given to verify with"))


def _beyond(folder: str, size: int, notices: list[str]) -> None:
    """Entries behind the signed ones: what a crash left, what is being written just now, or what a cut left over."""
    index, width = divmod(size, WIDTH)
    full = os.path.join(folder, tile_path(ENTRIES, index))
    try:
        widths = [int(name) for name in os.listdir(full + ".p") if name.isascii() and name.isdigit() and len(name) < 4]
    except (FileNotFoundError, NotADirectoryError):
        widths = []
    behind = os.path.join(folder, tile_path(ENTRIES, index + 1))
    if any(map(os.path.lexists, (full, behind, behind + ".p"))) or max(widths, default=0) > width:
        notices.append(
            f"entries stand behind the {size} that are signed for: they are being written, a crash left them, "
            "or an older checkpoint was put back (compare with a newer one by --from)"
        )


def _holds_tiles(folder: str) -> bool:
    return os.path.lexists(os.path.join(folder, "tile"))


def _signed_tree(folder: str, log: Verifier) -> tuple[Tree, note.Note | None, Damage | None]:
    """The tree that the checkpoint is of, and its note; an empty one, and what is wrong, if that is no good."""
    name = checkpoint.NAME
    try:
        last, signed = checkpoint.open_checkpoint(read_file(folder, name, note.MAX_NOTE), log)
    except MissingTile:
        damage = Damage("missing", name, NO_ENTRIES, "there is no checkpoint, so nothing vouches for this log")
    except DamagedTile as trouble:
        damage = Damage("altered", name, NO_ENTRIES, trouble.what)
    except BadNote as error:
        damage = Damage("altered", name, NO_ENTRIES, str(error))
    else:
        return Tree(last.size, last.root), signed, None
    return NO_TREE, None, damage


def _committed(folder: str, damages: list[Damage]) -> Head | None:
    """What `head.json` says; None if it is not there (a copy without it serves as well), or says nothing."""
    try:
        found = head.load(folder)
    except DamagedTile as trouble:
        damages.append(Damage("altered", trouble.path, NO_ENTRIES, trouble.what))
        return None
    return None if found == head.NO_HEAD else found


def _compare(committed: Head, tree: Tree, damages: list[Damage], notices: list[str]) -> None:
    """What is committed must be what is signed, or a little more."""
    known = committed.tree
    if known.size < tree.size:
        what = f"it says that {known.size} entries are committed, and {tree.size} are signed for"
        damages.append(Damage("altered", head.NAME, NO_ENTRIES, what))
    elif known.size == tree.size and known.root != tree.root:
        damages.append(Damage("altered", head.NAME, NO_ENTRIES, "its root is not the signed one"))
    elif known.size > tree.size:
        notices.append(f"{known.size - tree.size} entries are committed behind the checkpoint and not yet signed for")


def _journals(folder: str, committed: Head | None, damages: list[Damage], notices: list[str]) -> None:
    """What waits in journals: said, and checked."""
    found = waiting(folder, committed or head.NO_HEAD, damages)
    records = sum(each.records for each in found)
    if records:
        whose = f"the session {found[0].session}" if len(found) == 1 else f"{len(found)} sessions"
        notices.append(
            f"{records} records of {whose} wait in the journal and are not in the tree yet: "
            "a running session's come within seconds, a dead one's by `akios audit recover`"
        )


def _witnessed(
    signed: note.Note | None, witnesses: Sequence[Witness], quorum: int, damages: list[Damage]
) -> list[Seen]:
    try:
        seen = cosignature.seen_by(signed, witnesses) if signed is not None else []
    except BadNote as error:
        damages.append(Damage("altered", checkpoint.NAME, NO_ENTRIES, str(error)))
        return []
    if len(seen) < quorum:
        what = f"{len(seen)} of the witnesses cosigned it, and {quorum} must have"
        damages.append(Damage("unwitnessed", checkpoint.NAME, NO_ENTRIES, what))
    return seen


def _goes_on(tiles: Tiles, tree: Tree, data: bytes, log: Verifier, damages: list[Damage]) -> int | None:
    """The size of an older checkpoint that the tree goes on from; None, with the damage named, if it does not."""
    name = checkpoint.NAME
    try:
        old: Checkpoint = checkpoint.open_checkpoint(data, log)[0]
    except BadNote as error:
        damages.append(Damage("altered", name, NO_ENTRIES, f"the older checkpoint does not hold: {error}"))
        return None
    if old.size > tree.size:
        what = f"an older checkpoint is of {old.size} entries and this log has {tree.size}: its end was cut off"
        damages.append(Damage("truncated", name, range(tree.size, old.size), what))
        return None
    try:
        hashes = tiles.hashes(tree.size)
        proof = merkle.consistency(old.size, tree.size, hashes)
        merkle.verify_consistency(old.size, old.root, tree.size, tree.root, proof)
    except DamagedTile as trouble:
        what = f"whether the log goes on from {old.size} entries cannot be shown: {trouble}"
        damages.append(Damage("altered", trouble.path, NO_ENTRIES, what))
    except BadProof as error:
        shown = base64.b64encode(old.root).decode("ascii")
        what = f"the log does not go on from the older checkpoint of {old.size} entries (root {shown}): {error}"
        damages.append(Damage("forged", name, range(old.size), what))
    else:
        return old.size
    return None


def _absent(gone: range, pruned: int, size: int) -> list[Damage]:
    """What is wrong about bundles that are not there: nothing where the log itself records that they were pruned."""
    if gone.stop <= pruned:
        return []
    start = max(gone.start, pruned)
    kind = "truncated" if gone.stop == size else "dropped"
    span = range(start, gone.stop)
    what = (
        f"the bundles with entries {start} to {gone.stop - 1} are not there, and no record says that they were pruned"
    )
    return [Damage(kind, "tile/entries", span, what)]
