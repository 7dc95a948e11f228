"""What stands after a street and before it: parts of the building, codes, towns, countries; and boxes at post offices.

All patterns run over windows of bounded length.
"""

# ruff: noqa: RUF001  (words in Greek and Cyrillic have letters that look like others)
from __future__ import annotations

from akios_jail.pii.detectors import street_words
from akios_jail.pii.detectors.phrases import any_of, branched
from akios_jail.pii.detectors.street_forms import BEFORE, CAPITAL, OF, RIGHT_TO_LEFT, STATES, UP
from akios_jail.pii.finding import PHRASES
from akios_jail.pii.lazy_pattern import LazyPattern

_AREAS = branched(sorted(street_words.POSTCODE_AREAS.split(), key=len, reverse=True))
BRITISH = rf"(?:{_AREAS})\d[\dA-HJKMNP-Y]? \d[ABD-HJLNP-UW-Z]{{2}}"
CANADIAN = r"[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d"
#: The look ahead tells most texts that are no code from one.
_CODE = (
    rf"(?=(?:[A-Z]{{1,2}}-?)?\d)(?:{BRITISH}|{CANADIAN}|"
    r"(?:[A-Z]{1,2}-)?\d{5}-\d{3,4}|\d{4}-\d{3}|\d{2}-\d{3}|\d{3} \d{2,3}|"
    r"[A-HJ-NP-Z]\d{4}|\d{4} ?[A-Z]{2}|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]\d{4}[A-Z]{3}|"
    r"(?:[A-Z]{1,2}-)?\d{4,6})(?!\w|-\d)"
)
_CITY = rf"{CAPITAL}(?:[ '-](?:{OF}[ ]?)?{CAPITAL}){{0,3}}"
CITY_STATE_ZIP = LazyPattern(rf"(?<![\w.]){_CITY},? (?:{STATES}),? \d{{5}}(?:-\d{{4}})?(?![\w-])")
CITY_STATE_ZIP_TRIGGER = rf"[a-z.],? {PHRASES}(?:{STATES}),? [0-9]{{5}}\b"
POSTCODE = LazyPattern(rf"(?<![\w-])(?:{BRITISH}|{CANADIAN})(?![\w-])")
#: A British address by its last line: streets there need no word for street.
BRITISH_LINE = LazyPattern(
    rf"{BEFORE}(?:(?i:flat|unit|apartment|house|plot|cottage) (?:\d{{1,4}}[A-Za-z]?, (?=\d))?)?"
    rf"\d{{1,4}}[A-Za-z]?,? {CAPITAL}(?: {CAPITAL}){{0,3}}"
    rf",?\s(?:{_CITY},?\s){{1,2}}[A-Z]{{1,2}}\d[A-Z\d]? \d[A-Z]{{2}}(?!\w)"
)
POSTCODE_TRIGGER = r"\b[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}\b|\b[A-Z][0-9][A-Z] [0-9][A-Z][0-9]\b"
BOX = LazyPattern(
    rf"(?<!\w)(?i:{any_of(street_words.BOXES)})[ :]{{0,2}}(?:n[\u00ba\u00b0]? ?)?\d[\d ]{{0,8}}(?<=\d)(?!\w)"
)
BOX_TRIGGER = rf"(?i)(?:{any_of(street_words.BOXES)})[ :]{{0,2}}(?:n[\x{{ba}}\x{{b0}}]? ?)?[0-9]"

#: What goes on after street and number, each after a comma or a line's end: parts of the building, place, country.
_GAP = r"(?:[ ]?[,;]?[ ]?\r?\n[ \t>|*]{0,8}|[ ]?[,;\u00b7|/-][ ]|,|[ ])"
_FLAT = (
    r"\d{1,2}[\u00ba\u00aa\u00b0] ?(?:izda|izq|dcha|drch|ctro)\.?|"
    r"\d{1,2}\. ?(?:OG|UG|Stock|Etage|Obergeschoss)(?: (?:links|rechts|mitte|li|re)\.?)?|"
    r"(?:EG|DG|Hinterhaus|Vorderhaus)(?: (?:links|rechts|mitte))?|esq\. [A-Z]\w+|"
    r"# ?\d{1,5}[A-Z]?|\d{1,2}(?:[\u00ba\u00aa\u00b0] ?)?[A-Za-z]|\d{1,2}[\u00ba\u00aa\u00b0]"
)
_UNIT = rf"(?:(?i:{any_of(street_words.UNITS)})\.?[ ]?#?\d[\w-]{{0,5}}|{_FLAT})(?!\w)"
_PLACE = (
    rf"(?:{_CITY}(?: ?[-/] ?| )[A-Z]{{2}}, ?\d{{5}}-\d{{3}}(?!\w)|"
    rf"(?:Τ\.Κ\. ?|C\.? ?P\.? ?)?{_CODE}[ ,]{{1,2}}{_CITY}(?: \([A-Z]{{2}}\)| \d{{1,2}}(?!\w))?|"
    rf"{_CITY}(?: \([^()\n]{{2,24}}\)| - [A-Z]{{2}},?| -|,)?[ ](?:(?:{STATES})[ ,]{{1,2}})?{_CODE}|"
    rf"{_CITY}, (?:{STATES})\b|{_CODE})"
)
_TOWN = rf"(?:{_CITY}|{RIGHT_TO_LEFT})"
_QUARTER = rf"(?:{_CITY}(?=,[ ]?(?:{_CODE}|{CAPITAL})|\r?\n[ \t>|*]{{0,8}}{_CODE}))"
#: Words that go on with a sentence after a town, and after few names of people.
_GOES_ON = "by|until|till|before|today|tomorrow|please|asap|bitte|bis|ab|avant|antes|entro|voor"
REST = LazyPattern(
    rf"(?:{_GAP}{_UNIT}){{0,3}}(?P<place>(?:{_GAP}{_QUARTER}){{0,2}}{_GAP}{_PLACE}(?:{_GAP}{_CODE})?)?"
    rf"(?(place)|(?:(?:[,\u060c] {_TOWN}(?: \d{{1,2}}(?!\d))?){{1,2}}(?= ?(?:[.,;)\"'<|\r\n]|\Z)| (?:{_GOES_ON})\b))?)"
    rf"(?:{_GAP}(?:{any_of(street_words.COUNTRIES)})(?!\w))?"
)
#: What may stand before the street: a part of the building, or the place where it comes first.
LEAD = LazyPattern(
    r"(?=[A-Z(\dfuasnlг\u0410-\u042f])(?:(?:(?=[FUASNLfuasnl])"
    r"(?i:flat|unit|apt|apartment|suite|no|số|lot|shop|level)\.? ?#?\d{1,5}[A-Za-z]?[,/]? ?)|"
    r"\(\d{5}\) ?|(?:Số|No\.?|Nr\.?) |"
    rf"(?:\d{{5,6}}, ?)?(?:[\u0410-\u042f][\u0430-\u044f-]+ (?:обл|край|респ)\.?, ?)?(?:г\. ?){_CITY},?\s|"
    rf"\d{{5,6}}, ?{_CITY},?\s|{_CODE} {_CITY},?\s|{_CITY} \d{{4}},?\s)\Z"
)
#: The postcode of an address that begins with its city.
LEADING_CODE = LazyPattern(r"(?:〒?\d{3}-\d{4}|(?<![\d-])\d{3,6}) ?\Z")

#: What ends an address: a postcode before its town, or after it.
_CODE_FIRST = (
    r"(?:[A-Z]{1,2}-)?(?:[0-9]{3} [0-9]{2}|[0-9]{2}-[0-9]{3}|[0-9]{4}-[0-9]{3}|[0-9]{4,6}|[0-9]{3}|[A-HJ-NP-Z][0-9]{4})"
)
CODE_TOWN_TRIGGER = (
    rf"[^\s][ ]?(?:,|\n| -|"
    rf" \.)[ \t>|]{{0,4}}{_CODE_FIRST} (?:[A-Z]{{2}},? )?[A-Z'\x{{c0}}-\x{{24f}}\x{{370}}-\x{{4ff}}]"
)
CODE_TOWN = LazyPattern(
    rf"(?<![\w-]){_CODE_FIRST}(?<!\d\d\d\d \d\d)(?: ?[A-Z]{{2}})?,? "
    rf"['\u2019]?(?:s-)?(?:{OF} |St\. )?[{UP}][^\s\d,;.()<>|\"]{{1,28}}"
    rf"(?:[ -](?:(?:{OF}|nad|pod|na|pri|an|bei|ob|sur|sous|upon|cedex|"
    rf"CEDEX) )?(?:[{UP}0-9]|\([{UP}][^\s()]{{1,24}}\))[^\s,;.<>|\"()]{{0,24}}){{0,3}}"
)
TOWN_CODE_TRIGGER = (
    r"(?:,|\n|"
    r" -) ?[^\s,\d\x{61}-\x{7a}][^,\d\n]+[^\s,\d],?(?: ?- ?|"
    r" )(?:PIN:? )?"
    r"(?:[A-Z]{1,2}-)?(?:[0-9]{3} [0-9]{2,3}|[0-9]{4,7})\b"
)
TOWN_CODE = LazyPattern(
    r"(?<![^\W\d_])[^\W\d_a-z][^\s,\d;:<>|\"]{1,28}(?:[ -][^\s,\d;:<>|\"-][^\s,\d;:<>|\"]{0,24}){0,3},?(?: ?- ?|"
    r" )(?:PIN:? )?"
    r"(?:[A-Z]{1,2}-)?(?:\d{3} \d{2,3}|\d{5} ?\d{2}|\d{4,6})(?![\w-]|[.,:/]\d)"
)
FEW_HOUSES_TRIGGER = (
    r"\b[AC-FHKNPRTV-Y][0-9][0-9W] ?[0-9AC-FHKNPRTV-Y]{4}\b|\b(?:LV|LT|MD|AZ|AD|HR|SI|SE|DK|NO|FI|EE)-[0-9]{4,5}\b|"
    r"\b(?:APO|FPO|DPO),? A[AEP] [0-9]{5}|\bSingapore [0-9]{6}\b|\b[A-HJ-NP-Z][0-9]{4}[A-Z]{3}\b|\bAZ[0-9]{4}\b"
)
FEW_HOUSES = LazyPattern(
    r"(?<![\w-])(?:[AC-FHKNPRTV-Y]\d[\dW] ?(?=[A-Z\d]{0,3}\d)[\dAC-FHKNPRTV-Y]{4}|(?:LV|LT|MD|AZ|AD|HR|SI|SE|DK|"
    r"NO|FI|EE)-\d{4,5}|"
    r"(?:APO|FPO|DPO),? A[AEP] \d{5}(?:-\d{4})?|Singapore \d{6}|[A-HJ-NP-Z]\d{4}[A-Z]{3}|AZ\d{4})(?![\w-])"
)
#: A postcode of six digits before a region or a town, in Cyrillic letters; over bytes, of which those have two.
CODE_REGION_TRIGGER = r"(?#bytes)\b[0-9]{6}, ?[\xd0-\xd2][\x80-\xbf]"
CODE_REGION = LazyPattern(r"(?<![\w-])\d{6}, ?[\u0400-\u04ff][^,;\d\n\t|\"]{1,40}(?=,)")
#: Words that streets, quarters and boxes are called by where they have no number of their own.
WORDS_TRIGGER = rf"(?:{any_of(street_words.ANCHORS)}|\b(?:Street|Road|House) [0-9]{{1,4}}(?:-?[A-Z])?,)"
