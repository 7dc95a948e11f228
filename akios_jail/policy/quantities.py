"""Money, sizes, durations and CPUs as people write them, and the exact numbers that decide.

Every function takes what the YAML reader gives (text, `int` or `Decimal`; never a float) and raises `ValueError` with a
sentence that says what to write instead.
"""

from __future__ import annotations

import re
from decimal import Decimal

MICRO = 1_000_000

#: Far above any sensible policy, far below what overflows a kernel interface (a signed 64-bit number).
MAX_BYTES = 1 << 50
MAX_SECONDS = 366 * 86400
MAX_MICROUSD = 10**15  # a billion dollars

_MONEY = re.compile(r"\$?\s*([0-9]{1,12})(?:\.([0-9]{1,12}))?")
_SIZE = re.compile(r"([0-9]{1,16}(?:\.[0-9]{1,6})?)\s*([A-Za-z]*)")
_DURATION = re.compile(r"(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,8})m)?(?:([0-9]{1,10}(?:\.[0-9]{1,6})?)s)?")

_UNITS = {"B": 1, "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4}
_UNITS |= {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
_UNITS |= {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40}  # as in Kubernetes


def text_of(value: object) -> str:
    """The scalar as text again; `ValueError` for a list, a mapping, a boolean or nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(f"expected a number or a text, found {name_of(value)}")
    if isinstance(value, Decimal) and abs(value.adjusted()) <= 20:
        return f"{value:f}"  # 0.0000001, where str() would write 1E-7
    return str(value).strip()


def name_of(value: object) -> str:
    """What a person calls this value: `a list`, `true`, `the number 5`."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {value!r}" if len(value) <= 40 else "a long text"
    return "a list" if isinstance(value, list) else "a mapping"


def money(value: object) -> int:
    """`$1.00`, `1.00` or `2` dollars as micro-dollars. Nothing below a micro-dollar: it would be lost in silence."""
    text = text_of(value)
    found = _MONEY.fullmatch(text)
    if found is None:
        raise ValueError(f'expected an amount in US dollars such as "$1.00", found {text!r}')
    dollars, fraction = found.group(1), (found.group(2) or "").rstrip("0")
    if len(fraction) > 6:
        raise ValueError(f"{text!r} is finer than a millionth of a dollar, the smallest amount that is counted")
    amount = int(dollars) * MICRO + int(fraction.ljust(6, "0") or "0")
    if amount > MAX_MICROUSD:
        raise ValueError(f"{text!r} is more than a billion dollars: no limit at all")
    return amount


def dollars(microusd: int) -> str:
    """Micro-dollars for people: `$1.00`, `$0.000125`."""
    whole, fraction = divmod(microusd, MICRO)
    return f"${whole}.{f'{fraction:06d}'.rstrip('0').ljust(2, '0')}"


def size(value: object) -> int:
    """`512MiB`, `1GB` or a plain number of bytes, as bytes."""
    text = text_of(value)
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError(f'expected a size such as "512MiB" or "1GB", found {text!r}')
    number, unit = found.groups()
    factor = _UNITS.get(unit or "B")
    if factor is None:
        meant = unit[0].upper() if unit[0].upper() in "KMGT" else "M"
        raise ValueError(f"{unit!r} is not a unit of size here: write {number}{meant}iB or {number}{meant}B")
    amount = Decimal(number) * factor
    if amount != amount.to_integral_value():
        raise ValueError(f"{text!r} is not a whole number of bytes")
    if amount > MAX_BYTES:
        raise ValueError(f"{text!r} is more than 1024 TiB: no limit at all")
    return int(amount)


def bytes_(amount: int) -> str:
    """Bytes for people, exact: the largest unit that divides them (`2GiB`, `1GB`, `1234B`)."""
    for unit in ("TiB", "GiB", "MiB", "KiB", "TB", "GB", "MB", "kB"):
        if amount and amount % _UNITS[unit] == 0:
            return f"{amount // _UNITS[unit]}{unit}"
    return f"{amount}B"


def duration(value: object) -> float:
    """`90s`, `10m`, `1h30m` or `2d` as seconds."""
    text = text_of(value)
    found = _DURATION.fullmatch(text)
    if found is None or not text:
        advice = f": write {text}s for seconds or {text}m for minutes" if text.isdigit() else ""
        raise ValueError(f'expected a duration such as "90s", "10m" or "1h30m", found {text!r}{advice}')
    days, hours, minutes, seconds = (Decimal(part or 0) for part in found.groups())
    amount = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if amount > MAX_SECONDS:
        raise ValueError(f"{text!r} is more than a year: no limit at all")
    return float(amount)


def time(seconds: float) -> str:
    """Seconds for people: `1h30m`, `90s` is `1m30s`, `0.5s`."""
    whole, fraction = divmod(Decimal(str(seconds)), 60)
    minutes = int(whole)
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "m")]
    text = "".join(f"{count}{unit}" for count, unit in parts if count)
    return text + f"{fraction.normalize():f}s" if fraction or not text else text


def cpus(value: object) -> float:
    """`1`, `0.5` or `"500m"` (thousandths, as in Kubernetes) as CPU seconds a second."""
    text = text_of(value)
    found = re.fullmatch(r"([0-9]{1,7})m|([0-9]{1,4}(?:\.[0-9]{1,3})?)", text)
    if found is None:
        raise ValueError(f"expected a number of CPUs such as 1 or 0.5, found {text!r}")
    amount = Decimal(found.group(1)) / 1000 if found.group(1) else Decimal(found.group(2))
    if not Decimal("0.01") <= amount <= 4096:
        raise ValueError(f"{text!r} CPUs: expected something between 0.01 and 4096")
    return float(amount)
