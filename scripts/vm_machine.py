"""A machine under QEMU: Debian's kernel, an initramfs that finds its root file system, one command, its status.

Two kinds of root (`Root`): this machine's own files, read-only over 9p under a layer in memory, which needs nothing
made beforehand; or an image on a disk (`vm_image`), whose changes QEMU forgets. Either has cgroup v2 alone.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from vm_scratch import scratch

KERNEL_PACKAGE = "linux-image-amd64"  # names the concrete one in its dependencies
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "akios-vm"
#: What the machine needs before it has its root file system, and what the jail asks a kernel for.
MODULES = (
    "virtio_pci", "virtio_blk", "ext4", "virtio_console", "virtio_rng", "9pnet_virtio", "9p", "overlay",
    "crc32c_generic", "nf_tables", "nft_chain_nat", "nft_redir", "nft_ct", "nft_log", "nft_limit", "nft_reject_inet",
    "nft_objref",
    "nfnetlink_log", "nf_log_syslog", "nf_conntrack", "fuse",
)  # fmt: skip
_APT = ("apt-get", "-o", "APT::Sandbox::User=root", "download", "-qq")
_MARK = "akios-vm-status"
#: The last is for what may be done nowhere else, such as setting the clock.
_KERNEL_WORDS = (
    "console=ttyS0 quiet panic=-1 systemd.unified_cgroup_hierarchy=1 systemd.show_status=0 systemd.getty_auto=0 "
    "akios_vm=1"
)
#: What an emulated processor need not be protected from, or would only wait for.
_EMULATED = "mitigations=off nokaslr audit=0 no_timer_check tsc=reliable nowatchdog rcupdate.rcu_expedited=1"

_INIT = """#!/bin/busybox sh
busybox mkdir -p /proc /sys /dev /lower /layer /new
busybox mount -t proc proc /proc
busybox mount -t sysfs sys /sys
busybox mount -t devtmpfs dev /dev
busybox echo 1 > /proc/sys/kernel/printk
while read module; do busybox insmod "$module"; done < /modules.order
{root}
busybox mount -t tmpfs -o mode=755 run /new/run
busybox cp /command /command.env /alone /bin/busybox /new/run/
{units}
busybox mount --move /proc /new/proc
busybox mount --move /sys /new/sys
busybox mount --move /dev /new/dev
exec busybox switch_root /new {program}
"""

_THESE_FILES = """\
busybox mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=512000 root /lower
busybox mount -t tmpfs -o size=75% layer /layer
busybox mkdir -p /layer/upper /layer/work
busybox mount -t overlay -o lowerdir=/lower,upperdir=/layer/upper,workdir=/layer/work overlay /new
for folder in proc sys dev run tmp; do busybox mkdir -p /new/$folder; done
busybox mount -t ext4 /dev/vda /new/tmp
busybox chmod 1777 /new/tmp
"""
#: A root file system made of packages alone has no names in it; a machine that was installed has.
_AN_IMAGE = """\
busybox mount -t ext4 -o noatime /dev/vda /new
busybox test -e /new/etc/hosts || busybox printf '127.0.0.1 localhost\\n::1 localhost\\n' > /new/etc/hosts
"""

_ALONE = """#!/run/busybox sh
mkdir -p /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up 2> /dev/null || busybox ifconfig lo up
set -a; . /run/command.env; set +a
setsid -c sh -c '/run/command' < /dev/ttyS0 > /dev/hvc0 2>&1
echo "{mark} $?" > /dev/ttyS0
sync
/run/busybox poweroff -f
"""

#: On this machine's files the command is all that systemd starts: what else is enabled there is not ours to start.
_UNIT = """[Unit]
Description=The command of this machine
DefaultDependencies=no
After=dbus.socket systemd-journald.socket {after}
Wants=dbus.socket
[Service]
Type=oneshot
EnvironmentFile=-/run/command.env
ExecStart=/bin/sh -c '/run/command > /dev/hvc0 2>&1; echo "{mark} $?" > /dev/ttyS0; sync; /run/busybox poweroff -f'
"""
#: An emulated processor's time is its instructions, a nanosecond each, while it has work: what waits for seconds in the
#: machine waits for as much work as elsewhere, however slow or busy this one is. QEMU counts so with one thread only.
_BY_INSTRUCTIONS = ("-accel", "tcg,thread=single", "-icount", "shift=0", "-rtc", "clock=vm", "-smp", "1")


class Unready(Exception):
    """Something is missing here; its text says what to do."""


class Root(NamedTuple):
    """`image`: the disk with the root file system, or None for this machine's files. `disks`: more disks, in order."""

    image: Path | None = None
    disks: tuple[Path, ...] = ()


class Machine(NamedTuple):
    """How it is built. `accel`: kvm, tcg (emulation, works anywhere), or auto for the better one that works here."""

    systemd: bool
    accel: str
    memory_mib: int
    timeout_s: float


def missing_programs(needed: dict[str, str]) -> list[str]:
    """What to install, one sentence each; `needed` is programs and their Debian packages."""
    absent = [(program, package) for program, package in needed.items() if shutil.which(program) is None]
    return [f"{program} is missing: apt-get install {package}" for program, package in absent]


def run(machine: Machine, root: Root, command: Sequence[str], folder: str) -> int:
    """Boot, run the command in `folder`, and return its status; 125 when there is none. Output is the command's."""
    unpacked = kernel()
    with scratch() as own:
        initramfs = _initramfs(own, unpacked, machine, root, command, folder)
        disk = root.image or _empty_disk(own)
        return _boot(unpacked, initramfs, disk, machine, root)


def kernel() -> Path:
    """The folder with the unpacked packages of kernel and busybox, fetched once for each kernel that Debian has."""
    depends = said("apt-cache", "depends", KERNEL_PACKAGE).split()
    concrete = next(word for word in depends[1:] if word.startswith("linux-image-"))
    folder = CACHE / concrete
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as fresh:
        subprocess.run([*_APT, concrete, "busybox-static"], cwd=fresh, check=True)
        for package in sorted(Path(fresh).glob("*.deb")):
            said("dpkg", "-x", str(package), f"{fresh}/unpacked")
            package.unlink()
        (release,) = [path.name for path in Path(fresh, "unpacked/lib/modules").iterdir()]
        unpacked = Path(fresh, "unpacked")
        said(f"{unpacked}/bin/busybox", "depmod", "-b", str(unpacked), release)
        os.rename(unpacked, folder)
    return folder


def said(*arguments: str) -> str:
    """What a program printed; an error if it failed."""
    return subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True).stdout


def _modules(folder: Path) -> list[Path]:
    """The needed modules with what they depend on, in the order to load them."""
    (tree,) = (folder / "lib/modules").iterdir()
    needs: dict[str, tuple[str, list[str]]] = {}
    for line in (tree / "modules.dep").read_text().splitlines():
        path, _, dependencies = line.partition(":")
        needs[Path(path).name.partition(".")[0].replace("-", "_")] = (path, dependencies.split())
    ordered: list[str] = []

    def add(path: str) -> None:
        _, dependencies = needs[Path(path).name.partition(".")[0].replace("-", "_")]
        for dependency in dependencies:
            add(dependency)
        if path not in ordered:
            ordered.append(path)

    for module in MODULES:
        if module in needs:  # else it is built in
            add(needs[module][0])
    return [tree / path for path in ordered]


def _initramfs(
    scratch: Path, unpacked: Path, machine: Machine, root: Root, command: Sequence[str], folder: str
) -> Path:
    tree = scratch / "root"
    for name in ("bin", "modules"):
        (tree / name).mkdir(parents=True)
    shutil.copy(unpacked / "bin/busybox", tree / "bin/busybox")
    names = []
    for module in _modules(unpacked):
        shutil.copy(module, tree / "modules")
        names.append(f"/modules/{module.name}")
    (tree / "modules.order").write_text("".join(f"{name}\n" for name in names))
    parts = {"root": _AN_IMAGE if root.image else _THESE_FILES, "units": "", "program": "/run/alone"}
    if machine.systemd:
        # The folder's presence tells programs that systemd is there: sd_booted(3).
        wanted = "/new/run/systemd/system/multi-user.target.wants"
        parts["units"] = f"busybox mkdir -p {wanted}; busybox cp /unit {wanted}/../akios-command.service"
        parts["program"] = "/lib/systemd/systemd"
        if root.image:
            parts["units"] += f"; busybox ln -s ../akios-command.service {wanted}/akios-command.service"
        else:
            parts["program"] += " --unit=akios-command.service"
    _program(tree / "init", _INIT.format(**parts))
    _program(tree / "alone", _ALONE.format(mark=_MARK))
    after = "basic.target systemd-user-sessions.service systemd-logind.service" if root.image else ""
    (tree / "unit").write_text(_UNIT.format(mark=_MARK, after=after))
    _program(tree / "command", f"#!/bin/sh\ncd {shlex.quote(folder)} && exec {shlex.join(command)}\n")
    # An image has folders and programs of its own.
    kept = ("CI",) if root.image else ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "CI")
    lines = [f"{name}={shlex.quote(os.environ[name])}\n" for name in kept if name in os.environ]
    (tree / "command.env").write_text("".join(["HOME=/root\nLANG=C.UTF-8\n"] * bool(root.image) + lines))
    files = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
    image = scratch / "initramfs"
    with image.open("wb") as file:
        archive = [str(tree / "bin/busybox"), "cpio", "-o", "-H", "newc"]
        subprocess.run(archive, cwd=tree, input=files.encode(), stdout=file, stderr=subprocess.DEVNULL, check=True)
    return image


def _empty_disk(scratch: Path) -> Path:
    """An empty ext4 file system; a sparse file, so it takes what is written to it."""
    disk = scratch / "disk"
    with disk.open("wb") as file:
        file.truncate(4 << 30)
    said("mkfs.ext4", "-q", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard", str(disk))
    return disk


def accelerator(wished: str) -> str:
    """kvm or tcg. A /dev/kvm without the processor's own help (a paravirtual one) does not run a kernel of Debian's."""
    if wished != "auto":
        return wished
    flags = re.search(r"^flags\s*:.*\b(vmx|svm)\b", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return "kvm" if flags is not None and os.access("/dev/kvm", os.R_OK | os.W_OK) else "tcg"


def _boot(unpacked: Path, initramfs: Path, disk: Path, machine: Machine, root: Root) -> int:
    (image,) = (unpacked / "boot").glob("vmlinuz-*")
    accel = accelerator(machine.accel)
    arguments = [
        "setpriv", "--pdeathsig", "KILL",  # whoever ends us ends the machine
        "qemu-system-x86_64", "-machine", "q35", "-cpu", "max", "-m", str(machine.memory_mib),
        *(_BY_INSTRUCTIONS if accel == "tcg" else ("-accel", accel, "-smp", "2")),
        "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-nic", "none",
        "-kernel", str(image), "-initrd", str(initramfs),
        "-append", f"{_KERNEL_WORDS} {_EMULATED if accel == 'tcg' else ''}",
        "-drive", f"file={disk},format=raw,if=virtio,cache=unsafe,snapshot=on",
        "-device", "virtio-rng-pci",
        "-device", "virtio-serial-pci", "-chardev", "stdio,id=out,signal=off", "-device", "virtconsole,chardev=out",
        "-serial", "chardev:words",
    ]  # fmt: skip
    if root.image is None:
        arguments += ["-fsdev", "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"]
        arguments += ["-device", "virtio-9p-pci,fsdev=root,mount_tag=root"]
    for more in root.disks:
        arguments += ["-drive", f"file={more},format=raw,if=virtio,cache=unsafe"]
    read_end, write_end = os.pipe()
    arguments += ["-chardev", f"file,id=words,path=/dev/fd/{write_end}"]
    process = subprocess.Popen(arguments, pass_fds=(write_end,), stdin=subprocess.DEVNULL)
    os.close(write_end)
    words: list[bytes] = []
    with os.fdopen(read_end, "rb") as console:
        reader = threading.Thread(target=lambda: words.append(console.read()))
        reader.start()
        try:
            process.wait(machine.timeout_s)
        except subprocess.TimeoutExpired:
            print(f"vm: no end after {machine.timeout_s:.0f} s", file=sys.stderr)
        finally:
            process.kill()
            process.wait()
            reader.join()
    spoken = b"".join(words).decode(errors="replace")
    if status := re.search(rf"{_MARK} (\d+)", spoken):
        return int(status[1])
    print(f"vm: the machine gave no status; its console said:\n{spoken}", file=sys.stderr)
    return 125


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
