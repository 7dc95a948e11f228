"""redact: personal data does not reach a model.

Every string of a model call's body goes through the detectors that the policy names. Where it is to be replaced, the
model sees placeholders that stay the same for the whole session. Personal data in the address of a request to a model
provider cannot be replaced without asking for something else, so it is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import unquote_plus

from akios_jail.broker.exchange import Exchange
from akios_jail.broker.offload import offload
from akios_jail.broker.outcome import Denied
from akios_jail.broker.session_view import SessionView
from akios_jail.pii.detectors import detectors
from akios_jail.pii.document import RedactedDocument, redact_document
from akios_jail.pii.redactor import Redactor
from akios_jail.pii.vault import Unredactable, Vault
from akios_jail.policy.verdict import Verdict
from akios_jail.providers import registry, strictjson
from akios_jail.providers.neutral import Call


class Redact:
    """Applies the policy's `pii_handling` to model calls."""

    name = "redact"

    def __init__(self, session: SessionView) -> None:
        self._mode = session.plan.pii.mode
        self._redactor = Redactor(detectors(session.plan.pii.fields), Vault())
        self._turn = asyncio.Lock()

    async def request(self, exchange: Exchange) -> None:
        if self._mode == "off":
            return
        call: Call | None = exchange.call
        self._check_address(exchange)
        if call is None:
            return
        if self._mode != "observe" and any(payload.form == "tokens" for payload in call.payloads):
            reason = "the call tells the model numbers of tokens, in which personal data cannot be found"
            raise Denied(Verdict("deny", "pii_unredactable", reason))
        try:
            document, counts = await self._redacted(call, len(exchange.request.body or b""))
        except Unredactable as error:
            raise Denied(Verdict("deny", "pii_unredactable", f"{error}")) from None
        if not counts:
            return
        exchange.findings = dict(counts)
        if self._mode == "observe":
            exchange.verdicts.append(Verdict("allow", "pii_observed", f"the call holds {_told(counts)}"))
        elif self._mode == "redact_before_inference":
            path = registry.normal_path(exchange.request.path)
            exchange.call = call.wire.read(call.provider, call.host, path, document)
            exchange.replace_body(strictjson.dumps(document))
            reason = f"{_told(counts)} replaced by placeholders before the model sees it"
            exchange.verdicts.append(Verdict("modify", "pii_redacted", reason))
        else:
            reason = f"the call holds {_told(counts)}, and the policy lets no personal data reach a model"
            raise Denied(Verdict("deny", "pii_blocked", reason))

    async def response(self, exchange: Exchange) -> None:
        """Answers pass as they are: they were made without the personal data."""

    async def _redacted(self, call: Call, size: int) -> RedactedDocument:
        """One document at a time, because they share the vault; a large one while other exchanges go on."""
        places = [payload.path for payload in call.payloads]
        async with self._turn:
            return await offload(size, redact_document, self._redactor, call.document, places)

    def _check_address(self, exchange: Exchange) -> None:
        request = exchange.request
        if exchange.call is None and registry.model_host(exchange.host, request.path) is None:
            return
        findings = self._redactor.find(unquote_plus(request.target))
        if not findings:
            return
        if self._mode == "observe":
            exchange.findings = {finding.kind: 1 for finding in findings}
            return
        reason = f"the address of this request to a model holds {_told({f.kind: 1 for f in findings})}"
        raise Denied(Verdict("deny", "pii_in_address", reason))


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {field}" for field, count in sorted(counts.items()))
