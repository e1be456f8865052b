"""Malformed requests, requests that could be read as two, and TLS if there is a certificate."""

import asyncio
import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.haproxy import HAProxy
from tests.support import node
from tests.system.gateway.stubs import Stubs
from tests.system.gateway.wire import talk

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest.mark.parametrize(
    "words",
    [
        b"nonsense\r\n\r\n",
        b"GET /v1/actions\r\n\r\n\r\n",
        b"GET /v1/ac tions HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/actions HTTP/1.1\r\nHost: x\r\nNo colon\r\n\r\n",
        b"GET /v1/actions HTTP/1.1\r\nHost: x\r\nSpace : before\r\n\r\n",
        b"GET /v1/actions HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 20_000 + b"\r\n\r\n",
        b"GET /v1/" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/actions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/actions HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n",
        b"POST /v1/actions HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST /v1/actions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    ],
)
async def test_what_is_no_proper_request_is_refused(edge: HAProxy, stubs: Stubs, words: bytes) -> None:
    before = len(stubs.arrivals)

    answer = await talk(edge, words)

    # What is not HTTP never becomes a request that the configuration could answer: these are HAProxy's own few words.
    # Who still sends when the answer comes may not hear it: the connection is cut.
    assert answer.status == 400 or (answer.status == 0 and len(words) > 16_384)
    assert answer.headers.get("connection", "close") == "close"
    assert len(stubs.arrivals) == before


async def test_a_request_cannot_hide_another(edge: HAProxy, stubs: Stubs) -> None:
    hidden = b"GET /v1/actions/hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    length = b"Content-Length: %d\r\n" % (5 + len(hidden))
    head = b"POST /v1/actions/hiding HTTP/1.1\r\nHost: x\r\n" + length + b"Transfer-Encoding: chunked\r\n\r\n"

    await talk(edge, head + b"0\r\n\r\n" + hidden)
    await talk(edge, b"GET /v1/actions/after HTTP/1.1\r\nHost: x\r\n\r\n")

    # Whichever way it is read, services agree with the edge on where it ends.
    for arrival in stubs.about("/v1/actions/hiding"):
        assert arrival.body == b""
        assert arrival.header("Content-Length") in ([], ["0"])
    assert len(stubs.about("/v1/actions/after")) == 1
    assert all(arrival.method == "GET" for arrival in stubs.about("/v1/actions/hidden"))


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get", "MOVE"])
async def test_a_method_that_nothing_here_has_is_refused(edge: HAProxy, stubs: Stubs, method: str) -> None:
    target = "x:80" if method == "CONNECT" else "/v1/actions"
    before = len(stubs.arrivals)

    answer = await talk(edge, f"{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert answer.status in (404, 405)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status == 404 or "PATCH" in answer.headers["allow"]
    assert len(stubs.arrivals) == before


def certificate(folder: Path) -> Path:
    """A certificate of this test's own, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begun = datetime.now(UTC) - timedelta(hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(begun).not_valid_after(begun + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(encoding) + private)
    return file


def posted(path: str, bytes_: int, **headers: str) -> dict[str, Any]:
    """A POST by HTTP/2."""
    return {"headers": {":method": "POST", ":path": path, **headers}, "bytes": bytes_}


async def test_http_2_is_routed_limited_and_shielded_alike(stubs: Stubs, tmp_path: Path) -> None:
    forged = {"x-forwarded-for": "192.0.2.7", "x-org": "180020026", "x-request-id": "by-http-2"}
    requests = [
        {"headers": {":path": "/v1/actions/by-http-2", **forged}},
        {"headers": {":path": "/metrics"}},
        {"headers": {":path": "/v1/actions", ":method": "PROPFIND"}},
        posted("/v1/actions/short", 1_000),
        posted("/v1/actions/told", 20_000, **{"content-length": "20000"}),
        posted("/v1/actions/untold", 20_000),
        posted("/v1/actions/large", 10, **{"content-length": str(2**21)}),
    ]
    edge = HAProxy(stubs.addresses, certificate=certificate(tmp_path))
    await asyncio.to_thread(edge.start)
    try:
        asked = json.dumps({"url": edge.url, "requests": requests})
        report = json.loads(await asyncio.to_thread(node.answer, "http2.mjs", text=asked))
    finally:
        await asyncio.to_thread(edge.stop)
    statuses = [answer["headers"].get(":status") for answer in report["answers"]]
    codes = [
        json.loads(answer["body"])["code"]
        for answer, status in zip(report["answers"], statuses, strict=True)
        if status >= 400
    ]
    (arrival,) = stubs.about("/v1/actions/by-http-2")

    assert report["protocol"] == "h2"
    assert statuses == [200, 404, 405, 200, 200, 411, 413]
    assert codes == ["not-found", "method-not-allowed", "length-required", "body-too-large"]
    assert report["answers"][0]["headers"]["x-request-id"] == "by-http-2"
    assert "ratelimit" in report["answers"][0]["headers"]
    assert arrival.header("X-Forwarded-For") == arrival.header("X-Org") == []
    assert [len(stubs.about(f"/v1/actions/{name}")) for name in ("short", "told", "untold", "large")] == [1, 1, 0, 0]


async def test_with_a_certificate_it_speaks_tls_alone(stubs: Stubs, tmp_path: Path) -> None:
    edge = HAProxy(stubs.addresses, certificate=certificate(tmp_path))
    await asyncio.to_thread(edge.start)
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLS"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        async with httpx.AsyncClient(base_url=edge.url, verify=anybody, trust_env=False) as client:
            answer = await client.get("/v1/territories")
        async with httpx.AsyncClient(base_url=edge.url, verify=old, trust_env=False) as client:
            with pytest.raises(httpx.ConnectError):
                await client.get("/v1/territories")
        plain = await talk(edge, b"GET /v1/territories HTTP/1.1\r\nHost: x\r\n\r\n")
    finally:
        await asyncio.to_thread(edge.stop)

    assert edge.url.startswith("https://")
    assert answer.status_code == 200
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert plain.status == 0
