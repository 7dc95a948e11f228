"""Hosts: one spelling for each, and advice for everything that people write in their place."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akios_jail.policy import hosts
from akios_jail.policy.hosts import Host, HostError, NetworkIndex


@pytest.mark.parametrize(
    ("written", "kind", "text"),
    [
        ("api.openai.com", "exact", "api.openai.com"),
        ("API.OpenAI.com", "exact", "api.openai.com"),
        ("internal-crm.corp", "exact", "internal-crm.corp"),
        ("crm", "exact", "crm"),
        ("my_service.internal", "exact", "my_service.internal"),
        ("xn--bcher-kva.example", "exact", "xn--bcher-kva.example"),
        ("a" * 63 + ".example", "exact", "a" * 63 + ".example"),
        ("1.example", "exact", "1.example"),
        ("*.example.com", "wildcard", "*.example.com"),
        ("*.CORP", "wildcard", "*.corp"),
        ("192.0.2.7", "ip", "192.0.2.7"),
        ("10.1.2.3", "ip", "10.1.2.3"),
        ("169.254.169.254", "ip", "169.254.169.254"),
        ("2001:db8::7", "ip", "2001:db8::7"),
        ("2001:DB8:0:0::7", "ip", "2001:db8::7"),
        ("[2001:db8::7]", "ip", "2001:db8::7"),
        ("192.0.2.7/32", "ip", "192.0.2.7"),
        ("2001:db8::7/128", "ip", "2001:db8::7"),
        ("10.1.0.0/16", "cidr", "10.1.0.0/16"),
        ("2001:db8::/32", "cidr", "2001:db8::/32"),
        ("0.0.0.0/0", "cidr", "0.0.0.0/0"),
        ("::/0", "cidr", "::/0"),
    ],
)
def test_a_host_has_one_spelling(written: str, kind: str, text: str) -> None:
    assert hosts.parse(written) == Host(kind, text)


@pytest.mark.parametrize(
    ("written", "said", "hint"),
    [
        ("", "empty", ""),
        ("api openai.com", "space", ""),
        ("api.openai.com\n", "control character", ""),
        ("api.openai.com.", "ends in a dot", "Write api.openai.com."),
        ("api.openai.com:443", "port", 'host: "api.openai.com", ports: [443]'),
        ("[2001:db8::7]:443", "port", 'host: "2001:db8::7", ports: [443]'),
        ("192.0.2.7:80", "port", 'host: "192.0.2.7", ports: [80]'),
        ("api.openai.com:https", "port", "`ports:`"),
        ("https://api.openai.com", "URL", 'host: "api.openai.com"'),
        ("https://api.openai.com/v1/", "URL", 'paths: ["/v1/**"]'),
        ("http://crm:8080/", "URL", 'host: "crm", ports: [8080], protocol: http'),
        ("https://me:secret@crm/", "URL", 'Write host: "crm".'),
        ("api.openai.com/v1", "neither a host nor a network", "`paths:`"),
        ("bücher.example", "not ASCII", "xn--bcher-kva.example"),
        ("\u0440\u0430ypal.example", "not ASCII", "xn--"),
        ("xn--\u00fc.example", "not ASCII", ""),
        ("xn--999999999999999.example", "punycode", ""),
        ("*", "a * stands only", "*.example.com"),
        ("api.*.com", "a * stands only", ""),
        ("*api.example.com", "a * stands only", "*.api.example.com"),
        ("**.example.com", "a * stands only", ""),
        ("*.", "ends in a dot", ""),
        ("-a.example", "not a host name", ""),
        ("a-.example", "not a host name", ""),
        ("a..example", "empty part", ""),
        (".example", "empty part", ""),
        ("a" * 64 + ".example", "not a host name", ""),
        (".".join(["a" * 60] * 5), "253", ""),
        ("a$b.example", "not a host name", ""),
        ("host.1", "ends in a number", ""),
        ("localhost", "machine itself", "--connect-to"),
        ("db.localhost", "machine itself", "--connect-to"),
        ("*.localhost", "machine itself", "--connect-to"),
        ("127.0.0.1", "machine itself", "--connect-to"),
        ("::1", "machine itself", "--connect-to"),
        ("127.0.0.0/8", "machine itself", ""),
        ("0.0.0.0", "no address", ""),
        ("::", "no address", ""),
        ("224.0.0.1", "no address", ""),
        ("255.255.255.255", "no address", ""),
        ("ff02::1", "no address", ""),
        ("198.18.0.10", "names of the policy", ""),
        ("198.19.0.0/16", "names of the policy", ""),
        ("::ffff:10.0.0.1", "IPv6 form", "IPv4"),
        ("fe80::1%eth0", "interface", ""),
        ("10.1.2.3/16", "bits set", "10.1.0.0/16"),
        ("10.1.2.3/33", "neither a host nor a network", ""),
        ("2130706433", "looks like an address", ""),
        ("0x7f000001", "looks like an address", ""),
        ("127.1", "looks like an address", ""),
        ("010.0.0.1", "looks like an address", ""),
        ("1.2.3.4.5", "looks like an address", ""),
        ("256.1.1.1", "looks like an address", ""),
    ],
)
def test_what_is_no_host_is_refused_with_advice(written: str, said: str, hint: str) -> None:
    with pytest.raises(HostError, match=said.replace("*", r"\*")) as caught:
        hosts.parse(written)
    assert hint in caught.value.hint
    assert "secret" not in caught.value.hint


@given(st.text())
def test_a_host_is_parsed_or_refused_never_anything_else(text: str) -> None:
    try:
        host = hosts.parse(text)
    except HostError:
        return
    assert hosts.parse(host.text) == host
    assert host.text.isascii()
    assert host.text == host.text.lower()


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.1.2.3", "10.1.2.3/32"),
        ("fd00::/8", "fd00::/8"),
        ("127.0.0.1", "127.0.0.1/32"),
    ],
)
def test_networks_that_a_name_may_lead_into(written: str, canonical: str) -> None:
    assert hosts.network(written) == canonical


@pytest.mark.parametrize("written", ["10.1.2.3/8", "corp", "", "10.0.0.0/8/8", "10.0.0.0/-1", "*"])
def test_what_is_no_network_is_refused(written: str) -> None:
    with pytest.raises(HostError):
        hosts.network(written)


@pytest.mark.parametrize(
    ("network", "address", "speaks"),
    [
        ("0.0.0.0/0", "93.184.216.34", True),
        ("0.0.0.0/0", "10.1.2.3", False),
        ("0.0.0.0/0", "169.254.169.254", False),
        ("0.0.0.0/0", "100.64.1.1", False),
        ("0.0.0.0/0", "198.18.0.10", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.1.0.0/16", "10.1.2.3", True),
        ("10.1.0.0/16", "10.2.2.3", False),
        ("8.0.0.0/5", "10.1.2.3", False),
        ("::/0", "2606:4700::1", True),
        ("::/0", "fd00::1", False),
        ("::/0", "64:ff9b::a01:203", False),
        ("::/0", "2002:a01:203::1", False),
        ("::/0", "93.184.216.34", False),
        ("fd00::/8", "fd00::1", True),
        ("169.254.169.254/32", "169.254.169.254", True),
    ],
)
def test_a_wide_network_does_not_speak_of_special_ranges(network: str, address: str, speaks: bool) -> None:
    assert hosts.speaks_of(network, address) is speaks


_NETWORKS = st.tuples(st.ip_addresses(v=4), st.integers(0, 32)).map(
    lambda pair: str(ipaddress.ip_network((int(pair[0]), pair[1]), strict=False))
)


@given(st.lists(_NETWORKS, max_size=20), st.ip_addresses())
def test_the_index_finds_what_a_search_of_all_networks_finds(networks: list[str], address: object) -> None:
    index: NetworkIndex[int] = NetworkIndex()
    for place, network in enumerate(networks):
        index.add(network, place)
    expected = [place for place, network in enumerate(networks) if hosts.speaks_of(network, str(address))]
    assert sorted(index.containing(str(address))) == expected
