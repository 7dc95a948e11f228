"""What a policy says of something that was recorded."""

from __future__ import annotations

from typing import Any, NamedTuple

#: Decisions by which it goes on.
PASSING = ("allow", "modify")


class Opinion(NamedTuple):
    """`decision`: allow | modify | hold | deny | terminate; `code`, `reason`: as the broker's verdicts have them.

    `by`: what `rule` counts: rule | tool rule | routing rule; `rule` None: no rule said so. `sent`: the model and the
    host that a model call goes to, "" for anything else (of a connection: `read` | `unread`). `personal`: what becomes
    of personal data, by kind. `changed`: the document in the place of what was asked, where a rule changes it.

    `unsure`: what of the answer hangs on something that is not recorded; then this is the verdict on what is recorded.
    `grounds`: all of the policy that was asked. The same grounds, asked the same, give the same verdict.
    """

    decision: str
    code: str
    reason: str
    rule: int | None = None
    by: str = "rule"
    sent: str = ""
    personal: tuple[tuple[str, str], ...] = ()
    changed: Any = None
    unsure: tuple[str, ...] = ()
    grounds: tuple[Any, ...] = ()

    @property
    def passes(self) -> bool:
        return self.decision in PASSING

    @property
    def outcome(self) -> tuple[Any, ...]:
        """All that is a verdict: not the number of the rule, which changes with rules beside it, and no words."""
        refused = "" if self.passes else self.code
        return ("pass" if self.passes else self.decision, refused, self.sent, self.personal, self.changed)


def unsure(what: str, grounds: tuple[Any, ...] = ()) -> Opinion:
    """Nothing can be said."""
    return Opinion("deny", "not_judged", what, None, "", unsure=(what,), grounds=grounds)
