"""`akios trace export`: sessions in the words of OpenTelemetry, sent to a collector or as OTLP's JSON."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from akios_jail.cli.sessions import STATE
from akios_jail.cli.style import on_a_line
from akios_jail.cli.trace_read import newest, read

if TYPE_CHECKING:
    from akios_jail.cli.trace_collector import Collector
    from akios_jail.radar.reading import Trace

_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,128})=([\x20-\x7e]{0,8192})")
#: Where collectors take traces, behind their own address.
_PATH: Final = "/v1/traces"


@click.command(short_help="Sessions for OpenTelemetry.")
@click.argument("sessions", nargs=-1, metavar="[SESSION]…")
@click.option("--otlp", "url", metavar="URL", help="The collector, as http://HOST:4318.")
@click.option("--json", "as_json", is_flag=True, help="OTLP's JSON on stdout instead, a line for each batch.")
@click.option("--header", "headers", multiple=True, metavar="K=V", help="Sent with every request. Repeatable.")
@click.option("--last", type=click.IntRange(1, 1000), metavar="N", help="The newest N sessions.")
@click.option("--content", is_flag=True, help="With what was said, and arguments and results of tools.")
@click.option("--timeout", type=click.FloatRange(0.1, 600), default=10.0, show_default=True, metavar="S",
              help="Seconds to wait for each batch.")  # fmt: skip
@click.option("--no-gzip", is_flag=True, help="Send without compression.")
@STATE
def export(
    sessions: tuple[str, ...], url: str | None, as_json: bool, headers: tuple[str, ...], last: int | None,
    content: bool, timeout: float, no_gzip: bool, state_dir: str,
) -> None:  # fmt: skip
    """Sessions in the words of OpenTelemetry's conventions for generative AI.

    SESSION is the newest one unless named; the beginning of an id is enough. A session that is exported again has the
    same ids. Sending needs the extra `otel`; a key for the collector is safer in OTEL_EXPORTER_OTLP_HEADERS than in
    --header, which other people of the machine can see.

    \b
    akios trace export --otlp http://localhost:4318
    akios trace export --last 20 --json > spans.jsonl
    """
    if as_json == (url is not None):
        raise click.UsageError("say where to: --otlp URL for a collector, or --json for stdout")
    if sessions and last is not None:
        raise click.UsageError("--last takes the newest sessions, and others are named: give one of both")
    address, given = _address(url) if url is not None else "", _given(headers)
    collector = _collector(address, given, timeout, not no_gzip) if address else None
    rejected = unread = 0
    for each in newest(last, state_dir) if last is not None else sessions or ("",):
        try:
            name, trace = read(each, state_dir)
        except click.UsageError:
            raise
        except click.ClickException as error:  # one that is damaged does not keep the others here
            unread += 1
            print(on_a_line(error.format_message()), file=sys.stderr)
            continue
        if collector is None:
            _print(name, trace, content)
        else:
            rejected += _send(collector, address, name, trace, content)
    if unread:
        raise click.ClickException(f"{unread} sessions could not be read")
    if rejected:
        raise click.ClickException(f"the collector did not take {rejected} spans")


def _print(name: str, trace: Trace, content: bool) -> None:
    from akios_jail.radar import otlp, spans

    for batch in spans.batches(spans.spans(name, trace, content=content)):
        print(otlp.line(spans.trace_id(name), _resource(trace), _scope(), batch))


def _send(collector: Collector, address: str, name: str, trace: Trace, content: bool) -> int:
    """Send one session; how many of its spans the collector did not want."""
    from akios_jail.cli.trace_collector import Refused
    from akios_jail.radar import spans

    every = spans.spans(name, trace, content=content)
    try:
        sent = collector.send(spans.trace_id(name), _resource(trace), _scope(), every)
    except Refused as error:
        where = address.partition("?")[0]  # behind it may be a key
        raise click.ClickException(f"{name} could not be sent to {where}: {error}") from error
    print(f"{name}  {sent.spans} spans, trace {spans.trace_id(name):032x}")
    if sent.rejected:
        why = f": {sent.reason}" if sent.reason else ""
        print(on_a_line(f"{name}  {sent.rejected} spans were not taken{why}")[:500], file=sys.stderr)
    return sent.rejected


def _collector(address: str, headers: dict[str, str], timeout: float, compress: bool) -> Collector:
    try:
        from akios_jail.cli.trace_collector import Collector
    except ImportError as error:
        if (error.name or "").startswith("akios_jail"):
            raise
        raise click.ClickException(
            "spans cannot be sent: the extra `otel` of akios-jail is not installed\n"
            f"  Install it: {sys.executable} -m pip install 'akios-jail[otel]'. --json needs nothing."
        ) from error
    return Collector(address, headers, timeout, compress=compress)


def _address(url: str) -> str:
    """Where the collector takes traces."""
    try:
        parts = urlsplit(url)
        wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        wrong = True
    if wrong or not url.isprintable() or " " in url:
        raise click.UsageError(f"{url!r} is no address of a collector: http://HOST:4318, for example")
    if parts.username is not None or parts.password is not None:
        raise click.UsageError("a collector's address holds no name or password: give them with --header")
    path = parts.path.rstrip("/")
    return parts._replace(path=path if path.endswith(_PATH) else f"{path}{_PATH}", fragment="").geturl()


def _given(headers: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for each in headers:
        parts = _HEADER.fullmatch(each)
        if parts is None:
            raise click.UsageError("--header takes K=V, a header's name and its value in ASCII")
        found[parts[1]] = parts[2].strip()
    return found


def _resource(trace: Trace) -> dict[str, Any]:
    from akios_jail.radar import spans

    return {"service.name": spans.service(trace)}


def _scope() -> tuple[str, str]:
    from akios_jail import __version__

    return "akios", __version__
