"""The trace's thread: in order, within bounds, and never in anybody's way."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from akios_jail.broker import tracer as module
from akios_jail.broker.tracer import Tracer
from akios_jail.radar import reading, replies, said, store
from akios_jail.radar.reading import Trace

SESSION = "ses_0123456789ab"


def ask(tracer: Tracer, id: str, *messages: Any, redacted: tuple[str, ...] = ()) -> None:
    document = {"messages": list(messages)}
    tracer.asked(id, lambda: (said.request(document, 100), redacted))


def answer(tracer: Tracer, id: str, text: str) -> None:
    document = {"content": [{"type": "text", "text": text}]}
    reply: Future[Any] = Future()
    facts: Future[dict[str, Any]] = Future()
    tracer.answered(id, reply, facts, ())
    reply.set_result(lambda: replies.whole(document))
    facts.set_result({"model": "m"})


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def kept(folder: Path) -> Trace:
    return reading.read(str(folder / "traces"), SESSION)


def test_an_answer_that_is_ready_late_still_stands_before_what_came_after_it(tmp_path: Path) -> None:
    tracer = Tracer(str(tmp_path), SESSION, {})
    reply: Future[Any] = Future()
    facts: Future[dict[str, Any]] = Future()
    ask(tracer, "1", user("Hello"))
    tracer.answered("1", reply, facts, ())
    ask(tracer, "2", user("Hello"), {"role": "assistant", "content": "Hi"}, user("And?"))
    time.sleep(0.1)  # the next call is there, and the answer is still looked through
    reply.set_result(lambda: replies.whole({"content": [{"type": "text", "text": "Hi"}]}))
    facts.set_result({})
    tracer.close({})
    assert [edge[:3] for edge in kept(tmp_path).edges] == [(1, 2, "reply"), (2, 3, "prefix")]


def test_nothing_is_written_that_may_not_be(tmp_path: Path) -> None:
    def clean(fields: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value.replace("hush", "***") if isinstance(value, str) else value for name, value in fields.items()
        }

    tracer = Tracer(str(tmp_path), SESSION, {}, clean)
    ask(tracer, "1", user("hush, or else"))
    answer(tracer, "1", "hush")
    tracer.close({})
    assert not any(b"hush" in path.read_bytes() for path in (tmp_path / "traces").iterdir())
    assert kept(tmp_path).steps[0].payload == {"content": "***, or else"}


def test_what_breaks_the_reader_of_a_call_is_a_step_that_says_so_and_the_trace_goes_on(tmp_path: Path) -> None:
    tracer = Tracer(str(tmp_path), SESSION, {})
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    ask(tracer, "1", user([{"type": "tool_use", "id": 5, "input": deep}]))
    ask(tracer, "2", user("Hello"))
    answer(tracer, "2", "Hi")
    assert tracer.close({}) == {}
    assert [step.type for step in kept(tmp_path).steps] == ["failure", "prompt", "decision"]
    assert kept(tmp_path).steps[0].fields == {"unread": "RecursionError"}


@pytest.mark.parametrize(
    "messages",
    [
        [user("\0 and \ud800")],
        [user(["a", 5, None, {"type": "image", "source": {"data": "A" * 100_000}}, {"text": 5}])],
        [{"role": 5, "content": {"text": ["x"]}}, {"role": "tool", "tool_call_id": 5}, 7, None, "words"],
        [{"role": "assistant", "tool_calls": [{"function": {"name": 5, "arguments": "{" * 9_000}}, None]}],
        [user([{"type": "tool_result", "tool_use_id": "x" * 100_000, "content": [[["deep"]]]}])],
    ],
)
def test_documents_as_no_client_writes_them(tmp_path: Path, messages: list[Any]) -> None:
    tracer = Tracer(str(tmp_path), SESSION, {})
    ask(tracer, "1", *messages)
    answer(tracer, "1", "Hi \ud800")
    assert tracer.close({}) == {}
    assert kept(tmp_path).steps[-1].type == "decision"
    assert all(len(str(value)) < 1_000 for step in kept(tmp_path).steps for value in step.fields.values())


def test_with_too_much_waiting_payloads_are_left_out_and_steps_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BACKLOG", 10)
    tracer = Tracer(str(tmp_path), SESSION, {})
    held: Future[Any] = Future()
    facts: Future[dict[str, Any]] = Future()
    tracer.answered("0", held, facts, ())
    for number in range(100):
        ask(tracer, f"{number}", user(f"Question {number}"))
    held.set_result(lambda: None)
    facts.set_result({})
    told = tracer.close({})
    trace = kept(tmp_path)
    assert [step.type for step in trace.steps].count("prompt") == 100
    shed = sum("shed" in step.fields for step in trace.steps)
    assert 0 < shed < 100
    assert told == {"shed_payloads": shed}
    assert trace.session["shed"] == shed


def test_a_folder_that_cannot_be_written_ends_the_trace_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "traces").write_text("in the way")
    tracer = Tracer(str(tmp_path), SESSION, {})
    ask(tracer, "1", user("Hello"))
    answer(tracer, "1", "Hi")
    told = tracer.close({})
    assert "the trace ends early" in told["failure"]


def test_a_session_with_too_many_steps_has_a_trace_of_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MAX_STEPS", 5)
    tracer = Tracer(str(tmp_path), SESSION, {})
    for number in range(10):
        ask(tracer, f"{number}", user(f"Question {number}"))
        time.sleep(0.02)
    assert "no room" in tracer.close({})["failure"]
    assert len(kept(tmp_path).steps) <= 5
    assert "no room" in kept(tmp_path).session["failure"]


def test_payloads_that_fill_the_file_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_PAYLOADS", 300)
    tracer = Tracer(str(tmp_path), SESSION, {})
    for number in range(10):
        ask(tracer, f"{number}", user(f"{number}" * 50))
    assert tracer.close({})["shed_payloads"] > 0
    assert len(kept(tmp_path).steps) == 10


def test_a_broker_that_is_killed_leaves_a_file_that_can_be_read(tmp_path: Path) -> None:
    program = """
        import sys
        from tests.broker.test_tracer import SESSION, Tracer, ask, answer, user
        tracer = Tracer(sys.argv[1], SESSION, {})
        for number in range(100_000):
            ask(tracer, f"{number}", user(f"Question {number}"))
            answer(tracer, f"{number}", "Hi")
            if number == 500:
                print("writing", flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        process.stdout.readline()
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if len(kept(tmp_path).steps) > 100:
                    break
            except reading.Unavailable:
                pass
            time.sleep(0.05)
        process.kill()
    trace = kept(tmp_path)
    assert len(trace.steps) > 100
    assert [step.number for step in trace.steps] == list(range(1, len(trace.steps) + 1))
    with sqlite3.connect(tmp_path / "traces" / f"{SESSION}.db") as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    file.close()


def test_forty_calls_at_once_lead_back_to_theirs(tmp_path: Path) -> None:
    tracer = Tracer(str(tmp_path), SESSION, {})
    for number in range(40):
        ask(tracer, f"{number}", user(f"Question {number}"))
    for number in reversed(range(40)):
        answer(tracer, f"{number}", f"Answer {number}")
    tracer.close({})
    trace = kept(tmp_path)
    texts = {step.number: step.payload["content"] for step in trace.steps}
    assert {(texts[edge.source], texts[edge.target]) for edge in trace.edges} == {
        (f"Question {number}", f"Answer {number}") for number in range(40)
    }


def test_nothing_is_made_for_a_session_that_does_nothing(tmp_path: Path) -> None:
    assert Tracer(str(tmp_path), SESSION, {}).close({}) == {}
    assert os.listdir(tmp_path) == []


def test_who_is_in_a_hurry_does_not_wait_for_an_answer_that_never_comes(tmp_path: Path) -> None:
    tracer = Tracer(str(tmp_path), SESSION, {})
    reply: Future[Any] = Future()
    facts: Future[dict[str, Any]] = Future()
    tracer.answered("1", reply, facts, ())
    assert "not written to its end" in tracer.close({}, patience_s=0.05)["failure"]
    facts.set_result({})
    reply.set_result(lambda: None)


def test_where_there_is_no_room_for_its_thread_the_session_goes_on_without_it(tmp_path: Path) -> None:
    program = """
        import resource, sys, threading
        from tests.broker.test_tracer import SESSION, Tracer, ask, user
        threading.stack_size(1 << 30)
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        tracer = Tracer(sys.argv[1], SESSION, {})
        ask(tracer, "1", user("Hello"))
        ask(tracer, "2", user("Hello"))
        print(tracer.close({})["failure"])
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "there is no trace: can't start new thread\n"


def test_a_session_s_file_takes_little_memory_to_keep_open(tmp_path: Path) -> None:
    tracer = Tracer(str(tmp_path), SESSION, {})
    ask(tracer, "1", user("Hello"))
    tracer.close({})
    file = sqlite3.connect(tmp_path / "traces" / f"{SESSION}.db")
    assert file.execute("PRAGMA page_size").fetchone() == (1024,)
    file.close()
