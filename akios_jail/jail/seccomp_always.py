"""What no agent may ask of the kernel, whatever its profile says: calls whose effect would reach beyond the jail.

A team's own profile decides what its agents need. These few are not about need: on the host they would leave a program
that runs as somebody else, wake a root process, or use up what all sessions share. They are added to every profile.
"""

from __future__ import annotations

import errno
from typing import Final

from akios_jail.jail.seccomp_profile import RET_ERRNO, Comparison, Rule

_WHERE: Final = "what is always refused"
_EPERM: Final = RET_ERRNO | errno.EPERM
_ENOSYS: Final = RET_ERRNO | errno.ENOSYS
_EOPNOTSUPP: Final = RET_ERRNO | errno.EOPNOTSUPP
_F_SETLEASE: Final = 1024
_FSSETXATTR: Final = 0x401C5820
_KEEP_SIZE: Final = 1
_PUNCH_HOLE: Final = 2
_RESVSP: Final = 0x40305828
_RESVSP64: Final = 0x4030582A
_ZERO_RANGE: Final = 0x40305839
_RLIMIT_CORE: Final = 4
_TIOCEXCL: Final = 0x540C
_TIOCLINUX: Final = 0x541C
_TIOCSETD: Final = 0x5423
_TIOCSTI: Final = 0x5412
_LOW: Final = 0xFFFFFFFF


def _has(argument: int, bits: int) -> Comparison:
    return Comparison(argument, "SCMP_CMP_MASKED_EQ", bits, bits)


def _is(argument: int, value: int) -> Comparison:
    """The kernel looks at the low 32 bits of an int alone."""
    return Comparison(argument, "SCMP_CMP_MASKED_EQ", _LOW, value)


def _set_id(call: str, mode: int) -> tuple[Rule, ...]:
    return tuple(Rule(call, _EPERM, (_has(mode, bit),), _WHERE) for bit in (0o4000, 0o2000))


ALWAYS: Final = (
    # A set-id file in a writable folder is one for everybody on the host: there it belongs to the folder's owner, who
    # may be root, and there it is not on a nosuid mount. What is only created with these bits loses them when written.
    *_set_id("chmod", 1),
    *_set_id("fchmod", 1),
    *_set_id("fchmodat", 2),
    *_set_id("fchmodat2", 2),
    # A limit of 0 instead of 1 would hand core dumps to the program in core_pattern, the host's root, again.
    Rule("setrlimit", _EPERM, (_is(0, _RLIMIT_CORE),), _WHERE),
    Rule("prlimit64", _EPERM, (_is(1, _RLIMIT_CORE), Comparison(2, "SCMP_CMP_NE", 0, 0)), _WHERE),
    # In a pipeline the person's own terminal is passed. What types into it, changes its driver, or keeps others from
    # opening it (TIOCEXCL outlives the session) is refused by the low 32 bits, the only ones that the kernel looks at.
    *(Rule("ioctl", _EPERM, (_is(1, request),), _WHERE) for request in (_TIOCSTI, _TIOCLINUX, _TIOCSETD, _TIOCEXCL)),
    # Whoever opens a file with a lease waits up to 45 seconds (fs.lease-break-time) for who holds it: on a file of a
    # shown folder, also a read-only one, that is its owner at work, or the launcher of the next session.
    Rule("fcntl", _EPERM, (_is(1, _F_SETLEASE),), _WHERE),
    # Room on a disk that is taken without being written is taken at a terabyte a second, and the free space is looked
    # at in time for what a disk can write (launcher/room.py). Programs know file systems that cannot do this. A file's
    # extent size makes a byte that is written cost a gigabyte (XFS). Making holes takes nothing.
    Rule("fallocate", _EOPNOTSUPP, (Comparison(1, "SCMP_CMP_NE", _PUNCH_HOLE | _KEEP_SIZE, 0),), _WHERE),
    *(Rule("ioctl", _EOPNOTSUPP, (_is(1, request),), _WHERE) for request in (_RESVSP, _RESVSP64, _ZERO_RANGE)),
    Rule("ioctl", _EPERM, (_is(1, _FSSETXATTR),), _WHERE),
    # The contexts of old asynchronous input and output are counted for the whole machine (fs.aio-max-nr).
    Rule("io_setup", _ENOSYS, (), _WHERE),
)
