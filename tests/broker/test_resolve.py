"""From a host to addresses that may be dialled: on this machine's own resolver, and by tables of answers."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address

import pytest

from akios_jail.broker.addresses import networks
from akios_jail.broker.resolve import MAX_ADDRESSES, AddressRefused, Unresolvable, choose, lookup, resolve


def addresses(texts: str) -> list:
    return [ip_address(text) for text in texts.split()]


class TestAmongTheAnswers:
    def test_public_ones_are_used_in_their_order(self):
        found = addresses("2606:4700::1 1.1.1.1 1.0.0.1")
        assert choose("a.com", found, ()) == found

    def test_refused_ones_are_dropped(self):
        assert choose("a.com", addresses("10.0.0.1 1.1.1.1 ::1"), ()) == addresses("1.1.1.1")

    def test_named_ones_are_used(self):
        assert choose("a.com", addresses("10.0.0.1"), networks(["10.0.0.0/24"])) == addresses("10.0.0.1")

    def test_a_mapped_one_is_what_it_carries(self):
        assert choose("a.com", addresses("::ffff:1.1.1.1 1.1.1.1"), ()) == addresses("1.1.1.1")
        with pytest.raises(AddressRefused):
            choose("a.com", addresses("::ffff:10.0.0.1"), ())

    def test_only_so_many_are_tried(self):
        found = [ip_address(f"1.1.{i}.1") for i in range(200)]
        assert choose("a.com", found, ()) == found[:MAX_ADDRESSES]

    def test_none_that_may_be_dialled_is_an_error_that_says_how_to_allow_it(self):
        with pytest.raises(AddressRefused) as caught:
            choose("crm.corp", addresses("10.0.0.1 169.254.169.254"), ())
        assert "10.0.0.1 (private), 169.254.169.254 (metadata service)" in str(caught.value)
        assert "`addresses:` of the rule for crm.corp" in str(caught.value)
        assert caught.value.addresses == addresses("10.0.0.1 169.254.169.254")


class TestOnThisMachine:
    def test_localhost_is_refused_unless_named(self):
        with pytest.raises(AddressRefused, match="loopback"):
            asyncio.run(resolve("localhost", 443, ()))
        found = asyncio.run(resolve("localhost", 443, ("127.0.0.0/8", "::1")))
        assert found
        assert set(found) <= set(addresses("127.0.0.1 ::1"))

    @pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0"])
    def test_odd_spellings_of_loopback_are_refused(self, host):
        with pytest.raises(AddressRefused):
            asyncio.run(resolve(host, 443, ()))

    def test_a_literal_is_itself(self):
        assert asyncio.run(resolve("1.1.1.1", 443, ())) == addresses("1.1.1.1")
        assert asyncio.run(resolve("10.0.0.5", 443, ("10.0.0.0/24",))) == addresses("10.0.0.5")

    def test_a_literal_metadata_service_needs_its_exact_address_in_the_policy(self):
        with pytest.raises(AddressRefused, match="exact spelling"):
            asyncio.run(resolve("169.254.169.254", 80, ("169.254.0.0/16",)))
        assert asyncio.run(resolve("169.254.169.254", 80, ("169.254.169.254",)))

    @pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".com", "a..b", "x" * 300])
    def test_a_host_without_an_address_is_an_error_of_its_own(self, host):
        with pytest.raises(Unresolvable):
            asyncio.run(resolve(host, 443, ()))

    def test_a_host_of_the_operator_is_looked_up_without_a_check(self):
        assert set(asyncio.run(lookup("localhost", 8443))) <= set(addresses("127.0.0.1 ::1"))
