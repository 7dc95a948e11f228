import sys

import tools
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI


@tool
def get_order(order_id: str) -> str:
    """Look an order up."""
    return tools.run("get_order", {"order_id": order_id})


@tool
def issue_credit(account: str, amount_usd: float) -> str:
    """Credit an amount to an account."""
    return tools.run("issue_credit", {"account": account, "amount_usd": amount_usd})


if "anthropic" in sys.argv:
    model = ChatAnthropic(model="claude-sonnet-4-5", max_tokens=2048, max_retries=0)
else:
    model = ChatOpenAI(model="gpt-4o", max_retries=0, stream_usage=True)
bound = model.bind_tools([get_order, issue_credit])
messages = [HumanMessage(tools.ORDER)]


def ask():
    if "stream" not in sys.argv:
        return bound.invoke(messages)
    whole = None
    for chunk in bound.stream(messages):
        whole = chunk if whole is None else whole + chunk
    return whole


while (answer := ask()).tool_calls:
    messages.append(answer)
    for call in answer.tool_calls:
        given = {"get_order": get_order, "issue_credit": issue_credit}[call["name"]].invoke(call["args"])
        messages.append(ToolMessage(given, tool_call_id=call["id"]))
usage = answer.usage_metadata
tools.tell(answer.text, [usage["input_tokens"], usage["output_tokens"]])
