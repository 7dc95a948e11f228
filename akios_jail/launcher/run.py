"""`akios run` without its words: options in, exit status and report out.

This is the cold path. Imports here are kept to what a session with a cached policy needs; while they are loaded, the
broker's interpreter starts beside this one (`head_start`).
"""

from __future__ import annotations

import contextlib
import functools
import gc
import hashlib
import json
import os
import time
from typing import Any, NamedTuple

from akios_jail.jail import cgroups, identity, seccomp, terminal
from akios_jail.jail.errors import JailError
from akios_jail.jail.spec import JailSpec
from akios_jail.launcher import (
    aside,
    broker,
    broker_walls,
    broker_words,
    compose,
    invoker,
    journals,
    kept,
    layers,
    outputs,
    relay,
    report,
    runs,
    secrets,
    sequencing,
    session,
    signals,
    signed,
    state,
    summaries,
    view,
)
from akios_jail.launcher.errors import SETUP, USAGE, LaunchError
from akios_jail.launcher.options import RunOptions
from akios_jail.launcher.report import Ending
from akios_jail.launcher.request import Request
from akios_jail.policy import cache
from akios_jail.policy.plans import Plans


class Outcome(NamedTuple):
    """A session that ran: how it ended, and its report.

    `outputs`: descriptors of the files that `RunOptions.outputs` names, in that order, and of `RunOptions.summary`;
    whoever gets them closes them.
    """

    ending: Ending
    report: dict[str, Any]
    outputs: tuple[int, ...] = ()


def run(options: RunOptions, host: dict[str, str], store: state.State, started: broker.Started) -> Outcome:
    """Run one agent under one policy, as `head_start.run` says, with the broker that it has started."""
    plans = cache.load(options.policy, store.plan_cache, options.flux)
    signers = signed.check(plans, options)
    who = identity.agent(host, os.geteuid(), os.getegid())
    keys = secrets.resolve(plans, options, host)
    return carry_out(Request(started.session, options, host, store, plans, who, keys, signers), started)


def carry_out(request: Request, waiting: broker.Started) -> Outcome:
    """Run what is asked for, to its end, with the broker that waits. `LaunchError` when the agent did not run."""
    plans, keys = request.plans, request.keys
    layer = None
    try:
        if plans.jail.workspace_access == "overlay":
            layer = _make_layer(request)
        return _run(request, layer, waiting)
    except JailError as error:
        raise LaunchError(f"could not {error.step}: {error.cause}", error.remedy, SETUP) from error
    finally:
        keys.close()
        if layer is not None:
            layer.close()


def _run(request: Request, layer: layers.Held | None, waiting: broker.Started) -> Outcome:
    session_id, options, _, store, plans, _, keys, signers, again = request
    started = time.time()
    files = outputs.Outputs(request)
    upstream_ca = _read_certificate(options.cacert)
    broker_program = seccomp.program(seccomp.find_profile("broker"), store.seccomp_cache)
    said = aside.nothing if options.quiet else aside.say
    if store.old_audit_log is not None:
        said(f"{store.old_audit_log} is of an older version: it is left as it is, and nothing reads it")
    signals.hold()  # before there is anything that a Ctrl-C would leave behind
    journal = journals.open_journal(store, session_id)
    record = sequencing.Sequencing(store, session_id, plans.policy_sha256, journal, waiting.log_fd)
    process = waiting.process
    triggers = waiting.triggers if plans.broker.pii.mode != "off" else ""
    try:
        if again is None:
            runs.keep(store.path, session_id, started, options, plans)
        spec = _compose(request, layer)
        cgroups.sweep()
        jail = plans.jail
        limits = cgroups.Limits(jail.memory_bytes, jail.cpus, jail.pids, jail.io_bytes_s)
        cgroup = cgroups.prepare(session_id, limits, optional=jail.limits_optional)
        broker_words.open_session(
            process.control,
            _broker_plan(request, spec, started, upstream_ca, broker.TRIGGER_FOLDER if triggers else ""),
            journal.broker_fd,
            broker_program,
            broker_walls.ruleset(waiting.folder, triggers, plans.broker, options.connect_to),
            keys.fd,
            -1 if again is None else again.steps_fd,
        )
    except BaseException:
        record.close()
        raise
    finally:
        keys.close()  # before there is a jail whose first process would inherit the descriptor
        os.close(journal.broker_fd)
    waiting.hand_over()
    who = functools.partial(invoker.who, request.host)
    running = session.Session(
        session_id,
        spec,
        process,
        cgroup,
        record,
        plans.jail.wall_time_s,
        who,
        said,
        _approve_command(options, request.host),
        keep_triggers=functools.partial(_keep_triggers, triggers, plans),
        changed=layer.told if layer and again is None else bytes,
    )
    gc.freeze()
    gc.enable()
    with contextlib.closing(record):
        ending = running.run()
    # Not by asking where this process stands: the folder may be gone by now.
    policy = os.path.normpath(os.path.join(options.invocation_dir, options.policy))
    document = report.document(
        session_id=session_id,
        name=request.name,
        argv=spec.argv,
        policy={
            "name": plans.name,
            "sha256": plans.policy_sha256,
            "path": policy,
            "signed_by": [signer._asdict() for signer in signers],
        },
        started=started,
        ended=time.time(),
        ending=ending,
        resources=running.resources,
        missing=running.missing,
        audit={"path": store.audit_folder, **record.sealed._asdict()},
        layer=report.Layer(layer.layer.folder, layer.count()) if layer and again is None else None,
        from_broker=running.from_broker,
        replaced=files.replaced(),
    )
    if again is None:
        runs.ended(store.path, session_id, ending.status, ending.code)
        kept.prune(waiting.folder, session_id)
    if document["summary"] and again is None:
        _keep_summary(store, document)
    if files.report_fd >= 0:
        report.write_report(files.report_fd, document)
        os.close(files.report_fd)
    return Outcome(ending, document, files.fds)


def _keep_triggers(folder: str, plans: Plans) -> None:
    """The broker had to compile what this policy looks for: see that the next one finds it done."""
    if folder:
        from akios_jail.launcher import filling  # here, since most sessions need it not

        filling.start(folder, plans.broker.pii)


def _approve_command(options: RunOptions, host: dict[str, str]) -> str:
    """How people answer at another terminal, but for the id."""
    command = "akios approvals approve"
    if invoker.uid(host) != os.geteuid():
        command = f"sudo {command}"
    if not options.state_dir:
        return command
    import shlex  # here, since most sessions need it not

    return f"{command} --state-dir {shlex.quote(os.path.join(options.invocation_dir, options.state_dir))}"


def _keep_summary(store: state.State, document: dict[str, Any]) -> None:
    """The summary stays in the state folder, whether or not there is a report."""
    names = ("session_id", "name", "policy", "started", "ended", "exit", "cost", "summary")
    try:
        path = summaries.keep(store.path, document["session_id"], {name: document[name] for name in names})
    except OSError as error:
        document["summary"]["not_stored"] = str(error)
    else:
        document["summary"]["path"] = path


def _compose(request: Request, layer: layers.Held | None) -> JailSpec:
    """The jail of this session, with its filter."""
    session_id, options, host, store, plans, who, keys, _, again = request
    lying = {} if again is None else again.layers
    if layer is not None:
        workspace = view.absolute(plans.jail.workspace, options.invocation_dir, invoker.home(host))
        lying = {**lying, workspace: layer.mounts}
    profile = seccomp.find_profile(plans.jail.seccomp_profile)
    if hashlib.sha256(profile).hexdigest() != plans.jail.seccomp_sha256:
        raise LaunchError(
            f"the seccomp profile {plans.jail.seccomp_profile} changed while the session was being set up",
            "Run it again; the policy is then judged with the new profile.",
        )
    program = seccomp.program(profile, store.seccomp_cache)
    fds = relay.find_terminal() if again is None or again.steps_fd < 0 else ()
    window = terminal.window(0) if fds else (24, 80)
    return compose.jail_spec(
        session_id if again is None else again.session,  # what the agent sees of it: its host name and a variable
        store.path,
        plans,
        options,
        host,
        who,
        program,
        fds,
        window,
        lying,
        keys.placeholders,
        idmapped=request.idmapped,
    )


def _broker_plan(request: Request, spec: JailSpec, started: float, upstream_ca: str, triggers: str) -> bytes:
    """The plan of the `open` message."""
    plans = request.plans
    document = plans.to_json()
    plan = {
        "broker": document["broker"],
        "egress": document["egress"],
        "session": {
            "id": request.session_id,
            "name": request.name,
            "argv": list(spec.argv),
            "policy_name": plans.name,
            "policy_sha256": plans.policy_sha256,
            "flux_sha256": plans.flux_sha256,
            "base_sha256s": [source.sha256 for source in plans.sources if source.role == "base"],
            "signers": [list(signer) for signer in request.signers],
            "uid": request.who.uid,
            "started": started,
            **({"replay": request.again.told()} if request.again is not None else {}),
        },
        "options": {
            "connect_to": [list(entry) for entry in request.options.connect_to],
            "upstream_ca_pem": upstream_ca,
            "java_truststore": bool(spec.trust.java_over),
            "state_folder": broker.STATE_FOLDER,
            "trigger_folder": triggers,
        },
    }
    return json.dumps(plan).encode()


def _read_certificate(path: str) -> str:
    if not path:
        return ""
    try:
        with open(path, encoding="ascii") as file:
            text = file.read(1 << 20)
    except OSError as error:
        raise LaunchError(
            f"cannot read --cacert {path}: {error.strerror}", "Give a file of PEM certificates.", USAGE
        ) from error
    except UnicodeDecodeError:
        text = ""
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise LaunchError(f"--cacert {path} holds no PEM certificate", status=USAGE)
    return text


def _make_layer(request: Request) -> layers.Held:
    """The layer of an overlay workspace; it stays for `akios diff` and `akios commit` if anything is in it."""
    home = invoker.home(request.host)
    shown = view.shown_paths(request.plans.jail, (), (), request.options.invocation_dir, home)
    workspace = shown[0].path
    view.check_workspace(workspace, home)
    sessions, policy = request.shared.sessions, request.plans.name
    return layers.create(sessions, request.session_id, request.name, policy, workspace, request.who)
