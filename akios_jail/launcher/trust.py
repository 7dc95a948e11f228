"""Which certificate stores in the jail must hold the session's CA, and the public roots to put beside it.

Programs find their roots in three ways: a system bundle, a copy of certifi's bundle in some site-packages, or a
variable. All three are served, so that no client needs to be told anything.
"""

from __future__ import annotations

import glob
import os
from typing import Final

from akios_jail.jail.spec import Trust

BUNDLE: Final = "/etc/akios/ca-bundle.pem"
CERTIFICATE: Final = "/etc/akios/ca.pem"

#: Where systems keep the bundle of public roots: Debian, Fedora, Alpine and OpenSSL's own default.
_SYSTEM_BUNDLES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_JAVA_STORES: Final = ("/etc/ssl/certs/java/cacerts", "/etc/pki/java/cacerts")
_PYTHON_COPIES: Final = ("certifi/cacert.pem", "pip/_vendor/certifi/cacert.pem", "botocore/cacert.pem")

#: Variables that name a bundle, and the programs that read them.
VARIABLES: Final = {
    "AWS_CA_BUNDLE": BUNDLE,
    "CARGO_HTTP_CAINFO": BUNDLE,
    "CURL_CA_BUNDLE": BUNDLE,
    "DENO_CERT": CERTIFICATE,
    "GIT_SSL_CAINFO": BUNDLE,
    "NODE_EXTRA_CA_CERTS": CERTIFICATE,
    "PIP_CERT": BUNDLE,
    "REQUESTS_CA_BUNDLE": BUNDLE,
    "SSL_CERT_FILE": BUNDLE,
}


def public_roots() -> bytes:
    """The host's bundle of public roots as PEM, empty where there is none."""
    for path in _SYSTEM_BUNDLES:
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError:
            continue
    return b""


def places(python_prefixes: tuple[str, ...]) -> Trust:
    """Every bundle that the jail can see, given the folders in which Python installations are shown."""
    bundles = [path for path in _SYSTEM_BUNDLES if os.path.isfile(path)]
    for prefix in ("/usr", "/usr/local", *python_prefixes):
        library = glob.escape(os.path.join(prefix, "lib"))
        for packages in ("python3*/site-packages", "python3*/dist-packages"):
            for copy in _PYTHON_COPIES:
                bundles += glob.glob(f"{library}/{packages}/{copy}")
    return Trust(
        bundle=BUNDLE,
        certificate=CERTIFICATE,
        bundle_over=tuple(dict.fromkeys(os.path.realpath(path) for path in bundles)),
        java_over=tuple(dict.fromkeys(os.path.realpath(path) for path in _JAVA_STORES if os.path.isfile(path))),
    )
