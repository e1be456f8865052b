"""Paper copies of contracts: `/v1/contracts/{contract_id}/paper-copies` and `/v1/paper-copies`."""

import base64
from dataclasses import asdict
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.contract import commands, errors, permissions, queries
from services.contract.api.blank_page import BLANK_PAGE
from services.contract.api.contracts import Insider
from services.contract.api.dependencies import Reading, Writing
from services.contract.api.digests import DIGESTS
from services.contract.models import PaperCopy
from services.contract.rules.papers import Scan
from services.contract.schemas import Explanation, PaperCopyOut
from services.contract.settings import trusted_roots
from shared.app_state import SETTINGS
from shared.http.body_limits import BodyLimits
from shared.http.changes import Changes, HistoryLine
from shared.http.files import BYTES, FileBody, ReceivedFile
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import Router, Tag, showing
from shared.http.schemas import Day, Page, Title
from shared.http.sessions import database_of
from shared.patterns import ANY_TEXT
from shared.problem import Forbidden, NotFound, documented
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.history import plain

router = Router(
    tags=[Tag("Paper copies", "Scans of the signed paper of a contract, deposited by its parties: never public.")]
)

PDF: Final = "application/pdf"
LIMITS: Final = BodyLimits(max_bytes=20 * 2**20, max_seconds=60)
FILE: Final = FileBody(LIMITS, PDF)
DECLARED: Final = "Day on which the paper was signed, as you declare it."
LINE: Final = "Exemplaire signé par la Région (synthétique)"
DISPOSITION: Final = {
    "Content-Disposition": {
        "description": "A file to be saved, not to be shown in a browser.",
        "schema": {"type": "string", "pattern": '^attachment; filename="[a-z0-9.-]+"$', "maxLength": 100},
        "example": 'attachment; filename="paper-copy-0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e60.pdf"',
    }
}

Depositor = Annotated[Caller, Depends(allowed(permissions.DEPOSIT_PAPER_COPIES))]


async def _as_party(contract_id: UUID, request: Request, by: Depositor) -> None:
    """Refuse others before their file is received, in a transaction of its own."""
    async with database_of(request, "contract").reading() as session:
        await queries.require_party(session, contract_id, by=by)


async def _inspected(
    request: Request,
    _: Annotated[None, Depends(_as_party)],
    file: Annotated[ReceivedFile, Depends(FILE)],
    declared_on: Annotated[Day, Query(description=DECLARED, examples=["2019-07-15"])],
    description: Annotated[Title | None, Query(description="One line on the paper.", examples=[LINE])] = None,
) -> tuple[Scan, ReceivedFile]:
    """Inspect the file, before a transaction is open."""
    roots = trusted_roots(SETTINGS.of(request), is_sqlite=database_of(request, "contract").is_sqlite)
    inspected, signatures = await commands.validate_pdf(file.content, roots=roots)
    found = [plain(asdict(each)) for each in signatures]
    return Scan(file.sha256, file.size, inspected.pages, declared_on, description, found), file


@router.post(
    "/v1/contracts/{contract_id}/paper-copies",
    status_code=201,
    response_model=PaperCopyOut,
    responses=documented(
        NotFound,
        errors.NotAParty,
        errors.FileMissing,
        errors.NotAPdf,
        errors.PdfEncrypted,
        errors.PdfActive,
        errors.PdfBroken,
        errors.PdfWithoutPages,
        errors.PdfTooComplex,
        errors.DayNotPlausible,
        errors.SignaturesNotRequested,
        errors.PaperCopyKnown,
        errors.TooManyPaperCopies,
    ),
    openapi_extra=FILE.documented(
        "A PDF of at most 20 MiB, without encryption, scripts and foreign files.", example=BLANK_PAGE
    )
    | showing(version=1),
)
async def deposit_paper_copy(
    contract_id: UUID,
    inspected: Annotated[tuple[Scan, ReceivedFile], Depends(_inspected)],
    session: Writing,
    by: Depositor,
) -> PaperCopy:
    """Deposit a scan of the signed paper, or your own signed PDF. It is no signature: each party still signs.

    The signatures in the file are validated, and `signatures` says what was found.

    Signatures are requested, or the contract is signed or ended. A PDF with scripts, encryption or files in it is
    refused; attachments of a PDF/A are taken if they are JSON, XML or CSV.
    """
    scan, file = inspected
    return await commands.deposit_paper_copy(session, contract_id, scan, file.content, by=by)


@router.get(
    "/v1/contracts/{contract_id}/paper-copies",
    response_model=Page[PaperCopyOut],
    responses=documented(NotFound, Forbidden),
)
async def list_paper_copies(
    contract_id: UUID, session: Reading, pagination: Pagination, by: Insider
) -> Slice[PaperCopy]:
    """Scans of the signed paper, the oldest first, withdrawn ones included. Not public, even if the contract is."""
    return await queries.list_paper_copies(session, contract_id, pagination, by=by)


@router.get("/v1/paper-copies/changes", response_model=Changes[PaperCopyOut])
async def list_paper_copy_changes(session: Reading, pagination: ChangesPagination, by: Insider) -> dict[str, Any]:
    """Changes of the paper copies that you may read, oldest first."""
    return await queries.paper_copy_changes(session, pagination, by=by)


@router.get("/v1/paper-copies/{copy_id}", response_model=PaperCopyOut, responses=documented(errors.PaperCopyNotFound))
async def read_paper_copy(copy_id: UUID, session: Reading, by: Insider) -> PaperCopy:
    """One paper copy, without its bytes."""
    return await queries.get_paper_copy(session, copy_id, by=by)


@router.get(
    "/v1/paper-copies/{copy_id}/content",
    response_class=Response,
    responses={
        200: {
            "description": "The PDF as it was deposited; its SHA-256 in `Repr-Digest` (RFC 9530).",
            "content": {
                # Generated clients have a function for a file of this type, and for no other.
                BYTES: {
                    "schema": {
                        "type": "string", "format": "binary", "pattern": ANY_TEXT, "maxLength": LIMITS.max_bytes,
                    },
                    "example": BLANK_PAGE,
                }
            },
            "headers": DIGESTS | DISPOSITION,
        },
        **documented(errors.PaperCopyNotFound, errors.PaperCopyAlreadyWithdrawn),
    },
)  # fmt: skip
async def read_paper_copy_content(copy_id: UUID, session: Reading, request: Request, by: Insider) -> Response:
    """Bytes of a paper copy, to be saved as a file."""
    copy = await queries.get_stored_copy(session, copy_id, by=by)
    digest = base64.b64encode(bytes.fromhex(copy.sha256)).decode()
    headers = {
        "ETag": f'"{copy.sha256}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "Content-Length": str(copy.size_bytes),
        "Content-Disposition": f'attachment; filename="paper-copy-{copy.id}.pdf"',
        # It bears signatures by hand.
        "Cache-Control": "private, no-cache",
    }
    # Read in transactions of its own: that of the endpoint is closed before the body is sent.
    parts = queries.document_bytes(database_of(request, "contract"), copy.sha256, copy.size_bytes)
    return StreamingResponse(parts, media_type=BYTES, headers=headers)


@router.get(
    "/v1/paper-copies/{copy_id}/history",
    response_model=Page[HistoryLine],
    responses=documented(errors.PaperCopyNotFound),
)
async def read_paper_copy_history(
    copy_id: UUID, session: Reading, pagination: Pagination, by: Insider
) -> Slice[dict[str, Any]]:
    """History of a paper copy: author, time and reason."""
    return await queries.paper_copy_history(session, copy_id, pagination, by=by)


@router.post(
    "/v1/paper-copies/{copy_id}/withdraw",
    response_model=PaperCopyOut,
    responses=documented(
        errors.PaperCopyNotFound, errors.NotTheDepositor, errors.PaperCopyAlreadyWithdrawn, errors.PaperCopyKept
    ),
    openapi_extra=showing(version=2, withdrawn_at="2019-07-16T09:30:00Z"),
)
async def withdraw_paper_copy(copy_id: UUID, body: Explanation, session: Writing, by: Depositor) -> PaperCopy:
    """Withdraw a paper copy of your organisation, before the contract is signed: its bytes are deleted."""
    return await commands.withdraw_paper_copy(session, copy_id, reason=body.reason, by=by)
