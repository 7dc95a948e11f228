"""What every wire format's reader of an answer starts from: nothing is known yet."""

from __future__ import annotations

from typing import Any

from akios_jail.providers import strictjson
from akios_jail.providers.neutral import Call, Flow, Usage


class Following:
    """The state that `neutral.Answer` promises, for the answer to one call."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.usage: Usage | None = None
        self.known_input: int | None = None
        self.flow = Flow()
        self.finished = False

    def renamed(self, document: dict[str, Any], body: bytes) -> bytes:
        """The body that `document` was read from, or another where the agent is to find another model's name in it."""
        if self._call.shown_model == "" or "model" not in document:
            return body
        document["model"] = self._call.shown_model
        return strictjson.dumps(document)
