"""OpenAI's SDK with personal data in uploaded files, their names, and header fields. `values.json` holds it."""

import json
from pathlib import Path

import openai

values = json.loads(Path("values.json").read_text())
lines = "\n".join(f"{kind.replace('_', ' ')}: {value}" for kind, value in values.items())
client = openai.OpenAI(max_retries=0, default_headers={"X-Customer": values["email"], "X-Note": values["phone"]})
files = {
    "notes.txt": lines.encode(),
    "rows.jsonl": "".join(json.dumps({kind: value}) + "\n" for kind, value in values.items()).encode(),
    "table.csv": (";".join(values) + "\n" + ";".join(values.values()) + "\n").encode(),
    f"{values['email']}.txt": b"nothing in it",
}
said = []
for name, content in files.items():
    try:
        client.files.create(file=(name, content), purpose="assistants")
        said.append("taken")
    except openai.NotFoundError:  # the server has no files; it received this one all the same
        said.append("received")
    except openai.PermissionDeniedError:
        said.append("refused")
answer = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": lines}])
print(json.dumps({"files": said, "text": answer.choices[0].message.content}))
