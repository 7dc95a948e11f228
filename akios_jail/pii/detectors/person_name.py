"""Names of people, where something beside them says that they are: no list of names, no guessing.

What says so: a salutation, the closing of a letter, "my name is", a title, a line of a header, an address for e-mail
after it, the time before a line of a chat, words such as "spoke with" and "patient". In several languages and scripts;
`name_words` holds the words, `name_grammar` says how far a name goes.

Confidence: before an address for e-mail 0.9; in a salutation or closing, after a title or "my name is" 0.85; in a
header 0.8; in a chat 0.75; after a word such as "patient" 0.65.
"""

# ruff: noqa: RUF001  (words in Turkish have letters that look like others)
from __future__ import annotations

import re
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from akios_jail.pii.detectors import (
    letter_words,
    name_announcers,
    name_labels,
    name_words,
    names_announced,
    names_in_blocks,
    names_in_columns,
    names_in_lines,
    names_in_records,
    names_in_talk,
    names_labelled,
)
from akios_jail.pii.detectors.name_signs import UP, Names, literally, signs
from akios_jail.pii.detectors.names_in_talk import OfTurns, Turns
from akios_jail.pii.detectors.phrases import any_of, phrases_of
from akios_jail.pii.finding import BYTES, Finding, View


def _closed(text: str, end: int) -> Iterable[Finding]:
    """After the closing of a letter, on the next line or in its own."""
    if text[end - 1] == "\n":
        return names_announced.closing(text, end)
    name = _IN_LINE.match(text, end)
    return () if name is None else names_in_blocks.signed_in_line(text, name.end())


def _headed(text: str, end: int) -> Iterable[Finding]:
    """After a word for people and a colon, in its line or in a list below."""
    if text[end : end + 1] == " ":
        return names_in_lines.header(text, end + 1)
    item = _ITEM.match(text, end)
    return () if item is None else names_in_blocks.listed(text, item.end())


def _labelled(text: str, end: int) -> Iterable[Finding]:
    """After a word for people, or in a cell below one."""
    found = names_labelled.after_label(text, end)
    return names_in_columns.between_bars(text, end) if not found and "|" in text[end - 5 : end] else found


_IN_LINE = re.compile(r" ?(?:[iI]\. ?[AaVv]\. )?[A-Z\x80-\U0010ffff]")
_ITEM = re.compile(r"\r?\n[ \t]{0,8}(?:[-*.]|[0-9]{1,2}[.)])[ ]")
_WORD = r"[^\s\d:;,.<>{}()\[\]\"#*/=|]{1,24}"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?[AaPp]\.?[Mm]\.?)?"
_UNSPACED = [phrase for phrase in phrases_of(letter_words.SALUTATIONS) if phrase[0] > "\u2e7f"]
_SPACED = [phrase for phrase in phrases_of(letter_words.SALUTATIONS) if phrase[0] <= "\u2e7f"]
#: What says that there is a name, and who looks for it then.
_SIGNS: tuple[tuple[str, Names], ...] = (
    *signs(",".join(_SPACED), r"[ ,:\n]", names_announced.salutation),
    (literally(_UNSPACED), names_announced.salutation),
    *signs(
        letter_words.CLOSINGS, r"(?: (?:aus|from|fra|uit) [A-Z][a-z]{2,16})?(?:(?:[ ,.!:-]|،){0,3}\r?\n|[,!] )", _closed
    ),
    *signs(name_words.SELF, "", names_announced.said, edge=""),
    *signs(name_words.SELF_FULL, rf",?[ :]{{1,2}}[\"']?{UP}", names_announced.spoken_of),
    *signs(name_announcers.ANNOUNCERS, rf",?:?[ ]{{1,2}}[\"']?{UP}", names_announced.spoken_of),
    *signs(name_words.RELATED, rf",? {UP}", names_announced.related),
    (literally(f"{header}{colon}" for header in phrases_of(name_words.HEADERS) for colon in (":", " :")), _headed),
    (names_labelled.SIGN, _labelled),
    (names_labelled.SIGN_OF_EAST_ASIA, names_labelled.after_label),
    *signs(name_labels.OF_PEOPLE, rf":?\*{{0,2}} ?\r?\n[ \t*]{{0,12}}{UP}", names_labelled.below_label),
    (r"[^\s<>@]\"? (?:\(<|[<(])[^\s<>@()]{1,64}@", names_in_lines.before_address),
    *signs(name_words.TITLES, r"\.? ", names_announced.titled, cased=True),
    *signs("D., M.", " ", names_announced.titled, cased=True, edge=r"\b"),
    (
        r"[0-9]:[0-9]{2}(?: ?[AaPp]\.?[Mm]\.?)?(?:, ?[0-9./-]{6,10})?[\])]?,? (?:[-.|] )?[^\s\d\[(<{:|][^\n:]{0,40}: ",
        names_in_lines.speaker,
    ),
    (rf"(?:^|\n){UP}{_WORD}(?: {_WORD}){{0,2}}(?: \([^()\n:]{{1,24}}\))?: [^\s]", names_in_talk.speaker_of_turns),
    (rf"(?:^|\n)(?:[*-] |\*\*){UP}[^\n:>|*]{{1,40}}(?:\*\*:|:(?:\*\*)?) [^\s]", names_in_talk.marked),
    (rf"[0-9]:[0-9]{{2}}Z? (?:- |From )?{UP}[^\n:>|*]{{1,40}}[:>] [^\s]", names_in_talk.marked),
    (rf"(?:^|\n){UP}[^\n:>|*]{{1,30}}(?:>| \|) [^\s]|\n{UP}[^\n:>|*\d]{{1,30}}:\r?\n[^\s]", names_in_talk.marked),
    (rf"\n(?i:{names_in_talk.ROLES})[ (]{{1,2}}{UP}[^\n:]{{1,30}}: [^\s]", names_in_talk.marked),
    (rf"[0-9]:[0-9]{{2}}[\])]? <{UP}[^\n<>/=\"]{{1,30}}> [^\s<]", names_in_talk.angled_after_clock),
    (rf"[0-9]:[0-9]{{2}}[^\n]{{0,6}} - {UP}[^\n:]{{2,40}} (?:added|removed|left|joined|created) ", names_in_talk.acts),
    (rf"[.!?)] ?\r?\n(?:\r?\n|> ?)/?{UP}", names_in_blocks.ends_letter),
    (rf"_{{4}} ?\r?\n[ \t]{{0,8}}\(?{UP}", names_in_blocks.below_label),
    (rf"\b(?i:name)=[\"']{UP}", names_in_lines.attribute),
    (
        rf"(?:^|\n){UP}[^\n:<>\d]{{1,40}}(?:, | [-.|] | )(?:[0-9./-]{{6,10}},? )?{_CLOCK}(?::? [^\s]|\r?\n)",
        names_in_talk.timed_turn,
    ),
    (rf"(?:^|\n)<{UP}[^\n<>/=\"]{{1,30}}> [^\s<]", names_in_talk.angled),
    (
        rf"[^\s\d:](?: {{1,3}}|, |\t| [-.|] )[\[(]?(?:(?i:today|yesterday)(?: at)? )?{_CLOCK}[\])]?\r?\n",
        names_in_talk.stamped,
    ),
    (
        (
            r"(?: \([0-9]{1,2}[:.][0-9]{2}(?::[0-9]{2})?(?: ?[AaPp]\.?[Mm]\.?)?\): | (?:kl\.?|klo) [0-9]{1,2}[:.]"
            r"[0-9]{2}: |,? \[(?:[0-9./-]{6,10},? )?[0-9]{1,2}[:.][0-9]{2}(?::[0-9]{2})?"
            r"(?: ?[AaPp]\.?[Mm]\.?)?\]:?[ \r\n])"
        ),
        names_in_talk.timed_turn,
    ),
    (r"[0-9]:[0-9]{2}\t[^\t\n]{1,30}\t", names_in_talk.in_tabs),
    (
        rf"[0-9]:[0-9]{{2}}(?: ?[AaPp]\.?[Mm]\.?)?(?:, ?[0-9./-]{{6,10}})?[\])]?:? (?:[-.|] )?{UP}[^\n:]{{1,40}}\n",
        names_in_talk.after_clock,
    ),
    *signs(name_words.WROTE, "", names_in_talk.before_verb, cased=True, edge=" "),
    (rf"(?:schrieb|skrev|schreef|escribió|kirjoitti|scriveva) {UP}", names_in_talk.after_verb),
    (r"\n<v(?:\.[a-z]{1,12})? ", names_in_talk.voice),
    (literally(phrases_of(name_words.SUFFIXES)), names_announced.suffixed),
    (
        r"[^\s\d,;|\t<>@][\"']?(?:, ?|; ?|: |\t| \| | - | \[|\]?\()[\"']?[^\s<>@(),;\"'|]{1,64}@",
        names_in_lines.beside_address,
    ),
    (rf"@[A-Za-z0-9.-]{{3,60}}\.[a-z]{{2,8}}>?[,;:]? \(?{UP}", names_in_lines.after_address),
    *signs(name_words.BORN, r"\b", names_in_lines.before_birth, cased=True, edge=r" \(?"),
    (
        rf"[^\s\d],? \([\"']?(?i:the |hereinafter |nachstehend |)[\"']?(?i:{any_of(name_words.ROLES)})\b",
        names_in_lines.before_role,
    ),
    (
        r"[a-z\x{80}-\x{10ffff}](?:[,:;]| [./|]| (?:on|at|p.|unter|au|al))? (?:[(|-] ?)?\+[0-9]",
        names_in_lines.before_role,
    ),
    (
        (
            rf"{BYTES}(?:(?i:passenger|pax|traveller|traveler|guest|name|boarding pass)[:=]? {{1,4}}|"
            rf"\b[0-9]{{1,2}}\.(?:[0-9] ?)?|(?:^|\n))"
            r"(?:[A-Z]|[\xc3-\xc5][\x80-\xbf]){2,31}/(?:[A-Z]|[\xc3-\xc5][\x80-\xbf]){2}"
        ),
        names_in_records.passenger_named,
    ),
    (rf"{BYTES}[A-Z][A-Z\x80-\xbf]/[A-Z\xc3-\xc5][A-Z\x80-\xbf]", names_in_records.flying),
    (rf"\|{UP}[^|^\n]{{1,40}}\^{UP}", names_in_records.in_message),
    (rf"\"(?:family|given|text)\" ?: ?\[?\"{UP}", names_in_records.human_name),
    (
        (
            r"(?i:<(?:td|th|b|strong|dt|span|label)>[^<>\n]{2,32}:?</(?:td|th|b|strong|dt|span|label)>)"
            rf":? {{0,4}}(?:<(?:td|dd|span)>)?{UP}"
        ),
        names_in_records.in_markup,
    ),
    (
        rf"(?i:\buser(?:name)?|customer|client|patient|member|employee)(?:=| )['\"]?{UP}[^\n=]{{3,50}}['\"\]]",
        names_in_records.user,
    ),
    (rf"(?i:first|last|given|family|full)_?(?i:name)\([\"']{UP}", names_in_records.setter),
    (rf"'name' => ['\"]{UP}", names_in_records.setter),
    (rf"[0-9]{{4}}(?:, exp [0-9]{{2}}/[0-9]{{2}},)? {UP}", names_in_records.after_card),
    (r"\nSent from my", names_in_records.above_line),
    (rf"\bI, {UP}", names_in_records.between_commas),
    (
        rf"(?i:undersigned|soussigné|soussignée|unterzeichnete|unterzeichner|sottoscritto|abajo firmante),? {UP}",
        names_in_records.between_commas,
    ),
    (r"[^\s\d] (?:Bey|Hanım|bey|hanım|úr|Úr|úrnak|asszony)\b", names_in_lines.before_form),
    (r"(?:;CN=|\bFN:|\bFN;[A-Z0-9=-]{1,40}:)\"?", names_in_lines.card),
    (r"(?:^|\n)N(?:;[A-Z0-9=-]{1,40})?:[^\n;:]{0,40};", names_in_blocks.card_parts),
    (rf"\b(?:cn|displayName|gecos)[=:] ?{UP}", names_in_blocks.of_account),
    (r":[0-9]{1,7}:[0-9]{1,7}:[A-Z]", names_in_blocks.of_account),
    (
        (
            rf"{BYTES}[A-Z\x80-\xbf]/[A-Z'\x80-\xff-]{{2,40}}(?: [A-Z\x80-\xff]{{1,32}})? {{0,3}}"
            r"(?:MR|MRS|MS|MISS|MSTR|DR|PP|PPT|PASSPORT|DOB)\b"
        ),
        names_in_blocks.passenger,
    ),
    (
        (
            r"[a-z\x{80}-\x{10ffff}](?: {0,12}\| {0,2}|\", ?\"|', ?'| [./-] |, (?:tel\.? )?| \(|"
            r" (?:on|at|p.|unter|au|al) )[(0-9]"
        ),
        names_in_lines.before_number,
    ),
    (
        (
            r"[^\s:;,!?<>(){}=]\r?\n[ \t>|]{0,4}(?:(?i:tel|t.l|tlf|phone|ph|mob|mobile|mobil|m.vil|cel|celular|cell|"
            r"gsm|handy|puh|whatsapp|telefon|telefono|e-?mail|fax|t|m|p|e|d)[.:]{1,2} ?[^\s]|"
            r"\+[0-9]|[^\s@<>:;,()\[\]{}\"'=]{1,64}@[a-zA-Z0-9-]{1,40}\.)"
        ),
        names_in_blocks.above_contact,
    ),
    (rf"(?:^|\n)(?:-- ?\r?\n|\r?\n(?:--?|~) ?){UP}", names_in_blocks.signed),
    (
        (
            rf"(?:^|\n)[ \t*#|>]{{0,4}}(?i:{any_of(name_words.LABELS)})(?: ?\([^()\n]{{2,30}}\))?\*{{0,2}}[ ]?"
            rf"\r?\n[ *]{{0,3}}{UP}"
        ),
        names_in_blocks.below_label,
    ),
    (
        (
            rf"(?i:name|naam|nom|nombre|nome|namn|navn|heißen Sie|heißt du)\?[\"']?\r?\n[ >*]{{0,4}}"
            rf"(?:[A-Z][A-Za-z]{{0,9}}[:.] )?{UP}"
        ),
        names_announced.answered,
    ),
    *signs(name_words.IN_THE_NAME_OF, rf"[ :]{{1,2}}{UP}", names_labelled.in_the_name_of),
    (literally(phrases_of(name_words.EAST_ASIAN)), names_announced.in_east_asia),
    (literally(("と申します", "でございます")), names_announced.introduced),
)


class PersonName:
    """The name follows the sign, or precedes it: the address, the form of address, the date of birth."""

    kind = "person_name"
    triggers = tuple(pattern for pattern, _ in _SIGNS)

    def __init__(self) -> None:
        self._turns: WeakKeyDictionary[View, Turns] = WeakKeyDictionary()  # of texts that are being looked through

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        names = _SIGNS[trigger][1]
        if not isinstance(names, OfTurns):
            return names(view.folded, end)
        turns = self._turns.get(view)
        if turns is None:
            turns = self._turns[view] = Turns(view.folded)
        return names.among(turns, end)
