"""Cold start: `akios run … /bin/true` beside plain /bin/true, bubblewrap and Anthropic's srt.

Each contender starts from nothing but warm file caches, does nothing, and is timed to its end. What they set up
differs: bubblewrap alone makes namespaces; srt also starts its two proxies; AKIOS also makes the jail's network, its
broker and a certificate authority, and puts the session's start and end durably on record.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import akios_jail
from benchmarks.timing import Contender, interleaved, table

_SRT_PACKAGE = "@anthropic-ai/sandbox-runtime"
_SRT_NEEDS = ("node", "bwrap", "socat", "rg")
_POLICY = """\
apiVersion: akios/v1
kind: AgentPolicy
metadata:
  name: bench
spec:
  governance:
    network_access:
      allowlist:
        - host: "api.openai.com"
          methods: ["POST"]
"""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be chosen."""
    parser.add_argument("--rounds", type=int, default=20, metavar="N", help="timed runs of each (default: 20)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--srt", metavar="PATH", help="the srt program (default: the one in PATH, or one from npm)")


def run(chosen: argparse.Namespace) -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="akios-bench-") as temporary:
        folder = Path(temporary)
        (folder / "work").mkdir()
        (folder / "work" / "policy.yaml").write_text(_POLICY)
        contenders = [Contender("/bin/true", ["/bin/true"], "no jail")]
        missing = []
        for name, found in (("bubblewrap", _bubblewrap()), ("srt", _srt(folder, chosen.srt))):
            if isinstance(found, str):
                missing.append(f"{name}: left out, {found}")
            else:
                contenders.append(found)
        contenders.append(_akios(folder))
        home = folder / "home"
        home.mkdir()
        environment = {**os.environ, "HOME": str(home)}
        environment.pop("VIRTUAL_ENV", None)
        try:
            figures = interleaved(contenders, chosen.rounds, folder / "work", environment)
        except RuntimeError as error:
            print(f"scripts/bench cold: {error}", file=sys.stderr)
            return 1
    if chosen.json:
        print(json.dumps({"figures": [figure.to_json() for figure in figures], "missing": missing}, indent=2))
    else:
        print(table(figures))
        print("\n".join(missing))
    return 0


def _akios(folder: Path) -> Contender:
    akios = Path(sys.executable).with_name("akios")
    # As an installed package is: brokers cannot write what they compile, and would compile it again in every round.
    compileall.compile_dir(os.path.dirname(akios_jail.__file__), quiet=1)
    command = [str(akios), "run", "--quiet", "--policy", "policy.yaml", "--state-dir", str(folder / "state")]
    return Contender("akios run", [*command, "--", "/bin/true"], "jail, network, broker, CA, audit; policy cached")


def _bubblewrap() -> Contender | str:
    program = shutil.which("bwrap")
    if program is None:
        return "bwrap is not installed (apt-get install bubblewrap)"
    jail = ["--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    return Contender("bubblewrap", [program, *jail, "/bin/true"], "namespaces only")


def _srt(folder: Path, named: str | None) -> Contender | str:
    lacking = [program for program in _SRT_NEEDS if shutil.which(program) is None]
    if lacking:
        return f"it needs {', '.join(lacking)}"
    program = named or shutil.which("srt") or _install_srt(folder)
    if program is None:
        return f"it is not installed, and npm could not install {_SRT_PACKAGE}"
    settings = folder / "srt.json"
    network = {"allowedDomains": ["api.openai.com"], "deniedDomains": []}
    files: dict[str, list[str]] = {"denyRead": [], "allowWrite": [], "denyWrite": []}
    settings.write_text(json.dumps({"network": network, "filesystem": files}))
    return Contender("srt", [program, "--settings", str(settings), "/bin/true"], "bubblewrap, seccomp, two proxies")


def _install_srt(folder: Path) -> str | None:
    if shutil.which("npm") is None:
        return None
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder / "srt"), _SRT_PACKAGE]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300, check=False)
    program = folder / "srt" / "node_modules" / ".bin" / "srt"
    return str(program) if done.returncode == 0 and program.exists() else None
