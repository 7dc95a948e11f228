import json
import sys

import openai
import tools

client = openai.OpenAI(max_retries=0)
offered = [
    {"type": "function", "name": "get_order", "parameters": tools.NUMBER, "strict": False},
    {"type": "function", "name": "issue_credit", "parameters": tools.ACCOUNT, "strict": False},
]
said = [{"role": "user", "content": tools.ORDER}]


def ask():
    question = {"model": "gpt-4o", "input": said, "tools": offered, "instructions": "Be brief.", "store": False}
    if "stream" not in sys.argv:
        return client.responses.create(**question)
    with client.responses.stream(**question) as events:
        return events.get_final_response()


def called(output):
    return [item for item in output if item.type == "function_call"]


while calls := called((answer := ask()).output):
    said += [item.to_dict() for item in answer.output]
    for call in calls:
        given = tools.run(call.name, json.loads(call.arguments))
        said.append({"type": "function_call_output", "call_id": call.call_id, "output": given})
tools.tell(answer.output_text, [answer.usage.input_tokens, answer.usage.output_tokens])
