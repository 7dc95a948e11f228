"""How an exchange may end other than by an answer: governance refuses it, or upstream fails."""

from __future__ import annotations

from akios_jail.policy.verdict import Verdict


class Denied(Exception):
    """A stage refuses the exchange. `status` is what the agent's HTTP client sees; `retry_after` is in seconds.

    `instead`: the body (JSON) that says so in the words of the agent's protocol; None for our own. `counted`: the
    session's tally has this denial already, as that of a tool call.
    """

    def __init__(
        self,
        verdict: Verdict,
        status: int = 403,
        retry_after: float | None = None,
        instead: bytes | None = None,
        counted: bool = False,
    ) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict
        self.status = status
        self.retry_after = retry_after
        self.instead = instead
        self.counted = counted


class UpstreamFailed(Exception):
    """Upstream did not answer properly. `status` is 502 or 504; `code` a machine word."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.reason = reason
