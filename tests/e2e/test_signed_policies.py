"""`akios run --require-signed`: who answers for a policy is checked before it counts, and is on record."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import AKIOS, Akios
from tests.policy.signing import new_key

pytestmark = pytest.mark.root


def _akios(akios: Akios, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [AKIOS, *arguments], cwd=akios.workspace, capture_output=True, text=True, timeout=60, check=False
    )


def _run(akios: Akios, *options: str) -> subprocess.CompletedProcess[str]:
    where = ["--state-dir", str(akios.state), "--report", str(akios.report), *options]
    return _akios(akios, "run", "--policy", "policy.yaml", *where, "--", "/bin/echo", "it ran")


def test_a_signed_policy_runs_and_its_signer_is_on_record(akios: Akios, tmp_path: Path) -> None:
    akios.policy()
    key, trusted = new_key(tmp_path), str(tmp_path / "trusted")
    assert "no trusted keys" in _run(akios, "--trusted-keys", trusted).stderr
    done = _akios(akios, "policy", "trust", f"{key}.pub", "--as", "alice@example.org", "--trusted-keys", trusted)
    assert done.returncode == 0, done.stderr
    unsigned = _run(akios, "--require-signed", "--trusted-keys", trusted)
    assert (unsigned.returncode, unsigned.stdout) == (2, "")
    assert "no signature" in unsigned.stderr

    assert _akios(akios, "policy", "sign", "--key", str(key)).returncode == 0
    done = _run(akios, "--require-signed", "--trusted-keys", trusted)
    assert (done.returncode, done.stdout) == (0, "it ran\n"), done.stderr
    (signer,) = json.loads(akios.report.read_text())["policy"]["signed_by"]
    assert signer["name"] == "alice@example.org"
    start = next(record for record in akios.audit() if record["type"] == "session.start")
    assert start["signed_by"] == [f"alice@example.org {signer['fingerprint']}"]

    policy = akios.workspace / "policy.yaml"
    policy.write_text(policy.read_text() + "\n")
    altered = _run(akios, "--require-signed", "--trusted-keys", trusted)
    assert (altered.returncode, altered.stdout) == (2, "")
    assert "one of the two was changed" in altered.stderr


def test_what_the_policy_extends_is_on_record(akios: Akios) -> None:
    akios.policy(resources={"memory": "256MiB"})
    base = akios.workspace / "policy.yaml"
    base.rename(akios.workspace / "base.yaml")
    digest = subprocess.run(["sha256sum", "base.yaml"], cwd=akios.workspace, capture_output=True, check=True)
    sha256 = digest.stdout.split()[0].decode()
    akios.policy_text(
        f"apiVersion: akios/v1\nkind: AgentPolicy\nmetadata: {{name: team}}\nspec: {{}}\n"
        f"extends: {{path: base.yaml, sha256: {sha256}}}\n"
    )
    done = _run(akios)
    assert done.returncode == 0, done.stderr
    start = next(record for record in akios.audit() if record["type"] == "session.start")
    assert start["base_sha256s"] == [sha256]
    (akios.workspace / "base.yaml").write_text("{}")
    assert "another digest" in _run(akios).stderr


def test_a_machine_that_insists_runs_nothing_else(akios: Akios, tmp_path: Path) -> None:
    """In a mount namespace of its own, whose /etc is a layer over the machine's, and whose state folder is its own."""
    akios.policy()
    inside = f"""
    set -e
    mkdir {tmp_path}/upper {tmp_path}/layer
    mount -t overlay overlay -o lowerdir=/etc,upperdir={tmp_path}/upper,workdir={tmp_path}/layer /etc
    mkdir -p /etc/akios
    touch /etc/akios/require-signed
    mount -t tmpfs tmpfs /var/lib
    exec "$@"
    """
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", inside, "sh", AKIOS, "run"]
    command += ["--policy", "policy.yaml", "--", "/bin/echo", "it ran"]
    done = subprocess.run(command, cwd=akios.workspace, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "no trusted keys" in done.stderr
