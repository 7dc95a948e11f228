"""A verdict: what was decided about one action, by which rule, and why. The word is the same everywhere."""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """`decision`: allow | deny | hold | modify. `code`: a stable machine word (`method_not_allowed`, …).

    `reason` is a sentence for people. `rule`: number of the deciding allowlist entry, None for the default denial.
    """

    decision: str
    code: str
    reason: str
    rule: int | None = None

    @property
    def allowed(self) -> bool:
        return self.decision == "allow" or self.decision == "modify"
