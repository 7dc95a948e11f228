"""Days of birth, and how they are written."""

from __future__ import annotations

import random
from datetime import date, timedelta

#: The order and the sign of a country's numeric dates; day, sign, month, sign, year where nothing is said.
_ORDERS = {"US": "%m/%d/%Y", "CA": "%Y-%m-%d", "SE": "%Y-%m-%d", "LT": "%Y-%m-%d", "HU": "%Y. %m. %d."}
_ORDERS |= {"CN": "%Y年%m月%d日", "TW": "%Y/%m/%d", "JP": "%Y年%m月%d日", "KR": "%Y.%m.%d", "ZA": "%Y/%m/%d"}
_ORDERS |= dict.fromkeys(("NL", "DK", "IN", "ID", "CL"), "%d-%m-%Y")
_ORDERS |= dict.fromkeys(
    ("DE", "AT", "CH", "NO", "FI", "PL", "CZ", "SK", "RO", "BG", "HR", "SI", "EE", "LV", "TR", "RU", "UA", "IL"),
    "%d.%m.%Y",
)


def birthday(rng: random.Random) -> date:
    """Of somebody who may be anything from a student to a great-grandmother."""
    return date(1938, 1, 1) + timedelta(days=rng.randrange(70 * 365))


def written(day: date, country: str, rng: random.Random) -> str:
    """As the country's forms have it; every fourth as computers do."""
    return day.strftime("%Y-%m-%d" if rng.random() < 0.25 else _ORDERS.get(country, "%d/%m/%Y"))
