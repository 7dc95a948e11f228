"""`governance.pii_handling`: which personal data is looked for, where, and what happens to it."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from akios_jail.policy.part import Part
from akios_jail.policy.values import Line

#: What can be looked for, and the names that stand for several of these. The detectors' catalogue says what they are;
#: a test holds that it has the same.
PiiField = Literal[
    "email",
    "secret",
    "url_user_data",
    "credit_card",
    "iban",
    "ssn",
    "itin",
    "national_id",
    "passport",
    "driving_licence",
    "medical_record",
    "bank_account",
    "date_of_birth",
    "phone",
    "ip_address",
    "mac_address",
    "coordinates",
    "street_address",
    "person_name",
    "default",
    "structured",
    "contextual",
    "secrets",
    "all",
]
_STRUCTURED = ("email", "credit_card", "iban", "ssn", "itin", "national_id", "phone", "ip_address", "mac_address")
_CONTEXTUAL = ("url_user_data", "passport", "driving_licence", "medical_record", "bank_account", "date_of_birth")
GROUPS: dict[str, tuple[str, ...]] = {
    "structured": (*_STRUCTURED, "coordinates"),
    "contextual": (*_CONTEXTUAL, "street_address", "person_name"),
    "secrets": ("secret",),
}
GROUPS["all"] = (*GROUPS["structured"], *GROUPS["contextual"], *GROUPS["secrets"])
GROUPS["default"] = GROUPS["all"]
#: Whoever names no kinds means all that are found surely enough.
_FIELDS: tuple[PiiField, ...] = ("default",)

Mode = Literal["off", "redact_before_inference", "pseudonymize", "block", "observe"]
KindMode = Literal["redact_before_inference", "pseudonymize", "block", "observe"]
Unreadable = Literal["refuse", "pass"]
Scope = Literal["model_calls", "egress", "responses"]
_SCOPE: tuple[Scope, ...] = ("model_calls",)
MAX_PATTERNS = 100
MAX_WORDS = 10_000
MAX_ALLOWED = 1000


def _own_name(value: str) -> str:
    if re.fullmatch(r"[a-z][a-z0-9_]{1,31}", value) is None:
        raise ValueError("write small letters, digits and underscores, e.g. customer_number")
    if value in GROUPS or value in PiiField.__args__:  # type: ignore[attr-defined]
        raise ValueError(f"{value} is a kind that AKIOS knows; take another name")
    return value


#: A pattern that can match between two characters does so in one of these.
_PROBES = ("", "a", "1", " ", "a1 B-_.", "\n")


def _pattern(value: str) -> str:
    """Compiled here, so that a session never meets one that does not compile; the result is thrown away."""
    import hyperscan  # type: ignore[import-untyped,unused-ignore]
    import re2  # type: ignore[import-untyped]

    try:
        if any(match.start() == match.end() for probe in _PROBES for match in re2.finditer(value, probe)):
            raise ValueError("it matches nothing at all, so it would match everywhere")
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(expressions=[value.encode()], ids=[0], elements=1, flags=[hyperscan.HS_FLAG_UTF8])
    except (re2.error, hyperscan.HyperscanError) as error:
        raise ValueError(f"not a pattern that can be searched for in linear time: {error}") from None
    return value


def _allowed(value: str) -> str:
    return f"/{_pattern(value[1:-1])}/" if len(value) > 2 and value[0] == value[-1] == "/" else value


OwnName = Annotated[str, AfterValidator(_own_name)]
Pattern = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_pattern)]
Word = Annotated[str, Field(min_length=2, max_length=200)]
Allowed = Annotated[Word, AfterValidator(_allowed)]


def _model(value: str) -> str:
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{1,63}", value) is None:
        raise ValueError("write the name of an installed model of spaCy, e.g. en_core_web_sm")
    return value


ModelName = Annotated[str, AfterValidator(_model)]
MAX_MODELS = 4


class PiiOwn(Part):
    """What all kinds of your own have."""

    name: OwnName = Field(description="What placeholders and reports call it, e.g. `customer_number`.")
    mode: KindMode | None = Field(default=None, description="What happens to it, if not what `mode` says.")


class PiiPattern(PiiOwn):
    """Data of your own, by its form: customer numbers, say."""

    pattern: Pattern = Field(
        description="A regular expression in RE2's syntax (no look-around, no back-references), e.g. "
        "`\\bKD-[0-9]{6}\\b`."
    )
    ignore_case: bool = Field(default=False, description="Whether capitals and small letters are the same.")
    description: Line = Field(default="", description="What it is, in a sentence.")


class PiiWords(PiiOwn):
    """Data of your own, as a list: the names of your customers, say."""

    words: list[Word] = Field(
        min_length=1, max_length=MAX_WORDS, description="Words and phrases. Capitals and small letters are the same."
    )


class PiiHandling(Part):
    """What happens to personal data in what the agent sends, and in what comes back."""

    mode: Mode = Field(
        default="redact_before_inference",
        description="`redact_before_inference`: replaced by placeholders (`[EMAIL_1]`) before it leaves. "
        "`pseudonymize`: replaced by stand-ins of the same format, and put back in what the agent gets. `block`: the "
        "request is refused. `observe`: counted and recorded only. `off`: not looked for.",
    )
    fields: list[PiiField] = Field(
        default_factory=lambda: list(_FIELDS),
        min_length=1,
        description="Kinds of personal data, or groups of them: `structured` (a form or a check digit proves it), "
        "`contextual` (something beside it says what it is), `secrets`, `default`, `all`.",
    )
    modes: dict[PiiField, KindMode] = Field(
        default_factory=dict,
        description="What happens to some kinds otherwise, e.g. `{secret: block, phone: observe}`.",
    )
    patterns: list[PiiPattern] = Field(
        default_factory=list, max_length=MAX_PATTERNS, description="Kinds of your own, by their form."
    )
    words: list[PiiWords] = Field(
        default_factory=list, max_length=MAX_PATTERNS, description="Kinds of your own, as lists of words."
    )
    allow: list[Allowed] = Field(
        default_factory=list,
        max_length=MAX_ALLOWED,
        description="What is not personal although it looks so: a value (`support@example.com`), a domain with all "
        "addresses at it (`@example.com`) or below it (`@*.example.com`), or a pattern in RE2's syntax between slashes "
        "(`/test-.*@example\\.com/`). An entry allows a finding only if it speaks for the whole of it.",
    )
    scope: list[Scope] = Field(
        default_factory=lambda: list(_SCOPE),
        min_length=1,
        description="Where it is looked for. `model_calls`: what models are told. `egress`: all requests that AKIOS "
        "reads. `responses`: what comes back from models and other hosts, before the agent sees it.",
    )
    unreadable: Unreadable = Field(
        default="refuse",
        description="What happens, where personal data is looked for, to what cannot be looked into: images, sound, "
        "PDF and other documents, archives, what is in no known coding, and what a call has the provider fetch from an "
        "address. `refuse`: it is refused. `pass`: it passes, and is counted by type in the record and the report, as "
        "for an agent that shows pictures to a model. Where personal data is only observed, it passes always.",
    )
    restore: bool = Field(
        default=False,
        description="Whether the agent finds the real values in the place of placeholders in what models answer. Those "
        "of stand-ins are always put back.",
    )
    ner: list[ModelName] = Field(
        default_factory=list,
        max_length=MAX_MODELS,
        description="Models of spaCy that look for names of people (`person_name`) where nothing beside gives them "
        "away, e.g. `[en_core_web_sm]`, one for each language. They need the extra `presidio`, must be installed in "
        "AKIOS's own Python, and are much slower than the rest. Not with `responses` in the `scope`.",
    )


def expanded(names: list[PiiField]) -> tuple[str, ...]:
    """The kinds that these names and groups stand for, each once, in the order of the list."""
    kinds: dict[str, None] = {}
    for name in names:
        kinds.update(dict.fromkeys(GROUPS.get(name, (name,))))
    return tuple(kinds)
