"""An agent with tools side by side, a retry, a sub-agent and a compaction, on LangChain."""

import sys

from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

if "anthropic" in sys.argv:
    model = ChatAnthropic(model="claude-sonnet-4-5", max_tokens=2048, max_retries=2)
else:
    model = ChatOpenAI(model="gpt-4o", max_retries=2, stream_usage=True, use_responses_api="responses" in sys.argv)


@tool
def get_order(order_id: str) -> str:
    """Look an order up."""
    return f"order {order_id} was handed over on the 17th"


@tool
def ask_courier(task: str) -> str:
    """Have a courier look after something."""
    messages = [SystemMessage("You are a courier."), HumanMessage(f"Your task: {task}")]
    return f"The courier says: {work(messages, [get_order])}"


def work(messages, tools):
    """The agent's loop, to its answer."""
    bound = model.bind_tools(tools)
    named = {each.name: each for each in tools}
    while (answer := ask(bound, messages)).tool_calls:
        messages.append(answer)
        for call in answer.tool_calls:
            messages.append(ToolMessage(named[call["name"]].invoke(call["args"]), tool_call_id=call["id"]))
    messages.append(answer)
    return answer.text


def ask(bound, messages):
    if "stream" not in sys.argv:
        return bound.invoke(messages)
    whole = None
    for chunk in bound.stream(messages):
        whole = chunk if whole is None else whole + chunk
    return whole


system = SystemMessage("You are a clerk.")
conversation = [system, HumanMessage("Where are the orders 4821 and 4822?")]
work(conversation, [get_order, ask_courier])
conversation.append(HumanMessage("Sum up what we know."))
summary = work(conversation, [get_order, ask_courier])
conversation = [system, HumanMessage(f"What was said before:\n{summary}\n\nIs anything open?")]
print(work(conversation, [get_order, ask_courier]))
