"""Where a webhook may go, and every class of address where it may not."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.channels.webhook.address import (
    AddressRefusedError,
    Policy,
    is_public,
    judge,
    judge_at_registration,
    read_answers,
    read_url,
)

PUBLIC = Policy()
LOOPBACK = Policy(networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")))
NOT_PUBLIC = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1"),  # noqa: S104
    *("172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255"),
    *("192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
    "255.255.255.255",
    *("::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:169.254.169.254"),
    *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:808:808::"),
    *(
        "2001:0:808:808::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "100::1",
        "fc00::1",
        "fd00:ec2::254",
    ),
    *("fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
]


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_an_address_that_is_not_for_everybody_is_refused(text: str) -> None:
    assert not is_public(ip_address(text))
    with pytest.raises(AddressRefusedError, match="not public"):
        judge(read_url("https://hooks.example.com/"), [ip_address(text)], PUBLIC)


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_address_is_reached(text: str) -> None:
    address = ip_address(text)
    assert judge(read_url("https://hooks.example.com/"), [address], PUBLIC) == [address]


def test_one_private_answer_among_public_ones_refuses_them_all() -> None:
    answers = read_answers(["8.8.8.8", "2606:4700:4700::1111", "10.0.0.1", "8.8.8.8"])
    assert len(answers) == 3
    with pytest.raises(AddressRefusedError):
        judge(read_url("https://hooks.example.com/"), answers, PUBLIC)


def test_a_host_without_an_address_is_refused() -> None:
    with pytest.raises(AddressRefusedError, match="no address"):
        judge(read_url("https://hooks.example.com/"), [], PUBLIC)


@pytest.mark.parametrize(
    "url",
    [
        # Numbers that resolvers take for addresses.
        *("https://127.1/", "https://0/", "https://2130706433/", "https://0177.0.0.1/"),
        *("https://0x7f000001/", "https://0x7f.1/", "https://127.0.0.01/", "https://1.2.3.4.5/"),
        *("https://256.1.1.1/", "https://example.0x1/", "https://017700000001/"),
        # Tricks with the parts of an address.
        *("https://user@host.example/", "https://u:p@host.example/", "https://host.example#@evil/"),
        *("https://host.example\\@evil/", "https:\\\\host.example/", "https:host.example"),
        *("//host.example/", "https:///path", "https://", "https://host..example/", "https://.a/"),
        *("https://host.example:0/", "https://host.example:65536/", "https://host.example:/"),
        *("https://host.example:99999999999/", "https://host.example:4 43/"),
        *("https://ho\tst.example/", "https://host.example\r\n/", " https://host.example/"),
        *("https://host.example/\n", "https://host.example/ a", "https://host.example/\x00"),
        # Other alphabets, other schemes, other families' tricks.
        *(
            "https://\uff11\uff12\uff17.0.0.1/",
            "https://\u2460.example/",
            "https://b\xfccher.example/",
        ),
        *(
            "file:///etc/passwd",
            "gopher://host.example/",
            "ftp://host.example/",
            "unix:/run/x.sock",
        ),
        *(
            "dict://host.example:11211/",
            "data:text/plain,x",
            "javascript:alert(1)",
            "HTTPS://x.example/",
        ),
        *("https://[::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[]/", "https://[::1/"),
        *("https://[::ffff:127.0.0.1.1]/", "https://::1/"),
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 130}example/",
        f"https://host.example/{'x' * 2000}",
    ],
)
def test_what_is_not_plainly_an_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        read_url(url)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://localhost/",
            "https://LOCALHOST./",
            "https://x.localhost/",
            "https://printer.local/",
        ),
        *("https://vault.internal/", "https://intranet/", "https://127.0.0.1/", "https://[::1]/"),
        *("https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "https://10.0.0.1:443/"),
        *(
            "http://hooks.example.com/",
            "https://hooks.example.com:22/",
            "https://hooks.example.com:9092/",
        ),
        "https://8.8.8.8:5432/",
    ],
)
def test_an_endpoint_cannot_be_registered_there(url: str) -> None:
    with pytest.raises(AddressRefusedError):
        judge_at_registration(read_url(url), PUBLIC)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com",
        "https://Hooks.Example.com./a?b=c",
        "https://8.8.8.8/",
        "https://a-b_c.example:443/x",
    ],
)
def test_an_endpoint_can_be_registered_there(url: str) -> None:
    judge_at_registration(read_url(url), PUBLIC)


def test_the_parts_of_an_address_are_read_apart() -> None:
    target = read_url("https://Hooks.Example.com.:8443/a/b?c=d")
    assert (target.scheme, target.host, target.port) == ("https", "hooks.example.com", 8443)
    assert (target.path, target.literal) == ("/a/b?c=d", None)
    assert read_url("http://host.example").port == 80
    assert read_url("https://[2606:4700::1]/").literal == ip_address("2606:4700::1")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/x", "http://[::1]:9/", "https://127.9.9.9/"]
)
def test_an_allowed_network_may_use_plain_http_and_any_port(url: str) -> None:
    target = read_url(url)
    judge_at_registration(target, LOOPBACK)
    assert target.literal is not None
    assert judge(target, [target.literal], LOOPBACK) == [target.literal]


def test_plain_http_to_a_public_address_is_refused_also_where_a_network_is_allowed() -> None:
    target = read_url("http://hooks.example.com/")
    judge_at_registration(target, LOOPBACK)
    with pytest.raises(AddressRefusedError, match="https"):
        judge(target, [ip_address("8.8.8.8")], LOOPBACK)


def test_allowing_one_network_allows_no_other() -> None:
    with pytest.raises(AddressRefusedError):
        judge(read_url("http://x.example/"), [ip_address("10.0.0.1")], LOOPBACK)


@given(number=st.integers(min_value=0, max_value=2**32 - 1))
def test_an_ipv4_address_is_judged_the_same_inside_ipv6(number: int) -> None:
    inner = ip_address(number)
    mapped = ip_address((0xFFFF << 32) + number)
    translated = ip_address((0x64FF9B << 96) + number)
    assert is_public(mapped) == is_public(translated) == is_public(inner)


@given(text=st.text(max_size=60))
def test_whatever_is_sent_is_read_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://host.example/{text}"):
        try:
            target = read_url(url)
        except AddressRefusedError:
            continue
        assert target.host.isascii()
        assert "@" not in target.host
