"""A request that governance sends to another host than the agent did: one host's keys stay behind, another's go along.

The agent proved its right to send by the placeholder for the host that it named. The other host's key has no
placeholder in the request, so it is put in where its policy says; nothing of the first host's goes along.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from akios_jail.credentials.keys import Held
from akios_jail.credentials.placing import Head, place

#: The one service of AWS that calls of models are sent to by governance; its scope follows from its host's name.
_BEDROCK = re.compile(r"bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")


def without(head: Head, held: list[Held]) -> Head:
    """The head without the fields and parameters that hold these credentials' placeholders in their places."""
    rest = place(head, held).rest
    taken = {name.lower() for each in held if each.plan.place == "header" for name in each.plan.fields}
    headers = [
        pair
        for pair, left in zip(head.headers, rest.headers, strict=True)
        if pair == left or pair[0].lower() not in taken
    ]
    signed = {key.placeholder for each in held if each.plan.place == "sigv4" for key in each.keys.values()}
    if signed:
        names = {"authorization", "x-amz-security-token"}
        if any(n.lower() in names and any(text in v for text in signed) for n, v in headers):
            names |= {"x-amz-date", "x-amz-content-sha256"}
            headers = [pair for pair in headers if pair[0].lower() not in names]
    before, after = head.query.split("&"), rest.query.split("&")
    query = "&".join(pair for pair, left in zip(before, after, strict=True) if pair == left)
    return head._replace(headers=headers, query=query)


def addressed(head: Head, bound: list[Held], moment: str) -> Head:
    """The head with the placeholders of the new host's credentials in their places: `place` then does the rest.

    One credential for each field, the first; in `Authorization` it stands as a bearer's token. A signature is begun
    where the host is Bedrock's, for `sigv4` to finish; `moment`: now, as AWS writes it (20261231T235959Z).
    """
    headers, query, filled = list(head.headers), head.query, set()
    for held in bound:
        key = held.keys.get("key")
        if held.plan.place == "sigv4":
            bedrock = _BEDROCK.fullmatch(head.host)
            if bedrock is not None and ("header", "authorization") not in filled:
                filled.add(("header", "authorization"))
                headers = [pair for pair in headers if pair[0].lower() not in ("authorization", "x-amz-date")]
                headers += [("Authorization", _begun(held, moment, bedrock[1])), ("X-Amz-Date", moment)]
            continue
        if key is None:
            continue
        field = held.plan.fields[0]  # the usual one
        if (held.plan.place, field.lower()) in filled:
            continue
        filled.add((held.plan.place, field.lower()))
        if held.plan.place == "header":
            value = f"Bearer {key.placeholder}" if field.lower() == "authorization" else key.placeholder
            headers = [pair for pair in headers if pair[0].lower() != field.lower()]
            headers.append((field, value))
        else:
            pair = f"{quote(field, safe='')}={quote(key.placeholder, safe='')}"
            query = f"{query}&{pair}" if query else pair
    return head._replace(headers=headers, query=query)


def _begun(held: Held, moment: str, region: str) -> str:
    """What an agent would have sent: a signature with everything but its value."""
    identity = f"{held.keys['access_key_id'].placeholder}/{moment[:8]}/{region}/bedrock/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={identity}, SignedHeaders=content-type;host;x-amz-date, Signature={'0' * 64}"
