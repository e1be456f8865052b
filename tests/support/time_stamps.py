"""An authority of time stamps (RFC 3161) on the loopback, with a public key infrastructure of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

BITS: Final = 2048


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)


@dataclass
class Authority:
    """A root that issues seals and time stamps, and lists what it has revoked."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    is_away: bool = False
    """True: the authority answers nothing but 503."""
    url: str = ""

    @cached_property
    def root(self) -> Issued:
        """The root."""
        return self._issue("Racine d'essai (synthétique)", None)

    @cached_property
    def seal(self) -> Issued:
        """The key of a seal, issued by the root."""
        return self._issue("Cachet d'essai (synthétique)", self.root)

    @cached_property
    def stamp(self) -> Issued:
        """The key of the time stamps, issued by the root."""
        return self._issue("Horodatage d'essai (synthétique)", self.root, usage=ExtendedKeyUsageOID.TIME_STAMPING)

    def key_file(self, passphrase: bytes) -> bytes:
        """The key of the seal with its chain (PKCS#12)."""
        from cryptography.hazmat.primitives.serialization import BestAvailableEncryption  # noqa: PLC0415

        return pkcs12.serialize_key_and_certificates(
            b"seal", self.seal.key, self.seal.certificate, [self.root.certificate], BestAvailableEncryption(passphrase)
        )

    @property
    def root_pem(self) -> bytes:
        """The certificate of the root."""
        return self.root.certificate.public_bytes(Encoding.PEM)

    def revocation_list(self) -> bytes:
        """The list of the root, in DER: nothing is revoked."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.certificate.subject)
            .last_update(self.at - timedelta(minutes=1))
            .next_update(self.at + timedelta(days=30))
            .add_extension(x509.CRLNumber(1), critical=False)
        )
        return builder.sign(self.root.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def response(self, request: bytes) -> bytes:
        """The answer to a request for a time stamp."""
        certificate = asn1_x509.Certificate.load(self.stamp.certificate.public_bytes(Encoding.DER))
        key = keys.PrivateKeyInfo.load(self.stamp.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        stamper = DummyTimeStamper(certificate, key, certs_to_embed=SimpleCertificateStore())
        found: bytes = stamper.request_tsa_response(tsp.TimeStampReq.load(request)).dump()
        return found

    def _issue(self, name: str, issuer: Issued | None, *, usage: x509.ObjectIdentifier | None = None) -> Issued:
        key = rsa.generate_private_key(65537, BITS)
        subject = x509.Name([
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Autorité d'essai (synthétique)"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ])  # fmt: skip
        is_root = issuer is None
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.at - timedelta(minutes=5))
            .not_valid_after(self.at + timedelta(days=365))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=not is_root, content_commitment=not is_root, key_encipherment=False,
                    data_encipherment=False, key_agreement=False, key_cert_sign=is_root, crl_sign=is_root,
                    encipher_only=False, decipher_only=False,
                ),
                critical=True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )  # fmt: skip
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
        if issuer and self.url:
            place = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{self.url}/root.crl")], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([place]), critical=False)
        return Issued(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


@contextmanager
def serving() -> Iterator[Authority]:
    """Serve an authority on a free port of the loopback."""
    authority = Authority()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer("application/timestamp-reply", b"" if authority.is_away else authority.response(request))

        def do_GET(self) -> None:
            self._answer("application/pkix-crl", authority.revocation_list())

        def _answer(self, media_type: str, content: bytes) -> None:
            self.send_response(200 if content else 503)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        authority.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield authority
        finally:
            server.shutdown()
            thread.join()
