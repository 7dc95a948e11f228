"""Asks each of the names in names.json for a page, twice each: what the second came to."""

import json
import urllib.error
import urllib.request


def fetched(name):
    try:
        with urllib.request.urlopen(f"http://{name}/", timeout=30) as answer:
            return "done" if answer.read() == b"inner" else "outer"
    except urllib.error.HTTPError as refusal:
        return json.loads(refusal.read())["error"]["code"]
    except OSError as error:
        return type(error).__name__


with open("names.json") as file:
    names = json.load(file)
print(json.dumps({words: [fetched(name), fetched(name)][1] for words, name in names.items()}))
