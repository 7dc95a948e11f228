"""A call made ready for another model or host than the agent asked: pure, from the agent's request to the one to send.

On the agent's own host only the model changes, in the document or the path, and what the agent sends otherwise goes on
as it is. On another host nothing goes along that might prove who the agent is: of its header fields those that are
listed here, and no query. Where that host speaks another wire format the call is translated, as a whole answer that is
translated back; what the other format cannot say is not sent at all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from akios_jail.broker.exchange import Snapshot
from akios_jail.broker.http_message import Headers
from akios_jail.flux.spot import FLEX
from akios_jail.policy.action import Action, Session
from akios_jail.policy.decide import Decider
from akios_jail.policy.plans import Target
from akios_jail.providers import registry, strictjson
from akios_jail.providers.neutral import Call, Untranslatable, Wire
from akios_jail.providers.strictjson import Unreadable

#: Fields that may follow a call to another host: what it is, not whose it is.
_FOLLOWS = frozenset(("content-type", "accept", "accept-encoding", "user-agent"))
#: These too, where the other host speaks the same wire format.
_FOLLOWS_FORMAT = frozenset(("anthropic-version", "anthropic-beta", "openai-beta"))
#: What a wire format wants to be told in a field.
_WANTED: dict[str, Headers] = {"anthropic_messages": [("anthropic-version", "2023-06-01")]}
#: The wire formats of providers that do not speak OpenAI's chat completions, the preferred one first.
_SPOKEN = {
    "anthropic": ("anthropic_messages",),
    "google": ("google_generate",),
    "aws": ("bedrock_converse",),
    "openai": ("openai_chat", "openai_responses"),
}
#: Where hosts have chat completions, if not at the format's usual path.
_CHAT_PATHS = {
    "api.deepinfra.com": "/v1/openai/chat/completions",
    "api.fireworks.ai": "/inference/v1/chat/completions",
    "api.groq.com": "/openai/v1/chat/completions",
    "api.perplexity.ai": "/chat/completions",
    "openrouter.ai": "/api/v1/chat/completions",
}
#: How the flexible tier is asked for, by wire format and provider.
_TIERS = {
    ("openai_chat", "openai"): "service_tier",
    ("openai_responses", "openai"): "service_tier",
    ("google_generate", "google"): "serviceTier",
}


class Unroutable(Exception):
    """This call cannot be sent there. The message says why; `code` is a machine word."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Sending(NamedTuple):
    """One way to send a call. `call` itself is never sent, but `fresh` ones. `asked`: the agent's own call, where the
    answer is of another wire format and must be translated for it; None where it is of the same. `left_out`: what of
    the call that format has no words for, and an answer does not depend on."""

    request: Snapshot
    call: Call
    asked: Call | None
    left_out: tuple[str, ...] = ()
    rule: int | None = None  # that admits it, where it goes elsewhere than the agent's own

    @property
    def told(self) -> str:
        """Which model where, and without what, for verdicts."""
        without = f" (without {', '.join(self.left_out)})" if self.left_out else ""
        return f"{self.call.model[:128]} at {self.request.host}{without}"

    def fresh(self) -> Call:
        """The call as no attempt has touched it: stages write limits and what is held into theirs."""
        document = strictjson.loads(self.request.body)
        options = dict(self.call.price_options)
        return replace(self.call, document=document, price_options=options, hold=None, answer=None)


def takes_flex(call: Call) -> bool:
    """Whether this call's wire format has words for the flexible tier of its provider."""
    return (call.wire.name, call.provider) in _TIERS


def states_tier(call: Call) -> bool:
    """Whether the agent itself says which tier it wants, in whatever spelling."""
    return any(key.lower().replace("_", "") == "servicetier" for key in call.document)


def sending(
    asked: Call, request: Snapshot, target: Target, decider: Decider, session: Session, flex: bool = False
) -> Sending:
    """The call that the agent asked with this request, made ready for the target. `Unroutable` if it cannot be.

    `flex`: on the provider's flexible tier. Nothing of what is given is changed.
    """
    host = target.host or request.host
    moved = host != request.host
    port, protocol = _door(decider, host, request) if moved else (request.port, request.protocol)
    try:
        drafted, left_out = _drafted(asked, request, target, host)
        if flex:
            drafted.document[_TIERS[drafted.wire.name, drafted.provider]] = FLEX
        path = drafted.wire.path_of(drafted, _path(asked, request, target, host, drafted))
        call = drafted.wire.read(drafted.provider, host, registry.normal_path(path), drafted.document)
    except Untranslatable as error:
        reason = f"the call cannot be said in the wire format of {host}: {error}"
        raise Unroutable("route_untranslatable", reason) from None
    except Unreadable as error:
        raise Unroutable("route_unreadable", f"the call for {host} cannot be read: {error}") from None
    if flex and drafted.provider == "openai":
        # The provider may run it on the usual tier, and says so afterwards: what is reserved must do for that.
        call.price_options["service_tier"] = "auto"
    if call.model != asked.model:
        call.shown_model = asked.model
    translated = call.wire.name != asked.wire.name
    body = strictjson.dumps(call.document)
    headers = _fields(request, drafted.wire, moved, translated) if moved or translated else request.headers
    query = registry.query_of(call) if moved or translated else request.query
    sent = Snapshot(host, port, protocol, path, query, headers, body, len(body))
    rule = None
    if (host, port, path) != (request.host, request.port, request.path):
        rule = _admit(decider, session, sent)
    return Sending(sent, call, asked if translated else None, left_out, rule)


def _drafted(asked: Call, request: Snapshot, target: Target, host: str) -> tuple[Call, tuple[str, ...]]:
    """The call with its model and document as they are to be, read from the request anew; and what is left out."""
    document = strictjson.loads(request.body)
    own = asked.wire.read(asked.provider, asked.host, registry.normal_path(request.path), document)
    model = target.model or asked.model
    provider, wire = _spoken_at(asked, request, target, host)
    if wire.name == asked.wire.name:
        own = replace(own, host=host, provider=provider)
        if model != own.model:
            own.wire.set_model(own, model)
        return own, ()
    said = asked.wire.conversation(own)
    composed = wire.compose(said, model)
    drafted = Call(wire, provider, host, model, stream=False, document=composed, max_output_tokens=None)
    return drafted, said.left_out


def _spoken_at(asked: Call, request: Snapshot, target: Target, host: str) -> tuple[str, Wire]:
    """The provider and the wire format of a target."""
    if host == request.host and not target.path:
        return asked.provider, asked.wire
    known = registry.model_host(host, target.path or "/")
    provider = known.provider if known is not None else ""
    if target.path:
        wire = registry.spoken(target.path)
        if wire is None:
            raise Unroutable("route_unreadable", f"no known model interface is at {target.path[:120]}")
        return provider, wire
    names = _SPOKEN.get(provider, ("openai_chat",) if known is not None else (asked.wire.name,))
    name = asked.wire.name if asked.wire.name in names else names[0]
    if name == asked.wire.name:
        return provider, asked.wire
    wire = next((wire for wire in registry.WIRES if wire.name == name), None)
    if wire is None:
        raise Unroutable("route_unreadable", f"the wire format of {host} is not known")
    return provider, wire


def _path(asked: Call, request: Snapshot, target: Target, host: str, drafted: Call) -> str:
    """The path from which the format makes that of the call."""
    if target.path:
        return target.path
    if host == request.host and drafted.wire.name == asked.wire.name:
        return request.path
    return _CHAT_PATHS.get(host, "") if drafted.wire.name == "openai_chat" else ""


def _door(decider: Decider, host: str, request: Snapshot) -> tuple[int, str]:
    """Port and protocol at which the policy lets the host be read; the agent's own first."""
    ports = [port for rule in decider.rules_for(host) for port in rule.ports]
    for port in [request.port, *ports]:
        destination = decider.destination(host, port)
        if destination is not None and not destination.unread and destination.protocol in ("https", "http"):
            return port, destination.protocol
    raise Unroutable("route_not_allowed", f"no rule of the policy lets {host} be called")


def _admit(decider: Decider, session: Session, sent: Snapshot) -> int | None:
    """The rule by which the policy admits this request as if the agent had made it; `Unroutable` if it does not."""
    verdict = decider.decide(
        Action(
            host=sent.host,
            port=sent.port,
            protocol=sent.protocol,
            method="POST",
            path=sent.path,
            query=sent.query,
            headers=sent.headers,
            body=sent.body,
            session=session,
        )
    )
    if verdict.decision != "allow":
        raise Unroutable("route_not_allowed", f"the policy does not let the call go there: {verdict.reason}")
    return verdict.rule


def _fields(request: Snapshot, wire: Wire, moved: bool, translated: bool) -> tuple[tuple[str, str], ...]:
    """The header fields that go to another host, or with another wire format."""
    fields = list(request.headers)
    if moved:
        fields = [(name, value) for name, value in fields if name.lower() in _FOLLOWS | _FOLLOWS_FORMAT]
    if translated:
        fields = [(name, value) for name, value in fields if name.lower() not in _FOLLOWS_FORMAT | {"accept"}]
        fields.append(("Accept", "application/json"))
    present = {name.lower() for name, _ in fields}
    return tuple(fields + [pair for pair in _WANTED.get(wire.name, []) if pair[0] not in present])
