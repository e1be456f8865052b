"""Documents as PDF: `…/document`, and `Accept: application/pdf` at the address of the object itself."""

import base64
import hashlib
from copy import deepcopy
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from services.contract import commands, errors, queries
from services.contract.api.blank_page import BLANK_PAGE
from services.contract.api.digests import DIGESTS
from services.contract.errors.seals import DocumentNotMade
from services.contract.permissions import READ_ACTIONS, READ_CONTRACTS
from services.contract.settings import seal_key_of
from shared.app_state import SETTINGS
from shared.http.accept import AlsoAnswers, chosen
from shared.http.files import BYTES
from shared.http.routing import Router, Tag
from shared.http.schemas import Day
from shared.http.sessions import database_of
from shared.patterns import ANY_TEXT
from shared.problem import NotFound, Refusal, documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

DOCUMENTS: Final = Tag("Documents", "Contracts, protocols, amendments, sheets and texts in force as PDF, in French.")
PDF: Final = "application/pdf"
ABOUT_PDF: Final = "A PDF in French (PDF/A-3a, PDF/UA-1), with its data attached as canonical JSON."
AS_BYTES: Final[dict[str, Any]] = {
    "schema": {"type": "string", "format": "binary", "pattern": ANY_TEXT, "maxLength": 20 * 2**20},
    "example": BLANK_PAGE,
}
CONTENT: Final[dict[str, Any]] = {PDF: {"schema": {"description": ABOUT_PDF}, "example": BLANK_PAGE}}
ALSO_PDF: Final = [Depends(AlsoAnswers(PDF, "document"))]
"""The `dependencies=` of an address that also answers PDF."""
DISPOSITION: Final[dict[str, Any]] = {
    "Content-Disposition": {
        "description": "A file to be shown, with a name to save it by.",
        "schema": {"type": "string", "pattern": '^inline; filename="[a-z0-9.-]+"$', "maxLength": 100},
        "example": 'inline; filename="2018-ti-7505-c-0001.pdf"',
    }
}


def _only_pdf(*refusals: type[Refusal]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of an address that answers nothing else."""
    # Generated clients have a function for a file of bytes, and for no other.
    pdf = {"description": ABOUT_PDF, "content": {BYTES: AS_BYTES, **CONTENT}, "headers": DIGESTS | DISPOSITION}
    # Each address has its own: what is documented of one is added to it.
    return {200: deepcopy(pdf), **documented(NotFound, DocumentNotMade, *refusals)}


router = Router(tags=[DOCUMENTS])

ContractReader = Annotated[Caller, Depends(allowed(READ_CONTRACTS))]
ActionReader = Annotated[Caller, Depends(allowed(READ_ACTIONS))]


async def contract_pdf(request: Request, contract_id: UUID, by: Caller) -> Response:
    """Return the document of a contract: sealed once it is, and until then as it is made."""
    database = database_of(request, "contract")
    async with database.reading() as session:
        contract, seal = await queries.contract_to_print(session, contract_id, by=by)
        name = f"{contract.territory}-{contract.number.lower()}.pdf"
        if seal is None or seal.sealed_sha256 is None:
            key = seal_key_of(SETTINGS.of(request), is_sqlite=database.is_sqlite)
            printed = await queries.printed_contract(session, contract, is_local=key is not None and key.is_local)
    if seal is not None and seal.sealed_sha256 is not None:
        return _answer(request, await queries.document_of(database, seal.sealed_sha256), name)
    return _answer(request, await commands.typeset(printed), name)


async def action_pdf(request: Request, action_id: UUID, by: Caller) -> Response:
    """Return the document of an action sheet."""
    async with database_of(request, "contract").reading() as session:
        printed = await queries.printed_sheet(session, action_id, by=by)
    return _answer(request, await commands.typeset(printed), f"fiche-{action_id}.pdf")


async def text_pdf(request: Request, contract_id: UUID, as_of: date | None, by: Caller) -> Response:
    """Return the document of a consolidated text."""
    async with database_of(request, "contract").reading() as session:
        printed = await queries.printed_text(session, contract_id, as_of=as_of, by=by)
    return _answer(request, await commands.typeset(printed), f"texte-{contract_id}.pdf")


async def _contract_pdf_if_asked(request: Request, contract_id: UUID, by: ContractReader) -> Response | None:
    return await contract_pdf(request, contract_id, by) if chosen(request, PDF) == PDF else None


async def _action_pdf_if_asked(request: Request, action_id: UUID, by: ActionReader) -> Response | None:
    return await action_pdf(request, action_id, by) if chosen(request, PDF) == PDF else None


ContractPdf = Annotated[Response | None, Depends(_contract_pdf_if_asked)]
"""The PDF if `Accept` asks for it. Made before the transaction of the endpoint: none is open meanwhile."""
ActionPdf = Annotated[Response | None, Depends(_action_pdf_if_asked)]


def _answer(request: Request, pdf: bytes, name: str) -> Response:
    digest = hashlib.sha256(pdf).digest()
    headers = {
        "ETag": f'"{digest.hex()}"',
        "Repr-Digest": f"sha-256=:{base64.b64encode(digest).decode()}:",
        "Content-Disposition": f'inline; filename="{name}"',
        "Cache-Control": "private, no-cache",
        "Vary": "Accept",
    }
    # To whoever asks for bytes and not for a PDF.
    accept = request.headers.get("accept", "")
    media_type = BYTES if BYTES in accept and PDF not in accept else PDF
    return Response(pdf, media_type=media_type, headers=headers)


@router.get("/v1/contracts/{contract_id}/document", response_class=Response, responses=_only_pdf())
async def read_contract_document(contract_id: UUID, request: Request, by: ContractReader) -> Response:
    """A contract, protocol or amendment as PDF. Signed, it bears the seal; before, the mark PROJET on each page.

    An amendment shows its differences. After the signature the sealed file follows within seconds.
    """
    return await contract_pdf(request, contract_id, by)


@router.get("/v1/actions/{action_id}/document", response_class=Response, responses=_only_pdf())
async def read_action_document(action_id: UUID, request: Request, by: ActionReader) -> Response:
    """An action sheet as PDF, without what is confidential for you."""
    return await action_pdf(request, action_id, by)


@router.get(
    "/v1/contracts/{contract_id}/text/document",
    response_class=Response,
    responses=_only_pdf(errors.ContentNotFrozen, errors.DayNotPlausible),
)
async def read_consolidated_document(
    contract_id: UUID,
    request: Request,
    by: ContractReader,
    as_of: Annotated[
        Day | None, Query(description="Day in Paris, read at its end; today by default.", examples=["2021-06-30"])
    ] = None,
) -> Response:
    """Consolidated text of a contract as PDF, with the amendments signed by a day."""
    return await text_pdf(request, contract_id, as_of, by)
