"""The machines that the tests can be run on: what scripts/vm puts together, and the Vagrantfile."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.project.test_source import ROOT, tracked

SCRIPTS = ROOT / "scripts"
VAGRANTFILE = (ROOT / "Vagrantfile").read_text()


@pytest.fixture(scope="module")
def vm() -> Iterator[dict[str, Any]]:
    """What scripts/vm defines; its parts lie beside it."""
    sys.path.insert(0, str(SCRIPTS))
    yield runpy.run_path(str(SCRIPTS / "vm"))
    sys.path.remove(str(SCRIPTS))


def test_the_checkout_goes_in_as_it_stands_with_what_is_compiled_of_it_and_no_more_of_what_git_would_not_keep(
    vm: dict[str, Any], tmp_path: Path
) -> None:
    with tarfile.open(vm["vm_checkout"].packed(tmp_path)) as archive:
        names = set(archive.getnames())
        scripts = archive.getmember("scripts/vm")
    assert {str(path.relative_to(ROOT)) for path in tracked()} <= names
    assert not [name for name in names if name.startswith((".venv", ".git/"))]
    compiled = {name.partition(".cpython-")[0].replace("__pycache__/", "") for name in names if name.endswith(".pyc")}
    assert "akios_jail/kernel" in compiled
    assert {f"{name}.py" for name in compiled} <= names
    assert (scripts.uid, scripts.mode & 0o111) == (0, 0o111)


def test_only_what_was_asked_for_comes_back(
    vm: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = vm["vm_checkout"]
    disk, here = checkout.empty(tmp_path), tmp_path / "here"
    here.mkdir()
    for name in ("wanted/file", "other"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    with disk.open("r+b") as file, tarfile.open(fileobj=file, mode="w|") as archive:
        for name, kept_as in (("wanted/file", "wanted/file"), ("other", "other"), ("other", "../escaped")):
            archive.add(tmp_path / name, kept_as)
    monkeypatch.setitem(checkout.brought.__globals__, "ROOT", here)
    checkout.brought(disk, ["wanted/file", "absent"])
    assert sorted(str(path.relative_to(here)) for path in here.rglob("*")) == ["wanted", "wanted/file"]
    assert not (tmp_path / "escaped").exists()


def test_the_vagrantfile_makes_the_machine_that_scripts_vm_makes(vm: dict[str, Any]) -> None:
    place = vm["vm_image"].PLACE
    assert f'"{place}/scripts/provision vagrant"' in VAGRANTFILE
    assert f'config.vm.synced_folder ".", "{place}", type: "rsync"' in VAGRANTFILE
    assert set(re.findall(r'config\.vm\.provider "(\w+)"', VAGRANTFILE)) == {"libvirt", "virtualbox"}


def test_vagrant_finds_no_mistake_in_the_vagrantfile(tmp_path: Path) -> None:
    """By `vagrant validate` where Vagrant is installed; elsewhere its blocks at least close as they open."""
    shutil.copy(ROOT / "Vagrantfile", tmp_path)
    if shutil.which("vagrant") is None:
        code = [line.split("#")[0].strip() for line in VAGRANTFILE.splitlines()]
        opened = [line for line in code if re.search(r"\bdo \|\w+\|$", line)]
        assert len(opened) == code.count("end") == 3
        return
    home = {"HOME": str(tmp_path), "VAGRANT_HOME": str(tmp_path / "home"), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    words = ["vagrant", "validate", "--ignore-provider"]
    done = subprocess.run(words, cwd=tmp_path, env=home, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
