"""Where a number stands that is grouped as telephone numbers are at home, and as much else is.

`731 450 958` is a telephone number in Brno and an amount in a table. What tells is its place: a line of its own under
or
over a text, as in a signature; a string of its own in quotation marks; nearly all that somebody said in a chat. Eleven
digits that begin as mobile numbers do in China count among Chinese characters, unless these call them something else.
"""

from __future__ import annotations

import re

from akios_jail.pii.detectors.name_grammar import is_thing, name_at
from akios_jail.pii.view import View

#: Three groups of three; pairs; three, two, three; two, four, four; an area and a stroke; Italy's mobiles.
GROUPED = (
    r"\b(?:[2-9][0-9]{2}([ .-])[0-9]{3}[ .-][0-9]{3}|[2-9][0-9](?: [0-9]{2}){3}|[49][0-9]{2} [0-9]{2} [0-9]{3}|"
    r"[1-9][0-9] [0-9]{4} [0-9]{4}|0[2-9][0-9]{2,4}/[0-9]{4,5}|3[2-9][0-9] [0-9]{6,7})\b"
)
#: Groups that are written so in fewer countries, and as much else in all: four and four, two and six, three and four.
PLAIN = (
    r"\b(?:[2-9][0-9]{3}[ -][0-9]{4}|[1-9][0-9] [0-9]{3} [0-9]{3,4}|[1-9][0-9]{2} [0-9]{3} [0-9]{4}|"
    r"[2-9][0-9]{2}[ -][0-9]{4}|[1-9][0-9] [0-9]{6}|[2-9][0-9]{2} [0-9]{2} [0-9]{2}(?: [0-9]{2})?|"
    r"0[1-9] [0-9]{3} [0-9]{3})\b"
)
ITALIAN = re.compile(r"3[2-9][0-9] [0-9]{6,7}")
#: Mobile numbers in China.
CHINESE = r"\b1[3-9][0-9]{9}\b"
#: Digits without a sign: a trunk 0 and nine or ten, eight, or ten as in North America.
MOBILE = r"\b(?:0[1-9][0-9]{8,9}|[2-9][0-9]{7}|[2-9][0-9]{2}[2-9][0-9]{6})\b"
#: A number that is one without doubt, in the cell beside.
_SURE = r"(?:\+[0-9][0-9 -]{7,18}|\(0?[0-9]{2,4}\) ?[0-9 -]{5,12}|0[1-9][0-9]{1,3}[/ -]{1,3}[0-9][0-9 -]{4,11})"
_CELL_BEFORE, _CELL_AFTER = re.compile(rf"(?<![^\n;|\t]){_SURE}[;|\t]\Z"), re.compile(rf"[;|\t]{_SURE}(?![^\n;|\t])")

_ALONE_BEFORE = re.compile(r"(?:\A|\n)[ \t]*\Z")
_ALONE_AFTER = re.compile(r"[ \t\r]*(?:\n|\Z)")
_BLANK_BEFORE = re.compile(r"(?:\A|\n[ \t\r]*\n)[ \t]*\Z")
_BLANK_AFTER = re.compile(r"[ \t\r]*(?:\n[ \t\r]*(?:\n|\Z)|\Z)")
#: An address of mail is all of the line above or of the one below.
_MAIL_BEFORE = re.compile(r"(?:\A|\n|[^\s@]{36})[^\s@]{1,64}@[^\s@]{3,64}\n[ \t]*\Z")
_MAIL_AFTER = re.compile(r"[ \t\r]*\n[^\s@]{1,64}@[^\s@]{3,64}")
_LINE_OF_NUMBERS = re.compile(r"[-\d \t.,/:%€$£]+")
#: The time of a message and who wrote it, then a short word at most.
_IN_CHAT = re.compile(
    r"[0-9]{1,2}[:.][0-9]{2}(?:[^\n]{0,48}?[:>\-\]] ?(?:[^\W\d]{1,8}[,:]? ){0,2}|"
    r"[^\n]{0,8}\n[^\n]{0,56}(?<!\w)(?:na|to|on|at|an|auf|unter|sur|au|al|a|no|ao|para|op|til|p\u00e5|"
    r"\u043d\u0430) )\Z"
)
#: Somebody's name is all that stands before the number on its line.
_NAMED = re.compile(
    r"(?:\A|\n)[ \t*-]*(?:[0-9]{1,2}[.)] )?"
    r"(?P<name>[^\W\d_][^\W\d_.'\u2019-]*(?: [^\W\d_][^\W\d_.'\u2019-]*){1,3})"
    r"(?: ?[-,(:] ?| {2,8}|\t)\Z"
)
#: A word for calling somebody or for their number, and whose it is: `numer do cioci 600 823 894`.
_SPOKEN_OF = re.compile(
    r"(?<![^\W_])(?:tel|telefon[oue]?|t[eé]l[eé]phone|tel[eé]fono|phone|mobil|mobile|m[oó]vil|cell?|kom[oó]rka|numer|kontakt|"
    r"contact|contacto|nummer|n[uú]mero|num[eé]ro|number(?! of)|call|ring|llam\w{1,4}|avis\w{1,4}|appel\w{1,4}|"
    r"pr[eé]ven\w{1,4}|dzwo\w{1,6}|vol(?:at|ejte)|zavol\w{1,5}|chiam\w{1,5}|avvis\w{1,5}|lig(?:ar|ue|a)|bel|bellen|tlf|soita|puh)"
    r"[ .:](?!\d)[^\n\d;|]{0,36}[ :(]\Z",
    re.IGNORECASE,
)
_CLOSED = re.compile(r"[),.;]*(?:\s|\Z)(?! ?\d)")
TO_THE_END = re.compile(r"\)?[.,;]?[ \t\r]*(?:\n|\Z)")
_WIDE = re.compile(r"[\u3400-\u9fff]")
_NUMBERED = re.compile(
    r"(?:单|订|編|编|流水|交易|合同|学|工|卡|账|帐|户|證|"
    r"证|票|案|型|货|貨|批|序列|受付|注文|伝票|会員)[号號]?[码碼]?[号號]?[:\uff1a ]{0,2}\Z"
)


def tells(view: View, start: int, end: int, plain: bool = False) -> bool:
    """Whether the place of these groups makes them a telephone number; `plain` groups are less sure of it."""
    before, after = view.folded[max(0, start - 72) : start], view.folded[end : end + 72]
    quote = before[-1:]
    if quote in ("'", '"') and after.startswith(quote) and not plain:
        return True
    if not plain and _CLOSED.match(after) is not None and _SPOKEN_OF.search(before) is not None:
        return True
    if _CELL_BEFORE.search(before) is not None or _CELL_AFTER.match(after) is not None:
        return not plain
    if TO_THE_END.match(after) is not None and _is_of_somebody(before):
        return True
    if _ALONE_AFTER.match(after) is None:
        return False
    if _IN_CHAT.search(before) is not None:
        return True
    if _ALONE_BEFORE.search(before) is None:
        return False
    if _MAIL_BEFORE.search(before) is not None or _MAIL_AFTER.match(after) is not None:
        return True
    apart = _BLANK_BEFORE.search(before) is not None or _BLANK_AFTER.match(after) is not None
    return apart and not _among_numbers(before, after)


def _is_of_somebody(before: str) -> bool:
    named = _NAMED.search(before)
    if named is None:
        return False
    name = named["name"]
    return name_at(name, 0, len(name)) == len(name) and not is_thing(name)


def under_a_line(view: View, start: int, end: int) -> bool:
    """Whether this is a line of its own beside an address of mail, or, if it has a trunk 0, under a line of words and
    not in a column of figures."""
    before, after = view.folded[max(0, start - 72) : start], view.folded[end : end + 72]
    if _ALONE_AFTER.match(after) is None or _ALONE_BEFORE.search(before) is None:
        return False
    if _MAIL_BEFORE.search(before) is not None or _MAIL_AFTER.match(after) is not None:
        return True
    if view.folded[start] != "0":
        return False
    above = before.rstrip(" \t\r\n").rpartition("\n")[2]
    words = sum(map(str.isalpha, above)) >= 6 and ":" not in above[-3:]
    return words and not _among_numbers(before, after)


def _among_numbers(before: str, after: str) -> bool:
    """Whether the line above or the one below is of figures, too: a column of them."""
    above = before.rstrip(" \t\r\n").rpartition("\n")[2]
    below = after.lstrip(" \t\r\n").partition("\n")[0]
    return _LINE_OF_NUMBERS.fullmatch(above) is not None or _LINE_OF_NUMBERS.fullmatch(below) is not None


def among_chinese(view: View, start: int, end: int) -> bool:
    """Whether Chinese characters stand close by that do not call it an order's or somebody's number."""
    before, after = view.folded[max(0, start - 24) : start], view.folded[end : end + 12]
    if _NUMBERED.search(before) is not None:
        return False
    return _WIDE.search(before) is not None or _WIDE.search(after) is not None
