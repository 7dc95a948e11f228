"""The cache gives what compiling would give, and believes nobody but its owner."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from akios_jail.policy import cache, compile
from akios_jail.policy.errors import PolicyError
from akios_jail.policy.plans import Plans
from akios_jail.policy.source import File
from tests.policy.manifests import FOUNDING, manifest


class Place:
    """A policy with its cache, and how often it was really compiled."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.policy = folder / "policy.yaml"
        self.policy.write_text(FOUNDING)
        self.folder = folder / "cache"
        self.compiled = 0
        real = compile.compile_bytes

        def counted(data: bytes, name: str, flux: File | None = None) -> Plans:
            self.compiled += 1
            return real(data, name, flux)

        monkeypatch.setattr(compile, "compile_bytes", counted)

    def load(self, flux: Path | None = None) -> Plans:
        return cache.load(str(self.policy), str(self.folder), str(flux) if flux else "")

    @property
    def entry(self) -> Path:
        (entry,) = self.folder.iterdir()
        return entry


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(tmp_path, monkeypatch)


def test_a_policy_is_compiled_once(place: Place) -> None:
    first = place.load()
    assert place.load() == first
    assert first == compile.compile_file(str(place.policy))
    assert place.compiled == 2  # once for the cache, once for the line above


def test_a_changed_policy_is_compiled_again(place: Place) -> None:
    place.load()
    place.policy.write_text(FOUNDING.replace("$1.00", "$2.00"))
    assert place.load().broker.budget.limits[0].microusd == 2_000_000
    assert place.compiled == 2


def test_folder_and_entries_are_the_owner_s_alone(place: Place) -> None:
    place.load()
    assert place.folder.stat().st_mode & 0o777 == 0o700
    assert place.entry.stat().st_mode & 0o777 == 0o600


def test_a_bad_policy_is_refused_and_not_kept(place: Place) -> None:
    place.policy.write_text(manifest("zzz: 1"))
    with pytest.raises(PolicyError):
        place.load()
    assert list(place.folder.iterdir()) == []


def _rewrite(entry: Path, change: object) -> None:
    document = json.loads(entry.read_text())
    change(document)  # type: ignore[operator]
    entry.write_text(json.dumps(document))


def _widen(document: dict[str, object]) -> None:
    document["broker"]["rules"][0]["methods"] = ["*"]  # type: ignore[index]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda entry: entry.write_bytes(b""), id="empty"),
        pytest.param(lambda entry: entry.write_bytes(b"\xff{"), id="not text"),
        pytest.param(lambda entry: entry.write_bytes(b"[" * 100_000), id="deep"),
        pytest.param(lambda entry: entry.write_text("null"), id="null"),
        pytest.param(lambda entry: entry.write_bytes(entry.read_bytes()[:-20]), id="cut"),
        pytest.param(lambda entry: _rewrite(entry, lambda d: d.pop("egress")), id="a field missing"),
        pytest.param(lambda entry: _rewrite(entry, lambda d: d.update(more=1)), id="a field more"),
        pytest.param(lambda entry: _rewrite(entry, lambda d: d.update(policy_sha256="0" * 64)), id="another policy"),
        pytest.param(lambda entry: (_rewrite(entry, _widen), entry.chmod(0o620)), id="writable by a group"),
        pytest.param(lambda entry: (_rewrite(entry, _widen), entry.chmod(0o602)), id="writable by others"),
    ],
)
def test_a_damaged_entry_is_compiled_again(place: Place, damage: object) -> None:
    first = place.load()
    damage(place.entry)  # type: ignore[operator]
    assert place.load() == first
    assert place.compiled == 2
    assert place.load() == first
    assert place.compiled == 2  # the entry was mended


def test_a_link_in_place_of_an_entry_is_not_followed(place: Place, tmp_path: Path) -> None:
    first = place.load()
    elsewhere = tmp_path / "elsewhere.json"
    place.entry.rename(elsewhere)
    _rewrite(elsewhere, _widen)
    elsewhere.chmod(0o600)
    name = cache._entry_name(File(str(place.policy), place.policy.read_bytes()), None)
    (place.folder / name).symlink_to(elsewhere)
    assert place.load() == first


def test_a_pipe_in_place_of_an_entry_does_not_hang(place: Place) -> None:
    first = place.load()
    entry = place.entry
    entry.unlink()
    os.mkfifo(entry, 0o600)
    assert place.load() == first


def test_a_folder_in_place_of_an_entry_is_not_read(place: Place) -> None:
    first = place.load()
    entry = place.entry
    entry.unlink()
    entry.mkdir(mode=0o700)
    assert place.load() == first
    assert place.compiled == 2


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o777, 0o710])
def test_a_folder_that_others_may_enter_is_not_used(place: Place, mode: int) -> None:
    place.load()
    _rewrite(place.entry, _widen)
    place.folder.chmod(mode)
    assert place.load().broker.rules[0].methods == ("POST",)


def test_a_folder_that_cannot_be_made_only_costs_time(place: Place) -> None:
    place.folder.write_text("a file")
    assert place.load() == place.load()
    assert place.compiled == 2


@pytest.mark.root
def test_a_folder_or_entry_of_somebody_else_is_not_believed(place: Place) -> None:
    first = place.load()
    _rewrite(place.entry, _widen)
    os.chown(place.entry, 65534, 65534)
    assert place.load() == first
    _rewrite(place.entry, _widen)
    os.chown(place.folder, 65534, 65534)
    assert place.load() == first
    assert place.compiled == 3


def test_another_folder_is_another_entry(place: Place, tmp_path: Path) -> None:
    place.load()
    other = tmp_path / "other"
    other.mkdir()
    (other / "policy.yaml").write_text(FOUNDING)
    cache.load(str(other / "policy.yaml"), str(place.folder))
    assert place.compiled == 2


def test_a_changed_system_call_profile_makes_the_entry_stale(place: Place, tmp_path: Path) -> None:
    profile = tmp_path / "mine.json"
    profile.write_bytes(b"{}")
    place.policy.write_text(manifest("seccomp: {profile: ./mine.json}"))
    before = place.load().jail.seccomp_sha256
    profile.write_bytes(b"{ }")
    assert place.load().jail.seccomp_sha256 != before
    profile.unlink()
    with pytest.raises(PolicyError, match=r"mine\.json"):
        place.load()


FLUX = "apiVersion: akios/v1\nkind: FluxConfig\nmetadata: {name: f}\nspec: {budgets: {per_day: {max_cost_usd: %s}}}\n"


def _day(plans: Plans) -> int | None:
    return next((limit.microusd for limit in plans.broker.budget.limits if limit.scope == "day"), None)


def test_a_changed_flux_file_that_the_policy_names_is_noticed(place: Place, tmp_path: Path) -> None:
    flux = tmp_path / "flux.yaml"
    flux.write_text(FLUX % "5")
    place.policy.write_text(manifest("governance: {flux: ./flux.yaml}"))
    assert [_day(place.load()), _day(place.load())] == [5_000_000] * 2
    assert place.compiled == 1
    flux.write_text(FLUX % "6")
    assert _day(place.load()) == 6_000_000
    assert place.compiled == 2
    flux.unlink()
    with pytest.raises(PolicyError, match=r"flux\.yaml"):
        place.load()


def test_a_given_flux_file_is_an_entry_of_its_own(place: Place, tmp_path: Path) -> None:
    given = tmp_path / "given.yaml"
    for amount, expected in (("5", 5_000_000), ("6", 6_000_000), ("5", 5_000_000)):
        given.write_text(FLUX % amount)
        assert _day(place.load(given)) == expected
    assert place.compiled == 2
    assert _day(place.load()) is None


def test_a_given_flux_file_stands_in_for_the_one_that_the_policy_names(place: Place, tmp_path: Path) -> None:
    place.policy.write_text(manifest("governance: {flux: ./absent.yaml}"))
    given = tmp_path / "given.yaml"
    given.write_text(FLUX % "5")
    assert [_day(place.load(given)), _day(place.load(given))] == [5_000_000] * 2
    assert place.compiled == 1


def test_an_entry_for_another_flux_file_is_not_used(place: Place, tmp_path: Path) -> None:
    given = tmp_path / "given.yaml"
    given.write_text(FLUX % "5")
    first = place.load(given)
    _rewrite(place.entry, lambda document: document.update(flux_sha256="0" * 64))
    assert place.load(given) == first
    assert place.compiled == 2


def test_old_entries_are_removed(place: Place) -> None:
    for number in range(cache.KEPT + 5):
        place.policy.write_text(FOUNDING + f"# {number}\n")
        place.load()
    assert len(list(place.folder.iterdir())) == cache.KEPT


def test_a_cached_policy_needs_no_heavy_module(place: Place) -> None:
    place.load()
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from akios_jail.policy import cache\n"
        "cache.load(sys.argv[1], sys.argv[2])\n"
        "print(*sorted(set(sys.modules) - before))\n"
    )
    arguments = [sys.executable, "-c", program, str(place.policy), str(place.folder)]
    loaded = subprocess.run(arguments, check=True, capture_output=True, text=True, cwd="/").stdout.split()
    assert "akios_jail.policy.plans" in loaded
    heavy = {
        "pydantic",
        "yaml",
        "cel_expr_python",
        "asyncio",
        "dataclasses",
        "inspect",
        "difflib",
        "random",
        "subprocess",
    }
    assert not heavy & set(loaded)
    assert not {"akios_jail.policy.compile", "akios_jail.policy.schema", "akios_jail.policy.hosts"} & set(loaded)
