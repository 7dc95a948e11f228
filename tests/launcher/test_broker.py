"""The broker's process exists whole or not at all, whenever the person at the terminal loses patience."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.root

#: Ctrl-C reaches both processes in the moment in which the second comes into being.
INTERRUPTED = """
import os, signal, sys
from akios_jail import kernel, messages
from akios_jail.launcher import broker, state

clone3 = kernel.clone3

def interrupted(flags):
    child = clone3(flags)
    signal.raise_signal(signal.SIGINT)
    return child

kernel.clone3 = interrupted
signal.signal(signal.SIGINT, getattr(signal, sys.argv[2]))
try:
    started = broker.Started(state.open_state(sys.argv[1]), "ses_000000000000")
    messages.send(started.process.control, "nonsense", {})
    print(messages.receive(started.process.control).type, flush=True)
    started.close()
except KeyboardInterrupt:
    os.write(1, b"interrupted\\n")
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    os.write(1, b"alone\\n")
"""


@pytest.mark.parametrize(
    ("handling", "says"), [("default_int_handler", "interrupted\nalone\n"), ("SIG_IGN", "failed\nalone\n")]
)
def test_ctrl_c_while_the_broker_is_made_is_the_launcher_s_to_act_on(tmp_path: Path, handling: str, says: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(tmp_path / "state"), handling]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, says, "")


def test_a_root_without_rights_is_told_what_has_less_need_of_them(tmp_path: Path) -> None:
    code = "import sys; from akios_jail.launcher import broker, state\n"
    code += "try: broker.Started(state.open_state(sys.argv[1]), 'ses_000000000000')\n"
    code += "except Exception as error: print(error, error.remedy)"
    command = ["setpriv", "--bounding-set=-sys_admin", sys.executable, "-c", code, str(tmp_path / "state")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "could not create the broker's namespaces" in done.stdout
    assert "`akios doctor` names what to add" in done.stdout
