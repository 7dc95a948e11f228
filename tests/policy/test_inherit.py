"""A policy that extends another has what is not given from there, and can only narrow it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from akios_jail.policy import cache
from akios_jail.policy.compile import compile_file
from akios_jail.policy.errors import PolicyError
from akios_jail.policy.plans import Plans
from tests.policy.manifests import flux_manifest, manifest

ORGANISATION = """
governance:
  network_access:
    allowlist:
      - {host: api.openai.com, methods: [POST], paths: [/v1/**], when: "request.headers['x-team'] == 'a'"}
      - {host: "*.example.com", methods: [GET, POST]}
  budget: {max_cost_per_session: $5}
  pii_handling: {mode: redact_before_inference, fields: [email, phone]}
  tools:
    - {tool: issue_refund, action: require_approval, when: "args.amount > 100.0"}
filesystem: {read: [/data], workspace: {access: overlay}}
resources: {memory: 1GiB, wall_time: 10m}
environment: {set: {SAFE: "1"}}
"""

Extending = Callable[..., Plans]


@pytest.fixture
def extending(tmp_path: Path) -> Extending:
    """Compiles a policy with this spec that extends one with that spec."""

    def compiled(spec: str, base: str = ORGANISATION) -> Plans:
        (tmp_path / "base.yaml").write_text(manifest(base))
        return compile_file(str(extend(tmp_path / "team.yaml", tmp_path / "base.yaml", spec)))

    return compiled


def extend(path: Path, base: Path, spec: str) -> Path:
    digest = hashlib.sha256(base.read_bytes()).hexdigest()
    named = os.path.relpath(base, path.parent)
    path.write_text(f"extends: {{path: {named}, sha256: {digest}}}\n" + manifest(spec))
    return path


def refusal(extending: Extending, spec: str, base: str = ORGANISATION) -> str:
    with pytest.raises(PolicyError) as caught:
        extending(spec, base)
    return str(caught.value)


def test_what_is_not_given_is_the_base_s(extending: Extending) -> None:
    plans = extending("")
    assert [rule.host for rule in plans.broker.rules] == ["api.openai.com", "*.example.com"]
    assert plans.broker.budget.limits[0].microusd == 5_000_000
    assert plans.broker.pii.fields == ("email", "phone")
    assert [rule.tool for rule in plans.broker.tools] == ["issue_refund"]
    assert (plans.jail.memory_bytes, plans.jail.wall_time_s) == (1 << 30, 600.0)
    assert plans.jail.env_set == (("SAFE", "1"),)
    assert [(each.role, os.path.basename(each.path)) for each in plans.sources] == [
        ("policy", "team.yaml"),
        ("base", "base.yaml"),
    ]


def test_narrower_values_take_the_place_of_the_base_s(extending: Extending) -> None:
    plans = extending(
        """
        governance:
          network_access:
            allowlist:
              - {host: www.example.com, methods: [GET]}
              - {host: "*.docs.example.com", methods: [POST], paths: [/v1/x]}
          budget: {max_cost_per_session: $2, max_tokens_per_session: 1000}
          pii_handling: {mode: block, fields: [email, phone, iban]}
          tools:
            - {tool: delete_everything, action: deny}
        filesystem: {read: [/data/public], workspace: {access: ro}}
        resources: {memory: 512MiB}
        environment: {set: {MORE: "2"}}
        """
    )
    assert [rule.host for rule in plans.broker.rules] == ["www.example.com", "*.docs.example.com"]
    assert plans.broker.pii.mode == "block"
    assert [rule.tool for rule in plans.broker.tools] == ["delete_everything", "issue_refund"]
    assert plans.jail.memory_bytes == 512 << 20
    assert dict(plans.jail.env_set) == {"SAFE": "1", "MORE": "2"}


def test_the_condition_of_a_rule_is_kept_besides_the_new_one(extending: Extending) -> None:
    given = "governance: {network_access: {allowlist: [{host: api.openai.com, methods: [POST], paths: [/v1/x]%s}]}}"
    (plain,) = extending(given % "").broker.rules
    assert plain.when == "request.headers['x-team'] == 'a'"
    (both,) = extending(given % ", when: \"request.path == '/' || true // so\"").broker.rules
    assert both.when == "(request.headers['x-team'] == 'a'\n) && (request.path == '/' || true // so\n)"


#: What they are over: another base than the one above, and what a team would write.
UNDER_ANOTHER = {
    "a milder profile": ("seccomp: {profile: /profile.json}", "seccomp: {profile: agent-strict}"),
    "what a person may say yes to": (
        "governance: {tools: [{tool: refund, action: modify, modify: {amount: {max: 100}}}]}",
        "governance: {tools: [{tool: refund, action: require_approval, when: 'args.amount > 1.0'}]}",
    ),
    "more time for a person": (
        "governance: {tools: [{tool: refund, action: require_approval, timeout: 1m}]}",
        "governance: {tools: [{tool: refund, action: require_approval, timeout: 2m}]}",
    ),
    "a method behind another": (
        (
            "governance: {network_access: {allowlist: [{host: a.example.com, methods: [POST, DELETE]}]},"
            " tools: [{http: {methods: [DELETE]}, action: deny}]}"
        ),
        "governance: {tools: [{http: {methods: [POST]}, action: require_approval}]}",
    ),
    "what passes for a kind of one's own": (
        "governance: {pii_handling: {mode: block, fields: [credit_card]}}",
        "governance: {pii_handling: {patterns: [{name: mine, pattern: '[0-9]{16}', mode: observe}]}}",
    ),
    "what passes for another kind": (
        "governance: {pii_handling: {mode: redact_before_inference, fields: [email], modes: {email: block}}}",
        "governance: {pii_handling: {fields: [email, url_user_data]}}",
    ),
    "the order of kinds": (
        "governance: {pii_handling: {patterns: [{name: a1, pattern: a, mode: block}, {name: b1, pattern: a}]}}",
        "governance: {pii_handling: {patterns: [{name: b1, pattern: a}, {name: a1, pattern: a, mode: block}]}}",
    ),
    "questions told to others": ("{}", "governance: {approvals: {webhook: 'https://example.org/x'}}"),
    "alerts told to others": ("{}", "governance: {flux: alerts.yaml}"),
    "a budget that ends less": ("governance: {flux: ends.yaml}", "governance: {flux: waits.yaml}"),
    "no forecast": ("governance: {flux: forecast.yaml}", "governance: {flux: waits.yaml}"),
    "a folder in one that is only read": (
        "filesystem: {workspace: {access: rw}, read: [/p/kept]}",
        "filesystem: {read: [/p/kept], write: [kept/out]}",
    ),
    "a folder in one that is only read, and relative": (
        "filesystem: {workspace: {access: rw}, read: [kept], write: [/p]}",
        "filesystem: {read: [kept], write: [/p, /p/kept/out]}",
    ),
    "a folder that was only read": (
        "filesystem: {read: [kept], write: [/p]}",
        "filesystem: {read: [], write: [/p]}",
    ),
}

FLUX = {
    "alerts": "alerts: {webhook: 'https://example.org/x'}",
    "ends": "budgets: {per_session: {max_cost_usd: 1, action_on_exceed: terminate_with_summary}}",
    "waits": "budgets: {per_session: {max_cost_usd: 1, action_on_exceed: alert_and_queue}}",
    "forecast": "{scheduling: {predictive_scaling: true}, budgets: {per_session: {max_cost_usd: 1}}}",
}


@pytest.mark.parametrize(("base", "spec"), UNDER_ANOTHER.values(), ids=UNDER_ANOTHER)
def test_what_may_allow_more_in_a_way_that_is_hard_to_see_is_refused(
    extending: Extending, base: str, spec: str, tmp_path: Path
) -> None:
    (tmp_path / "profile.json").write_text("{}")
    for name, flux in FLUX.items():
        (tmp_path / f"{name}.yaml").write_text(flux_manifest(flux))
    assert "allow" in refusal(extending, spec, base.replace("/profile.json", f"{tmp_path}/profile.json"))


def test_a_stricter_rule_over_tools_goes_before_one_that_it_covers(extending: Extending) -> None:
    base = "governance: {tools: [{tool: refund, action: require_approval}]}"
    plans = extending("governance: {tools: [{tool: refund, action: deny}]}", base)
    assert [rule.action for rule in plans.broker.tools] == ["deny", "require_approval"]


WIDENINGS = {
    "another host": "governance: {network_access: {allowlist: [{host: evil.example.org}]}}",
    "the domain itself": "governance: {network_access: {allowlist: [{host: example.com}]}}",
    "another method": "governance: {network_access: {allowlist: [{host: a.example.com, methods: [DELETE]}]}}",
    "any method": 'governance: {network_access: {allowlist: [{host: a.example.com, methods: ["*"]}]}}',
    "another port": "governance: {network_access: {allowlist: [{host: a.example.com, ports: [444]}]}}",
    "other paths": "governance: {network_access: {allowlist: [{host: api.openai.com, methods: [POST], paths: [/v2]}]}}",
    "unread": "governance: {network_access: {allowlist: [{host: a.example.com, tls: passthrough}]}}",
    "in the clear": "governance: {network_access: {allowlist: [{host: a.example.com, protocol: http, ports: [443]}]}}",
    "raw bytes": "governance: {network_access: {allowlist: [{host: a.example.com, protocol: tcp, ports: [443]}]}}",
    "private networks": "governance: {network_access: {allowlist: [{host: a.example.com, addresses: [10.0.0.0/8]}]}}",
    "unredacted": "governance: {network_access: {allowlist: [{host: a.example.com, pii: observe}]}}",
    "more money": "governance: {budget: {max_cost_per_session: $5.01}}",
    "not looked for": "governance: {pii_handling: {mode: off}}",
    "fewer kinds": "governance: {pii_handling: {fields: [email]}}",
    "only counted": "governance: {pii_handling: {mode: observe}}",
    "one kind only counted": "governance: {pii_handling: {modes: {email: observe}}}",
    "allowed values": 'governance: {pii_handling: {allow: ["@example.com"]}}',
    "what cannot be looked into": "governance: {pii_handling: {unreadable: pass}}",
    "a tool before": 'governance: {tools: [{tool: "issue_*", action: allow}]}',
    "a tool's look-alike before": "governance: {tools: [{tool: Issue-Refund, action: modify, modify: {a: {max: 1}}}]}",
    "a key": "governance: {credentials: [{name: k, hosts: [a.example.com], env: K}]}",
    "a folder": "filesystem: {read: [/data, /srv]}",
    "a folder above": "filesystem: {read: [/d]}",
    "written": "filesystem: {read: [], write: [/data/out]}",
    "a workspace that is written": "filesystem: {workspace: {access: rw}}",
    "another workspace": "filesystem: {workspace: {path: /srv}}",
    "memory": "resources: {memory: 2GiB}",
    "no end": "resources: {wall_time: none}",
    "no limits": "resources: {optional: true}",
    "the environment": "environment: {pass: [AWS_PROFILE]}",
    "programs that nobody sees": "trace: {processes: off}",
    "another value": 'environment: {set: {SAFE: "0"}}',
}


@pytest.mark.parametrize("spec", WIDENINGS.values(), ids=WIDENINGS)
def test_what_allows_more_is_refused_with_both_lines(extending: Extending, spec: str, tmp_path: Path) -> None:
    said = refusal(extending, spec)
    assert "allow more than the policy it extends" in said or "allows more than the policy it extends" in said
    assert f"{tmp_path}/team.yaml:" in said
    assert f"{tmp_path}/base.yaml:" in said


def test_both_lines_are_quoted(extending: Extending, tmp_path: Path) -> None:
    said = refusal(extending, "resources: {memory: 2GiB}")
    assert "| " in said
    assert "resources: {memory: 2GiB}" in said
    assert "resources: {memory: 1GiB, wall_time: 10m}" in said


def test_a_read_only_part_of_a_written_folder_stays_read_only(extending: Extending) -> None:
    base = "filesystem: {write: [/data], read: [/data/kept]}"
    assert extending("filesystem: {write: [/data/out], read: []}", base).jail.mounts[0].path == "/data/out"
    assert "/data/kept may be written" in refusal(extending, "filesystem: {write: [/data], read: []}", base)


def test_an_earlier_rule_that_is_stricter_is_not_passed_by(extending: Extending) -> None:
    base = """
    governance:
      pii_handling: {mode: redact_before_inference}
      network_access:
        allowlist:
          - {host: a.example.com, methods: [POST], paths: [/private/**], pii: block}
          - {host: "*.example.com", methods: [POST]}
    """
    same = "governance: {network_access: {allowlist: [{host: %s, methods: [POST]%s}]}}"
    assert extending(same % ("b.example.com", ""), base)
    assert extending(same % ("a.example.com", ", pii: block"), base)
    assert "less strictly" in refusal(extending, same % ("a.example.com", ""), base)


def test_a_base_that_was_changed_is_refused_with_its_new_digest(tmp_path: Path) -> None:
    base = tmp_path / "base.yaml"
    base.write_text(manifest())
    team = extend(tmp_path / "team.yaml", base, "")
    base.write_text(manifest() + "# changed\n")
    with pytest.raises(PolicyError, match=hashlib.sha256(base.read_bytes()).hexdigest()):
        compile_file(str(team))


def test_a_base_that_is_missing_or_wrong_is_said(tmp_path: Path) -> None:
    team = tmp_path / "team.yaml"
    team.write_text(f"extends: {{path: base.yaml, sha256: {'0' * 64}}}\n" + manifest())
    with pytest.raises(PolicyError, match=r"team\.yaml:1:.*extends\.path: there is no such file"):
        compile_file(str(team))
    base = tmp_path / "base.yaml"
    base.write_text(manifest("nonsense: 1"))
    with pytest.raises(PolicyError, match=r"base\.yaml:.*unknown key"):
        compile_file(str(extend(team, base, "")))


@pytest.mark.parametrize("extends", ["base.yaml", "{path: base.yaml}", "{path: 1, sha256: x}", "[]", "{}", "null"])
def test_a_base_that_is_not_named_as_it_should_be_is_refused(tmp_path: Path, extends: str) -> None:
    (tmp_path / "base.yaml").write_text(manifest())
    team = tmp_path / "team.yaml"
    team.write_text(f"extends: {extends}\n" + manifest())
    with pytest.raises(PolicyError, match="extends"):
        compile_file(str(team))


def test_three_levels_narrow_one_another(tmp_path: Path) -> None:
    organisation, folder = tmp_path / "organisation.yaml", tmp_path / "teams"
    folder.mkdir()
    organisation.write_text(manifest(ORGANISATION))
    team = extend(folder / "team.yaml", organisation, "resources: {memory: 512MiB}")
    agent = extend(tmp_path / "agent.yaml", team, "resources: {memory: 256MiB}")
    plans = compile_file(str(agent))
    assert plans.jail.memory_bytes == 256 << 20
    assert [each.role for each in plans.sources] == ["policy", "base", "base"]
    wide = extend(tmp_path / "agent.yaml", team, "resources: {memory: 768MiB}")
    with pytest.raises(PolicyError, match=r"team\.yaml:"):
        compile_file(str(wide))


def test_paths_of_a_base_are_relative_to_the_base(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "mine.json").write_bytes(b"{}")
    base = folder / "base.yaml"
    base.write_text(manifest("seccomp: {profile: mine.json}"))
    plans = compile_file(str(extend(tmp_path / "team.yaml", base, "")))
    assert plans.jail.seccomp_profile == str(folder / "mine.json")


def test_too_many_levels_are_refused(tmp_path: Path) -> None:
    above = tmp_path / "0.yaml"
    above.write_text(manifest())
    for level in range(1, 10):
        above = extend(tmp_path / f"{level}.yaml", above, "")
    with pytest.raises(PolicyError, match="more than 8"):
        compile_file(str(above))


def test_the_first_day_on_which_a_part_ends_counts(tmp_path: Path) -> None:
    base = tmp_path / "base.yaml"
    base.write_text(manifest().replace("name: test", "name: test, expires: 2031-05-01"))
    team = extend(tmp_path / "team.yaml", base, "")
    assert compile_file(str(team)).expires == compile_file(str(base)).expires == 1935446400.0
    team.write_text(team.read_text().replace("name: test", "name: test, expires: 2031-04-01"))
    assert compile_file(str(team)).expires == 1932854400.0


def test_a_base_that_changes_makes_a_kept_plan_stale(tmp_path: Path) -> None:
    base = tmp_path / "base.yaml"
    base.write_text(manifest())
    team = extend(tmp_path / "team.yaml", base, "")
    first = cache.load(str(team), str(tmp_path / "cache"))
    assert cache.load(str(team), str(tmp_path / "cache")) == first
    base.write_text(manifest() + "# changed\n")
    with pytest.raises(PolicyError, match="another digest"):
        cache.load(str(team), str(tmp_path / "cache"))


def test_a_budget_of_the_base_that_changes_makes_a_kept_plan_stale(tmp_path: Path) -> None:
    base, above, own = (tmp_path / name for name in ("base.yaml", "above.yaml", "own.yaml"))
    above.write_text(flux_manifest("budgets: {per_session: {max_cost_usd: 2}}"))
    own.write_text(flux_manifest("budgets: {per_session: {max_cost_usd: 1}}"))
    base.write_text(manifest("governance: {flux: above.yaml}"))
    team = extend(tmp_path / "team.yaml", base, "governance: {flux: own.yaml}")
    kept = str(tmp_path / "cache")
    for given in (str(own), ""):
        above.write_text(flux_manifest("budgets: {per_session: {max_cost_usd: 2}}"))
        cache.load(str(team), kept, given)
        above.write_text(flux_manifest("budgets: {per_session: {max_cost_usd: 0.5}}"))
        with pytest.raises(PolicyError, match="where there were"):
            cache.load(str(team), kept, given)
