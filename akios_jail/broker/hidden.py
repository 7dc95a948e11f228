"""Takes out of an exchange what may not lie on a disk: keys, cookies, and personal data where the policy looks for it.

What is recorded, and what is compared with it when it is replayed, goes through here in the same way. Content codings
are undone first, so that there is something to look into. What cannot be looked into is not kept.
"""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote_plus, unquote_plus

from akios_jail.broker import encodings
from akios_jail.policy.plans import BrokerPlan
from akios_jail.providers import framings
from akios_jail.providers.strictjson import Unreadable
from akios_jail.radar.recorded import MASK, MAX_BODY, STAND_IN, Attempt, Body, Exchange, Headers

if TYPE_CHECKING:
    from akios_jail.credentials.scrub import Scrubber
    from akios_jail.pii.redactor import Redactor
    from akios_jail.pii.vault import Vault

#: How fields of headers and of queries are called whose values are keys.
_SECRET: Final = re.compile(
    r"(?:^|[-_.])(?:(?:api)?key|auth|authorization|cookie2?|credentials?|jwt|pass(?:word|wd)?|secret|sig|signature|token)$",
    re.IGNORECASE,
)
#: What a placeholder looks like, and a kind of them.
TOKEN: Final = re.compile(r"\[([A-Z][A-Z0-9_]*)_([0-9]+)\]")
#: The same, also as it is spelled in addresses and forms.
SPELLED: Final = re.compile(r"(?:\[|%5B)([A-Z][A-Z0-9_]*)_([0-9]+)(?:\]|%5D)")
#: Header fields that hold an address, and with it perhaps a key.
_ADDRESSES: Final = frozenset(("location", "content-location", "referer"))
_PIECES: Final = re.compile(r"[^&=/]+")
#: What servers say beside a status.
_PHRASES: Final = frozenset(("", *(status.phrase for status in HTTPStatus)))
_PLAIN: Final = (("Content-Type", "text/plain"),)
_FORM: Final = "application/x-www-form-urlencoded"

UNREADABLE: Final = "it cannot be looked into for personal data"
UNDECODABLE: Final = "its content coding cannot be undone"
TOO_LARGE: Final = f"it is longer than {MAX_BODY} bytes"


class Framed(NamedTuple):
    """How the answers to an attempt are cut if they are streams: the wire format's framing, and whether a stream was
    asked for."""

    framing: str = "sse"
    streamed: bool = True


class Masks:
    """Which fields of one session's requests and answers hold keys."""

    def __init__(self, plan: BrokerPlan, scrubber: Scrubber | None) -> None:
        self._own = frozenset(field.lower() for each in plan.credentials for field in each.fields)
        self._scrubber = scrubber

    def is_key(self, name: str) -> bool:
        """Whether a field of this name holds one."""
        return name.lower() in self._own or _SECRET.search(name) is not None

    @property
    def knows_keys(self) -> bool:
        """Whether keys may have to be taken out of bodies."""
        return self._scrubber is not None

    def headers(self, headers: Headers) -> Headers:
        """The fields without keys."""
        masked = [(name, MASK if self.is_key(name) else self._address(name, value)) for name, value in headers]
        return tuple(masked if self._scrubber is None else self._scrubber.fields(masked))

    def _address(self, name: str, value: str) -> str:
        """The value of a field, without keys behind an address: as a query has them, or a fragment."""
        if name.lower() not in _ADDRESSES:
            return value
        rest, mark, fragment = value.partition("#")
        address, sign, query = rest.partition("?")
        return f"{address}{sign}{self.query(query)}{mark}{self.query(fragment)}"

    def query(self, query: str) -> str:
        """A query without keys."""
        if not query:
            return query
        fields = [field.partition("=") for field in query.split("&")]
        return self.text("&".join(f"{name}{sign}{MASK if self.is_key(name) else rest}" for name, sign, rest in fields))

    def text(self, text: str) -> str:
        """A text without the session's keys."""
        return text if self._scrubber is None else self._scrubber.text(text)

    def bytes(self, data: bytes) -> bytes:
        """A body without them."""
        return data if self._scrubber is None else self._scrubber.clean(data)[0]


class Marks:
    """Marks in the place of stand-ins, which are others in every session. For one thread at a time."""

    def __init__(self, vault: Vault) -> None:
        from akios_jail.pii.vault import Vault as OfMarks

        self._vault = vault
        self._known = 0
        self._marked = 0
        self._marks = OfMarks()

    def current(self) -> Vault | None:
        """What gives a mark for each stand-in that there is by now; None if there is none."""
        count = self._vault.count
        for _, token in reversed(self._vault.latest(count - self._known)):
            if TOKEN.fullmatch(token) is None:
                self._marked += 1
                self._marks.put(token, f"[{STAND_IN}_{self._marked}]")
        self._known = count
        return None if self._marks.empty else self._marks

    def skip(self, number: int) -> None:
        """Marks have higher numbers from here on."""
        self._marked = max(self._marked, number)

    def stand_in(self, mark: str) -> str | None:
        """The stand-in for which this mark stands."""
        self.current()
        return next((token for value, token in self._marks.latest(self._marks.count) if value == mark), None)


class Looking(NamedTuple):
    """How one exchange is looked through. `redactor` None: nothing is looked for."""

    masks: Masks
    redactor: Redactor | None
    marks: Marks | None
    clean: bool = False  # the agent's request is without personal data already

    @property
    def looks(self) -> bool:
        """Whether anything may have to be taken out of bodies."""
        return self.redactor is not None or self.masks.knows_keys


def exchange(raw: Exchange, framed: tuple[Framed, ...], how: Looking) -> Exchange:
    """What is kept of an exchange. `framed`: of each of its attempts. May raise what looking for personal data raises.

    For one thread at a time where personal data is looked for.
    """
    head = _head(raw.path, raw.query, raw.headers, how)
    body = _body(raw.body, raw.unkept, raw.headers, Framed(), how, how.clean)
    sent = raw.body if body.data is not None else None
    attempts = tuple(
        _attempt(each, of, how, body.data if each.request is sent and sent is not None else None)
        for each, of in zip(raw.attempts, framed, strict=True)
    )
    return raw._replace(**head, body=body.data, unkept=body.unkept, attempts=attempts)


def request(raw: Attempt, how: Looking) -> Attempt:
    """The same for a request that is to be compared with what was recorded."""
    return _attempt(raw, Framed(), how, None)


def _attempt(raw: Attempt, framed: Framed, how: Looking, same: bytes | None) -> Attempt:
    """`same`: what is kept of its body, if that is known."""
    sent = (
        Body(same) if same is not None else _body(raw.request, raw.request_unkept, raw.headers, framed, how, how.clean)
    )
    answer = how.masks.headers(raw.response_headers)
    if how.looks:
        came = _body(raw.response, raw.response_unkept, raw.response_headers, framed, how, clean=False)
    else:  # as it came, content coding and all: nobody here need be able to read it
        came = Body(raw.response, raw.response_unkept)
    if how.looks and came.data is not None:
        answer = tuple(pair for pair in answer if pair[0].lower() != "content-encoding")
    return raw._replace(
        **_head(raw.path, raw.query, raw.headers, how),
        request=sent.data,
        request_unkept=sent.unkept,
        request_sha256=sent.sha256,
        reason=_words(raw.reason, how),
        response=came.data,
        response_unkept=came.unkept,
        response_headers=_fields(answer, how),
    )


def _head(path: str, query: str, headers: Headers, how: Looking) -> dict[str, Any]:
    masks, redactor = how.masks, how.redactor
    path, query = masks.text(path), masks.query(query)
    if redactor is not None:
        from akios_jail.pii.form import redact_form, redact_path

        path = redact_path(redactor, path).text
        query = redact_form(redactor, query).text if query else query
    return {
        "path": _marked_pieces(path, how),
        "query": _marked_pieces(query, how),
        "headers": _fields(masks.headers(headers), how),
    }


def _words(reason: str, how: Looking) -> str:
    """What an upstream says beside its status, "" if nobody can look into it."""
    if not how.looks or reason in _PHRASES:
        return reason
    found = _body(reason.encode("utf-8", "surrogateescape"), "", _PLAIN, Framed(), how, clean=False)
    return (found.data or b"").decode("utf-8", "surrogateescape")


def _fields(headers: Headers, how: Looking) -> Headers:
    if how.redactor is None:
        return headers
    from akios_jail.pii.fields import redact_fields

    found = redact_fields(how.redactor, headers, (), False)
    if found.stuck:  # it cannot be replaced: the whole field is left out
        return tuple(pair for pair in headers if pair[0] not in found.stuck and "" not in found.stuck)
    return tuple((name, _marked(value, how)) for name, value in found.fields)


def _marked(text: str, how: Looking) -> str:
    from akios_jail.pii.stream import restored

    marks = how.marks.current() if how.marks is not None else None
    return text if marks is None else restored(marks, text)


def _marked_pieces(text: str, how: Looking) -> str:
    """The same for an address or a form, in which they have percent escapes."""

    def piece(match: re.Match[str]) -> str:
        plain = unquote_plus(match.group(), errors="surrogateescape")
        new = _marked(plain, how)
        return match.group() if new == plain else quote_plus(new, errors="surrogateescape")

    marks = how.marks.current() if how.marks is not None else None
    return text if marks is None else _PIECES.sub(piece, text)


def _body(data: bytes | None, unkept: str, headers: Headers, framed: Framed, how: Looking, clean: bool) -> Body:
    if data is None:
        return Body(None, unkept)
    coding = ", ".join(value.strip().lower() for name, value in headers if name.lower() == "content-encoding")
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    if coding not in ("", "identity"):
        try:
            data = encodings.Decoder(coding, MAX_BODY).feed(data)  # it may have been broken off
        except encodings.TooLarge:
            return Body(None, TOO_LARGE)
        except encodings.Undecodable:
            return Body(None, UNDECODABLE, hashlib.sha256(data).hexdigest())
    data = how.masks.bytes(data)
    if how.redactor is None or not data:
        return Body(data)
    framing = framings.of_answer(framed.framing, framed.streamed, kind)
    look = _events if framing is not None else _whole
    if not clean:
        found = look(how.redactor, None, data, framing or kind)
        if found is None:
            return Body(None, UNREADABLE, hashlib.sha256(data).hexdigest())
        data = found
    marks = how.marks.current() if how.marks is not None else None
    if marks is not None and kind.lower().startswith(_FORM):
        return Body(_marked_pieces(data.decode("utf-8", "surrogateescape"), how).encode("utf-8", "surrogateescape"))
    return Body(data if marks is None else look(None, marks, data, framing or kind))


def _whole(redactor: Redactor | None, vault: Vault | None, data: bytes, kind: str) -> bytes | None:
    """A body that was looked through; None if not all of it can be."""
    from akios_jail.broker.whole_answer import through

    found = through(redactor, vault, data, kind)
    return None if found.unread else found.body


def _events(redactor: Redactor | None, vault: Vault | None, data: bytes, framing: str) -> bytes | None:
    from akios_jail.broker.answer_events import AnswerEvents

    cut = framings.of(framing)
    passing = AnswerEvents(redactor, vault)
    try:
        events = cut.parser().feed(data)
    except Unreadable:
        return None
    out = [new for event in events for new in passing.event(event)] + passing.end()
    if redactor is not None and passing.taken()[1]:
        return None
    return b"".join([cut.encode(event) for event in out])
