"""Anthropic messages (`POST …/v1/messages`, and `…/v1/messages/count_tokens`, which costs nothing but carries the
text).

Fields as in Anthropic's API reference ("Messages", "Streaming messages"). `usage.input_tokens` leaves out what was
read from or written to the prompt cache; the neutral form adds both. A stream tells its input at `message_start` and,
in each `message_delta`, all output so far.
"""

from akios_jail.providers.anthropic_messages.wire import AnthropicMessages

__all__ = ["AnthropicMessages"]
