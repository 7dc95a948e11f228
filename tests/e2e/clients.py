"""The clients of tests/e2e/agents as tests start them, and the models that they talk to."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from akios_jail.demo.answer import Behaviour, Question, ToolCall
from tests.e2e.conftest import Akios, Run

AGENTS = Path(__file__).with_name("agents")
NODE_MODULES = Path(sys.prefix) / "node" / "node_modules"
LOOKS = ToolCall("get_order", {"order_id": "4821"})
CREDITS = ToolCall("issue_credit", {"account": "Ada", "amount_usd": 15000.0})
RESOURCES = {"memory": "1Gi", "pids": 256}
#: The keys of the person who starts the agents, by the variable that holds them.
KEYS = {
    "OPENAI_API_KEY": "sk-real-openai-7Wq2",
    "ANTHROPIC_API_KEY": "sk-ant-real-9Xb4",
    "GEMINI_API_KEY": "AIza-real-3Kd8",
    "AWS_ACCESS_KEY_ID": "AKIAREALEXAMPLE2",
    "AWS_SECRET_ACCESS_KEY": "aws-real-secret-5Tn6",
}


class Client(NamedTuple):
    """`host`: where it calls. `key`: the variables of its key. `words`: of its command line."""

    name: str
    program: str
    host: str
    key: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def credential(self) -> dict[str, Any]:
        """What a policy says so that its key stays with the broker."""
        if len(self.key) > 1:
            roles = ("access_key_id", "secret_access_key")
            return {
                "name": "key",
                "hosts": [self.host],
                "sigv4": {r: {"env": n} for r, n in zip(roles, self.key, strict=True)},
            }
        headers = {"GEMINI_API_KEY": "x-goog-api-key"}
        where = {"header": headers[self.key[0]]} if self.key[0] in headers else {}
        return {"name": "key", "hosts": [self.host], "env": self.key[0], **where}

    def run(self, akios: Akios, *words: str, options: tuple[str, ...] = (), brokered: bool = False) -> Run:
        """Run it to its end in the jail, under the policy that is there. `brokered`: it does not get its key."""
        for file in (self.program, "tools.py"):
            akios.file(file, (AGENTS / file).read_text())
        akios.environment |= {name: KEYS[name] for name in self.key}
        given = [] if brokered else [f"--env={name}" for name in self.key]
        if not self.program.endswith(".mjs"):
            python = ["--python", sys.executable]
            return akios.run(self.program, *self.words, *words, options=[*python, *given, *options])
        node = shutil.which("node")
        assert node, "node is needed for this test"
        modules = akios.workspace / "node_modules"
        if not modules.exists():
            shutil.copytree(NODE_MODULES, modules, ignore=shutil.ignore_patterns("*.map", "*.d.ts", "*.d.mts", "src"))
        return akios.run("--", node, self.program, *self.words, *words, options=[*given, *options])


OPENAI, ANTHROPIC = "api.openai.com", "api.anthropic.com"
GOOGLE, BEDROCK = "generativelanguage.googleapis.com", "bedrock-runtime.us-east-1.amazonaws.com"
AWS_KEY = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
CLIENTS = (
    Client("openai-chat", "openai_chat.py", OPENAI, ("OPENAI_API_KEY",)),
    Client("openai-responses", "openai_responses.py", OPENAI, ("OPENAI_API_KEY",)),
    Client("openai-node", "openai_chat.mjs", OPENAI, ("OPENAI_API_KEY",)),
    Client("anthropic", "anthropic_messages.py", ANTHROPIC, ("ANTHROPIC_API_KEY",)),
    Client("google", "google_genai.py", GOOGLE, ("GEMINI_API_KEY",)),
    Client("bedrock", "bedrock_converse.py", BEDROCK, AWS_KEY),
    Client("langchain-openai", "langchain_agent.py", OPENAI, ("OPENAI_API_KEY",)),
    Client("langchain-anthropic", "langchain_agent.py", ANTHROPIC, ("ANTHROPIC_API_KEY",), ("anthropic",)),
)


def asks_for(*calls: ToolCall) -> Callable[[Question], Behaviour]:
    """A model that asks for these tools in one turn, and then says what they gave."""

    def brain(question: Question) -> Behaviour:
        if question.results:
            return Behaviour(text="They say: " + "; ".join(result.text for result in question.results))
        return Behaviour(text="Let me look.", calls=calls)

    return brain
