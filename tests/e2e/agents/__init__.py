"""Agents that the end-to-end tests run in a jail: written for their SDKs alone, without a thought of AKIOS.

Each is asked about an order by `ORDER`, offers the model two tools, runs all that the model asks for in one turn, tells
it what they gave, and prints one JSON object: `text`, the model's last words; `tools`, what was run; `tokens`, input
and output of the last answer as the SDK tells them. With `stream` as its argument it reads answers as streams.
"""
