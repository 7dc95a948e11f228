"""Names that differ in spelling alone: of tools, and of the arguments that a rule is about.

A rule that restricts must not be passed by `Issue_Refund`, nor by `{"amount": 5, "Amount": 15000}`: many servers (all
that decode JSON with Go's standard library, for one) take the second for the first. What is asked of a policy by names
is compared here as such readers would.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from akios_jail.policy.plans import Change

#: Small letters of Cyrillic, Greek and Armenian that look like Latin ones, and these.
_LATIN = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u04cf"
    "\u03bf\u03bd\u03b1\u03c1\u03c4\u03c5\u03b9\u03ba\u0570\u0578\u057d\u0585\u0131",
    "aeopcyxijshdqwlovaptuikhnuoi",
)
_GONE = ("Cf", "Cc", "Mn", "Zs")
_DASHES = ("Pc", "Pd")
#: Keys of the arguments in a condition: `["name"]`, `"name" in`, and what is selected and not called.
_QUOTED_KEY = re.compile(r"""\[\s*(?:"([^"\\]*)"|'([^'\\]*)')\s*\]|(?:"([^"\\]*)"|'([^'\\]*)')\s+in\b""")
_LITERAL = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")
_NOT_ARGUMENTS = re.compile(r"\b(?:tool|session|request)\s*\.\s*\w+")
_SELECTED = re.compile(r"\.\s*([A-Za-z_]\w*)\b(?!\s*\()")


def folded(name: str) -> str:
    """A name as restricting rules compare it: compatibility forms, accents, dashes and case made one, what is invisible
    gone, and letters of other scripts that pass for Latin ones taken for these."""
    if name.isascii() and name.isidentifier():
        return name.lower()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    kinds = [(character, unicodedata.category(character)) for character in text]
    return "".join("_" if kind in _DASHES else each for each, kind in kinds if kind not in _GONE).translate(_LATIN)


#: The keys of a document by how restricting rules compare them.
Keys = dict[str, set[str]]


def keys_of(document: Any) -> Keys:
    """Every key that occurs anywhere in a document (JSON)."""
    found: Keys = {}
    seen: set[str] = set()
    rest = [document]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            for key in value:
                if key not in seen:
                    seen.add(key)
                    found.setdefault(folded(key), set()).add(key)
            rest += value.values()
        elif isinstance(value, list):
            rest += value
    return found


class Spellings:
    """The names of arguments that a rule speaks of, to be found in other spellings."""

    def __init__(self, when: str, changes: tuple[Change, ...] = ()) -> None:
        self._known = {name: folded(name) for name in _names(when, changes)}

    def another(self, arguments: Any) -> str | None:
        """A key, anywhere in the arguments (JSON), that is one of the names in another spelling."""
        return self.among(keys_of(arguments)) if self._known else None

    def among(self, keys: Keys) -> str | None:
        """The same for keys that were found before."""
        for spelling in self._known.values():
            for key in keys.get(spelling, ()):
                if key not in self._known:
                    return key
        return None


def _names(when: str, changes: tuple[Change, ...]) -> set[str]:
    names = {key for change in changes for key in change.path}
    for found in _QUOTED_KEY.finditer(when):
        names.update(name for name in found.groups() if name)
    names.update(_SELECTED.findall(_NOT_ARGUMENTS.sub("", _LITERAL.sub("''", when))))
    return names
