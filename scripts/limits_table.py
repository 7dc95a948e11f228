"""Puts the broker's limits into docs/limits.md, between two marks. Run by `scripts/docs`; a test compares."""

from __future__ import annotations

from pathlib import Path

from akios_jail.broker.limits import ALL

PAGE = Path(__file__).parents[1] / "docs" / "limits.md"
BEGIN = "<!-- broker limits: written by scripts/docs from akios_jail/broker/limits.py -->\n"
END = "<!-- end of broker limits -->\n"


def table() -> str:
    """The limits as a Markdown table, in the order in which the module lists them."""
    rows = [f"| {limit.what} | {_amount(limit.value, limit.unit)} | {limit.then} |\n" for limit in ALL]
    return "".join(["| what | bound | at the limit |\n|---|---|---|\n", *rows])


def _amount(value: int, unit: str) -> str:
    if unit == "bytes":
        for size, name in ((1024 * 1024, "MiB"), (1024, "KiB")):
            if value % size == 0:
                return f"{value // size} {name}"
    return f"{value:,} {unit}"


def page(text: str) -> str:
    """`text` with the table between the marks replaced by the present one."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
