"""Validate the signatures of a PDF, as a program of its own: `python pdf_validation.py`. One JSON line in, one out.

The file may be hostile: this process bounds itself, and is started for one file that `pdf_inspection` has let pass. It
imports nothing of the platform and is imported by nothing of it. It has no network: a revocation list counts only if
the file holds it. No name of a person leaves it: of a certificate it gives the organisation.
"""

import asyncio
import base64
import hashlib
import io
import json
import os
import resource
import sys
from collections.abc import Mapping
from typing import Any, Final

from pyhanko.keys.pemder import load_certs_from_pemder_data
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

SECONDS: Final = 15
"""Maximum processor time, in seconds."""
MEMORY: Final = 768 * 2**20
"""Maximum address space, in bytes."""
MAX_SIGNATURES: Final = 20
CHANGES: Final = {
    ModificationLevel.NONE: "none",
    ModificationLevel.LTA_UPDATES: "validation-data",
    ModificationLevel.FORM_FILLING: "signatures",
    ModificationLevel.ANNOTATIONS: "annotations",
    ModificationLevel.OTHER: "other",
}
"""Changes of the file after a signature, by the worst of them."""


class NotValidated(Exception):
    """The file is refused: a code of the platform's refusals, and what was found."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def confine() -> None:
    """Bound this process, before it reads anything."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    os.nice(10)


async def validated(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return each signature with what was found of it, in the order of the file."""
    pdf = base64.b64decode(task["pdf"])
    roots = list(load_certs_from_pemder_data(task["roots"].encode()))
    context = ValidationContext(trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail")
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if len(signatures) > MAX_SIGNATURES:
            raise NotValidated("pdf-too-complex", f"it has more than {MAX_SIGNATURES} signatures")
        return {"signatures": [await _validated(each, context, pdf) for each in signatures]}
    except (PdfError, ValueError, TypeError, KeyError, AttributeError, AssertionError, RecursionError) as error:
        # What the library meets in a malformed file has many names.
        raise NotValidated("pdf-broken", f"its signatures cannot be read ({type(error).__name__})") from None


async def _validated(signature: Any, context: ValidationContext, pdf: bytes) -> dict[str, Any]:
    is_stamp = signature.sig_object_type == "/DocTimeStamp"
    signed_to = int(signature.byte_range[2]) + int(signature.byte_range[3])
    found: dict[str, Any] = {
        "field": signature.field_name[:100],
        "kind": "time-stamp" if is_stamp else "signature",
        "organisation": _organisation(signature.signer_cert),
        "fingerprint": hashlib.sha256(signature.signer_cert.dump()).hexdigest(),
        # The file as it was signed: it may be one that the platform knows.
        "revision_sha256": hashlib.sha256(pdf[:signed_to]).hexdigest(),
        "signed_at": None,
        "stamped_at": None,
    }
    validate: Any = async_validate_pdf_timestamp if is_stamp else async_validate_pdf_signature
    contexts = (context,) if is_stamp else (context, context)
    try:
        status = await validate(signature, *contexts)
    except SignatureValidationError:
        return found | {"intact": False, "trusted": False, "covers_file": False, "changes": "other"}
    stamp = status if is_stamp else status.timestamp_validity
    changes: Any = getattr(status.diff_result, "modification_level", None)
    covers_file = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    return found | {
        "intact": bool(status.intact and status.valid and status.docmdp_ok is not False),
        "trusted": bool(status.trusted),
        "covers_file": covers_file,
        "changes": "none" if covers_file else CHANGES.get(changes, "other"),
        "signed_at": None if is_stamp else _moment(status.signer_reported_dt),
        "stamped_at": _moment(stamp.timestamp) if stamp is not None else None,
    }


def _organisation(certificate: Any) -> str | None:
    name = certificate.subject.native.get("organization_name")
    return str(name)[:300] if name else None


def _moment(found: Any) -> str | None:
    return found.isoformat() if found else None


def main() -> None:
    """Validate the one file of this process."""
    confine()
    task = json.loads(sys.stdin.readline())
    try:
        result = asyncio.run(validated(task))
    except NotValidated as refusal:
        result = {"refused": refusal.code, "detail": refusal.detail}
    except MemoryError:
        result = {"refused": "pdf-too-complex", "detail": "it takes too much memory"}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
