"""Names that lead where they should not: to private networks, metadata services and the machine itself, at once, behind
another name, in IPv6, or only from the second question on. Defence: the broker looks a name up itself, judges every
address that it gets, and dials the one that it judged; on record.

Everything happens in a network of its own, with a name server that lies and servers at every address.
"""

from __future__ import annotations

import http.server
import ipaddress
import json
import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rrset
import pytest

from akios_jail import kernel
from tests.attacks.attack import Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.rooms import all_addresses_local, in_jail, placed
from tests.e2e.conftest import Akios
from tests.jail.contained import contained

pytestmark = pytest.mark.root

PUBLIC = "93.184.215.14"
INNER = {
    "a private network": "10.0.0.5",
    "another private network": "172.16.31.4",
    "a home's network": "192.168.1.1",
    "a provider's network": "100.64.0.1",
    "the machine itself": "127.0.0.1",
    "the machine itself, another address": "127.5.5.5",
    "the address of no host": "0.0.0.0",
    "a metadata service": "169.254.169.254",
    "a container's metadata service": "169.254.170.2",
    "a metadata service outside of private networks": "168.63.129.16",
    "addresses that the resolver of jails gives": "198.18.0.7",
    "addresses for measurements": "198.51.100.7",
    "the machine itself (IPv6)": "::1",
    "a private network (IPv6)": "fd12:3456::1",
    "a metadata service (IPv6)": "fd00:ec2::254",
    "a private network, IPv6-mapped": "::ffff:10.0.0.5",
    "a metadata service, IPv6-mapped": "::ffff:169.254.169.254",
    "a metadata service behind NAT64": "64:ff9b::a9fe:a9fe",
    "a private network behind 6to4": "2002:a00:5::1",
    "a private network behind ISATAP": "2001:470:1::5efe:a00:5",
}
#: Lead to the first address of the list at the first question for it, to the second from then on.
TURNING = {
    "a public address that becomes a private one": (PUBLIC, "10.0.0.5"),
    "a public address that becomes the machine itself": (PUBLIC, "127.0.0.1"),
    "a public address that becomes a metadata service": (PUBLIC, "169.254.169.254"),
    "a public address that becomes a private one (IPv6)": ("2606:2800:21f::14", "fd12:3456::1"),
}
ALIASES = {
    "another name that leads to a metadata service": "169.254.169.254",
    "another name that leads to the machine itself": "127.0.0.1",
}
LOCAL = {"a name in the machine's own table": "10.0.0.5"}
NAMES = {words: f"n{place}.test" for place, words in enumerate((*INNER, *TURNING, *ALIASES, *LOCAL))}

FAMILY = Family(
    "Names that lead inside",
    "the address that is dialled is one that was judged",
    "the same program in the same network without a jail",
    tuple(Attack(words, ("address_refused",)) for words in NAMES),
)


class Liar(threading.Thread):
    """A name server for these names."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))
        self._words = {name: words for words, name in NAMES.items()}
        self.asked: Counter[str] = Counter()

    def run(self) -> None:
        while True:
            query, sender = self._socket.recvfrom(4096)
            self._socket.sendto(self.answer(dns.message.from_wire(query)).to_wire(), sender)

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        words = self._words.get(name, "")
        kind = {1: "A", 28: "AAAA"}.get(question.rdtype, "")
        address = self.address(words, kind)
        if address is None:
            return answer
        owner = question.name.to_text()
        if words in ALIASES:
            answer.answer.append(dns.rrset.from_text(owner, 0, "IN", "CNAME", f"inner.{owner}"))
            owner = f"inner.{owner}"
        answer.answer.append(dns.rrset.from_text(owner, 0, "IN", kind, address))
        return answer

    def address(self, words: str, kind: str) -> str | None:
        """The address of a name, if it has one of this kind."""
        if words in TURNING:
            first, then = TURNING[words]
            if kind == kind_of(first):
                self.asked[words] += 1
                return first if self.asked[words] == 1 else then
            return None
        found = INNER.get(words) or ALIASES.get(words)
        return found if found is not None and kind == kind_of(found) else None


def kind_of(address: str) -> str:
    return "A" if ipaddress.ip_address(address).version == 4 else "AAAA"


class Page(http.server.BaseHTTPRequestHandler):
    """Says whether it was reached at a public address."""

    def do_GET(self) -> None:
        address = str(self.connection.getsockname()[0]).removeprefix("::ffff:")
        body = b"outer" if address in (PUBLIC, "2606:2800:21f::14") else b"inner"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Everywhere(http.server.ThreadingHTTPServer):
    """A server for both versions of the protocol."""

    address_family = socket.AF_INET6


@pytest.fixture(scope="module")
def both(jailer: Akios, loose: Path) -> Any:
    """What the program came to in the jail and outside, and what is on record."""
    rules = [{"host": name, "protocol": "http", "methods": ["GET"]} for name in NAMES.values()]
    jailer.policy({"network_access": {"allowlist": rules}})
    script = placed("rebinding.py", jailer.workspace)
    (jailer.workspace / "names.json").write_text(json.dumps(NAMES))
    tables = {"/etc/resolv.conf": "nameserver 127.0.0.1\n", "/etc/hosts": ""}
    tables["/etc/hosts"] = "".join(f"{address} {NAMES[words]}\n" for words, address in LOCAL.items())
    for place, text in tables.items():
        (loose / Path(place).name).write_text(text)

    def act() -> Any:
        kernel.make_private("/")
        for place in tables:
            bound = [str(loose / Path(place).name), os.path.realpath(place)]
            subprocess.run(["mount", "--bind", *bound], check=True, timeout=20)
        all_addresses_local()
        threading.Thread(target=Everywhere(("::", 80), Page).serve_forever, daemon=True).start()
        liar = Liar()
        liar.start()
        done = subprocess.run([sys.executable, str(script)], cwd=script.parent, stdout=subprocess.PIPE, timeout=100)
        liar.asked.clear()
        run = in_jail(jailer, script.name, python=True)
        return {"inside": run.said, "outside": json.loads(done.stdout), "denials": run.denials()}

    return contained(act, kernel.CLONE_NEWNS | kernel.CLONE_NEWNET)


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_is_not_dialled(attack: Attack, both: Any, record_property: Record) -> None:
    judge(FAMILY, attack, both["inside"], both["outside"], record_property)


def test_each_of_them_is_on_record_with_the_address(both: Any) -> None:
    refused = [record for record in both["denials"] if record.get("code") == "address_refused"]
    told = json.dumps(refused)
    assert {name for name in NAMES.values() if name not in told} == set()
    for address in ("169.254.169.254", "10.0.0.5", "127.0.0.1", "fd00:ec2::254"):
        assert address in told


def test_everything_that_is_tried_is_declared(both: Any) -> None:
    inside: Outcomes = both["inside"]
    assert not undeclared(FAMILY, inside, both["outside"])
