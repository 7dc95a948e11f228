"""An ordinary agent: it has a model shorten a letter. It does not know that it is governed, and needs no package.

Put your own in its place. Any language, SDK or framework will do: `akios run --policy policy.yaml -- node agent.mjs`.
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

MODEL = "https://api.openai.com/v1/chat/completions"
LETTER = """\
Hello, this is Erika Gabler (erika.gabler@example.com, call me at +1 202-456-1111).
My order 4821 came without its cable. Could you send one after it? Thank you!
"""


def call(method: str, url: str, document: object = None) -> Any:
    """One request; the JSON of its answer."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {os.environ.get('OPENAI_API_KEY', '')}"}
    data = None if document is None else json.dumps(document).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=60) as answer:
        return json.load(answer)


def refusal(method: str, url: str) -> str:
    """What comes back for a request that the policy does not allow."""
    try:
        call(method, url)
    except urllib.error.HTTPError as error:
        return str(json.load(error)["error"]["message"])
    except urllib.error.URLError as error:
        return str(error.reason)
    return "it went through"


def main() -> None:
    print("files in my home:  ", len(os.listdir(Path.home())))
    print("processes I can see:", len([name for name in os.listdir("/proc") if name.isdigit()]))
    print("listing the models: ", refusal("GET", "https://api.openai.com/v1/models"))
    print("visiting a stranger:", refusal("GET", "https://example.org/"))

    if os.environ.get("OPENAI_API_KEY"):
        messages = [{"role": "user", "content": f"In one sentence, what does this person want?\n\n{LETTER}"}]
        answer = call("POST", MODEL, {"model": "gpt-4o-mini", "messages": messages})
        summary = answer["choices"][0]["message"]["content"]
    else:
        summary = "OPENAI_API_KEY is not set, so no model was asked."
    print("the letter, in short:", summary)
    Path("out/summary.txt").write_text(f"{summary}\n")


if __name__ == "__main__":
    main()
