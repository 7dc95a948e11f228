"""Every certificate store that the jail can see is found, and no more."""

from __future__ import annotations

from pathlib import Path

from akios_jail.launcher import trust


def bundle(path: Path) -> str:
    path.parent.mkdir(parents=True)
    path.write_text("-----BEGIN CERTIFICATE-----\n")
    return str(path)


def test_copies_of_certifi_are_found_in_every_python_that_is_shown(tmp_path: Path) -> None:
    expected = {
        bundle(tmp_path / "a" / "lib" / "python3.11" / "site-packages" / "certifi" / "cacert.pem"),
        bundle(tmp_path / "a" / "lib" / "python3.11" / "site-packages" / "pip" / "_vendor" / "certifi" / "cacert.pem"),
        bundle(tmp_path / "b [x]" / "lib" / "python3.13" / "dist-packages" / "botocore" / "cacert.pem"),
    }
    bundle(tmp_path / "c" / "lib" / "python3.11" / "site-packages" / "certifi" / "cacert.pem")
    found = trust.places((str(tmp_path / "a"), str(tmp_path / "b [x]"), str(tmp_path / "none")))
    assert {path for path in found.bundle_over if path.startswith(str(tmp_path))} == expected
    assert (found.bundle, found.certificate) == (trust.BUNDLE, trust.CERTIFICATE)


def test_each_place_is_named_once_by_its_real_path(tmp_path: Path) -> None:
    real = bundle(tmp_path / "real" / "lib" / "python3.11" / "site-packages" / "certifi" / "cacert.pem")
    (tmp_path / "alias").symlink_to("real")
    found = trust.places((str(tmp_path / "real"), str(tmp_path / "alias")))
    assert [path for path in found.bundle_over if path.startswith(str(tmp_path))] == [real]


def test_every_variable_leads_to_a_file_that_the_jail_has() -> None:
    assert set(trust.VARIABLES.values()) == {trust.BUNDLE, trust.CERTIFICATE}


def test_the_public_roots_are_the_machine_s_or_none() -> None:
    roots = trust.public_roots()
    assert roots == b"" or b"-----BEGIN CERTIFICATE-----" in roots
