"""`akios policy sign|verify|trust|diff` from the command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from akios_jail.cli.main import run
from tests.policy.manifests import allowlist, manifest
from tests.policy.signing import new_key, public_line, ssh_believes


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(manifest())
    monkeypatch.chdir(tmp_path)
    return path


@pytest.mark.parametrize(("kind", "bits"), [("ed25519", 0), ("ecdsa", 256), ("rsa", 2048)])
def test_a_key_is_trusted_signs_and_is_verified(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, bits: int
) -> None:
    key = new_key(tmp_path, kind, bits)
    assert run(["policy", "trust", f"{key}.pub", "--as", "alice", "--trusted-keys", "keys"]) == 0
    assert run(["policy", "sign", "--key", str(key)]) == 0
    assert run(["policy", "verify", "--trusted-keys", "keys"]) == 0
    assert "by alice (SHA256:" in capsys.readouterr().out
    signature = policy.with_name("policy.yaml.sig").read_bytes()
    assert ssh_believes(tmp_path, f"alice {public_line(key)}", signature, policy.read_bytes())
    policy.write_text(manifest() + "# more\n")
    assert run(["policy", "verify", "--trusted-keys", "keys", "--json"]) == 1
    assert "does not fit" in json.loads(capsys.readouterr().out)[0]["error"]


def test_a_key_in_pem_signs_too(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", "key.pem"], check=True)
    subprocess.run(["openssl", "pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"], check=True)
    assert run(["policy", "trust", "public.pem", "--as", "release", "--trusted-keys", "keys"]) == 0
    assert run(["policy", "sign", "--key", "key.pem"]) == 0
    assert run(["policy", "verify", "--trusted-keys", "keys"]) == 0


def test_a_key_that_has_ended_does_not_count(policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = new_key(tmp_path)
    trusted = ["--as", "alice", "--until", "2999-12-31", "--trusted-keys", "keys"]
    assert run(["policy", "trust", f"{key}.pub", *trusted]) == 0
    line = tmp_path / "keys" / "alice"
    line.write_text(line.read_text().replace("30000101Z", "20210101Z"))
    assert run(["policy", "sign", "--key", str(key)]) == 0
    assert run(["policy", "verify", "--trusted-keys", "keys"]) == 1
    assert "was trusted until 2021-01-01 00:00 UTC" in capsys.readouterr().out


def test_a_private_key_is_not_put_among_the_trusted(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["policy", "trust", str(new_key(tmp_path)), "--as", "alice", "--trusted-keys", "keys"]) == 2
    assert "private key" in capsys.readouterr().err
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("name", ["../alice", "a b", "", "-x", "a\nb"])
def test_a_name_is_a_name(policy: Path, tmp_path: Path, name: str) -> None:
    assert run(["policy", "trust", f"{new_key(tmp_path)}.pub", "--as", name, "--trusted-keys", "keys"]) == 2


def test_a_key_that_is_trusted_already_is_not_trusted_by_a_second_line(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A limit in it would limit nothing while the first line counts."""
    key = new_key(tmp_path)
    trusting = ["policy", "trust", f"{key}.pub", "--trusted-keys", "keys", "--as"]
    assert run([*trusting, "alice"]) == 0
    assert run([*trusting, "alice", "--until", "2999-12-31"]) == 1
    assert run([*trusting, "bob"]) == 1
    assert "trusted already" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["alice"]


def test_a_day_that_is_over_is_no_limit(policy: Path, tmp_path: Path) -> None:
    arguments = ["--as", "alice", "--trusted-keys", "keys", "--until", "2020-01-01"]
    assert run(["policy", "trust", f"{new_key(tmp_path)}.pub", *arguments]) == 2
    assert not (tmp_path / "keys").exists()


def test_a_line_that_somebody_left_unended_is_not_run_into(policy: Path, tmp_path: Path) -> None:
    first, second = (new_key(tmp_path, *kind) for kind in (("ed25519", 0), ("ecdsa", 256)))
    (tmp_path / "keys").mkdir(mode=0o755)
    (tmp_path / "keys" / "alice").write_text(f"alice {public_line(first)}")
    assert run(["policy", "trust", f"{second}.pub", "--as", "alice", "--trusted-keys", "keys"]) == 0
    assert run(["policy", "sign", "--key", str(second)]) == 0
    assert run(["policy", "verify", "--trusted-keys", "keys"]) == 0


def test_a_policy_that_is_not_valid_is_not_signed(policy: Path, tmp_path: Path) -> None:
    policy.write_text(manifest("nonsense: 1"))
    assert run(["policy", "sign", "--key", str(new_key(tmp_path))]) == 2
    assert not policy.with_name("policy.yaml.sig").exists()


def test_a_difference_is_told_both_ways(policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "new.yaml"
    policy.write_text(allowlist("host: a.example.com, methods: [GET]"))
    new.write_text(allowlist("host: a.example.com, methods: [GET, POST], paths: [/v1]"))
    assert run(["policy", "diff", str(policy), str(new)]) == 1
    said = capsys.readouterr().out
    assert "allows more\n  rule 1 opens POST at a.example.com" in said
    assert "allows less\n  rule 1 opens paths /** at a.example.com" in said
    assert run(["policy", "diff", "--json", str(policy), str(new)]) == 1
    (more,) = json.loads(capsys.readouterr().out)["allows_more"]
    assert more["place"] == {
        "file": str(new),
        "line": 8,
        "path": "spec.governance.network_access.allowlist[0]",
    }


def test_a_policy_that_lasts_longer_or_counts_its_days_anew_is_told(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, text = tmp_path / "new.yaml", manifest("governance: {budget: {max_cost_per_day: $1}}")
    policy.write_text(text.replace("name: test", "name: test, expires: 2031-05-01"))
    new.write_text(text.replace("name: test", "name: other"))
    assert run(["policy", "diff", str(policy), str(new)]) == 1
    said = capsys.readouterr().out
    assert "allows more\n  it may be used for longer" in said
    assert "may allow more\n  what is spent in a day counts under the name other" in said
    assert run(["policy", "diff", str(new), str(policy)]) == 1


def test_a_condition_that_only_begins_like_the_old_one_may_allow_more(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new.yaml"
    policy.write_text(allowlist("""host: a.example.com, when: "request.path == '/a'\""""))
    new.write_text(allowlist("""host: a.example.com, when: "(request.path == '/a'\\n) && (false) || (true\\n)\""""))
    assert run(["policy", "diff", str(policy), str(new)]) == 1
    assert "another condition" in capsys.readouterr().out


def test_no_difference_is_status_0(policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(manifest() + "# a word\n")
    assert run(["policy", "diff", str(policy), str(new)]) == 0
    assert capsys.readouterr().out == "the two allow the same\n"
    new.write_text(manifest("resources: {memory: 128MiB}"))
    assert run(["policy", "diff", str(policy), str(new)]) == 0


def test_a_difference_with_a_policy_that_is_not_valid_is_status_2(policy: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(manifest("nonsense: 1"))
    assert run(["policy", "diff", str(policy), str(tmp_path / "bad.yaml")]) == 2
