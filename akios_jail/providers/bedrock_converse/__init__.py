"""Bedrock's converse (`POST /model/ID/converse`, `…/converse-stream`, and `…/count-tokens`, which costs nothing but
carries the text), one format for the models of many makers.

Fields as in the Amazon Bedrock API reference ("Converse", "ConverseStream"). The model, an inference profile or an ARN
of either stands in the path. Streams are AWS's own event streams. `usage.inputTokens` leaves out what was read from or
written to the prompt cache; the neutral form adds both. No answer names its model.
"""

from akios_jail.providers.bedrock_converse.wire import BedrockConverse

__all__ = ["BedrockConverse"]
