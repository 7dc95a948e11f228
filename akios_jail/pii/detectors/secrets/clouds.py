"""Keys of clouds, of infrastructure and of what watches it."""

from __future__ import annotations

from akios_jail.pii.detectors.secrets.checks import base58check, bech32, crc32_hex
from akios_jail.pii.detectors.secrets.form import BASE62, BASE64, BASE64URL, HEX, Form

CLOUDS = (
    # The letters before say what the key is of: a user, a session, a service's bearer token.
    Form("an AWS access key", ("AKIA", "ASIA", "ABIA", "ACCA"), "A-Z0-9", 16, mixed=False),
    Form("a Google OAuth secret", ("GOCSPX-",), BASE64URL, 28),
    Form("a Google refresh token", ("1//0",), BASE64URL, 40, 200),
    Form("an Azure storage key", ("AccountKey=", "accountkey="), BASE64, 86, rest="==", bare=True, label=True),
    Form("an Azure shared access key", ("SharedAccessKey=",), BASE64, 43, rest="=", bare=True, label=True),
    Form("an Azure signature", ("&sig=", "?sig="), "A-Za-z0-9%+/", 43, 80, rest="={0,1}", bare=True, label=True),
    Form("an Entra client secret", ("7Q~", "8Q~"), "A-Za-z0-9_.~-", 31, 34, bare=True, before=3),
    Form("a DigitalOcean token", ("dop_v1_", "doo_v1_", "dor_v1_"), HEX, 64, bare=True),
    Form("a Heroku key", ("HRKU-",), BASE64URL, 36, 70),
    Form("an Alibaba Cloud key", ("LTAI",), BASE62, 12, 24, confidence=0.85),
    Form("a Tencent Cloud key", ("AKID",), BASE62, 32, confidence=0.85),
    Form("a Netlify token", ("nfp_",), BASE62, 36, 40),
    Form("a Vercel token", ("vercel_blob_rw_", "vcp_", "vck_"), BASE64URL, 24, 80),
    Form("a Supabase key", ("sbp_",), HEX, 40),
    Form("a Supabase key", ("sb_secret_",), BASE64URL, 22, 60),
    Form("a PlanetScale password", ("pscale_tkn_", "pscale_pw_", "pscale_oauth_"), "A-Za-z0-9_.=-", 32, 64),
    Form("a Neon key", ("napi_",), BASE62, 40, 80),
    Form("a Databricks token", ("dapi",), HEX, 32, rest=r"(?:-\d)?"),
    Form("a Terraform Cloud token", (".atlasv1.",), "A-Za-z0-9_=-", 60, 70, bare=True),
    Form("a Vault token", ("hvs.", "hvb.", "hvr."), BASE64URL, 24, 200),
    Form("a Doppler token", ("dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."), "A-Za-z0-9._-", 40, 80),
    Form("a Pulumi token", ("pul-",), HEX, 40),
    Form("a Tailscale key", ("tskey-",), BASE64URL, 16, 100),
    Form("a Grafana token", ("glsa_",), BASE62, 32, rest="_[0-9A-Fa-f]{8}", fits=crc32_hex),
    Form("a New Relic key", ("NRAK-", "NRII-", "NRAA-"), "A-Za-z0-9-", 27, 48),
    Form("a Sentry token", ("sntryu_",), HEX, 64),
    Form("a Dynatrace token", ("dt0c01.", "dt0s01.", "dt0s16."), "A-Z0-9", 24, rest=r"\.[A-Z0-9]{64}"),
    Form("a Honeycomb key", ("hcaik_", "hcamk_", "hcxik_", "hcxmk_"), BASE62, 26, 70),
    Form("a PostHog key", ("phx_",), BASE62, 40, 60),
    Form("an age key", ("AGE-SECRET-KEY-1",), "0-9A-Z", 58, fits=bech32, bare=True),
    Form("a Nostr key", ("nsec1",), "qpzry9x8gf2tvdw0s3jn54khce6mua7l", 58, fits=bech32),
    Form("an extended private key", ("xprv", "yprv", "zprv", "tprv"), "1-9A-HJ-NP-Za-km-z", 107, fits=base58check),
)
