"""What addresses of the web say of people: who logs in, whose page it is, what a form sent.

In `https://jane:pw@host/users/jane.doe?email=jane%40example.com&name=Jane` these are the user and the password before
the sign, the name after `/users/`, and the values of `email` and `name`. A number after `/users/` is that of a record,
and nobody's without it; after `/patients/` it is found. Which fields of a query are about people, `keys` says, and
`url_fields` for those that only mean something in an address. Users that stand for programs (`git`, `root`) and paths
that are words of the interface (`/users/login`) are nobody.

Confidence: the user before the sign 0.85, the password 0.85; a field of a query 0.85; a name in a path 0.75.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

from akios_jail.pii.detectors.url_fields import FIELD_WORDS, NOBODY, WHOLE_FIELDS, names_somebody
from akios_jail.pii.detectors.url_people import PATIENTS, PEOPLE, is_hyphened_name
from akios_jail.pii.finding import REACH, Finding, View
from akios_jail.pii.values_of_keys import stands_for_nothing

_USERINFO = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{1,20})://(?P<user>[^\s/@:\"'<>]{1,100})(?::(?P<password>[^\s/\"'<>]{0,120}))?@(?=[\w\[])"
)
_FIELD = re.compile(r"[?&;#](?P<name>[\w.%\[\]-]{1,60})=(?P<value>[^&\s\"'<>#;)\]}]{1,200})")
_SEGMENT = re.compile(r"/(?P<value>[\w.@%+~=-]{1,80})(?![\w{}:<])")
#: Words of interfaces, where somebody's id might stand.
_WORDS_OF_PATHS = frozenset(
    [
        "me",
        "self",
        "current",
        "new",
        "edit",
        "create",
        "login",
        "logout",
        "signup",
        "register",
        "search",
        "list",
        "all",
        "index",
        "settings",
        "profile",
        "password",
        "reset",
        "verify",
        "confirm",
        "invite",
        "export",
        "import",
        "admin",
        "count",
        "bulk",
        "batch",
        "active",
        "default",
    ]
)
_DIGITS = re.compile(r"\d")
_VERSION = re.compile(r"v\d+(?:\.\d+)*\Z", re.IGNORECASE)


class UrlUserData:
    """One trigger each for the user before the sign, for a field of a query, for a path."""

    kind = "url_user_data"
    triggers = (
        r"[A-Za-z0-9]://[^\s/@\"'<>]{1,100}@[\w\[]",
        rf"(?i)[?&;#][a-z0-9_.%\[\]-]{{0,24}}(?:{FIELD_WORDS})(?:%5d|\])?=[^&\s\"'<>]",
        rf"(?i)/(?:(?:{PEOPLE})/[a-z0-9._~%+@-]{{2}}|~[a-z][a-z0-9._-]{{2}})",
        rf"(?i)[?&;#](?:{WHOLE_FIELDS})[0-9]?=[^&\s\"'<>]",
        r"(?i)\b(?:linkedin\.com/in/|facebook\.com/|instagram\.com/|twitter\.com/|\bx\.com/|xing\.com/profile/)@?[a-z0-9._]{2}",
    )

    def check(self, view: View, trigger: int, end: int) -> Iterable[Finding]:
        return (_userinfo, _field, _path, _field, _page)[trigger](view.folded, end)


def _userinfo(text: str, end: int) -> Iterable[Finding]:
    place = text.rfind("://", max(0, end - 130), end)
    match = next(iter(_USERINFO.finditer(text, max(0, place - 21), end + 124)), None)
    if match is None or not match.start() < end:
        return
    user, password = match["user"], match["password"]
    if user.lower() in NOBODY and (password or "").lower() in ("", "pass", "password", "secret", "pw", "pwd"):
        return
    if user.lower() not in NOBODY and not stands_for_nothing(user) and "{" not in user and "$" not in user:
        yield _finding(*match.span("user"), user, 0.85, "the user in an address")
    if password and not stands_for_nothing(password) and "{" not in password and password[0] != "$":
        # With a program's account, the two are one key.
        start = match.start("user" if user.lower() in NOBODY else "password")
        yield _finding(start, match.end("password"), password, 0.85, "the password in an address")


def _field(text: str, end: int) -> Iterable[Finding]:
    equals = end - 2
    sign = max(text.rfind(char, max(0, equals - 61), equals) for char in "?&;#")
    match = _FIELD.match(text, sign, end + REACH) if sign >= 0 else None
    if match is None or match.end("name") != equals or not _in_address(text, sign):
        return
    name, value = match["name"], match["value"]
    plain = unquote_plus(value)
    if names_somebody(unquote_plus(name), plain, text[max(0, sign - 80) : sign]):
        yield _finding(*match.span("value"), plain, 0.85, "a field of a query that is about a person")


def _path(text: str, end: int) -> Iterable[Finding]:
    slash = text.rfind("/", max(0, end - 5), end)
    match = _SEGMENT.match(text, slash, end + 90)
    if slash < 0 or match is None or not _in_path(text, slash):
        return
    value = match["value"].rstrip(".")
    plain = unquote_plus(value)
    if len(plain) < 3 or plain.lower() in _WORDS_OF_PATHS or _VERSION.match(plain) or plain.lower() in NOBODY:
        return
    if not (_NAME_IN_PATH.fullmatch(plain) or is_hyphened_name(plain) or _of_patient(text, slash, plain)):
        return  # the number of a record: it is nobody's without the record
    if re.search(r"\.(?:py|js|ts|tsx|jsx|json|html?|php|rb|go|java|md|ya?ml|css|png|svg|txt|csv)\Z", plain):
        return
    yield _finding(match.start("value"), match.start("value") + len(value), plain, 0.75, "whose page it is")


def _page(text: str, end: int) -> Iterable[Finding]:
    """Somebody's page in a network of people: `linkedin.com/in/jane-doe-4821`, `facebook.com/jane.doe.77`."""
    match = _OF_NETWORK.search(text, max(0, end - 40), end + 60)
    if match is None or not match.start() < end <= match.end():
        return
    value = match["value"].rstrip(".-")
    if value.lower() in _WORDS_OF_PATHS or value.lower().endswith(".php"):
        return
    if "linkedin" in match.group().lower() or _NAME_OF_PAGE.fullmatch(value):
        yield _finding(match.start("value"), match.start("value") + len(value), value, 0.75, "whose page it is")


_OF_NETWORK = re.compile(
    r"\b(?:linkedin\.com/in/|facebook\.com/|instagram\.com/|twitter\.com/|x\.com/|xing\.com/profile/)"
    r"@?(?P<value>[A-Za-z0-9._%-]{3,60})(?![\w/])",
    re.IGNORECASE,
)
#: First and last name with a sign between; with no sign it may be a company's.
_NAME_OF_PAGE = re.compile(r"[A-Za-z]{2,20}[._-][A-Za-z]{2,20}(?:[._-]?\d{1,6})?")


#: An address, or a first and a last name with a sign between; nothing of digits alone or of hexadecimal groups.
_NAME_IN_PATH = re.compile(r"[^@/]+@[^@/]+\.[a-zA-Z]{2,}|@?[^\W\d_]{2,}(?:[._][^\W\d_]{2,}){1,2}\d{0,4}|[@~][\w.]{3,}")


def _of_patient(text: str, slash: int, value: str) -> bool:
    """Whether it is a patient's number, which is a record's number, but one that says of somebody to be ill."""
    return PATIENTS.search(text, max(0, slash - 12), slash) is not None and any(map(str.isdigit, value))


def _in_address(text: str, start: int) -> bool:
    """Whether the field belongs to the query of an address: there is a `?` or `#`, and a scheme or a path before it."""
    begin = max(0, start - 200)
    before = text[begin : start + 1]
    if "?" not in before and "#" not in before:
        return False
    blank = _BLANKS.search(before[::-1])
    if blank is not None:
        begin = start + 1 - blank.start()
    end = start + 1
    for sign in _QUERY.finditer(text, begin, end):
        place = sign.start()
        if end - place - 1 <= 190:
            for path in _PATH.finditer(text, begin, place):
                if place - path.end() <= 190:
                    return True
        begin = place + 1
    return False


_BLANKS = re.compile(r"[\s\"'<>]")
_QUERY = re.compile("[?#]")
#: What the host or the path of an address has.
_PATH = re.compile(r"://|(?<![\w<])/|\w\.\w{2,}/")


def _in_path(text: str, slash: int) -> bool:
    """Whether the path is one of an address, or of a request; not of a file."""
    before = text[max(0, slash - 120) : slash]
    return _BEFORE_PATH.search(before) is not None


_BEFORE_PATH = re.compile(
    r"(?:https?://[^\s\"'<>/]{1,100}(?:/[^\s\"'<>]{0,100})?|(?:GET|POST|PUT|PATCH|DELETE|HEAD) /[^\s]{0,100}|"
    r"(?:\A|[\s\"'(=}])/(?:api|v\d|rest|[\w-]+)?[/\w-]{0,60})\Z"
)


def _finding(start: int, end: int, key: str, confidence: float, reason: str) -> Finding:
    return Finding("url_user_data", start, end, key.lower(), confidence, reason)
