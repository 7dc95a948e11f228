import json
import sys

import botocore.config
import botocore.session
import tools

plain = botocore.config.Config(retries={"total_max_attempts": 1})
client = botocore.session.Session().create_client("bedrock-runtime", region_name="us-east-1", config=plain)
offered = [
    {"toolSpec": {"name": "get_order", "inputSchema": {"json": tools.NUMBER}}},
    {"toolSpec": {"name": "issue_credit", "inputSchema": {"json": tools.ACCOUNT}}},
]
messages = [{"role": "user", "content": [{"text": tools.ORDER}]}]


def ask():
    """The content of an answer, and what it used."""
    question = {"modelId": "anthropic.claude-3-haiku-20240307-v1:0", "messages": messages}
    question["toolConfig"] = {"tools": offered}
    if "stream" not in sys.argv:
        answer = client.converse(**question)
        return answer["output"]["message"]["content"], answer["usage"]
    blocks, usage = {}, {}
    for event in client.converse_stream(**question)["stream"]:
        kind, told = next(iter(event.items()))
        if kind == "contentBlockStart":
            blocks[told["contentBlockIndex"]] = {"toolUse": {**told["start"]["toolUse"], "input": ""}}
        elif kind == "contentBlockDelta" and "text" in told["delta"]:
            block = blocks.setdefault(told["contentBlockIndex"], {"text": ""})
            block["text"] += told["delta"]["text"]
        elif kind == "contentBlockDelta" and "toolUse" in told["delta"]:
            blocks[told["contentBlockIndex"]]["toolUse"]["input"] += told["delta"]["toolUse"]["input"]
        elif kind == "metadata":
            usage = told["usage"]
    for block in blocks.values():
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"]["input"])
    return [blocks[index] for index in sorted(blocks)], usage


def called(content):
    return [block["toolUse"] for block in content if "toolUse" in block]


while calls := called((answer := ask())[0]):
    messages.append({"role": "assistant", "content": answer[0]})
    results = [(call["toolUseId"], tools.run(call["name"], call["input"])) for call in calls]
    content = [{"toolResult": {"toolUseId": call, "content": [{"text": given}]}} for call, given in results]
    messages.append({"role": "user", "content": content})
text = "".join(block.get("text", "") for block in answer[0])
tools.tell(text, [answer[1]["inputTokens"], answer[1]["outputTokens"]])
