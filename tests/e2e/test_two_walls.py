"""The file policy is kept by the mounts and once more by Landlock: what the first refuses never comes to the second.

So there is nothing that Landlock's audit messages (Linux 6.15) could tell of an agent's files, and it is not asked.
"""

from __future__ import annotations

import json
import sys

import pytest

from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

#: `akios` with its second wall left out.
WITHOUT = """
import sys
from akios_jail.jail import landlock
landlock.restrict = lambda paths: 0
from akios_jail.cli.main import main
main()
"""

ATTEMPTS = """
    import errno, json, os, socket, stat

    said = {}

    def attempt(name, act):
        try:
            act()
            said[name] = "done"
        except OSError as error:
            said[name] = errno.errorcode[error.errno]

    def open_(path, flags=os.O_RDONLY):
        attempt(f"open {path} {flags:o}", lambda: os.close(os.open(path, flags, 0o600)))

    for path in "/etc/shadow /etc/passwd /root/.ssh/id_rsa /proc/kcore /proc/1/environ /dev/kmsg /sys".split():
        open_(path)
    for folder in (*"/ /etc /dev /home /var /run /usr/bin /tmp /dev/shm .".split(), os.path.expanduser("~")):
        open_(os.path.join(folder, "made"), os.O_WRONLY | os.O_CREAT)
    for path in "/usr/bin/true /etc/passwd policy.yaml /proc/self/comm /proc/sys/kernel/hostname /dev/null".split():
        open_(path, os.O_WRONLY)
    attempt("truncate", lambda: os.truncate("policy.yaml", 0))
    attempt("remove", lambda: os.unlink("policy.yaml"))
    attempt("rename", lambda: os.rename("policy.yaml", "other"))
    attempt("link", lambda: os.link("policy.yaml", "/tmp/link"))
    attempt("chmod", lambda: os.chmod("policy.yaml", 0o777))
    attempt("folder", lambda: os.mkdir("folder"))
    attempt("symbolic link", lambda: os.symlink("a", "b"))
    attempt("attribute", lambda: os.setxattr("policy.yaml", "user.a", b"1"))
    attempt("device", lambda: os.mknod("/tmp/null", stat.S_IFCHR | 0o666, os.makedev(1, 3)))
    attempt("pipe", lambda: os.mkfifo("/tmp/pipe"))
    attempt("socket", lambda: socket.socket(socket.AF_UNIX).bind("/tmp/socket"))
    print(json.dumps(said))
"""


@pytest.mark.parametrize("access", ["ro", "overlay"])
def test_landlock_refuses_no_file_that_the_mounts_let_through(akios: Akios, access: str) -> None:
    akios.policy(filesystem={"workspace": {"path": ".", "access": access}})
    both = akios.python(ATTEMPTS)
    assert both.status == 0, both
    words = akios.command("agent.py", options=["--python", sys.executable])[1:]
    process = akios.start(command=[sys.executable, "-c", WITHOUT, *words])
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    assert json.loads(stdout) == both.said
    assert {"done", "ENOENT", "EROFS", "EACCES"} <= {*both.said.values()}
