"""Which addresses a webhook may reach, and which URLs a subscription may have."""

import pytest

from services.notification.errors import AddressRefused
from services.notification.rules.addresses import refuse_literal, why_not

NOT_REACHED = [
    # (address, what it is)
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("10.0.0.1", "private"),
    ("100.64.0.1", "carrier-grade"),
    ("100.100.100.200", "carrier-grade"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("168.63.129.16", "metadata"),
    ("169.254.0.1", "link-local"),
    ("169.254.169.254", "link-local"),
    ("169.254.170.2", "link-local"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.0.0.192", "reserved"),
    ("192.0.2.1", "documentation"),
    ("192.88.99.1", "reserved"),
    ("192.168.1.1", "private"),
    ("198.18.0.1", "benchmarking"),
    ("198.51.100.1", "documentation"),
    ("203.0.113.1", "documentation"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.255", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("::", "not global"),
    ("::1", "loopback"),
    ("::127.0.0.1", "not global"),
    ("::8.8.8.8", "not global"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:10.0.0.1", "private"),
    ("::ffff:169.254.169.254", "link-local"),
    ("::ffff:0:127.0.0.1", "not global"),
    ("64:ff9b::127.0.0.1", "loopback"),
    ("64:ff9b::a9fe:a9fe", "link-local"),
    ("64:ff9b:1::808:808", "not global"),
    ("100::1", "not global"),
    ("2001::1", "Teredo"),
    ("2001:0:4136:e378:8000:63bf:80ff:fffe", "Teredo"),
    ("2001:2::1", "reserved"),
    ("2001:10::1", "reserved"),
    ("2001:20::1", "reserved"),
    ("2001:db8::1", "documentation"),
    ("2002:7f00:1::1", "loopback"),
    ("2002:a00:1::1", "private"),
    ("2002:a9fe:a9fe::1", "link-local"),
    ("2620:4f:8000::1", "reserved"),
    ("2a01:4f8::5efe:7f00:1", "loopback"),
    ("2a01:4f8::200:5efe:a00:1", "private"),
    ("3fff::1", "documentation"),
    ("4000::1", "not global"),
    ("5f00::1", "not global"),
    ("fc00::1", "not global"),
    ("fd00:ec2::254", "not global"),
    ("fe80::1", "not global"),
    ("fe80::1%eth0", "zone"),
    ("2a01:4f8::1%1", "zone"),
    ("fec0::1", "not global"),
    ("ff02::1", "not global"),
    ("0177.0.0.1", "not a plain"),
    ("127.1", "not a plain"),
    ("2130706433", "not a plain"),
    ("0x7f000001", "not a plain"),
    ("localhost", "not a plain"),
    ("", "not a plain"),
]

REACHED = [
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "193.0.0.1",
    "2a01:4f8::1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
    "2a01:4f8::5efe:808:808",
]


@pytest.mark.parametrize(("address", "what"), NOT_REACHED)
def test_addresses_that_no_webhook_reaches(address: str, what: str) -> None:
    assert what in (why_not(address) or "")


@pytest.mark.parametrize("address", REACHED)
def test_addresses_of_the_public_internet(address: str) -> None:
    assert why_not(address) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1"])
def test_development_opens_loopback(address: str) -> None:
    assert why_not(address, loopback_allowed=True) is None


@pytest.mark.parametrize(
    ("address", "what"), [pair for pair in NOT_REACHED if pair[0] not in ("127.0.0.1", "127.255.255.254", "::1")]
)
def test_development_opens_nothing_but_loopback(address: str, what: str) -> None:
    assert what in (why_not(address, loopback_allowed=True) or "")


ACCEPTED_URLS = [
    "https://example.org/webhooks/ti",
    "https://example.org",
    "https://EXAMPLE.org:443/?a=b",
    "https://hooks.example.org:8443/x%20y",
    "https://example.org:65535/",
    "https://xn--prfecture-b4a.example.org/",
    "https://1.example.org/",
    "https://8.8.8.8/hook",
    "https://[2a01:4f8::1]:8443/hook",
    "https://example.org/a/../b//c/./?sp=%2Ftriggers&sig=aB%2Bc%2F%3D",
    "https://example.org/a;b=c,d:@!$&'()*+?e=/??~-._",
    "https://example.org?a=b",
]

REFUSED_URLS = [
    "",
    "example.org/hook",
    "//example.org/hook",
    "http://example.org/hook",
    "ftp://example.org/hook",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "https:///hook",
    "https://",
    "https://:443/",
    "https://example.org:/",
    "https://example.org:0/",
    "https://example.org:22/",
    "https://example.org:25/",
    "https://example.org:80/",
    "https://example.org:65536/",
    "https://example.org:4４3/",
    "https://user@example.org/",
    "https://user:word@example.org/",
    "https://example.org@127.0.0.1/",
    "https://example.org#@127.0.0.1/",
    "https://127.0.0.1\\@example.org/",
    "https://example.org\\.127.0.0.1/",
    "https://example.org/a b",
    "https://example.org/%zz",
    "https://example.org/?sig=%zz",
    "https://example.org/%",
    "https://example.org/?a=100%",
    "https://example.org/%4",
    "https://example.org/?a[]=b",
    "https://example.org/[a]",
    "https://example.org/?",
    "https://example.org?",
    "https://example.org/\r\nHost: internal",
    "https://example.org/\tx",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://api.localhost/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://intranet/",
    "https://example.org./",
    "https://.example.org/",
    "https://exa_mple.org/",
    "https://-example.org/",
    "https://example.123/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://0x7f.0.0.1/",
    "https://0x7f000001/",
    "https://1.0x7f/",
    "https://127.0.0.0x1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://10.1.2.3/",
    "https://169.254.169.254/latest/meta-data/",
    "https://192.168.0.1:8443/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[fd00::1]/",
    "https://[::1",
    "https://[127.0.0.1]/",
    "https://[v1.x]/",
    "https://１２７.0.0.1/",
    "https://①②⑦.0.0.1/",
    "https://127。0。0。1/",
    "https://ⓛocalhost/",
    "https://préfecture.example.org/",
    "https://127%2e0%2e0%2e1/",
    "https://%31%32%37.0.0.1/",
    "https://example.org%00.internal/",
]


@pytest.mark.parametrize("url", ACCEPTED_URLS)
def test_urls_that_a_subscription_may_have(url: str) -> None:
    refuse_literal(url)
    refuse_literal(url, loopback_allowed=True)


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_urls_that_no_subscription_has(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        refuse_literal(url)

    assert refused.value.errors[0].pointer == "/url"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/x", "http://localhost/x", "https://[::1]:9000/", "http://127.0.0.1:80/"]
)
def test_development_takes_loopback_urls(url: str) -> None:
    refuse_literal(url, loopback_allowed=True)

    with pytest.raises(AddressRefused):
        refuse_literal(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "http://10.0.0.1/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://user@127.0.0.1/",
        "ftp://127.0.0.1/",
        "https://192.168.0.1/",
        "https://169.254.169.254/",
    ],
)
def test_development_takes_nothing_else(url: str) -> None:
    with pytest.raises(AddressRefused):
        refuse_literal(url, loopback_allowed=True)
