"""HTTP methods of rules: the registered names, and the two that no rule can allow."""

from __future__ import annotations

from akios_jail.policy.errors import nearest

#: Any method but those in NEVER.
ANY = "*"
#: What a rule without `methods:` allows: looking, not changing (RFC 9110 §9.2.1).
DEFAULT = ("GET", "HEAD")
#: CONNECT opens a tunnel past every rule; TRACE sends credentials that the agent must not see back to it.
NEVER = frozenset({"CONNECT", "TRACE"})
#: The IANA registry of HTTP methods, without NEVER, and PURGE, which caches use.
KNOWN = frozenset(
    (
        "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY", "DELETE", "GET", "HEAD", "LABEL", "LINK",
        "LOCK", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "OPTIONS",
        "ORDERPATCH", "PATCH", "POST", "PROPFIND", "PROPPATCH", "PURGE", "PUT", "QUERY", "REBIND", "REPORT",
        "SEARCH", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL",
    )
)  # fmt: skip


def check(text: str) -> str:
    """The method in upper case, or `*`; `ValueError` for one that is unknown or never allowed."""
    method = text.upper()
    if method == ANY or method in KNOWN:
        return method
    if method == "CONNECT":
        raise ValueError("CONNECT cannot be allowed: for a tunnel, write a rule with `protocol: tcp`")
    if method == "TRACE":
        raise ValueError("TRACE cannot be allowed: it hands credentials back to the agent")
    meant = nearest(method, KNOWN)
    raise ValueError(f"{text!r} is not an HTTP method" + (f"; did you mean {meant}?" if meant else ""))


def matches(allowed: tuple[str, ...], method: str) -> bool:
    """Whether a rule's methods take in the request's (methods are case-sensitive: RFC 9110 §9.1)."""
    if method in allowed:
        return True
    return ANY in allowed and method not in NEVER
