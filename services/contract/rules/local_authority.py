"""A certificate authority of this platform alone, for the embedded form: root, authority, and the key of the seal.

Nobody else trusts it, and documents that it sealed say so. Elsewhere the key and its chain come from the settings.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

ORGANISATION: Final = "Territoires d'industrie (cachet local, sans valeur probante)"
LIFETIME: Final = timedelta(days=3650)
RENEWAL: Final = timedelta(days=30)
"""Lifetime of a revocation list."""


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)


def key_files(at: datetime) -> dict[str, bytes]:
    """Make the files of a new authority: the key of the seal with its chain, and the two keys that sign lists."""
    root = _issue("Racine locale", None, at, length=1)
    authority = _issue("Autorité locale", root, at, length=0)
    seal = _issue("Cachet local", authority, at, length=None)
    chain = [authority.certificate, root.certificate]
    return {
        "seal.p12": pkcs12.serialize_key_and_certificates(
            b"seal", seal.key, seal.certificate, chain, serialization.NoEncryption()
        ),
        "root.pem": _pem(root),
        "authority.pem": _pem(authority),
    }


def revocation_lists(files: dict[str, bytes], at: datetime) -> list[bytes]:
    """Return the lists of the root and of the authority, in DER. Nothing is revoked."""
    return [_revocation_list(_read(files[name]), at) for name in ("root.pem", "authority.pem")]


def root_of(files: dict[str, bytes]) -> bytes:
    """Return the certificate of the root, in PEM."""
    return _read(files["root.pem"]).certificate.public_bytes(serialization.Encoding.PEM)


def _issue(name: str, issuer: Issued | None, at: datetime, *, length: int | None) -> Issued:
    """Issue a certificate; `length` is the number of authorities below it, None for one that is no authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    signing_key = issuer.key if issuer else key
    is_authority = length is not None
    subject = _name(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(minutes=5))
        .not_valid_after(at + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=length), critical=True)
        .add_extension(_usage(is_authority=is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
    )
    return Issued(builder.sign(signing_key, hashes.SHA256()), key)


def _name(name: str) -> x509.Name:
    return x509.Name([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION),
        x509.NameAttribute(NameOID.COMMON_NAME, name),
    ])  # fmt: skip


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=not is_authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _revocation_list(issuer: Issued, at: datetime) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(at - timedelta(minutes=1))
        .next_update(at + RENEWAL)
        .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _pem(issued: Issued) -> bytes:
    """Return the certificate and its key, in PEM."""
    key = issued.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return issued.certificate.public_bytes(serialization.Encoding.PEM) + key


def _read(pem: bytes) -> Issued:
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the key of the local authority is on a curve")
    return Issued(x509.load_pem_x509_certificate(pem), key)
