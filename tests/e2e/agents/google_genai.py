import sys

import tools
from google import genai
from google.genai import types

client = genai.Client()
offered = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(name="get_order", parameters_json_schema=tools.NUMBER),
        types.FunctionDeclaration(name="issue_credit", parameters_json_schema=tools.ACCOUNT),
    ]
)
contents = [types.Content(role="user", parts=[types.Part(text=tools.ORDER)])]


def ask():
    """The parts of an answer, and what it used."""
    question = {"model": "gemini-2.5-flash", "contents": contents}
    question["config"] = types.GenerateContentConfig(tools=[offered])
    if "stream" in sys.argv:
        pieces = list(client.models.generate_content_stream(**question))
    else:
        pieces = [client.models.generate_content(**question)]
    parts = [part for piece in pieces for part in piece.candidates[0].content.parts or []]
    return parts, pieces[-1].usage_metadata


def called(parts):
    return [part.function_call for part in parts if part.function_call]


while calls := called((answer := ask())[0]):
    contents.append(types.Content(role="model", parts=answer[0]))
    given = [(call.name, {"result": tools.run(call.name, dict(call.args))}) for call in calls]
    results = [types.Part.from_function_response(name=name, response=result) for name, result in given]
    contents.append(types.Content(role="user", parts=results))
parts, usage = answer
text = "".join(part.text for part in parts if part.text and not part.thought)
tools.tell(text, [usage.prompt_token_count, usage.candidates_token_count])
