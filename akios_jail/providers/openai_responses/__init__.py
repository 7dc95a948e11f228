"""OpenAI responses (`POST …/v1/responses`, and `…/v1/responses/input_tokens`, which costs nothing but carries the
input), as OpenAI, Azure and compatible servers speak it.

Fields as in OpenAI's API reference ("Responses", "Streaming events"). An answer is a list of items (messages,
reasoning, calls of tools). In a stream each item has events of its own, all under its `output_index`; events are
numbered, and the last one repeats the whole response with its usage. `…/responses/compact` is not read: what it writes
has no limit that could be reserved.
"""

from akios_jail.providers.openai_responses.wire import OpenAIResponses

__all__ = ["OpenAIResponses"]
