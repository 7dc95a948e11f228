"""Does to its broker what a line of its input says, and says in a line what came of it: an agent that is an enemy.

A line is a JSON list: the name of a deed, and what it is given. `came` of an answer is its status, or what went wrong.
"""

import json
import sys

import deeds
import floods  # noqa: F401 - it has deeds
import speech  # noqa: F401 - it has deeds

print("ready", flush=True)
for line in sys.stdin:
    name, *given = json.loads(line)
    try:
        came = deeds.DEEDS[name](*given)
    except Exception as error:
        came = {"came": type(error).__name__, "message": str(error)}
    print(json.dumps(came), flush=True)
