"""Keys come from where the policy says, and from nowhere that an agent could have a hand in."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from akios_jail import messages
from akios_jail.credentials import keys
from akios_jail.launcher import secrets
from akios_jail.launcher.errors import LaunchError
from akios_jail.launcher.options import RunOptions
from akios_jail.policy.plans import BrokerPlan, Budget, Credential, EgressPlan, Pii, Plans, Secret
from tests.launcher.plan import jail_plan

KEY = "sk-live-" + "0123456789abcdef" * 2


def plans(*credentials: Credential, **jail: object) -> Plans:
    broker = BrokerPlan((), Budget(), Pii("off", ()), credentials=credentials)
    return Plans("test", "0" * 64, "", jail_plan(**jail), EgressPlan(()), broker)


def credential(source: str, *value: str, host: str = "api.test", variable: str = "API_KEY") -> Credential:
    return Credential("model", (host,), "header", ("Authorization",), (Secret("key", variable, source, value),))


def environment(**variables: str) -> dict[str, str]:
    """An invoking environment, as it comes: of texts that nothing else refers to."""
    return {name: "".join(list(value)) for name, value in {"PATH": os.environ["PATH"], **variables}.items()}


def options(workspace: Path, **fields: object) -> RunOptions:
    given = {"policy": "p.yaml", "command": ("agent.py",), "is_command": False, "invocation_dir": str(workspace)}
    return RunOptions(**{**given, **fields})  # type: ignore[arg-type]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "agent.py").touch()
    return folder


def resolved(wanted: Plans, workspace: Path, host: dict[str, str] | None = None, **fields: object) -> tuple[str, str]:
    """The value that the broker is given, and the agent's placeholder."""
    found = secrets.resolve(wanted, options(workspace, **fields), environment() if host is None else host)
    try:
        (held,) = keys.read(messages.read_blob(os.dup(found.fd)), wanted.broker.credentials)
        key = held.keys["key"]
        assert found.placeholders == (("API_KEY", key.placeholder),)
        return key.value, key.placeholder
    finally:
        found.close()


def refused(wanted: Plans, workspace: Path, host: dict[str, str] | None = None, **fields: object) -> LaunchError:
    with pytest.raises(LaunchError) as error:
        secrets.resolve(wanted, options(workspace, **fields), environment() if host is None else host)
    assert error.value.status == 2
    assert KEY not in error.value.message + error.value.remedy
    return error.value


def test_a_policy_without_credentials_asks_for_nothing(workspace: Path) -> None:
    found = secrets.resolve(plans(), options(workspace), {})
    assert (found.fd, found.placeholders) == (-1, ())
    found.close()


def test_from_the_invoking_environment_it_is_taken_out(workspace: Path) -> None:
    host = environment(KEY_HERE=KEY, OTHER="stays")
    value, placeholder = resolved(plans(credential("env", "KEY_HERE")), workspace, host)
    assert value == KEY
    assert KEY not in placeholder
    assert "KEY_HERE" not in host
    assert host["OTHER"] == "stays"


def test_a_variable_that_is_not_there_is_said_with_the_likely_cause(workspace: Path) -> None:
    error = refused(plans(credential("env", "KEY_HERE")), workspace)
    assert "the credential 'model' is to come from the variable KEY_HERE, which is not set here" in error.message
    assert "sudo --preserve-env=KEY_HERE" in error.remedy


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_from_a_file_without_the_line_s_end(workspace: Path, tmp_path: Path, end: str) -> None:
    file = tmp_path / "key"
    file.write_bytes((KEY + end).encode())
    file.chmod(0o600)
    assert resolved(plans(credential("file", str(file))), workspace)[0] == KEY
    assert resolved(plans(credential("file", "../key")), workspace)[0] == KEY


def test_a_link_that_nobody_in_a_jail_could_lay_is_followed(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "key").write_text(KEY)
    (tmp_path / "key").symlink_to("..data/key")
    assert resolved(plans(credential("file", str(tmp_path / "key"))), workspace)[0] == KEY


def test_a_link_in_the_workspace_is_not_followed(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    (workspace / "key").symlink_to(tmp_path / "key")
    assert "link" in refused(plans(credential("file", "key"), workspace_access="rw"), workspace).message


@pytest.mark.parametrize("access", ["ro", "rw", "overlay"])
def test_a_file_that_the_jail_shows_is_no_place_for_a_key(workspace: Path, access: str) -> None:
    (workspace / "key").write_text(KEY)
    error = refused(plans(credential("file", "key"), workspace_access=access), workspace)
    assert "would be visible in the jail" in error.message


def test_nor_one_in_a_folder_of_the_command_line(workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "key").write_text(KEY)
    error = refused(plans(credential("file", str(folder / "key"))), workspace, ro=(str(folder),))
    assert "would be visible in the jail" in error.message


def test_nor_one_in_the_folder_of_the_agent_s_python(workspace: Path, tmp_path: Path) -> None:
    environment_folder = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment_folder)], check=True, timeout=60)
    (environment_folder / "key").write_text(KEY)
    wanted = plans(credential("file", str(environment_folder / "key")))
    error = refused(wanted, workspace, python=str(environment_folder / "bin" / "python"))
    assert f"would be visible in the jail (through {environment_folder})" in error.message


def test_nor_one_that_has_another_name(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    os.link(tmp_path / "key", workspace / "innocent")
    assert "has 2 names (hard links)" in refused(plans(credential("file", str(tmp_path / "key"))), workspace).message


@pytest.mark.root
def test_nor_one_in_a_folder_that_the_jail_shows_from_elsewhere(workspace: Path, tmp_path: Path) -> None:
    """Mounted in a namespace of its own: `alias` is what lies in the workspace, two levels down."""
    work, alias = workspace, tmp_path / "alias"
    (work / "a b" / "c").mkdir(parents=True)
    alias.mkdir()
    (work / "a b" / "c" / "key").write_text(KEY)
    script = f"""
from pathlib import Path
from tests.launcher.test_secrets import credential, plans, refused
print(refused(plans(credential("file", "{alias}/key")), Path("{work}")).message)
"""
    command = f"mount --bind '{work}/a b/c' {alias} && exec {sys.executable} -c '{script}'"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", command], capture_output=True, text=True, timeout=60, cwd=root
    )
    assert f"would be visible in the jail (through {work})" in done.stdout, done.stderr


@pytest.mark.root
def test_nor_one_on_a_file_system_that_is_mounted_in_a_folder_that_the_jail_shows(workspace: Path) -> None:
    """Mounted in a namespace of its own; a jail shows what is mounted below a folder, too."""
    (workspace / "a b").mkdir()
    script = f"""
from pathlib import Path
from tests.launcher.test_secrets import credential, plans, refused
print(refused(plans(credential("file", "{workspace}/a b/key")), Path("{workspace}")).message)
"""
    command = f"mount -t tmpfs none '{workspace}/a b' && echo {KEY} >'{workspace}/a b/key' && "
    root = Path(__file__).parents[2]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f"{command} exec {sys.executable} -c '{script}'"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=root,
    )
    assert f"would be visible in the jail (through {workspace})" in done.stdout, done.stderr


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_refused(workspace: Path, tmp_path: Path, mode: int) -> None:
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(mode)
    assert "can be changed by others" in refused(plans(credential("file", str(tmp_path / "key"))), workspace).message


@pytest.mark.root
def test_a_file_of_somebody_else_is_refused_and_the_caller_s_is_not(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    os.chown(tmp_path / "key", 1234, 1234)
    wanted = plans(credential("file", str(tmp_path / "key")))
    assert "can be changed by others" in refused(wanted, workspace).message
    assert "can be changed by others" in refused(wanted, workspace, environment(SUDO_UID="1235", HOME="/")).message
    assert resolved(wanted, workspace, environment(SUDO_UID="1234", HOME="/"))[0] == KEY


def test_what_is_no_file_is_refused_at_once(workspace: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", "work", "absent"):
        refused(plans(credential("file", str(tmp_path / name))), workspace, ro=())


@pytest.mark.parametrize(
    "text", ["", "short", KEY + "\nsecond line\n", KEY + " ", "\x1b[31m" + KEY, KEY + "ä", "k" * 9000]
)
def test_what_is_no_key_is_refused(workspace: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    assert "is no key" in refused(plans(credential("file", str(tmp_path / "key"))), workspace).message


def test_from_a_command(workspace: Path) -> None:
    assert resolved(plans(credential("command", "echo", KEY)), workspace)[0] == KEY
    assert resolved(plans(credential("command", "/bin/sh", "-c", f"printf %s {KEY}")), workspace)[0] == KEY


def test_no_shell_reads_a_command(workspace: Path) -> None:
    assert resolved(plans(credential("command", "echo", "$(id);`id`|x")), workspace)[0] == "$(id);`id`|x"


def test_a_command_has_no_input(workspace: Path) -> None:
    script = "read line && exit 3; echo key-from-$(pwd)"
    assert resolved(plans(credential("command", "/bin/sh", "-c", script)), workspace)[0] == "key-from-/"


def test_nothing_that_an_agent_wrote_runs_with_a_command(workspace: Path) -> None:
    for name in ("keyring.py", "sitecustomize.py", "cat"):
        (workspace / name).write_text("#!/bin/sh\nprint('key-from-the-agent')\necho key-from-the-agent")
        (workspace / name).chmod(0o755)
    host = environment(
        PATH=f"{os.environ['PATH']}:{workspace}", PYTHONPATH=f"{workspace}:/nowhere", VIRTUAL_ENV=f"{workspace}/venv"
    )
    python = f"import os, sys; print('{KEY}' + ''.join(v for v in os.environ.values() if '{workspace}' in v))"
    value, _ = resolved(plans(credential("command", "/usr/bin/env", "python3", "-c", python)), workspace, host)
    assert value == KEY
    error = refused(plans(credential("command", "python3", "-m", "keyring")), workspace)
    assert "failed with status" in error.message
    (workspace.parent / "link").symlink_to(workspace)
    for path in (workspace / "keyring.py", workspace.parent / "link" / "keyring.py"):
        error = refused(plans(credential("command", "/bin/sh", str(path))), workspace)
        assert f"is given {path}, which an agent can change" in error.message


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("/bin/sh", "-c", f"echo {KEY}; exit 3"), "failed with status 3"),
        (("/bin/sh", "-c", f"echo {KEY}; kill -9 $$"), "failed with status -9"),
        (("no-such-program",), "is not there"),
        (("/no/such/program",), "is not there"),
        (("/bin/true",), "is no key"),
        (("/bin/sh", "-c", "yes"), "did not print a key within"),
    ],
)
def test_a_command_that_does_not_tell_a_key_is_an_error(workspace: Path, command: tuple[str, ...], says: str) -> None:
    assert says in refused(plans(credential("command", *command)), workspace).message


def test_a_command_has_only_so_much_time_and_nothing_of_it_stays(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from akios_jail.launcher import secret_command

    monkeypatch.setattr(secret_command, "PATIENCE_S", 0.3)
    mark = f"3{os.getpid()}.125"
    began = time.monotonic()
    refused(plans(credential("command", "/bin/sh", "-c", f"sleep {mark} & sleep {mark}")), workspace)
    assert time.monotonic() - began < 5
    assert subprocess.run(["pgrep", "-f", f"sleep {mark}"], capture_output=True).stdout == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_ends_with_the_one_who_called_it(workspace: Path, number: signal.Signals) -> None:
    mark = f"3{os.getpid()}.{int(number)}25"
    program = (
        "from pathlib import Path\nfrom tests.launcher.test_secrets import *\n"
        f"script = 'echo ready >&2; sleep {mark} & sleep {mark}'\n"
        f"resolved(plans(credential('command', '/bin/sh', '-c', script)), Path({str(workspace)!r}))"
    )
    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, cwd=root)
    assert process.stderr is not None
    assert process.stderr.readline() == b"ready\n"
    process.send_signal(number)
    process.communicate(timeout=10)
    assert process.returncode in (-number, 128 + number)
    assert subprocess.run(["pgrep", "-f", f"^sleep {mark}"], capture_output=True).stdout == b""


def test_a_file_that_every_jail_shows_is_no_place_for_a_key(workspace: Path) -> None:
    error = refused(plans(credential("file", "/usr/lib/os-release")), workspace)
    assert "would be visible in the jail (through /usr)" in error.message


def test_a_program_of_the_workspace_is_not_run(workspace: Path) -> None:
    program = workspace / "get-key"
    program.write_text(f"#!/bin/sh\necho {KEY}\n")
    program.chmod(0o755)
    for name in ("./get-key", "get-key"):
        host = environment(PATH=str(workspace))
        error = refused(plans(credential("command", name), workspace_access="rw"), workspace, host)
        assert "lies where an agent can change it" in error.message


@pytest.mark.root
def test_a_command_runs_as_the_person_behind_sudo(workspace: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.stat().st_uid == os.getuid() and folder != Path("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o055)
    workspace.chmod(0o755)
    host = environment(SUDO_UID="65534", SUDO_GID="65534", HOME="/root")
    script = 'echo "uid-$(id -u)-gid-$(id -g)-$HOME-$USER-$(id -G | wc -w)"'
    value, _ = resolved(plans(credential("command", "/bin/sh", "-c", script)), workspace, host)
    assert re.fullmatch(r"uid-65534-gid-65534-/nonexistent-nobody-1", value), value


@pytest.mark.root
@pytest.mark.parametrize("uid", ["54321", "9" * 30])
def test_a_command_of_a_person_without_an_account_is_not_run_as_somebody_else(workspace: Path, uid: str) -> None:
    host = environment(SUDO_UID=uid, SUDO_GID=uid, HOME="/root")
    error = refused(plans(credential("command", "echo", KEY)), workspace, host)
    assert "there is no account" in error.message


def test_the_variable_of_a_placeholder_gets_its_value_from_nowhere_else(workspace: Path) -> None:
    wanted = credential("env", "KEY_HERE")
    host = environment(KEY_HERE=KEY)
    assert "environment.pass" in refused(plans(wanted, env_pass=("API_KEY",)), workspace, host).message
    assert "environment.set" in refused(plans(wanted, env_set=(("API_KEY", "x"),)), workspace, host).message
    for item in ("API_KEY", "API_KEY=x"):
        assert "--env" in refused(plans(wanted), workspace, host, env=(item,)).message
    assert "two credentials" in refused(plans(wanted, wanted._replace(name="b")), workspace, host).message


def test_a_key_that_would_reach_the_agent_another_way_is_refused(workspace: Path) -> None:
    wanted = credential("env", "KEY_HERE")
    host = environment(KEY_HERE=KEY, COPY=f"x{KEY}")
    refusals = [
        refused(plans(wanted, env_pass=("KEY_HERE",)), workspace, host),
        refused(plans(wanted, env_pass=("COPY",)), workspace, host),
        refused(plans(wanted, env_set=(("A", KEY),)), workspace, host),
        refused(plans(wanted), workspace, host, env=(f"A={KEY}",)),
        refused(plans(wanted), workspace, host, env=("COPY",)),
        refused(plans(wanted), workspace, host, command=("agent.py", f"--key={KEY}")),
    ]
    assert all("is also in" in error.message for error in refusals)


#: Run in a process of its own, whose whole memory is then searched for the key.
_FORGETS = """
import os, sys
sys.path.insert(0, {root!r})
from tests.launcher.test_secrets import credential, options, plans
from akios_jail.launcher import secrets
from pathlib import Path
found = secrets.resolve(plans(credential(*{source!r})), options(Path({workspace!r})), dict(os.environ))
found.close()
needle = bytes(b ^ 1 for b in {masked!r})
mark = needle[:16], needle[16:]
places = []
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        span, rights, *_, name = (line.split() + [""])[:6]
        if "w" in rights and name != "[vvar]":
            start, end = (int(text, 16) for text in span.split("-"))
            memory.seek(start)
            try:
                data = memory.read(end - start)
            except OSError:
                continue
            at = data.find(mark[0])
            while at >= 0:
                if data[at + 16:at + 16 + len(mark[1])] == mark[1] and at != start:
                    places.append((name, hex(start + at)))
                at = data.find(mark[0], at + 1)
            del data
print(places)
print("KEY_HERE" in os.environ, open("/proc/self/environ", "rb").read().count(b"KEY_HERE="))
"""


@pytest.mark.parametrize("source", [("env", "KEY_HERE"), ("file", "../key"), ("command", "cat", "KEY_FILE")])
def test_a_key_is_forgotten(workspace: Path, tmp_path: Path, source: tuple[str, ...]) -> None:
    value = "sk-live-" + os.urandom(20).hex()
    (tmp_path / "key").write_text(value)
    masked = bytes(byte ^ 1 for byte in value.encode())
    source = tuple(str(tmp_path / "key") if part == "KEY_FILE" else part for part in source)
    root = str(Path(__file__).parents[2])
    program = _FORGETS.format(root=root, source=source, workspace=str(workspace), masked=masked)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], **({"KEY_HERE": value} if source[0] == "env" else {})},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    found, told = done.stdout.decode().splitlines()
    # What the search itself needs lies in memory too: the needle, whole.
    assert len(eval(found)) <= 1, found
    assert told.startswith("False")
