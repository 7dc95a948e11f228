"""The image of `scripts/vm --image`: this machine's Debian release from its packages, set up by scripts/provision.

mmdebstrap takes what apt is set up with here. Packages of Python are fetched by this checkout's own pip, and .venv/node
is copied, so that the image needs neither an index nor this machine's settings. It is kept in the cache folder until
something changes that it is made from. It holds no checkout: that is copied in for each run.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from vm_machine import CACHE, Unready, kernel, missing_programs, said

ROOT = Path(__file__).parents[1]
#: Where a checkout lies in the machine; the Vagrantfile has the same.
PLACE = "/srv/akios"
NEEDED = {"mmdebstrap": "mmdebstrap", "tar": "tar"}
_MADE_FROM = ("scripts/setup", "scripts/provision", "scripts/vm_image.py", "pyproject.toml", "setup.py")
_DISK_BYTES = 12 << 30  # a sparse file
#: What a mirror needs that is set up here, and nothing that says what to install.
_APT_SETTINGS = re.compile(r"Acquire::(https?::|Check-|Retries|ForceIPv4)")


def image() -> Path:
    """The image, made if there is none of what it would be made from now. Takes some minutes, and 3 GB."""
    unpacked = kernel()
    place = CACHE / f"image-{_key(unpacked)}.ext4"
    if place.exists():
        return place
    if wanting := missing_programs(NEEDED):
        raise Unready("\n".join(wanting))
    if os.geteuid() != 0:
        raise Unready("an image is made as root: run it with sudo")
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():  # somebody else made it while we waited
            print("vm: making an image of this release; it is kept for the next time", file=sys.stderr)
            for old in [*CACHE.glob("making-*"), *CACHE.glob("image-*.ext4")]:
                shutil.rmtree(old) if old.is_dir() else old.unlink()
            with tempfile.TemporaryDirectory(dir=CACHE, prefix="making-") as scratch:
                os.rename(_made(Path(scratch), unpacked), place)
    return place


def _key(unpacked: Path) -> str:
    """Changes with all that an image is made from, but for the packages of the release."""
    digest = hashlib.sha256(unpacked.name.encode())
    for path in [*(ROOT / name for name in _MADE_FROM), *sorted((ROOT / "requirements").rglob("*"))]:
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _made(scratch: Path, unpacked: Path) -> Path:
    wheels, tree, disk = scratch / "wheels", scratch / "root", scratch / "disk"
    _fetch_wheels(wheels)
    node = ROOT / ".venv" / "node"
    if not (node / "akios-setup").exists():
        raise Unready(".venv/node is missing: run scripts/setup --test first")
    inside = f'"$1"{PLACE}'
    hooks = [
        f'chroot "$1" python3 -m venv {PLACE}/.venv',  # now, since scripts/setup empties what it makes
        f"cp -a {_words(node)} {inside}/.venv/",
        *(f"cp -a --parents {_words(name)} {inside}/" for name in (*_MADE_FROM, "requirements", "akios", "akios_jail")),
        f'cp -a {_words(unpacked)}/lib/modules "$1"/lib/ && chroot "$1" depmod {_release(unpacked)}',
        f'cp -a {_words(wheels)} "$1"/wheels',
        f'PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels chroot "$1" {PLACE}/scripts/provision',
        f'rm -rf "$1"/wheels && find {inside} -mindepth 1 -maxdepth 1 ! -name .venv -exec rm -rf {{}} +',
    ]
    command = ["mmdebstrap", "--quiet", "--mode=root", "--variant=apt", "--dpkgopt=force-unsafe-io"]
    command += ["--include=systemd-sysv,kmod,python3,python3-venv"]
    command += [f"--aptopt={line}" for line in _apt_settings()]
    command += [f"--customize-hook={hook}" for hook in hooks]
    subprocess.run([*command, _release_name(), str(tree), *_sources()], cwd=ROOT, check=True, stdout=sys.stderr)
    with disk.open("wb") as file:
        file.truncate(_DISK_BYTES)
    said("mkfs.ext4", "-q", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard", "-d", str(tree), str(disk))
    return disk


def _fetch_wheels(folder: Path) -> None:
    """What scripts/setup installs with pip, by this checkout's own pip: it knows where packages come from here."""
    python = ROOT / ".venv" / "bin" / "python"
    fetch = [str(python), "-m", "pip", "download", "-q", "--no-deps", "--require-hashes", "-d", str(folder)]
    for name in ("dev", "coding-agent"):
        subprocess.run([*fetch, "-r", f"requirements/{name}.txt"], cwd=ROOT, check=True, stdout=sys.stderr)


def _release_name() -> str:
    found = re.search(r"^VERSION_CODENAME=(\w+)$", Path("/etc/os-release").read_text(), re.MULTILINE)
    if found is None:
        raise Unready("this machine's release has no name in /etc/os-release")
    return found[1]


def _release(unpacked: Path) -> str:
    (tree,) = (unpacked / "lib/modules").iterdir()
    return tree.name


def _sources() -> list[str]:
    """The files that say where apt's packages come from on this machine."""
    found = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    return [str(path) for path in found if path.suffix in (".list", ".sources") and path.is_file()]


def _apt_settings() -> list[str]:
    return [line for line in said("apt-config", "dump").splitlines() if _APT_SETTINGS.match(line)]


def _words(path: Path | str) -> str:
    return shlex.quote(str(path))
