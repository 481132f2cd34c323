"""Spelling of addresses, and which of them are public."""

from __future__ import annotations

import pytest

from ingestion.errors import PageFailed
from ingestion.web.addresses import AddressRules, is_public, page_address, page_id, parse

SPELLINGS = {
    "HTTPS://Site.Example": "https://site.example/",
    "https://site.example:443/a#part": "https://site.example/a",
    "http://site.example:80/": "http://site.example/",
    "https://site.example./a/../b/./c/": "https://site.example/b/c/",
    "https://site.example/a/..": "https://site.example/",
    "https://site.example/../../etc": "https://site.example/etc",
    "https://site.example/%7euser/%c3%a4": "https://site.example/~user/%C3%A4",
    "https://site.example/ä b": "https://site.example/%C3%A4%20b",
    "https://site.example/100%": "https://site.example/100%25",
    "https://bücher.example/": "https://xn--bcher-kva.example/",
    "  https://site.example/a\n": "https://site.example/a",
    "https://[2606:4700:0::1]/": "https://[2606:4700::1]/",
}


@pytest.mark.parametrize(("written", "known"), SPELLINGS.items())
def test_a_page_has_one_address(written: str, known: str) -> None:
    assert page_address(written, keep_query=False) == known


def test_a_query_makes_another_page_only_where_that_is_configured() -> None:
    written = "https://site.example/a?b=1&c=ä#d"
    assert page_address(written, keep_query=False) == "https://site.example/a"
    assert page_address(written, keep_query=True) == "https://site.example/a?b=1&c=%C3%A4"


def test_an_id_is_short_and_of_the_address_alone() -> None:
    first, second = page_id("https://site.example/a"), page_id("https://site.example/b")
    assert len(first) == 32
    assert first != second
    assert first == page_id("https://site.example/a")


@pytest.mark.parametrize(
    "address",
    [
        "ftp://site.example/",
        "file:///etc/passwd",
        "gopher://site.example/",
        "javascript:alert(1)",
        "//site.example/",
        "site.example",
        "",
        "https://user@site.example/",
        "https://user:word@site.example/",
        "https://@site.example/",
        "https://site.example\\@127.0.0.1/",
        "https://site.example\\.evil.example/",
        "https://site example/",
        "https://site.example:port/",
        "https://site.example:70000/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https:///path",
        "https://" + "a" * 64 + ".example/",
        "https://" + "ü" * 300 + ".example/",
        "https://site.example/" + "a" * 2048,
    ],
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(PageFailed, match=r"^address_refused$"):
        parse(address)


@pytest.mark.parametrize(
    "address", ["http://site.example:443/", "https://site.example:80/", "http://site.example:8080/"]
)
def test_other_ports_are_refused(address: str) -> None:
    with pytest.raises(PageFailed, match=r"^address_refused$"):
        AddressRules().check_target(parse(address))


@pytest.mark.parametrize(
    "ip",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.215.14",
        "::ffff:0:127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::5db8:d70e",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%eth0",
        "fec0::1",
        "ff02::1",
        "localhost",
        "127.1",
        "",
    ],
)
def test_addresses_that_lead_inside_are_no_public_ones(ip: str) -> None:
    assert not is_public(ip)


@pytest.mark.parametrize(
    "ip", ["93.184.215.14", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1", "2a00:1450::1"]
)
def test_others_are_public(ip: str) -> None:
    assert is_public(ip)


def test_one_address_that_leads_inside_refuses_the_name() -> None:
    rules, target = AddressRules(), parse("https://site.example/")
    rules.check_resolved(target, ["93.184.215.14", "2606:4700::1"])
    for ips in (["93.184.215.14", "127.0.0.1"], ["127.0.0.1", "93.184.215.14"], []):
        with pytest.raises(PageFailed, match=r"^address_refused$"):
            rules.check_resolved(target, ips)


def test_loopback_is_allowed_by_exact_host_and_port_and_http_alone() -> None:
    rules = AddressRules(frozenset({"127.0.0.1:8123", "[::1]:8123"}))
    for address in ("http://127.0.0.1:8123/", "http://[::1]:8123/"):
        rules.check_target(parse(address))
        rules.check_resolved(parse(address), ["127.0.0.1"])
    for address in (
        "http://127.0.0.1:8124/",
        "http://127.0.0.2:8123/",
        "https://127.0.0.1:8123/",
        "http://localhost:8123/",
    ):
        with pytest.raises(PageFailed, match=r"^address_refused$"):
            rules.check_target(parse(address))
    with pytest.raises(PageFailed, match=r"^address_refused$"):
        rules.check_resolved(parse("http://127.0.0.1/"), ["127.0.0.1"])
