"""The summary as a page: rendered by a reader of CommonMark with tables, foreign words stay words in their cells."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from akios_jail.incidents.markdown import MOST_ROWS, markdown
from akios_jail.incidents.session import Session, session
from akios_jail.launcher.report import Ending
from tests.incidents.reports import HOSTILE, denial, denied, document, everything

#: Everything that a summary is made of.
OURS = {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code"}


class Page(HTMLParser):
    """The elements of a page, and the cells of the rows of its last table."""

    def __init__(self, sessions: list[Session]) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self.text = ""
        self.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown(sessions)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs if name != "style"]
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.rows[-1].append("".join(self._cell))
            self._cell = None

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._cell is not None:
            self._cell.append(data)


def test_a_session_without_incidents_says_so() -> None:
    page = Page([session(document())])
    assert "Nothing was refused" in page.text
    assert "exit status 0 after 0.8 s" in page.text
    assert page.tags.count("table") == 1


def test_incidents_are_rows_the_gravest_first() -> None:
    page = Page([denied(denial("host_not_allowed", "DNS a.example", "no"), denial("pii_in_header", "GET x", "why"))])
    assert page.rows[-2] == ["🟥 error", "pii_in_header", "1", "GET x", "why"]
    assert page.rows[-1] == ["🟨 warning", "host_not_allowed", "1", "DNS a.example", "no"]


@pytest.mark.parametrize("text", [HOSTILE, *HOSTILE.split(), "|", "`", "</code>", "\\|", "a\n\n| x |", "&#124;"])
def test_foreign_words_make_no_element_no_cell_and_no_line(text: str) -> None:
    page = Page([everything(text)])
    assert set(page.tags) <= OURS
    assert page.attributes == []
    heads, figures, *_ = page.rows
    assert len(heads) == len(figures)
    assert {len(row) for row in page.rows[2:]} == {5}


def test_foreign_words_are_told_in_full() -> None:
    page = Page([denied(denial("host_not_allowed", "<b>|`*_&amp;é", "x"))])
    assert page.rows[-1][3] == "<b>|`*_&amp;é"


def test_nothing_foreign_stands_where_hosts_look_for_links_mentions_and_commands() -> None:
    text = markdown([everything(HOSTILE)])
    for sign in ("@somebody", "https://", "www.", " #123", "::error", "##[", "\x1b", "<script", "\u202e"):
        assert sign not in text


def test_a_long_list_is_cut_and_says_so() -> None:
    page = Page([denied(*(denial("host_not_allowed", f"DNS h{number}.example") for number in range(MOST_ROWS + 3)))])
    assert len(page.rows) - 3 == MOST_ROWS
    assert "and 3 more" in page.text


def test_the_page_of_many_bad_sessions_is_small() -> None:
    assert len(markdown([everything("\u4e00" * 5000)]).encode()) < 64 * 1024


def test_how_a_session_ended_is_said() -> None:
    assert "killed by signal 9" in Page([session(document(ending=Ending(137, 9)))]).text
    assert "ended by AKIOS: budget_spent" in Page([everything("x")]).text
