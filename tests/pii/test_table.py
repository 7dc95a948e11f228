"""What the name of a column says of its cells, and which lines are rows at all."""

from __future__ import annotations

import pytest

from akios_jail.pii import table
from akios_jail.pii.keys import Meaning

KINDS = ("ssn", "email", "person_name", "medical_record")


def cells(text: str) -> list[tuple[str, str]]:
    return [(each.kind, text[each.start : each.end]) for each in table.found(text, KINDS)]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_column_says_what_its_cells_are(separator: str, end: str) -> None:
    rows = [["order", "ssn"], ["A-1", "219099999"], ["A-2", "078051120"]]
    text = "\n".join(separator.join(row) for row in rows) + end
    assert cells(text) == [("ssn", "219099999"), ("ssn", "078051120")]


def test_names_in_the_first_column_say_what_is_in_the_second() -> None:
    text = "Full name;Jane Doe\nOrder;7\nEmail;jane@example.org\nShipped;yes\n"
    assert cells(text) == [("person_name", "Jane Doe"), ("email", "jane@example.org")]


def test_a_table_of_two_columns_has_its_names_in_the_first_line_where_rows_are_of_data() -> None:
    assert cells("full name;order\nJane Doe;7\nJohn Roe;8\n") == [
        ("person_name", "Jane Doe"),
        ("person_name", "John Roe"),
    ]


def test_a_number_sign_may_head_a_column() -> None:
    assert cells("n°\tssn\n1\t219099999\n") == [("ssn", "219099999")]


def test_a_column_may_be_called_as_only_a_detectors_words_know() -> None:
    def told(name: str) -> Meaning | None:
        return Meaning("medical_record", "number") if name == "nr kartoteki" else None

    text = "imie;nr kartoteki\nx;482913\ny;brak\n"
    assert [text[one.start : one.end] for one in table.found(text, ("medical_record",), told)] == ["482913"]


def test_a_cell_in_quotes_may_hold_the_separator_and_go_on_in_the_next_line() -> None:
    assert cells('customer_name,order\n"Doe,\nJane",7\n') == [("person_name", "Doe,\nJane")]


@pytest.mark.parametrize(
    "line",
    [
        "We saw the patient, 219099999, and sent her home.",
        "219099999",
        "A-1,219099999,more,than,there,are,names",
    ],
)
def test_a_line_with_more_or_fewer_cells_than_names_is_no_row(line: str) -> None:
    assert cells(f"order,ssn\n{line}\nA-2,078051120\n") == ([("ssn", "078051120")])


@pytest.mark.parametrize("text", ["order,ssn\nA-1,219099999,\n", "order,ssn\nA-1,219099999,"])
def test_a_separator_may_end_a_row(text: str) -> None:
    assert cells(text) == [("ssn", "219099999")]


def test_of_a_wide_table_the_first_columns_are_looked_at() -> None:
    names = ["ssn", *(f"c{number}" for number in range(table.MAX_COLUMNS + 50))]
    text = ",".join(names) + "\n" + ",".join(["219099999"] * len(names)) + "\n"
    assert cells(text) == [("ssn", "219099999")]


def test_a_text_whose_first_line_names_nothing_personal_is_no_table() -> None:
    assert cells("order,amount\nA-1,219099999\n") == []
