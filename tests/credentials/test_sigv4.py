"""Signatures as AWS documents them, against its published examples and against its own library."""

from __future__ import annotations

import hashlib

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.credentials import sigv4
from akios_jail.credentials.placing import Head
from tests.credentials.held import aws

ACCESS, SECRET, TOKEN = "AKIA" + "X" * 16, "s" * 40, "t" * 64
EMPTY = hashlib.sha256(b"").hexdigest()
DOCUMENTED = aws("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
DOCUMENTED_S3 = aws("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


def signed_by_agent(scope: str, names: str) -> str:
    return f"AWS4-HMAC-SHA256 Credential={ACCESS}/{scope}/aws4_request, SignedHeaders={names}, Signature={'0' * 64}"


def resign(held, method, path, query, headers, body=b"", *, host="example.amazonaws.com"):
    """What upstream gets instead of these fields."""
    head = Head(host, method, path, query, headers)
    signature = sigv4.read(head, head, held)
    assert signature is not None
    sent = head._replace(headers=[*signature.headers, ("Host", host), ("Content-Length", str(len(body or b"")))])
    return dict(sigv4.sign(signature, sent, body))


#: Name: method, path, query, further fields, body, signature. From AWS's Signature Version 4 test suite (service
#: "service", us-east-1, 20150830T123600Z); its cases with characters that no HTTP request can hold are left out.
SUITE = {
    "get-vanilla": ("GET", "/", "", [], b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    "get-vanilla-query-order-key-case": (
        "GET", "/", "Param2=value2&Param1=value1", [], b"",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    "post-vanilla": ("POST", "/", "", [], b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    "post-x-www-form-urlencoded": (
        "POST", "/", "", [("Content-Type", "application/x-www-form-urlencoded")], b"Param1=value1",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
    "get-header-value-trim": (
        "GET", "/", "", [("My-Header1", " value1"), ("My-Header2", ' "a   b   c"')], b"",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    "get-slashes": (
        "GET", "//example//", "", [], b"",
        "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
}  # fmt: skip


@pytest.mark.parametrize("case", SUITE)
def test_the_published_suite(case: str) -> None:
    method, path, query, fields, body, signature = SUITE[case]
    names = ";".join(sorted({"host", "x-amz-date", *(name.lower() for name, _ in fields)}))
    headers = [
        *fields,
        ("X-Amz-Date", "20150830T123600Z"),
        ("Authorization", signed_by_agent("20150830/us-east-1/service", names)),
    ]
    sent = resign(DOCUMENTED, method, path, query, headers, body)
    assert sent["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}"
    )


#: Method, path, query, fields, body, signature: the examples of "Authenticating Requests: Using the Authorization
#: Header" in S3's API reference (us-east-1, 20130524T000000Z).
S3 = {
    "GET object": ("GET", "/test.txt", "", [("Range", "bytes=0-9")], b"",
                   "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    "PUT object": ("PUT", "/test%24file.text", "",
                   [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                   b"Welcome to Amazon S3.", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    "GET lifecycle": ("GET", "/", "lifecycle", [], b"",
                      "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    "list objects": ("GET", "/", "max-keys=2&prefix=J", [], b"",
                     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
}  # fmt: skip


@pytest.mark.parametrize("case", S3)
def test_the_examples_of_s3(case: str) -> None:
    method, path, query, fields, body, signature = S3[case]
    names = ";".join(sorted({"host", "x-amz-content-sha256", "x-amz-date", *(name.lower() for name, _ in fields)}))
    headers = [
        *fields,
        ("x-amz-content-sha256", hashlib.sha256(body).hexdigest()),
        ("x-amz-date", "20130524T000000Z"),
        ("Authorization", signed_by_agent("20130524/us-east-1/s3", names)),
    ]
    sent = resign(DOCUMENTED_S3, method, path, query, headers, body, host="examplebucket.s3.amazonaws.com")
    assert sent["Authorization"].endswith(f"Signature={signature}")


segments = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)


@given(
    service=st.sampled_from(["s3", "bedrock", "dynamodb"]),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    names=st.lists(segments.filter(lambda text: text not in (".", "..")), max_size=4),
    query=st.lists(st.tuples(segments.filter(bool), segments), max_size=4),
    body=st.binary(max_size=64),
    values=st.dictionaries(
        st.sampled_from(["Content-Type", "X-Amz-Target", "X-Amz-Meta-A", "X-Custom"]),
        st.from_regex(r"[!-~]( ?[!-~]){0,9}", fullmatch=True),
    ),
    token=st.booleans(),
)
def test_amazon_s_own_library_signs_alike(service, method, names, query, body, values, token) -> None:
    from urllib.parse import quote

    access, secret = "AKIAREALREALREALREAL", "real/+secret" * 3
    real = Credentials(access, secret, "real-token==" if token else None)
    path = quote("/" + "/".join(names), safe="/-_.~")
    text = "&".join(f"{quote(n, safe='-_.~')}={quote(v, safe='-_.~')}" for n, v in query)
    url = f"https://b.amazonaws.com{path}{'?' + text if text else ''}"
    kind = S3SigV4Auth if service == "s3" else SigV4Auth

    def signed_with(credentials: Credentials) -> AWSRequest:
        made = AWSRequest(method, url, dict(values), body)
        kind(credentials, service, "eu-west-1").add_auth(made)
        return made

    agent = signed_with(Credentials(ACCESS, SECRET, TOKEN if token else None))
    expected = AWSRequest(method, url, dict(values), body)
    signer = kind(real, service, "eu-west-1")
    expected.context["timestamp"] = agent.headers["X-Amz-Date"]
    expected.headers["X-Amz-Date"] = agent.headers["X-Amz-Date"]
    if token:
        expected.headers["X-Amz-Security-Token"] = "real-token=="
    if service == "s3":
        expected.headers["X-Amz-Content-SHA256"] = agent.headers["X-Amz-Content-SHA256"]
    made = signer.signature(signer.string_to_sign(expected, signer.canonical_request(expected)), expected)

    held = aws(access, secret, "real-token==" if token else "", stand_in=(ACCESS, SECRET, TOKEN))
    sent = resign(held, method, path, text, list(agent.headers.items()), body, host="b.amazonaws.com")
    assert sent["Authorization"].endswith(f"Signature={made}")
    assert TOKEN not in str(sent)
    assert ACCESS not in str(sent)


def head(*headers: tuple[str, str], query: str = "") -> Head:
    return Head("s3.amazonaws.com", "PUT", "/a", query, list(headers))


AUTHORIZATION = ("Authorization", signed_by_agent("20261123/eu-west-1/s3", "host;x-amz-content-sha256;x-amz-date"))
DATE = ("X-Amz-Date", "20261123T010000Z")
HELD = aws("AKIAREALREALREALREAL", "r" * 40)


@pytest.mark.parametrize(
    "request_head",
    [
        head(("Authorization", f"AWS {ACCESS}:c2ln"), DATE),
        head(("Authorization", AUTHORIZATION[1].replace("HMAC-SHA256", "ECDSA-P256-SHA256")), DATE),
        head(("Authorization", AUTHORIZATION[1] + ", x=1"), DATE),
        head(("Authorization", AUTHORIZATION[1].replace("Signature=0", "Signature=x")), DATE),
        head(AUTHORIZATION),
        head(AUTHORIZATION, ("X-Amz-Date", "20261124T010000Z")),
        head(AUTHORIZATION, ("X-Amz-Date", "today")),
        head(AUTHORIZATION, DATE, ("X-Amz-Content-SHA256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")),
        head(AUTHORIZATION, DATE, ("X-Amz-Content-SHA256", "nonsense")),
        head(query=f"X-Amz-Credential={ACCESS}%2F20261123%2Feu-west-1%2Fs3%2Faws4_request"),
    ],
)
def test_other_kinds_of_signature_are_refused(request_head: Head) -> None:
    with pytest.raises(sigv4.Unsignable):
        sigv4.read(request_head, request_head, HELD)


def test_a_request_that_is_not_signed_with_the_placeholder_is_not_ours() -> None:
    other = head(("Authorization", AUTHORIZATION[1].replace(ACCESS, "AKIAOTHEROTHEROTHER0")), DATE)
    assert sigv4.read(other, other, HELD) is None
    assert sigv4.read(head(), head(), HELD) is None


@pytest.mark.parametrize("payload", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
def test_an_unsigned_body_stays_unsigned(payload: str) -> None:
    fields = [AUTHORIZATION, DATE, ("X-Amz-Content-SHA256", payload)]
    one, other = (resign(HELD, "PUT", "/a", "", fields, body) for body in (b"x", b"yz"))
    assert one == {**other, "Content-Length": "1"}
    assert one["X-Amz-Content-SHA256"] == payload


def test_a_body_that_was_changed_on_the_way_is_signed_as_it_is() -> None:
    fields = [AUTHORIZATION, DATE, ("X-Amz-Content-SHA256", EMPTY)]
    sent = resign(HELD, "PUT", "/a", "", fields, b"changed")
    assert sent["X-Amz-Content-SHA256"] == hashlib.sha256(b"changed").hexdigest()
    assert resign(HELD, "PUT", "/a", "", fields, None)["X-Amz-Content-SHA256"] == EMPTY


def test_fields_that_do_not_go_upstream_are_no_longer_covered() -> None:
    value = signed_by_agent("20261123/eu-west-1/s3", "connection;expect;host;x-amz-date")
    sent = resign(HELD, "PUT", "/a", "", [("Authorization", value), DATE], b"")
    assert "SignedHeaders=host;x-amz-date," in sent["Authorization"]


def test_a_session_token_is_added_and_covered_where_the_agent_left_it_out() -> None:
    held = aws("AKIAREALREALREALREAL", "r" * 40, "the-token", stand_in=(ACCESS, SECRET, TOKEN))
    sent = resign(held, "PUT", "/a", "", [AUTHORIZATION, DATE], b"")
    assert sent["X-Amz-Security-Token"] == "the-token"
    assert ";x-amz-security-token," in sent["Authorization"]


@pytest.mark.parametrize(
    ("waited", "moment"),
    [(0.0, "20261123T235900Z"), (59.0, "20261123T235900Z"), (600.0, "20261124T000900Z"), (1e30, None)],
)
def test_a_request_that_had_to_wait_is_dated_anew(waited: float, moment: str | None) -> None:
    held = aws("AKIAREALREALREALREAL", "r" * 40)
    fields = [
        ("Authorization", signed_by_agent("20261123/us-east-1/s3", "host;x-amz-date")),
        ("X-Amz-Date", "20261123T235900Z"),
    ]
    head = Head("b.s3.amazonaws.com", "GET", "/", "", fields)
    if moment is None:
        with pytest.raises(sigv4.Unsignable, match="is no date"):
            sigv4.read(head, head, held, waited)
        return
    signature = sigv4.read(head, head, held, waited)
    assert signature is not None
    assert (signature.moment, signature.day) == (moment, moment[:8])
    sent = dict(sigv4.sign(signature, head._replace(headers=signature.headers), b""))
    assert sent["X-Amz-Date"] == moment
    assert f"/{moment[:8]}/us-east-1/s3/aws4_request" in sent["Authorization"]
