"""Names in lines that are about people: headers, cards, chats, what stands beside an address or before a date of birth.

Each function gets the text and where its trigger ends, and gives the names that stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from akios_jail.pii.detectors import name_words
from akios_jail.pii.detectors.name_grammar import (
    MAX_NAME,
    after_last,
    is_thing,
    name_at,
    name_before,
    named,
    parts,
    title_at,
    whole_name,
)
from akios_jail.pii.detectors.phrases import any_of
from akios_jail.pii.finding import REACH, Finding

_SEMICOLON = re.compile(r";[ ]?")
_COMMA = re.compile(r",? (?:and|und|et|y|e|i|og|och|ja|en|и|та|&) |,[ ]?(?![^\n<]{1,40}\" ?<)")
_SURNAME_FIRST = re.compile(
    r" ?[^\W\d_][^\s,;<]{1,30}(?:[ ]|, )?[^\s,;<]{1,30}, [^\W\d_][^\s,;<]{1,30} ?\Z|[^\s,;<]+, [^\s,;<]+ ?\Z"
)
#: What stands beside a name in its entry: an address, a role.
_ADDRESS = re.compile(r"[\"']?[ ]?(?:<[^<>\n]{3,100}>|[(\[][^()\n]{2,100}[)\]]).*|[\"']?[ ]?[(<]| - | -- |: |\t|  ")
_CLOCK = re.compile(r"\d:\d\d(?:[ ]?[APap]\.?[Mm]\.?)?((?:, ?\d[\d./-]{5,9})?[\])]?,? (?:[-.|] )?)")
_BESIDE = re.compile(r"[\"']?(?:, ?|; ?|\t| \| | - |\]?\()[\"']?(?:mailto:)?[^\s<>@(),;\"'|]{1,64}@\Z")
_TO_ROLE = re.compile(
    r"(?:,? \([\"'\u201c\u201e\u00ab]?(?:[a-zA-Z ,]{0,24})?[\"'\u201c\u201e\u00ab]?[A-Za-z]{4,12}|"
    r"(?:[,:;]|[ ][./|]|[ ](?:on|at|p.|unter|au|al))?[ ](?:[(|-] ?)?\+[0-9])\Z"
)
#: What is at an address that no person has.
_OFFICES = re.compile(
    r"(?:mailto:)?(?:no-?_?reply|do-?not-?reply|newsletter|news|notifications?|alerts?|support|"
    r"services?|billing|orders?|info|hello|hi|hola|bonjour|hallo|ciao|contact|contacto|kontakt|contatto|mail|post|office|"
    r"buero|sales|ventas|vertrieb|shop|store|bookings?|reservations?|reservierung|reservas|tickets?|help|helpdesk|desk|"
    r"admin|administration|administracion|webmaster|hostmaster|abuse|security|legal|privacy|press|presse|media|events?|"
    r"feedback|survey|careers|jobs|hr|recruiting|accounts?|accounting|buchhaltung|contabilidad|comptabilite|finance|"
    r"facturation|facturacion|rechnung(?:en)?|bestellung(?:en)?|customer-?(?:service|care)|care|kundenservice|client(?:s|es)?|"
    r"atencion|reception|rezeption|praxis|clinic|studio|members?|enquiries|inquiries|lists?|digest|"
    r"marketing|team|mailer-daemon|postmaster|bounces?|updates?|invoices?|receipts?|shipping|delivery|git|bot|robot|"
    r"calendar|system|service-?desk)(?:[.+_-][\w.-]{0,30})?@",
    re.IGNORECASE,
)
_DOMAIN = re.compile(r"(?:mailto:)?([^\s<>@]{1,64})@([\w.-]{1,80})")
_TO_NUMBER = re.compile(
    r"(?: {0,12}\| {0,2}|\", ?\"|', ?'| [./-] |, (?:tel\.? )?| \(| (?:on|at|p.|unter|au|al) )[(0-9]\Z"
)
#: Groups of digits, not all of the same sign: no date, no amount.
_NUMBER = re.compile(
    r"(?!\d{4}[ -]\d\d[ -]\d\d(?!\d)|\d\d[ -]\d\d[ -]\d{4})"
    r"\(?\d{2,5}\)?[ -]\d{2,4}(?:[ -]\d{2,5}){1,3}(?=[\"' |\n,;)/]|\.?(?:\s|\Z))(?! ?[-/]\d)"
)
_TWO_GROUPS = re.compile(r"\(?\d{3,5}\)?[ .-]\d{5,8}(?![\d.,%])|\d{3}\.\d{3}\.\d{4}|[89638]\d{3} \d{4}(?=\.? |[\n)])")
_DIGITS = range(8, 13)
_CLOSED = re.compile(r"[ ]?(?:[\n\r),;|\t<\"']|\Z)")
_BORN = re.compile(rf"(?:,|;| [-/|])? \(?(?:{any_of(name_words.BORN)})\Z")
_PERSONAL = name_words.PERSONAL.split()
_HEADERS = frozenset(" ".join(header.split()).lower() for header in name_words.HEADERS.split(","))
#: `Patient Jane Doe, born …`: what they are is no part of the name.
_SAID_OF = frozenset(phrase.strip() for phrase in name_words.SELF_FULL.replace("\n", " ").split(","))
#: Headers that things have as well as people.
_PLAIN = re.compile(
    r"(?:names?|nombre|nom|nome|naam|namn|navn|nimi|isim|имя|名前|이름|from|to|de|da|von|an|van|od|do)\Z", re.I
)
_TWO_CELLS = re.compile(
    r"(?:\A|[\s,;|\t(\"'])([^\W\d_][^\s,;|\"'()]{1,30})[\"']?(?:, ?|; ?|\t| \| )[\"']?([^\W\d_][^\s,;|\"'()]{1,30})\Z"
)
#: What no name goes over; and no sentence.
_PARTING = re.compile(r"[\n:;,<>\"'|\t(\[]")
ENDING = re.compile(r"[\n:;,<>\"'|\t(\[.!?]")
_ENDS_OF_CARDS = frozenset(("", "\n", "\r", ":", ";", '"'))


_SENTENCE = re.compile(r"(?<=[^\W\d_A-Z][^\W\d_A-Z])(?=\. )")


def header(text: str, end: int) -> Iterable[Finding]:
    """`From: Jane Doe <jane@example.com>, Bob Lee`; `Present: Doe, Jane; Lee, Bob`: everybody in the line."""
    line = text.rfind("\n", max(0, end - 40), end) + 1
    label = text[max(line, end - 40) : end - 2].strip(" \t>*|-#\"'")
    if label.lower() not in _HEADERS:
        return []
    stop = text.find("\n", end, end + REACH)
    stop = end + REACH if stop < 0 else stop
    sentence = _SENTENCE.search(text, end, min(stop, len(text)))
    stop = stop if sentence is None else sentence.end()
    plain = _PLAIN.match(label) is not None and not _is_personal(text[max(0, end - REACH) : end + REACH])
    found: list[Finding] = []
    for first, last in _entries(text, end, min(stop, len(text))):
        addressed = "@" in text[first:last]
        address = _ADDRESS.search(text, first, last)
        span = whole_name(text, first, address.start() if address is not None else last, least=1 if addressed else 2)
        if span is not None and (addressed or not plain) and not (addressed and _to_office(text, *span, last)):
            found += named(text, *span, 0.8, "in a line that names people")
    return found


def _is_personal(around: str) -> bool:
    """Whether words begin there as they do where people's data is. Looked for one by one: five times as fast."""
    if "@" in around:
        return True
    around = around.lower()
    for word in _PERSONAL:
        at = around.find(word)
        while at >= 0:
            if at == 0 or not (around[at - 1].isalnum() or around[at - 1] == "_"):
                return True
            at = around.find(word, at + 1)
    return False


def _entries(text: str, start: int, stop: int) -> Iterable[tuple[int, int]]:
    """From where to where each goes. Commas part them, but where semicolons do; `Doe, Jane` alone is one."""
    if _SURNAME_FIRST.match(text, start, stop):
        yield start, stop
        return
    signs = _SEMICOLON if text.find(";", start, stop) >= 0 else _COMMA
    for sign in signs.finditer(text, start, stop):
        yield start, sign.start()
        start = sign.end()
    yield start, stop


def before_address(text: str, end: int) -> Iterable[Finding]:
    """`Jane Doe <jane@example.com>`, also surname first."""
    open_ = max(text.rfind("<", max(0, end - 70), end), text.rfind("(", max(0, end - 70), end))
    if open_ < 0:
        return ()
    first = max(0, open_ - MAX_NAME)
    last = first + len(text[first:open_].rstrip(" \"'("))
    start = name_before(text, after_last(_PARTING, text, first, last), last)
    if text[start - 2 : start] == ", ":
        surname = name_before(text, first, start - 2)
        start = surname if surname < start - 2 and text[surname - 1 : surname] in ('"', "'", "") else start
    start = title_at(text, start, last)
    name = text[start:last]
    if start == last or is_thing(name) or (parts(name) < 2 and text[open_] == "("):
        return ()
    if _is_office(text, open_ + 1, name):
        return ()  # `Blue Harbor <no-reply@…>`
    return named(text, start, last, 0.9, "before an address for e-mail")


def _to_office(text: str, start: int, stop: int, last: int) -> bool:
    at = max(text.find("<", stop, last), text.find("(", stop, last)) + 1
    return at > 0 and _is_office(text, at, text[start:stop])


def _is_office(text: str, at: int, name: str) -> bool:
    """Whether the address there is no person's: it says so, or its domain alone is called as the name is."""
    if _OFFICES.match(text, at):
        return True
    address = _DOMAIN.match(text, at)
    bare = "".join(filter(str.isalnum, name.lower()))
    if address is None or len(bare) < 6 or bare not in address.group(2).lower().replace("-", "").replace(".", ""):
        return False
    return not any(len(word) > 1 and word in address.group(1).lower() for word in name.lower().split())


def beside_address(text: str, end: int) -> Iterable[Finding]:
    """`("Jane Doe", "jane@example.com")`, `Jane Doe,jane@example.com`, `[Jane Doe](mailto:…)`."""
    piece = text[max(0, end - MAX_NAME - 72) : end]
    match = _BESIDE.search(piece)
    if match is None:
        return ()
    last = end - len(piece) + match.start()
    found = _ending(text, last, 0.8, "beside an address for e-mail")
    return found or cells_of_name(text, end - len(piece), last)


def card(text: str, end: int) -> Iterable[Finding]:
    """`FN:Jane Doe` of a vCard, `ATTENDEE;CN=Jane Doe:mailto:…` of a calendar."""
    start = title_at(text, end, end + REACH)
    stop = name_at(text, start, end + MAX_NAME)
    if stop == start or is_thing(text[start:stop]) or text[stop : stop + 1] not in _ENDS_OF_CARDS:
        return ()
    return named(text, start, stop, 0.9, "in a card or a calendar")


def before_birth(text: str, end: int) -> Iterable[Finding]:
    """`Jane Doe, born 1984`; `Jane Doe, CEO`."""
    piece = text[max(0, end - 40) : end]
    match = _BORN.search(piece)
    if match is None:
        return ()
    return _ending(text, end - len(piece) + match.start(), 0.8, "before a date of birth or an age")


def speaker(text: str, end: int) -> Iterable[Finding]:
    """`[10:15] Jane: hi`: who says something in a chat; what logs write after a time has no such name."""
    stop = end - 2
    first = max(0, stop - 48)
    clocks = list(_CLOCK.finditer(text[first:stop]))
    if not clocks:
        return ()
    clock = clocks[-1]
    start = first + clock.end()
    bracketed = clock.group(1).strip() != ""
    name = text[start:stop]
    if name_at(text, start, stop) != stop or is_thing(name) or name.isupper() or not 1 <= parts(name) <= 5:
        return ()
    if parts(name) == 1 and not bracketed:
        return ()
    return named(text, start, stop, 0.75, "speaks in a chat")


def before_role(text: str, end: int) -> Iterable[Finding]:
    """`Jane Doe ("the Tenant")`; `Jane Doe, +44 …`."""
    piece = text[max(0, end - 48) : end]
    match = _TO_ROLE.search(piece)
    if match is None:
        return ()
    last = end - len(piece) + match.start()
    return _ending(text, last, 0.75, "before what is said of people only") if _cased(text, last) else ()


def before_number(text: str, end: int) -> Iterable[Finding]:
    """`Jane Doe | 602-555-1334`, `("Jane Doe", "076 555 27 36")`: in the cell before a telephone number."""
    number = _NUMBER.match(text, end - 1) or _TWO_GROUPS.match(text, end - 1)
    if number is None or sum(map(str.isdigit, number.group())) not in _DIGITS:
        return ()
    start = max(0, end - 24)
    match = _TO_NUMBER.search(text[start:end])
    if match is None:
        return ()
    last = start + match.start()
    return _ending(text, last, 0.75, "in the cell before a telephone number") if _cased(text, last) else ()


def attribute(text: str, end: int) -> Iterable[Finding]:
    """`name="Jane Doe"` in a line of a log or of code, where people's data is."""
    start = end - 1
    stop = text.find(text[start - 1], start, start + MAX_NAME)
    if stop < 0 or not _is_personal(text[max(0, start - REACH) : start + REACH]):
        return ()
    span = whole_name(text, start, stop)
    return named(text, *span, 0.75, "beside people's data, called a name") if span is not None else ()


def _cased(text: str, last: int) -> bool:
    """Whether the word that ends there is in a script with capitals: in others, a label looks like a name."""
    return text[last - 1 : last].lower() != text[last - 1 : last].upper()


def after_address(text: str, end: int) -> Iterable[Finding]:
    """`jane@example.com (Jane Doe)`, `jane@example.com, Jane Doe`."""
    start = title_at(text, end - 1, end + REACH)
    stop = name_at(text, start, start + MAX_NAME)
    name = text[start:stop]
    if not 2 <= parts(name) <= 4 or is_thing(name) or not _CLOSED.match(text, stop):
        return ()
    return named(text, start, stop, 0.75, "after an address for e-mail")


def before_form(text: str, end: int) -> Iterable[Finding]:
    """`Murat Bey`: a form of address that follows the name."""
    last = text.rfind(" ", max(0, end - 12), end)
    start = name_before(text, max(0, last - 40), last)
    name = text[start:last]
    return () if start == last or is_thing(name) else named(text, start, last, 0.75, "before a form of address")


def _ending(text: str, last: int, confidence: float, reason: str) -> tuple[Finding, ...]:
    """First and last name, if they end here and nothing else is in their line or cell."""
    first = max(0, last - MAX_NAME)
    start = name_before(text, after_last(ENDING, text, first, last), last)
    start = title_at(text, start, last)
    first_word, _, others = text[start:last].partition(" ")
    if first_word.lower() in _SAID_OF and parts(others) >= 2:
        start += len(first_word) + 1
    name = text[start:last]
    if start == last or is_thing(name) or not 2 <= parts(name) <= 4:
        return ()
    return named(text, start, last, confidence, reason)


def cells_of_name(text: str, first: int, last: int) -> tuple[Finding, ...]:
    """First and last name in cells of their own: `Jane,Doe,jane@example.com`, `('Jane', 'Doe', 'jane@…')`."""
    match = _TWO_CELLS.search(text[first:last])
    if match is None:
        return ()
    spans = [(first + match.start(cell), first + match.end(cell)) for cell in (1, 2)]
    if any(name_at(text, start, stop) != stop or is_thing(text[start:stop]) for start, stop in spans):
        return ()
    return tuple(f for start, stop in spans for f in named(text, start, stop, 0.75, "in a cell before an address"))
