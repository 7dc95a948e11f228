"""`examples/billing-support/world.py` at a terminal: whoever ends it, and whenever, nothing of it is left."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.audit.logs import records
from tests.e2e.conftest import eventually
from tests.e2e.remains import cgroups_of
from tests.e2e.test_terminal import Terminal
from tests.processes import lives

pytestmark = pytest.mark.root

EXAMPLE = Path(__file__).parents[2] / "examples" / "billing-support"


class Scene:
    """The world at a terminal of its own, with a state folder of the test's."""

    def __init__(self, folder: Path) -> None:
        self.state, self.temporary = folder / "state", folder / "tmp"
        self.temporary.mkdir()
        command = ["/usr/bin/env", f"TMPDIR={self.temporary}", sys.executable, str(EXAMPLE / "world.py")]
        self.terminal = Terminal([*command, "--state-dir", str(self.state)], folder, rows=60, columns=160)

    def left(self) -> list[str]:
        """What is still there."""
        named = [p for p in psutil.process_iter(["cmdline"]) if str(self.state) in " ".join(p.info["cmdline"] or ())]
        running = [f"process {p.pid}" for p in named if lives(p)]
        sessions = {record["session"] for record in records(self.state / "audit")}
        groups = [str(path) for name in sessions for path in cgroups_of(name)]
        mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(self.state) in line]
        return [*running, *groups, *mounts, *map(str, self.temporary.iterdir())]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.terminal.close()
    if made.terminal.pid:
        os.kill(made.terminal.pid, signal.SIGKILL)
        os.waitpid(made.terminal.pid, 0)
    eventually(lambda: not made.left(), what=f"left: {made.left()}")


@pytest.mark.parametrize("after_ms", [200, 350, 500, 700])
def test_ctrl_c_while_it_starts_ends_all_of_it_in_words(scene: Scene, after_ms: int) -> None:
    time.sleep(after_ms / 1000)  # the moment is the subject of the test; it waits for nothing
    scene.terminal.type("\x03")
    status = scene.terminal.status()
    eventually(lambda: not scene.left(), what=f"left: {scene.left()}")
    if status == -signal.SIGINT:
        return  # Python itself was still starting, or loading what the example needs
    if status == 1 and "KeyboardInterrupt" in scene.terminal.seen and "akios_jail" not in scene.terminal.seen:
        return  # the same, of the Python that runs `akios`
    assert status == 130, scene.terminal.seen
    assert "carried out: nothing" in scene.terminal.seen
    assert "subprocess.py" not in scene.terminal.seen, "its own traceback is nobody's business"


def test_ctrl_c_at_the_question_is_a_no_and_the_next_one_is_for_the_agent(scene: Scene) -> None:
    scene.terminal.await_text("anything else denies: ")
    time.sleep(1.2)  # what is typed too soon does not count
    scene.terminal.type("\x03")
    scene.terminal.await_text("a colleague will look at it")
    assert scene.terminal.status() == 0
    assert "carried out: nothing" in scene.terminal.seen


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_whatever_signal_ends_it_at_the_question(scene: Scene, number: signal.Signals) -> None:
    scene.terminal.await_text("anything else denies: ")
    os.kill(scene.terminal.pid, number)
    status = scene.terminal.status()
    eventually(lambda: not scene.left(), what=f"left: {scene.left()}")
    assert status == (-number if number == signal.SIGKILL else 128 + number)
    if number != signal.SIGKILL:
        assert "carried out: nothing" in scene.terminal.seen


def test_a_terminal_that_is_closed_ends_it(scene: Scene) -> None:
    scene.terminal.await_text("anything else denies: ")
    os.close(scene.terminal.fd)
    _, status = os.waitpid(scene.terminal.pid, 0)
    scene.terminal.pid, scene.terminal.fd = 0, os.open("/dev/null", os.O_RDONLY)
    assert os.waitstatus_to_exitcode(status) != 0
    eventually(lambda: not scene.left(), what=f"left: {scene.left()}")
