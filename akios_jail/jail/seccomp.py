"""The system call filter of a session: find the profile, hand out its BPF, compile only when no good copy is cached.

On the path of every `akios run`, so a cached program costs one read and one hash. The cache is trusted with what the
agent may ask of the kernel, so a file in it counts only if it belongs to the caller, nobody else can write it, its hash
is right, and the libseccomp that compiled it is still the installed one; anything else is compiled anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from typing import Final

from akios_jail import resources
from akios_jail.jail.errors import JailError

#: Part of every cache key: raised when `seccomp_profile`, `seccomp_always` or `seccomp_compile` changes what a profile
#: means.
_COMPILER: Final = 5
_INSTRUCTION_BYTES: Final = 8  # struct sock_filter
_MAX_PROGRAM_BYTES: Final = 4096 * _INSTRUCTION_BYTES
_MAX_PROFILE_BYTES: Final = 1024 * 1024
_LIBRARY: Final = "libseccomp.so"


def find_profile(name_or_path: str) -> bytes:
    """The bytes of a shipped profile (`agent-default`), or of a file when the name has a slash or ends in `.json`."""
    step = f"read the seccomp profile {name_or_path!r}"
    remedy = "Name a shipped profile (agent-default, agent-strict), or a file that you can read by its path."
    try:
        if "/" in name_or_path or name_or_path.endswith(".json"):
            path = name_or_path
        else:
            path = resources.path("profiles", f"{name_or_path}.json")
        with open(path, "rb") as file:
            data = file.read(_MAX_PROFILE_BYTES + 1)
    except resources.NoSuchResource as error:
        raise JailError(step, str(error), remedy) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise JailError(step, getattr(error, "strerror", None) or str(error), remedy) from error
    if len(data) > _MAX_PROFILE_BYTES:
        raise JailError(step, "it is larger than 1 MiB", remedy)
    return data


def program(profile: bytes, cache_dir: str) -> bytes:
    """The profile as BPF for this machine and kernel: struct sock_filter, 8 bytes each, for `kernel.seccomp_load`.

    `cache_dir` is a folder for compiled programs alone; it is made if missing. `JailError` (`ProfileError` for a
    mistake in the profile) when it cannot be compiled. A cache that cannot be written only costs time.
    """
    system = os.uname()
    kernel = _version(system.release)
    key = hashlib.sha256(f"{_COMPILER} {system.machine} {kernel[0]}.{kernel[1]}\n".encode() + profile).hexdigest()
    path = os.path.join(cache_dir, f"{key}.bpf")
    cached = _read(path)
    if cached is not None:
        return cached
    try:
        from akios_jail.jail import seccomp_always, seccomp_compile, seccomp_profile
    except (ImportError, RuntimeError, OSError) as error:  # what pyseccomp raises without the library
        raise JailError("load libseccomp", str(error), "Install it: apt-get install libseccomp2") from error
    parsed = seccomp_profile.parse(profile, system.machine, kernel)
    parsed = parsed._replace(rules=parsed.rules + seccomp_always.ALWAYS)
    compiled = seccomp_compile.compile_profile(parsed, system.machine).program
    _write(path, compiled)
    return compiled


def _version(release: str) -> tuple[int, int]:
    """`6.18.44-fc` → (6, 18)."""
    major, minor = release.split("-", 1)[0].split("+", 1)[0].split(".")[:2]
    return int(major), int(minor)


def _read(path: str) -> bytes | None:
    """The program in a cache file, None unless every reason to trust it holds."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)  # a FIFO must not hold us up
    except OSError:
        return None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
            return None
        data = os.read(fd, _MAX_PROGRAM_BYTES + 4096)
    except OSError:
        return None
    finally:
        os.close(fd)
    line, _, body = data.partition(b"\n")
    try:
        header = json.loads(line)
    except ValueError:
        return None
    if not body or len(body) % _INSTRUCTION_BYTES or len(body) > _MAX_PROGRAM_BYTES:
        return None
    library = header.get("library") if isinstance(header, dict) else None
    if not isinstance(library, list) or not library or not isinstance(library[0], str):
        return None
    expected = _header(path, library[0], body)
    return body if expected is not None and header == expected else None


def _write(path: str, body: bytes) -> None:
    """Put a program into the cache, whole or not at all."""
    library = _mapped_library()
    header = _header(path, library, body) if library else None
    if header is None:
        return  # without a way to notice an upgrade nothing is kept
    temporary = f"{path}.{os.getpid()}.{time.monotonic_ns()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(json.dumps(header).encode() + b"\n" + body)
            os.rename(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise
    except OSError:
        return  # the program in hand is good; the next session compiles again


def _header(path: str, library: str, body: bytes) -> dict[str, object] | None:
    """What makes a cache file good: its own name (no other entry's file in its place), its hash, and the library that
    compiled it as it lies on disk (size and time change with an upgrade). None when that library is gone."""
    try:
        status = os.stat(library)
    except OSError:
        return None
    return {
        "entry": os.path.basename(path),
        "library": [library, status.st_size, status.st_mtime_ns],
        "sha256": hashlib.sha256(body).hexdigest(),
    }


def _mapped_library() -> str:
    """Where the libseccomp that this process has loaded lies, "" if that cannot be told."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                fields = line.rstrip("\n").split(maxsplit=5)
                if len(fields) == 6 and os.path.basename(fields[5]).startswith(_LIBRARY):
                    return fields[5]
    except OSError:
        return ""
    return ""
