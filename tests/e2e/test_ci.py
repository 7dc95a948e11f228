"""Continuous integration: the files that a session leaves for it, the status that fails a job, and the examples as a
runner would run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import junitparser
import pytest
import yaml

from tests.e2e.conftest import AKIOS, Akios, eventually
from tests.incidents.test_sarif import SCHEMA

pytestmark = pytest.mark.root

EXAMPLES = Path(__file__).parents[2] / "examples" / "ci"
HOST = "internal-crm.corp"

#: An agent that does what it may, and then what it may not, and prints what runners of CI take for commands.
AGENT = f"""
curl -fsS https://{HOST}/customers/4821 >/dev/null || exit 9
curl -sS -X DELETE https://{HOST}/customers/4821 >/dev/null
curl -sS "https://{HOST}/%3Cscript%3E?x=|%60[a](b)" -X POST >/dev/null
curl -sS "https://evil.example/" 2>/dev/null
printf '::error::owned\\n  ::add-mask::x\\n##[error]owned\\n::stop-commands::guess\\n::guess::\\n\\033]0;owned\\007\\n'
timeout 1 cat /proc/self/fd/1 2>/dev/null
exit 3
"""


class Files:
    """Where a session is to leave what."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.sarif, self.junit, self.summary = folder / "a.sarif", folder / "a.xml", folder / "summary.md"

    def options(self) -> list[str]:
        return ["--sarif", str(self.sarif), "--junit", str(self.junit), "--summary", str(self.summary)]

    def results(self) -> list[dict[str, Any]]:
        """SARIF's results, of a log that its schema accepts."""
        log = json.loads(self.sarif.read_text())
        jsonschema.Draft4Validator(SCHEMA).validate(log)
        results: list[dict[str, Any]] = log["runs"][0]["results"]
        return results


@pytest.fixture
def files(akios: Akios) -> Files:
    akios.allow(HOST, methods=["GET"])
    return Files(akios.folder / "ci")


def line(result: dict[str, Any]) -> int:
    number: int = result["locations"][0]["physicalLocation"]["region"]["startLine"]
    return number


# --- the command ---


def test_what_was_refused_is_in_every_file_and_at_the_rule_that_refused(akios: Akios, files: Files) -> None:
    files.summary.write_text("# What an earlier step wrote\n")
    run = akios.shell(AGENT, options=files.options())
    assert run.status == 3, run
    assert run.report["exit"]["status"] == 3
    policy = (akios.workspace / "policy.yaml").read_text().splitlines()
    by_kind = {result["ruleId"]: result for result in files.results()}
    assert by_kind.keys() == {"method_not_allowed", "host_not_allowed"}
    assert f'"host": "{HOST}"' in "".join(policy[line(by_kind["method_not_allowed"]) - 1 :][:2])
    assert '"allowlist"' in policy[line(by_kind["host_not_allowed"]) - 1]
    uri = by_kind["host_not_allowed"]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "policy.yaml"
    (suite,) = junitparser.JUnitXml.fromfile(str(files.junit))
    assert suite.failures == len(files.results()) + 1  # and the agent's own status
    summary = files.summary.read_text()
    assert summary.startswith("# What an earlier step wrote\n### ")
    assert "<script" not in summary


def test_a_session_without_incidents_leaves_files_that_say_so(akios: Akios, files: Files) -> None:
    run = akios.shell("exit 0", options=[*files.options(), "--fail-on", "note"])
    assert run.status == 0, run
    assert files.results() == []
    assert "Nothing was refused" in files.summary.read_text()


@pytest.mark.parametrize(("level", "status"), [("error", 3), ("warning", 121), ("note", 121), ("never", 3)])
def test_the_status_fails_the_job_when_it_was_that_grave(akios: Akios, level: str, status: int) -> None:
    akios.allow(HOST, methods=["GET"])
    run = akios.shell("curl -s https://evil.example/; exit 3", options=["--fail-on", level])
    assert run.status == status, run
    assert run.report["exit"]["status"] == 3
    assert ("--fail-on warning" in run.stderr) is (level == "warning")


def test_an_account_without_root_has_the_same_files_of_its_own(ordinary: Akios) -> None:
    ordinary.allow(HOST, methods=["GET"])
    outputs = Files(ordinary.folder / "ci")
    os.chown(ordinary.folder / "ci", ordinary.account, ordinary.account)
    run = ordinary.shell("curl -s https://evil.example/", options=[*outputs.options(), "--fail-on", "warning"])
    assert run.status == 121, run
    assert "host_not_allowed" in {result["ruleId"] for result in outputs.results()}
    assert {path.stat().st_uid for path in (ordinary.folder / "ci").iterdir()} == {ordinary.account}


def test_governances_own_status_stays(akios: Akios) -> None:
    akios.policy({}, resources={"wall_time": "1s"})
    run = akios.shell("sleep 30", options=["--fail-on", "note"])
    assert run.status == 120, run


def test_places_that_an_agent_may_have_prepared_are_refused(akios: Akios, files: Files) -> None:
    akios.file("precious", "precious")
    for name in ("--sarif", "--junit", "--summary"):
        link = akios.workspace / "link"
        link.symlink_to(akios.workspace / "precious")
        run = akios.shell("true", options=[name, str(link)])
        link.unlink()
        assert run.status == 2, run
    assert (akios.workspace / "precious").read_text() == "precious"
    assert akios.shell("true", options=["--sarif", "same", "--junit", "same"]).status == 2


def test_words_in_the_places_that_an_agent_has_prepared_are_no_commands(akios: Akios, files: Files) -> None:
    told = "##[error]owned\n::error::owned\n  ::add-mask::x\n"
    (akios.workspace / "reports").symlink_to(told)
    run = akios.shell("true", options=["--sarif", "reports/akios.sarif"])
    assert run.status == 2, run
    assert "owned" in run.stderr
    assert list(obeyed(run.stderr)) == []
    name = "akios.json\n::error::owned"
    akios.file(name, "no report")
    done = subprocess.run(
        [AKIOS, "report", "--format", "junit", name], cwd=akios.workspace, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "owned" in done.stderr
    assert list(obeyed(done.stderr)) == []


def test_an_agent_that_replaces_the_outputs_leads_them_nowhere(akios: Akios, files: Files) -> None:
    """They are open already, and the policy is held."""
    akios.allow(HOST, methods=["GET"], filesystem={"workspace": {"path": ".", "access": "rw"}})
    names = ("out.sarif", "out.xml", "out.md")
    options = [word for pair in zip(("--sarif", "--junit", "--summary"), names, strict=True) for word in pair]
    run = akios.shell(
        "rm -f out.*; mkfifo out.sarif; ln -s /etc/passwd out.xml; ln -s precious out.md", options=options
    )
    assert run.status == 0, run
    assert (akios.workspace / "out.sarif").is_fifo()
    assert not (akios.workspace / "precious").exists()
    assert "testsuites" not in Path("/etc/passwd").read_text()


@pytest.mark.parametrize(
    "deed",
    ["rm out.sarif; echo '{}' > out.sarif", "mv out.sarif mine; ln -s mine out.sarif", "rm out.sarif"],
)
def test_an_agent_that_puts_its_own_in_the_place_of_an_output_fails_the_job(akios: Akios, deed: str) -> None:
    akios.allow(HOST, methods=["GET"], filesystem={"workspace": {"path": ".", "access": "rw"}})
    options = ["--sarif", "out.sarif", "--junit", "out.xml", "--fail-on", "error"]
    assert akios.shell("true", options=options).status == 0
    run = akios.shell(deed, options=options)
    assert run.status == 121, run
    assert run.report["outputs_replaced"] == [str(akios.workspace / "out.sarif")]
    assert "out.sarif is not what AKIOS wrote there" in run.stderr
    assert "output_replaced" in (akios.workspace / "out.xml").read_text()


def test_a_session_that_cannot_start_leaves_nothing_of_the_one_before(akios: Akios, files: Files) -> None:
    akios.shell("true", options=files.options())
    told = files.summary.read_text()
    run = akios.run("--", "/nowhere", options=files.options())
    assert run.status == 127, run
    assert (files.sarif.read_text(), files.junit.read_text(), akios.report.read_text()) == ("", "", "")
    assert files.summary.read_text() == told  # which other steps have written to


def test_small_refusals_hide_no_grave_one(akios: Akios) -> None:
    """A report lists so many denials and no more."""
    akios.allow(HOST, methods=["GET"])
    hide = "for n in $(seq 210); do echo url=https://" + HOST + "/$n; echo request=DELETE; echo output=/dev/null; done"
    script = f"{hide} > /tmp/all; curl -s -K /tmp/all"
    run = akios.shell(script, options=["--fail-on", "error"])
    assert run.status == 0, run
    assert len(run.report["denials"]) == 200
    grave = f"curl -s -H 'Host: evil.example' https://{HOST}/"
    run = akios.shell(f"{script}; {grave}", options=["--fail-on", "error"])
    assert run.report["denied"] == {"method_not_allowed": 210, "host_mismatch": 1}
    assert run.status == 121, run


def test_a_session_that_was_killed_is_told_from_the_log(akios: Akios) -> None:
    """A job that runs out of time is killed, and leaves no report."""
    akios.allow(HOST, methods=["GET"])
    process = akios.start("--", "/bin/sh", "-c", "curl -s https://evil.example/; echo done; sleep 60")
    assert process.stdout is not None
    assert process.stdout.readline() == b"done\n"
    eventually(lambda: [each for each in akios.audit() if each.get("decision") == "deny"])
    (session,) = {each["session"] for each in akios.audit() if each["session"]}
    report = [AKIOS, "report", "--format", "sarif", "--policy", "policy.yaml", "--state-dir", str(akios.state), session]
    early = subprocess.run(report, cwd=akios.workspace, capture_output=True, text=True, timeout=60)
    assert (early.returncode, "still runs" in early.stderr) == (2, True)
    process.kill()
    process.wait(10)

    def ended() -> subprocess.CompletedProcess[str] | None:
        done = subprocess.run(report, cwd=akios.workspace, capture_output=True, text=True, timeout=60)
        return done if done.returncode == 0 else None

    log = json.loads(eventually(ended).stdout)
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    results = {result["ruleId"]: result for result in log["runs"][0]["results"]}
    assert results.keys() == {"host_not_allowed", "session_ended"}
    assert "killed" in results["session_ended"]["message"]["text"]
    assert (
        '"allowlist"'
        in (akios.workspace / "policy.yaml").read_text().splitlines()[line(results["host_not_allowed"]) - 1]
    )


def test_an_agent_tells_nothing_in_the_place_of_the_log(akios: Akios) -> None:
    """It knows its session's name, and may make a file of that name where somebody asks for the session."""
    akios.allow(HOST, methods=["GET"], filesystem={"workspace": {"path": ".", "access": "rw"}})
    forged = '{"session_id": "ses_0", "exit": {"status": 0}}'
    run = akios.shell(f"curl -s https://evil.example/; echo '{forged}' > $AKIOS_SESSION")
    session = run.report["session_id"]
    asked = [AKIOS, "report", "--format", "markdown", "--fail-on", "warning", "--state-dir", str(akios.state)]
    for name, status in ((session, 121), (f"./{session}", 0)):
        done = subprocess.run([*asked, name], cwd=akios.workspace, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, done


def test_report_and_log_tell_the_same(akios: Akios, files: Files) -> None:
    run = akios.shell(AGENT, options=files.options())
    where = ["--policy", "policy.yaml", "--state-dir", str(akios.state)]
    told = subprocess.run(
        [AKIOS, "report", "--format", "sarif", *where, run.report["session_id"]],
        cwd=akios.workspace, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["runs"][0]["results"] == files.results()


def test_a_full_disk_is_said(akios: Akios) -> None:
    akios.allow(HOST)
    disk = akios.folder / "disk"
    disk.mkdir()
    script = 'mount -t tmpfs -o size=4k none "$1"; head -c 4096 /dev/zero > "$1/all"; shift; exec "$@"'
    command = akios.command("--", "/bin/true", options=["--junit", str(disk / "akios.xml")])
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", str(disk), *command],
        cwd=akios.workspace, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 125, done.stderr
    assert "No space left on device" in done.stderr


# --- the examples ---


def obeyed(log: str) -> Iterator[str]:
    """The commands that a runner of GitHub obeys in a log: those of lines, and those in brackets anywhere in one."""
    stopped = ""
    for each in log.splitlines():
        told = re.match(r"\s*::([\w-]+)[^:]*::(.*)", each)
        if stopped:
            if each.strip() == f"::{stopped}::":
                stopped = ""
        elif told and told[1] == "stop-commands":
            stopped = told[2].strip()
        elif told or "##[" in each:
            yield each


def step(document: Any, name: str) -> Any:
    """One step of a composite action."""
    (found,) = [each for each in document["runs"]["steps"] if each["name"] == name]
    return found


def evaluated(value: str, inputs: dict[str, str]) -> str:
    """`${{ inputs.NAME }}`, as the runner puts it in its place."""
    return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: inputs[match[1]], value)


def action(akios: Akios, name: str, **given: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A step of the action as GitHub's runner runs it; the folder with what it leaves."""
    document = yaml.safe_load((EXAMPLES / "github" / "action.yml").read_text())
    inputs = {key: each.get("default", "") for key, each in document["inputs"].items()}
    inputs |= {key.replace("_", "-"): value for key, value in given.items()}
    wanted = step(document, name)
    assert "${{" not in wanted["run"]  # an input in a script would be a script
    folder = akios.folder / "runner"
    folder.mkdir(exist_ok=True)
    script = folder / "step.sh"
    script.write_text(wanted["run"])
    environment = {
        "PATH": f"{Path(AKIOS).parent}:{os.environ['PATH']}",
        "GITHUB_OUTPUT": str(folder / "output"),
        "RUNNER_TEMP": str(folder),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        **{key: evaluated(value, inputs) for key, value in wanted["env"].items()},
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=akios.workspace, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100,
    )  # fmt: skip
    return done, folder


def usual(akios: Akios) -> list[str]:
    """Options that send a session's requests to the server of the tests."""
    upstream = [*akios.upstream.connect_to(443), "--cacert", str(akios.cacert)]
    return [*upstream, "--state-dir", str(akios.state)]


def one_line(script: str) -> str:
    return "; ".join(script.strip().splitlines())


def test_the_action_runs_an_agent_and_obeys_nothing_that_it_prints(akios: Akios) -> None:
    akios.allow(HOST, methods=["GET"])
    given = {
        "policy": "policy.yaml",
        "command": f"/bin/sh\n-c\n{one_line(AGENT)}\n",
        "options": "\n".join(usual(akios)),
    }
    done, folder = action(akios, "Run the agent", **given)
    assert done.returncode == 121, done.stdout
    assert "::error::owned" in done.stdout  # it was said, and
    assert list(obeyed(done.stdout)) == []
    outputs = dict(each.split("=", 1) for each in (folder / "output").read_text().splitlines())
    reports = f"{folder}/akios-reports"
    files = {"reports": reports, "sarif": f"{reports}/akios.sarif", "junit": f"{reports}/akios.xml"}
    assert outputs == {**files, "status": "121"}
    results = json.loads((akios.workspace / outputs["sarif"]).read_text())["runs"][0]["results"]
    assert {result["ruleId"] for result in results} == {"method_not_allowed", "host_not_allowed"}
    assert (folder / "summary.md").read_text().startswith("### ")
    (word,) = set(re.findall(r"^::stop-commands::([0-9a-f]{32})$", done.stdout, re.MULTILINE))
    assert done.stdout.count(word) == 2  # so the agent has not read it back


def test_the_action_keeps_the_agents_status_where_nothing_is_to_fail(akios: Akios) -> None:
    akios.allow(HOST, methods=["GET"])
    options = "\n".join(usual(akios))
    done, folder = action(
        akios, "Run the agent", policy="policy.yaml", command="/bin/false", options=options, fail_on="never"
    )
    assert done.returncode == 1, done.stdout
    assert "status=1" in (folder / "output").read_text()


def test_words_of_inputs_are_words_and_no_script(akios: Akios) -> None:
    akios.allow(HOST)
    hostile = "$(touch owned); `touch owned` \"' && touch owned"
    done, _ = action(
        akios, "Run the agent", policy="policy.yaml", command=f"/bin/echo\n{hostile}", options="\n".join(usual(akios))
    )
    assert done.returncode == 0, done.stdout
    assert hostile in done.stdout
    assert not (akios.workspace / "owned").exists()


def test_the_action_installs_nothing_where_akios_is(akios: Akios) -> None:
    document = yaml.safe_load((EXAMPLES / "github" / "action.yml").read_text())
    source = Path(
        document["runs"]["steps"][0]["env"]["SOURCE"].replace("${{ github.action_path }}", "examples/ci/github")
    )
    assert (EXAMPLES.parents[1] / source / "pyproject.toml").resolve() == EXAMPLES.parents[1] / "pyproject.toml"
    done, _ = action(akios, "Install AKIOS")
    assert (done.returncode, done.stdout.split()[0]) == (0, "akios")


def other(akios: Akios, command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    options = " ".join(usual(akios))
    path = f"{Path(AKIOS).parent}:{os.environ['PATH']}"
    return subprocess.run(
        command, cwd=akios.workspace, capture_output=True, text=True, timeout=100,
        env={"PATH": path, "AKIOS_OPTIONS": options, **environment},
    )  # fmt: skip


def test_the_job_of_gitlab_runs_an_agent_and_leaves_its_reports(akios: Akios) -> None:
    """Also where the agent has put something else in their place."""
    akios.allow(HOST, methods=["GET"], filesystem={"workspace": {"path": ".", "access": "rw"}})
    (elsewhere := akios.folder / "elsewhere").mkdir()
    akios.file(
        "agent.py",
        "import os, subprocess\nsubprocess.run(['curl', '-s', 'https://evil.example/'])\n"
        f"os.symlink({str(elsewhere)!r}, 'akios-reports')\n",
    )
    job = yaml.safe_load((EXAMPLES / "gitlab" / "gitlab-ci.yml").read_text())["agent"]
    (script,) = job["script"]
    done = other(akios, ["sh", "-c", script], **job["variables"], VIRTUAL_ENV="")
    assert done.returncode == 121, done.stderr
    reports = {job["artifacts"]["reports"]["junit"], "akios-reports/summary.md", "akios-reports/akios.sarif"}
    assert all((akios.workspace / report).stat().st_size for report in reports)
    assert list(elsewhere.iterdir()) == []


def test_the_script_for_other_systems_runs_an_agent(akios: Akios) -> None:
    akios.allow(HOST, methods=["GET"])
    script = str(EXAMPLES / "shell" / "run-agent.sh")
    assert other(akios, [script, "policy.yaml", "/bin/sh", "-c", "exit 4"]).returncode == 4
    refused = ["/bin/sh", "-c", "curl -s https://evil.example/"]
    assert other(akios, [script, "policy.yaml", *refused], FAIL_ON="warning").returncode == 121
    assert other(akios, [script, "policy.yaml", *refused, "x"], FAIL_ON="error").returncode == 6
    assert (akios.workspace / "akios-reports" / "summary.md").read_text().count("### ") == 3


@pytest.mark.parametrize(
    ("file", "schema", "more"),
    [
        ("github/action.yml", "github-actions", []),
        ("github/workflow.yml", "github-workflows", []),
        ("gitlab/gitlab-ci.yml", "gitlab-ci", ["--data-transform", "gitlab-ci"]),
    ],
)
def test_the_examples_are_what_their_hosts_accept(file: str, schema: str, more: list[str]) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *more]
    done = subprocess.run([*command, str(EXAMPLES / file)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_the_workflow_gives_the_action_what_it_takes() -> None:
    taken = yaml.safe_load((EXAMPLES / "github" / "action.yml").read_text())["inputs"]
    steps = yaml.safe_load((EXAMPLES / "github" / "workflow.yml").read_text())["jobs"]["agent"]["steps"]
    (given,) = [step["with"] for step in steps if step.get("uses", "").startswith("./")]
    assert given.keys() <= taken.keys()
    assert {name for name, each in taken.items() if each.get("required")} <= given.keys()
    (checkout,) = [step for step in steps if step.get("uses", "").startswith("actions/checkout")]
    assert checkout["with"]["persist-credentials"] is False
