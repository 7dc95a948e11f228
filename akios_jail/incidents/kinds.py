"""The kinds of incident: a stable id, how grave it is, what it means and which part of a policy it is about.

The ids of what was refused are the codes that stand in verdicts. A code that is not listed here is a refusal all the
same: it is given its family by the word that it begins with, and otherwise counted among requests.
"""

from __future__ import annotations

from typing import Final, NamedTuple

#: How grave: error (a defence was tried, or the session could not go on), warning (refused), note (good to know).
LEVELS: Final = ("note", "warning", "error")

GOVERNANCE: Final = ("spec", "governance")
ALLOWLIST: Final = (*GOVERNANCE, "network_access", "allowlist")
TOOLS: Final = (*GOVERNANCE, "tools")


class Family(NamedTuple):
    """What incidents have in common. `section`: the path in a policy; `help`: what a person can do about one."""

    name: str
    title: str
    section: tuple[str, ...]
    help: str


class Kind(NamedTuple):
    """One kind of incident. `title`: a sentence without a full stop."""

    id: str
    level: str
    family: Family
    title: str


NETWORK: Final = Family(
    "network",
    "Connections and names",
    ALLOWLIST,
    "If the agent is meant to reach it, name the host and its port in spec.governance.network_access.allowlist; "
    "`akios policy explain METHOD URL` says what a policy would decide. If not, find out who told the agent to.",
)
REQUESTS: Final = Family(
    "requests",
    "Requests and answers",
    ALLOWLIST,
    "The host is allowed, this request to it is not. If it is meant to be, widen the methods, paths or condition of "
    "the rule; `akios policy explain METHOD URL` names the rule that decides.",
)
TOOL_CALLS: Final = Family(
    "tools",
    "Tool calls and approvals",
    TOOLS,
    "A rule of spec.governance.tools, or a person, refused what the agent or its model asked for. If it should have "
    "passed, change the rule, or see that somebody answers approvals.",
)
PERSONAL_DATA: Final = Family(
    "personal-data",
    "Personal data",
    (*GOVERNANCE, "pii_handling"),
    "Personal data or a secret was about to leave and could not be replaced, or may not leave at all. Take it out of "
    "what the agent reads, or change spec.governance.pii_handling. Reports never hold the value.",
)
BUDGET: Final = Family(
    "budget",
    "Money and tokens",
    (*GOVERNANCE, "budget"),
    "The call would have gone beyond a budget, or its cost could not be bounded. Raise spec.governance.budget or the "
    "FluxConfig, or give the agent less to do.",
)
KEYS: Final = Family(
    "keys",
    "Credentials",
    (*GOVERNANCE, "credentials"),
    "A key, or what stands for it, was found where it does not belong. Look at what the agent was doing: this is what "
    "an attempt to carry a key away looks like.",
)
LIMITS: Final = Family(
    "limits",
    "Limits of the machine",
    ("spec", "resources"),
    "Raise the limit in spec.resources, or find out what used so much. `akios doctor` says which limits a machine has.",
)
SESSION: Final = Family(
    "session",
    "How the session ended",
    GOVERNANCE,
    "Governance ended the session: the reason says why. The agent's work may be half done.",
)
RECORD: Final = Family(
    "record",
    "The record",
    (),
    "The record is not whole yet, or the report is not. `akios audit verify` and `akios audit recover` say more.",
)
FAMILIES: Final = (
    NETWORK,
    REQUESTS,
    TOOL_CALLS,
    PERSONAL_DATA,
    BUDGET,
    KEYS,
    LIMITS,
    SESSION,
    RECORD,
)

#: Id, level and title, by family.
_LISTED: Final[dict[Family, tuple[tuple[str, str, str], ...]]] = {
    NETWORK: (
        ("address_not_allowed", "warning", "A connection to an address that no rule allows was refused"),
        ("address_refused", "error", "An allowed name led into a private or reserved network"),
        ("address_wrong_port", "warning", "A connection to a port that no rule allows was refused"),
        ("host_mismatch", "error", "A request named another host than the one that was dialled"),
        ("host_not_allowed", "warning", "A host that no rule names was refused"),
        ("port_not_allowed", "warning", "A port that no rule names was refused"),
        ("protocol_not_allowed", "warning", "A protocol that the rule is not for was refused"),
        ("server_name_mismatch", "error", "A TLS handshake named another server than the one that was dialled"),
        ("tls_handshake_failed", "warning", "A TLS handshake of the agent failed"),
        ("tls_unreadable", "warning", "A connection did not begin with TLS that could be read"),
        ("too_many_connections", "warning", "The agent had too many connections open"),
    ),
    REQUESTS: (
        ("answer_too_large", "warning", "An answer was larger than what can be looked through"),
        ("answer_undecodable", "warning", "An answer that must be read could not be"),
        ("answer_unreadable", "warning", "A model's answer that must be read could not be"),
        ("answer_untranslatable", "warning", "A model's answer could not be told in the agent's format"),
        ("argument_ambiguous", "error", "A request was spelled so that servers may read it in two ways"),
        ("bad_request", "error", "A request was no correct HTTP"),
        ("body_too_large", "warning", "A request's body was larger than what can be looked through"),
        ("body_undecodable", "warning", "A request's body that must be read could not be"),
        ("buffers_full", "warning", "Too many bodies were to be read at once"),
        ("condition_error", "warning", "A rule's condition had no answer for a request"),
        ("condition_false", "warning", "A rule's condition did not hold for a request"),
        ("expectation_failed", "warning", "A request expected of the server what the broker does not do"),
        ("method_not_allowed", "warning", "A method that no rule allows was refused"),
        ("method_refused", "warning", "A method that no agent may use was refused"),
        ("model_answer_ungoverned", "warning", "A call asked for an answer that nobody could govern"),
        ("model_call_opaque", "warning", "Under strict monitoring a model call that could not be read was refused"),
        ("model_call_unreadable", "warning", "A model call that must be read could not be"),
        ("no_verdict", "error", "Nothing decided about a request, so it was refused"),
        ("override_refused", "error", "A request asked a server to take it for another method"),
        ("path_not_allowed", "warning", "A path that no rule allows was refused"),
        ("route_undecided", "warning", "No model could be chosen for a call"),
        ("stage_failed", "error", "A stage failed, so the request was refused"),
        ("upgrade_refused", "warning", "A change of protocol was refused"),
    ),
    TOOL_CALLS: (
        ("approval_denied", "warning", "A person refused what the agent asked for"),
        ("approval_denied_before", "warning", "What a person had refused was asked for again"),
        ("approval_expired", "warning", "Nobody answered an approval in time"),
        ("approval_flood", "error", "The agent asked for more approvals than people can answer"),
        ("approval_too_large", "warning", "What was to be approved was too large to be shown"),
        ("approvals_unavailable", "error", "Nobody could be asked"),
        ("path_ambiguous", "error", "A path did not mean one thing to every server"),
        ("provider_tool", "warning", "A tool that the provider runs itself was refused"),
        ("tool_call_unreadable", "warning", "A tool call's arguments could not be read"),
        ("tool_denied", "warning", "A tool call was refused by a rule"),
        ("tool_name_too_long", "error", "A tool's name was too long to be one"),
        ("tool_refused", "warning", "A tool call in a request was refused"),
        ("tool_terminated", "error", "A tool call ended the session"),
        ("tool_unclampable", "warning", "A tool call's arguments could not be brought within their bounds"),
    ),
    PERSONAL_DATA: (
        ("pii_blocked", "error", "Personal data that may not leave was about to"),
        ("pii_in_address", "error", "Personal data was in the address of a request"),
        ("pii_in_header", "error", "Personal data was in a header of a request"),
        ("pii_unreadable", "warning", "What may hold personal data could not be read"),
        ("pii_unredactable", "warning", "Personal data could not be replaced"),
    ),
    BUDGET: (
        ("budget", "warning", "A budget ended the session"),
        ("budget_forecast", "warning", "A budget would not have lasted"),
        ("budget_queued", "warning", "A call waited for a budget in vain"),
        ("budget_reserved", "warning", "What is left of a budget is reserved for other calls"),
        ("budget_spent", "warning", "A budget is spent"),
        ("budget_unavailable", "error", "A budget could not be asked, so the call was refused"),
        ("call_exceeds_minute_budget", "warning", "One call asks for more than a minute may spend"),
        ("cost_unbounded", "warning", "What a call may cost has no bound"),
        ("output_limit_ignored", "warning", "A model went on beyond the limit that it was sent"),
        ("overrun", "note", "A provider charged more than the limit that a call was sent with"),
        ("price_unknown", "warning", "A model has no known price"),
    ),
    KEYS: (
        ("answer_holds_key", "error", "An answer held a key that the agent may not have"),
        ("credential_misplaced", "error", "What stands for a key was sent where the key does not belong"),
        ("credential_unsignable", "warning", "A request could not be signed with its key"),
    ),
    LIMITS: (
        ("limit_hit", "warning", "The session reached a limit"),
        ("limit_missing", "note", "The session ran without a limit, which the policy allows"),
        ("wall_time", "error", "The session ran out of time"),
    ),
    SESSION: (
        ("session_ended", "error", "Governance ended the session"),
        ("violation", "error", "A violation is on record"),
    ),
    RECORD: (
        ("audit_unavailable", "error", "Nothing could be recorded, so nothing was allowed"),
        ("broker_error", "error", "The broker could not say everything about the session"),
        ("output_replaced", "error", "The agent put something else in the place of a report"),
        ("report_partial", "error", "More was refused than is told, and nobody knows how grave it was"),
    ),
}  # fmt: skip

KINDS: Final = {id: Kind(id, level, family, title) for family, listed in _LISTED.items() for id, level, title in listed}
#: Families of codes that are not listed, by what they begin with.
_BEGINNINGS: Final = (
    ("address_", NETWORK),
    ("approval", TOOL_CALLS),
    ("audit_", RECORD),
    ("budget_", BUDGET),
    ("credential_", KEYS),
    ("host_", NETWORK),
    ("name_", NETWORK),
    ("pii_", PERSONAL_DATA),
    ("tls_", NETWORK),
    ("tool_", TOOL_CALLS),
    ("upstream_", REQUESTS),
)


def kind_of(code: str) -> Kind:
    """The kind of a refusal's code. One that is not listed is a warning of the family that its name speaks for."""
    known = KINDS.get(code)
    if known is not None:
        return known
    family = next((family for start, family in _BEGINNINGS if code.startswith(start)), REQUESTS)
    return Kind(code, "warning", family, f"Refused: {code.replace('_', ' ')}")


def at_least(level: str, wanted: str) -> bool:
    """Whether `level` is as grave as `wanted`, or graver."""
    return LEVELS.index(level) >= LEVELS.index(wanted)
