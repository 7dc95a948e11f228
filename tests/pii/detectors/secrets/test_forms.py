"""Keys of providers, and what only looks like them."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.secrets import LongSecrets, Secrets
from akios_jail.pii.detectors.secrets.checks import base58check, bech32, crc32_hex
from akios_jail.pii.detectors.secrets.clouds import CLOUDS
from akios_jail.pii.detectors.secrets.code_hosts import CODE_HOSTS
from akios_jail.pii.detectors.secrets.form import SHORT, Form
from akios_jail.pii.detectors.secrets.long_forms import LONG_FORMS
from akios_jail.pii.detectors.secrets.models import MODELS
from akios_jail.pii.detectors.secrets.services import SERVICES
from akios_jail.pii.finding import REACH
from tests.pii.detectors.secrets.made import BASE62, BASE64URL, HEX, of, with_crc
from tests.pii.detectors.triggered import findings, grows_in_proportion, values

SHORT_FORMS = MODELS + CLOUDS + CODE_HOSTS + SERVICES
KEYS = [
    "sk-proj-" + of(BASE64URL, 120),
    "sk-" + of(BASE62, 48),
    "sk-ant-api03-" + of(BASE64URL, 95),
    "sk-or-v1-" + of(HEX, 64),
    "AIza" + of(BASE64URL, 35),
    "hf_" + of(BASE62, 34),
    "gsk_" + of(BASE62, 52),
    "r8_" + of(BASE62, 37),
    "AKIA" + of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
    "AKIA" + "IOSFODNN7EXAMPLE",
    "GOCSPX-" + of(BASE64URL, 28),
    "dop_v1_" + of(HEX, 64),
    "hvs." + of(BASE64URL, 90),
    with_crc("ghp_"),
    with_crc("npm_"),
    "github_pat_" + of(BASE62, 22) + "_" + of(BASE62, 59),
    "glpat-" + of(BASE64URL, 20),
    "rubygems_" + of(HEX, 48),
    "dckr_pat_" + of(BASE64URL, 27),
    "xoxb-123456789012-1234567890123-" + of(BASE62, 24),
    "sk_live_" + of(BASE62, 24),
    "rk_test_" + of(BASE62, 99),
    "whsec_" + of(BASE62, 32),
    "SK" + of(HEX, 32),
    "SG." + of(BASE64URL, 22) + "." + of(BASE64URL, 43),
    "shpat_" + of(HEX, 32),
    "ntn_" + of(BASE62, 46),
    "pat" + of(BASE62, 14) + "." + of(HEX, 64),
    "figd_" + of(BASE64URL, 40),
    "dapi" + of(HEX, 32),
    "sq0csp-" + of(BASE64URL, 43),
]
LONG_KEYS = [
    "ya29." + of(BASE64URL, 180),
    "pypi-AgEIcHlwaS5vcmc" + of(BASE64URL, 140),
    "ops_eyJ" + of(BASE62, 800),
    "IQoJb3JpZ2lu" + of(BASE62 + "+/", 900),
]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:8])
@pytest.mark.parametrize("around", ["{}", "key={}\n", '"{}",', "use {}.", "({})", "https://x.io/?k={}&a=1", "`{}`"])
def test_a_key_is_found_whole_and_nothing_around_it(key: str, around: str) -> None:
    assert values(Secrets(), around.format(key)) == [key]


@pytest.mark.parametrize("key", LONG_KEYS, ids=lambda key: key[:8])
def test_a_long_key_is_found_whole(key: str) -> None:
    assert values(LongSecrets(), f"export T={key}\n") == [key]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("AccountName=x;AccountKey=" + of(BASE62, 86) + "==;Endpoint", of(BASE62, 86) + "=="),
        ("aB3" + "8Q~" + of(BASE62, 34), "aB3" + "8Q~" + of(BASE62, 34)),
    ],
)
def test_what_only_names_the_key_is_no_part_of_it(text: str, value: str) -> None:
    assert values(Secrets(), text) == [value]


def test_a_checksum_that_fits_is_said_and_one_that_does_not_makes_it_less_sure() -> None:
    good = with_crc("ghp_")
    bad = good[:-1] + ("A" if good[-1] != "A" else "B")
    assert [(f.confidence, f.reason) for f in findings(Secrets(), good)] == [
        (0.99, "a GitHub token, its checksum fits")
    ]
    assert findings(Secrets(), bad)[0].confidence == 0.85


def test_the_checksums_are_those_of_their_documents() -> None:
    assert bech32("A12UEL5L")
    assert bech32("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w")
    assert not bech32("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3x")
    assert base58check("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2")
    assert not base58check("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3")
    assert not crc32_hex("glsa_" + of(BASE62, 32) + "_00000000")


@pytest.mark.parametrize(
    "text",
    [
        "sk-" + "x" * 30,
        "sk-your-api-key-here-please",
        "sk-ant-api03-" + "x" * 90,
        "sk-proj-...",
        "<your-key>",
        "${OPENAI_API_KEY}",
        "AKIA" + "X" * 16,
        "ghp_" + "x" * 36,
        "ghp_YourPersonalAccessTokenHere1234567890",
        "hf_" + "x" * 34,
        "xoxb-your-token",
        "sk-fading-circle sk-circle12 sk-child",
        "task-4b825dc642cb6eb9a060e54bf8d69288",
        "risk-assessment-template-2024-final-version",
        "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "550e8400-e29b-41d4-a716-446655440000",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit",
        "pattern.compile patience.0123 path.join",
        "npm_config_registry npm_lifecycle_event npm_package_name_of_something_long",
        "dapi.example.com DAPI",
        "key-value-store-with-many-words-inside",
        "SKU12345678901234567890123456789012",
        "r8_unorm_texture_format_with_a_long_name_here",
    ],
)
def test_what_only_looks_like_a_key_is_left(text: str) -> None:
    assert values(Secrets(), text) == []
    assert values(LongSecrets(), text) == []


@pytest.mark.parametrize("form", SHORT_FORMS, ids=lambda form: form.leads[0])
def test_a_form_of_the_near_detector_lies_within_its_reach(form: Form) -> None:
    assert max(form.most, form.least) <= SHORT < REACH


@pytest.mark.parametrize("form", SHORT_FORMS + LONG_FORMS, ids=lambda form: form.leads[0])
def test_no_two_leads_of_a_form_are_alike(form: Form) -> None:
    assert len(set(form.leads)) == len(form.leads)
    assert all(lead for lead in form.leads)


@pytest.mark.parametrize(
    "piece", ["sk-", "sk-aB1cD2eF3", "AKIA", "ghp_aB1cD2eF3gH4", "SG.a", "eyJ", "xoxb-1-", "-----BEGIN "]
)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(Secrets(), piece)
    assert grows_in_proportion(LongSecrets(), piece)
