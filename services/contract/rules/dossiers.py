"""The dossier of a contract: one archive from which anybody verifies what was signed, without the platform.

The archive is a function of its files: neither compressed nor dated, in the order of its manifest. So its verifier
makes it again, and notices any changed byte. The manifest lists the hash of each file, and bears the seal's signature.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from services.contract.models import Contract, DocumentSeal, PaperCopy, Party
from services.contract.rules.content import canonical
from services.contract.rules.seals import SealKey
from shared.events import Audience, Event
from shared.storage.history import columns_of, plain

READ_ME: Final = """Dossier d’un document signé du programme Territoires d’industrie
================================================================

Ce dossier se vérifie sans la plateforme et sans réseau, avec Python 3.11 ou plus récent et le module « cryptography » :

    python verifier.py {name}

Il contient :

- document.pdf : le document signé, avec le cachet électronique de la plateforme (PAdES) ;
- document.json : les données dont le document est tiré avant son cachet ; les mêmes données donnent les mêmes octets ;
- content.json : le contenu que les parties ont signé, en JSON canonique (RFC 8785), joint aussi au PDF ;
- signatures.json : pour chaque partie, sa qualité, le jour de sa signature, sa délibération ; les approbations ;
- consolidated.json : le texte en vigueur, avec les avenants signés ;
- events.json : les événements publiés, octet pour octet ;
- texts/, papers/, history.json : les textes soumis, les exemplaires signés sur papier et l’historique, pour les parties
  seulement ;
- manifest.json et manifest.sig : la liste des fichiers avec leur empreinte SHA-256, et sa signature par le cachet ;
- chain.pem : le certificat du cachet et ceux qui l’ont émis. Comparez l’empreinte du dernier avec celle que publie la
  plateforme.
"""


@dataclass(frozen=True)
class DossierFile:
    """A file of a dossier."""

    name: str
    body: bytes = field(repr=False)


def signatures(contract: Contract) -> bytes:
    """Return the evidence of each signature: organisation, capacity, day, deliberation; as canonical JSON."""
    return canonical(
        plain({
            "format": "territoires-industrie/signatures/1",
            "contract_id": contract.id,
            "kind": contract.kind,
            "number": contract.number,
            "origin": contract.origin,
            "approvals": contract.approvals,
            "approved_on": contract.approved_on,
            "requested_at": contract.requested_at,
            "signed_on": contract.signed_on,
            "content_sha256": contract.content_sha256,
            "ceremony_id": contract.ceremony_id,
            "circuit": contract.circuit,
            "parties": [_signature(party) for party in contract.parties],
        })
    )  # fmt: skip


def _signature(party: Party) -> Mapping[str, Any]:
    names = (
        "id", "organisation", "name", "block", "kind", "label", "capacity", "role", "required", "signed_on",
        "signed_as", "signed_by", "delegation", "deliberation_reference", "deliberation_on",
    )  # fmt: skip
    return {name: getattr(party, name) for name in names}


def events(bodies: Sequence[str]) -> bytes:
    """Return published events as a JSON list, each byte for byte."""
    return ("[" + ",\n".join(bodies) + "]").encode()


def is_public(body: str) -> bool:
    """Return True if everybody may receive an event."""
    return Event.catalogue[json.loads(body)["type"]].audience is Audience.PUBLIC


def json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as a JSON list, one on each line."""
    lines = (json.dumps(plain(dict(row)), ensure_ascii=False, sort_keys=True) for row in rows)
    return ("[" + ",\n".join(lines) + "]").encode()


def papers(copies: Iterable[PaperCopy]) -> bytes:
    """Return the list of the paper copies, withdrawn ones included."""
    return json_lines(columns_of(copy) for copy in copies)


def file_name(contract: Contract) -> str:
    """Return the name of the archive, such as `dossier-2018-ti-7505-c-0001.zip`."""
    return f"dossier-{contract.territory}-{contract.number.lower()}.zip"


def manifest(contract: Contract, seal: DocumentSeal, listed: Sequence[Mapping[str, Any]], *, at: datetime) -> bytes:
    """Return the list of the files, with their sizes and hashes, as canonical JSON.

    The document may be sealed by an earlier key: its certificate is named.
    """
    return canonical({
        "format": "territoires-industrie/dossier/1",
        "contract_id": str(contract.id),
        "kind": contract.kind,
        "number": contract.number,
        "territory": contract.territory,
        "title": contract.title,
        "signed_on": plain(contract.signed_on),
        "content_sha256": contract.content_sha256,
        "seal_fingerprint": seal.fingerprint,
        "made_at": plain(at),
        "files": list(listed),
    })  # fmt: skip


def listed(file: DossierFile) -> dict[str, Any]:
    """Return the line of a file in the manifest."""
    return {"name": file.name, "bytes": len(file.body), "sha256": hashlib.sha256(file.body).hexdigest()}


def write(archive: IO[bytes], files: Iterable[DossierFile]) -> None:
    """Write the archive: the same files give the same bytes."""
    with zipfile.ZipFile(archive, "w") as made:
        for file in files:
            entry = zipfile.ZipInfo(file.name)
            # `ZipInfo` takes the system of the machine; the verifier makes the archive again on another one.
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            made.writestr(entry, file.body)


def sign(key: SealKey, content: bytes) -> bytes:
    """Sign with the key of the seal: ECDSA or RSA, with SHA-256."""
    found = pkcs12.load_pkcs12(key.pkcs12, key.passphrase.encode() or None).key
    match found:
        case ec.EllipticCurvePrivateKey():
            return found.sign(content, ec.ECDSA(SHA256()))
        case rsa.RSAPrivateKey():
            return found.sign(content, padding.PKCS1v15(), SHA256())
    raise TypeError("the key of the seal is neither on a curve nor RSA")


def chain(key: SealKey) -> bytes:
    """Return the certificate of the seal and those that issued it, up to the root, in PEM."""
    found = pkcs12.load_pkcs12(key.pkcs12, key.passphrase.encode() or None)
    if found.cert is None:
        raise TypeError("the key of the seal has no certificate")
    others = {each.certificate.subject: each.certificate for each in found.additional_certs}
    certificate, ordered = found.cert.certificate, [found.cert.certificate]
    while certificate.issuer != certificate.subject and certificate.issuer in others:
        certificate = others[certificate.issuer]
        ordered.append(certificate)
    return b"".join(each.public_bytes(Encoding.PEM) for each in ordered)
