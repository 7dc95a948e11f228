"""Whose signatures count: the keys of a folder that nobody else can write, for as long as they say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from akios_jail.policy import sshsig, trust
from akios_jail.policy.errors import PolicyError
from akios_jail.policy.trust import NotTrusted
from tests.policy.signing import new_key, public_line, ssh_believes

MESSAGE = b"kind: AgentPolicy\n"
KEY = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)
SIGNATURE = sshsig.sign(KEY, MESSAGE)
NOON = 1_800_000_000.0  # 2027-01-15 08:00 UTC


def line_of(options: str = "", name: str = "alice@example.org") -> str:
    import base64

    key = base64.b64encode(sshsig.public_bytes(KEY)).decode()
    return " ".join(part for part in (name, options, "ssh-ed25519", key) if part)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "trusted"
    path.mkdir(mode=0o755)
    return path


def written(folder: Path, *lines: str) -> tuple[trust.TrustedKey, ...]:
    (folder / "keys").write_text("\n".join(lines) + "\n")
    return trust.keys(str(folder))


def test_a_key_of_the_folder_counts_under_its_name(folder: Path) -> None:
    keys = written(folder, "# ours", "", line_of())
    signer = trust.signer(MESSAGE, SIGNATURE, keys, NOON)
    assert signer.name == "alice@example.org"
    assert signer.fingerprint == sshsig.fingerprint(sshsig.public_bytes(KEY))


def test_another_key_does_not(folder: Path, tmp_path: Path) -> None:
    keys = written(folder, f"bob {public_line(new_key(tmp_path))}")
    with pytest.raises(NotTrusted, match="not among the trusted"):
        trust.signer(MESSAGE, SIGNATURE, keys, NOON)


def test_other_bytes_are_not_signed(folder: Path) -> None:
    with pytest.raises(NotTrusted, match="no good"):
        trust.signer(MESSAGE + b"#", SIGNATURE, written(folder, line_of()), NOON)


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        ('valid-before="20270116Z"', True),
        ('valid-before="20270115Z"', False),
        ('valid-before="202701150801Z"', True),
        ('valid-before="20270115080000Z"', False),
        ('valid-after="20270115Z"', True),
        ('valid-after="20270116Z"', False),
        ('valid-after="20260101Z",valid-before="20280101Z"', True),
        ('namespaces="akios-policy"', True),
        ('namespaces="git,akios-policy",valid-before="20280101Z"', True),
        ('namespaces="git"', False),
    ],
)
def test_a_key_counts_within_its_limits(folder: Path, options: str, counts: bool) -> None:
    keys = written(folder, line_of(options))
    if counts:
        assert trust.signer(MESSAGE, SIGNATURE, keys, NOON).name == "alice@example.org"
    else:
        with pytest.raises(NotTrusted, match="alice"):
            trust.signer(MESSAGE, SIGNATURE, keys, NOON)


@pytest.mark.parametrize(
    "line",
    [
        line_of(),
        line_of('namespaces="akios-policy"'),
        line_of('namespaces="akios-policy, git"'),
        line_of('valid-after="20200101Z"'),
        line_of('namespaces="git"'),
        line_of().replace(" ", "\t"),
        "  " + line_of().replace(" ", "   ") + "  # hers\r",
    ],
)
def test_ssh_keygen_reads_the_same_lines(folder: Path, tmp_path: Path, line: str) -> None:
    keys = written(folder, line)
    try:
        ours = bool(trust.signer(MESSAGE, SIGNATURE, keys))
    except NotTrusted:
        ours = False
    assert ssh_believes(tmp_path, line, SIGNATURE, MESSAGE) is ours


@pytest.mark.parametrize(
    "line",
    [
        "alice",
        "alice ssh-ed25519",
        "alice ssh-ed25519 !!!!",
        "alice ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        line_of("cert-authority"),
        line_of('valid-before="soon"'),
        line_of('valid-before="20271399Z"'),
        line_of("namespaces"),
        line_of('verify-required,namespaces="akios-policy"'),
        line_of('valid-before="20200101Z",valid-before="20300101Z"'),
        line_of('namespaces="git",namespaces="akios-policy"'),
        line_of('namespaces="akios-policy,!akios-policy"'),
        line_of('namespaces="akios-policy",'),
        line_of('"'),
        line_of().replace("ssh-ed25519", '"ssh-ed25519'),
        line_of() + '"',
        line_of() + "\N{LINE SEPARATOR}",
        "," + line_of(),
    ],
)
def test_a_line_that_is_not_understood_refuses_all_of_them(folder: Path, line: str) -> None:
    with pytest.raises(PolicyError, match=r"keys:2"):
        written(folder, line_of(), line)


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no trusted keys"):
        trust.keys(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_a_folder_that_others_may_write_is_refused(folder: Path, mode: int) -> None:
    written(folder, line_of())
    folder.chmod(mode)
    with pytest.raises(PolicyError, match="others could add"):
        trust.keys(str(folder))


def test_a_file_that_others_may_write_is_refused(folder: Path) -> None:
    written(folder, line_of())
    (folder / "keys").chmod(0o666)
    with pytest.raises(PolicyError, match="others could add"):
        trust.keys(str(folder))


@pytest.mark.root
def test_a_file_of_somebody_else_is_refused(folder: Path) -> None:
    written(folder, line_of())
    os.chown(folder / "keys", 65534, 65534)
    with pytest.raises(PolicyError, match="others could add"):
        trust.keys(str(folder))


def test_links_and_pipes_are_not_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(line_of())
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PolicyError, match="cannot be read"):
        trust.keys(str(folder))
    (folder / "link").unlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(PolicyError, match="no file of trusted keys"):
        trust.keys(str(folder))


def test_a_signature_is_looked_for_beside_its_file(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "policy.yaml"
    keys = written(folder, line_of())
    with pytest.raises(NotTrusted, match=r"no signature .*policy\.yaml\.sig"):
        trust.signer_of(str(path), MESSAGE, keys, NOON)
    (tmp_path / "policy.yaml.sig").write_bytes(SIGNATURE)
    assert trust.signer_of(str(path), MESSAGE, keys, NOON).name == "alice@example.org"


def test_nobody_waits_for_a_pipe_in_a_signature_s_place(tmp_path: Path, folder: Path) -> None:
    os.mkfifo(tmp_path / "policy.yaml.sig")
    with pytest.raises(NotTrusted, match="not a file"):
        trust.signer_of(str(tmp_path / "policy.yaml"), MESSAGE, written(folder, line_of()), NOON)
