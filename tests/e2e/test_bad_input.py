"""What goes wrong is said on one screen, with what to do next, and with a status that says whose fault it was."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest

from tests.audit.logs import records
from tests.e2e.conftest import FOUNDING_POLICY, Akios, Run

pytestmark = pytest.mark.root

HOST = {"host": "api.openai.com", "methods": ["POST"]}


def assert_one_screen(run: Run, *words: str) -> None:
    assert "Traceback" not in run.stderr, run
    assert 1 <= len(run.stderr.strip().splitlines()) <= 24, run
    assert all(len(line) < 400 for line in run.stderr.splitlines()), run
    for word in words:
        assert word in run.stderr, run
    assert run.stdout == b"", "the agent did not run"


def true(akios: Akios) -> Run:
    return akios.run("--", "/bin/echo", "the agent ran")


def test_a_misspelt_key_names_its_place_and_the_nearest_key(akios: Akios) -> None:
    akios.policy_text(FOUNDING_POLICY.read_text().replace("allowlist:", "allowlst:"))
    run = true(akios)
    assert run.status == 2
    assert_one_screen(run, "policy.yaml:8", "allowlst", "allowlist")


def test_a_wrong_type_names_its_place(akios: Akios) -> None:
    akios.policy_text(FOUNDING_POLICY.read_text().replace("10000", "plenty"))
    run = true(akios)
    assert run.status == 2
    assert_one_screen(run, "policy.yaml:14", "max_tokens_per_minute")


@pytest.mark.parametrize("text", ["", "{", "a: [", "- 1", "\x00", "apiVersion: v9\nkind: AgentPolicy\n", "&a [*a]"])
def test_a_file_that_is_no_policy(akios: Akios, text: str) -> None:
    akios.policy_text(text)
    run = true(akios)
    assert run.status == 2
    assert_one_screen(run, "policy.yaml")


def test_a_policy_that_is_not_there(akios: Akios) -> None:
    (akios.workspace / "policy.yaml").unlink()
    run = true(akios)
    assert run.status == 2
    assert_one_screen(run, "policy.yaml")


def test_a_bad_cel_expression_is_shown(akios: Akios) -> None:
    akios.policy({"network_access": {"allowlist": [{**HOST, "when": "request.method =="}]}})
    run = true(akios)
    assert run.status == 2
    assert_one_screen(run, "policy.yaml", "when")


def test_an_unknown_profile(akios: Akios) -> None:
    akios.policy(seccomp={"profile": "no-such-profile"})
    run = true(akios)
    assert run.status == 2
    assert_one_screen(run, "no-such-profile")


def test_no_such_agent(akios: Akios) -> None:
    run = akios.run("no_such_agent.py")
    assert run.status in (2, 127)
    assert_one_screen(run, "no_such_agent.py")


@pytest.mark.parametrize(
    ("name", "text", "mode", "status", "remedy"),
    [
        ("nowhere", None, 0, 127, "--ro shows"),
        ("interpreter", "#!/no/such/interpreter\n", 0o755, 127, "#! line"),
        ("unmarked", "#!/bin/sh\n", 0o644, 126, "chmod +x"),
        ("formless", "echo it ran\n", 0o755, 126, "needs a #! line"),
    ],
)
def test_a_program_that_does_not_start_is_said_with_what_to_do(
    akios: Akios, name: str, text: str | None, mode: int, status: int, remedy: str
) -> None:
    if text is not None:
        akios.file(name, text, mode)
    run = akios.run("--", f"./{name}")
    assert run.status == status
    assert_one_screen(run, name, remedy)


def test_no_agent_at_all(akios: Akios) -> None:
    run = akios.run()
    assert run.status == 2
    assert_one_screen(run)


def test_an_unknown_option(akios: Akios) -> None:
    run = akios.run("--no-such-option", "--", "/bin/echo", "the agent ran")
    assert run.status == 2
    assert_one_screen(run, "--no-such-option")


@pytest.mark.parametrize("value", ["api.openai.com", "a:b:c:d", "api.openai.com:443:127.0.0.1:99999"])
def test_a_connect_to_that_cannot_be_read(akios: Akios, value: str) -> None:
    akios.options = ["--connect-to", value]
    run = true(akios)
    assert run.status == 2
    assert_one_screen(run, value)


def test_a_cacert_that_is_none(akios: Akios) -> None:
    akios.cacert.write_text("not a certificate")
    run = true(akios)
    assert run.status == 2
    assert_one_screen(run, "upstream-ca.pem", "no PEM certificate")


def test_a_cacert_that_is_not_there(akios: Akios) -> None:
    akios.cacert.unlink()
    run = true(akios)
    assert run.status == 2
    assert_one_screen(run, "upstream-ca.pem: No such file", "PEM certificates")
    assert "Errno" not in run.stderr


def test_a_state_folder_that_cannot_be_written(akios: Akios) -> None:
    run = in_own_mounts(akios, f"mount -t tmpfs -o ro,size=64k,mode=0700 none {akios.state}")
    assert run.status == 125
    assert_one_screen(run, str(akios.state))


def test_a_state_folder_that_is_a_file(akios: Akios) -> None:
    akios.state.write_text("")
    run = true(akios)
    assert run.status == 125
    assert_one_screen(run, str(akios.state))


def test_a_disk_that_is_already_full_lets_nothing_start(akios: Akios) -> None:
    fill = f"head -c 1000000 /dev/zero > {akios.state}/filler"
    run = in_own_mounts(akios, f"mount -t tmpfs -o size=64k,mode=0700 none {akios.state}; {fill} 2>/dev/null")
    assert run.status == 125
    assert_one_screen(run, "No space left", "--state-dir")


def test_a_disk_that_fills_up_stops_what_can_no_longer_be_recorded(akios: Akios) -> None:
    akios.file(
        "agent.py",
        """
import http.client, sys
done = 0
try:
    while done < 3000:
        connection = http.client.HTTPSConnection("internal-crm.corp", timeout=20)
        for _ in range(50):
            connection.request("GET", "/customers/4821")
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                sys.exit(f"refused after {done}")
            done += 1
except OSError as error:
    sys.exit(f"cut off after {done}: {error}")
""",
    )
    saved = akios.folder / "saved"
    run = in_own_mounts(
        akios,
        f"mount -t tmpfs -o size=128k,mode=0700 none {akios.state}",
        f"cp -r {akios.state}/audit {saved}",
        agent=["--python", sys.executable, "agent.py"],
    )
    assert run.status == 120, run
    requests = akios.upstream.requests()
    assert len(requests) < 3000
    allowed = [record for record in records(saved) if record.get("decision") == "allow"]
    assert len(requests) <= len(allowed), "nothing went out that is not on record"


def test_a_missing_nft_is_named_with_the_remedy(akios: Akios) -> None:
    whiteout = f"""
        mkdir {akios.folder}/layers; mount -t tmpfs none {akios.folder}/layers
        mkdir {akios.folder}/layers/upper {akios.folder}/layers/work; mknod {akios.folder}/layers/upper/nft c 0 0
        layers=lowerdir=/usr/sbin,upperdir={akios.folder}/layers/upper,workdir={akios.folder}/layers/work
        mount -t overlay -o $layers none /usr/sbin; test ! -e /usr/sbin/nft
    """
    run = in_own_mounts(akios, whiteout)
    assert run.status == 125
    assert_one_screen(run, "nft")


def test_a_kernel_that_lacks_a_feature_is_named_by_the_step_that_failed(akios: Akios) -> None:
    lacking = [
        "strace",
        "-f",
        "--quiet=all",
        "-o",
        "/dev/null",
        "-e",
        "trace=fsopen",
        "-e",
        "inject=fsopen:error=ENOSYS",
    ]
    process = akios.start(command=[*lacking, *akios.command("--", "/bin/echo", "the agent ran")])
    stdout, stderr = process.communicate(timeout=60)
    run = akios.finished(process.returncode, stdout, stderr)
    assert run.status == 125, run
    assert_one_screen(run)


def in_own_mounts(akios: Akios, before: str, after: str = ":", agent: list[str] | None = None) -> Run:
    """`akios run` in a mount namespace of its own, with what `before` mounts there."""
    akios.state.mkdir(exist_ok=True)
    command = shlex.join(akios.command(*(agent or ["--", "/bin/echo", "the agent ran"])))
    script = f"set -u; {before}\n{command}; status=$?; {after}; exit $status"
    process = akios.start(command=["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script])
    try:
        stdout, stderr = process.communicate(timeout=90)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return akios.finished(process.returncode, stdout, stderr)
