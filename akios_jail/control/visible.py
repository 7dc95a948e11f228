"""Text of agents and models as a person can trust their eyes with it: nothing hidden, reordered or disguised.

Whatever is not plainly readable becomes `\\u{…}` with its code point: control characters, characters without a width,
marks that turn the direction of writing, unusual spaces, combining marks, compatibility forms such as full-width
digits, and letters of another script that pass for Latin ones. The form with braces occurs in no JSON, so that what is
escaped here cannot be confused with what the text itself says.
"""

from __future__ import annotations

import re
import unicodedata

#: Letters of Cyrillic, Greek and Armenian that look like Latin ones in common fonts.
_PASSES_FOR_LATIN = frozenset(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u0432\u043d\u043a\u043c\u0442"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423\u0406\u0408\u0405\u04ae\u04c0\u04cf\u0433"
    "\u03bf\u03bd\u03b1\u03c1\u03c4\u03c5\u03b9\u03ba\u03b3\u03c7\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d"
    "\u039f\u03a1\u03a4\u03a5\u03a7\u0561\u0570\u0575\u0578\u057d\u0581\u0585\u054d\u0555"
)
#: Latin letters that pass for others: dotless i, kra, n with an apostrophe, long s.
_ODD_LATIN = frozenset("\u0131\u0138\u0149\u017f")
_SCRIPTS_WITH_LOOKALIKES = ("CYRILLIC", "GREEK", "ARMENIAN")
#: Scripts whose letters are taken for no Latin ones. Hebrew and Arabic only where nothing is reordered by them.
_DISTINCT = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA", "ARABIC", "HEBREW", "DEVANAGARI", "THAI", "GEORGIAN")
_WORD = re.compile(r"[^\W\d_]+")
_PLAIN_SIGNS = frozenset("\u00a1\u00a2\u00a3\u00a5\u00a7\u00ab\u00b0\u00b1\u00b6\u00bb\u00bf\u00d7\u00f7\u20ac")


def visible(text: str) -> str:
    """`text` on one line, printable, with everything else escaped. A backslash is doubled, so that all of it can be
    read back."""
    return visible_json(text.replace("\\", "\\\\"))


def visible_json(text: str) -> str:
    """As `visible`, for text in which backslashes are escapes already: JSON."""
    if text.isascii() and text.isprintable():
        return text
    readable: set[int] = set()
    turned = _reorders(text)
    for word in _WORD.finditer(text):
        if _is_readable(word.group()) and not (turned and any(_is_turned(letter) for letter in word.group())):
            readable.update(range(word.start(), word.end()))
    return "".join(
        character if _is_plain(character) or at in readable else f"\\u{{{ord(character):04x}}}"
        for at, character in enumerate(text)
    )


def _is_plain(character: str) -> bool:
    return (character.isascii() and character.isprintable()) or character in _PLAIN_SIGNS or _is_latin(character)


def _is_latin(character: str) -> bool:
    """A letter of the Latin alphabet, also with an accent of Latin-1 or Latin Extended-A."""
    if character.isascii():
        return character.isalpha()
    return "\u00c0" <= character <= "\u017f" and character.isalpha() and character not in _ODD_LATIN


def _is_turned(character: str) -> bool:
    """Whether it is written from the right to the left."""
    return unicodedata.bidirectional(character) in ("R", "AL")


def _reorders(text: str) -> bool:
    """Whether a terminal that knows of directions would show parts of the text in another order: numbers that stand
    with words from the right to the left change places, and so do two such words with something between them."""
    turned = [at for at, character in enumerate(text) if _is_turned(character)]
    if not turned:
        return False
    between = text[turned[0] : turned[-1] + 1]
    return any(character.isdigit() for character in text) or not all(
        character == " " or _is_turned(character) for character in between
    )


def _is_readable(word: str) -> bool:
    """Whether a run of letters is plainly of one script, and not one that poses as Latin."""
    if any(_is_latin(character) for character in word):
        return False  # its Latin letters are shown in any case; what is mixed in is not
    if unicodedata.normalize("NFKC", word) != word:
        return False
    scripts = {unicodedata.name(character, "").partition(" ")[0].partition("-")[0] for character in word}
    if scripts <= set(_DISTINCT):
        return True
    if len(scripts) != 1 or scripts.isdisjoint(_SCRIPTS_WITH_LOOKALIKES):
        return False
    return not all(character in _PASSES_FOR_LATIN for character in word)
