import OpenAI from "openai";

const ORDER = "Is order 4821 to be credited? Answer ada.winters@example.com.";
const NUMBER = { type: "object", properties: { order_id: { type: "string" } } };
const ACCOUNT = { type: "object", properties: { account: { type: "string" }, amount_usd: { type: "number" } } };
const client = new OpenAI({ maxRetries: 0 });
const tools = [
  { type: "function", function: { name: "get_order", parameters: NUMBER } },
  { type: "function", function: { name: "issue_credit", parameters: ACCOUNT } },
];
const messages = [{ role: "user", content: ORDER }];
const done = [];

function run(name, input) {
  done.push([name, input]);
  return name === "get_order" ? `order ${input.order_id} was delivered` : `credited ${input.amount_usd}`;
}

async function ask() {
  const question = { model: "gpt-4o", messages, tools };
  if (!process.argv.includes("stream")) return client.chat.completions.create(question);
  return client.chat.completions.stream({ ...question, stream_options: { include_usage: true } }).finalChatCompletion();
}

let answer;
while ((answer = await ask()).choices[0].message.tool_calls?.length) {
  const { role, content, tool_calls } = answer.choices[0].message;
  messages.push({ role, content, tool_calls });
  for (const call of tool_calls) {
    const given = run(call.function.name, JSON.parse(call.function.arguments));
    messages.push({ role: "tool", tool_call_id: call.id, content: given });
  }
}
const { prompt_tokens, completion_tokens } = answer.usage;
const text = answer.choices[0].message.content;
console.log(JSON.stringify({ text, tools: done, tokens: [prompt_tokens, completion_tokens] }));
