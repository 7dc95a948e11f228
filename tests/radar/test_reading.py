"""A trace's file is read as data: whatever stands in it, the reader says what is wrong or shows what is there."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from akios_jail.radar import draw, drawing, shape, store
from akios_jail.radar.reading import Trace, Unavailable, read
from akios_jail.radar.steps import SHED, Edge, Step
from akios_jail.radar.store import MAX_PAYLOAD, Writer

SESSION = "ses_0123456789ab"


def written(folder: Path, *steps: Step, edges: tuple[Edge, ...] = ()) -> None:
    writer = Writer(str(folder), SESSION)
    writer.add(steps, edges, {"agent": "clerk"})
    writer.close()


def spoiled(folder: Path, *statements: str) -> None:
    written(folder, Step(1, "prompt", 1.0, "", {}, {"content": "Hello"}))
    with sqlite3.connect(folder / f"{SESSION}.db") as file:
        for statement in statements:
            file.execute(statement)
    file.close()


def test_what_was_written_is_read(tmp_path: Path) -> None:
    step = Step(1, "prompt", 1.5, "req_1", {"role": "user"}, {"content": "half \ud800, nothing \0, all 😀"})
    written(tmp_path, step, Step(2, "decision", 2.0, "req_1", {}, SHED), edges=(Edge(1, 2, "reply"),))
    trace = read(str(tmp_path), SESSION)
    assert trace.steps == (step, Step(2, "decision", 2.0, "req_1", {"shed": True}, {}))
    assert trace.edges == (Edge(1, 2, "reply"),)
    assert trace.session == {"agent": "clerk"}


def test_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    written(tmp_path / "traces")
    assert os.stat(tmp_path / "traces").st_mode & 0o777 == 0o700
    assert os.stat(tmp_path / "traces" / f"{SESSION}.db").st_mode & 0o777 == 0o600


def test_a_long_payload_is_cut_and_stays_json(tmp_path: Path) -> None:
    long = {"a": "\x01" * MAX_PAYLOAD, "b": {"c": ['"' * MAX_PAYLOAD]}}
    written(tmp_path, Step(1, "tool_call", 1.0, "", {}, {"args": long}))
    (step,) = read(str(tmp_path), SESSION).steps
    assert step.payload["cut"] is True
    assert len(json.dumps(step.payload)) <= MAX_PAYLOAD


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE step SET type = 'sing'",
        "UPDATE step SET type = x'00'",
        "UPDATE step SET time = 'soon'",
        "UPDATE step SET time = 9e999",
        "UPDATE step SET time = 1e15",
        "UPDATE step SET fields = '[]'",
        "UPDATE step SET fields = '{'",
        "UPDATE step SET payload = '5'",
        "UPDATE step SET payload = x'ff'",
        "UPDATE step SET request_id = x'00'",
        "INSERT INTO edge VALUES (1, 1, '\"; drop', '')",
        "INSERT INTO edge VALUES ('a', 1, 'reply', '')",
        "UPDATE session SET value = 'x'",
        f"UPDATE step SET payload = '{'[' * 100_000}'",
        f"UPDATE step SET payload = '\"{'a' * 5_000_000}\"'",
        "ALTER TABLE step ADD COLUMN more",
        "CREATE VIEW more AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c",
        "CREATE TRIGGER more AFTER INSERT ON step BEGIN DELETE FROM edge; END",
        "DROP TABLE edge",
    ],
    ids=lambda statement: statement[:60],
)
def test_a_file_that_is_not_as_it_was_written_is_refused(tmp_path: Path, statement: str) -> None:
    spoiled(tmp_path, statement)
    with pytest.raises(Unavailable):
        read(str(tmp_path), SESSION)


def test_a_view_in_the_place_of_the_steps_is_not_asked(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)"
    spoiled(
        tmp_path, "DROP TABLE step", f"CREATE VIEW step AS {endless} SELECT n, 'prompt', 1.0, '', '{{}}', '' FROM c"
    )
    with pytest.raises(Unavailable, match="not laid out"):
        read(str(tmp_path), SESSION)


def test_neither_links_nor_pipes_nor_other_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / f"{SESSION}.db"
    path.symlink_to("/etc/passwd")
    with pytest.raises(Unavailable, match="no regular file"):
        read(str(tmp_path), SESSION)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(Unavailable, match="no regular file"):
        read(str(tmp_path), SESSION)
    path.unlink()
    path.write_text("not a database, but as long as one may be" * 100)
    with pytest.raises(Unavailable):
        read(str(tmp_path), SESSION)


def test_on_a_disk_that_is_nearly_full_payloads_are_left_out_and_then_the_trace_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = {1: 1000, 2: 1}
    monkeypatch.setattr(store, "spare", lambda folder, share=1: free[share])
    writer = Writer(str(tmp_path), SESSION)
    steps = [Step(number, "prompt", 1.0, "", {}, {"content": "x" * 600}) for number in (1, 2, 3)]
    writer.add(steps[:2], ())
    free[2] = -1
    with pytest.raises(store.Full, match="disk"):
        writer.add(steps[2:], ())
    writer.add((), (), {"failure": "the disk"})
    writer.close()
    trace = read(str(tmp_path), SESSION)
    assert [step.fields.get("shed") for step in trace.steps] == [None, True]
    assert trace.session == {"failure": "the disk"}


HOSTILE = '"]; x --> y\n<script>&amp; \x1b[31m\x9b2J\u202e\ud800 |end| `code` \\" #quot;'


def hostile() -> Trace:
    fields: dict[str, Any] = {"tool": HOSTILE, "argv": 5, "status": HOSTILE, "method": HOSTILE, "target": [HOSTILE]}
    payload = {"content": HOSTILE, "args": {HOSTILE: HOSTILE}}
    types = ("prompt", "thought", "tool_call", "observation", "decision", "failure", "network", "process")
    steps = tuple(Step(number, type, 1.0, "", fields, payload) for number, type in enumerate(types, 1))  # type: ignore[arg-type]
    return Trace({}, steps, tuple(Edge(number, number + 1, "prefix", HOSTILE) for number in range(1, 8)))


def test_no_drawing_of_hostile_words_has_more_in_it_than_words() -> None:
    from xml.etree import ElementTree

    trace = hostile()
    for line in [*draw.lines(trace), *draw.dot(SESSION, trace), *draw.mermaid(trace)]:
        assert line.isprintable(), line
    pictured = "\n".join(drawing.svg(SESSION, trace))
    tags = {element.tag.partition("}")[2] for element in ElementTree.fromstring(pictured).iter()}
    assert tags == {"svg", "title", "path", "g", "rect", "text"}
    assert not any("script" in line.replace("#60;script", "") and "<script" in line for line in draw.mermaid(trace))
    for line in draw.dot(SESSION, trace):
        unescaped = line.replace("\\\\", "").replace('\\"', "")
        assert unescaped.count('"') % 2 == 0
        assert "-->" not in unescaped.rpartition('"')[2]


def test_json_for_a_terminal_says_the_same_and_moves_nothing() -> None:
    trace = hostile()
    told = shape.text(shape.document(SESSION, trace))
    assert all(each.isprintable() or each == "\n" for each in told)
    assert json.loads(told)["trace"]["steps"][0]["content"] == HOSTILE
