"""`akios report`: run reports in the formats of continuous integration."""

from __future__ import annotations

import os
import sys

import click

from akios_jail.cli import report_files, report_log
from akios_jail.cli.style import printable


@click.command(
    "report",
    epilog="""\b
Examples:
  akios report --format sarif report.json > akios.sarif
  akios report --format junit --output akios.xml reports/*.json
  akios report --format markdown report.json >> "$GITHUB_STEP_SUMMARY"
  akios report --fail-on error --format markdown report.json
  sudo akios report --format sarif --policy policy.yaml ses_7f3a9bc21d04

Exit status: 0; 121 with --fail-on, if there is such an incident; 2 for bad usage, or a file that is no report.""",
)
@click.argument("reports", nargs=-1, required=True, metavar="(REPORT | SESSION)...")
@click.option("--format", "form", type=click.Choice(report_files.FORMS), required=True, help="The format.")
@click.option("-p", "--policy", default="", metavar="FILE", help="Where the policy of a SESSION is.")
@click.option("--state-dir", default="", metavar="DIR", help="Where sessions are kept (/var/lib/akios).")
@click.option("--output", default="", metavar="FILE", help="Write there, not to standard output.")
@click.option(
    "--fail-on", default="never", type=click.Choice(report_files.LEVELS), help="End with 121 if it was that grave."
)
def command(reports: tuple[str, ...], form: str, policy: str, state_dir: str, output: str, fail_on: str) -> int:
    """Reports of sessions (`akios run --report FILE`) as SARIF, JUnit or Markdown: what was refused, ended or exceeded.

    `-` is standard input. A SESSION (ses_…) is told from the audit log, which has all its denials, also of a session
    that was killed before it could leave a report; a file of such a name is ./ses_…. No value of personal data is in
    any of them.
    """
    from akios_jail.incidents.session import NoReport, read, session

    sessions = []
    for name in reports:
        try:
            if report_log.SESSION.fullmatch(name):  # never a file: an agent knows its session's name
                sessions.append(session(report_log.report(name, state_dir, policy)))
            else:
                sessions.append(read(_bytes(name)))
        except NoReport as error:
            raise click.UsageError(f"{printable(name)}: {error}") from None
        except OSError as error:
            raise click.UsageError(f"{printable(name)}: {error.strerror}") from None
    text = report_files.told(form, sessions)
    if output:
        fd = report_files.opened(output)
        try:
            report_files.write(fd, text, append=False)
        finally:
            os.close(fd)
    else:
        sys.stdout.buffer.write(
            text.encode("utf-8", "backslashreplace")
        )  # whatever the terminal's own encoding: XML and JSON are UTF-8
        sys.stdout.buffer.flush()
    return report_files.INCIDENTS if report_files.fails(sessions, fail_on) else 0


def _bytes(name: str) -> bytes:
    from akios_jail.incidents.session import MAX_BYTES

    if name == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    # Not to wait for somebody to write into a fifo that an agent has laid. Who is there already is read to the end.
    fd = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    os.set_blocking(fd, True)
    with open(fd, "rb") as file:
        return file.read(MAX_BYTES + 1)
