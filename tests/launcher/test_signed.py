"""Signed policies: everything that says what an agent may do is signed, and nothing is added to it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from akios_jail.launcher import signed
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.options import ConnectTo, RunOptions
from akios_jail.policy import sshsig
from akios_jail.policy.compile import compile_file
from akios_jail.policy.errors import PolicyError
from tests.policy.manifests import flux_manifest, manifest
from tests.policy.test_trust import line_of

KEY = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)


class Machine:
    """A policy, trusted keys, and the mark of a machine that insists."""

    def __init__(self, folder: Path) -> None:
        self.policy = folder / "policy.yaml"
        self.keys = folder / "keys"
        self.marker = folder / "require-signed"
        self.keys.mkdir()
        (self.keys / "alice").write_text(line_of() + "\n")
        self.policy.write_text(manifest())

    def sign(self, path: Path | None = None) -> None:
        path = path or self.policy
        path.with_name(path.name + ".sig").write_bytes(sshsig.sign(KEY, path.read_bytes()))

    def check(self, now: float | None = None, **options: object) -> list[str]:
        """Names of the signers."""
        given = {"trusted_keys": str(self.keys), **options}
        asked = RunOptions(str(self.policy), ("agent.py",), False, "/", **given)  # type: ignore[arg-type]
        plans = compile_file(str(self.policy), asked.flux)
        return [signer.name for signer in signed.check(plans, asked, now, str(self.marker))]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nobody_asks(machine: Machine) -> None:
    assert machine.check(trusted_keys="") == []


def test_a_signed_policy_passes_and_its_signer_is_known(machine: Machine) -> None:
    machine.sign()
    assert machine.check() == ["alice@example.org"]


def test_an_unsigned_policy_is_refused(machine: Machine) -> None:
    with pytest.raises(PolicyError, match="no signature"):
        machine.check()


def test_an_altered_policy_is_refused(machine: Machine) -> None:
    machine.sign()
    machine.policy.write_text(manifest() + "# more\n")
    with pytest.raises(PolicyError, match="does not fit"):
        machine.check()


@pytest.mark.parametrize(
    "added",
    [
        {"ro": ("/srv",)},
        {"rw": ("/srv",)},
        {"env": ("A",)},
        {"cacert": "ca.pem"},
        {"connect_to": (ConnectTo("a", 1, "b", 2),)},
    ],
    ids=str,
)
def test_nothing_is_added_on_the_command_line(machine: Machine, added: dict[str, object]) -> None:
    machine.sign()
    with pytest.raises(LaunchError, match="nobody signed"):
        machine.check(**added)


def test_a_flux_config_is_signed_too(machine: Machine, tmp_path: Path) -> None:
    flux = tmp_path / "flux.yaml"
    flux.write_text(flux_manifest())
    machine.sign()
    with pytest.raises(PolicyError, match=r"flux\.yaml: .*no signature"):
        machine.check(flux=str(flux))
    machine.sign(flux)
    assert machine.check(flux=str(flux)) == ["alice@example.org"] * 2


def test_a_profile_of_one_s_own_is_signed_too(machine: Machine, tmp_path: Path) -> None:
    profile = tmp_path / "mine.json"
    profile.write_text("{}")
    machine.policy.write_text(manifest("seccomp: {profile: ./mine.json}"))
    machine.sign()
    with pytest.raises(PolicyError, match=r"mine\.json: .*no signature"):
        machine.check()
    machine.sign(profile)
    assert len(machine.check()) == 2


def test_what_a_policy_extends_is_signed_with_it_by_its_digest(machine: Machine, tmp_path: Path) -> None:
    base = tmp_path / "base.yaml"
    base.write_text(manifest())
    digest = hashlib.sha256(base.read_bytes()).hexdigest()
    machine.policy.write_text(f"extends: {{path: base.yaml, sha256: {digest}}}\n" + manifest())
    machine.sign()
    assert machine.check() == ["alice@example.org"]


def test_the_budgets_that_a_policy_stays_within_are_signed_too(machine: Machine, tmp_path: Path) -> None:
    """Otherwise whoever raises them raises what may be written over them."""
    base, above, own = (tmp_path / name for name in ("base.yaml", "above.yaml", "own.yaml"))
    above.write_text(flux_manifest("budgets: {per_session: {max_cost_usd: 2}}"))
    own.write_text(flux_manifest("budgets: {per_session: {max_cost_usd: 1}}"))
    base.write_text(manifest("governance: {flux: above.yaml}"))
    digest = hashlib.sha256(base.read_bytes()).hexdigest()
    extends = f"extends: {{path: base.yaml, sha256: {digest}}}\n"
    machine.policy.write_text(extends + manifest("governance: {flux: own.yaml}"))
    machine.sign()
    machine.sign(own)
    with pytest.raises(PolicyError, match=r"above\.yaml: .*no signature"):
        machine.check()
    machine.sign(above)
    assert len(machine.check()) == 3
    machine.policy.write_text(extends + manifest())
    machine.sign()
    assert len(machine.check()) == 2


def test_a_file_that_changes_after_it_was_read_is_refused(machine: Machine) -> None:
    machine.sign()
    plans = compile_file(str(machine.policy))
    machine.policy.write_text(manifest() + "# more\n")
    machine.sign()
    options = RunOptions(str(machine.policy), ("agent.py",), False, "/", trusted_keys=str(machine.keys))
    with pytest.raises(PolicyError, match="while it was read"):
        signed.check(plans, options, None, str(machine.marker))


def test_a_machine_that_insists_chooses_the_keys_itself(machine: Machine) -> None:
    machine.sign()
    machine.marker.touch()
    with pytest.raises(LaunchError, match="chooses itself"):
        machine.check()


def test_a_machine_that_insists_keeps_one_record(machine: Machine) -> None:
    """A day's budget would begin anew in another state folder."""
    machine.sign()
    machine.marker.touch()
    with pytest.raises(LaunchError, match="one record"):
        machine.check(trusted_keys="", state_dir="/srv/state")
    machine.marker.unlink()
    assert machine.check(state_dir="/srv/state") == ["alice@example.org"]


def test_the_caller_does_not_answer_conditions_of_a_signed_policy(machine: Machine) -> None:
    rules = "governance: {network_access: {allowlist: [{host: a.example.com, when: session.name == 'release'}]}}"
    machine.policy.write_text(manifest(rules))
    machine.sign()
    assert machine.check() == ["alice@example.org"]
    with pytest.raises(LaunchError, match="--name would answer"):
        machine.check(name="release")
    machine.policy.write_text(manifest())
    machine.sign()
    assert machine.check(name="release") == ["alice@example.org"]


def test_a_mark_that_cannot_be_looked_at_insists(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert signed.required(str(tmp_path / "loop")) is True  # a link is a mark, wherever it leads
    assert signed.required(str(tmp_path / "loop" / "require-signed")) is True
    assert signed.required(str(tmp_path / "nothing")) is False


def test_a_policy_ends_with_its_last_day(machine: Machine) -> None:
    machine.policy.write_text(manifest().replace("name: test", "name: test, expires: 2031-05-01"))
    assert machine.check(now=1935446399.0, trusted_keys="") == []
    with pytest.raises(PolicyError, match="2031-05-01"):
        machine.check(now=1935446400.0, trusted_keys="")
