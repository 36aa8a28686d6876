"""Which hosts are of the public internet, in all the ways in which an address can be written."""

from __future__ import annotations

import pytest

from calmirror.http.hosts import is_private

PRIVATE = [
    "localhost",
    "localhost.",
    "LOCALHOST",
    "a.local.",
    "x.internal",
    "router.home.arpa",
    "127.0.0.1",
    "127.0.0.1.",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "::10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::10.0.0.1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2002:c0a8:101::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
]
PUBLIC = ["93.184.216.34", "2606:4700::1111", "64:ff9b::93.184.216.34", "::ffff:93.184.216.34", "2002:5db8:d822::1"]


@pytest.mark.parametrize("host", PRIVATE)
def test_an_address_that_leads_into_a_private_network_is_private(host):
    assert is_private(host, lambda _host: [])
    if ":" in host or host[0].isdigit():
        assert is_private("feeds.example", lambda _host: ["93.184.216.34", host.rstrip(".")])


@pytest.mark.parametrize("host", PUBLIC)
def test_an_address_of_the_internet_is_public(host):
    """With DNS64, every public IPv4 host has one of NAT64."""
    assert not is_private(host, lambda _host: [])
    assert not is_private("feeds.example", lambda _host: [host])


def test_a_name_with_a_dot_at_its_end_is_the_same_name():
    assert is_private("intranet.example.", lambda host: ["10.0.0.1"] if host == "intranet.example" else [])
