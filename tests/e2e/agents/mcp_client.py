"""Lists the tools of an MCP server and calls some: `mcp_client.py URL MODE`."""

import asyncio
import json
import sys

from mcp import Client, MCPError

WANTED = [
    ("get_order", {"order_id": "4821"}),
    ("issue_credit", {"account": "Ada", "amount_usd": 15000}),
    ("send_report", {"to": "finance", "limit": 500}),
]


async def main() -> None:
    told = {}
    async with Client(sys.argv[1], mode=sys.argv[2]) as client:
        told["tools"] = [tool.name for tool in (await client.list_tools()).tools]
        for name, arguments in WANTED:
            try:
                answer = await client.call_tool(name, arguments)
                told[name] = {"failed": answer.is_error, "text": answer.content[0].text}
            except MCPError as error:
                told[name] = {"failed": True, "text": str(error)}
    print(json.dumps(told))


asyncio.run(main())
