"""`scripts/bench NAME`: finds the benchmark of that name, lists all without one."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from types import ModuleType

import benchmarks


def main() -> int:
    """Run the chosen benchmark."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="What AKIOS costs, beside its peers.")
    parser.set_defaults(module=None)
    commands = parser.add_subparsers(metavar="NAME")
    for found in pkgutil.iter_modules(benchmarks.__path__):
        if found.name.startswith("_"):
            continue
        module = importlib.import_module(f"benchmarks.{found.name}")
        if hasattr(module, "run"):
            _add(commands, found.name, module)
    chosen = parser.parse_args()
    if chosen.module is None:
        parser.print_help()
        return 2
    status: int = chosen.module.run(chosen)
    return status


def _add(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, module: ModuleType) -> None:
    summary = (module.__doc__ or "").splitlines()[0]
    parser = commands.add_parser(name, help=summary, description=module.__doc__)
    module.options(parser)
    parser.set_defaults(module=module)


if __name__ == "__main__":
    sys.exit(main())
