"""Values whose label says what they are: `First name: Jane`, `dob=12/5/84`, `"patient_name": "…"`, `<surname>…`.

In JSON and forms the engine asks `keys` itself; this is the same for labels in running text, logs, source code and
markup. There a value must look more like its kind, since `first_name = user.first_name` is no name.

Confidence: 0.85 for a quoted value or a line of its own, 0.8 within a line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from akios_jail.pii import key_table
from akios_jail.pii.detectors import labels
from akios_jail.pii.detectors.labels import labelled
from akios_jail.pii.detectors.name_grammar import is_thing, name_at, parts, title_at
from akios_jail.pii.detectors.phrases import InAnyCase, branched, choices
from akios_jail.pii.finding import Finding, View
from akios_jail.pii.keys import NAMES, Meaning, meaning, words
from akios_jail.pii.values_of_keys import is_name, is_postal

#: Kinds whose values are written in digits, or digits and letters.
_CODED = frozenset(
    (
        "phone",
        "ssn",
        "itin",
        "national_id",
        "credit_card",
        "bank_account",
        "passport",
        "driving_licence",
        "medical_record",
    )
)
#: What other detectors find by its form needs no label, or is theirs to read.
KINDS = _CODED | {"person_name", "street_address", "date_of_birth"}
#: Where an unquoted value ends before its line does.
_END = re.compile(
    r"[;|<>{}\t\"]|&(?=\w+=|amp;)| - |  |,? ?(?<![\w])[\w.-]{2,40}[=:](?!//)|[,!?](?:\s|$)|(?<!\s[A-Z])\.(?:\s|$)|\)$",
    re.ASCII,
)
#: What ends a name besides: a remark, the next label in any script.
_END_OF_NAME = re.compile(r" [(\[]|[ ,]{1,2}[^\W\d_]{1,20} ?:|, (?=\d)|\t|[/;|<>]| - | -- ")
#: Family name first.
_REVERSED = re.compile(r"[^\W\d_][^\s,;:<>(){}\d]{0,30}(?: [^\W\d_][^\s,;:<>(){}\d]{0,30}){0,2}, ")
#: In an address, commas and points go on.
_END_OF_ADDRESS = re.compile(
    r"[;|<>{}\t\"]|\)(?= ?[-=:{])|  |,? ?(?<![\w])[A-Za-z_-]{2,40}[=:](?!//)|\.(?=\s+[A-Z][a-z]+ [a-z]|$)", re.ASCII
)
#: Capitals within a word, as classes have them; in names they follow a prefix.
_NAME_OF_CLASS = re.compile(r"(?!(?:Mc|Mac|De|Di|Du|Van|Le|La|Fitz|Ó)[A-Z])\b[A-Z][a-z]{1,20}[A-Z]")
#: In small letters, and a name for all that.
_PARTICLE = re.compile(
    r"(?:van|von|de|del|della|der|den|di|da|dos|du|la|le|el|al|bin|binti|af|ter|ten|d['\u2019])"
    r"(?: (?:la|los|der|den|de))? ?[A-Z\x80-\u024f]"
)
_LEAST_DIGITS = {"phone": 6, "ssn": 4, "credit_card": 3, "date_of_birth": 4, "passport": 4, "driving_licence": 4}
_MOST_CHARACTERS = {"phone": 24, "date_of_birth": 28}
_CODE_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./()+*-]*")


class Labels:
    """Finds values of those of `KINDS` that are asked for."""

    kind = "person_name"
    alike = True

    def __init__(self, kinds: Collection[str] = KINDS) -> None:
        self.kinds = KINDS & frozenset(kinds)
        self.triggers = labels.triggers(_words(self.kinds), "[:=>]")

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        found = _tagged(view, end) if view.folded[end - 1] == ">" else labelled(view, end)
        if found is None:
            return
        means = meaning(found.label) or _in_company(view.folded, found) or _of_address(view.folded, found)
        if means is None or means.kind not in self.kinds:
            return
        start, stop = found.start, found.end
        if means.kind == "person_name" and _is_small(view.folded[start]) and not _PARTICLE.match(view.folded, start):
            return
        if not found.quoted:
            start, stop = _cut(view.folded, start, stop, means.kind)
        value = view.folded[start:stop]
        if not value or (means is _BARE_NAME and is_thing(value)) or not _believable(means, value, found):
            return
        confidence = 0.85 if found.quoted or found.alone else 0.8
        yield Finding(means.kind, start, stop, " ".join(value.lower().split()), confidence, "its label says so")


def _is_small(letter: str) -> bool:
    """Whether it is a small letter of a script in which names have capitals: in Georgian they have none."""
    return letter.islower() and not "\u10d0" <= letter <= "\u10ff"


def _in_company(text: str, found: labels.Labelled) -> Meaning | None:
    """`name` is a person's where a label of people's data stands close to it: `name: "…", email: "…"`."""
    if text[found.start].islower() or len(own := words(found.label)) != 1:
        return None
    if own[0] in _HALVES:
        near = text[max(0, found.start - _CLOSE) : found.end + _CLOSE]
        if re.search(rf"\b(?:{_HALVES[own[0]]})[\"']?[ ]?[:=>]", near, re.IGNORECASE):
            return _HALF
    if own[0] not in NAMES:
        return None
    above = _above(text, found.start)
    if above and (means := meaning(found.label, (above,))) is not None:
        return means
    around = _within_object(text, found)
    return _BARE_NAME if _PERSONAL.search(around) is not None else None


def _of_address(text: str, found: labels.Labelled) -> Meaning | None:
    """`"line1"` under `"address"`: what locates somebody, in JSON that stands in a text."""
    if not found.quoted or _LINE_OF_ADDRESS.search(found.label) is None:
        return None
    above = _above(text, found.start)
    return meaning(found.label, (above,)) if above else None


_LINE_OF_ADDRESS = re.compile(r"(?:line|street|address|addr)[ _]?[0-9]?\Z", re.IGNORECASE)


def _within_object(text: str, found: labels.Labelled) -> str:
    """What stands close by, within the same braces."""
    before = text[max(0, found.start - _CLOSE) : found.start]
    after = text[found.start : found.end + _CLOSE]
    return before[max(before.rfind("{"), before.rfind("}")) + 1 :] + _BRACE.split(after, maxsplit=1)[0]


def _above(text: str, start: int) -> str:
    """The key of the object of JSON that encloses this place, if it begins close before it."""
    depth = 0
    for match in reversed(list(_BRACKETS.finditer(text, max(0, start - _FAR), start))):
        depth += 1 if match.group() in "}]" else -1
        if depth < 0:
            key = _KEY.search(text, max(0, match.start() - labels.MAX_LABEL), match.start())
            if key is not None:
                return key.group(1)
            if match.group() == "{" and text[max(0, match.start() - 2) : match.start()].strip() in ("[", ","):
                depth = 0  # an item of a list: the list has the name
                continue
            return ""
    return ""


_BRACE = re.compile("[{}]")
_FAR = 200
_BRACKETS = re.compile(r"[\[\]{}]")
_KEY = re.compile(r"[\"']?(\w{2,40})[\"']?[ ]?[:=][ ]?\Z")
#: Halves of names, and what the other is called.
_HALVES = {
    "first": "last",
    "last": "first",
    "given": "family",
    "family": "given",
    "nom": "pr[e\u00e9]noms?(?:\\(s\\))?",
    "name": "vorname",
    "naam": "voornaam",
    "nome": "cognome",
    "nombre": "apellidos?",
    "navn": "etternavn|efternavn",
    "namn": "efternamn|f\u00f6rnamn",
    "nazwa": "imi\u0119",
    "jmeno": "p\u0159\u00edjmen\u00ed",
}
_HALF = Meaning("person_name", "name")
_CLOSE = 120
_BARE_NAME = Meaning("person_name", "full name")
_PERSONAL = InAnyCase(
    f"(?:{branched(choices('e-?mail|phone|mobile|tel|dob|birth|ssn|passport|address|surname|geburtsdatum|telefon|correo|courriel'))})"
    r"[\w\"' -]{0,12}[:=>]"
)


def _tagged(view: View, end: int) -> labels.Labelled | None:
    """`<name>value</name>`, from the end of the opening tag."""
    text = view.folded
    open_ = text.rfind("<", max(0, end - labels.MAX_LABEL), end)
    close = text.find("<", end, end + labels.MAX_VALUE)
    if open_ < 0 or close <= end or not text.startswith("</", close):
        return None
    return labels.Labelled(text[open_ + 1 : end - 1], ">", end, close, True, True)


def _cut(text: str, start: int, stop: int, kind: str) -> tuple[int, int]:
    if kind == "person_name":
        return _cut_name(text, start, stop)
    end = (_END_OF_ADDRESS if kind == "street_address" else _END).search(text, start, stop)
    value = text[start : end.start() if end is not None else stop]
    if kind in _CODED:
        code = _CODE_VALUE.match(value)
        value = code.group() if code is not None else ""
    return start, start + len(value.rstrip(" .,;)*"))


def _cut_name(text: str, start: int, stop: int) -> tuple[int, int]:
    """Without a title before it and a remark after it; `Doe, Jane` is one."""
    start = title_at(text, start, stop)
    end = _END_OF_NAME.search(text, start, stop)
    stop = end.start() if end is not None else stop
    first = _REVERSED.match(text, start, stop)
    if first is not None:
        last = name_at(text, first.end(), stop)
        if last > first.end() and parts(text[first.end() : last]) <= 2 and _AFTER_REVERSED.match(text, last, stop):
            return start, last
    last = name_at(text, start, stop)
    if last > start and text[last:stop][:1] in ("", ".", ",", ";", "!", "?", ")", "*", "_", "\r"):
        return start, last
    end = _END.search(text, start, stop)
    value = text[start : end.start() if end is not None else stop].rstrip(" .,;)*_")
    return start, start + len(value)


_AFTER_REVERSED = re.compile(r"[ .]*(?:\Z|[,(;|\r\n])")


def _believable(means: Meaning, value: str, found: labels.Labelled) -> bool:
    if not means.holds(value) or value.lower() == found.label.lower():
        return False
    digits = sum(map(str.isdigit, value))
    if means.kind in _LEAST_DIGITS and digits < _LEAST_DIGITS[means.kind]:
        return False
    if len(value) > _MOST_CHARACTERS.get(means.kind, 200):
        return False
    if means.kind in _CODED:
        return digits * 2 >= sum(map(str.isalnum, value)) and value.count(" ") <= 6
    if means.kind == "person_name":
        short = len(value) <= 4 and value[0] > "\u2e7f"  # a family name of one character
        whole = short or name_at(value, 0, len(value)) == len(value)
        bare = value.replace(",", "")
        whole = short or whole or ("," in value and name_at(bare, 0, len(bare)) == len(bare))
        return whole and is_name(value) and _NAME_OF_CLASS.search(value) is None
    if means.kind == "street_address":
        return is_postal(value) or (found.quoted and found.sign[:1] == ":" and _is_place(value))
    return True


def _is_place(value: str) -> bool:
    """Whether it can be a house or a street by name, as JSON has it: two words with capitals, and no instruction."""
    return _PLACE.fullmatch(value) is not None and _ASKS.search(value) is None


_PLACE = re.compile(
    r"(?:The )?[^\W\d_a-z][\w'\u2019.-]*(?:,? (?:of|the|de|du|la|le|der|di|do|da|[^\W\d_a-z][\w'\u2019.-]*)){1,7}"
)
_ASKS = re.compile(r"\b(?:address|street name|enter|your|line|required|invalid|field|please|adresse)\b", re.IGNORECASE)


def _words(kinds: Collection[str]) -> set[str]:
    """The last words of the phrases of these kinds, in the letters that people write."""
    phrases = [
        phrase
        for kind in kinds
        for table in (key_table.ENDINGS, key_table.ALONE)
        for phrase in table.get(kind, "").split(",")
    ]
    if "person_name" in kinds:
        phrases += key_table.PEOPLE.split(",") + key_table.NAMES.split(",") + ["first", "last", "given", "family"]
    numbered = _LINES_OF_ADDRESS if "street_address" in kinds else set()
    last = {phrase.split()[-1] for phrase in phrases if phrase.strip()}
    return (
        {word for word in last if len(word) > 2 or not word.isascii()} | _ACCENTED | numbered | {"no", "nr", "to", "by"}
    )


#: Of these the last word is a number.
_LINES_OF_ADDRESS = {
    f"{word}{sign}{number}" for word in ("line", "address", "street") for sign in ("", "_", " ") for number in "12"
}
#: The table has no accents; texts have.
_ACCENTED = frozenset(
    ("prénom", "straße", "téléphone", "teléfono", "dirección", "imię", "número", "numéro", "cédula", "född")
)
