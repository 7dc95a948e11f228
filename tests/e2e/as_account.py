"""`as_account.py UID FOLDER... -- COMMAND...`: become an ordinary account, and execute a command.

Python, the checkout and a test's own folder may lie where only root may go. Such a FOLDER is shown to the account in a
mount namespace of its own, at the same path, below folders that everybody may enter: as where AKIOS is installed for
everybody.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

sys.path.insert(0, str(Path(__file__).parents[2]))

from akios_jail import kernel


def main(uid: int, folders: list[str], command: list[str]) -> NoReturn:
    """Never returns."""
    kernel.unshare(kernel.CLONE_NEWNS)
    kernel.make_private("/")
    show([os.path.realpath(folder) for folder in folders])
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.execv(command[0], command)


def show(folders: list[str]) -> None:
    """Make these reachable for everybody."""
    shut = {folder: top for folder in folders if (top := first_shut(folder))}
    outermost = [each for each in shut if not any(each != other and each.startswith(f"{other}/") for other in shut)]
    trees = {}
    for folder in outermost:
        place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        trees[folder] = kernel.clone_mount(place)
        os.close(place)
    for top in {shut[folder] for folder in outermost} - set(outermost):
        mount = kernel.fs_mount("tmpfs", {"mode": "755"})
        kernel.move_mount(mount, top)
        os.close(mount)
    for folder, tree in trees.items():
        os.makedirs(folder, exist_ok=True)
        kernel.move_mount(tree, folder)
        os.close(tree)


def first_shut(folder: str) -> str:
    """The first folder on the way that not everybody may enter; "" if there is none."""
    for parent in reversed(Path(folder).parents):
        if not parent.stat().st_mode & 0o001:
            return str(parent)
    return ""


if __name__ == "__main__":
    cut = sys.argv.index("--")
    main(int(sys.argv[1]), sys.argv[2:cut], sys.argv[cut + 1 :])
