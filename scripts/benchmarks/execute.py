"""What it costs an agent that each program which it executes is seen: jails in turns, with and without.

The same agent starts /bin/true and waits for its end, again and again; the figure of a run is the median of its turns.
Then whole runs of an agent that executes nothing, since the listener is there for those, too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_AGENT = """
import os, sys, time
took = []
for _ in range(int(sys.argv[1])):
    began = time.perf_counter_ns()
    os.waitpid(os.posix_spawn("/bin/true", ["true", "a", "few", "arguments"], {}), 0)
    took.append(time.perf_counter_ns() - began)
print(sorted(took)[len(took) // 2] / 1000)
"""
_SEEN = {"seen": "on", "not seen": "off"}


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--rounds", type=int, default=8, metavar="N", help="runs of each (default: 8)")
    parser.add_argument("--programs", type=int, default=300, metavar="N", help="programs in a run (default: 300)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(chosen: argparse.Namespace) -> int:
    """Measure and print."""
    found: dict[str, dict[str, list[float]]] = {name: {"program_us": [], "empty_cpu_ms": []} for name in _SEEN}
    with tempfile.TemporaryDirectory(prefix="akios-bench-") as temporary:
        folder = Path(temporary)
        work = folder / "work"
        work.mkdir()
        (work / "agent.py").write_text(_AGENT)
        for name, word in _SEEN.items():
            policy = {"apiVersion": "akios/v1", "kind": "AgentPolicy", "metadata": {"name": "bench"}}
            spec = {"trace": {"processes": word}}
            (work / f"{word}.yaml").write_text(json.dumps(policy | {"spec": spec}))
            _run(folder, name, "/bin/true")  # compiles the policy
        for _ in range(chosen.rounds):
            for name in _SEEN:
                said, _ = _run(folder, name, "/usr/bin/python3", "agent.py", str(chosen.programs))
                found[name]["program_us"].append(float(said))
                found[name]["empty_cpu_ms"].append(_run(folder, name, "/bin/true")[1])
    figures = {name: {what: statistics.median(took) for what, took in each.items()} for name, each in found.items()}
    if chosen.json:
        print(json.dumps(figures, indent=2))
        return 0
    print(f"{'':10}{'one program, µs':>18}{'a run of /bin/true, ms of processor time':>44}")
    for name, each in figures.items():
        print(f"{name:10}{each['program_us']:>18.0f}{each['empty_cpu_ms']:>44.0f}")
    return 0


def _run(folder: Path, name: str, *command: str) -> tuple[str, float]:
    """One session: what its agent printed, and how much processor time all of it took, in milliseconds."""
    akios = os.path.join(os.path.dirname(sys.executable), "akios")
    where = ["--state-dir", str(folder / "state"), "--policy", f"{_SEEN[name]}.yaml", "--quiet"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [akios, "run", *where, "--", *command], cwd=folder / "work", stdout=subprocess.PIPE, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000
