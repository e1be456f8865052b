"""A small HTTP proxy on this machine, and receivers with a certificate behind it."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.services.notification.wire import RESET

ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass
class TestProxy:
    """Opens connections to receivers by the addresses that stand for them, or says what it is told to."""

    __test__ = False
    routes: dict[str, int] = field(default_factory=dict)
    """Port on this machine for each target that it connects to; others get 502."""
    says: bytes | None = None
    """Answer to every request in the place of a connection; empty: silence."""
    silent: set[str] = field(default_factory=set)
    """Targets for which it waits for ever."""
    port: int = 0
    asked: list[list[str]] = field(default_factory=list)
    """Lines of the head of each request."""

    @property
    def targets(self) -> list[str]:
        """Return the first line of each request."""
        return [lines[0] for lines in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and pass on what follows."""
        try:
            await self._answer(reader, writer)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[:-1])
        target = self.asked[-1][0].split()[1]
        if self.says == RESET:
            # Closed without lingering, a connection is reset.
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif self.says is not None:
            writer.write(self.says)
            if not self.says:
                await reader.read()
        elif target in self.silent:
            await reader.read()
        elif target not in self.routes:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 13\r\n\r\n10.1.2.3 died")
        else:
            writer.write(ESTABLISHED)
            inner, outer = await asyncio.open_connection("127.0.0.1", self.routes[target])
            await asyncio.gather(_copy(reader, outer), _copy(inner, writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            target.write(data)
    except ConnectionError:
        # One side has left; the other is closed with it.
        return
    finally:
        target.close()


@asynccontextmanager
async def proxying(*, says: bytes | None = None, **routes: int) -> AsyncIterator[TestProxy]:
    """Run a proxy."""
    proxy, tasks = TestProxy(says=says), set[asyncio.Task[None]]()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(proxy.serve(reader, writer)))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        proxy.port = server.sockets[0].getsockname()[1]
        yield proxy
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def certified(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return TLS of a server with a certificate of a name, and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begun = datetime.now(UTC) - timedelta(hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun).not_valid_after(begun + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    encoding = serialization.Encoding.PEM
    public = made.public_bytes(encoding)
    file = folder / f"{name}.pem"
    file.write_bytes(
        public + key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    client = ssl.create_default_context(cadata=public.decode())
    return server, client
