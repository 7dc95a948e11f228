"""What a broker's Landlock ruleset is made of. What it holds is tried in `tests/attacks/test_broker_taken_over.py`."""

from __future__ import annotations

from typing import Any

import pytest

from akios_jail import kernel
from akios_jail.jail.errors import JailError
from akios_jail.launcher import broker, broker_walls
from akios_jail.policy.plans import Approvals, BrokerPlan, Budget, Pii, Rule


def plan(*ports: int, alerts: str = "", questions: str = "") -> BrokerPlan:
    rules = tuple(
        Rule(number, "api.test", "exact", (port,), "https", "intercept", ("*",), ("/**",), "", False, (), "", 1)
        for number, port in enumerate(ports, 1)
    )
    return BrokerPlan(rules, Budget(webhook=alerts), Pii("off", ()), approvals=Approvals(webhook=questions))


@pytest.mark.parametrize(
    ("given", "connect_to", "expected"),
    [
        (plan(), (), {53}),
        (plan(443, 8443), (), {53, 443, 8443}),
        (plan(443), (("", 443, "127.0.0.1", 9000),), {53, 443, 9000}),
        (plan(443), (("api.test", 0, "other.test", 0),), {53, 443}),
        (plan(alerts="https://hooks.test/x"), (), {53, 443}),
        (plan(questions="http://hooks.test:8080/x"), (), {53, 8080}),
        (plan(questions="http://hooks.test/x"), (), {53, 80}),
    ],
)
def test_the_ports_are_those_that_somebody_named(given: BrokerPlan, connect_to: Any, expected: set[int]) -> None:
    assert broker_walls.ports(given, connect_to) == expected


def test_nothing_may_be_executed_and_one_folder_is_written() -> None:
    paths = broker_walls.paths("/state/broker", "")
    assert {access for _, access in paths} == {"data", "device", "keep"}
    assert [path for path, access in paths if access == "keep"] == ["/state/broker"]
    assert not [path for path, _ in paths if "trigger" in path]
    assert ("/cache/triggers", "data") in broker_walls.paths("/state/broker", "/cache/triggers")


@pytest.mark.parametrize("prefix", ["/usr", "/usr/local"])
def test_of_a_python_of_the_system_only_the_libraries_are_read(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "python_folders", lambda: ("/srv/app/.venv", prefix))
    read = {path for path, access in broker_walls.paths("/state", "") if access == "data"}
    assert {"/srv/app/.venv", f"{prefix}/lib"} <= read
    assert not read & {"/", "/usr", "/usr/local", "/usr/bin", "/etc", "/proc"}


def test_without_landlock_there_is_no_session_and_a_word_on_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "landlock_abi", lambda: 0)
    with pytest.raises(JailError, match="confine the broker with Landlock") as error:
        broker_walls.ruleset("/state", "", plan(443), ())
    assert "akios doctor" in error.value.remedy


def test_a_small_machine_gives_a_broker_half_of_its_memory() -> None:
    assert broker_walls.limits(2 << 30).memory_bytes == 1 << 30
    assert broker_walls.limits(1 << 40) == (broker_walls.MEMORY, None, broker_walls.THREADS, None)
    assert broker_walls.machine_memory() > 1 << 28
