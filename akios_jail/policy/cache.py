"""Compiled policies, kept: reading and checking a policy takes some 250 ms of imports alone, reading its plans 1 ms.

An entry is found by everything that its plans depend on: the policy's bytes and folder, those of a FluxConfig that is
given beside it, the product's version and the code of this package; and it is used only while the files that the policy
itself names (a system call profile, a FluxConfig, a policy that it extends) have the bytes they had. Whoever can write
an entry decides what an agent may do, so entries are believed only from a folder and a file that belong to the caller
alone; anything else is compiled anew, in silence, because the policy itself is at hand.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat

from akios_jail import __version__
from akios_jail.policy import plans as planning
from akios_jail.policy import profile, source
from akios_jail.policy.errors import PolicyError
from akios_jail.policy.plans import Plans
from akios_jail.policy.source import File

#: More entries than this, and the oldest are removed.
KEPT = 64
_MAX_ENTRY = 64 * 1024 * 1024


def load(path: str, cache_dir: str, flux: str = "") -> Plans:
    """The plans of the policy at `path`, compiled only if `cache_dir` does not hold them. `PolicyError` if it is bad.

    `cache_dir` is a folder for plans alone, made (mode 0700) if missing. A cache that cannot be used only costs time.
    `flux`: the path of a FluxConfig, in place of the one that the policy names.
    """
    policy = source.read(path)
    given = source.read(flux) if flux else None
    name = _entry_name(policy, given)
    folder = _open_folder(cache_dir)
    try:
        cached = _read(folder, name) if folder is not None else None
        if cached is not None and _current(cached, policy, given):
            return cached
        from akios_jail.policy.compile import compile_bytes  # the schema's imports, only now

        plans = compile_bytes(policy.data, path, given)
        if folder is not None:
            with contextlib.suppress(OSError):
                _write(folder, name, json.dumps(planning.dump(plans), separators=(",", ":")).encode())
                _prune(folder)
        return plans
    finally:
        if folder is not None:
            os.close(folder)


def _current(plans: Plans, policy: File, given: File | None) -> bool:
    """Whether every file that the plans came from has the bytes it had."""
    if plans.policy_sha256 != _sha256(policy.data) or not plans.sources:
        return False
    if not profile.unchanged(profile.Profile(plans.jail.seccomp_profile, plans.jail.seccomp_sha256)):
        return False
    if plans.broker.pii.ner and not _are_installed(plans.broker.pii.ner):
        return False
    if given is not None and plans.flux_sha256 != _sha256(given.data):
        return False
    roles = ("base", "limit", "flux") if given is None else ("base", "limit")
    named = [each for each in plans.sources if each.role in roles]
    try:
        return all(_sha256(source.read_file(each.path)) == each.sha256 for each in named)
    except PolicyError:
        return False


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _are_installed(models: tuple[str, ...]) -> bool:
    from akios_jail.policy.language_models import missing  # only where a policy names a model

    return all(missing(model) is None for model in models)


def _entry_name(policy: File, flux: File | None) -> str:
    folder = os.path.dirname(os.path.abspath(policy.name))
    beside = (flux.data,) if flux is not None else ()
    digest = hashlib.sha256()
    for part in (__version__.encode(), _code_stamp(), os.fsencode(folder), policy.data, *beside):
        digest.update(len(part).to_bytes(8, "big") + part)
    return f"{digest.hexdigest()}.json"


def _code_stamp() -> bytes:
    """Names, sizes and times of this package's files: a changed checkout does not use the plans of yesterday's code."""
    with os.scandir(os.path.dirname(os.path.abspath(__file__))) as entries:
        files = sorted((entry.name, entry.stat()) for entry in entries if entry.name.endswith(".py"))
    return repr([(name, status.st_size, status.st_mtime_ns) for name, status in files]).encode()


def _open_folder(path: str) -> int | None:
    """A descriptor of the cache's folder; None if it cannot be had or is not the caller's alone."""
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    if _private(os.fstat(folder)):
        return folder
    os.close(folder)
    return None


def _private(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and status.st_mode & 0o077 == 0


def _read(folder: int, name: str) -> Plans | None:
    """The entry, None if it is absent, not the caller's own or damaged."""
    try:
        entry = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return None
    status = os.fstat(entry)
    if not stat.S_ISREG(status.st_mode) or not _private(status) or status.st_size > _MAX_ENTRY:
        os.close(entry)
        return None
    with open(entry, "rb") as file:
        try:
            return planning.parse(Plans, json.loads(file.read()))
        except (OSError, ValueError, RecursionError):
            return None


def _write(folder: int, name: str, content: bytes) -> None:
    """Put the entry there in one step: a reader sees all of it or nothing."""
    temporary = f".{os.urandom(8).hex()}"
    entry = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        with open(entry, "wb") as file:
            file.write(content)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _prune(folder: int) -> None:
    names = os.listdir(folder)
    if len(names) <= KEPT:
        return
    ages = sorted(names, key=lambda name: os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime_ns)
    for name in ages[: len(names) - KEPT]:
        os.unlink(name, dir_fd=folder)
