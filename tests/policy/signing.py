"""SSH keys for tests, made by ssh-keygen, and its own word on signatures."""

from __future__ import annotations

import subprocess
from pathlib import Path

from akios_jail.policy import sshsig


def new_key(folder: Path, kind: str = "ed25519", bits: int = 0, passphrase: str = "") -> Path:
    """A private key of this kind; its public half stands beside it."""
    path = folder / f"{kind}-{bits}"
    size = ["-b", str(bits)] if bits else []
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *size, "-N", passphrase, "-C", "", "-f", path], check=True)
    return path


def public_line(key: Path) -> str:
    """Type and base64 of a key's public half."""
    return " ".join(key.with_name(key.name + ".pub").read_text().split()[:2])


def ssh_signs(key: Path, message: bytes, namespace: str = sshsig.NAMESPACE) -> bytes:
    """What `ssh-keygen -Y sign` makes of it."""
    command = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(key), "-n", namespace]
    return subprocess.run(command, input=message, check=True, stdout=subprocess.PIPE).stdout


def ssh_believes(folder: Path, line: str, signature: bytes, message: bytes) -> bool:
    """Whether `ssh-keygen -Y verify` takes the signature, given this line of allowed_signers."""
    signers, file = folder / "signers", folder / "signature"
    signers.write_text(line + "\n")
    file.write_bytes(signature)
    who = line.split()[0]
    command = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", who, "-n", sshsig.NAMESPACE, "-s", file]
    done = subprocess.run(command, input=message, check=False, capture_output=True)
    return done.returncode == 0
