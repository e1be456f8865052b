"""Public verification of documents: `/v1/verifications`."""

from typing import Annotated, Final

from fastapi import Depends, Path, Request

from services.contract import commands, errors, permissions, queries
from services.contract.api.blank_page import BLANK_PAGE
from services.contract.api.dependencies import Reading
from services.contract.api.seals import SEALS
from services.contract.rules.verifications import FoundSignature, Verification
from services.contract.schemas import VerificationOut
from services.contract.settings import trusted_roots
from shared.app_state import SETTINGS
from shared.http.body_limits import BodyLimits
from shared.http.files import FileBody, ReceivedFile
from shared.http.routing import Router
from shared.http.sessions import database_of
from shared.patterns import pattern_of
from shared.problem import documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[SEALS])

LIMITS: Final = BodyLimits(max_bytes=20 * 2**20, max_seconds=60)
FILE: Final = FileBody(LIMITS, "application/pdf")
SHA256: Final = pattern_of("^[0-9a-f]{64}$", "write the SHA-256 of the file: 64 hexadecimal digits in lower case")

Verifier = Annotated[Caller, Depends(allowed(permissions.VERIFY_DOCUMENTS))]


async def _verified(by: Verifier, request: Request, file: Annotated[ReceivedFile, Depends(FILE)]) -> Verification:
    """Verify a file: by its hash, and if that is unknown by its signatures, in processes of their own."""
    database = database_of(request, "contract")
    async with database.reading() as session:
        found = await queries.verification_of(session, file.sha256)
    if found.document:
        return found
    if not file.size:
        raise errors.FileMissing("The body is empty: send the file.")
    signatures: list[FoundSignature] = []
    if _is_pdf(file):
        roots = trusted_roots(SETTINGS.of(request), is_sqlite=database.is_sqlite)
        _, signatures = await commands.validate_pdf(file.content, roots=roots)
    async with database.reading() as session:
        return await queries.verification_of_signatures(session, file.sha256, signatures)


def _is_pdf(file: ReceivedFile) -> bool:
    file.content.seek(0)
    return file.content.read(5) == b"%PDF-"


@router.post(
    "/v1/verifications",
    response_model=VerificationOut,
    responses=documented(
        errors.FileMissing, errors.PdfEncrypted, errors.PdfActive, errors.PdfBroken, errors.PdfWithoutPages,
        errors.PdfTooComplex,
    ),
    openapi_extra=FILE.documented("The file to verify, of at most 20 MiB. It is not kept.", example=BLANK_PAGE),
)  # fmt: skip
async def verify_file(verification: Annotated[Verification, Depends(_verified)]) -> Verification:
    """Verify a file: of which contract is it, in which version, is it the current one, and has it changed?

    A PDF that is not known byte for byte is looked through: its signatures, and if it was made from a sealed document.
    """
    return verification


@router.get("/v1/verifications/{sha256}", response_model=VerificationOut)
async def verify_hash(
    sha256: Annotated[
        str,
        Path(
            pattern=SHA256,
            max_length=64,
            description="SHA-256 of a file, in hexadecimal.",
            examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ],
    session: Reading,
    by: Verifier,
) -> Verification:
    """Verify a file by its hash: nothing but the hash is sent."""
    return await queries.verification_of(session, sha256)
