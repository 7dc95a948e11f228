"""From a policy's plan and a command line to one jail's specification: the last decisions before anything is done."""

from __future__ import annotations

import os
from typing import NamedTuple

from akios_jail.jail.identity import Identity
from akios_jail.jail.spec import JailSpec
from akios_jail.launcher import environment, guard, interpreter, invoker, trust, view
from akios_jail.launcher.errors import USAGE, LaunchError
from akios_jail.launcher.interpreter import Interpreter
from akios_jail.launcher.options import RunOptions
from akios_jail.policy.plans import Plans


class Program(NamedTuple):
    """What is executed: the argument vector, and the Python that it needs to see (None for other programs)."""

    argv: tuple[str, ...]
    interpreter: Interpreter | None


def choose_program(options: RunOptions, host: dict[str, str]) -> Program:
    """The argument vector for the command as typed. `LaunchError` with status 2 if there is nothing to run."""
    first, *rest = options.command
    directory = options.invocation_dir
    if not options.is_command and first.endswith(".py"):
        path = os.path.join(directory, first)
        if not os.path.isfile(path):
            raise LaunchError(f"no such agent: {first}", f"Looked for {path}.", USAGE)
        python = interpreter.choose(first, options.python, host, directory)
        return Program((python.executable, first, *rest), python)
    executable = _find(first, host, directory)
    if interpreter.is_python(executable) and interpreter.is_program(executable):
        return Program((executable, *rest), interpreter.inspect(executable))
    python_needed = interpreter.choose(first, options.python, host, directory) if options.python else None
    return Program((executable, *rest), python_needed)


def _find(name: str, host: dict[str, str], directory: str) -> str:
    """The path of the program `name`. One that does not exist is left for the jail to report, as a shell does (127)."""
    if "/" in name:
        return os.path.normpath(os.path.join(directory, name))
    for folder in [*environment.SEARCH_PATH, *host.get("PATH", "").split(":")]:
        path = os.path.join(folder, name)
        if folder.startswith("/") and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return name if os.path.isabs(name) else f"/usr/bin/{name}"


def jail_spec(
    session_id: str,
    state: str,
    plans: Plans,
    options: RunOptions,
    host: dict[str, str],
    who: Identity,
    seccomp: bytes,
    terminal: tuple[int, ...],
    window: tuple[int, int],
    layers: dict[str, view.Layer],
    placeholders: tuple[tuple[str, str], ...] = (),
    *,
    idmapped: bool,
) -> JailSpec:
    """The whole jail of one session. `layers`: by the paths of what they lie over. `placeholders`: what the agent's
    environment holds instead of keys."""
    program = choose_program(options, host)
    python = program.interpreter
    prefixes = python.prefixes if python else ()
    home = invoker.home(host)
    shown = view.shown_paths(plans.jail, options.ro, options.rw, options.invocation_dir, home)
    guard.check_state(state, shown)
    view.check_workspace(shown[0].path, home)
    view.check_prefixes(prefixes, home)
    if not options.is_command and python is not None:
        script = os.path.join(options.invocation_dir, options.command[0])
        if not view.visible(os.path.normpath(script), shown, prefixes):
            raise LaunchError(
                f"the agent {script} lies outside of what the jail shows",
                f"Stand in its folder, or show it: --ro {os.path.dirname(os.path.normpath(script))}",
                USAGE,
            )
    scene = view.compose(
        plans.jail, shown, prefixes, who, session_id, options.invocation_dir, layers, idmapped=idmapped
    )
    argv = program.argv
    if not options.is_command and python is not None and scene.working_directory != options.invocation_dir:
        argv = (argv[0], os.path.normpath(os.path.join(options.invocation_dir, argv[1])), *argv[2:])
    return JailSpec(
        hostname=session_id.replace("_", "-"),
        identity=who,
        operations=guard.guarded(_governing(plans, options), scene.operations),
        access=scene.access,
        egress=plans.egress,
        trust=trust.places((*prefixes, *(entry.path + "/.venv" for entry in shown))),
        working_directory=scene.working_directory,
        argv=argv,
        environment=environment.compose(plans.jail, options.env, host, who, python, session_id, placeholders),
        open_files=plans.jail.open_files,
        file_size_bytes=plans.jail.file_size_bytes,
        seccomp=seccomp,
        observed=plans.jail.observed,
        processes=plans.jail.pids + 1 if who.rootless else None,  # process 1 is one of them; a cgroup comes first
        terminal=terminal,
        window=window,
    )


def _governing(plans: Plans, options: RunOptions) -> tuple[str, ...]:
    """The files that decide what this session and the next one may do: all that the plans came from, and an authority
    of one's own. The policy as it was named, so that a link on the way is seen."""
    named = [options.policy, options.cacert, *(each.path for each in plans.sources if each.role != "policy")]
    return tuple(os.path.join(options.invocation_dir, path) for path in named if path)
