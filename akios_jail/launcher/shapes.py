"""What stands in an agent's environment instead of a key: random, new for every session, and of the right shape.

Client libraries look at keys before they send them (a prefix, a length, an alphabet), so that a placeholder has to look
like one. Which shape it has follows from names in the policy alone, and its length from the key's, so that an answer
in which the key stood keeps its length. Letters and digits only, behind the prefix: no encoding on the way spells them
otherwise without need. Everything has at least 128 random bits, but an AWS access key id, which has 80 by its format,
and which opens nothing without its secret.
"""

from __future__ import annotations

import os
from typing import Final

from akios_jail.policy.plans import Credential, Secret

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
#: Random letters that hold 128 bits and more: 22 of 62 are 130.
_ENOUGH: Final = 22
_LONGEST: Final = 1024
#: A word in the variable's name or in a host, and what the keys of that provider begin with. The first that fits.
_PREFIXES: Final = (
    ("anthropic", "sk-ant-api03-"),
    ("openrouter", "sk-or-v1-"),
    ("openai", "sk-proj-"),
    ("gemini", "AIzaSy"),
    ("google", "AIzaSy"),
    ("github", "ghp_"),
    ("gitlab", "glpat-"),
    ("stripe", "sk_test_"),
    ("slack", "xoxb-"),
    ("groq", "gsk_"),
    ("huggingface", "hf_"),
    ("deepseek", "sk-"),
    ("mistral", ""),
)


def placeholder(credential: Credential, secret: Secret, length: int) -> str:
    """A new placeholder for a key of this length."""
    if secret.role == "access_key_id":
        temporary = any(other.role == "session_token" for other in credential.secrets)
        return ("ASIA" if temporary else "AKIA") + _random(16, _BASE32)
    if secret.role == "secret_access_key":
        return _random(40)
    prefix = "IQoJb3JpZ2luX2Vj" if secret.role == "session_token" else _prefix(credential, secret)
    return prefix + _random(max(min(length, _LONGEST) - len(prefix), _ENOUGH))


def _prefix(credential: Credential, secret: Secret) -> str:
    names = " ".join((secret.variable, *credential.hosts)).lower()
    return next((prefix for word, prefix in _PREFIXES if word in names), "akios-")


def _random(count: int, letters: str = _LETTERS) -> str:
    # Sixteen bytes more than needed: what division leaves uneven is then too little to matter (2 to the power of -128).
    number = int.from_bytes(os.urandom(count + 16))
    text = []
    for _ in range(count):
        number, at = divmod(number, len(letters))
        text.append(letters[at])
    return "".join(text)
