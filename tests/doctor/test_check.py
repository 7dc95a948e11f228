from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from akios_jail.doctor import check
from akios_jail.doctor.check import Check, Failed, Outcome, attempt, in_child, perform
from akios_jail.jail.errors import JailError


def test_the_result_of_a_child_comes_back() -> None:
    assert in_child(lambda: f"pid {os.getpid()}") != f"pid {os.getpid()}"


def _then(act: Callable[[], object]) -> Callable[[], str]:
    return lambda: str(act())


def test_what_a_child_does_to_itself_stays_there() -> None:
    before = os.getcwd()
    in_child(_then(lambda: os.chdir("/")))
    assert os.getcwd() == before


def _raise(error: BaseException) -> str:
    raise error


@pytest.mark.parametrize(
    ("error", "reason", "remedy"),
    [
        (OSError(1, "Operation not permitted"), "Operation not permitted", ""),
        (JailError("do it", "EPERM", "Try this."), "could not do it: EPERM", "Try this."),
        (SystemExit(3), "3", ""),
        (KeyError(), "KeyError", ""),
    ],
)
def test_a_child_that_fails_says_why(error: BaseException, reason: str, remedy: str) -> None:
    with pytest.raises(Failed, match=reason) as caught:
        in_child(lambda: _raise(error))
    assert (str(caught.value), caught.value.remedy) == (reason, remedy)


def test_a_child_that_is_killed_is_a_failure() -> None:
    with pytest.raises(Failed, match="SIGKILL"):
        in_child(_then(lambda: os.kill(os.getpid(), signal.SIGKILL)))


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "PATIENCE_S", 0.05)
    with pytest.raises(Failed, match="SIGKILL"):
        in_child(_then(signal.pause))


def test_a_child_that_closes_its_way_back_does_not_come_back_as_the_parent() -> None:
    with pytest.raises(Failed):
        in_child(_then(lambda: os.closerange(3, 1000)))


def test_the_level_and_the_remedy_of_a_failed_attempt_are_the_callers() -> None:
    outcome = attempt(lambda: _raise(OSError(1, "no")), level="limited", remedy="Do that.")
    assert outcome == Outcome("limited", "no", "Do that.")


def test_the_failures_own_remedy_is_the_better_one_unless_it_leads_in_a_circle() -> None:
    exact = JailError("do it", "EPERM\n  again", "Install x.")
    assert attempt(lambda: _raise(exact), remedy="Do that.") == Outcome(
        "missing", "could not do it: EPERM again", "Install x."
    )
    circle = JailError("do it", "EPERM", "`akios doctor` knows.")
    assert attempt(lambda: _raise(circle), remedy="Do that.").remedy == "Do that."


def test_a_check_with_a_mistake_in_it_counts_as_missing_and_ends_nothing() -> None:
    def look() -> Outcome:
        raise ZeroDivisionError("oops")

    outcome = perform(Check("kernel", "x", look))
    assert outcome.level == "missing"
    assert "oops" in outcome.detail
