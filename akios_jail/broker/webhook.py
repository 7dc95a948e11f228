"""Webhooks: JSON that is posted to an address of the operator's, beside what it tells of and never in its way.

The address comes from the policy, not from the agent, so any host may be named, one of a private network too; nothing
that an agent says becomes part of it. TLS is verified like an upstream's, redirects are not followed, and what the
receiver answers is not read. Every delivery has few tries and little time, a session few at once; what could not be
delivered is on record. The record names the host and not the path, which often is a secret.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from akios_jail.broker import limits, resolve
from akios_jail.broker.dialer import Dialer
from akios_jail.broker.upstream_connection import Connector

#: Seconds before each try: an immediate one, and two more.
_TRIES = (0.0, 0.5, 2.0)
#: Characters of a reason that are kept: the receiver's own bytes may stand in it, and a record has a bound.
_REASON = 500

Note = Callable[[str, dict[str, Any]], object]
Clean = Callable[[dict[str, Any]], dict[str, Any]]


class _NotDelivered(Exception):
    """The message says why; `again`: another try may help."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


class Webhooks:
    """Deliveries of one session. For the event loop's thread; `note` writes an audit record without waiting.

    `clean`: takes out of a document what nobody may be told, whatever wrote it there.
    """

    def __init__(self, dialer: Dialer, context: ssl.SSLContext, note: Note, clean: Clean | None = None) -> None:
        self._dialer = dialer
        self._context = context
        self._note = note
        self._clean = clean
        self._client: aiohttp.ClientSession | None = None
        self._running: set[asyncio.Task[None]] = set()

    def post(self, url: str, document: dict[str, Any]) -> None:
        """Have `document` posted to `url` soon. Returns at once and never fails: what goes wrong is on record."""
        what = str(document.get("type", ""))
        try:
            clean = document if self._clean is None else self._clean(document)
            data, host = json.dumps(clean).encode(), URL(url).host or ""
        except (TypeError, ValueError) as error:
            self._note("webhook", {"what": what, "delivered": False, "reason": f"it cannot be posted: {error}"})
            return
        fields = {"what": what, "host": host, "sha256": hashlib.sha256(data).hexdigest()}
        if len(self._running) >= limits.WEBHOOKS.value:
            reason = f"{limits.WEBHOOKS.value} are being delivered already"
            self._note("webhook", {**fields, "delivered": False, "reason": reason})
            return
        task = asyncio.get_running_loop().create_task(self._deliver(url, data, fields))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        """Wait a moment for what is on its way, and give up the rest."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=limits.WEBHOOKS_AT_END.value)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    async def _deliver(self, url: str, data: bytes, fields: dict[str, Any]) -> None:
        reason, tries = "the session ended first", 0
        try:
            for pause in _TRIES:
                await asyncio.sleep(pause)
                tries += 1
                try:
                    await self._try(url, data)
                except _NotDelivered as error:
                    reason = str(error)[:_REASON]
                    if not error.again:
                        break
                else:
                    self._note("webhook", {**fields, "delivered": True, "tries": tries})
                    return
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"[:_REASON]
        except asyncio.CancelledError:
            self._note("webhook", {**fields, "delivered": False, "tries": tries, "reason": reason})
            raise
        self._note("webhook", {**fields, "delivered": False, "tries": tries, "reason": reason})

    async def _try(self, url: str, data: bytes) -> None:
        if self._client is None:
            self._client = aiohttp.ClientSession(
                connector=Connector(resolver=_Named(self._dialer), use_dns_cache=False, ssl=self._context),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=limits.WEBHOOK.value),
            )
        headers = {"Content-Type": "application/json", "User-Agent": "akios"}
        try:
            async with self._client.post(url, data=data, headers=headers, allow_redirects=False) as answer:
                if 200 <= answer.status < 300:
                    return
                again = answer.status >= 500 or answer.status == 429
                raise _NotDelivered(f"it was answered with {answer.status}", again=again)
        except TimeoutError as error:
            raise _NotDelivered("it was not answered in time", again=True) from error
        except (aiohttp.ClientError, OSError, resolve.Unresolvable) as error:
            raise _NotDelivered(f"{type(error).__name__}: {error}", again=True) from error


class _Named(AbstractResolver):
    """Addresses of hosts that the operator named: all that there are."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=found.address, port=found.port, family=found.family, proto=0, flags=0)
            for found in await self._dialer.named(host, port)
        ]

    async def close(self) -> None:
        """Nothing to close."""
