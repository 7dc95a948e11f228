"""A policy as a value: loaded and checked once, never changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from akios_jail.policy.explain import Explanation
    from akios_jail.policy.plans import Plans


class Policy:
    """One checked AgentPolicy. `path`: its file, absolute; `sha256`: of the file's bytes, as in every audit record."""

    def __init__(self, path: str, plans: Plans) -> None:
        self.path = path
        self._plans = plans

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Policy:
        """The policy in a file. `akios_jail.policy.errors.PolicyError` names every mistake in it, with its place."""
        from akios_jail.policy.compile import compile_file

        full = os.path.abspath(path)
        return cls(full, compile_file(full))

    @property
    def name(self) -> str:
        return self._plans.name

    @property
    def sha256(self) -> str:
        return self._plans.policy_sha256

    def explain(self, method: str, url: str) -> Explanation:
        """What would happen to a request, and which rule says so: `.verdict` and, rule by rule, `.steps`.

        `akios_jail.policy.explain.TargetError`, a `ValueError`, if `url` is none.
        """
        from akios_jail.policy import explain

        return explain.explain(self._plans.broker, explain.request(method, url))

    def __repr__(self) -> str:
        return f"<Policy {self.name!r} {self.sha256[:12]} from {self.path}>"
