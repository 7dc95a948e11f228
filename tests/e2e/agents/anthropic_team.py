"""An agent with tools side by side, a retry, a sub-agent and a compaction, on Anthropic's SDK."""

import sys

import anthropic

client = anthropic.Anthropic(max_retries=2)
ORDER = {"name": "get_order", "input_schema": {"type": "object", "properties": {"order_id": {"type": "string"}}}}
ASK = {"name": "ask_courier", "input_schema": {"type": "object", "properties": {"task": {"type": "string"}}}}


def ask(messages, tools, system):
    thinking = {"type": "enabled", "budget_tokens": 1024}
    question = {"model": "claude-sonnet-4-5", "max_tokens": 2048, "messages": messages, "tools": tools}
    question |= {"system": system, "thinking": thinking}
    if "stream" not in sys.argv:
        return client.messages.create(**question)
    with client.messages.stream(**question) as events:
        return events.get_final_message()


def work(messages, tools, system):
    """The agent's loop, to its answer."""
    while (answer := ask(messages, tools, system)).stop_reason == "tool_use":
        messages.append({"role": "assistant", "content": answer.content})
        results = [
            {"type": "tool_result", "tool_use_id": block.id, "content": carry_out(block.name, block.input)}
            for block in answer.content
            if block.type == "tool_use"
        ]
        messages.append({"role": "user", "content": results})
    messages.append({"role": "assistant", "content": answer.content})
    return "".join(block.text for block in answer.content if block.type == "text")


def carry_out(name, arguments):
    if name == "ask_courier":
        answer = work([{"role": "user", "content": f"Your task: {arguments['task']}"}], [ORDER], "You are a courier.")
        return f"The courier says: {answer}"
    return f"order {arguments['order_id']} was handed over on the 17th"


SYSTEM = "You are a clerk."
conversation = [{"role": "user", "content": "Where are the orders 4821 and 4822?"}]
work(conversation, [ORDER, ASK], SYSTEM)
conversation.append({"role": "user", "content": "Sum up what we know."})
summary = work(conversation, [ORDER, ASK], SYSTEM)
conversation = [{"role": "user", "content": f"What was said before:\n{summary}\n\nIs anything open?"}]
print(work(conversation, [ORDER, ASK], SYSTEM))
