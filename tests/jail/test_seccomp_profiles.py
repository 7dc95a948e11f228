"""The shipped profiles: what they refuse, tried on the real kernel, and what has to run under them."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from akios_jail.jail import seccomp
from tests.jail import bpf, filtered

pytestmark = pytest.mark.root

EPERM, ENOSYS = errno.EPERM, errno.ENOSYS
BAD = 1  # an address where nothing is mapped
NO_FD = 0xFFFFFFFF

# Each call with arguments that do no harm if it gets through: nothing there, not open, not valid. None for the errno
# without a filter: it must not even be tried unfiltered.
REFUSED = [
    ("unshare", (0x10000000,), EPERM),
    ("setns", (NO_FD, 0), EPERM),
    ("mount", (BAD, BAD, BAD, 0, BAD), EPERM),
    ("umount2", (BAD, 0), EPERM),
    ("pivot_root", (BAD, BAD), EPERM),
    ("chroot", (BAD,), EPERM),
    ("open_tree", (NO_FD, BAD, 0), EPERM),
    ("open_tree_attr", (NO_FD, BAD, 0, BAD, 32), EPERM),
    ("move_mount", (NO_FD, BAD, NO_FD, BAD, 0), EPERM),
    ("fsopen", (BAD, 0), EPERM),
    ("fsconfig", (NO_FD, 0, 0, 0, 0), EPERM),
    ("fsmount", (NO_FD, 0, 0), EPERM),
    ("fspick", (NO_FD, BAD, 0), EPERM),
    ("mount_setattr", (NO_FD, BAD, 0, BAD, 32), EPERM),
    ("ptrace", (16, 0x7FFFFFFF, 0, 0), EPERM),
    ("process_vm_readv", (0x7FFFFFFF, 0, 0, 0, 0, 0), EPERM),
    ("process_vm_writev", (0x7FFFFFFF, 0, 0, 0, 0, 0), EPERM),
    ("process_madvise", (NO_FD, 0, 0, 0, 0), EPERM),
    ("process_mrelease", (NO_FD, 0), EPERM),
    ("kcmp", (0x7FFFFFFF, 0x7FFFFFFF, 0, 0, 0), EPERM),
    ("pidfd_getfd", (NO_FD, 0, 0), EPERM),
    ("bpf", (0, BAD, 8), EPERM),
    ("perf_event_open", (BAD, 0, 0, NO_FD, 0), EPERM),
    ("userfaultfd", (0x40000000,), EPERM),
    ("fanotify_init", (0x40000000, 0), EPERM),
    ("fanotify_mark", (NO_FD, 0, 0, 0, 0), EPERM),
    ("syslog", (99, 0, 0), EPERM),
    ("name_to_handle_at", (NO_FD, BAD, BAD, BAD, 0), EPERM),
    ("open_by_handle_at", (NO_FD, BAD, 0), EPERM),
    ("add_key", (BAD, BAD, 0, 0, 0), EPERM),
    ("request_key", (BAD, BAD, 0, 0), EPERM),
    ("keyctl", (9999, 0, 0, 0, 0), EPERM),
    ("kexec_load", (0, 0, 0, 0xFFFF), EPERM),
    ("kexec_file_load", (NO_FD, NO_FD, 0, 0, 0), EPERM),
    ("init_module", (BAD, 1, BAD), EPERM),
    ("finit_module", (NO_FD, BAD, 0), EPERM),
    ("delete_module", (BAD, 0), EPERM),
    ("swapon", (BAD, 0), EPERM),
    ("swapoff", (BAD,), EPERM),
    ("acct", (BAD,), EPERM),
    ("quotactl", (0, BAD, 0, 0), EPERM),
    ("quotactl_fd", (NO_FD, 0, 0, 0), EPERM),
    ("reboot", (0, 0, 0, 0), EPERM),
    ("sethostname", (BAD, 5), EPERM),
    ("setdomainname", (BAD, 5), EPERM),
    ("settimeofday", (BAD, 0), EPERM),
    ("clock_settime", (0, BAD), EPERM),
    ("adjtimex", (BAD,), EPERM),
    ("clock_adjtime", (0, BAD), EPERM),
    ("iopl", (99,), EPERM),
    ("ioperm", (0xFFFFFFFF, 1, 1), EPERM),
    ("modify_ldt", (99, 0, 0), EPERM),
    ("get_mempolicy", (BAD, 0, 0, 0, 0), EPERM),
    ("set_mempolicy", (99, 0, 0), EPERM),
    ("mbind", (1, 1, 99, 0, 0, 0), EPERM),
    ("migrate_pages", (0x7FFFFFFF, 0, 0, 0), EPERM),
    ("move_pages", (0x7FFFFFFF, 1, BAD, 0, 0, 0), EPERM),
    ("memfd_secret", (0x40000000,), EPERM),
    ("personality", (0x0040000,), EPERM),  # ADDR_NO_RANDOMIZE
    ("personality", (0x0400000,), EPERM),  # READ_IMPLIES_EXEC
    ("clone3", (BAD, 88), ENOSYS),
    ("io_uring_setup", (1, BAD), ENOSYS),
    ("io_uring_enter", (NO_FD, 0, 0, 0, 0, 0), ENOSYS),
    ("io_uring_register", (NO_FD, 0, 0, 0), ENOSYS),
    ("statmount", (BAD, BAD, 0, 0), ENOSYS),
    ("listmount", (BAD, BAD, 0, 0), ENOSYS),
    # sockets: families, types and protocols beyond local, TCP and UDP
    ("socket", (40, 1, 0), EPERM),  # AF_VSOCK
    ("socket", (17, 3, 0), EPERM),  # AF_PACKET
    ("socket", (38, 5, 0), EPERM),  # AF_ALG
    ("socket", (38 | 1 << 32, 5, 0), EPERM),  # the kernel reads an int
    ("socket", (2, 3, 1), EPERM),  # AF_INET, SOCK_RAW, ICMP
    ("socket", (2, 2, 1), EPERM),  # ping without a raw socket
    ("socket", (2, 3 | 0x80000, 255), EPERM),
    ("socket", (10, 3, 58), EPERM),
    ("socket", (2, 1, 262), EPERM),  # MPTCP
    ("socket", (2, 5, 132), EPERM),  # SCTP
    ("socket", (16, 3, 12), EPERM),  # NETLINK_NETFILTER
    ("socket", (16, 3, 15), EPERM),  # NETLINK_KOBJECT_UEVENT
    ("socket", (16, 3, 16 | 1 << 32), EPERM),  # NETLINK_GENERIC
    ("socket", (29, 3, 1), EPERM),  # AF_CAN
    ("socket", (31, 3, 1), EPERM),  # AF_BLUETOOTH
    ("socket", (44, 3, 0), EPERM),  # AF_XDP
    ("socketpair", (2, 1, 0, BAD), EPERM),
    ("socketpair", (30, 1, 0, BAD), EPERM),  # AF_TIPC
    # terminals: typing into the terminal of whoever started us, also with bits that the kernel does not look at
    ("ioctl", (NO_FD, 0x5412, BAD), EPERM),
    ("ioctl", (NO_FD, 0x5412 | 1 << 32, BAD), EPERM),
    ("ioctl", (NO_FD, 0x5412 | 0xFFFFFFFF << 32, BAD), EPERM),
    ("ioctl", (NO_FD, 0x541C, BAD), EPERM),
    ("ioctl", (NO_FD, 0x541C | 1 << 63, BAD), EPERM),
    ("ioctl", (NO_FD, 0x5423, BAD), EPERM),
    # device files
    ("mknod", (BAD, 0o20600, 0x103), EPERM),
    ("mknod", (BAD, 0o60600, 0x700), EPERM),
    ("mknodat", (NO_FD, BAD, 0o20600, 0x103), EPERM),
    ("mknodat", (NO_FD, BAD, 0o60600 | 1 << 32, 0x700), EPERM),
    # every namespace by clone
    *[("clone", (flag | 17, 0, 0, 0, 0), EPERM) for flag in (0x20000, 1 << 25, 1 << 26, 1 << 27, 1 << 28)],
    *[("clone", (flag | 17 | 1 << 32, 0, 0, 0, 0), EPERM) for flag in (1 << 29, 1 << 30)],
]  # fmt: skip

#: Calls that would work, or that ask other questions first, when no filter is there.
NOT_TRIED_UNFILTERED = {"clone", "vhangup", "unshare", "personality"}
#: What a kernel answers without a filter, where that can be the same errno: nothing can be told from it. A kernel that
#: does not have a call says ENOSYS to it in any case.
SAME_WITHOUT = {"memfd_secret", "userfaultfd", "statmount", "listmount"}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seccomp")


def answers(calls: list[tuple[int, tuple[int, ...]]], program: bytes | None) -> list[int]:
    def body() -> bytes:
        if program is not None:
            filtered.load(program)
        return json.dumps([filtered.call(number, arguments) for number, arguments in calls]).encode()

    found: list[int] = json.loads(filtered.in_child(body))
    return found


@pytest.fixture(scope="module")
def default_answers(cache: Path) -> list[int]:
    calls = [(filtered.number(name), arguments) for name, arguments, _ in REFUSED]
    return answers(calls, filtered.program("agent-default", cache))


@pytest.mark.parametrize("index", range(len(REFUSED)), ids=[f"{name}-{args[:2]}" for name, args, _ in REFUSED])
def test_the_default_profile_refuses(index: int, default_answers: list[int]) -> None:
    assert default_answers[index] == REFUSED[index][2]


def test_it_is_the_filter_that_refuses() -> None:
    tried = [row for row in REFUSED if row[0] not in NOT_TRIED_UNFILTERED]
    found = answers([(filtered.number(name), arguments) for name, arguments, _ in tried], None)
    same = {name for (name, _, expected), number in zip(tried, found, strict=True) if number == expected}
    assert same <= SAME_WITHOUT


def test_the_strict_profile_refuses_all_that_the_default_one_does(cache: Path) -> None:
    calls = [(filtered.number(name), arguments) for name, arguments, _ in REFUSED]
    found = answers(calls, filtered.program("agent-strict", cache))
    assert [name for (name, _, _), number in zip(REFUSED, found, strict=True) if number not in (EPERM, ENOSYS)] == []


def test_the_brokers_profile_refuses_all_that_the_default_one_does(cache: Path) -> None:
    calls = [(filtered.number(name), arguments) for name, arguments, _ in REFUSED]
    found = answers(calls, filtered.program("broker", cache))
    assert [name for (name, _, _), number in zip(REFUSED, found, strict=True) if number not in (EPERM, ENOSYS)] == []


DROPPED_BY_DOCKER = [
    line.split() for line in (Path(__file__).parent / "data" / "docker_drops_x86_64.txt").read_text().splitlines()
    if not line.startswith("#")
]  # fmt: skip


@pytest.mark.parametrize("profile", ["agent-default", "agent-strict", "broker"])
def test_what_dockers_default_profile_drops_is_dropped_here(profile: str, cache: Path) -> None:
    program = filtered.program(profile, cache)
    let_in = [name for number, name in DROPPED_BY_DOCKER if bpf.answer(program, int(number)) == bpf.ALLOW]
    assert let_in == []
    assert len(DROPPED_BY_DOCKER) > 70


@pytest.mark.parametrize("profile", ["agent-default", "agent-strict", "broker"])
def test_every_group_of_a_profile_says_what_it_is_for(profile: str) -> None:
    document = json.loads(seccomp.find_profile(profile))
    assert all(entry["comment"] for entry in document["syscalls"])


@pytest.mark.parametrize("profile", ["agent-default", "agent-strict", "broker"])
def test_every_name_in_a_profile_exists(profile: str) -> None:
    from akios_jail.jail import seccomp_compile, seccomp_profile

    parsed = seccomp_profile.parse(seccomp.find_profile(profile), os.uname().machine, (6, 12))
    assert seccomp_compile.compile_profile(parsed, os.uname().machine).skipped == ()


# --- foreign ABIs -----------------------------------------------------------------------------------------------------

GETPID_INT80 = bytes.fromhex("b8 14 00 00 00 cd 80 c3")  # mov eax, 20; int 0x80; ret
GETPID_X32 = bytes.fromhex("b8 27 00 00 40 0f 05 c3")  # mov eax, 0x40000027; syscall; ret
GETPID = bytes.fromhex("b8 27 00 00 00 0f 05 c3")


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the instructions are those of x86")
@pytest.mark.parametrize("profile", ["agent-default", "agent-strict", "broker"])
@pytest.mark.parametrize(
    ("code", "status"), [(GETPID, 0), (GETPID_INT80, -31), (GETPID_X32, -31)], ids=["native", "i386", "x32"]
)
def test_foreign_abis_kill_the_process(profile: str, code: bytes, status: int, cache: Path) -> None:
    program = filtered.program(profile, cache)

    def body() -> None:
        function = filtered.machine_code(code)
        filtered.load(program)
        function()

    assert filtered.status_of_child(body) == status


# --- what has to run --------------------------------------------------------------------------------------------------


def run_under(profile: str, cache: Path, argv: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    program = filtered.program(profile, cache)
    return subprocess.run(
        argv, preexec_fn=lambda: filtered.load(program), capture_output=True, text=True, timeout=60, cwd=folder
    )


PYTHON = """
import asyncio, ctypes, fcntl, json, mmap, os, socket, sqlite3, ssl, sys, tempfile, threading, time
with tempfile.TemporaryDirectory() as folder:
    with open(folder + "/a", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.fsync(file.fileno())
    os.replace(folder + "/a", folder + "/b")
    import shutil
    shutil.copy2(folder + "/b", folder + "/c")
    database = sqlite3.connect(folder + "/d")
    database.execute("create table t (a)")
    database.commit()
threads = [threading.Thread(target=time.sleep, args=(0,)) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
ssl.create_default_context()
server = socket.create_server(("127.0.0.1", 0))
with socket.create_connection(server.getsockname()):
    server.accept()
socket.getaddrinfo("localhost", 80)
asyncio.run(asyncio.to_thread(os.getpid))
os.cpu_count(), os.urandom(8), mmap.mmap(-1, 4096)
print("fine")
"""

CHILDREN = """
import asyncio, multiprocessing, os, pty, subprocess
subprocess.run(["true"], check=True)
async def child():
    return await (await asyncio.create_subprocess_exec("true")).wait()
assert asyncio.run(child()) == 0
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
assert pty.spawn(["true"]) == 0
os.mkfifo("fifo")
print("fine")
"""


@pytest.mark.parametrize("profile", ["agent-default", "agent-strict"])
def test_python_runs(profile: str, cache: Path, tmp_path: Path) -> None:
    result = run_under(profile, cache, [sys.executable, "-c", PYTHON], tmp_path)
    assert result.stdout == "fine\n", result.stderr


def test_python_starts_children_under_the_default_profile(cache: Path, tmp_path: Path) -> None:
    result = run_under("agent-default", cache, [sys.executable, "-c", CHILDREN], tmp_path)
    assert result.stdout == "fine\n", result.stderr


@pytest.mark.parametrize(
    "starting", ["os.fork()", "subprocess.run(['true'])", "os.posix_spawn('/bin/true', ['x'], {})"]
)
def test_the_strict_profile_has_no_children(starting: str, cache: Path, tmp_path: Path) -> None:
    source = f"import os, subprocess\ntry: {starting}\nexcept PermissionError: print('refused')"
    assert run_under("agent-strict", cache, [sys.executable, "-c", source], tmp_path).stdout == "refused\n"


def test_the_strict_profile_replaces_the_process_only_under_itself(cache: Path, tmp_path: Path) -> None:
    source = f"import os; os.execv({sys.executable!r}, ['python', '-c', 'import os; os.fork()'])"
    result = run_under("agent-strict", cache, [sys.executable, "-c", source], tmp_path)
    assert "PermissionError" in result.stderr


def test_a_shell_a_compiler_and_git_run(cache: Path, tmp_path: Path) -> None:
    script = """
    set -e
    git init -q r && cd r && git -c user.email=a@example.com -c user.name=a commit -q --allow-empty -m one
    test "$(git log --oneline | wc -l)" = 1
    (sleep 0; echo background) & wait
    find . -name HEAD | sort | head -1 | tar cf /dev/null -T -
    command -v gcc > /dev/null && echo 'int main(void){return 0;}' > a.c && gcc a.c && ./a.out
    echo fine
    """
    result = run_under("agent-default", cache, ["bash", "-c", script], tmp_path)
    assert result.stdout.endswith("fine\n"), result.stderr


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_node_runs(cache: Path, tmp_path: Path) -> None:
    source = """
    const {Worker} = require("worker_threads"), {execFileSync} = require("child_process"), net = require("net");
    execFileSync("true");
    new Worker("0", {eval: true}).on("exit", () => {
      const server = net.createServer(s => s.end("x")).listen(0, "127.0.0.1", () =>
        fetch(`http://127.0.0.1:${server.address().port}/`).catch(() => 0)
          .then(() => { require("fs").readFileSync("/etc/hostname"); server.close(); console.log("fine"); }));
    });
    """
    result = run_under("agent-default", cache, ["node", "-e", source], tmp_path)
    assert result.stdout == "fine\n", result.stderr


@pytest.mark.skipif(shutil.which("java") is None, reason="the JVM is not installed")
def test_the_jvm_runs(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "T.java").write_text(
        """
        public class T {
          public static void main(String[] a) throws Exception {
            var thread = new Thread(() -> {}); thread.start(); thread.join();
            new ProcessBuilder("true").start().waitFor();
            try (var s = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress());
                 var c = new java.net.Socket(s.getInetAddress(), s.getLocalPort())) { s.accept(); }
            System.gc();
            System.out.println("fine");
          }
        }
        """
    )
    result = run_under("agent-default", cache, ["java", "T.java"], tmp_path)
    assert result.stdout == "fine\n", result.stderr


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_the_brokers_libraries_run(loop: str, cache: Path, tmp_path: Path) -> None:
    program = Path(__file__).parent / "broker_like.py"
    listener = socket.create_server(("127.0.0.1", 0))
    bpf_program = filtered.program("broker", cache)
    read_end, write_end = os.pipe()
    os.write(write_end, bpf_program)
    os.close(write_end)
    result = subprocess.run(
        [sys.executable, str(program), str(listener.fileno()), str(read_end), loop],
        pass_fds=(listener.fileno(), read_end),
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert result.stdout == "fine\n", result.stderr


@pytest.mark.parametrize(
    "attempt",
    [
        "os.fork()",
        "os.execv('/bin/true', ['x'])",
        "os.kill(os.getpid(), 0)",
        "os.kill(1, 0)",
        "socket.socket(socket.AF_INET).bind(('127.0.0.1', 0))",
        "socket.socket(socket.AF_NETLINK)",
        "socket.socket(socket.AF_UNIX)",
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
        "socket.socketpair(socket.AF_UNIX, socket.SOCK_RAW)",  # the kernel makes it one for datagrams
        "socket.socket(socket.AF_INET).sendto(b'x', socket.MSG_FASTOPEN, ('127.0.0.1', 9))",
        "socket.socket(socket.AF_INET).sendmsg([b'x'], [], socket.MSG_FASTOPEN, ('127.0.0.1', 9))",
        "os.symlink('a', 'b')",
        "os.setuid(0)",
        "os.chown('/', 0, 0)",
        "os.sched_setaffinity(0, {0})",
    ],
)
def test_the_brokers_profile_refuses_what_a_broker_never_does(attempt: str, cache: Path, tmp_path: Path) -> None:
    program = filtered.program("broker", cache)

    def body() -> bytes:
        filtered.load(program)
        try:
            exec(attempt, {"os": os, "socket": socket})
        except PermissionError:
            return b"refused"
        return b"done"

    assert filtered.in_child(body) == b"refused"
