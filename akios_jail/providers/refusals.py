"""The words that stand where a tool call stood which may not reach the agent.

The agent reads them as something that its model said, and keeps them in the conversation, so that the model learns
with its next call that the tool did not run, and why.
"""

from __future__ import annotations

#: Names come from a model; a longer one is cut in what is said of it.
_MAX_NAME = 80


def refused(name: str, reason: str) -> str:
    """A tool call was ruled out."""
    return f"[The call of the tool {_shown(name)} was refused, so it did not run: {reason or 'no reason is given'}]"


def cut_off(name: str) -> str:
    """A tool call has no end, because the answer ended within it."""
    return f"[The call of the tool {_shown(name)} is incomplete, because the answer ended within it; it did not run]"


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name[:_MAX_NAME]) or "without a name"
