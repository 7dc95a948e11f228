"""A record as an event of the Open Cybersecurity Schema Framework, version 1.6.0. Pure.

| record | class |
|---|---|
| verdict on HTTP, attempt, settlement | HTTP Activity (4002) |
| verdict on a connection | Network Activity (4001) |
| verdict on a name | DNS Activity (4003) |
| verdict on a tool call, approvals | API Activity (6003) |
| session.start, session.end | Application Lifecycle (6002) |
| session.violation | Detection Finding (2004) |
| anything else | Base Event (0) |

Verdicts and violations bear the profile `security_control`. What the schema has no place for is in `unmapped`.
"""

from __future__ import annotations

import json
from typing import Any

from akios_jail.audit.leaf import Leaf
from akios_jail.audit.moments import milliseconds

#: The version of the schema that events are of.
SCHEMA = "1.6.0"

#: HTTP Activity's activities by the request's method.
_METHODS = {
    "CONNECT": (1, "Connect"),
    "DELETE": (2, "Delete"),
    "GET": (3, "Get"),
    "HEAD": (4, "Head"),
    "OPTIONS": (5, "Options"),
    "POST": (6, "Post"),
    "PUT": (7, "Put"),
    "TRACE": (8, "Trace"),
}
#: What a verdict comes to: `action_id` and `disposition_id`, with their captions.
_OUTCOMES = {
    "allow": (1, "Allowed", 1, "Allowed"),
    "modify": (1, "Allowed", 11, "Corrected"),
    "hold": (0, "Unknown", 14, "Delayed"),
    "deny": (2, "Denied", 2, "Blocked"),
    "terminate": (2, "Denied", 2, "Blocked"),
}
#: `severity_id` by what a record says.
_SEVERITIES = {1: "Informational", 3: "Medium", 4: "High"}
_CATEGORIES = {0: "Uncategorized", 2: "Findings", 4: "Network Activity", 6: "Application Activity"}
_CLASSES = {
    0: "Base Event",
    2004: "Detection Finding",
    4001: "Network Activity",
    4002: "HTTP Activity",
    4003: "DNS Activity",
    6002: "Application Lifecycle",
    6003: "API Activity",
}


def ocsf(index: int, record: Leaf, origin: str, version: str) -> str:
    """The line of one record, without a newline."""
    return json.dumps(event(index, record, origin, version), separators=(",", ":"))


def event(index: int, record: Leaf, origin: str, version: str) -> dict[str, Any]:
    """One record as an event."""
    fields = dict(record.fields)
    number, activity, caption, parts = _classified(record, fields, index, origin)
    severity = _severity(record)
    product = {"name": "AKIOS jail", "vendor_name": "AKIOS", "version": version}
    document: dict[str, Any] = {
        "class_uid": number,
        "class_name": _CLASSES[number],
        "category_uid": number // 1000,
        "category_name": _CATEGORIES[number // 1000],
        "activity_id": activity,
        "activity_name": caption,
        "type_uid": number * 100 + activity,
        "type_name": f"{_CLASSES[number]}: {caption}",
        "severity_id": severity,
        "severity": _SEVERITIES[severity],
        "time": milliseconds(record.time),
        "metadata": {
            "version": SCHEMA,
            "product": product,
            "uid": f"{origin}/{index}",
            "sequence": index,
            "event_code": record.type,
            "log_name": origin,
            "original_time": record.time,
            **({"correlation_uid": record.session} if record.session else {}),
        },
        **parts,
    }
    _controlled(document, fields)
    if isinstance(duration := fields.get("duration_ms"), (int, float)) and not isinstance(duration, bool):
        document["duration"] = int(duration)
    if isinstance(reason := fields.pop("reason", None), str):
        document["message"] = reason
    document["unmapped"] = {"session": record.session, "n": record.n, **fields}
    return document


def _classified(record: Leaf, fields: dict[str, Any], index: int, origin: str) -> tuple[int, int, str, dict[str, Any]]:
    """The class, the activity with its caption, and what only this class has."""
    source = {"src_endpoint": {"uid": record.session or origin, "name": "agent" if record.session else "AKIOS"}}
    if record.type in ("session.start", "session.end"):
        app = {"name": _word(fields.get("policy_name")) or "agent", "vendor_name": "AKIOS", "uid": record.session}
        return 6002, *((3, "Start") if record.type == "session.start" else (4, "Stop")), {"app": app}
    if record.type == "session.violation":
        title = _word(fields.get("code")) or record.type
        info = {"title": title, "uid": f"{origin}/{index}", "desc": _word(fields.get("reason"))}
        return 2004, 1, "Create", {"finding_info": info, "status_id": 1, "status": "New"}
    action = fields.pop("action", None) if record.type == "verdict" else None
    if action == "http" or record.type in ("attempt", "settlement"):
        method = _word(fields.pop("method", None))
        activity, caption = _METHODS.get(method, (0, "Unknown") if not method else (99, method))
        return 4002, activity, caption, source | _request(method, fields) | _response(fields)
    if action in ("connect", "network.connect"):
        refused = fields.get("decision") in ("deny", "terminate")
        return 4001, *((5, "Refuse") if refused else (1, "Open")), source | _endpoint(fields) | _protocol(fields)
    if action == "dns":
        query = {"hostname": _word(fields.pop("name", None)), "type": str(fields.pop("record_type", ""))}
        answered = {"rcode_id": 3, "rcode": "NXDomain"} if fields.get("decision") == "deny" else {}
        return 4003, 6, "Traffic", source | {"query": query, **answered}
    if action == "tool_call" or record.type.startswith("approval."):
        operation = _word(fields.pop("tool", None)) or record.type
        service = _word(fields.pop("server", None))
        api = {"operation": operation, **({"service": {"name": service}} if service else {})}
        who = _word(fields.get("who"))
        actor = {"session": {"uid": record.session}, **({"user": {"name": who}} if who else {})}
        caption = "Tool call" if action == "tool_call" else record.type
        return 6003, 99, caption, source | {"actor": actor, "api": api}
    if action is not None:
        fields["action"] = action
    return 0, 99, record.type, {}


def _request(method: str, fields: dict[str, Any]) -> dict[str, Any]:
    """`http_request`, and the endpoint that it is for."""
    request: dict[str, Any] = {"uid": _word(fields.get("request_id"))}
    if method:
        request["http_method"] = method
    url = {"path": _word(fields.pop("path", None)), "scheme": _word(fields.get("protocol"))}
    endpoint = _endpoint(fields)
    if "dst_endpoint" in endpoint:
        known = endpoint["dst_endpoint"]
        url |= {"hostname": known.get("hostname", "")} | ({"port": known["port"]} if "port" in known else {})
    if url := {name: value for name, value in url.items() if value != ""}:
        request["url"] = url
    fields.pop("protocol", None)
    return {"http_request": request, **endpoint}


def _response(fields: dict[str, Any]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    status = fields.get("status")
    if type(status) is int:
        parts["http_response"] = {"code": status}
        fields.pop("status")
    counted = {"bytes_out": fields.get("request_bytes"), "bytes_in": fields.get("response_bytes")}
    if traffic := {name: value for name, value in counted.items() if type(value) is int}:
        parts["traffic"] = traffic
    return parts


def _endpoint(fields: dict[str, Any]) -> dict[str, Any]:
    endpoint: dict[str, Any] = {}
    if host := _word(fields.pop("host", None)):
        endpoint["hostname"] = host
    if address := _word(fields.pop("address", None)):
        endpoint["ip"] = address
    if type(fields.get("port")) is int:
        endpoint["port"] = fields.pop("port")
    return {"dst_endpoint": endpoint} if endpoint.keys() - {"port"} else {}


def _protocol(fields: dict[str, Any]) -> dict[str, Any]:
    """`connection_info`: the transport is what the schema asks for; what runs over it is AKIOS's own word."""
    name = _word(fields.get("protocol"))
    transport = "tcp" if name in ("", "http", "https") else name
    return {"connection_info": {"protocol_name": transport, "direction_id": 2, "direction": "Outbound"}}


def _controlled(document: dict[str, Any], fields: dict[str, Any]) -> None:
    """The profile `security_control`, where a record says what was decided."""
    outcome = _OUTCOMES.get(_word(fields.get("decision")))
    if document["class_uid"] == 2004:
        outcome = (0, "Unknown", 15, "Detected")
    if outcome is None:
        return
    fields.pop("decision", None)
    action, action_name, disposition, disposition_name = outcome
    document["metadata"]["profiles"] = ["security_control"]
    document |= {"action_id": action, "action": action_name}
    document |= {"disposition_id": disposition, "disposition": disposition_name}
    document["is_alert"] = disposition in (2, 15)
    if policy := _word(fields.pop("policy_sha256", None)):
        document["policy"] = {"uid": policy}
    rule = fields.pop("rule", None)
    if isinstance(rule, (str, int)) and not isinstance(rule, bool):
        document["firewall_rule"] = {"uid": str(rule)}
    elif rule is not None:
        fields["rule"] = rule


def _severity(record: Leaf) -> int:
    if record.type in ("session.violation", "log.recovered"):
        return 4
    return 3 if record.fields.get("decision") in ("deny", "terminate") else 1


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
