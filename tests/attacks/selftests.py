"""What is expected of the kernel's own tests in a jail: which are run, and why some come to something else there.

They are made for root on a machine of its own. Each assertion that fails in a jail has to be one of `DEVIATIONS`, and
so is explained by what an agent is or by what its profile refuses; a test in which anything else fails is a failure.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Program(NamedTuple):
    """A program with so many `tests`, of which so many may `deviate`; the rest has to pass or to skip itself.
    `arguments`: which of its tests are left out, or alone are run, and `because` of what."""

    path: str
    tests: int
    deviate: int
    arguments: tuple[str, ...] = ()
    because: str = ""


PROGRAMS = (
    Program(
        "seccomp/seccomp_bpf.c",
        80,
        15,
        ("-F", "TRACE_poke", "-F", "TRACE_syscall", "-T", "syscall_restart"),
        "ptrace is refused, and they wait half a minute each for what it would bring",
    ),
    Program("landlock/base_test.c", 9, 5),
    Program("landlock/scoped_test.c", 1, 0),
    Program("landlock/scoped_signal_test.c", 21, 21),
    Program("landlock/scoped_abstract_unix_test.c", 32, 32),
    Program(
        "landlock/fs_test.c",
        10,
        0,
        ("-f", "global", "-f", "ioctl"),
        "the others mount file systems, and stop where that is refused",
    ),
)
#: Not built: all of `landlock/net_test.c` and `ptrace_test.c`, which make network namespaces and trace.

#: By the test and what its assertion says: why it is so.
DEVIATIONS = {
    r"cap_set_secbits\(noroot\) \(-1\)": "An agent has no capability to give up; the test goes on as if it had.",
    r"ruleset_fd_transfer:Expected EXIT_SUCCESS": "Its child ends with what the one above came to there.",
    r"cred_transfer:Expected EXIT_SUCCESS": "Its child ends with what the one above came to there.",
    r"cred_transfer:.*(KEYCTL_|session keyring)": "Key rings are refused.",
    r"kcmp:|filecmp\(": "Comparing processes is refused.",
    r"unshare\(CLONE_NEW": "Namespaces are refused.",
    r"PTRACE_ATTACH": "Tracing is refused.",
    r"filter_empty(_threaded)?:Expected pid \(-1\) >= 0": "It clones by clone3, to which the answer is ENOSYS.",
    r"user_notification_continue:Expected true \(1\) == WIFEXITED": "Its child waits for what the one above would do.",
    r"mode_strict_\w+:": "Strict mode cannot be entered by whoever has a filter already.",
    r"mode_filter_get_seccomp:Expected 0 \(0\) == ret \(2\)": "There is a filter: the jail's.",
    r"mode_filter_without_nnp:": "No new privileges is set from the beginning, so that a filter may be added.",
    r"two_sibling_want_nnp:": "As the one above.",
    r"restrict_self_checks_ordering:Expected EPERM \(1\) == errno \(22\)": "As the one above.",
    r"negative_ENOSYS:": "A number below zero has the bit of another ABI, by which the process is killed.",
    r"abi_version:Expected 6 ": "The kernel is newer than the test.",
    r"signal_scoping_thread_setuid:": "An agent cannot become another user.",
    r"scoped_pathname_sockets:Expected 0 \(0\) == mkdir\(TMP_DIR": "The test before could not take its folder away.",
}
_ENDED = re.compile(r"(not ok|ok) \d+ (\S+)(.*)")
_BEGUN = re.compile(r"#  RUN ")
_SAID = re.compile(r"# (?:\S*/)?(\w+\.[ch]):\d+:(.*)|# (\w+: Test terminated (?:unexpectedly|by timeout).*)")


class Outcome(NamedTuple):
    """What came of one test: `unexplained` has what it said that is no deviation."""

    passed: bool
    unexplained: tuple[str, ...]


def outcomes(output: str) -> dict[str, Outcome]:
    """What each test came to, from what their program printed, errors and all in one stream."""
    found = {}
    said: list[str] = []
    for line in output.splitlines():
        if _BEGUN.match(line):
            said = []
        elif ended := _ENDED.match(line):
            unexplained = [each for each in said if not any(re.search(why, each) for why in DEVIATIONS)]
            if not said:
                unexplained = ["it said nothing"]
            passed = ended[1] == "ok"
            found[ended[2]] = Outcome(passed, () if passed else tuple(unexplained))
            said = []
        elif told := _SAID.match(line):
            said.append(told[2] or told[3])
    return found
