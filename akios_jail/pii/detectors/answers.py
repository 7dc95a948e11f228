"""What a talk asks for in one line and answers in the next: "Passport number?", and below it "Henning: CN7V27SP9".

The line that has the words must ask: by a question mark, or by a word for sending, needing and the like. In the next
one, behind who speaks and a few words of courtesy, the value comes first.
"""

# ruff: noqa: RUF001 (the words are of other scripts)
from __future__ import annotations

import re

from akios_jail.pii.view import View

#: How far before the words their line is looked at, and how far behind them it may go on.
_LINE = 80
_ASKS = re.compile(
    r"[?\u061f]|\b(?:need|needs|send|give|enter|provide|missing|what|whats|confirm|please|pls|fehl\w*|brauch\w*|benötig\w*|"
    r"schick\w*|bitte|besoin|manqu\w*|envo\w*|svp|necesit\w*|falta\w*|manda\w*|serve|preciso|envi\w*|stuur|nodig|podaj\w*|"
    r"potrzeb\w*|proszę|behöver|trenger|skicka|tarvits\w*|kell|küld\w*|gönder\w*|lazım|пришли\w*|нужн\w*|скинь\w*|надішли\w*|"
    r"pošl\w*|treba|trebam|στείλε|χρειάζομαι|trimite\w*|kirim\w*|minta|tolong)\b",
    re.IGNORECASE,
)
_SPEAKER = r"(?:\[[^\]\n]{1,24}\] ?)?(?:[0-9:. ]{4,12}[-\u2013]? ?)?[^\n:]{1,32}: "
_COURTESY = (
    r"yes|yeah|yep|ok|okay|sure|ah|oh|hi|mine|it|it's|its|is|that's|thats|here|you|go|so|the|my|"
    r"ja|klar|meine|meiner|mein|das|ist|die|der|es|oui|c'est|le|la|mien|mienne|sí|si|sì|es|el|mío|mía|ora|è|il|mio|sim|é|o|meu|"
    r"het|mijn|tak|to|mój|moje|moja|jo|min|mitt|er|är|det|on|se|igen|az|enyém|evet|benim|да|это|мой|так|це|мій|ano|moje|da|moj"
)
_ANSWER = re.compile(rf"[^\n]{{0,{_LINE}}}\n{_SPEAKER}(?:(?:{_COURTESY})(?:[,.:!]{{1,2}} ?| )){{0,6}}", re.IGNORECASE)


def answer_after(view: View, end: int) -> int:
    """Where the answer begins to a question whose words end at `end`; -1 if their line asks nothing, or nobody
    answers in the next."""
    text = view.folded
    answer = _ANSWER.match(text, end)
    if answer is None:
        return -1
    begins = text.rfind("\n", max(0, end - _LINE), end) + 1 or max(0, end - _LINE)
    return answer.end() if _ASKS.search(text, begins, text.index("\n", end)) is not None else -1


def word_end(view: View, end: int) -> int:
    """Where the word ends that goes on at `end`."""
    return _WORD.match(view.folded, end, end + 16).end()  # type: ignore[union-attr]  # it matches nothing, too


_WORD = re.compile(r"[^\W\d_]*")
