"""Standard output as commands print to it: in any locale, and an error of its own is told as its own."""

from __future__ import annotations

import codecs
import io
import sys
from typing import Final

from akios_jail.cli.failures import told_of

_ESCAPE: Final = "akios.escape"
_NAME: Final = "standard output"


class _Stdout(io.TextIOWrapper):
    """The system's errors name no file where a descriptor is written to."""

    def write(self, text: str) -> int:
        with told_of(_NAME):
            return super().write(text)

    def flush(self) -> None:
        with told_of(_NAME):
            super().flush()


def prepare() -> None:
    """No locale, and no name of a file that is in no encoding, keeps a command from saying what it has to say."""
    codecs.register_error(_ESCAPE, _escaped)
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors=_ESCAPE)
    found = sys.stdout
    if isinstance(found, io.TextIOWrapper):
        encoding, by_line, at_once = found.encoding, found.line_buffering, found.write_through
        sys.stdout = _Stdout(found.detach(), encoding, _ESCAPE, None, by_line, at_once)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    r"""What an encoding has no bytes for, as JSON has it and people can read it: ✓ as \u2713."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in zip(units[::2], units[1::2], strict=True)), error.end
