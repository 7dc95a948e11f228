"""What the agent can see of the host, and what it can gain: nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root


def test_the_host_s_processes_are_not_there(akios: Akios) -> None:
    run = akios.python(
        """
        import json, os
        pids = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
        commands = [open(f"/proc/{pid}/cmdline").read() for pid in pids if pid != os.getpid()]
        print(json.dumps([pids, commands]))
        """
    )
    pids, commands = run.said
    assert len(pids) <= 3, run
    assert not any("pytest" in command or "broker" in command for command in commands)


def test_home_keys_and_the_folders_beside_the_workspace_are_absent_rather_than_forbidden(akios: Akios) -> None:
    secret = akios.folder / "secret.txt"
    secret.write_text("top secret")
    keys = akios.folder / ".ssh" / "id_ed25519"
    keys.parent.mkdir()
    keys.write_text("key")
    looked_for = [
        str(secret),
        str(keys),
        str(Path("~/.ssh").expanduser()),
        str(Path("~/.bashrc").expanduser()),
        "/root/.profile",
        "/var/run/docker.sock",
        "/etc/shadow",
        "/var/lib/akios",
        str(akios.state),
        "/boot",
        "/sys/kernel",
        "/dev/sda",
        "/dev/mem",
        "/dev/kmsg",
    ]
    run = akios.python(
        f"""
        import errno, json, os
        def look(path):
            try:
                os.stat(path)
                return "there"
            except OSError as error:
                return errno.errorcode[error.errno]
        print(json.dumps({{path: look(path) for path in {looked_for!r}}}))
        """
    )
    assert run.said == dict.fromkeys(looked_for, "ENOENT"), run


def test_the_environment_is_not_the_callers(akios: Akios) -> None:
    secrets = {"AWS_SECRET_ACCESS_KEY": "hush-1", "OPENAI_API_KEY": "hush-2", "SSH_AUTH_SOCK": "/tmp/hush-3"}
    run = akios.python(
        "import json, os; print(json.dumps([dict(os.environ), open('/proc/1/environ').read() if 0 else '']))",
        env=secrets,
    )
    assert "hush" not in run.stdout.decode()


def test_an_environment_variable_is_passed_when_asked_for(akios: Akios) -> None:
    akios.options = ["--env", "GREETING", "--env", "NUMBER=7"]
    run = akios.shell("echo $GREETING $NUMBER", env={"GREETING": "hello"})
    assert run.stdout == b"hello 7\n", run


def test_the_agent_has_no_capability_no_root_and_cannot_regain_them(akios: Akios) -> None:
    run = akios.shell("cat /proc/self/status; cat /proc/self/uid_map")
    status = dict(line.split(":\t", 1) for line in run.stdout.decode().splitlines() if ":\t" in line)
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert "0" not in status["Uid"].split()
    assert "0" not in status["Gid"].split()
    assert status["Groups"].split() in ([], [status["Gid"].split()[0]])


def test_every_namespace_is_the_jail_s_own(akios: Akios) -> None:
    kinds = ["user", "pid", "mnt", "net", "ipc", "uts", "cgroup"]
    run = akios.shell("for kind in " + " ".join(kinds) + "; do readlink /proc/self/ns/$kind; done")
    inside = run.stdout.decode().split()
    assert len(inside) == len(kinds), run
    for kind, name in zip(kinds, inside, strict=True):
        assert name != os.readlink(f"/proc/self/ns/{kind}"), kind


def test_the_system_is_read_only_and_tmp_is_the_agent_s_own(akios: Akios) -> None:
    marker = akios.folder.name
    run = akios.python(
        f"""
        import errno, json
        def write(path):
            try:
                open(path, "w").write("x")
                return "written"
            except OSError as error:
                return errno.errorcode[error.errno]
        system = ["/usr/x", "/etc/x", "/x", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/dev/x"]
        paths = [*system, "x", "/tmp/{marker}"]
        print(json.dumps([write(path) for path in paths]))
        """
    )
    *others, tmp = run.said
    assert tmp == "written"
    assert "written" not in others
    assert not Path("/tmp", marker).exists()


def test_a_writable_folder_keeps_its_owner_on_disk(akios: Akios) -> None:
    folder = akios.folder / "out"
    folder.mkdir()
    akios.options = ["--rw", str(folder)]
    run = akios.shell(f"echo done > {folder}/result && mkdir {folder}/more && stat -c %u {folder}/result && id -u")
    assert run.status == 0, run
    seen, own = run.stdout.split()
    assert seen == own != b"0"
    written = (folder / "result").stat()
    assert (written.st_uid, written.st_gid) == (folder.stat().st_uid, folder.stat().st_gid)
    assert (folder / "result").read_text() == "done\n"


def test_under_sudo_the_agent_is_whoever_called_sudo(akios: Akios) -> None:
    folder = akios.folder / "out"
    folder.mkdir()
    os.chown(folder, 4321, 4322)
    akios.options = ["--rw", str(folder)]
    sudo = {"SUDO_UID": "4321", "SUDO_GID": "4322", "SUDO_USER": "somebody"}
    run = akios.shell(f"id -u; id -g; echo done > {folder}/result; grep ^Cap /proc/self/status", env=sudo)
    uid, gid, *capabilities = run.stdout.decode().splitlines()
    assert (uid, gid) == ("4321", "4322"), run
    assert all(int(line.split()[1], 16) == 0 for line in capabilities)
    written = (folder / "result").stat()
    assert (written.st_uid, written.st_gid) == (4321, 4322)


def test_a_readable_folder_is_added_and_stays_read_only(akios: Akios) -> None:
    folder = akios.folder / "data"
    folder.mkdir()
    (folder / "facts").write_text("42")
    akios.options = ["--ro", str(folder)]
    run = akios.shell(f"cat {folder}/facts; echo no > {folder}/facts || echo refused")
    assert run.stdout == b"42refused\n", run


def test_open_files_of_the_caller_do_not_come_along(akios: Akios) -> None:
    secret = akios.folder / "secret.txt"
    secret.write_text("top secret")
    with secret.open() as opened:
        process = akios.start("--", "ls", "/proc/self/fd", pass_fds=[opened.fileno()])
        stdout, stderr = process.communicate(timeout=60)
    assert stdout.split() == [b"0", b"1", b"2", b"3"], stderr  # 3 is the folder that ls reads


def test_two_sessions_at_once_do_not_see_each_other(akios: Akios) -> None:
    first = akios.start("--", "/bin/sh", "-c", "echo mine > /tmp/first; echo ready; exec sleep 30")
    assert first.stdout is not None
    assert first.stdout.readline() == b"ready\n"
    run = akios.python(
        "import json, os; print(json.dumps([os.listdir('/tmp'), len([p for p in os.listdir('/proc') if p.isdigit()])]))"
    )
    assert "first" not in json.dumps(run.said)
    assert run.said[1] <= 3
