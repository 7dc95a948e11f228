"""Messages of one part that is repeated, by target: what stands before it, the part, what stands behind."""

from __future__ import annotations

REPEATED: dict[str, list[tuple[bytes, bytes, bytes]]] = {
    "credentials": [(b"", b"sk-proj-", b""), (b"", b"%25", b"")],
    "http": [
        (b"GET /", b"a/../", b" HTTP/1.1\r\nHost: api.example\r\n\r\n"),
        (b"GET /", b"%2525", b" HTTP/1.1\r\nHost: api.example\r\n\r\n"),
        (b"GET / HTTP/1.1\r\nHost: api.example\r\nConnection: ", b"a,", b"\r\n\r\n"),
        (b"POST / HTTP/1.1\r\nHost: api.example\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", b"0\r\n\r\n"),
    ],
    "upstream_answers": [
        (b"GET\n", b"HTTP/1.1 103 x\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        (b"GET\nHTTP/1.1 200 OK\r\nConnection: ", b"a,", b"\r\n\r\n"),
        (b"GET\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", b"0\r\n\r\n"),
        (b"GET\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
    ],
    "budgets": [
        (b'strict\n{"queue":[', b'[null,"p","d","ses_a","a",5,5,1.5,1.5],', b"[]]}"),
        (b'loose\n{"sessions":[["ses_a",1.5,"{\\"limits\\":[', b"{},", b'{}]}"]]}'),
    ],
    "clienthello": [(b"\x16\x03\x01\x00\x01\x01", b"\x16\x03\x01\x00\x01\x00", b"")],
    "dns": [(b"\0\7\1\0\0\1\0\0\0\0\0\0", b"\1a", b"\0\0\1\0\1")],
    "codings": [(b"gzip\n", b"\x1f\x8b", b""), (b"identity\n", b"a", b"")],
    "framings": [
        (b"sse\n", b"data: {}\n\n", b""),
        (b"sse\n", b"data: a\n", b"\n"),
        (b"sse\n", b"\r", b""),
        (b"json_array\n[", b"{},", b"{}]"),
        (b'json_array\n[{"a":"', b"\\\\", b'"}]'),
        (b"eventstream\n", b"\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", b""),
    ],
    "model_calls": [
        (b'h POST /v1/chat/completions\n{"model":"m","messages":[', b'{"role":"user","content":"x"},', b"{}]}"),
        (b'h POST /v1/messages\n{"model":"m","max_tokens":5,"messages":[', b'{"role":"user","content":[{}]},', b"{}]}"),
        (b'h POST /v1/responses\n{"model":"m","input":[', b'{"type":"function_call","name":"f"},', b"{}]}"),
    ],
    "model_answers": [
        (b"openai_chat stream\n", b'data: {"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n', b""),
        (b"anthropic_messages stream\n", b'data: {"type":"ping"}\n\n', b""),
        (b"openai_responses stream\n", b'data: {"type":"response.x","sequence_number":1}\n\n', b""),
    ],
    "mcp": [
        (
            b'A: b\n\n{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"f","arguments":{"a":[',
            b"1,",
            b"1]}}}",
        )
    ],
    "personal_data": [
        (b"multipart/form-data; boundary=x\n", b"--x\r\nA: b\r\n\r\nc\r\n", b"--x--\r\n"),
        (b"application/json\n[", b'{"name":"Jane"},', b"1]"),
        (b"application/x-www-form-urlencoded\n", b"a=jane%40example.com&", b""),
    ],
    "conditions": [(b"request form\ntrue\n\n", b"a[]=1&", b""), (b"request json\ntrue\n\n[", b"[1],", b"1]")],
    "names": [(b"glob /", b"a*/", b"** /aa/"), (b"target /", b"./", b""), (b"visible ", b"\xd7\x90", b"1")],
    "control": [
        (b'{"type":"ask","fds":[],"text":[', b'"a",', b'"a"]}'),
        (b'{"counts":{},"changes":[', b'["a","b","c",1],', b"[]]}"),
    ],
    "audit": [
        (b"note\na\n\n", b"\xe2\x80\x94 a YWFhYWE=\n", b""),
        (b"bundle\n", b"\0\1{", b""),
        (b"leaf\n", b"[", b""),
    ],
    "signatures": [
        (b"keys\nalice namespaces=", b'"a"', b" ssh-ed25519 AAAA"),
        (b"signature\n", b"-----BEGIN SSH SIGNATURE-----\n", b""),
    ],
    "policy": [
        (
            b"apiVersion: akios/v1\nkind: AgentPolicy\nmetadata: {name: x}\nspec: {environment: {set: {",
            b"A: b, ",
            b"}}}",
        ),
        (b"a: [", b"&a [], *a, ", b"b]"),
    ],
    "recordings": [
        (b'trace\n{"edge":[', b'[1,1,"prefix",""],', b'[1,1,"reply",""]],"step":[[1,"prompt",1.5,"r","{}","{}"]]}')
    ],
}
