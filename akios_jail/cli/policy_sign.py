"""`akios policy sign|verify|trust`: who answers for a policy, in OpenSSH's formats."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import click

from akios_jail.cli.style import paint, printable

_FILE: Final = "policy.yaml"
_KEYS: Final = ("~/.ssh/id_ed25519", "~/.ssh/id_ed25519_sk", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.@_+-]{0,99}")
_TRUSTED = click.option(
    "--trusted-keys", default="", metavar="DIR", help="Whose signatures count (/etc/akios/trusted-keys)."
)


@click.command(short_help="Sign a policy with an Ed25519 or SSH key.")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "-k", "--key", default="", metavar="FILE", help="A private key (SSH's or PEM), or a .pub in the SSH agent."
)
def sign(files: tuple[str, ...], key: str) -> int:
    """Sign policies: FILE.sig is written beside each FILE (policy.yaml unless named).

    The key is an Ed25519 key in PEM, or a person's SSH key (~/.ssh/id_ed25519 unless named); keys with a passphrase, in
    an SSH agent (name the .pub) and in security keys are used through ssh-keygen. A policy that is not valid is not
    signed. `ssh-keygen -Y verify -n akios-policy` verifies the same file.

    \b
    akios policy sign
    akios policy sign --key ~/.ssh/id_ed25519_sk.pub policy.yaml flux.yaml
    openssl genpkey -algorithm ed25519 -out release.pem; akios policy sign --key release.pem
    """
    from akios_jail.policy import compile, load, source
    from akios_jail.policy.trust import SUFFIX

    chosen = _key(key)
    for name in files or (_FILE,):
        file = source.read(name)
        if not name.endswith(".json"):
            kind = load.kind_of(file.data, name)
            compile.check_flux(file) if kind == "FluxConfig" else compile.compile_bytes(file.data, name)
        signature = _signature(chosen, name, file.data)
        path = Path(name + SUFFIX)
        temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
        try:
            temporary.write_bytes(signature)
            temporary.replace(path)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error
        print(f"{paint('signed', 'good', sys.stdout)}: {printable(str(path))} ({_fingerprint(signature)})")
    return 0


@click.command(short_help="Say who signed a policy, and whether that counts.")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@_TRUSTED
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def verify(files: tuple[str, ...], trusted_keys: str, as_json: bool) -> int:
    """Say who signed policies, with everything that they are made of, and whether that counts on this machine.

    FILE is policy.yaml unless named. Exit status 0 when everything is signed by a trusted key, 1 when not, 2 when a
    policy is not valid or there are no trusted keys.

    \b
    akios policy verify
    akios policy verify --trusted-keys ./keys policies/*.yaml
    """
    from akios_jail.policy import compile, source, trust

    trusted = trust.keys(trusted_keys or trust.FOLDER)
    results = []
    for name in files or (_FILE,):
        for each in compile.compile_file(name).sources:
            result: dict[str, str] = {"role": each.role, "file": each.path, "sha256": each.sha256}
            if each.role == "base":
                results.append(result | {"named_by_digest": name})
                continue
            try:
                signer = trust.signer_of(each.path, source.read_file(each.path), trusted)
                results.append(result | {"signed_by": signer.name, "key": signer.fingerprint})
            except trust.NotTrusted as error:
                results.append(result | {"error": str(error)})
    if as_json:
        print(json.dumps(results, indent=2))
    else:
        for result in results:
            print(printable(_told(result)))
    return 1 if any("error" in result for result in results) else 0


@click.command(short_help="Let a key's signatures count on this machine.")
@click.argument("key", metavar="KEY.pub")
@click.option("--as", "name", required=True, metavar="NAME", help="Whose key it is, as records will say.")
@click.option("--until", default="", metavar="YYYY-MM-DD", help="The last day (UTC) on which it counts.")
@_TRUSTED
def trust(key: str, name: str, until: str, trusted_keys: str) -> int:
    """Let the signatures of a key count on this machine: an SSH public key, or an Ed25519 key in PEM.

    It is written as a file of OpenSSH's allowed_signers format, which can be edited and taken away. To run signed
    policies alone: sudo touch /etc/akios/require-signed.

    \b
    sudo akios policy trust ~/.ssh/id_ed25519.pub --as alice@example.org --until 2027-12-31
    """
    from akios_jail.policy import trust as trusting

    if not _NAME.fullmatch(name):
        raise click.UsageError(f"--as: {name!r} is no name: letters, digits and . @ _ + -, at most 100")
    options = f'namespaces="{_namespace()}"'
    if until:
        options += f',valid-before="{_after(until)}"'
    line = f"{name} {options} {_public(key)}\n"
    folder = Path(trusted_keys or trusting.FOLDER)
    path = folder / name
    try:
        added = trusting.parse_line(line, str(path))
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for other in trusting.keys(str(folder)):
            if added is not None and other.key == added.key:  # whatever is written beside it, that line still counts
                raise click.ClickException(f"this key is trusted already, as {other.place} says: change that line")
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(path, flags, 0o644), "r+b", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            ended = not size or os.pread(file.fileno(), 1, size - 1) == b"\n"
            file.write(line.encode() if ended else b"\n" + line.encode())
    except ValueError as error:
        raise click.ClickException(f"{key}: {error}") from error
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror} (sudo?)") from error
    trusting.keys(str(folder))
    print(f"{paint('trusted', 'good', sys.stdout)}: {printable(name)}, in {printable(str(path))}")
    return 0


def _told(result: dict[str, str]) -> str:
    if "error" in result:
        return f"{paint('not trusted', 'bad', sys.stdout)}: {result['file']}: {result['error']}"
    if "signed_by" in result:
        return f"{paint('signed', 'good', sys.stdout)}: {result['file']} by {result['signed_by']} ({result['key']})"
    return f"{paint('named', 'good', sys.stdout)}: {result['file']} by its digest {result['sha256'][:16]}…"


def _key(given: str) -> str:
    if given:
        return os.path.expanduser(given)
    for path in map(os.path.expanduser, _KEYS):
        if os.path.exists(path):
            return path
    raise click.UsageError(f"there is none of {', '.join(_KEYS)}: name a key with --key")


def _signature(key: str, name: str, message: bytes) -> bytes:
    """An armored signature; through ssh-keygen where the key is not ours to read."""
    from cryptography.hazmat.primitives import serialization

    from akios_jail.policy import sshsig

    try:
        data = Path(key).read_bytes()
    except OSError as error:
        raise click.ClickException(f"the key {key} cannot be read: {error.strerror}") from error
    if not key.endswith(".pub"):
        load = serialization.load_ssh_private_key if b"OPENSSH" in data else serialization.load_pem_private_key
        try:
            return sshsig.sign(load(data, None), message)  # type: ignore[arg-type]
        except (TypeError, ValueError, NotImplementedError):
            pass  # a passphrase, a security key, ECDSA: ssh-keygen asks whom it must
        except Exception as error:
            if "bcrypt" not in str(error):
                raise
    return _through_ssh_keygen(key, name, message)


def _through_ssh_keygen(key: str, name: str, message: bytes) -> bytes:
    from akios_jail.policy import sshsig

    command = ["ssh-keygen", "-Y", "sign", "-q", "-f", key, "-n", sshsig.NAMESPACE]
    try:
        done = subprocess.run(command, input=message, stdout=subprocess.PIPE, check=False)
    except FileNotFoundError as error:
        raise click.ClickException(f"{key} needs ssh-keygen (OpenSSH), which is not here") from error
    if done.returncode != 0:
        hint = "" if key.endswith(".pub") else "; without a terminal: `ssh-add` the key, and name its .pub"
        raise click.ClickException(f"ssh-keygen could not sign {name} with {key}{hint}")
    try:
        sshsig.verify(sshsig.parse(done.stdout), message)
    except sshsig.BadSignature as error:
        raise click.ClickException(f"this key's signatures are not accepted: {error}") from error
    return done.stdout


def _fingerprint(signature: bytes) -> str:
    from akios_jail.policy import sshsig

    return sshsig.fingerprint(sshsig.parse(signature).key)


def _public(key: str) -> str:
    """A public key as the type and the base64 of OpenSSH."""
    from cryptography.hazmat.primitives import serialization

    try:
        data = Path(key).read_bytes()
    except OSError as error:
        raise click.ClickException(f"the key {key} cannot be read: {error.strerror}") from error
    if b"PRIVATE KEY" in data:
        raise click.UsageError(f"{key} is a private key, which stays with its owner: name the public one")
    if data.startswith(b"-----BEGIN"):
        try:
            public = serialization.load_pem_public_key(data)
            data = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        except (ValueError, TypeError) as error:
            raise click.ClickException(f"{key} holds no public key: {error}") from error
    words = data.decode("utf-8", "replace").split()
    if len(words) < 2:
        raise click.ClickException(f"{key} holds no public key")
    return " ".join(words[:2])


def _namespace() -> str:
    from akios_jail.policy import sshsig

    return sshsig.NAMESPACE


def _after(day: str) -> str:
    """The moment at which a day has ended, as allowed_signers has it."""
    import datetime

    try:
        end = datetime.datetime.strptime(day, "%Y-%m-%d") + datetime.timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise click.UsageError(f"--until: {day!r} is no day: write it as 2027-12-31") from error
    if end.replace(tzinfo=datetime.UTC) <= datetime.datetime.now(datetime.UTC):
        raise click.UsageError(f"--until: {day} is over")
    return f"{end:%Y%m%d}Z"
