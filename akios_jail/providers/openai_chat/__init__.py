"""OpenAI chat completions (`POST …/chat/completions`), as OpenAI, Azure and the many compatible servers speak it.

Fields as in OpenAI's API reference ("Chat", "Streaming"). A stream tells its usage only when `stream_options.
include_usage` is set, in a last chunk whose `choices` is empty; all earlier chunks then carry `"usage": null`. The
broker always asks, and takes both out again for an agent that did not.
"""

from akios_jail.providers.openai_chat.wire import OpenAIChat

__all__ = ["OpenAIChat"]
