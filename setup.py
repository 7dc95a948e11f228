"""What pyproject.toml cannot say: the top-level `profiles/` and `policies/` ship inside the wheel.

They are data that people read, review and copy, so they stand at the top of the repository and not in the package. A
wheel has only the package, so building one copies them to `akios_jail/_data/`; `akios_jail.resources` finds them in
both. (A `package-dir` mapping would do the same, but an editable install with one needs an import hook, which costs
every start of `akios` several milliseconds.)
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

DATA = {"profiles": "*.json", "policies": "*.yaml"}


class BuildWithData(build_py):
    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for folder, pattern in DATA.items():
            target = Path(self.build_lib, "akios_jail", "_data", folder)
            target.mkdir(parents=True, exist_ok=True)
            for source in sorted(Path(folder).glob(pattern)):
                shutil.copyfile(source, target / source.name)


setup(cmdclass={"build_py": BuildWithData})
