"""Where tiles stand in the log's folder, and how entries are framed in a bundle: names and bytes of C2SP tlog-tiles.

Pure. Every path is made of numbers that this program counted, never of anything read from a file.
"""

from __future__ import annotations

from collections.abc import Sequence

#: Hashes in a full tile, entries in a full bundle.
WIDTH = 256
#: Longest entry in bytes: what its 16-bit length can say.
MAX_ENTRY = 0xFFFF
#: Most bytes of a bundle.
MAX_BUNDLE = WIDTH * (2 + MAX_ENTRY)
#: The pseudo-level under which entry bundles stand.
ENTRIES = "entries"


class Framing(ValueError):
    """Bytes that are no entry bundle. The text says where it breaks off."""


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """`tile/0/x001/x234/067` and, for fewer than 256 hashes, `tile/0/x001/x234/067.p/12`; `level` may be `ENTRIES`."""
    if index < 0 or not 0 < width <= WIDTH:
        raise ValueError(f"there is no tile {index} of {width} hashes")
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03d}")
    return f"tile/{level}/{'/'.join(reversed(parts))}" + (f".p/{width}" if width < WIDTH else "")


def frame(entries: Sequence[bytes]) -> bytes:
    """The bundle of `entries`: each behind its length, 16 bits, the higher byte first."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise ValueError(f"an entry of {len(entry)} bytes is over the limit of {MAX_ENTRY}")
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def unframe(data: bytes, count: int) -> list[bytes]:
    """The entries of a bundle that must hold exactly `count`; `Framing` if its bytes are anything else."""
    entries: list[bytes] = []
    place = 0
    while place < len(data):
        if len(entries) == count:
            raise Framing(f"{len(data) - place} bytes stand behind its {count} entries")
        start = place + 2
        place = start + int.from_bytes(data[place:start], "big")
        if place > len(data) or start > len(data):
            raise Framing(f"it ends within the entry at place {len(entries)} of {count}")
        entries.append(data[start:place])
    if len(entries) < count:
        raise Framing(f"it holds {len(entries)} entries, not {count}")
    return entries
