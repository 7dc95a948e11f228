"""What was found once is hidden wherever it is written down, also where nothing gives it away."""

from __future__ import annotations

from akios_jail.broker.personal import Personal
from akios_jail.policy.plans import BrokerPlan, Budget, Pii
from akios_jail.policy.verdict import Verdict


def personal(mode: str = "redact_before_inference", **more: object) -> Personal:
    return Personal(BrokerPlan((), Budget(), Pii(mode, ("email",), **more)))  # type: ignore[arg-type]


def test_known_values_are_hidden_in_every_text_the_longest_first() -> None:
    held = personal()
    held.vault.placeholder("person_name", "lovelace", "Lovelace")
    held.vault.placeholder("person_name", "ada lovelace", "Ada Lovelace")
    told = {"args": {"to": ["Ada Lovelace", 5]}, "Lovelace": "Ms Lovelace"}
    assert held.hidden(told) == {
        "args": {"to": ["[PERSON_NAME_2]", 5]},
        "[PERSON_NAME_1]": "Ms [PERSON_NAME_1]",
    }


def test_what_is_too_short_to_tell_apart_stays() -> None:
    held = personal()
    held.vault.placeholder("person_name", "li", "Li")
    assert held.hidden({"content": "Listen"}) == {"content": "Listen"}


def test_a_trace_hides_what_is_only_observed_and_nothing_of_it_is_put_back() -> None:
    held = personal("observe")
    redactor, hidden = held.tracing([Verdict("allow", "rule", "it may", rule=1)])
    assert hidden is False
    token = redactor.redact("Write to ada@example.org").text.removeprefix("Write to ")
    assert token == "[EMAIL_1]"
    assert held.vault.value(token) is None


def test_a_call_that_is_without_it_already_is_not_looked_through_again() -> None:
    _, hidden = personal().tracing([])
    assert hidden is True
    _, hidden = personal(scope=("egress",)).tracing([])
    assert hidden is False
