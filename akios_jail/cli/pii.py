"""`akios pii`: which personal data a text holds, and what each kind is."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import click

from akios_jail.cli.style import on_a_line, paint

if TYPE_CHECKING:
    from akios_jail.cli.pii_output import Output
    from akios_jail.pii.redactor import Redactor
    from akios_jail.policy.plans import Pii

#: As linters do: nothing found, something found; bad usage, and what could not be read, is 2.
CLEAN, FOUND, TROUBLE = 0, 1, 2
#: So much of a file is read at once, in bytes.
BLOCK = 1 << 20
#: A longer line of `--lines` is refused.
MAX_LINE = 16 << 20
#: From this size on, a person at a terminal sees how far it is.
_LONG = 8 << 20


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Find personal data in texts, and explain what is found.

    \b
    akios pii scan notes.txt
    git diff | akios pii scan
    akios pii explain iban
    akios pii explain --text "call me on 212 555 0123"
    """


_FIELDS = click.option("--fields", default="", metavar="KIND,…", help="Only these kinds or groups (all by default).")
_NER = click.option(
    "--ner", multiple=True, metavar="MODEL", help="Names of people by this model of spaCy, too. May be repeated."
)
_POLICY = click.option("-p", "--policy", default="", metavar="FILE", help="What this policy looks for, and allows.")
_STATE = click.option(
    "--state-dir", default="", metavar="DIR", help="The state folder; compiled patterns are kept there."
)


@command.command(short_help="Find personal data in files, or in what is piped in.")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@_FIELDS
@_POLICY
@_NER
@_STATE
@click.option("--json", "as_json", is_flag=True, help="A JSON object a finding, one a line.")
@click.option("--sarif", is_flag=True, help="SARIF 2.1.0, for code scanning.")
@click.option("--lines", is_flag=True, help="Each line of the input is a JSON document; its keys count.")
@click.option("--show", is_flag=True, help="Show the values, too.")
@click.option("--min-confidence", type=click.FloatRange(0, 1), default=0.0, metavar="0..1", help="Only surer findings.")
def scan(
    files: tuple[str, ...],
    fields: str,
    policy: str,
    ner: tuple[str, ...],
    state_dir: str,
    as_json: bool,
    sarif: bool,
    lines: bool,
    show: bool,
    min_confidence: float,
) -> int:
    """Find personal data in files; without a FILE, or for `-`, in what is piped in.

    Offsets, lines and columns count characters. Values are not shown unless --show asks for them. Files of any length
    are read piece by piece; files that are no text are passed over. Exit status: 0 nothing found, 1 something found, 2
    bad usage, or a file that could not be read or judged.

    \b
    akios pii scan notes.txt mails/*.eml
    kubectl logs web-1 | akios pii scan --fields email,ip_address
    akios pii scan --policy policy.yaml --json prompts.txt | jq .kind
    akios pii scan --lines --json answers.jsonl
    akios pii scan --sarif src/*.py > findings.sarif
    akios pii scan --ner en_core_web_sm letter.txt
    """
    from akios_jail.cli.pii_output import output

    if as_json and sarif:
        raise click.UsageError("--json and --sarif: one of them")
    redactor = _redactor(fields, policy, ner, state_dir)
    status = CLEAN
    with output("json" if as_json else "sarif" if sarif else "", sys.stdout, show) as out:
        for name in files or ("-",):
            found = _scan_file(name, redactor, out, lines, min_confidence)
            status = max(status, found)
    return status


def _scan_file(name: str, redactor: Redactor, out: Output, lines: bool, least: float) -> int:
    """The status of one file; its findings go out."""
    status = CLEAN
    try:
        for path, placed in _findings(name, redactor, lines):
            if placed.finding.confidence >= least:
                out.finding(name, path, placed)
                status = FOUND
    except _Unjudged as error:
        print(f"{paint('akios:', 'bad', sys.stderr)} {on_a_line(f'{name}: {error}')}", file=sys.stderr)
        return TROUBLE
    return status


class _Unjudged(Exception):
    """A file could not be read or judged: why, in words. No error of the output's is one."""


def _findings(name: str, redactor: Redactor, lines: bool) -> Iterator[tuple[str, Placed]]:
    from akios_jail.pii.vault import Unredactable

    try:
        with _opened(name) as stream:
            yield from _by_line(stream, redactor) if lines else _by_piece(stream, redactor)
    except IsADirectoryError as error:
        words = "a folder, and only files are read: find FOLDER -type f -exec akios pii scan {} +"
        raise _Unjudged(words) from error
    except (OSError, ValueError, Unredactable) as error:
        raise _Unjudged(error.strerror if isinstance(error, OSError) and error.strerror else str(error)) from error


@contextmanager
def _opened(name: str) -> Iterator[IO[bytes]]:
    if name == "-":
        yield sys.stdin.buffer
        return
    with open(name, "rb") as stream:
        yield stream


def _by_piece(stream: IO[bytes], redactor: Redactor) -> Iterator[tuple[str, Placed]]:
    """The findings of a text that is read piece by piece, in UTF-8, or UTF-16 with its mark."""
    import codecs

    from akios_jail.pii.finding_stream import FindingStream

    head = stream.read(BLOCK)
    coding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    if coding == "utf-8" and b"\0" in head[:8192]:
        raise ValueError("no text, so it was passed over")
    decoder = codecs.getincrementaldecoder(coding)("replace")
    looking = FindingStream(redactor)
    for block in _blocks(stream, head):
        yield from (("", placed) for placed in looking.feed(decoder.decode(block)))
    yield from (("", placed) for placed in looking.feed(decoder.decode(b"", True)))
    yield from (("", placed) for placed in looking.finish())


def _blocks(stream: IO[bytes], head: bytes) -> Iterator[bytes]:
    """The stream's blocks; a person who waits for a long file sees how far it is."""
    size = stream.seek(0, 2) if stream.seekable() else 0
    if size:
        stream.seek(len(head))
    watched = size > _LONG and sys.stderr.isatty()
    done = 0
    block = head
    while block:
        done += len(block)
        yield block
        if watched:
            print(f"\r{done * 100 // size} %", end="\r" if done < size else "\r      \r", file=sys.stderr, flush=True)
        block = stream.read(BLOCK)


def _by_line(stream: IO[bytes], redactor: Redactor) -> Iterator[tuple[str, Placed]]:
    """The findings of JSON lines; offsets are in the string that the path leads to, the line is that of the input."""
    from akios_jail.pii.finding_stream import Placed
    from akios_jail.pii.strings import strings

    number = 0
    while line := stream.readline(MAX_LINE):
        number += 1
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            raise ValueError(f"line {number} is no JSON document of at most {MAX_LINE >> 20} MiB") from None
        for place in strings(document):
            for finding in redactor.find(place.text, place.key, place.meaning):
                value = place.text[finding.start : finding.end]
                yield place.path, Placed(finding, number, finding.start + 1, value)


@command.command(short_help="Say what a kind is, or why a text was found or not.")
@click.argument("kind", default="")
@click.option("--text", default="", metavar="TEXT", help="Say what is found in this text, and what is not and why.")
@_FIELDS
@_POLICY
@_NER
@_STATE
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def explain(kind: str, text: str, fields: str, policy: str, ner: tuple[str, ...], state_dir: str, as_json: bool) -> int:
    """Say what a KIND of personal data is: its form, how it is checked, how sure it is, what is missed.

    Without a KIND it lists them all.

    \b
    akios pii explain
    akios pii explain national_id
    akios pii explain --text "my card is 4111 1111 1111 1112"
    """
    from akios_jail.cli import pii_explain

    if text and kind:
        raise click.UsageError("a KIND or a --text, not both")
    if text:
        told = pii_explain.of_text(text, _redactor(fields, policy, ner, state_dir))
        print(json.dumps(told, indent=2, ensure_ascii=False) if as_json else pii_explain.text_in_words(told, text))
        return FOUND if told["found"] else CLEAN
    rows = pii_explain.of_kinds(kind)
    print(json.dumps(rows, indent=2, ensure_ascii=False) if as_json else pii_explain.kinds_in_words(rows))
    return CLEAN


def _redactor(fields: str, policy: str, ner: tuple[str, ...], state_dir: str) -> Redactor:
    """What looks for the kinds that are asked for. `click.UsageError` for one, or a model, that there is not."""
    from akios_jail.cli import pii_cache
    from akios_jail.pii.setup import redactor_of

    redactor = redactor_of(_wanted(fields, policy, ner))
    pii_cache.prepare(redactor.engine, state_dir)
    return redactor


def _wanted(fields: str, policy: str, ner: tuple[str, ...]) -> Pii:
    """What the options ask for."""
    from akios_jail.pii.catalogue import BY_NAME, GROUPS, expanded
    from akios_jail.policy.plans import Pii

    if fields and policy:
        raise click.UsageError("--fields or --policy, not both")
    if policy:
        pii = _of_policy(policy)
        return pii._replace(ner=_models(ner) or pii.ner)
    names = [name.strip() for name in fields.split(",") if name.strip()]
    unknown = [name for name in names if name not in GROUPS and name not in BY_NAME]
    if unknown:
        raise click.UsageError(f"no kind is called {unknown[0]!r}; there is: {', '.join([*GROUPS, *BY_NAME])}")
    return Pii("observe", expanded(names or ("all",)), ner=_models(ner))


def _models(names: tuple[str, ...]) -> tuple[str, ...]:
    """The models, if they can be used. `click.UsageError` says what is missing."""
    from akios_jail.policy.language_models import missing

    for name in names:
        wrong = missing(name)
        if wrong is not None:
            raise click.UsageError(f"{wrong.message}. {wrong.hint}")
    return names


def _of_policy(file: str) -> Pii:
    """What the policy says of personal data: its kinds, patterns, words, and what it allows."""
    from akios_jail.policy.compile import compile_file

    pii = compile_file(file).broker.pii
    if pii.mode == "off":
        raise click.UsageError(f"{file} has no pii_handling, or its mode is off: it looks for nothing")
    return pii


if TYPE_CHECKING:
    from akios_jail.pii.finding_stream import Placed
