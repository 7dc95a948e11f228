"""What code in a broker that is taken over may try. `TARGETS` says where; `LOOSE` that nothing stops it here.

Run by an interpreter with the targets as its argument it prints what came of each attempt; inside a broker the test
puts both names in front of it and takes what it leaves in `said`.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import socket
import sys
import threading

if "TARGETS" not in globals():
    TARGETS, LOOSE = json.loads(sys.argv[1]), True

libc = ctypes.CDLL(None, use_errno=True)
said = {}


def attempt(name, act):
    try:
        act()
        said[name] = "done"
    except OSError as error:
        said[name] = errno.errorcode.get(error.errno, type(error).__name__)
    except Exception as error:
        said[name] = type(error).__name__


def must(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def read(path):
    with open(path, "rb") as file:
        file.read(1)


def listed(folder, wanted):
    if wanted not in os.listdir(folder):
        raise FileNotFoundError(errno.ENOENT, wanted)


def made(folder, make):
    path = os.path.join(folder, "probe")
    make(path)
    (os.rmdir if os.path.isdir(path) and not os.path.islink(path) else os.unlink)(path)


def replaced(act):
    """What does not come back when it works: in a child, where there can be one."""
    if not LOOSE:
        return act()
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(1)
    if os.waitpid(child, 0)[1] != 0:
        raise RuntimeError("the child could not do it")
    return None


def from_memory():
    fd = os.memfd_create("program", 0)
    os.write(fd, b"#!" + TARGETS["program"].encode() + b"\n")
    os.execve(fd, ["true"], {})


def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def threads():
    over = threading.Event()
    started = []
    try:
        for _ in range(TARGETS["threads"]):
            started.append(threading.Thread(target=over.wait))
            started[-1].start()
    finally:
        over.set()
        for each in started:
            if each.ident is not None:
                each.join()


def somebody():
    """The process to attack; where nothing stops anything, one of our own."""
    if not LOOSE:
        return TARGETS["launcher"]
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    return child


def memory_of(pid, address):
    buffer = ctypes.create_string_buffer(8)
    ours = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
    theirs = (ctypes.c_size_t * 2)(address, 8)
    must(libc.process_vm_readv(pid, ours, 1, theirs, 1, 0))


def key():
    number = {"x86_64": 248, "aarch64": 217}[os.uname().machine]
    must(libc.syscall(number, b"user", b"akios-probe", b"x", ctypes.c_size_t(1), ctypes.c_int(-1)))


def enter(namespace):
    fd = os.open(namespace, os.O_RDONLY)
    try:
        must(libc.setns(fd, 0))
    finally:
        os.close(fd)


def made_socket(*kind):
    socket.socket(*kind).close()


def bound(kind):
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))


def listening():
    with socket.socket() as sock, socket.socket() as other:
        sock.listen(1)
        other.connect(("127.0.0.1", sock.getsockname()[1]))


def dialled(port):
    with socket.socket() as sock:
        sock.settimeout(5)
        sock.connect(("127.0.0.1", port))


def dialled_at_once(port):
    with socket.socket() as sock:
        sock.sendto(b"x", socket.MSG_FASTOPEN, ("127.0.0.1", port))


def local_datagram():
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with one, other:
        one.sendto(b"x", TARGETS["abstract"].encode("utf-8", "surrogateescape"))


def local_stream():
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind("\0akios-probe-" + str(os.getpid()))


attempt("read the passwords", lambda: read("/etc/shadow"))
attempt("list root's home", lambda: os.listdir("/root"))
attempt("read the key that signs the log", lambda: read(TARGETS["key"]))
attempt("read the agent's workspace", lambda: os.listdir(TARGETS["workspace"]))
attempt("read a program", lambda: read(TARGETS["program"]))
attempt("read what the host's network does", lambda: read("/proc/net/tcp"))
attempt("write beside the libraries", lambda: made(TARGETS["libraries"], lambda path: open(path, "x").close()))
attempt("make a folder where budgets are", lambda: made(TARGETS["state"], os.mkdir))
attempt("make a link where budgets are", lambda: made(TARGETS["state"], lambda path: os.symlink("/etc", path)))
attempt("write a longer file", lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 50, 1 << 50)))

attempt("list what other sessions left", lambda: listed(TARGETS["traces"], TARGETS["other"]))
attempt("read another session's trace", lambda: read(os.path.join(TARGETS["traces"], TARGETS["other"])))
attempt("read another session's recording", lambda: read(os.path.join(TARGETS["recordings"], TARGETS["other"])))
attempt("read a running session's trace", lambda: read(os.path.join(TARGETS["traces"], TARGETS["running"])))
attempt("remove another session's trace", lambda: os.unlink(os.path.join(TARGETS["traces"], TARGETS["other"])))
attempt("put a folder in its place", lambda: os.rename(TARGETS["traces"], TARGETS["traces"] + ".old"))

attempt("execute a program", lambda: replaced(lambda: os.execv(TARGETS["program"], ["true"])))
attempt("execute a program from memory", lambda: replaced(from_memory))
attempt("fork", fork)
attempt("make threads without end", threads)
attempt("become root", lambda: os.setresuid(0, 0, 0))
attempt("change the root folder", lambda: os.chroot("/"))

buffer = ctypes.create_string_buffer(b"secret")
victim = somebody()
attempt("signal the launcher", lambda: os.kill(victim, 0))
attempt("hold the launcher", lambda: os.close(os.pidfd_open(victim)))
attempt("read the launcher's memory", lambda: memory_of(victim, ctypes.addressof(buffer)))
attempt("read the launcher's command line", lambda: read(f"/proc/{victim}/cmdline"))
attempt("trace the launcher", lambda: must(libc.ptrace(0x4206, victim, None, None)))
if LOOSE:
    os.kill(victim, signal.SIGKILL)
    os.waitpid(victim, 0x40000000)

attempt("enter another namespace", lambda: enter(TARGETS["namespace"]))
attempt("mount", lambda: must(libc.mount(b"probe", TARGETS["mount"].encode(), b"tmpfs", ctypes.c_ulong(0), None)))
attempt("make a user namespace", lambda: replaced(lambda: (must(libc.unshare(0x10000000)), LOOSE and os._exit(0))))
attempt("load a key", key)

attempt("raw socket", lambda: made_socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
attempt("packet socket", lambda: made_socket(socket.AF_PACKET, socket.SOCK_RAW))
attempt("netlink socket", lambda: made_socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
attempt("local socket", local_stream)
attempt("datagram to an abstract socket", local_datagram)
attempt("bind a TCP port", lambda: bound(socket.SOCK_STREAM))
attempt("bind a UDP port", lambda: bound(socket.SOCK_DGRAM))
attempt("listen on the host", listening)
attempt("dial a port that no rule names", lambda: dialled(TARGETS["port"]))
attempt("dial it without connect", lambda: dialled_at_once(TARGETS["port"]))
attempt("dial a port that a rule names", lambda: dialled(TARGETS["allowed"]))

if __name__ == "__main__" and LOOSE:
    print(json.dumps(said))
