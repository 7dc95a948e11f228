"""What the machine around the kernel must give: limits, accounts, a place for the record, certificates, the time."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import sys
import time
from pathlib import Path

from akios_jail.doctor import obstacles
from akios_jail.doctor.check import Check, Failed, Outcome, in_child
from akios_jail.doctor.facts import Facts
from akios_jail.doctor.kernel_checks import libseccomp
from akios_jail.jail import cgroups
from akios_jail.jail.errors import JailError
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.state import default_path, open_state
from akios_jail.policy import language_models

#: Where systems keep the public certificate authorities.
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
#: Less free space than this is worth a word: the audit log grows, and a full disk ends every session.
_LOW_SPACE = 256 * 1024 * 1024
_KINDS = {
    "CgroupV1": "cgroup v1",
    "CgroupV2": "cgroup v2",
    "CgroupSystemd": "cgroup v2, in scopes that systemd delegates",
}
#: adjtimex(2): the kernel's clock is not kept by a time service.
_TIME_ERROR = 5


def checks(state_dir: str, facts: Facts) -> list[Check]:
    """The machine's part of the report; `state_dir` as in `akios run`, "" for the default."""
    return [
        Check("limits", "cgroups", lambda: _cgroups(facts)),
        Check("machine", "who runs", _account),
        Check("machine", "Python", _python),
        Check("machine", "libseccomp", libseccomp),
        Check(
            "machine", "state folder", lambda: _state_folder(state_dir or default_path(os.geteuid(), dict(os.environ)))
        ),
        Check("machine", "certificate authorities", _trust_store),
        Check("machine", "clock", _clock),
        Check("machine", "git", _git),
        Check("machine", "models for names", _models),
    ]


def limits_of_all_kinds() -> str:
    """An act: a process is held to limits in a cgroup of its own. An error names what cannot be limited, and why."""
    session = f"ses_{secrets.token_hex(6)}"
    cgroup = cgroups.create(session, cgroups.Limits(64 * 1024 * 1024, 0.5, 16), optional=True)
    try:
        ready, go = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(go)
            os.read(ready, 1)
            os._exit(0)
        cgroup.attach(child)
        os.close(go)
        os.waitpid(child, 0)
        cgroup.usage()
    finally:
        cgroup.kill()
        cgroup.remove()
    if cgroup.missing:
        # Each says what to do on lines of its own; once is enough.
        said = dict.fromkeys(sentence.splitlines()[0] for sentence in cgroup.missing)
        remedy = " ".join(cgroup.missing[0].splitlines()[1:])
        more = f"; and {len(said) - 2} more" if len(said) > 2 else ""
        raise JailError("limit a session", "; ".join([*said][:2]) + more, remedy)
    return f"memory, CPU and processes can be limited, by {_KINDS.get(type(cgroup).__name__, 'cgroups')}"


def limited(facts: Facts, level: str = "missing") -> Outcome:
    """Whether sessions of this process's account can be held to their limits."""
    remedy = "Sessions need these limits, or a policy with spec.resources.optional."
    try:
        return Outcome("ok", in_child(limits_of_all_kinds))
    except Failed as failure:
        said = " ".join(str(failure).split())
        return Outcome(level, said, obstacles.cgroups(said, facts) or failure.remedy or remedy)


def _cgroups(facts: Facts) -> Outcome:
    return limited(facts)


def _account() -> Outcome:
    uid = os.geteuid()
    if uid != 0:
        return Outcome("ok", f"uid {uid}: sessions are yours, in user namespaces of your own")
    sudo_uid = os.environ.get("SUDO_UID", "")
    if sudo_uid.isdigit() and int(sudo_uid) > 0:
        return Outcome("ok", f"root through sudo: agents run as you (uid {sudo_uid}), without privileges")
    return Outcome("ok", "root: agents run as an account number that nobody has, never as root")


def _python() -> Outcome:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Outcome("ok", f"{version} ({sys.executable})")
    return Outcome("limited", f"{version} is not one that AKIOS is tested with", "Use Python 3.11, 3.12 or 3.13.")


def _state_folder(path: str) -> Outcome:
    existing = Path(path)
    while not existing.exists():
        existing = existing.parent
    try:
        if existing == Path(path):
            open_state(path)
        else:
            probe = existing / f".akios-{secrets.token_hex(6)}"
            probe.mkdir(mode=0o700)
            probe.rmdir()
    except OSError as error:
        reason = f"{path} cannot be made: {error.strerror}"
        return Outcome("missing", reason, "Run it with sudo, or choose another with --state-dir.")
    except LaunchError as error:
        return Outcome("missing", error.message, error.remedy)
    room = os.statvfs(existing)
    free = room.f_bavail * room.f_frsize
    detail = f"{path}, {free // (1024 * 1024)} MiB free"
    if free < _LOW_SPACE:
        return Outcome("limited", detail, "Free some space: when the record cannot be written, nothing is allowed.")
    if room.f_flag & os.ST_NOEXEC:
        remedy = (
            "With `workspace: overlay`, programs that an agent writes cannot run: remount it with exec, or --state-dir."
        )
        return Outcome("limited", f"{detail}, mounted noexec", remedy)
    return Outcome("ok", detail)


def _trust_store() -> Outcome:
    for bundle in _BUNDLES:
        if os.path.exists(bundle):
            count = Path(bundle).read_bytes().count(b"BEGIN CERTIFICATE")
            return Outcome("ok", f"{count} in {bundle}")
    return Outcome("missing", "no bundle found: no upstream could be trusted", "apt install ca-certificates")


def _clock() -> Outcome:
    newest = Path(__file__).stat().st_mtime
    now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    remedy = "Set the clock, and keep it by a time service: timedatectl set-ntp true."
    if time.time() < newest:
        return Outcome("missing", f"{now} is before AKIOS was installed: no certificate would be valid", remedy)
    # struct timex is 208 bytes on 64-bit Linux; all zeros means: only tell.
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(256)) == _TIME_ERROR:
        return Outcome("limited", f"{now}, kept by no time service: the record's times may drift", remedy)
    return Outcome("ok", f"{now}, kept by a time service")


def _models() -> Outcome:
    usable = [name for name in language_models.installed() if language_models.missing(name) is None]
    return Outcome("ok", ", ".join(usable) or "none; only policies that name one (`ner`) need it")


def _git() -> Outcome:
    program = shutil.which("git")
    if program is None:
        return Outcome("limited", "not found", "Only agents that call git need it: apt install git.")
    return Outcome("ok", program)
