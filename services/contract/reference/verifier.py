"""Verify the dossier of a contract, offline: `python verifier.py dossier.zip [--root root.pem]`.

One file, for Python 3.11 or later with the package `cryptography`. It says what it has checked, and names the file in
which a byte has changed. With `--root` the seal must come from that root; without it, the root in the dossier is shown:
compare its fingerprint with the one that the platform publishes.
"""

import argparse
import hashlib
import io
import json
import mmap
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

HEADER = 30
"""Bytes of the header of a file in the archive, before its name."""
DIRECTORY = "the directory of the archive"


class Fault(Exception):
    """The dossier is not as it was made."""


def fail(name: str, reason: str) -> NoReturn:
    raise Fault(f"{name}: {reason}")


@dataclass(frozen=True)
class ArchivedFile:
    """A file of the archive, and where it lies."""

    name: str
    start: int
    size: int

    @property
    def data(self) -> int:
        """Position of its first byte."""
        return self.start + HEADER + len(self.name)

    @property
    def end(self) -> int:
        """Position after its last byte."""
        return self.data + self.size


def members_of(archive: bytes) -> tuple[list[ArchivedFile], dict[str, Any]]:
    """Return the files in their order, and the manifest that lists them. Nothing but the manifest says where."""
    start = HEADER + len("manifest.json")
    try:
        text = archive[start : start + 16 * 2**20].decode("utf-8", "replace")
        manifest, size = json.JSONDecoder().raw_decode(text)
        size = len(text[:size].encode())
        header = start + size
        signature = int.from_bytes(archive[header + 18 : header + 22], "little")
        sizes = [("manifest.json", size), ("manifest.sig", signature)]
        sizes += [(each["name"], each["bytes"]) for each in manifest["files"]]
        members, position = [], 0
        for name, length in sizes:
            members.append(ArchivedFile(name, position, length))
            position = members[-1].end
    except (ValueError, KeyError, TypeError):
        fail("manifest.json", "it cannot be read")
    for member in members[:2]:
        crc = int.from_bytes(archive[member.start + 14 : member.start + 18], "little")
        if crc != zlib.crc32(archive[member.data : member.end]):
            fail(member.name, "a byte has changed")
    return members, manifest


def check_files(archive: bytes, members: list[ArchivedFile], manifest: dict[str, Any]) -> None:
    """Compare each file with its hash in the manifest."""
    for member, listed in zip(members[2:], manifest["files"], strict=True):
        if hashlib.sha256(archive[member.data : member.end]).hexdigest() != listed["sha256"]:
            fail(member.name, "a byte has changed")


def check_archive(archive: bytes, members: list[ArchivedFile]) -> None:
    """Make the archive again from its files: every other byte of it is given by them."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as again:
        for member in members:
            entry = zipfile.ZipInfo(member.name)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            again.writestr(entry, archive[member.data : member.end])
    if (expected := made.getvalue()) == bytes(archive):
        return
    length = min(len(expected), len(archive))
    differs = next((at for at in range(length) if expected[at] != archive[at]), length)
    fail(next((each.name for each in members if differs < each.end), DIRECTORY), "a byte around it has changed")


def check_chain(pem: bytes, root: bytes | None) -> x509.Certificate:
    """Return the certificate of the seal, once each certificate is signed by the next one, up to the root."""
    chain = x509.load_pem_x509_certificates(pem)
    for issued, issuer in zip(chain, [*chain[1:], chain[-1]], strict=True):
        try:
            issued.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            fail("chain.pem", f"{issued.subject.rfc4514_string()} is not issued by the next certificate")
    if root is not None and chain[-1] not in x509.load_pem_x509_certificates(root):
        fail("chain.pem", "the seal does not come from the root that you named")
    return chain[0]


def check_signature(key: Any, signature: bytes, content: bytes, name: str) -> None:
    """Verify a signature by the seal: ECDSA or RSA, with SHA-256."""
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, content, ec.ECDSA(SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, content, padding.PKCS1v15(), SHA256())
        else:
            fail("chain.pem", "this kind of key is not known here")
    except InvalidSignature:
        fail(name, "its signature is not by the key of the seal")


def check_document(pdf: bytes, fingerprint: str, content: bytes) -> None:
    """Verify the seal of the PDF by the certificate of this fingerprint, and that the content is attached to it."""
    found = re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", pdf)
    if not found:
        fail("document.pdf", "it has no seal")
    first, length, second, rest = map(int, found.groups())
    signed = pdf[first : first + length] + pdf[second : second + rest]
    cms = bytes.fromhex(pdf[first + length + 1 : second - 1].decode("ascii", "replace").strip())
    attributes, signature, certificates = signer_info(cms)
    certificate = next((each for each in certificates if hashlib.sha256(each).hexdigest() == fingerprint), None)
    if certificate is None:
        fail("document.pdf", "its seal is not by the certificate that the manifest names")
    digest = attribute(attributes, bytes.fromhex("06092a864886f70d010904"))
    if digest != hashlib.sha256(signed).digest():
        fail("document.pdf", "it is not as it was sealed")
    # What is signed is the set of attributes, with the tag of a set.
    key = x509.load_der_x509_certificate(certificate).public_key()
    check_signature(key, signature, b"\x31" + attributes[1:], "document.pdf")
    if content not in map(inflated, re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)):
        fail("document.pdf", "the content that is attached to it is another one")


def inflated(stream: bytes) -> bytes:
    """Return a stream of a PDF without its compression."""
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return stream


def signer_info(cms: bytes) -> tuple[bytes, bytes, list[bytes]]:
    """Return signed attributes, signature and certificates of a CMS message with one signer (RFC 5652), in DER."""
    *_, content = items(next(items(cms))[1])
    *members, signers = items(next(items(content[1]))[1])
    certificates = [whole for tag, value, _ in members if tag == 0xA0 for _, _, whole in items(value)]
    parts = list(items(next(items(signers[1]))[1]))
    attributes = next(whole for tag, _, whole in parts if tag == 0xA0)
    signature = next(value for tag, value, _ in parts if tag == 0x04)
    return attributes, signature, certificates


def attribute(attributes: bytes, oid: bytes) -> bytes:
    """Return the value of a signed attribute: an octet string."""
    for _, value, _ in items(next(items(attributes))[1]):
        if value.startswith(oid):
            return next(items(next(items(value[len(oid) :]))[1]))[1]
    return b""


def items(der: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the values that follow each other in DER: tag, content, the whole value."""
    position = 0
    while position < len(der):
        length, begin = der[position + 1], position + 2
        if length & 0x80:
            begin += length & 0x7F
            length = int.from_bytes(der[position + 2 : begin], "big")
        if not der[position]:
            # Zeros fill the place that was kept for the seal.
            return
        yield der[position], der[begin : begin + length], der[position : begin + length]
        position = begin + length


def verify(archive: bytes, root: bytes | None = None) -> Iterator[str]:
    """Yield a sentence for each thing that was checked. Raises Fault."""
    members, manifest = members_of(archive)
    files = {each.name: archive[each.data : each.end] for each in members}
    check_files(archive, members, manifest)
    check_archive(archive, members)
    yield f"{len(members)} files are as they were when the dossier was made, on {manifest['made_at']}."
    certificate = check_chain(files["chain.pem"], root)
    check_signature(certificate.public_key(), files["manifest.sig"], files["manifest.json"], "manifest.sig")
    yield f"The dossier is sealed by {certificate.subject.rfc4514_string()}."
    content = files["content.json"]
    if hashlib.sha256(content).hexdigest() != manifest["content_sha256"]:
        fail("content.json", "it is not the content that was signed")
    check_document(files["document.pdf"], manifest["seal_fingerprint"], content)
    yield "The document bears the seal of the platform, and the signed content is attached to it."
    for event in json.loads(files["events.json"]):
        named = event["data"].get("content_sha256", manifest["content_sha256"])
        if event["data"].get("contract_id") == manifest["contract_id"] and named != manifest["content_sha256"]:
            fail("events.json", f"the event {event['id']} is of another content")
    yield "The events are of the same content."
    last = x509.load_pem_x509_certificates(files["chain.pem"])[-1]
    known = "the one that you named" if root else f"fingerprint {last.fingerprint(SHA256()).hex()}"
    yield f"Root of the seal: {last.subject.rfc4514_string()}, {known}."


def main() -> int:
    """Verify the dossier that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dossier", type=Path)
    parser.add_argument("--root", type=Path, help="certificate of the root that you trust, in PEM")
    given = parser.parse_args()
    try:
        with given.dossier.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as archive:
            for sentence in verify(archive, given.root.read_bytes() if given.root else None):  # type: ignore[arg-type]
                print(sentence)
    except Fault as fault:
        print(f"FAULT {fault}")
        return 1
    except (ValueError, OSError):
        print(f"FAULT {DIRECTORY}: this is no dossier, or it cannot be read")
        return 1
    print("The dossier is verified.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
