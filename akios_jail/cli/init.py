"""`akios init`: a project to start from: a commented policy, and an agent that runs without a key."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click

from akios_jail.cli import failures
from akios_jail.cli.style import paint

_TEMPLATE = Path(__file__).parents[1] / "templates" / "project"
#: The files of a new project, and what they are made from. The template's own .gitignore would hide files here.
_FILES = {
    "policy.yaml": "policy.yaml",
    "agent.py": "agent.py",
    "README.md": "README.md",
    ".gitignore": "gitignore",
    "out/.gitkeep": None,
}


class _Exists(click.ClickException):
    exit_code = 2


@click.command()
@click.argument("directory", default=".", metavar="[DIR]")
def command(directory: str) -> None:
    """Make a project in DIR (default: here): a commented policy and an example agent. Nothing is overwritten.

    \b
    akios init my-agent-project
    cd my-agent-project && akios run --policy policy.yaml agent.py
    """
    target = Path(directory)
    existing = [name for name in _FILES if os.path.lexists(target / name)]
    if existing:
        raise _Exists(f"{target} already has {', '.join(existing)}: nothing was written. Name another folder.")
    if os.path.lexists(target) and not target.is_dir():
        raise _Exists(f"{target} is there and is not a folder: nothing was written. Name another one.")
    name = project_name(target.resolve().name)
    for relative, source in _FILES.items():
        text = "" if source is None else (_TEMPLATE / source).read_text().replace("my-agent", name)
        path = target / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        with failures.told_of(str(path)), path.open("x") as file:
            file.write(text)
    _say(directory, name)


def project_name(folder: str) -> str:
    """A name that a policy accepts, as near to the folder's as can be: letters, digits and `._-`, at most 63."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder)[:63]
    return re.sub(r"^[^A-Za-z0-9]+|[^A-Za-z0-9]+$", "", name) or "my-agent"


def _say(directory: str, name: str) -> None:
    go = "" if directory == "." else f"cd {directory}\n  "
    print(f"{paint('made', 'good', sys.stdout)} {name}: policy.yaml, agent.py, README.md, out/\n")
    print(f"Next:\n  {go}akios run --policy policy.yaml agent.py\n")
    print("Then change policy.yaml; `akios policy explain METHOD URL` says what it would do.")
