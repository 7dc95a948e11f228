"""Forms of keys that may be longer than a detector usually looks: those that carry their claims with them."""

from __future__ import annotations

from akios_jail.pii.detectors.secrets.form import BASE62, BASE64, BASE64URL, Form

LONG_FORMS = (
    Form("an AWS session token", ("IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz"), BASE64, 80, 1600, rest="={0,2}"),
    Form("a Google OAuth token", ("ya29.",), BASE64URL, 20, 1200),
    Form("a Fly token", ("fm2_", "fm1r_", "fo1_"), "A-Za-z0-9+/=_-", 40, 1500),
    Form("a 1Password token", ("ops_eyJ",), "A-Za-z0-9+/=_-", 100, 2000, bare=True),
    Form("a Grafana Cloud token", ("glc_eyJ",), "A-Za-z0-9+/=", 40, 400, bare=True),
    Form("a Sentry token", ("sntrys_eyJ",), "A-Za-z0-9+/=_", 60, 400, bare=True),
    Form("an Amazon Bedrock key", ("bedrock-api-key-",), BASE64, 40, 2000, rest="={0,2}"),
    Form("a PyPI token", ("pypi-AgE",), BASE64URL, 50, 1000, bare=True),
    Form("a GitHub token", ("gho_", "ghu_", "ghs_", "ghr_"), BASE64URL, 40, 600, bare=True),
    Form("a Dropbox token", ("sl.",), BASE64URL, 120, 1500),
    Form("a Facebook token", ("EAACEdEose0cBA", "EAAG", "EAAB", "EAAJ", "EAAD"), BASE62, 80, 400),
)
