"""How much a call can use at most, before it runs.

Input. Model vocabularies are byte-level: a token stands for at least one byte, so text has at most as many tokens as
UTF-8 bytes. Some tokenizers normalise text first (NFKC), which can make it longer; the longer form counts. The
document's JSON is longer than what providers make of it (roles, separators, tool definitions); what they add is
bounded below. Images have a bound of their own; files, and whatever is only named by a URL or an id, are bounded by
the model's context window.

Output. The provider enforces the output limit that is in the call. A call that states none gets one.

Tokens a minute need no bound but a good guess: three and a half ASCII characters a token, and any other character
one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from akios_jail.flux.ledger import Headroom, Want
from akios_jail.flux.prices import Rates

#: The output limit of a call that states none, if the budget affords it ...
DEFAULT_OUTPUT = 16_384
#: ... and the least that is worth asking for: with less left the call is refused.
LEAST_OUTPUT = 256
#: What a call that states no limit is guessed to write, at least, when only a rate has to be kept.
EXPECTED_OUTPUT = 1_024
#: What providers put around a document: the frame of a prompt, and the instructions that come with tools.
FRAME_TOKENS = 1_024
#: Tokens of one image at most, whatever its size (OpenAI: 10,000 patches; Anthropic: 4,784) ...
IMAGE_TOKENS = 16_384
#: ... and for the gpt-4o-mini family, which counts 2,833 and 5,667 for each of at most eight tiles.
MINI_IMAGE_TOKENS = 49_152


class Unbounded(Exception):
    """No bound can be given for this call. The message is for people."""


class Content(NamedTuple):
    """What a call consists of, as far as its size goes. `references`: files, and data that is not in the call.
    `added`: tokens that the provider is known to add for it."""

    document: bytes
    model: str
    images: int = 0
    references: int = 0
    added: int = 0


def input_bound(content: Content, context_window: int | None) -> int:
    """Input tokens at most. `Unbounded` for references where the context window is not known."""
    size = len(content.document)
    if not content.document.isascii():
        text = content.document.decode("utf-8")
        size = max(size, len(unicodedata.normalize("NFKC", text).encode("utf-8")))
    mini = "4o-mini" in content.model.lower()
    tokens = size + FRAME_TOKENS + content.added + content.images * (MINI_IMAGE_TOKENS if mini else IMAGE_TOKENS)
    if content.references == 0:
        return tokens
    if context_window is None:
        raise Unbounded("it names files or addresses whose size is not known, and this model's context window is not")
    return max(tokens, context_window)


def input_guess(content: Content, media_bytes: int) -> int:
    """Input tokens as they probably are. `media_bytes`: how much of the document is base64."""
    text = content.document.decode("utf-8")
    wide = 0 if text.isascii() else sum(1 for char in text if char > "\x7f")
    narrow = max(0, len(text) - wide - media_bytes)
    return -(-narrow * 2 // 7) + wide + content.images * 1_024


def affordable_output(
    headroom: Headroom,
    rates: Rates | None,
    input_tokens: int,
    guess: int,
    choices: int,
    most: int = DEFAULT_OUTPUT,
    least: int = LEAST_OUTPUT,
) -> int:
    """The output limit that a call gets: `most`, or as much of it as the budget affords, but never below `least`."""
    limits = [most]
    if rates is not None and rates.output > 0:
        for microusd in (headroom.microusd, headroom.minute_microusd):
            if microusd is not None:
                money = microusd - rates.cost(input_tokens, 0)
                limits.append(int(money // rates.output) // choices)
    if headroom.tokens is not None:
        limits.append((headroom.tokens - input_tokens) // choices)
    if headroom.minute_tokens is not None:
        limits.append((headroom.minute_tokens - guess) // choices)
    return max(min(most, least), min(limits))


def want(rates: Rates | None, input_tokens: int, output_tokens: int, minute_tokens: int) -> Want:
    """What to reserve; `output_tokens` for all choices together."""
    cost = rates.cost(input_tokens, output_tokens) if rates is not None else 0
    return Want(cost, input_tokens + output_tokens, minute_tokens)


def minute_want(limit: int | None, guess: int, output_tokens: int, stated: bool) -> int:
    """What a call asks of the minute.

    An output limit that the agent states is taken at its word, up to a whole minute's worth: such a call runs alone. A
    limit that we wrote is not what the agent expects to get, so a quarter of the minute is asked for, and a few such
    calls run side by side.
    """
    if limit is None:
        return guess
    ceiling = max(limit - guess, LEAST_OUTPUT) if stated else max(limit // 4, EXPECTED_OUTPUT)
    return guess + min(output_tokens, ceiling)


def count_media(kinds: Iterable[tuple[str, str]]) -> tuple[int, int]:
    """Images and references among payloads given as (kind, form)."""
    images = references = 0
    for kind, form in kinds:
        if kind == "image":
            images += 1
        elif kind == "file" or form == "reference":
            references += 1
    return images, references
