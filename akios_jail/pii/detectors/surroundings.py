"""What stands around a candidate: whether it is a part of something longer, and whether words announce it.

A value of a contextual kind (a passport number, a date of birth) has no form of its own that would prove it. Words do:
`Announcement` holds them, as a trigger for the engine and as a check of what lies between the words and the value:
little, and nothing that would start another thought.
"""

from __future__ import annotations

import re
from functools import cached_property

from akios_jail.pii.detectors.phrases import InAnyCase, branched, choices
from akios_jail.pii.view import View

#: How far before a value the words that announce it may begin.
WINDOW = 72
#: How many characters may lie between the words and the first digit of the value.
GAP = 40

#: A letter that a word of those goes on with: of `numéro`, `num` alone is no word.
_SMALL = "[a-z\u00df-\u024f]"
#: Words that may stand between an announcement and its value.
_FILLERS = (
    r"s[oố]|seri|numbers?|nbr|no|nos|nr|nrs|nro|num|n[uú]m|nummer|nummeret|numret|num[eé]ros?|n[uú]meros?|numero|numer|nomor|"
    r"n[o°º]|n(?![uúº])|code|card|"
    r"is|was|are|were|be|as|of|the|a|an|and|or|my|our|your|his|her|their|its|for|this|that|on|file|following|value|"
    r"ist|war|lautet|und|oder|der|die|das|des|von|vom|f[uü]r|mein|meine|deine|ihre|seine|am|im|ist|"
    r"est|le|la|les|du|de|des|mon|ma|mes|votre|sa|son|et|ou|"
    r"es|el|los|las|del|mi|su|tu|y|o|con|il|lo|di|del|della|mio|mia|suo|sua|e|do|da|dos|meu|minha|seu|com|"
    r"het|een|van|mijn|uw|zijn|haar|en|of|jest|moj|to|i|w|[aä]r|och|mitt|din|er|og|min|on|ja|"
    r"numbered|again|br|s|reads|shows|mine|son|daughter|wife|husband|child|mother|father|mom|mum|dad|sohns?|tochter|frau|"
    r"mannes|fils|fille|hij[oa]|figli[oa]"
)

#: Words that say that a number is something else than personal.
_OTHER_THINGS = (
    "orders?|invoices?|tickets?|cases?|tracking|parts?|models?|serials?|ref(?:erence)?|sku|items?|batch|lot|build|"
    "version|revision|commit|asset|product|article|shipment|parcel|isbn|imei|iccid|transactions?|txn|trace|request|job|"
    "bestell(?:ung|nummer)|rechnung|auftrag|commande|facture|pedido|factura|ordine|fattura|fatura|zamówienie|"
    "po|rma|upc|ean|gtin|issn|doi|pmid|vin|epoch|timestamp|ts"
)
_OTHERWISE = InAnyCase(
    rf"(?:\b(?:{branched(choices(_OTHER_THINGS))})\b"
    r"(?>(?:[^a-z0-9]|(?<![a-z])(?:numbers?|no|nr|num|id|ids|code|is|was|the|n[o°º]|s)(?![a-z]))*)|#|"
    r"(?:单号|订单|流水号|交易号|訂單|注文番号|受付番号|伝票番号|주문번호|운송장)[号號: ]{0,3})$"
)


class Announcement:
    """Words that announce a value, in the languages in which people write it.

    Each of `words` is a pattern in the syntax that RE2 and Python share, without optional parts at its end; what it
    matches counts where it neither begins nor ends within a word, in scripts that have blanks between words (an ending
    such as "-nummer" is part of it). `fillers` are further words that may follow them. `endings` are patterns of words
    in which longer words may end: `Gehaltskonto`.
    """

    def __init__(self, *words: str, fillers: str = "", endings: str = "") -> None:
        words = tuple(map(_as_texts_have_it, words))
        self._words = words
        self._endings = [f"(?:{endings})"] * bool(endings)
        self._fillers = _as_texts_have_it(fillers)
        #: Ends where the words end, once a place. Short words are not looked for within others: those are many.
        self.trigger = "(?i)" + "|".join(
            rf"\b{word}\b" if _is_short(word) else word for word in words if not _has_another(word, words)
        )
        if endings:
            self.trigger += f"|(?:{endings})\\b"

    # Built when a trigger was found: all of them together take a third of a second, and most are never needed.

    @cached_property
    def _tail(self) -> re.Pattern[str]:
        """For text in small letters."""
        return re.compile(self._written)

    @cached_property
    def _tail_in_any_case(self) -> re.Pattern[str]:
        """For text in which a letter becomes another one, or two, when it is made small."""
        return re.compile(self._written, re.IGNORECASE)

    @property
    def _written(self) -> str:
        between = branched(dict.fromkeys(choices(f"{self._fillers}|{_FILLERS}".lower())))
        spaced = branched(word.lower() for word in self._words if _is_spaced(word))
        others = "|".join(word for word in self._words if not _is_spaced(word))
        gap = rf"(?P<gap>(?>(?:{_REMARK}|(?<!{_SMALL})(?:{between})(?!{_SMALL})|[^a-z0-9])*))\Z"
        heads = [rf"(?<![^\W_])(?:{spaced}){_ENDING}(?![^\W\d_])"] * bool(spaced)
        heads += [f"(?:{others})"] * bool(others)
        heads += [rf"{endings}{_ENDING}(?![^\W\d_])" for endings in self._endings]
        return rf"(?:{'|'.join(heads)}){gap}"

    @cached_property
    def _tail_of_ascii(self) -> re.Pattern[str]:
        """The same where nothing but small letters of ASCII stand before: half of the words need not be tried, and the
        others twice as fast."""
        plain = branched(word.lower() for word in self._words if _is_spaced(word) and _may_be_ascii(word))
        fillers = choices(f"{self._fillers}|{_FILLERS}".lower())
        between = branched(dict.fromkeys(word for word in fillers if _may_be_ascii(word)))
        gap = rf"(?P<gap>(?>(?:{_REMARK}|(?<!{_SMALL})(?:{between})(?!{_SMALL})|[^a-z0-9])*))\Z"
        heads = [rf"(?<![^\W_])(?:{plain})", *self._endings]
        return re.compile(rf"(?:{'|'.join(heads)}){_ENDING}(?![^\W\d_]){gap}")

    def ends(self, context: str) -> bool:
        """Whether the words stand at the end of a context, or may do so, with nothing else after them."""
        return len(context) > WINDOW - 24 or self.leads_to(View("", context), 0)

    def leads_to(self, view: View, start: int) -> bool:
        """Whether the words stand before `start` with nothing between that starts another thought."""
        before = view.before(start, WINDOW)
        if before.isascii():
            match = self._tail_of_ascii.search(before.lower())
        elif _CHANGES.search(before) is None:
            match = self._tail.search(before.lower())
        else:
            match = self._tail_in_any_case.search(before)
        if match is None or _BEYOND.search(match["gap"]) is not None:
            return False
        line = match["gap"].partition("\n")
        if not line[1] or line[0].rstrip()[-1:] in (":", "?", "\uff1a"):
            return True
        head = before[: match.start()].rpartition("\n")[2]  # the value is on another line: is this a row of names?
        return _COLUMNS.search(head) is None


#: What Germanic and Finno-Ugric languages write in one with a word.
_ENDING = r"(?>(?:s?n[uú]mmer(?:et|n|s)?|s?n[uú]mer|s?-?nr|numero|n?umber|sz[aá]m[a]?|kort)?)"
#: Letters of which another spelling is the same letter, and not only the small one.
_CHANGES = re.compile("[\u0130\u0131\u017f\u1e9e\u212a\u03a3\u03c2]")
#: What is added in brackets: whose, of which country, of which kind.
_REMARK = r"\((?>[^()0-9\n]{1,32})\)"
#: A value that was found already and put out of sight, and words behind it, in a script that parts no words by blanks.
_BEYOND = re.compile("\ue000[^\ue000]*[\u2e80-\ud7ff][^\ue000]*\\Z")
#: What stands between names of columns.
_COLUMNS = re.compile(r"[;|\t,]")


def _as_texts_have_it(word: str) -> str:
    """The pattern in folded characters: of Indian and Thai scripts the marks above and below are gone."""
    return word if word.isascii() or "\\" in word else View(word).folded


def _may_be_ascii(word: str) -> bool:
    """Whether ASCII can match the word: its other characters are choices beside ASCII ones, as in `[eé]`."""
    return _CHOICE.sub("", word).isascii()


_CHOICE = re.compile(r"\[[^\]]*[!-~][^\]]*\]")


def _is_spaced(word: str) -> bool:
    """Whether the script has small letters: those write blanks between words."""
    first = next((char for char in word if char.isalpha()), "a")
    return first.lower() != first.upper()


def _is_short(word: str) -> bool:
    return len(word) < 7 and word.isascii() and word[0].isalnum() and word[-1].isalnum()


def _has_another(word: str, words: tuple[str, ...]) -> bool:
    """Whether wherever `word` is, another of the words is, too: then it is no trigger of its own."""
    return any(other in word and other != word and not _is_short(other) and other.isalpha() for other in words)


def digit_after(view: View, end: int) -> int:
    """Where the first digit stands that comes soon after `end`; -1 if none does."""
    match = _TO_DIGIT.match(view.folded, end)
    return match.end() if match is not None else -1


_TO_DIGIT = re.compile(rf"[^0-9]{{0,{GAP}}}+(?=[0-9])")


def otherwise(view: View, start: int) -> bool:
    """Whether the words right before `start` say that what begins there is an order number or the like."""
    return _OTHERWISE.search(view.before(start, 48)) is not None


def stands_alone(view: View, start: int, end: int) -> bool:
    """Whether the characters around do not make `start` to `end` a part of a longer word, number, path or version."""
    text = view.folded
    if start > 0:
        before = text[start - 1]
        if before.isascii() and (before.isalnum() or before == "_"):
            return False
        if (
            before in "-./+:"
            and start > 1
            and text[start - 2].isascii()
            and text[start - 2].isalnum()
            and before != ":"
            and not (before == "." and _NO.search(text, max(0, start - 4), start))
        ):
            return False
    if end < len(text):
        after = text[end]
        if after.isascii() and (after.isalnum() or after == "_"):
            return False
        if after in "-./+" and end + 1 < len(text) and text[end + 1].isascii() and text[end + 1].isalnum():
            return False
    return True


#: `No.4711`, written without a blank.
_NO = re.compile(r"(?<![A-Za-z])n[or]\.\Z", re.IGNORECASE)


def digits_of(text: str) -> str:
    """The ASCII digits of a text."""
    return _NO_DIGITS.sub("", text)


_NO_DIGITS = re.compile("[^0-9]+")
