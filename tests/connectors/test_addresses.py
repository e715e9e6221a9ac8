"""Which addresses are public, whatever they are written as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.addresses import is_public


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
     "100.64.0.1", "224.0.1.1", "255.255.255.255", "192.0.2.1", "::", "::1", "fe80::1%eth0",
     "fc00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1",
     "2001:0:4136:e378:8000:63bf:80ff:fffe",
     "::7f00:1", "fec0::1", "64:ff9b:1::7f00:1", "::ffff:0:7f00:1", "5f00::1", "4000::1"],
)  # fmt: skip
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_inside_an_ipv6_address_it_is_judged_the_same(address: object) -> None:
    assert (
        is_public(f"::ffff:{address}")
        == is_public(f"64:ff9b::{address}")
        == is_public(str(address))
    )
