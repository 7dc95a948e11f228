"""What people read of a session: the report and the last lines on the terminal. Defence: control characters are written
out, and what is long is cut.
"""

from __future__ import annotations

import json

import pytest

from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root


def test_what_the_agent_says_cannot_forge_the_report_or_the_terminal(akios: Akios) -> None:
    run = akios.python(
        """
        import http.client
        connection = http.client.HTTPSConnection("internal-crm.corp")
        connection.request("POST", "/%1b%5b2J" + "x" * 3000)
        connection.getresponse().read()
        import socket
        try:
            socket.getaddrinfo("a\\x1b[2Jb.example", 443)
        except OSError:
            pass
        """
    )
    assert "\x1b[2J" not in run.stderr
    assert "\x1b" not in json.dumps(run.report, ensure_ascii=False)
    assert len(run.stderr) < 5000
