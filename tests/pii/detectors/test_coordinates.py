"""Places on earth, and pairs of numbers that are none."""

from __future__ import annotations

import pytest

from akios_jail.pii.detectors.coordinates import Coordinates
from tests.pii.detectors.triggered import findings, grows_in_proportion, values

DETECTOR = Coordinates()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("52.5200, 13.4050", ["52.5200, 13.4050"]),
        ("at 40.712776 -74.005974 now", ["40.712776 -74.005974"]),
        ("geo:52.5200,13.4050", ["52.5200,13.4050"]),
        ("https://maps.example.com/@52.5200,13.4050,15z", ["52.5200,13.4050"]),
        ('{"lat": 52.52, "lon": 13.405}', ["52.52", "13.405"]),
        ('"latitude":"40.7128","longitude":"-74.0060"', ["40.7128", "-74.0060"]),
        ("lat=48.85837&lng=2.294481", ["48.85837", "2.294481"]),
        ('"coordinates": [-73.9857, 40.7484]', ["-73.9857, 40.7484"]),
        ("POINT(-73.9857 40.7484)", ["-73.9857 40.7484"]),
        ("GPS -0.182018,-149.30723, 118.420 km", ["-0.182018,-149.30723"]),
        ("GPS: 52.52, 13.40", ["52.52, 13.40"]),
        ("Koordinaten: 52.5200, 13.4050", ["52.5200, 13.4050"]),
        ("坐标 39.9042, 116.4074", ["39.9042, 116.4074"]),
        ("широта: 55.7558", ["55.7558"]),
        ("40.7128\u00b0 N, 74.0060\u00b0 W", ["40.7128\u00b0 N, 74.0060\u00b0 W"]),
        ("N40.7128 W74.0060", ["N40.7128 W74.0060"]),
        ("52\u00b031'12\"N 13\u00b024'18\"E", ["52\u00b031'12\"N 13\u00b024'18\"E"]),
        (
            "52\u00b031\u203212\u2033N, 13\u00b024\u203218\u2033E",
            ["52\u00b031\u203212\u2033N, 13\u00b024\u203218\u2033E"],
        ),
        ("8FVC9G8F+6X", ["8FVC9G8F+6X"]),
    ],
)
def test_a_place_is_found(text: str, expected: list[str]) -> None:
    assert values(DETECTOR, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "[0.1234, 0.5678, 0.9101]",
        "0.1234, 0.5678",
        "1.2345, 6.7891, 2.3456",
        "price 12.5000, 13.2500 EUR",
        "took 12.3456 13.4567",
        "long 12.34 story",
        "192.1234, 200.5678",
        "12.34, 56.78",
        "v1.2345, v2.3456",
        "location 12",
        "@12",
        "loss 0.1234 acc 0.9876",
    ],
)
def test_what_is_no_place_is_left(text: str) -> None:
    assert values(DETECTOR, text) == []


def test_spellings_have_one_key() -> None:
    texts = ("52.5200, 13.4050", "geo:52.52,13.405")
    assert {finding.key for text in texts for finding in findings(DETECTOR, text)} == {"52.52,13.405"}


@pytest.mark.parametrize("piece", ["1.2345,", "12.3456, 13.4567 ", "lat ", "N4", "52.5200,13.4050", "40.7128° N, "])
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(DETECTOR, piece)
