"""The public SDK of AKIOS: load a policy, ask what it says, run a program under it.

    from akios import Policy, run

    policy = Policy.from_file("policies/billing-agent.yaml")
    print(policy.explain("POST", "https://api.openai.com/v1/chat/completions").verdict.reason)
    session = run(policy, ["agent.py", "--order", "4821"])
    print(session.status, session.report["cost"])

It is thin: a session is the `akios run` command as a child process, so that a program that uses the SDK is governed
exactly as one that is started by hand. `Agent`, which runs a model's loop itself, is not part of this version: bring
your own loop as a program, and run it.
"""

from __future__ import annotations

from akios.policy import Policy
from akios.session import NotStartedError, Session, run

__all__ = ["NotStartedError", "Policy", "Session", "run"]
