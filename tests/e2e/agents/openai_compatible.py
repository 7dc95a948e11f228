import json
import sys

import openai
import tools

where, model = sys.argv[1], sys.argv[2]
if "azure" in where:
    client = openai.AzureOpenAI(azure_endpoint=where, api_version="2024-10-21", max_retries=0)
else:
    client = openai.OpenAI(base_url=where, max_retries=0)
offered = [
    {"type": "function", "function": {"name": "get_order", "parameters": tools.NUMBER}},
    {"type": "function", "function": {"name": "issue_credit", "parameters": tools.ACCOUNT}},
]
messages = [{"role": "user", "content": tools.ORDER}]


def ask():
    question = {"model": model, "messages": messages, "tools": offered}
    if "stream" not in sys.argv:
        return client.chat.completions.create(**question)
    with client.chat.completions.stream(**question, stream_options={"include_usage": True}) as events:
        for _ in events:
            pass
        return events.get_final_completion()


while (answer := ask()).choices[0].message.tool_calls:
    message = answer.choices[0].message
    messages.append(message.model_dump(exclude_none=True, include={"role", "content", "tool_calls"}))
    for call in message.tool_calls:
        given = tools.run(call.function.name, json.loads(call.function.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": given})
tools.tell(answer.choices[0].message.content, [answer.usage.prompt_tokens, answer.usage.completion_tokens])
