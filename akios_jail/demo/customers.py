"""Customers that never lived, with personal data of the right shapes, and the small CRM that serves them.

The telephone numbers are of the 555-01xx range that is kept for fiction; the social security numbers belong to ranges
in use, with made-up owners (an impossible one would rightly not be taken for a social security number); the mail
domains are reserved for examples (RFC 2606).
"""

from __future__ import annotations

import json
from typing import NamedTuple

from akios_jail.demo.local_server import Request, Response, json_response


class Customer(NamedTuple):
    """One customer as the CRM knows it."""

    id: int
    name: str
    email: str
    phone: str
    ssn: str
    order: int
    amount_usd: str

    def personal(self) -> tuple[str, str, str]:
        """What must not reach a model: e-mail, telephone, social security number."""
        return (self.email, self.phone, self.ssn)


CUSTOMERS = (
    Customer(4821, "Ada Winters", "ada.winters@example.com", "(212) 555-0147", "536-22-8145", 88213, "127.50"),
    Customer(4822, "Bruno Castell", "bruno.castell@example.org", "+1 415-555-0132", "401-83-2276", 88214, "19.99"),
    Customer(4823, "Chioma Obi", "c.obi@mail.example.net", "303-555-0178", "219-47-3058", 88215, "1,204.00"),
)


def crm(request: Request) -> Response:
    """`GET /customers` and `GET /customers/ID`; a refund by POST would succeed, were it ever let through."""
    path = request.target.partition("?")[0].strip("/").split("/")
    if path[0] != "customers":
        return json_response({"error": "not found"}, 404)
    if request.method == "POST":
        return json_response({"status": "done", "by": "crm", "received": len(request.body)}, 201)
    if request.method not in ("GET", "HEAD"):
        return json_response({"error": "method not allowed"}, 405)
    if len(path) == 1:
        return json_response([customer._asdict() for customer in CUSTOMERS])
    for customer in CUSTOMERS:
        if str(customer.id) == path[1]:
            return json_response(customer._asdict())
    return json_response({"error": "no such customer"}, 404)


def as_json_lines() -> str:
    """All customers, one JSON object a line: the file that the demo puts into the agent's workspace."""
    return "".join(json.dumps(customer._asdict()) + "\n" for customer in CUSTOMERS)
