"""Announced envelopes."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import EnvelopeNotFound
from services.territory.models import Envelope
from services.territory.queries.territories import access_scope_of
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice


def _missing(envelope_id: UUID) -> EnvelopeNotFound:
    return EnvelopeNotFound(f"There is no envelope {envelope_id}: GET /v1/envelopes lists them.")


_envelopes: Final = PublicCollection(Envelope, "envelope", access_scope_of, order=(Envelope.id,), missing=_missing)
get_envelope: Final = _envelopes.get
envelope_changes: Final = _envelopes.changes
envelope_history: Final = _envelopes.history


async def list_envelopes(session: AsyncSession, pagination: PageRequest, phase: str | None = None) -> Slice[Envelope]:
    """One page of the envelopes of a phase, or of all."""
    statement = select(Envelope).where(Envelope.phase == phase) if phase else select(Envelope)
    return await _envelopes.page(session, statement, pagination)
