"""The placeholders of one session: which stands for what.

A model that sees `[EMAIL_1]` twice knows that it is the same person, so a value has one placeholder for as long as
the session lives, however it is spelt. The values never leave this object; it dies with the session.
"""

from __future__ import annotations

#: So many different values are a database, not a conversation; further ones are refused.
MAX_VALUES = 100_000


class Unredactable(Exception):
    """The personal data in a text cannot be replaced; the text may not go out. The message is for people."""


class VaultFull(Unredactable):
    """The session has more different values than are kept."""

    def __init__(self) -> None:
        super().__init__(f"the session has had {MAX_VALUES} different pieces of personal data; no more can be replaced")


class Vault:
    """Placeholders such as `[EMAIL_1]`: only capitals, digits, underscore and brackets, so that they can stand inside a
    JSON string, a URL or a shell word without changing its structure."""

    def __init__(self, max_values: int = MAX_VALUES) -> None:
        self._max_values = max_values
        self._placeholders: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._numbers: dict[str, int] = {}

    def placeholder(self, field: str, key: str, value: str) -> str:
        """The placeholder of a value whose normal form is `key`; a new one at first sight. `VaultFull` at the bound."""
        known = self._placeholders.get((field, key))
        if known is not None:
            return known
        if len(self._placeholders) >= self._max_values:
            raise VaultFull
        number = self._numbers[field] = self._numbers.get(field, 0) + 1
        placeholder = f"[{field.upper()}_{number}]"
        self._placeholders[field, key] = placeholder
        self._values[placeholder] = value
        return placeholder

    def value(self, placeholder: str) -> str | None:
        """What a placeholder stands for, as it was first spelt; None if it is not one of this session."""
        return self._values.get(placeholder)
