"""Numbers that stand further from the word that announces them, or before it.

"Her passport was issued 12 May 2021 in Lagos and has the number …", "… is my passport number", "mon passeport porte le
numéro …": between the word and the number lie words that no list could hold. So here nothing is asked of them but that
the last ones name no other thing (an order, a telephone, a flight); more is asked of the number instead. Letters and
digits in one, in a form of the kind, are enough; digits alone need a word for "number" before them.

`Afar` holds stems, because languages bend their words: what a word goes on with behind a stem is part of it.
"""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from akios_jail.pii.detectors.phrases import branched, choices, escaped
from akios_jail.pii.finding import PHRASES
from akios_jail.pii.lazy_pattern import LazyPattern
from akios_jail.pii.view import View

#: How far behind the word a number may end, and before it begin.
_AHEAD, _BEHIND = 130, 96
#: A shorter stem counts only where a word begins.
_LONG_STEM = 7

#: Words for "number", in the letters that texts have, before their number.
_NUMBER_WORDS = (
    r"numbers?|num|no|nos|nr|nrs|nro|nbr|n[°ºo]\.?|nummer[a-z]*|num[eé]ros?|n[uú]m(?:eros?)?\.?|numer(?:em|u|y|ami)?|"
    r"nombor|nomor|nommer|s[ée]rie|seri[ae]?|series|n[uú]mer[a-zð]*|numur[a-zļ]*|numer(?:is|į|io)|numbri?|numara\w*|"
    r"numrit?|nömr\w+|raqam\w*|sz[aá]m\w*|broj\w*|[cč][ií]sl\w+|[cč]\.|[sš]t(?:evilk\w+|\.)|zenbaki\w*|rhif|uimhir\w*|"
    r"номер\w*|ном\.|нөмір\w*|нумар\w*|број\w*|дугаар\w*|рақам\w*|αριθμ\w*|αρ\.|№|#|"
    r"(?:doc(?:ument)?|id)[a-z _-]{0,10}(?:no|num|nr|number)?|dokumentennummer|reads|lautet|"
    r"record|file|chart|karta|kartot\w+|karte[ls]?\w*|id|ид|аккаунт|код|"
    r"số|mã|no\.|namba\w*|nambari\w*|inombolo|lambar|nọmba"
)
_UNSPACED = (
    "番号|号码|號碼|编号|編號|号|號|번호|رقم|شماره|نمبر|מספר|מס'|नंबर|नम्बर|संख्या|क्रमांक|नं|নম্বর|নং|எண்|నంబర్|నెంబర్|"
    "ID|アイディー|आईडी|আইডি|아이디|코드|ಸಂಖ್ಯೆ|നമ്പർ|નંબર|ਨੰਬਰ|අංකය|หมายเลข|เลขที่|เลข|លេខ|ເລກ|နံပါတ်|ቁጥር|ნომერ|համար|№|#"
)
#: Words whose numbers are of other things, if they are the last before a number.
_ELSE = (
    "order|invoice|ticket|tracking|parcel|shipment|booking|reservation|pnr|flight|locator|reference|ref|case|claim|"
    "receipt|transaction|payment|account|acct|iban|card|phone|telephone|tel|mobile|mob|cell|fax|whatsapp|call|ring|"
    "bill|beds?|visa|room|seat|gate|floor|form|version|build|release|model|serial|sku|part|item|batch|lot|vin|plate|registration|"
    "reg|vat|tax|company|zip|postcode|policy|pin|code|password|token|hash|commit|issue|port|isbn|ext|extension|"
    "application|appointment|petition|fee|price|cost|total|amount|paid|page|chapter|section|file|photo|"
    "bestell\\w*|rechnung\\w*|auftrag\\w*|ticket\\w*|buchung\\w*|sendung\\w*|telefon\\w*|handy\\w*|mobil\\w*|konto\\w*|"
    "flug\\w*|zimmer|vorgang\\w*|aktenzeichen|kennzeichen|commande|facture|r[ée]servation|vol|dossier|t[ée]l\\w*|portable|"
    "compte|chambre|pedido|factura|reserva|vuelo|tel[ée]fono|m[óo]vil|celular|cuenta|habitaci[óo]n|expediente|ordine|"
    "fattura|prenotazione|volo|cellulare|conto|fatura|voo|conta|telefone|bestelling|factuur|boeking|vlucht|rekening|"
    "zam[óo]wien\\w*|faktur\\w*|rezerwacj\\w*|lot\\w{0,3}|objedn[aá]vk\\w*|zak[aá]zk\\w*|rendel[ée]s\\w*|sz[aá]mla\\w*|"
    "comand\\w*|sipari[şs]\\w*|заказ\\w*|счет\\w*|счёт\\w*|рейс\\w*|брон\\w*|тел\\w*|замовлення|рахун\\w*|παραγγελί\\w*|"
    "tilaus\\w*|best[äa]llning\\w*|bestilling\\w*|pesanan|rekening|订单\\w*|电话|手机|訂單|電話|注文|주문|전화|طلب|هاتف|הזמנה|טלפון"
)
_IN_NUMBER = re.compile(
    rf"(?:(?<![^\W\d_])(?:{_NUMBER_WORDS})(?![^\W\d_])|{View(_UNSPACED).folded}|n[uo]mm?er|n[uú]mer|sz[aá]m)[^\n]{{0,28}}\Z|"
    r"[a-z](?:no|nr|num)\W{0,4}\Z",
    re.IGNORECASE,
)
#: From such a word to the number: signs, words for "number" and a verb.
_IS_ELSE = re.compile(
    rf"(?<![^\W\d_])(?:{branched(choices(_ELSE))})(?:[\W_]|(?<![^\W\d_])(?:{_NUMBER_WORDS}|id|is|was|of|for|the|my)(?![^\W\d_])){{0,8}}\Z",
    re.IGNORECASE,
)
#: A new label, and not one for a number: `, Booking: `.
_LABEL = re.compile(r"(?:[\n,;|.]|\A) ?[\"']?(?P<label>[^\W\d_][\w .]{1,24})[\"']? ?[:=]\W{0,3}\Z")
_OF_ITS_OWN = re.compile(r"(?:one|mine|his|hers|theirs|new|old|it|this|that|and|country|holder|type)\Z", re.IGNORECASE)
#: What makes something else of the word: `passport office`.
_COMPOUND = re.compile(
    r"[ -](?:offices?|photos?|control|fees?|application|renewal|interview|index|power|expiry|check|queue|agency|"
    r"service|plates?|holders in|class|test|exam|points?|centre|center|policy|rules?|system|portal|studio|foto\w*|"
    r"kontroll\w*|amt|behörde|stelle)(?![^\W\d_])",
    re.IGNORECASE,
)
#: Between values of the same kind.
_AND = re.compile(
    r" ?(?:[,;/|&+]|(?:and|or|und|oder|et|ou|y|e|o|i|a|og|och|ja|ve|en|és|și|oraz|и|та|і|και)(?= )|和|と|및)"
    r"(?: (?:and|und|et|y|mine|his|hers|new|old|the|one|is|for)){0,3} ?"
)
_DAY_OF_YEAR = re.compile(r"(?:[0-9]{1,2}[./-]){1,2}(?:19|20)?[0-9]{2}\Z|(?:19|20)[0-9]{2}(?:[./-][0-9]{1,4}){0,2}\Z")
#: Who asks, and behind whom the answer stands.
_ASKS = re.compile(
    r"[?\u061f]|\b(?:please|pls|need|give|send|take|tell|have|bitte|brauche|svp|necesito|favor|preciso|serve|proszę|можно|скажите)\b",
    re.I,
)
_ANSWER = re.compile(r"(?:[^\n:]{1,32}: )?(?:[^\W\d_]{1,8}['’]?[a-z]{0,2}[,.:!]? ){0,4}\Z")
_VERB = r"is|was|=|ist|est|es|è|é|to|jest|är|er|on|je|este|to jest|это|є|dir|ni|yra|ir|adalah|là|是|は|が|은|는|이"
_OWN = (
    "my|the|your|his|her|their|our|old|new|mein|meine|die|der|das|ihr|mon|le|la|son|sa|ton|mi|el|su|il|mio|numero|de|del|"
    "di|do|da|du|o|a|of|for|numéro|número|number|no|nummer|numer|nr|van|mijn|het|mitt|min|mit|mój|moje|moja|mojego|на|мой|"
    "номер|моего|minun|az|en|a|n°|nº|valid|current|british|uk|us|german|french|的|我|我的|の|私|私の|제|내"
)
_TURNED = re.compile(
    rf"(?P<value>[A-Z0-9][A-Z0-9 ./-]{{3,26}}[A-Z0-9])(?:[ \"'”)]{{1,3}}(?:{_VERB})[ ]?(?:(?:{_OWN})[ ]?){{0,5}}|"
    rf" ?[(\[]?(?:[-/,(] ?)(?:(?:{_OWN}|[A-Z][a-z]{{2,12}}) ){{0,3}})\Z",
)
_DIGIT = re.compile("[0-9]")


class Afar:
    """`stems` of the words; `written` is what the numbers look like, as `AnnouncedNumber` has it.

    `fits` tells whether what stands somewhere can be a number of the kind; `least`: how many digits one has that stands
    afar. `numbered`: the stems are words of much else, and a word for "number" must be there.
    """

    def __init__(
        self,
        stems: str,
        written: re.Pattern[str],
        fits: Callable[[View, int, int], bool],
        least: int,
        numbered: bool = False,
    ) -> None:
        folded = {" ".join(View(stem).folded.split()) for stem in stems.split(",")} - {""}
        # Longest first, and in one order in every process: what was compiled is kept under a digest of the pattern.
        pattern = "|".join(map(escaped, sorted(folded, key=lambda stem: (-len(stem), stem))))
        self.trigger = rf"(?i){PHRASES}(?:{pattern})"
        self._stem = LazyPattern(rf"(?:{pattern})\Z", re.IGNORECASE)
        self._written, self._fits, self._least, self._numbered = written, fits, least, numbered

    def spans(self, view: View, end: int) -> Iterator[tuple[int, int]]:
        """From where to where the numbers go of which the stem tells that ends at `end`."""
        text = view.folded
        stem = self._stem.search(text, max(0, end - 48), end)
        if stem is None:
            return
        begin = stem.start()
        if end - begin < _LONG_STEM and begin > 0 and text[begin - 1].isalpha() and text[begin] < "\u0590":
            return
        spaced = text[end - 1] < "\u2e80"
        rest = _REST.match(text, end, end + 12 * spaced).end()  # type: ignore[union-attr]  # it matches nothing, too
        if rest > end and text[end - 2] in " -":
            return  # one letter is a word of its own: `SIM C`
        told = self._numbered and _NUMBER_BEFORE.search(text, max(0, begin - 24), begin) is not None
        ahead = [span for span in self._ahead(view, end, rest, told) if _is_below(text, begin, end, span[0])]
        yield from ahead
        if not ahead and not self._numbered:
            yield from self._turned(view, begin, end)

    def _ahead(self, view: View, stem: int, rest: int, told: bool) -> list[tuple[int, int]]:
        """The first number behind the word, and those that are joined to it. `told`: a word for "number" was before."""
        text = view.folded
        stop = min(len(text), rest + _AHEAD)
        found = _ENDS.search(text, rest, stop)
        stop = found.start() if found is not None else stop
        for match in self._written.finditer(text, rest, stop):
            start, end = match.span()
            if not self._is_number(view, start, end):
                if _COUNTS.fullmatch(match.group()) and not _DAY_OF_YEAR.match(match.group()):
                    return []  # another number stands between
                continue
            gap = text[rest:start]
            numbered = told or _IN_NUMBER.search(text[stem:start]) is not None
            return self._row(view, start, end) if self._leads(gap, match.group(), numbered) else []
        return []

    def _row(self, view: View, start: int, end: int) -> list[tuple[int, int]]:
        found = [(start, end)]
        while len(found) < _MOST_JOINED and (join := _AND.match(view.folded, end)) is not None:
            other = self._written.match(view.folded, join.end())
            if other is None or not self._is_number(view, *other.span()) or not _is_mixed(other.group()):
                break
            if _WORD_AND_NUMBER.match(other.group()) and not _WORD_AND_NUMBER.match(view.folded, start):
                break  # a word of its own before its number: `MRN MR466791, CPT 99214`
            end = other.end()
            found.append(other.span())
        return found

    def _is_number(self, view: View, start: int, end: int) -> bool:
        value = view.folded[start:end]
        return (
            len(_DIGIT.findall(value)) >= self._least
            and _DAY_OF_YEAR.match(value) is None
            and self._fits(view, start, end)
        )

    def _leads(self, gap: str, value: str, numbered: bool) -> bool:
        """Whether what lies between the word and the value leads to it."""
        if "\n\n\n" in gap or _IS_ELSE.search(gap) is not None:
            return False
        if self._numbered and not numbered:
            return False
        label = _LABEL.search(gap)
        if label is not None and not numbered and _OF_ITS_OWN.search(label["label"]) is None:
            return False
        head, line, last = gap.rpartition("\n")
        if line and not numbered and not _answers(head, last):
            return False
        if _is_mixed(value):
            return numbered or _COMPOUND.match(gap) is None
        return _COMPOUND.match(gap) is None and (numbered or len(gap) <= _BRIEF or bool(line))

    def _turned(self, view: View, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """The number right before the word: `… is my passport number`, `… (passport)`."""
        first = max(0, begin - _BEHIND)
        match = _TURNED.search(view.folded, first, begin)
        if match is None:
            return
        for value in self._written.finditer(view.folded, match.start("value"), match.end("value")):
            told = _VERB_THERE.match(view.folded, match.end("value"), begin) is not None
            told = told or (view.char(begin - 1), view.char(end)) == ("(", ")")
            if value.end() == match.end("value") and self._is_number(view, *value.span()):
                before = view.folded[first : value.start()]
                if (told or _is_mixed(value.group())) and _IS_ELSE.search(before) is None:
                    yield value.span()


def _is_below(text: str, begin: int, end: int, start: int) -> bool:
    """Whether the number at `start` stands in the same column as the word, if theirs are lines of cells."""
    if "\n" not in text[end:start]:
        return True
    line = text.rfind("\n", max(0, begin - _AHEAD), begin) + 1
    heading = text[line : text.index("\n", end)]
    sign = next((sign for sign in "|;\t," if sign in heading), None)
    if sign is None:
        return True
    row = text.rfind("\n", end, start) + 1
    return text.count(sign, line, begin) == text.count(sign, row, start)


def _answers(head: str, last: str) -> bool:
    """Whether the last line begins an answer to a question in those before it, or nothing but signs stands between."""
    if head.count("\n") <= _LINES and _ASKS.search(head) is not None and _ANSWER.match(last) is not None:
        return True
    return not any(map(str.isalnum, head + last))


def _is_mixed(value: str) -> bool:
    """Letters and digits in one."""
    return any(map(str.isalpha, value))


#: A value that was found already and put out of sight, and what parts fields in an address of the web.
_ENDS = re.compile("[\ue000&]")
_NUMBER_BEFORE = re.compile(
    rf"(?<![^\W\d_])(?:{_NUMBER_WORDS}|lambar)(?![^\W\d_])\W{{0,2}}(?:[^\W\d_]{{1,11}} ){{0,2}}\Z", re.IGNORECASE
)
_WORD_AND_NUMBER = re.compile("[A-Z]{2,} ")
_REST = re.compile(r"[^\W\d_]*")
_VERB_THERE = re.compile(rf"[ \"'”)]{{0,3}}(?:{_VERB})")
#: A number of its own, that is not of the kind.
_COUNTS = re.compile(r"[0-9 -]{6,}")
_MOST_JOINED = 6
#: So little may lie between the word and digits alone, where no word for "number" does.
_BRIEF = 24
_LINES = 2
