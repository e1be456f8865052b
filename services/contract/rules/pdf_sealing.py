"""Seal a PDF, as a program of its own: `python pdf_sealing.py`. It reads one task and prints one result, in JSON lines.

It takes memory and time, and holds the key of the seal: this process is started for one task. It imports nothing of
the platform and is imported by nothing of it. It has no network: it asks its parent for time stamps and revocation
lists, by a line, and reads the answer from the next one. Tasks:

- `seal` lays signature fields as tagged elements (PDF/UA) and fills the first one: PAdES B-B, or B-T with a time stamp;
- `time-stamp` adds a time stamp of the whole document, as an incremental update: B-T;
- `validation-data` adds certificates and revocation lists, as an incremental update: B-LT.
"""

import base64
import hashlib
import io
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import pikepdf
from asn1crypto import cms, tsp
from pikepdf import Array, Dictionary, Name, String
from pyhanko.keys.pemder import load_certs_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers, timestamps
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.validation.dss import async_add_validation_info
from pyhanko_certvalidator import ValidationContext

SECONDS: Final = 60
"""Maximum processor time, in seconds."""
MEMORY: Final = 1024 * 2**20
"""Maximum address space, in bytes."""
SEAL: Final = "Cachet"
"""Name of the field of the seal."""
STAMP: Final = "Horodatage"
"""Name of the field of a later time stamp."""

Task = Mapping[str, Any]


class Failed(Exception):
    """The task cannot be done: a sentence for the operator of the platform."""


class AuthorityAway(Exception):
    """The authority of time stamps has given none."""


def confine() -> None:
    """Bound this process, before it reads anything."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Requests go first.
    os.nice(10)


def ask(**question: str) -> bytes | None:
    """Ask the parent, and return its answer; None if it has none."""
    print(json.dumps(question), flush=True)
    answer = json.loads(sys.stdin.readline())["answer"]
    return None if answer is None else base64.b64decode(answer)


class ParentTimeStamper(timestamps.TimeStamper):
    """Takes time stamps from the authority, through the parent of this process."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Return the response of the authority."""
        answer = ask(time_stamp=base64.b64encode(req.dump()).decode())
        if answer is None:
            raise AuthorityAway
        try:
            return tsp.TimeStampResp.load(answer, strict=True)
        except ValueError as error:
            raise AuthorityAway from error


def seal(task: Task) -> dict[str, Any]:
    """Return the sealed PDF and its level."""
    pdf = with_fields(base64.b64decode(task["pdf"]), [tuple(each) for each in task["fields"]])
    signer = signer_of(task["key"])
    level, sealed = "B-B", None
    if task["stamped"]:
        try:
            sealed, level = signed(pdf, signer, ParentTimeStamper(), task), "B-T"
        except (AuthorityAway, timestamps.TimestampRequestError):
            sealed = None
    if sealed is None:
        sealed = signed(pdf, signer, None, task)
    return {"pdf": base64.b64encode(sealed).decode(), "level": level, **described(signer)}


def signer_of(key: Mapping[str, str]) -> signers.Signer:
    """Return the signer with the key of the platform."""
    try:
        signer: signers.Signer = signers.SimpleSigner.load_pkcs12_data(
            base64.b64decode(key["pkcs12"]), other_certs=[], passphrase=key["passphrase"].encode() or None
        )
    except (ValueError, TypeError):
        raise Failed("the key of the seal cannot be read") from None
    return signer


def described(signer: signers.Signer) -> dict[str, str]:
    """Return the certificate of the seal: its subject and its fingerprint."""
    certificate = signer.signing_cert
    if certificate is None:
        raise Failed("the key of the seal has no certificate")
    return {
        "subject": certificate.subject.human_friendly,
        "fingerprint": hashlib.sha256(certificate.dump()).hexdigest(),
    }


def signed(pdf: bytes, signer: signers.Signer, stamper: timestamps.TimeStamper | None, task: Task) -> bytes:
    """Return a PDF whose first field is signed. After that, only signatures and time stamps may be added."""
    metadata = signers.PdfSignatureMetadata(
        field_name=SEAL,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm="sha256",
        reason=task["reason"],
        name=task["name"],
        certify=True,
        # Signatures of the fields that are there, and nothing else, may follow.
        docmdp_permissions=MDPPerm(2),
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    signing = signers.PdfSigner(metadata, signer=signer, timestamper=stamper)
    return bytes(signing.sign_pdf(writer).getvalue())


def time_stamp(task: Task) -> dict[str, Any]:
    """Return the PDF with a time stamp over all of it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(base64.b64decode(task["pdf"])))
    try:
        stamped = signers.PdfTimeStamper(ParentTimeStamper(), field_name=STAMP).timestamp_pdf(writer, "sha256")
    except (AuthorityAway, timestamps.TimestampRequestError):
        raise Failed("the authority of time stamps has given none") from None
    return {"pdf": base64.b64encode(stamped.getvalue()).decode(), "level": "B-T"}


async def validation_data(task: Task) -> dict[str, Any]:
    """Return the PDF with what validates its seal later: certificates and revocation lists."""
    pdf = base64.b64decode(task["pdf"])
    reader = PdfFileReader(io.BytesIO(pdf))
    embedded = reader.embedded_signatures
    roots = list(load_certs_from_pemder_data(task["roots"].encode()))
    certificates = [each for signature in embedded for each in all_certificates(signature)]
    lists = [base64.b64decode(each) for each in task["revocation_lists"]]
    for url in sorted({url for certificate in certificates for url in distribution_points(certificate)}):
        if found := ask(revocation_list=url):
            lists.append(found)
    context = ValidationContext(
        trust_roots=roots, other_certs=certificates, crls=lists, allow_fetching=False, revocation_mode="hard-fail"
    )
    try:
        for index in range(len(embedded)):
            reader = PdfFileReader(io.BytesIO(pdf))
            pdf = (await async_add_validation_info(reader.embedded_signatures[index], context)).getvalue()
    except Exception:  # of many classes, of three libraries
        raise Failed("the seal cannot be validated now: a certificate or a revocation list is missing") from None
    return {"pdf": base64.b64encode(pdf).decode(), "level": "B-LT"}


def all_certificates(signature: Any) -> Iterator[Any]:
    """Yield the certificates of a signature and of its time stamp."""
    attributes = signature.signer_info["unsigned_attrs"]
    tokens = [
        token["content"]
        for attribute in (attributes if isinstance(attributes, cms.CMSAttributes) else ())
        if attribute["type"].native == "signature_time_stamp_token"
        for token in attribute["values"]
    ]
    for signed_data in (signature.signed_data, *tokens):
        yield from (each.chosen for each in signed_data["certificates"])


def distribution_points(certificate: Any) -> Iterator[str]:
    """Yield the addresses of the revocation lists that a certificate names."""
    for point in certificate.crl_distribution_points or ():
        if (url := point.url) and url.startswith(("http://", "https://")):
            yield url


def with_fields(pdf: bytes, fields: Sequence[tuple[str, str]]) -> bytes:
    """Return a tagged PDF with empty signature fields, in its structure tree. The same input gives the same bytes."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root
        tree = root.StructTreeRoot
        parent = tree.K if isinstance(tree.K, Dictionary) else tree.K[0]
        number = int(tree.get("/ParentTreeNextKey", 0)) or 1 + max(keys_of(tree.ParentTree), default=-1)
        page = document.pages[-1].obj
        numbers = pikepdf.NumberTree(tree.ParentTree)
        if "/AcroForm" not in root:
            root.AcroForm = Dictionary(Fields=Array([]), SigFlags=0)
        for index, (name, label) in enumerate(fields, number):
            widget = document.make_indirect(
                Dictionary(
                    Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String(name), TU=String(label), F=132,
                    Rect=Array([0, 0, 0, 0]), P=page, StructParent=index,
                )
            )  # fmt: skip
            content = Dictionary(Type=Name.OBJR, Obj=widget, Pg=page)
            element = document.make_indirect(
                Dictionary(Type=Name.StructElem, S=Name.Form, P=parent, Pg=page, Alt=String(label), K=content)
            )
            parent.K.append(element)
            numbers[index] = element
            page.Annots = Array([*page.get("/Annots", []), widget])
            root.AcroForm.Fields.append(widget)
        tree.ParentTreeNextKey = number + len(fields)
        page.Tabs = Name.S
        written = io.BytesIO()
        document.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.preserve)
        return written.getvalue()


def keys_of(node: Any) -> Iterator[int]:
    """Yield the keys of a number tree."""
    if "/Nums" in node:
        yield from (int(each) for each in list(node.Nums)[0::2])
    for kid in node.get("/Kids", []):
        yield from keys_of(kid)


def main() -> None:
    """Do the one task of this process."""
    import asyncio  # noqa: PLC0415 - for one of the tasks

    confine()
    tasks: Mapping[str, Callable[[Task], dict[str, Any]]] = {
        "seal": seal,
        "time-stamp": time_stamp,
        "validation-data": lambda task: asyncio.run(validation_data(task)),
    }
    task = json.loads(sys.stdin.readline())
    try:
        result = tasks[task["task"]](task)
    except Failed as failure:
        result = {"failed": str(failure)}
    print(json.dumps({"result": result}), flush=True)


if __name__ == "__main__":
    main()
