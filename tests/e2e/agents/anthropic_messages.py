import sys

import anthropic
import tools

client = anthropic.Anthropic(max_retries=0)
offered = [
    {"name": "get_order", "input_schema": tools.NUMBER},
    {"name": "issue_credit", "input_schema": tools.ACCOUNT},
]
messages = [{"role": "user", "content": tools.ORDER}]


def ask():
    thinking = {"type": "enabled", "budget_tokens": 1024}
    question = {"model": "claude-sonnet-4-5", "max_tokens": 2048, "thinking": thinking}
    question |= {"messages": messages, "tools": offered}
    if "stream" not in sys.argv:
        return client.messages.create(**question)
    with client.messages.stream(**question) as events:
        return events.get_final_message()


while (answer := ask()).stop_reason == "tool_use":
    messages.append({"role": "assistant", "content": answer.content})
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": tools.run(block.name, block.input)}
        for block in answer.content
        if block.type == "tool_use"
    ]
    messages.append({"role": "user", "content": results})
text = "".join(block.text for block in answer.content if block.type == "text")
tools.tell(text, [answer.usage.input_tokens, answer.usage.output_tokens])
