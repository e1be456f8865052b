"""Referents: `/v1/referents`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.catalog import commands, errors, permissions, queries
from services.catalog.api.dependencies import Reading, ReadingRow, Writing
from services.catalog.api.filters import ReferentParameters
from services.catalog.models import Referent
from services.catalog.schemas import ContactChange, ReferentIn, ReferentOut
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import IfMatch, Router, Tag
from shared.http.schemas import Page
from shared.problem import Forbidden, NotFound, PreconditionRequired, documented
from shared.references import BareCodeAmbiguous, TerritoryNotKnown
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.history import VersionStale

router = Router(tags=[Tag("Referents", "The single referent (référent unique) of an operator for a territory.")])

Reader = Annotated[Caller, Depends(allowed(permissions.READ_REFERENTS))]
Namer = Annotated[Caller, Depends(allowed(permissions.NAME_REFERENTS))]


@router.get(
    "/v1/referents",
    response_model=Page[ReferentOut],
    responses=documented(BareCodeAmbiguous, TerritoryNotKnown, errors.OperatorNotListed),
)
async def list_referents(
    session: Reading, filters: Annotated[ReferentParameters, Depends()], pagination: Pagination, by: Reader
) -> Slice[Referent]:
    """Your territory's, your région's or your own referents, with their contacts."""
    return await queries.list_referents(session, filters, pagination, by=by)


@router.get("/v1/referents/changes", response_model=Changes[ReferentOut])
async def list_referent_changes(session: Reading, pagination: ChangesPagination, by: Reader) -> dict[str, Any]:
    """Changes of the referents that concern you, oldest first."""
    return await queries.referent_changes(session, pagination, by=by)


@router.post(
    "/v1/referents",
    status_code=201,
    response_model=ReferentOut,
    responses=documented(errors.OperatorNotKnown, errors.SinceNotFitting, TerritoryNotKnown, errors.TerritoryClosed),
)
async def name_referent(body: ReferentIn, session: Writing, by: Namer) -> Referent:
    """Name your organisation's referent for a territory. The former one ends that day."""
    sent = body.sent()
    return await commands.name_referent(session, territory_key=sent.pop("territory"), **sent, by=by)


@router.get("/v1/referents/{referent_id}", response_model=ReferentOut, responses=documented(NotFound))
async def read_referent(referent_id: UUID, session: ReadingRow, by: Reader) -> Referent:
    """One referent, with the contact."""
    return await queries.get_referent(session, referent_id, by=by)


@router.patch(
    "/v1/referents/{referent_id}",
    response_model=ReferentOut,
    responses=documented(NotFound, Forbidden, VersionStale, PreconditionRequired, errors.ContactErased),
)
async def change_contact(
    referent_id: UUID, body: ContactChange, expected: IfMatch, session: Writing, by: Namer
) -> Referent:
    """Correct how the same person is reached; for another person, name a new referent."""
    return await commands.change_contact(session, referent_id, **body.content(), expected=expected, by=by)


@router.post(
    "/v1/referents/{referent_id}/erase-contact",
    response_model=ReferentOut,
    responses=documented(NotFound, Forbidden),
)
async def erase_contact(referent_id: UUID, session: Writing, by: Namer) -> Referent:
    """Erase name, e-mail address and phone number for good. The mandate and its history stay."""
    return await commands.erase_contact(session, referent_id, by=by)


@router.get("/v1/referents/{referent_id}/history", response_model=Page[HistoryLine], responses=documented(NotFound))
async def read_referent_history(
    referent_id: UUID, session: Reading, pagination: Pagination, by: Reader
) -> Slice[dict[str, Any]]:
    """History of a referent, without its contact details."""
    return await queries.referent_history(session, referent_id, pagination, by=by)
