"""Names of people, where something beside them says that they are: no list of names, no guessing.

What says so: a salutation, the closing of a letter, "my name is", a title, a line of a header, an address for e-mail
after it, the time before a line of a chat, words such as "spoke with" and "patient". In several languages and scripts;
`name_words` holds the words, `name_grammar` says how far a name goes.

Confidence: before an address for e-mail 0.9; in a salutation or closing, after a title or "my name is" 0.85; in a
header 0.8; in a chat 0.75; after a word such as "patient" 0.65.
"""

# ruff: noqa: RUF001  (words in Turkish have letters that look like others)
from __future__ import annotations

from collections.abc import Callable, Iterable

from akios_jail.pii.detectors import name_words, names_announced, names_in_blocks, names_in_lines, names_in_talk
from akios_jail.pii.detectors.phrases import any_of, edged
from akios_jail.pii.finding import Finding, View


def _salutations() -> str:
    """A blank follows, but in scripts that have none."""
    phrases = name_words.SALUTATIONS.split(",")
    unspaced = [phrase for phrase in phrases if phrase.strip()[0] > "\u2e7f"]
    spaced = [phrase for phrase in phrases if phrase not in unspaced]
    return rf"(?i:{edged(','.join(spaced))})[ ,:\n]{{1,2}}|(?:{any_of(','.join(unspaced))})[ ,:]{{0,2}}"


_Names = Callable[[str, int], Iterable[Finding]]
#: A letter that may begin a name: a capital, or one of a script that has none.
_UP = r"[A-Z\x{80}-\x{10ffff}]"
_WORD = r"[^\s\d:;,.<>{}()\[\]\"#*/=|]{1,24}"
_CLOCK = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?[AaPp]\.?[Mm]\.?)?"
#: What says that there is a name, and who looks for it then.
_SIGNS: tuple[tuple[str, _Names], ...] = (
    (_salutations(), names_announced.salutation),
    (rf"(?i){edged(name_words.CLOSINGS)}[ ,.!:-]{{0,3}}\r?\n", names_announced.closing),
    (rf"(?i:{edged(name_words.CLOSINGS)})[,!] {{1,2}}(?:i\. ?[AV]\. )?{_UP}", names_in_blocks.signed_in_line),
    (rf"(?i:{any_of(name_words.SELF)})[ :]{{0,2}}", names_announced.said),
    (rf"(?i:{edged(name_words.SELF_FULL)}),?[ :]{{1,2}}{_UP}", names_announced.spoken_of),
    (rf"(?i:{edged(name_words.RELATED)}),? {_UP}", names_announced.related),
    (rf"(?:{any_of(name_words.HEADERS)}) ?:[ ]", names_in_lines.header),
    (rf"(?:{any_of(name_words.HEADERS)}) ?:\r?\n[ \t]{{0,8}}(?:[-*.]|[0-9]{{1,2}}[.)])[ ]", names_in_blocks.listed),
    (r"[^\s<>@]\"? (?:\(<|[<(])[^\s<>@()]{1,64}@", names_in_lines.before_address),
    (rf"{edged(name_words.TITLES)}\.? ", names_announced.titled),
    (r"[0-9]:[0-9]{2}(?: ?[AaPp]\.?[Mm]\.?)?[\])]?,? (?:- )?[^\s\d\[(<{:][^\n:]{0,40}: ", names_in_lines.speaker),
    (rf"(?:^|\n){_UP}{_WORD}(?: {_WORD}){{0,2}}: [^\s]", names_in_talk.speaker_of_turns),
    (rf"(?:^|\n)<{_UP}[^\n<>/=\"]{{1,30}}> [^\s<]", names_in_talk.angled),
    (
        rf"[^\s\d:](?: {{1,3}}|, |\t| - )[\[(]?(?:(?i:today|yesterday)(?: at)? )?{_CLOCK}[\])]?\r?\n",
        names_in_talk.stamped,
    ),
    (rf"[0-9]:[0-9]{{2}}\] {_UP}[^\n:]{{2,40}}\n", names_in_talk.after_clock),
    (rf"[^\s\d:;,] (?:{any_of(name_words.WROTE)})", names_in_talk.before_verb),
    (rf"(?:schrieb|skrev|schreef|escribió|kirjoitti|scriveva) {_UP}", names_in_talk.after_verb),
    (r"\n<v(?:\.[a-z]{1,12})? ", names_in_talk.voice),
    (rf"(?:{any_of(name_words.SUFFIXES)})", names_announced.suffixed),
    (
        r"[^\s\d,;|\t<>@][\"']?(?:, ?|; ?|: |\t| \| | - | \[|\]?\()[\"']?[^\s<>@(),;\"'|]{1,64}@",
        names_in_lines.beside_address,
    ),
    (rf"@[A-Za-z0-9.-]{{3,60}}\.[a-z]{{2,8}}>?[,;:]? \(?{_UP}", names_in_lines.after_address),
    (rf"[^\s\d],? \(?(?:{any_of(name_words.BORN)})\b", names_in_lines.before_birth),
    (
        rf"[^\s\d],? \([\"']?(?i:the |hereinafter |nachstehend |)[\"']?(?i:{any_of(name_words.ROLES)})\b",
        names_in_lines.before_role,
    ),
    (r"[a-z\x{80}-\x{10ffff}][,:;]? (?:[(|-] ?)?\+[0-9]", names_in_lines.before_role),
    (r"[^\s\d] (?:Bey|Hanım|bey|hanım|úr|Úr|úrnak|asszony)\b", names_in_lines.before_form),
    (r"(?:;CN=|\bFN:|\bFN;[A-Z0-9=-]{1,40}:)\"?", names_in_lines.card),
    (r"(?:^|\n)N(?:;[A-Z0-9=-]{1,40})?:[^\n;:]{0,40};", names_in_blocks.card_parts),
    (rf"\b(?:cn|displayName|gecos)[=:] ?{_UP}", names_in_blocks.of_account),
    (r":[0-9]{1,7}:[0-9]{1,7}:[A-Z]", names_in_blocks.of_account),
    (r"[A-Z]/[A-Z]{2,24}(?: [A-Z]{1,20})? ?(?:MR|MRS|MS|MISS|MSTR|DR)\b", names_in_blocks.passenger),
    (
        (
            r"[^\s:;,!?<>(){}=]\r?\n[ \t>|]{0,4}(?:(?i:tel|phone|ph|mob|mobile|cell|e-?mail|fax|t|m|p|e|"
            r"d)[.:]{1,2} ?[^\s]|"
            r"\+[0-9]|[^\s@<>:;,()\[\]{}\"'=]{1,64}@[a-zA-Z0-9-]{1,40}\.)"
        ),
        names_in_blocks.above_contact,
    ),
    (rf"\n(?:-- ?\r?\n|\r?\n(?:--?|~) ?){_UP}", names_in_blocks.signed),
    (
        rf"(?:^|\n)[ \t*#|>]{{0,4}}(?i:{any_of(name_words.LABELS)})\*{{0,2}}[ ]?\r?\n[ *]{{0,3}}{_UP}",
        names_in_blocks.below_label,
    ),
    (rf"(?:{any_of(name_words.EAST_ASIAN)})", names_announced.in_east_asia),
    (r"(?:と申します|でございます)", names_announced.introduced),
)


class PersonName:
    """The name follows the sign, or precedes it: the address, the form of address, the date of birth."""

    kind = "person_name"
    triggers = tuple(pattern for pattern, _ in _SIGNS)

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        return _SIGNS[trigger][1](view.folded, end)
