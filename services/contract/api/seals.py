"""Seals of documents: `/v1/contracts/{contract_id}/seal`."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from services.contract import commands, permissions, queries
from services.contract.api.contracts import Reader
from services.contract.api.dependencies import Reading, Writing
from services.contract.errors.seals import SealNotCompleted, SealNotMade, SealNotStamped
from services.contract.models import DocumentSeal
from services.contract.rules.seals import SealedDocument, require_stamped
from services.contract.schemas import SealOut
from services.contract.settings import seal_key_of
from shared.app_state import SETTINGS
from shared.http.routing import Router, Tag, showing
from shared.http.sessions import database_of
from shared.problem import Forbidden, NotFound, documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

SEALS = Tag("Seals", "Electronic seals of signed documents, their time stamps, dossiers and verification.")

router = Router(tags=[SEALS])


Completer = Annotated[Caller, Depends(allowed(permissions.COMPLETE_SEALS))]


@dataclass(frozen=True)
class Completed:
    """A document with validation data, and the sealed file that it was made from; no document: it had them."""

    document: SealedDocument | None
    since: str | None


async def _completed(contract_id: UUID, request: Request, by: Completer) -> Completed:
    """Add validation data to the sealed file, before a transaction is open."""
    database = database_of(request, "contract")
    async with database.reading() as session:
        await queries.require_party(session, contract_id, by=by)
        seal = await queries.read_seal(session, contract_id, by=by)
    require_stamped(seal)
    key = seal_key_of(SETTINGS.of(request), is_sqlite=database.is_sqlite)
    if seal.level == "B-LT":
        return Completed(None, seal.sealed_sha256)
    if key is None or seal.sealed_sha256 is None:
        raise SealNotCompleted("No key of the seal is set on this platform: its operator sets one.")
    try:
        body = await queries.document_of(database, seal.sealed_sha256)
        return Completed(await commands.add_validation_data(body, key=key), seal.sealed_sha256)
    except commands.SealingFailed as failure:
        raise SealNotCompleted(
            f"The validation data could not be gathered, {failure}: try again later.", headers={"Retry-After": "60"}
        ) from failure


@router.get("/v1/contracts/{contract_id}/seal", response_model=SealOut, responses=documented(NotFound, SealNotMade))
async def read_seal(contract_id: UUID, session: Reading, by: Reader) -> DocumentSeal:
    """Seal of the document of a signed contract, protocol or amendment."""
    return await queries.read_seal(session, contract_id, by=by)


@router.post(
    "/v1/contracts/{contract_id}/seal/complete",
    response_model=SealOut,
    responses=documented(NotFound, Forbidden, SealNotMade, SealNotStamped, SealNotCompleted),
    openapi_extra=showing(level="B-LT"),
)
async def complete_seal(
    contract_id: UUID, completed: Annotated[Completed, Depends(_completed)], session: Writing, by: Completer
) -> DocumentSeal:
    """Add to the sealed document the certificates and revocation lists that validate it years later (PAdES B-LT).

    A party asks for it. A document that has them stays as it is.
    """
    if completed.document is None:
        return await queries.read_seal(session, contract_id, by=by)
    return await commands.keep_sealed(session, contract_id, completed.document, since=completed.since)
