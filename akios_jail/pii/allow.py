"""What a policy says is not personal although it looks so: the company's own domain, values, patterns.

An entry allows a finding only if it speaks for the whole of it. `support@example.com` does not allow
`support@example.com.evil.net`, `@example.com` allows no `example.com@evil.net`, and a pattern must match from the first
character to the last: what is found beside an allowed value, or around it, stays found.

`@example.com`: every address at that domain, not below it; `@*.example.com`: every address below it.
`/…/`: a pattern in RE2's syntax. Anything else is a value: case and blanks do not count, nor do the separators in a
number or its country's code: `+1 212 555 0100` allows `(212) 555-0100` too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import re2  # type: ignore[import-untyped]

from akios_jail.pii.detectors import email
from akios_jail.pii.finding import Finding
from akios_jail.pii.view import View

#: Kinds whose key may be an address: a field of a query is one as it was before it was encoded.
_WITH_ADDRESSES = ("email", "url_user_data")
_ADDRESS = re.compile(r"[^@\s]+@([^@\s]+)")
_SEPARATORS = re.compile(r"[\s().+/-]")
#: Fewer digits than these may be alike by chance.
_ENOUGH_DIGITS = 6
_ENOUGH_WITHOUT_CODE = 9


class Allowed:
    """`entries` as in the policy."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._domains: set[str] = set()
        self._below: list[str] = []
        self._values: set[str] = set()
        self._numbers: set[str] = set()
        self._without_code: set[str] = set()
        self._patterns = []
        for entry in entries:
            if entry.startswith("@*."):
                self._below.append(f".{_domain(entry[3:])}")
            elif entry.startswith("@"):
                self._domains.add(_domain(entry[1:]))
            elif is_pattern(entry):
                self._patterns.append(re2.compile(entry[1:-1]))
            else:
                self._add_value(entry)

    def _add_value(self, entry: str) -> None:
        self._values.add(_normal(entry))
        if "@" in entry:
            local, _, domain = entry.rpartition("@")
            self._values.add(_normal(email.normal(local, domain)))
        numbers = _numbers(entry)
        self._numbers.update(numbers[:1])
        self._without_code.update(numbers)

    def __call__(self, finding: Finding, value: str) -> bool:
        """Whether this finding, whose text is `value`, is one of those."""
        if _normal(value) in self._values or _normal(finding.key) in self._values:
            return True
        if self._numbers and any(map(self._is_number, (_numbers(value), _numbers(finding.key)))):
            return True
        if finding.kind in _WITH_ADDRESSES and (self._domains or self._below) and self._at_home(finding.key):
            return True
        return any(pattern.fullmatch(value) is not None for pattern in self._patterns)

    def _is_number(self, numbers: list[str]) -> bool:
        """Whether it is one of those, or would be if one of the two had no code of a country."""
        return numbers[:1] != [] and (numbers[0] in self._without_code or not self._numbers.isdisjoint(numbers))

    def _at_home(self, key: str) -> bool:
        address = _ADDRESS.fullmatch(key)
        if address is None:
            return False
        domain = address[1].lower()
        return domain in self._domains or domain.endswith(tuple(self._below))


def is_pattern(entry: str) -> bool:
    """Whether an entry is a pattern between slashes."""
    return len(entry) > 2 and entry[0] == entry[-1] == "/"


def _domain(text: str) -> str:
    return email.normal("", text)[1:]


def _normal(value: str) -> str:
    return " ".join(View(value).folded.split()).casefold()


def _numbers(value: str) -> list[str]:
    """The digits of what is a number but for separators, then without what may be a country's code before them."""
    bare = _SEPARATORS.sub("", value)
    if not bare.isascii() or not bare.isdigit() or len(bare) < _ENOUGH_DIGITS:
        return []
    return [bare[code:] for code in range(4) if code == 0 or len(bare) - code >= _ENOUGH_WITHOUT_CODE]
