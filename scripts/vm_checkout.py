"""Into a machine with an image goes this checkout as it stands, and out of it come the files that were asked for.

Both as an archive that is a disk of its own, so neither side needs a file system of the other's, nor a network. What
goes in is what git would keep: tracked files with their uncommitted changes, and new ones that are not ignored; and
what Python has compiled of them: it takes minutes there, and every broker would do it anew, since none may write.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from vm_image import PLACE, ROOT
from vm_machine import CACHE

#: Public sources that attacks are built from: kept by tests/attacks/sources.py, and the machine has no network.
_CACHE = CACHE.parent
_SOURCES = "akios-sources/bubblewrap"
#: More than any results; a sparse file.
_OUT_BYTES = 256 << 20


def packed(folder: Path) -> Path:
    """The disk with the checkout, made in `folder`."""
    # A checkout may belong to somebody else than root, who runs this; git then wants to be told.
    listed = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = set(subprocess.run(listed, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.split(b"\0"))
    there = sorted(name for name in names if name and os.path.lexists(ROOT / os.fsdecode(name)))
    there += _compiled(there)
    disk = folder / "checkout.tar"
    archive = ["tar", "-cf", str(disk), "--owner=0", "--group=0", "--null", "--verbatim-files-from", "-T", "-"]
    if (_CACHE / _SOURCES).is_dir():
        archive += ["-C", str(_CACHE), _SOURCES]
    subprocess.run(archive, cwd=ROOT, check=True, input=b"\0".join(there))
    return disk


def _compiled(names: Sequence[bytes]) -> list[bytes]:
    """What is compiled of these files, for whichever Python; another one passes over it, as over what is old. Not what
    pytest makes of tests: it may be at it.
    """
    folders = ("akios", "akios_jail", "tests")
    python = ROOT / ".venv" / "bin" / "python"
    if python.exists():
        # What cannot be compiled is for the tests to say.
        subprocess.run([str(python), "-m", "compileall", "-q", *folders], cwd=ROOT, check=False)
    sources = {name.removesuffix(b".py") for name in names if name.endswith(b".py")}
    paths = (path for folder in folders for path in (ROOT / folder).rglob("__pycache__/*.pyc"))
    found = (os.fsencode(path.relative_to(ROOT)) for path in paths)
    kept = (path for path in found if b"-pytest-" not in path)
    return sorted(path for path in kept if path.partition(b".cpython-")[0].replace(b"__pycache__/", b"") in sources)


def empty(folder: Path) -> Path:
    """The disk for what comes back, made in `folder`."""
    disk = folder / "results"
    with disk.open("wb") as file:
        file.truncate(_OUT_BYTES)
    return disk


def around(command: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """The command with what it needs before and after: the checkout on its place, `wanted` on the disk for results.

    The disks are the second and the third one. Git gets to know the files, since tests ask it which there are: their
    names alone, since their content would take a minute.
    """
    paths = shlex.join(wanted)
    script = f"""
tar -xf /dev/vdb -C {PLACE} && cd {PLACE} || exit 125
[ ! -e akios-sources ] || {{ mkdir -p ~/.cache && mv akios-sources ~/.cache/; }}
git init -q && git add -A -N || exit 125
{shlex.join(command)}
status=$?
for path in {paths}; do [ ! -e "$path" ] || printf '%s\\0' "$path"; done |
  tar -cf /dev/vdc --null --verbatim-files-from -T - && sync
exit $status
"""
    return ["/bin/bash", "-c", script]


def brought(disk: Path, wanted: Sequence[str]) -> None:
    """Put what came back where it belongs in this checkout: the paths that were asked for, and no others."""
    listed = subprocess.run(["tar", "-tf", str(disk)], check=True, capture_output=True, text=True).stdout.splitlines()
    there = [path for path in wanted if any(name.rstrip("/") == path for name in listed)]
    if there:
        subprocess.run(["tar", "-xf", str(disk), "--no-same-owner", "--", *there], cwd=ROOT, check=True)
