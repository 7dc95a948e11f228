"""An agent as people write them: it reads a customer from the CRM and has a model draft an answer.

Nothing here knows of AKIOS, and any HTTP client or SDK would do; this one needs no package. What the policy makes of
it: the CRM may be read, not written; the model sees no e-mail address, telephone or social security number.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from typing import Any


def fetch(url: str, document: object = None) -> Any:
    """GET, or POST `document`; the JSON of the answer."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {os.environ.get('OPENAI_API_KEY', '')}"}
    data = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - both URLs are below
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def main() -> None:
    customer = fetch("https://internal-crm.corp/customers/4821")
    print("The CRM says:  ", customer)

    question = f"Draft a friendly note about order {customer['order']} to this customer: {json.dumps(customer)}"
    messages = [{"role": "user", "content": question}]
    answer = fetch("https://api.openai.com/v1/chat/completions", {"model": "gpt-4o-mini", "messages": messages})
    print("The model says:", answer["choices"][0]["message"]["content"])

    try:
        fetch("https://internal-crm.corp/customers/4821", {"refund_usd": 15000})
    except urllib.error.HTTPError as refusal:
        print("No refund:     ", json.load(refusal)["error"]["message"])
    else:
        sys.exit("A refund went through, and nobody was asked.")


if __name__ == "__main__":
    main()
