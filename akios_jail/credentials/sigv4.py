"""Signs a request for AWS again: the agent signed it with a placeholder, upstream gets it signed with the key.

As AWS documents it ("Create a signed AWS API request", Signature Version 4): the agent's signature names the scope
(date, region, service) and the fields that it covers; what is signed is the request as it leaves here, after every
change that was made to it. Nothing is asked of the agent's own signature: who has the placeholder may have it signed.

Not supported, and refused with words: chunks that are signed one by one, asymmetric signatures (SigV4a), addresses that
carry their signature (presigned), and the old signature version 2.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes

from akios_jail.credentials.keys import Held
from akios_jail.credentials.placing import Head, Headers

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNSIGNED = "UNSIGNED-PAYLOAD"
#: Checksums follow the body, unsigned: the word itself is what is signed.
_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_HASH = re.compile(r"[0-9a-f]{64}")
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)/(\d{8})/([A-Za-z0-9-]{1,64})/([A-Za-z0-9._-]{1,64})/aws4_request,\s*"
    r"SignedHeaders=([A-Za-z0-9;_-]{1,4096}),\s*Signature=[0-9a-f]{64}"
)
_DATE = re.compile(r"\d{8}T\d{6}Z")
#: How AWS writes a moment.
_MOMENT = "%Y%m%dT%H%M%SZ"
#: Seconds after which a request that had to wait (for a person, for a budget) is dated anew: AWS takes it for five
#: minutes, and no clock runs quite right.
_FRESH = 60.0
#: Services that take a path as it stands; the others have it encoded once more before it is signed.
_PLAIN_PATHS = frozenset({"s3", "s3-object-lambda", "s3-outposts", "s3express"})


class Unsignable(Exception):
    """The request uses a form of signing that is not supported, or is not well signed. The text says what to do."""


class Signature(NamedTuple):
    """What the agent's signature says, apart from itself. `signed`: lower-case names of fields.

    `headers` are the request's with the session token in its place but the old signature still there, and `rest` is the
    head without what was rightly in its place.
    """

    held: Held
    day: str
    region: str
    service: str
    signed: tuple[str, ...]
    moment: str
    headers: Headers
    rest: Head

    @property
    def payload(self) -> str:
        """What the agent says of the body's hash; "" if nothing."""
        return _field(self.headers, "x-amz-content-sha256") or ""

    @property
    def needs_body(self) -> bool:
        """Whether the hash of the whole body is needed: it is part of what is signed, and nothing else tells it."""
        return self.payload == ""


def read(head: Head, rest: Head, held: Held, waited: float = 0.0) -> Signature | None:
    """The signature by this credential's placeholder; None if the request is not signed with it. `Unsignable`.

    `rest` is as `placing.place` leaves it. `waited`: seconds since the agent signed.
    """
    access = held.keys["access_key_id"]
    value = _field(head.headers, "authorization") or ""
    if access.placeholder not in value:
        if any(_presigned(pair, access.placeholder) for pair in head.query.split("&")):
            raise Unsignable("the address carries its signature; let the client sign the request itself")
        return None
    match = _AUTHORIZATION.fullmatch(value.strip())
    if match is None or match[1] != access.placeholder:
        raise Unsignable(f"the request is not signed as {_ALGORITHM}, the only kind of AWS signature that can be made")
    _, day, region, service, signed, *_ = match.groups()
    moment = _field(head.headers, "x-amz-date") or ""
    if _DATE.fullmatch(moment) is None or not moment.startswith(day):
        raise Unsignable("the request lacks its X-Amz-Date, or the date of its signature is another")
    headers, left = list(head.headers), list(rest.headers)
    for at, (name, text) in enumerate(headers):
        if name.lower() == "authorization":
            left[at] = (name, text.replace(access.placeholder, "", 1))
    if waited > _FRESH:
        moment = _later(moment, waited)
        day = moment[:8]
        headers = [(name, moment if name.lower() == "x-amz-date" else text) for name, text in headers]
    token = held.keys.get("session_token")
    if token is not None:
        left = [(n, "" if n.lower() == "x-amz-security-token" and v == token.placeholder else v) for n, v in left]
        headers = [pair for pair in headers if pair[0].lower() != "x-amz-security-token"]
        headers.append(("X-Amz-Security-Token", token.value))
    signature = Signature(
        held, day, region, service, tuple(signed.split(";")), moment, headers, rest._replace(headers=left)
    )
    if signature.payload not in ("", _UNSIGNED, _TRAILER) and _HASH.fullmatch(signature.payload) is None:
        raise Unsignable(
            f"the body's chunks are signed one by one ({signature.payload[:64]}); sign its hash, or leave it unsigned "
            "(UNSIGNED-PAYLOAD)"
        )
    return signature


def sign(signature: Signature, head: Head, body: bytes | None) -> Headers:
    """The header fields with the new signature.

    `head` is the request as it is sent: its `headers` are the signature's and those that the connection adds (Host,
    Content-Length), which are covered if the agent covered them. `body`: None if it is not known here.
    """
    headers = list(head.headers)
    payload = signature.payload
    if body is not None and payload not in (_UNSIGNED, _TRAILER):
        digest = hashlib.sha256(body).hexdigest()
        if payload:
            headers = [(n, digest if n.lower() == "x-amz-content-sha256" else v) for n, v in headers]
        payload = digest
    present = {name.lower() for name, _ in headers}
    amazon = {name for name in present if name.startswith("x-amz-")}
    # Fields of one connection are not passed on, so that they cannot be covered; AWS wants all of its own to be.
    covered = sorted({name for name in signature.signed if name in present} | amazon | {"host"})
    canonical = "\n".join(
        [
            head.method,
            _path(head.path, signature.service),
            _query(head.query),
            *(f"{name}:{_values(headers, name)}" for name in covered),
            "",
            ";".join(covered),
            payload,
        ]
    )
    scope = f"{signature.day}/{signature.region}/{signature.service}/aws4_request"
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    to_sign = f"{_ALGORITHM}\n{signature.moment}\n{scope}\n{digest}"
    keys = signature.held.keys
    key = b"AWS4" + keys["secret_access_key"].value.encode("ascii")
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    made = hmac.digest(key, to_sign.encode(), "sha256").hex()
    identity = f"{keys['access_key_id'].value}/{scope}"
    value = f"{_ALGORITHM} Credential={identity}, SignedHeaders={';'.join(covered)}, Signature={made}"
    return [
        (name, value if name.lower() == "authorization" else old) for name, old in headers if name.lower() != "host"
    ]


def _later(moment: str, seconds: float) -> str:
    """By the agent's clock, which may have been set right by what AWS told it."""
    try:
        return (datetime.strptime(moment, _MOMENT) + timedelta(seconds=seconds)).strftime(_MOMENT)
    except (ValueError, OverflowError):
        raise Unsignable("the request's X-Amz-Date is no date") from None


def _path(path: str, service: str) -> str:
    """The path as AWS reads it, each octet encoded anew: S3 as it is, the others normalised and encoded once more."""
    if service in _PLAIN_PATHS:
        return quote(unquote_to_bytes(path), safe="/-_.~")
    segments = [segment for segment in path.split("/") if segment]
    trailing = "/" if segments and path.endswith("/") else ""
    return quote("/" + "/".join(segments) + trailing, safe="/-_.~")


def _query(query: str) -> str:
    pairs = []
    for pair in query.split("&") if query else []:
        name, _, value = pair.partition("=")
        pairs.append((_encoded(name), _encoded(value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="-_.~")


def _values(headers: Headers, wanted: str) -> str:
    return ",".join(" ".join(value.split()) for name, value in headers if name.lower() == wanted)


def _field(headers: Headers, wanted: str) -> str | None:
    return next((value for name, value in headers if name.lower() == wanted), None)


def _presigned(pair: str, placeholder: str) -> bool:
    name, _, value = pair.partition("=")
    return unquote(name).lower() == "x-amz-credential" and unquote(value).startswith(f"{placeholder}/")
