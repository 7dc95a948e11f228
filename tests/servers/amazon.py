"""As much of AWS as a client needs to have its signatures judged: STS and S3, by AWS's own arithmetic."""

from __future__ import annotations

import re
from urllib.parse import quote

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from akios_jail.demo.local_server import Request, Response

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request, SignedHeaders=([^,]+),"
)


class Amazon:
    """Knows one account. `judged` grows by one for each request: whether its signature was right."""

    def __init__(self, credentials: Credentials) -> None:
        self.credentials = credentials
        self.judged: list[bool] = []
        self.objects: dict[str, bytes] = {}

    def site(self, request: Request) -> Response:
        """Answer one request."""
        right = self._is_right(request)
        self.judged.append(right)
        if not right:
            return Response(403, (("Content-Type", "text/xml"),), b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        if request.host.startswith("sts."):
            name = f"arn:aws:iam::1:user/{self.credentials.access_key}"
            answer = f"<Arn>{name}</Arn><UserId>U</UserId><Account>1</Account>"
            told = f"<R><GetCallerIdentityResult>{answer}</GetCallerIdentityResult></R>"
            return Response(200, (("Content-Type", "text/xml"),), told.encode())
        if request.method == "PUT":
            self.objects[request.target] = _unframed(request)
            return Response(200, (("ETag", '"1"'),), b"")
        content = self.objects.get(request.target.partition("?")[0])
        return Response(404, (), b"") if content is None else Response(200, (("ETag", '"1"'),), content)

    def _is_right(self, request: Request) -> bool:
        sent = request.header("authorization")
        match = _AUTHORIZATION.match(sent)
        if match is None or match[1] != self.credentials.access_key:
            return False
        names = match[4].split(";")
        if self.credentials.token and request.header("x-amz-security-token") != self.credentials.token:
            return False
        kind = S3SigV4Auth if match[3] == "s3" else SigV4Auth
        signer = kind(self.credentials, match[3], match[2])
        headers = {name: request.header(name) for name in names}
        url = f"https://{request.host}{quote(request.target, safe='/?&=%-_.~:@,')}"
        made = AWSRequest(request.method, url, headers, request.body)
        made.context["timestamp"] = request.header("x-amz-date")
        signature = signer.signature(signer.string_to_sign(made, signer.canonical_request(made)), made)
        return sent.endswith(f"Signature={signature}")


def _unframed(request: Request) -> bytes:
    """The object in a body that may be in AWS's own chunks, whose checksum follows them."""
    if "aws-chunked" not in request.header("content-encoding"):
        return request.body
    content, rest = b"", request.body
    while True:
        size, _, rest = rest.partition(b"\r\n")
        count = int(size.split(b";")[0], 16)
        if count == 0:
            return content
        content, rest = content + rest[:count], rest[count + 2 :]
