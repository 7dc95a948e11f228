"""How streets, places and codes are written, country by country: the patterns of `street_address`.

All run over windows of bounded length. A form says where the number stands: before the street, after it, or after a
word such as `Calle`; in East Asia the largest unit comes first and the number last.
"""

# ruff: noqa: RUF001  (words in Turkish have letters that look like others)
from __future__ import annotations

from typing import NamedTuple

from akios_jail.pii.detectors import street_words
from akios_jail.pii.detectors.phrases import any_of
from akios_jail.pii.finding import PHRASES
from akios_jail.pii.lazy_pattern import LazyPattern

UP = "A-Z\u00c0-\u00de\u0100-\u024f\u0386-\u03ab\u0400-\u042f"
#: A word with a capital, or an abbreviation that has its own point.
_SHORT = "St|Ste|Sta|Mt|Ft|Dr|Prof|Gen|Gral|Cnel|Pres|Sr|Kpt|Św|św|gen|ks|bł|bp|im"
CAPITAL = rf"(?:(?:(?:[{UP}]\.){{0,3}}[{UP}]|{_SHORT})\.|[{UP}][\w'\u2019-]{{0,24}}+)"
OF = (
    r"(?:de la|de los|de las|de l'|du|des|de|d'|della|del|dei|di|da|dos|das|do|van de|van der|van|von der|von|zur|zum|"
    r"of|the|el|la|les|los|le|cel|cea|es|am|an der|im|in der|y|e|и|a)"
)
#: A name of several words: `de la Paix`, `Martin Luther King`.
_NAME = rf"(?:{OF}[ ]?){{0,2}}{CAPITAL}(?:[ -](?:{OF}[ ]?){{0,2}}{CAPITAL}){{0,4}}"
_NUMBER = (
    r"\d{1,5}(?:[ ]?[A-Za-z](?!\w)(?: \d{1,3}(?![\w.]))?)?(?:[-/](?:\d{1,4}[A-Za-z]?|bis|ter))?(?![\w%\u20ac$]|[.,]\d)"
)
_NO = (
    r"(?:N° ?|№ ?|(?:br|бр)\.? ?|бл\. ?|č\. ?p\. ?|č\. ?ev\. ?|čp\. ?|"
    r"n[\u00ba\u00b0.o]{1,2} ?|[Nn]r\.? ?|N[oO][.:]? ?|# ?|д\. ?|дом ?|буд\. ?)?"
)
_WAYS = r"(?:[NSEW]\.?|North|South|East|West|NW|NE|SW|SE)"
_AT = rf"(?:Am|An der|Auf der|Auf dem|Im|In der|Zum|Zur|Unter den|Hinter der|Alter|Alte|[{UP}][a-zäöüß]{{2,20}}er)"
_TURKISH = r"(?:Cad|Cd|Caddesi|Sok|Sk|Sokak|Sokağı|Mah|Mh|Mahallesi|Bulvarı|Blv|Bulv|küç|Küç)\.?,? (?:No[:.]? ?)?"
_BELGIAN = "rue|avenue|chaussée|boulevard|place|allée|chemin|quai|clos|drève|route|square|sentier|impasse"
_COLOMBIAN = "calle|cll|cl|carrera|cra|kra|crr|kr|cr|diagonal|diag|dg|transversal|transv|trv|tv|avenida|av|ak|ac"
BEFORE = r"(?<![\w.,$\u20ac\u00a3/:-])"
_HAN = "\u4e00-\u9fff"
_CJK = "\u3040-\u30ff\u4e00-\u9fff"

RIGHT_TO_LEFT = r"[\u0590-\u05ff\u0621-\u06ff]{2,16}(?:[ -][\u0590-\u05ff\u0621-\u06ff]{2,16}){0,2}"
_PARTS_OF_TEXTS = (
    "Section|Chapter|Page|Table|Figure|Line|Row|Step|Version|Item|Order|Invoice|Port|Room|Paragraph|Article|Annex|Part|"
    "Volume|Lot|Box|Day|Week|Build|Release|Kapitel|Seite|Tabelle|Abbildung|Artikel|Anlage|Teil|Absatz|Chapitre|Tableau"
)
STATES = "|".join(street_words.STATES.split())


class Way(NamedTuple):
    """One way of writing streets: the `trigger` ends within what `pattern` matches, which begins at most `before`
    characters earlier. The number lies that far before the trigger's end, or `after` it."""

    name: str
    trigger: str
    pattern: LazyPattern
    before: int = 90
    after: int = 0


STREETS = (
    Way(
        "number, name and kind of street",
        rf"(?:[A-Z][A-Za-z.'-]+|[0-9](?:st|nd|rd|th)) {PHRASES}(?:{any_of(street_words.TYPES_AFTER)})\b",
        LazyPattern(
            rf"{BEFORE}\d{{1,6}}(?:[-/]\d{{1,5}})?[A-Za-z]?(?: ?1/2)?,? (?:{_WAYS} )?"
            rf"(?:(?:{CAPITAL}|\d{{1,3}}(?:st|nd|rd|th)|of|the)[ ]){{1,5}}?"
            rf"(?:{any_of(street_words.TYPES_AFTER)})\b\.?(?: (?:{any_of(street_words.TYPES_AFTER)})\b\.?)?"
            rf"(?: {_WAYS}\b)?"
        ),
    ),
    Way(
        "number, name and kind of street, in small letters",
        r"[0-9][a-z]? [a-z]{2,20}(?: [a-z]{2,20})? (?:street|avenue|road|lane|drive|boulevard|blvd)\b",
        LazyPattern(
            rf"{BEFORE}\d{{1,6}}[a-z]? (?:[a-z]{{2,20}} ){{1,2}}(?:street|avenue|road|lane|drive|boulevard|blvd)\b"
        ),
    ),
    Way(
        "street in one word, and number",
        rf"{PHRASES}(?:{any_of(street_words.ENDINGS)}|s gate|s gata)[ ,]{{1,2}}(?:[Nn]r\.? ?)?[0-9]",
        LazyPattern(
            rf"(?<![\w-])(?:{CAPITAL}[ -]){{0,3}}(?:[{UP}][\w'-]{{1,30}}?|[a-zäöüåæø]{{3,30}}?)?"
            rf"(?:(?<=\w\w)|(?<=[ -]))(?i:{any_of(street_words.ENDINGS)}|(?<=s )gat[ea])[ ,]{{1,2}}"
            rf"(?:[Nn]r\.? ?)?{_NUMBER}(?:\. (?:(?:\d{{1,2}}|[IVX]{{1,4}})(?:/\d{{1,3}}|\. ?em\.?(?: ?\d{{1,3}})?)|"
            r"f(?:szt|sz|öldszint)\.?(?: ?\d{1,3})?)\.?)?"
        ),
    ),
    Way(
        "street in one word, in Finnish, and number",
        r"[a-zäöå]{3}(?:tie|rinne|ranta|raitti|polku|kaari) [0-9]",
        LazyPattern(
            r"(?<![\w-])[A-ZÄÖÅ][\w-]{2,28}(?:tie|rinne|ranta|raitti|polku|"
            r"kaari) \d{1,3}[a-z]?(?: [A-Z]\b(?: ?\d{1,3})?)?(?!\w)"
        ),
    ),
    Way(
        "name and number, after a German preposition",
        rf"\b{_AT} [A-Z][^\s0-9]+ [0-9]",
        LazyPattern(rf"\b{_AT} {CAPITAL} \d{{1,3}}[a-z]?(?=[,\n])"),
    ),
    Way(
        "number, kind and name of street",
        rf"[0-9] ?(?:bis|ter|quater|[A-D])?,? {PHRASES}(?i:{any_of(street_words.TYPES_BETWEEN)}) [^\s]",
        LazyPattern(
            rf"{BEFORE}\d{{1,4}}(?:-\d{{1,4}})? ?(?:bis|ter|quater|[A-D](?=[ ,]))?,? "
            rf"(?i:{any_of(street_words.TYPES_BETWEEN)}) {_NAME}"
        ),
    ),
    Way(
        "kind and name of street, and number",
        rf"(?:{any_of(street_words.TYPES_BEFORE)})",
        LazyPattern(
            rf"(?<!\w)(?<!et )(?:{any_of(street_words.TYPES_BEFORE)})[ ]?"
            rf"(?:[\"'\u201e\u201c\u00ab]?{_NAME}[\"'\u201c\u201d\u00bb]?|\d{{1,2}}\.? (?:de )?{CAPITAL}|"
            r"\d{1,3}(?: [A-Z]\b)?)"
            rf"(?: \d{{1,2}}(?= [{UP}]) {CAPITAL})?,? ?"
            rf"(?:{_NO}{_NUMBER}(?: ?- ?\d{{1,3}}(?!\d))?|(?:km \d{{1,4}} ?)?[sS]/[nN](?!\w)|"
            r"(?:Mz|Mza|Manzana)\.? ?\w{1,4},? (?:Lt|Lote|L)\.? ?\d{1,4})"
        ),
        before=16,
        after=64,
    ),
    Way(
        "kind and number of street, and number, as in Colombia",
        rf"\b(?i:{_COLOMBIAN})\.? ?[0-9]{{1,3}} ?[A-Za-z]{{0,5}} ?(?:#|[Nn]o\.?|[Nn]\.?[o°]) ?[0-9]",
        LazyPattern(
            rf"(?<!\w)(?i:{_COLOMBIAN})\.? ?\d{{1,3}} ?[A-Z]?(?: ?(?i:bis|sur|norte|este|oeste))? ?"
            r"(?:#|[Nn]o\.?|[Nn]\.?[o°]) ?\d{1,3} ?[A-Z]?(?: ?(?i:bis|sur|este))? ?- ?\d{1,3}(?!\d)"
        ),
    ),
    Way(
        "kind, name and number, as in Belgium",
        rf"\b(?:{_BELGIAN}) [^\n0-9]+ [0-9]",
        LazyPattern(rf"(?<!\w)(?i:{_BELGIAN}) {_NAME},? {_NUMBER}(?=,? ?(?:bo[iî]te|bte|bus|\n|,|\t|;|\d{{4}} ))"),
    ),
    Way(
        "name and number before postcode and town",
        rf"[^\s0-9]{{2}} [0-9]{{1,4}}(?:/(?:[0-9]{{1,4}}|[A-Z]))?[a-z]?, ?"
        rf"(?:[0-9]{{3}} [0-9]{{2}}|[0-9]{{2}}-[0-9]{{3}}|[0-9]{{5}}) [{UP}]",
        LazyPattern(
            rf"(?<![\w-])(?!(?:{_PARTS_OF_TEXTS})\b){CAPITAL}(?: {CAPITAL}){{0,2}} "
            rf"\d{{1,4}}(?:/(?:\d{{1,4}}|[A-Z]))?[a-z]?"
            rf"(?=, ?(?:\d{{3}} \d{{2}}|\d{{2}}-\d{{3}}|\d{{5}}) [{UP}])"
        ),
    ),
    Way(
        "name and kind of street, and number, in Turkish",
        rf"{_TURKISH}(?:[^\n0-9,]{{3,24}} (?:Apt|Ap|Apartmanı|Sitesi|Sit|Blok)\.? (?:No[:.]? ?)?)?[0-9]",
        LazyPattern(
            rf"(?<!\w)(?:{CAPITAL} ){{1,4}}(?:{_TURKISH}(?:\d{{1,5}}\.?|{CAPITAL}(?: {CAPITAL}){{0,2}}) )?"
            rf"{_TURKISH}(?:(?:{CAPITAL} ){{1,2}}(?:Apt|Ap|Apartmanı|Sitesi|Sit|Blok)\.? (?:No[:.]? ?)?)?{_NUMBER}"
        ),
    ),
    Way(
        "name and short for street, and number, in Hungarian or Lithuanian",
        r"[^\x{1}-\x{60}] (?:u|krt|g|pr|pl|al)\. [0-9]",
        LazyPattern(
            rf"(?<![\w-])(?:{CAPITAL}[ -]){{1,3}}(?:u|krt|g|pr|pl|al)\. {_NUMBER}"
            r"(?:\. (?:\d{1,2}|[IVX]{1,4})(?:/\d{1,3}|\. ?em\.?(?: ?\d{1,3}\.?)?))?(?=\.?,|\.?\s*(?:\n|\Z))"
        ),
    ),
    Way(
        "name and kind of street, and number, in Russian",
        (
            r"(?:пр|ул|пер|наб|бул|проспект|улица|бульвар|переулок|шоссе|набережная|площадь|проезд)\.?,? "
            r"(?:д\. ?|дом )?[0-9]"
        ),
        LazyPattern(
            rf"(?<!\w){CAPITAL}(?: {CAPITAL}){{0,2}} "
            r"(?:пр|ул|пер|наб|бул|проспект|улица|бульвар|переулок|шоссе|набережная|площадь|проезд)\.?,? "
            rf"(?:д\. ?|дом )?{_NUMBER}"
        ),
    ),
    Way(
        "kind and name of street, and number, in Hebrew or Arabic",
        r"(?:רחוב|שדרות|דרך|סמטת|شارع|طريق|جادة) ",
        LazyPattern(
            r"(?:(?:רחוב|שדרות|דרך|סמטת) [\u0590-\u05ff\"' -]{2,40}|(?:شارع|طريق|جادة) [\u0621-\u06ff ]{2,40})"
            r" \d{1,4}(?!\d)"
            rf"(?:[,\u060c] {RIGHT_TO_LEFT}(?: \d{{5,7}})?)?"
        ),
        before=12,
        after=64,
    ),
    Way(
        "street and number, in Chinese",
        r"(?:路|街|道|巷|弄|段|里|胡同|广场|廣場)[中东西南北東]?甲? ?[0-9]{1,5}(?:-[0-9]{1,4})? ?(?:弄|号|號|巷)",
        LazyPattern(
            rf"[{_HAN}]{{2,40}}?(?:路|街|道|巷|弄|段|里|胡同|广场|廣場)[中东西南北東]?甲? ?"
            rf"\d{{1,5}}(?:-\d{{1,4}})? ?(?:[弄号號巷]\d{{0,4}}){{1,4}}"
            rf"(?:[{_HAN}]{{2,8}}\d{{1,3}}期\d{{1,3}}-\d{{1,4}})?"
            rf"(?:[{_HAN}A-Za-z]{{0,10}}?\d{{0,5}}(?:院|楼|樓|室|栋|棟|单元|單元|层|層|座|房|号|號|之\d{{1,3}}|F|幢)){{0,5}}"
            r"(?:(?<=[栋棟幢座楼樓元號号])-?\d{1,4}(?![\d年月日元个個]))?"
        ),
    ),
    Way(
        "district and number, in Japanese",
        rf"[{_CJK}] ?[0-9]{{1,4}}(?:丁目|番|条|-[0-9]{{1,4}})|字[{_CJK}]{{1,8}}[0-9]",
        LazyPattern(
            rf"(?:[{_HAN}]{{2,3}}[都道府県])?(?:[{_CJK}]{{1,6}}?[市区郡町村]){{1,3}}[{_CJK}]{{0,20}}? ?"
            r"(?:(?<=字.)|(?<=字..)|(?<=字...)|(?<=字....)|(?=\d{1,4}(?:丁目|番|号|条|-|の)))"
            r"\d{1,4}(?:丁目|番地?|号|条[東西南北]?|-|の)(?:\d{1,4}(?:丁目|番地?|号室?|-|の)?){0,4}"
            r"(?:[ ]?[\u30a0-\u30ff\u4e00-\u9fff]{2,12}(?: ?\d{1,4}(?:号?室?|階|F))?)?(?: ?\d{1,4}(?:号室|階|F))?"
        ),
    ),
    Way(
        "street and number, in Korean",
        r"(?:로|길|동|가) ?[0-9]{1,4}",
        LazyPattern(
            r"(?:[\uac00-\ud7a3]{1,8}(?:특별시|광역시|특별자치시|특별자치도|도|시|군|구|읍|면) |"
            r"(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주) ){1,4}"
            r"(?:[\uac00-\ud7a3\d]{1,12}(?:대로|로|길)(?: \d{1,3}번?길)?|[\uac00-\ud7a3]{1,6}[동가리](?:\d가)?) ?"
            r"\d{1,4}(?:-\d{1,4})?(?:번지)?(?![\d년월일시분원%])(?:,? ?\d{1,4}동)?(?:,? ?\d{1,4}호)?"
            r"(?: ?\([\uac00-\ud7a3\d, ]{2,20}\))?(?:,? [\uac00-\ud7a3A-Za-z]{2,12})?(?:,? \d{1,4}(?:층|호|동))?"
        ),
    ),
    Way(
        "number and kind of street before state and ZIP code, in any letters",
        rf"[A-Za-z],? (?i:{STATES}),? [0-9]{{5}}\b",
        LazyPattern(
            rf"(?i){BEFORE}\d{{1,6}}[a-z]? (?:(?:[a-z]{{1,20}}|\d{{1,3}}(?:st|nd|rd|th)) ){{1,4}}?"
            rf"(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|way|circle|cir|hwy|pkwy)\b"
            rf"\.?(?:,? (?:apt|unit|ste|suite|lot|fl|#)\.? ?#?\w{{1,5}})?,? (?:[a-z.]{{2,20}} ){{0,2}}[a-z]{{2,20}},? "
            rf"(?:{STATES}),? \d{{5}}(?:-\d{{4}})?(?![\w-])"
        ),
    ),
)
