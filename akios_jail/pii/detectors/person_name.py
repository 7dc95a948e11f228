"""Names of people, where something beside them says that they are: no list of names, no guessing.

What says so: a salutation, the closing of a letter, "my name is", a title, a line of a header, an address for e-mail
after it, the time before a line of a chat, words such as "spoke with" and "patient". In several languages and scripts;
`name_words` holds the words, `name_grammar` says how far a name goes.

Confidence: before an address for e-mail 0.9; in a salutation or closing, after a title or "my name is" 0.85; in a
header 0.8; in a chat 0.75; after a word such as "patient" 0.65.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from akios_jail.pii.detectors import name_words, names_announced, names_in_lines
from akios_jail.pii.detectors.phrases import any_of, edged
from akios_jail.pii.finding import Finding, View


def _salutations() -> str:
    """A blank follows, but in scripts that have none."""
    phrases = name_words.SALUTATIONS.split(",")
    unspaced = [phrase for phrase in phrases if phrase.strip()[0] > "\u2e7f"]
    spaced = [phrase for phrase in phrases if phrase not in unspaced]
    return rf"{edged(','.join(spaced))}[ ,:\n]{{1,2}}|(?:{any_of(','.join(unspaced))})[ ,:]{{0,2}}"


_Names = Callable[[str, int], Iterable[Finding]]
#: What says that there is a name, and who looks for it then.
_SIGNS: tuple[tuple[str, _Names], ...] = (
    (_salutations(), names_announced.salutation),
    (rf"(?i){edged(name_words.CLOSINGS)}[ ,.!:-]{{0,3}}\n", names_announced.closing),
    (rf"(?i)(?:{any_of(name_words.SELF)})[ :]{{0,2}}", names_announced.said),
    (rf"(?i){edged(name_words.SELF_FULL)}[ :]{{1,2}}", names_announced.spoken_of),
    (rf"(?:{any_of(name_words.HEADERS)}):[ ]", names_in_lines.header),
    (r"[^\s<>@]\"? [<(][^\s<>@()]{1,64}@", names_in_lines.before_address),
    (rf"{edged(name_words.TITLES)}\.? ", names_announced.titled),
    (r"[0-9]:[0-9]{2}(?: ?[AaPp]\.?[Mm]\.?)?[\])]?,? (?:- )?[^\s\d\[(<{:][^\n:]{0,40}: ", names_in_lines.speaker),
    (rf"(?:{any_of(name_words.SUFFIXES)})", names_announced.suffixed),
    (r"[^\s\d,;|\t<>@][\"']?(?:, ?|; ?|\t| \| | - |\]?\()[\"']?[^\s<>@(),;\"'|]{1,64}@", names_in_lines.beside_address),
    (rf"[^\s\d],? \(?(?:{any_of(name_words.BORN)})\b", names_in_lines.before_birth),
    (r"(?:;CN=|\bFN:|\bFN;[A-Z0-9=-]{1,40}:)\"?", names_in_lines.card),
)


class PersonName:
    """The name follows the sign, or precedes it: the address, the form of address, the date of birth."""

    kind = "person_name"
    triggers = tuple(pattern for pattern, _ in _SIGNS)

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        return _SIGNS[trigger][1](view.folded, end)
