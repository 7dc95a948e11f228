"""Every bound of the broker in one place, with what happens at the bound. `docs/limits.md` shows this table."""

from __future__ import annotations

from typing import Final, NamedTuple

from akios_jail.flux import backoff


class Limit(NamedTuple):
    """`what` is bounded to `value` `unit`; `then` is what happens beyond."""

    what: str
    value: int
    unit: str
    then: str


_BAD_REQUEST = "400, on record, and the connection is closed"

REQUEST_LINE: Final = Limit("request line", 16 * 1024, "bytes", _BAD_REQUEST)
HEADER_FIELD: Final = Limit("one header field of a request or an answer", 32 * 1024, "bytes", _BAD_REQUEST)
HEADER_FIELDS: Final = Limit("header fields of a request or an answer", 128, "fields", _BAD_REQUEST)
HEADER_BYTES: Final = Limit("all header fields of a request together", 64 * 1024, "bytes", _BAD_REQUEST)
ANSWER_HEADER_BYTES: Final = Limit(
    "all header fields of an answer together", 256 * 1024, "bytes", "502 with code upstream_invalid, on record"
)
BUFFERED_BODY: Final = Limit(
    "a request body that a stage must see whole", 32 * 1024 * 1024, "bytes", "413 with code body_too_large, on record"
)
BUFFERED_BODIES: Final = Limit(
    "all such bodies, and model answers read whole, of one session at once",
    256 * 1024 * 1024,
    "bytes",
    "429 with Retry-After, code buffers_full, on record; an answer passes and is billed by its size",
)
DECODED_BODY: Final = Limit(
    "a body with its content coding undone",
    64 * 1024 * 1024,
    "bytes",
    "413 for a request; an answer is cut off, on record",
)
CONNECTIONS: Final = Limit(
    "open connections of one session", 512, "connections", "reset at once, on record with code too_many_connections"
)
CERTIFICATES: Final = Limit("host certificates kept of one session", 512, "certificates", "the oldest is minted again")
CLIENT_HELLO: Final = Limit(
    "ClientHello of a passed-through connection", 16 * 1024, "bytes", "reset, on record with code tls_unreadable"
)
HANDSHAKE: Final = Limit(
    "TLS handshake of the agent", 10, "seconds", "closed, on record with code tls_handshake_failed"
)
IDLE_CONNECTION: Final = Limit(
    "an agent's connection until the head of its next request is whole", 75, "seconds", "closed"
)
PIPELINED: Final = Limit(
    "requests on one connection that wait for the one before them",
    32,
    "requests",
    "no more is read until one is answered",
)
LINGER: Final = Limit("reading on of a body that was refused", 5, "seconds", "closed")
CONNECT: Final = Limit(
    "connecting to an upstream, with TLS", 15, "seconds", "504 with code upstream_timeout, on record"
)
UPSTREAM_SILENCE: Final = Limit(
    "an upstream that sends nothing", 600, "seconds", "504, or the answer is cut off, on record"
)
INTERIM_ANSWERS: Final = Limit(
    "interim answers (1xx) of an upstream before its answer", 64, "answers", "502 with code upstream_invalid, on record"
)
UPSTREAM_KEEPALIVE: Final = Limit("an unused upstream connection", 15, "seconds", "closed")
WILDCARD_NAMES: Final = Limit(
    "names under wildcards that one session asks for",
    4096,
    "names",
    "SERVFAIL, on record with code too_many_names; names that have an address keep it",
)
NAME_CONNECTIONS: Final = Limit(
    "TCP connections to the jail's name server at once", 64, "connections", "closed at once"
)
NAME_IDLE: Final = Limit("such a connection without a whole question", 10, "seconds", "closed")
NAME_DENIALS: Final = Limit(
    "names that are refused, one by one on record", 200, "names, and 20 a second", "one record counts the rest"
)
SPLICE_IDLE: Final = Limit("a tcp or passed-through connection without a byte", 3600, "seconds", "closed, on record")
WEBHOOK: Final = Limit("one try of a webhook", 5, "seconds", "up to two more tries; then undelivered, on record")
WEBHOOKS: Final = Limit("webhooks of one session on their way at once", 32, "webhooks", "undelivered, on record")
WEBHOOKS_AT_END: Final = Limit("webhooks on their way when a session ends", 2, "seconds", "undelivered, on record")
LAST_WORDS: Final = Limit(
    "the written summary of a session that its budget ended", 6, "seconds", "the summary says that there is no text"
)
LAST_WORDS_BYTES: Final = Limit("the answer with a written summary", 256 * 1024, "bytes", "the summary has no text")
SUMMARY_TEXT: Final = Limit("a written summary", 4_000, "characters", "cut")
PENDING_REPORTED: Final = Limit("pending exchanges in a summary", 20, "exchanges", "not named")
HOSTS_REPORTED: Final = Limit("hosts in a summary", 64, "names", "counted together as others")
DENIALS_REPORTED: Final = Limit("denials in the run report", 200, "denials", "only counted; all are in the audit log")
RETRY_AFTER: Final = Limit(
    "a wait that a provider asks for before a call is sent again",
    backoff.OBEYED_S,
    "seconds",
    "it is not sent again there; a fallback has its turn, or the agent gets the provider's answer",
)
RETRY_WAITS: Final = Limit("all waits of one call between its attempts", backoff.ALL_S, "seconds", "as above")
MODELS_REPORTED: Final = Limit("models in the run report", 64, "models", "counted together as others")
TOOLS_REPORTED: Final = Limit("tools in the run report", 64, "names", "counted together as others")
READ_AHEAD: Final = Limit(
    "a model's answer read on while a person is asked", 4 * 1024 * 1024, "bytes", "no more is read until they decide"
)
DENIAL_BURST: Final = Limit(
    "equal denials of connections or names", 20, "records in 10 seconds", "one record counts the rest"
)
EXECUTIONS: Final = Limit(
    "programs that the agent executes, one by one on record and in the trace",
    2_000,
    "programs, and 50 a second",
    "one record, and one step, counts the rest",
)
EXECUTIONS_TOLD: Final = Limit("the same in a whole session", 200_000, "programs", "the rest is counted at its end")
LOOKED_THROUGH_AT_END: Final = Limit(
    "looking through programs and files of a session that ends, for personal data",
    3,
    "seconds",
    "the step is kept without arguments or paths",
)
RECORDED_TEXT: Final = Limit("a path or name in an audit record", 1024, "characters", "cut, with a mark")

ALL: Final[tuple[Limit, ...]] = tuple(value for value in list(globals().values()) if isinstance(value, Limit))
