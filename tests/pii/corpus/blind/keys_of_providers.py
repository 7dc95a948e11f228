"""Keys and tokens in the formats that providers publish, put together when they are needed.

A format is `LITERAL` and `CLASS:LENGTH` parts with blanks between; `~` in a literal is left out, so that no part of
this file looks like a key. Classes: `a` letters and digits, `h` hexadecimal, `u` capitals and digits, `l` small letters
and digits, `b` base64url, `d` digits, `B` base64.
"""

from __future__ import annotations

import base64
import json
import random
import string

_CLASSES = {
    "a": string.ascii_letters + string.digits,
    "h": "0123456789abcdef",
    "u": string.ascii_uppercase + "234567",
    "l": string.ascii_lowercase + string.digits,
    "b": string.ascii_letters + string.digits + "_-",
    "d": string.digits,
    "B": string.ascii_letters + string.digits + "+/",
}
#: Known by their own form, wherever they stand.
FORMATS = {
    "age": "AGE-SEC~RET-KEY-1 U:58",
    "airtable": "pa~t a:14 . h:64",
    "alibaba": "LT~AI a:20",
    "anthropic": "sk-a~nt-api03- b:93 AA",
    "atlassian": "AT~ATT3xFfGF0 b:171",
    "aws": "AK~IA u:16",
    "aws_session": "AS~IA u:16",
    "cloudflare_ca": "v1~.0- h:24 - h:146",
    "databricks": "da~pi h:32",
    "digitalocean": "do~p_v1_ h:64",
    "discord_webhook": "https://disc~ord.com/api/web~hooks/ d:19 / b:68",
    "docker": "dck~r_pat_ b:27",
    "doppler": "dp~.pt. a:43",
    "dropbox": "sl~.B b:134",
    "dynatrace": "dt0~c01. u:24 . u:64",
    "easypost": "EZ~AK a:54",
    "fastly_npm": "np~m_ a:36",
    "figma": "fi~gd_ b:40",
    "flyio": "f~m2_ B:100",
    "github": "gh~p_ a:36",
    "github_fine": "github~_pat_ a:22 _ a:59",
    "github_oauth": "gh~o_ a:36",
    "gitlab": "glp~at- b:20",
    "google": "AI~za b:35",
    "google_oauth": "GOC~SPX- b:28",
    "grafana": "gl~sa_ a:32 _ h:8",
    "groq": "gs~k_ a:52",
    "hashicorp": "hv~s. b:92",
    "huggingface": "h~f_ a:34",
    "heroku": "HRK~U-AA b:58",
    "linear": "lin~_api_ a:40",
    "mailchimp": "h:32 -~us d:2",
    "mailgun": "ke~y- h:32",
    "mapbox": "s~k.eyJ1 b:60 . b:22",
    "newrelic": "NR~AK- U:27",
    "notion": "nt~n_ d:11 a:35",
    "npm": "np~m_ a:36",
    "openai": "sk-p~roj- b:64 T3B~lbkFJ b:64",
    "openrouter": "sk-o~r-v1- h:64",
    "perplexity": "pp~lx- a:48",
    "planetscale": "ps~cale_tkn_ b:43",
    "postman": "PM~AK- h:24 - h:34",
    "pulumi": "pu~l- h:40",
    "pypi": "py~pi-AgEIcHlwaS5vcmc b:150",
    "replicate": "r~8_ a:37",
    "rubygems": "ruby~gems_ h:48",
    "sendgrid": "S~G. b:22 . b:43",
    "sentry": "sn~trys_eyJ B:180",
    "shippo": "shippo~_live_ h:40",
    "shopify": "shp~at_ h:32",
    "slack_app": "xap~p-1-A u:10 - d:13 - h:64",
    "slack_bot": "xox~b- d:12 - d:13 - a:24",
    "slack_webhook": "https://hooks.sla~ck.com/serv~ices/T u:8 /B u:10 / a:24",
    "sonarqube": "sq~p_ h:40",
    "square": "EAAA~E b:59",
    "stripe_live": "sk~_live_ a:99",
    "stripe_restricted": "rk~_live_ a:24",
    "stripe_webhook": "wh~sec_ a:32",
    "supabase": "sb~p_ h:40",
    "tailscale": "tskey~-auth- a:17 - a:32",
    "telegram": "d:10 :AA b:33",
    "terraform": "a:14 .atlas~v1. b:67",
    "twilio": "S~K h:32",
    "vercel_blob": "vercel~_blob_rw_ a:16 _ a:30",
    "xai": "xa~i- a:80",
}
_WORDS = ("Herbst", "Puffin", "Kestrel", "tangerine", "Oslofjord", "Brückner", "monsoon", "Gingko", "lantern", "Quokka")


def key(rng: random.Random, provider: str | None = None) -> str:
    """A key of a provider, or of any."""
    parts = []
    for part in FORMATS[provider or rng.choice(sorted(FORMATS))].split(" "):
        name, sign, length = part.partition(":")
        if sign and length.isdigit() and name.lower() in {*_CLASSES, "u"}:
            alphabet = _CLASSES[name] if name in _CLASSES else string.ascii_uppercase + string.digits
            parts.append("".join(rng.choices(alphabet, k=int(length))))
        else:
            parts.append(part.replace("~", ""))
    return "".join(parts)


def opaque(rng: random.Random) -> str:
    """A random value without a form of its own: a name beside it must say that it is secret."""
    kind, length = rng.choice((("h", 32), ("h", 64), ("a", 40), ("B", 44), ("b", 43), ("l", 25)))
    return "".join(rng.choices(_CLASSES[kind], k=length))


def password(rng: random.Random) -> str:
    """As people and generators choose passwords."""
    word = rng.choice(_WORDS)
    styles = (
        f"{word}{rng.randrange(1950, 2025)}!",
        f"{word.lower()}-{rng.choice(_WORDS).lower()}-{rng.randrange(10, 99)}",
        "".join(rng.choices(string.ascii_letters + string.digits + "!#%*?", k=16)),
        f"{word[:2]}$${word[2:]}{rng.randrange(1000)}",
    )
    return rng.choice(styles)


def web_token(rng: random.Random) -> str:
    """A signed JSON web token about nobody."""
    head = {"alg": "RS256", "typ": "JWT", "kid": opaque(rng)[:8]}
    body = {"sub": str(rng.randrange(10**9)), "iat": 1718000000 + rng.randrange(10**6), "aud": "billing"}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (head, body)]
    return ".".join([*parts, "".join(rng.choices(_CLASSES["b"], k=342))])


def private_key(rng: random.Random) -> str:
    """A block of PEM."""
    name = rng.choice(("RSA ", "EC ", "OPENSSH ", ""))
    lines = ["".join(rng.choices(_CLASSES["B"], k=64)) for _ in range(8)]
    return "\n".join([f"-----BEGIN {name}PRIVATE KEY-----", *lines, f"-----END {name}PRIVATE KEY-----"])
