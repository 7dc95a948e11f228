"""What the broker says of its own troubles may be lost, and never stops what it does about them."""

from __future__ import annotations

import subprocess
import sys

import pytest

SAYS = """
import sys, traceback
from akios_jail.broker import error_output

error_output.install()
try:
    raise ValueError("\\udc80 broke")
except ValueError:
    traceback.print_exc()
print("said", file=sys.stderr, flush=True)
print("went on")
"""


@pytest.mark.parametrize("where", ["/dev/full", ""])
def test_who_says_that_something_broke_goes_on(where: str) -> None:
    with open(where or "/dev/null", "wb") as file:
        errors = file if where else subprocess.PIPE
        done = subprocess.run([sys.executable, "-c", SAYS], stdout=subprocess.PIPE, stderr=errors, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"went on\n")
    if not where:
        assert done.stderr.decode().splitlines()[-2:] == ["ValueError: \\udc80 broke", "said"]
