"""How hard is what a model is asked? `lookup`, `reasoning` or `analysis`, by facts that anybody can count.

No model is asked, nothing is learnt, and the same call always gets the same answer: a score is the sum of the points
below, each with the fact that it is for, and `explain` shows the sum. Most points are for structure (how much is asked,
in how many steps, over how much data, with which tools, how deep in the work), which is the same in every language and
for every wire format. Words count in one place only: verbs that name the work (`compare`, `why`, `find`), as stems of a
few languages. They can raise a short request, but without them structure still decides.

Points (`POINTS`); up to `LOOKUP_UNTIL` it is a lookup, up to `REASONING_UNTIL` reasoning, beyond that analysis. The
agent knows better where it says so: its header wins over the score if the policy trusts it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import re2  # type: ignore[import-untyped]

LOOKUP = "lookup"
REASONING = "reasoning"
ANALYSIS = "analysis"
COMPLEXITIES = (LOOKUP, REASONING, ANALYSIS)

LOOKUP_UNTIL = 2
REASONING_UNTIL = 6

#: Of a text so much is looked at, from its beginning and its end each. What is longer is long in any case.
_LOOKED_AT = 32 * 1024

_ITEM = re.compile(r"^[ \t]*(?:[-*•]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE)
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_CODE_LINE = re.compile(
    r"^(?:[ \t]{2,}|\t)?\S.{0,300}[{};]$|^[ \t]*(?:def|class|import|from|func|fn|public|private|const|let|var|#include)"
    r"\b.{0,300}[(:;={]",
    re.MULTILINE,
)
_TABLE_ROW = re.compile(r"^(?:[^|\n]*\|[^|\n]*\|.*|[^\t\n]*\t[^\t\n]*\t.*|[^,;\n]*\d[,;][^,;\n]*[,;].*)$", re.MULTILINE)
_NUMBER = re.compile(r"\d[\d.,]*")
#: Latin, Arabic, Greek and full-width; one inside a URL is none.
_QUESTION = re.compile("[?\u061f\u037e](?=\\s|$)|\uff1f")
#: Names of tools that only read.
_READS = re.compile(r"(?:^|[_.\-/])(?:get|list|read|search|find|fetch|look|query|show|describe|count|check|view)", re.I)


_NO_LETTER = r"[^\pL\pN_]"


class _Words:
    """Words by their beginnings. RE2 reads a text once, however many there are; its own `\\b` knows ASCII only."""

    def __init__(self, *stems: str) -> None:
        ends = "|".join(stems).replace(r"\b", rf"(?:{_NO_LETTER}|$)")
        self._pattern: Any = re2.compile(rf"(?i)(?:^|{_NO_LETTER})(?:{ends})".encode())

    def are_in(self, text: str) -> bool:
        return self._pattern.search(text.encode("utf-8", "replace")) is not None


#: Beginnings of words in English, German, French, Spanish, Italian and Portuguese.
_ANALYSIS_WORDS = _Words(
    "anal[iy][sz]",
    "assess",
    r"audit\b",
    "auswert",
    "benchmark",
    "compar[aei]",
    "[ck]orr?elat",
    "evalu",
    "forecast",
    "investigat",
    "optimi[sz]",
    "prognos",
    "reconcil",
    "root cause",
    "s[cz]enari",
    "synthes",
    "trade-?off",
    "vergleich",
)
_REASONING_WORDS = _Words(
    r"debug",
    r"d[eé]cid",
    r"derive\b",
    "design",
    "draft",
    "[eé]cri[srv]",
    "empfiehl",
    "entscheid",
    "entw[ui]rf",
    "erkl[äa]r",
    "escrib",
    "expl(?:ain|iqu|ica)",
    r"fix\b",
    r"how (?:do|does|can|would|should)\b",
    "implement",
    r"l[öo]se\b",
    "perch[eé]",
    r"plan\b",
    "plan(?:en|ifi)",
    "por ?qu[eé]",
    "pourquoi",
    r"prove\b",
    "recommend",
    "refactor",
    r"review\b",
    "r[eé]sum",
    "schreib",
    "should (?:i|we)",
    "solve",
    "spiega",
    "summari[sz]e",
    "tradu[cz]",
    "translate",
    "[üu]bersetz",
    "warum",
    r"why\b",
    "wieso",
    r"write\b",
    "zusammenfass",
)


class Said(NamedTuple):
    """One message of the conversation, as far as it is text. `role`: user | assistant | tool."""

    role: str
    text: str


class Task(NamedTuple):
    """What is counted. Sizes are bytes of UTF-8 (a script with larger letters says more in fewer of them).

    `turn` is what the user said last; everything after it is the work on it.
    """

    turn_bytes: int
    turn_items: int  # lines that are items of a list
    turn_questions: int
    turn_code_lines: int
    turn_numbers: int
    turn_table_rows: int
    turns: int  # of the user
    rounds: int  # times that the model has written since the last one
    results: int  # texts from tools since the model last wrote
    result_bytes: int
    tools: int
    acting_tools: int  # whose names do not say that they only read
    attachments: int  # images, files, audio
    output_tokens: int  # the output limit that is asked for, 0 for none
    says_analysis: bool
    says_reasoning: bool


class Point(NamedTuple):
    """`points` for `fact`, a clause for people."""

    points: int
    fact: str


class Assessment(NamedTuple):
    """`stated`: by the agent's own header; the score is what it would have been."""

    complexity: str
    score: int
    points: tuple[Point, ...]
    task: Task
    stated: bool = False

    @property
    def reason(self) -> str:
        """In a clause, for verdicts."""
        if self.stated:
            return f"{self.complexity}, as the agent says"
        told = ", ".join(f"{point.fact} {point.points:+d}" for point in self.points) or "a short plain request"
        return f"{self.complexity}, score {self.score}: {told}"


def assess(task: Task, stated: str = "") -> Assessment:
    """The assessment of these facts. `stated`: what the agent says of itself; anything but a complexity is ignored."""
    points = tuple(_points(task))
    score = sum(point.points for point in points)
    if stated in COMPLEXITIES:
        return Assessment(stated, score, points, task, stated=True)
    complexity = LOOKUP if score <= LOOKUP_UNTIL else REASONING if score <= REASONING_UNTIL else ANALYSIS
    return Assessment(complexity, score, points, task)


def explain(assessment: Assessment) -> str:
    """Lines for people: the points and the sum, and the facts that were counted, as far as there is anything."""
    lines = [f"{assessment.complexity} ({'stated by the agent' if assessment.stated else f'score {assessment.score}'})"]
    lines += [f"  {point.points:+d}  {point.fact}" for point in assessment.points]
    lines.append(f"  up to {LOOKUP_UNTIL}: lookup; up to {REASONING_UNTIL}: reasoning; beyond: analysis")
    lines += [f"  {name} = {value}" for name, value in assessment.task._asdict().items() if value]
    return "\n".join(lines)


def count(said: Sequence[Said], tools: Sequence[str], attachments: int, output_tokens: int | None) -> Task:
    """The facts of a conversation: its messages in order (no system text), the names of the tools offered, the number
    of images and files in it, and the output limit."""
    last_user = max((index for index, each in enumerate(said) if each.role == "user"), default=-1)
    # The last turn is all that the user said without the model writing in between.
    first = last_user
    while first > 0 and said[first - 1].role == "user":
        first -= 1
    turn = "\n".join(each.text for each in said[max(first, 0) : last_user + 1])
    last_written = max((index for index, each in enumerate(said) if each.role == "assistant"), default=-1)
    results = [each for each in said[last_written + 1 :] if each.role == "tool"]
    looked_at = turn if len(turn) <= 2 * _LOOKED_AT else f"{turn[:_LOOKED_AT]}\n{turn[-_LOOKED_AT:]}"
    return Task(
        turn_bytes=_bytes(turn),
        turn_items=_count(_ITEM, looked_at),
        turn_questions=_count(_QUESTION, looked_at),
        turn_code_lines=_code_lines(looked_at),
        turn_numbers=_count(_NUMBER, looked_at),
        turn_table_rows=_count(_TABLE_ROW, looked_at),
        turns=_turns(said),
        rounds=sum(1 for each in said[last_user + 1 :] if each.role == "assistant"),
        results=len(results),
        result_bytes=sum(_bytes(each.text) for each in results),
        tools=len(tools),
        acting_tools=sum(1 for name in tools if _READS.search(_snake(name)) is None),
        attachments=attachments,
        output_tokens=output_tokens or 0,
        says_analysis=_ANALYSIS_WORDS.are_in(looked_at),
        says_reasoning=_REASONING_WORDS.are_in(looked_at),
    )


#: The points, for documents: each fact with its steps (from this value on: so many points).
POINTS: dict[str, tuple[tuple[int, int], ...]] = {
    "turn_bytes": ((400, 1), (1_200, 2), (4_000, 3), (12_000, 5)),
    "turn_items": ((3, 1), (6, 2)),
    "turn_questions": ((2, 1), (4, 2)),
    "turn_code_lines": ((1, 3), (40, 5)),
    "turn_numbers": ((12, 1), (40, 2), (120, 4)),
    "turn_table_rows": ((4, 2), (20, 4)),
    "turns": ((6, 1), (15, 2)),
    "rounds": ((4, 1), (10, 2)),
    "result_bytes": ((2_000, 1), (8_000, 3), (32_000, 5)),
    "acting_tools": ((4, 1), (16, 2)),
    "attachments": ((1, 3), (4, 5)),
    "output_tokens": ((1, -1), (301, 0), (16_000, 1)),
}
_CLAUSES = {
    "turn_bytes": "the request has {} bytes",
    "turn_items": "it is a list of {} items",
    "turn_questions": "it asks {} questions",
    "turn_code_lines": "it holds {} lines of code",
    "turn_numbers": "it holds {} numbers",
    "turn_table_rows": "it holds {} rows of a table",
    "turns": "the user has spoken {} times",
    "rounds": "the model has worked on it for {} rounds",
    "result_bytes": "{} bytes from tools wait to be read",
    "acting_tools": "{} of the tools act",
    "attachments": "{} images or files come along",
    "output_tokens": "at most {} tokens are wanted",
}
#: A request that names its work: at least reasoning, at least analysis.
_REASONING_POINTS = LOOKUP_UNTIL + 1
_ANALYSIS_POINTS = REASONING_UNTIL + 1


def _points(task: Task) -> list[Point]:
    found = []
    for name, steps in POINTS.items():
        value = getattr(task, name)
        points = next((points for start, points in reversed(steps) if value >= start), 0)
        if points:
            found.append(Point(points, _CLAUSES[name].format(f"{value:,}")))
    fewer = min(sum(point.points for point in found), 0)  # words lift a request at least to what they name
    if task.says_analysis:
        found.append(Point(_ANALYSIS_POINTS - fewer, "it names an analysis"))
    elif task.says_reasoning:
        found.append(Point(_REASONING_POINTS - fewer, "it asks for reasons, a plan or a text"))
    return found


def _turns(said: Sequence[Said]) -> int:
    """How often the user has spoken; what is said in several messages one after the other counts once."""
    before = ["", *(each.role for each in said)]
    return sum(1 for each, role in zip(said, before, strict=False) if each.role == "user" and role != "user")


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))


def _code_lines(text: str) -> int:
    """Lines inside fences, or, where there are none, lines that look like code; a single one may be chance."""
    fences = [found.start() for found in _FENCE.finditer(text)]
    if fences:
        ends = [*fences[1::2], len(text)]
        return sum(max(text.count("\n", start, end), 1) for start, end in zip(fences[::2], ends, strict=False))
    lines = _count(_CODE_LINE, text)
    return lines if lines >= 3 else 0


def _snake(name: str) -> str:
    """`getOrder` as `get_Order`: where a word begins is then seen."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name[:256])


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
