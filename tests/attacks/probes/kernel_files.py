"""Tries to open the kernel's files and devices, in many spellings of a path. Nothing is ever written to any of them."""

import errno
import glob
import json
import os

SWITCHES = [
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/randomize_va_space", "/proc/sys/kernel/pid_max", "/proc/sys/kernel/yama/ptrace_scope",
    "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/drop_caches", "/proc/sys/fs/file-max",
    "/proc/sys/fs/binfmt_misc/register", "/proc/sys/fs/suid_dumpable", "/proc/sys/user/max_user_namespaces",
    "/proc/sys/net/ipv4/ip_forward", "/proc/sysrq-trigger", "/proc/irq/default_smp_affinity",
]  # fmt: skip
MASKED = [
    "/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/latency_stats", "/proc/interrupts",
    "/proc/kallsyms", "/proc/modules", "/proc/cmdline",
]  # fmt: skip
ROOTS = [
    "/proc/kmsg", "/proc/kpageflags", "/proc/kpagecount", "/proc/vmallocinfo", "/proc/slabinfo", "/proc/pagetypeinfo",
]  # fmt: skip
#: The same masked file, spelled so that whoever masks paths and not files would let it through.
SPELLED = [
    "/proc/self/root/proc/interrupts", "/proc/thread-self/root/proc/interrupts", "/proc/1/../interrupts",
    "/proc/self/cwd/../../../../../../../../../../proc/interrupts", "/dev/fd/../../interrupts",
    "/proc/./tty/..//interrupts",
]  # fmt: skip
DEVICES = [
    "/dev/mem", "/dev/kmsg", "/dev/port", "/dev/sda", "/dev/vda", "/dev/loop0", "/dev/loop-control", "/dev/fuse",
    "/dev/net/tun", "/dev/kvm", "/dev/vhost-net", "/dev/vhost-vsock", "/dev/console", "/dev/tty0", "/dev/hpet",
    "/dev/uinput", "/dev/mapper/control", "/dev/userfaultfd", "/dev/cpu/0/msr",
]  # fmt: skip
SETTINGS = ["/sys/kernel/uevent_helper", "/sys/kernel/mm/ksm/run", "/sys/power/state", "/sys/kernel/profiling"]


def write(path):
    os.close(os.open(path, os.O_WRONLY))


def device(path):
    os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))


def read(path):
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return "done" if os.read(fd, 4096) else "empty"
    finally:
        os.close(fd)


def beneath(folder, name):
    fd = os.open(name, os.O_RDONLY, dir_fd=os.open(folder, os.O_PATH))
    return "done" if os.read(fd, 4096) else "empty"


def linked(path):
    os.symlink(path, "link")
    try:
        return read("link")
    finally:
        os.unlink("link")


def spared():
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("-1000")


def release_agent():
    found = glob.glob("/sys/fs/cgroup/*/release_agent")
    write(found[0] if found else "/sys/fs/cgroup/cgroup.procs")


OTHERS = {
    "reading interrupts beneath a descriptor of /proc": lambda: beneath("/proc", "interrupts"),
    "reading interrupts by a symbolic link": lambda: linked("/proc/interrupts"),
    "being spared when memory is short": spared,
    "all settings of the machine (/sys)": lambda: os.listdir("/sys/kernel") and None,
    "a program for when a cgroup is empty (release_agent)": release_agent,
}
ATTEMPTS = {
    **{f"writing {path}": lambda path=path: write(path) for path in [*SWITCHES, *SETTINGS]},
    **{f"reading {path}": lambda path=path: read(path) for path in [*MASKED, *ROOTS, *SPELLED]},
    **{f"opening {path}": lambda path=path: device(path) for path in DEVICES},
    **OTHERS,
}


def attempt(act):
    try:
        return act() or "done"
    except OSError as error:
        return errno.errorcode[error.errno]


if __name__ == "__main__":
    print(json.dumps({name: attempt(act) for name, act in ATTEMPTS.items()}))
