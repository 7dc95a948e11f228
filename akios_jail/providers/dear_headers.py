"""Header fields by which a call is billed at other prices than those of the list, or for more than the model.

Wire formats say most of this in the document, where each reads it; these clouds take it in a header as well (Vertex AI,
"Priority PayGo"; Amazon Bedrock, "InvokeModel").
"""

from __future__ import annotations

from collections.abc import Sequence

#: The values that cost no more than the list says; for any other, and where there are none, the cost has no bound.
_PLAIN: dict[str, frozenset[str]] = {
    "x-vertex-ai-llm-shared-request-type": frozenset(("", "standard", "flex", "shared")),
    "x-amzn-bedrock-service-tier": frozenset(("", "default", "flex")),
    "x-amzn-bedrock-performanceconfig-latency": frozenset(("", "standard")),
    "x-amzn-bedrock-guardrailidentifier": frozenset(("",)),
}


def unbounded(headers: Sequence[tuple[str, str]]) -> str:
    """What makes the cost of a call with these fields impossible to bound, as a clause for people; "" for nothing."""
    for name, value in headers:
        plain = _PLAIN.get(name.lower().replace("_", "-"))
        if plain is not None and value.strip().lower() not in plain:
            return f"the price list does not have the prices of this ({name[:60]}: {value[:40]})"
    return ""
