"""Real `akios run` from the command line: what every end-to-end test starts from.

`akios` is a person with a workspace, a state folder and a shell; `upstream` is the internet as far as they can tell.
Both belong to one test alone, so that tests run in any order and side by side.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest

from akios_jail.pii.catalogue import expanded
from tests.audit.logs import records
from tests.e2e import compiled
from tests.servers.providers import Providers

AKIOS = str(Path(sys.executable).with_name("akios"))
FOUNDING_POLICY = Path(__file__).with_name("my-first-agent.yaml")
CHECKOUT = Path(__file__).parents[2]
#: An ordinary account that nobody else has, this process's twins included.
ORDINARY = 200_000 + os.getpid()
#: With AKIOS_TESTS_ROOTLESS=1 everybody is an ordinary account.
ACCOUNT = ORDINARY if os.environ.get("AKIOS_TESTS_ROOTLESS") == "1" else 0

Found = TypeVar("Found")


class Run(NamedTuple):
    """One finished `akios run`: what a person would have of it."""

    status: int
    stdout: bytes
    stderr: str
    report: dict[str, Any]
    audit: list[dict[str, Any]]
    seconds: float

    @property
    def said(self) -> Any:
        """What the agent printed, read as JSON."""
        try:
            return json.loads(self.stdout)
        except ValueError:
            raise AssertionError(
                f"the agent printed no JSON but {self.stdout!r}, status {self.status}\n{self}"
            ) from None

    def denials(self) -> list[dict[str, Any]]:
        """The audit records of denials."""
        return [record for record in self.audit if record.get("decision") == "deny"]

    def __str__(self) -> str:
        return (
            f"status {self.status} after {self.seconds:.2f} s\n--- stdout\n{self.stdout!r}\n--- stderr\n{self.stderr}"
        )


class Akios:
    """A workspace, a policy, a state folder, and `akios run` in them, for root or for an ordinary `account`.

    The limits of an ordinary account are optional, unless a test says otherwise: not every machine can give them.
    """

    def __init__(self, folder: Path, upstream: Providers, account: int = ACCOUNT) -> None:
        self.account = account
        self.folder = folder
        self.workspace = folder / "work"
        self.state = folder / "state"
        self.report = folder / "report.json"
        self.cacert = folder / "upstream-ca.pem"
        self.upstream = upstream
        self.options: list[str] = []
        self.environment: dict[str, str] = {}
        #: What a new state folder has kept of: as on a machine where earlier sessions looked for the same kinds.
        self.known: tuple[str, ...] = ()
        self.workspace.mkdir()
        if account:
            self.environment["HOME"] = str(folder)
            for path in (folder, self.workspace):
                os.chown(path, account, account)
        self.cacert.write_bytes(upstream.authority.pem)
        self.started: list[subprocess.Popen[bytes]] = []
        self.founding_policy()

    def founding_policy(self) -> None:
        """Govern by the founding document's first policy, as it stands."""
        optional = "  resources: {optional: true}\n" if self.account else ""
        self.policy_text(FOUNDING_POLICY.read_text() + optional)
        self.known = ("email", "phone", "ssn")

    def policy(self, governance: Mapping[str, Any] | None = None, **spec: Any) -> None:
        """Govern by an AgentPolicy with this `spec.governance` and, by name, the other parts of `spec`."""
        if self.account:
            spec["resources"] = {"optional": True, **spec.get("resources", {})}
        document = {
            "apiVersion": "akios/v1",
            "kind": "AgentPolicy",
            "metadata": {"name": "test"},
            "spec": {**({"governance": dict(governance)} if governance else {}), **spec},
        }
        self.policy_text(json.dumps(document, indent=2))  # JSON is YAML
        self.known = tuple(dict(governance or {}).get("pii_handling", {}).get("fields", ()))

    def allow(self, *hosts: str, methods: Sequence[str] = ("GET", "POST"), **spec: Any) -> None:
        """Govern by an allowlist of these hosts and nothing else."""
        self.policy({"network_access": {"allowlist": [{"host": h, "methods": [*methods]} for h in hosts]}}, **spec)

    def policy_text(self, text: str) -> None:
        """Govern by exactly this policy file."""
        path = self.workspace / "policy.yaml"
        path.write_text(text)
        for each in (self.workspace, path) if self.account else ():
            os.chown(each, self.account, self.account)

    def file(self, name: str, content: str | bytes, mode: int = 0o644) -> Path:
        """Put a file into the workspace."""
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        if self.account:
            for each in (path, *path.relative_to(self.workspace).parents):
                os.chown(self.workspace / each, self.account, self.account)
        return path

    def python(self, source: str, *arguments: str, **how: Any) -> Run:
        """Run a Python agent, by the interpreter and with the packages of the tests."""
        self.file("agent.py", textwrap.dedent(source))
        return self.run("agent.py", *arguments, options=["--python", sys.executable], **how)

    def shell(self, script: str, **how: Any) -> Run:
        """Run a shell script as the agent."""
        return self.run("--", "/bin/sh", "-c", script, **how)

    def command(self, *agent: str, options: Sequence[str] = ()) -> list[str]:
        """The command line of `akios run` with the usual options."""
        upstream = [*self.upstream.connect_to(443), *self.upstream.connect_to(80), "--cacert", str(self.cacert)]
        where = ["--policy", "policy.yaml", "--state-dir", str(self.state), "--report", str(self.report)]
        return [AKIOS, "run", *where, *upstream, *self.options, *options, *agent]

    def run(
        self,
        *agent: str,
        options: Sequence[str] = (),
        stdin: bytes | None = None,
        timeout: float = 60,
        env: Mapping[str, str] | None = None,
    ) -> Run:
        """Run an agent to its end."""
        begun = time.monotonic()
        process = self.start(*agent, options=options, env=env, stdin=subprocess.PIPE)
        try:
            stdout, stderr = process.communicate(stdin or b"", timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            stdout, stderr = process.communicate()
            raise AssertionError(f"no end after {timeout} s\n{stdout!r}\n{stderr.decode()}") from None
        return self.finished(process.returncode, stdout, stderr, time.monotonic() - begun)

    def start(
        self,
        *agent: str,
        options: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        command: Sequence[str] | None = None,
        **streams: Any,
    ) -> subprocess.Popen[bytes]:
        """Start an agent; the fixture ends what a test leaves running."""
        self.report.unlink(missing_ok=True)
        if self.known and self.state == self.folder / "state" and not os.path.lexists(self.state):
            compiled.kept(self, expanded(self.known))
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        process = subprocess.Popen(
            self.called(command or self.command(*agent, options=options)),
            cwd=self.workspace,
            env={**_plain_environment(), **self.environment, **(env or {})},
            **streams,
        )
        self.started.append(process)
        return process

    def called(self, command: Sequence[str]) -> list[str]:
        """The command line by which the account calls a command."""
        if not self.account:
            return [*command]
        folders = [sys.prefix, sys.base_prefix, str(CHECKOUT), str(self.folder)]
        script = str(Path(__file__).with_name("as_account.py"))
        return [sys.executable, "-S", script, str(self.account), *folders, "--", *command]

    def says(self, *command: str, elsewhere: bool = False) -> subprocess.CompletedProcess[str]:
        """What another `akios` command says about the same state folder; `elsewhere`: about none."""
        return subprocess.run(
            self.called([AKIOS, *command, *([] if elsewhere else ["--state-dir", str(self.state)])]),
            cwd=self.workspace,
            env={**_plain_environment(), "NO_COLOR": "1", **self.environment},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    def finished(self, status: int, stdout: bytes, stderr: bytes, seconds: float = 0.0) -> Run:
        """Everything that is known of a run that has ended."""
        report = json.loads(self.report.read_text() or "{}") if self.report.exists() else {}
        return Run(status, stdout, stderr.decode(errors="replace"), report, self.audit(), seconds)

    def budget(self, *arguments: str) -> Any:
        """What `akios budget` says: JSON if that is what it says, its text otherwise."""
        done = self.says("budget", *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    def audit(self) -> list[dict[str, Any]]:
        """The records in the state folder's audit log."""
        return records(self.state / "audit")

    def end(self) -> None:
        """End what a test left running."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


def _plain_environment() -> dict[str, str]:
    """A shell's environment without what would help a client through a proxy or to another trust store."""
    dropped = ("PROXY", "SSL_CERT", "CA_BUNDLE", "CAINFO", "EXTRA_CA_CERTS", "VIRTUAL_ENV")
    return {k: v for k, v in os.environ.items() if not any(word in k.upper() for word in dropped)}


def eventually(find: Callable[[], Found | None], seconds: float = 15.0, what: str = "") -> Found:
    """What `find` returns as soon as that is something true; an `AssertionError` if it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what or find}")


@pytest.fixture
def upstream() -> Iterator[Providers]:
    """The outside world: the model providers and the CRM; a test may add to its `sites`."""
    with Providers() as server:
        yield server


@pytest.fixture
def ordinary(tmp_path: Path, upstream: Providers) -> Iterator[Akios]:
    """As `akios`, for an ordinary account without any privilege."""
    tmp_path.chmod(0o755)
    person = Akios(tmp_path, upstream, ORDINARY)
    yield person
    person.end()


@pytest.fixture
def akios(tmp_path: Path, upstream: Providers) -> Iterator[Akios]:
    """A person with a workspace and `akios run`, governed by the founding policy unless the test says otherwise."""
    tmp_path.chmod(0o755)
    person = Akios(tmp_path, upstream)
    yield person
    person.end()
