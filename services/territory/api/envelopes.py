"""Announced envelopes of the programme."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.territory import commands, permissions, queries
from services.territory.api.dependencies import Anyone, PhaseFilter, Reading, ReadingRow, Writing
from services.territory.errors import DayNotPlausible, EnvelopeNotFound, SourceNotRegistered
from services.territory.models import Envelope
from services.territory.schemas import EnvelopeChange, EnvelopeIn, EnvelopeOut
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import IfMatch, Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(
    tags=[Tag("Envelopes", "Amounts that were announced for the programme. Their consumption is not part of them yet.")]
)

Announcer = Annotated[Caller, Depends(allowed(permissions.ANNOUNCE_ENVELOPES))]


@router.get("/v1/envelopes", response_model=Page[EnvelopeOut])
async def list_envelopes(
    session: Reading, pagination: Pagination, _: Anyone, phase: PhaseFilter = None
) -> Slice[Envelope]:
    """Announced amounts, each with its source. They overlap: do not add them up."""
    return await queries.list_envelopes(session, pagination, phase)


@router.get("/v1/envelopes/changes", response_model=Changes[EnvelopeOut])
async def list_envelope_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of an envelope, in order; keep `next` to go on later."""
    return await queries.envelope_changes(session, pagination, by=by)


@router.get("/v1/envelopes/{envelope_id}", response_model=EnvelopeOut, responses=documented(EnvelopeNotFound))
async def read_envelope(envelope_id: UUID, session: ReadingRow, _: Anyone) -> Envelope:
    """One announced amount."""
    return await queries.get_envelope(session, envelope_id)


@router.get(
    "/v1/envelopes/{envelope_id}/history", response_model=Page[HistoryLine], responses=documented(EnvelopeNotFound)
)
async def read_envelope_history(
    envelope_id: UUID, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of an envelope: author, time, reason and changed fields."""
    return await queries.envelope_history(session, envelope_id, pagination)


@router.post(
    "/v1/envelopes",
    status_code=201,
    response_model=EnvelopeOut,
    responses=documented(DayNotPlausible, SourceNotRegistered),
    openapi_extra=showing(title="Enveloppe d'exemple", amount_cents=40_000_000_000, qualifier="about", note=None),
)
async def announce_envelope(body: EnvelopeIn, session: Writing, _: Announcer) -> Envelope:
    """Record an amount that was announced for the programme."""
    return await commands.announce_envelope(session, **body.content())


@router.patch(
    "/v1/envelopes/{envelope_id}",
    response_model=EnvelopeOut,
    responses=documented(EnvelopeNotFound, DayNotPlausible, SourceNotRegistered),
    openapi_extra=showing(version=2, qualifier="exact"),
)
async def correct_envelope(
    envelope_id: UUID, body: EnvelopeChange, expected: IfMatch, session: Writing, _: Announcer
) -> Envelope:
    """Correct an announced amount."""
    return await commands.correct_envelope(session, envelope_id, **body.content(), expected=expected)
