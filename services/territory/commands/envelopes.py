"""Commands of announced envelopes."""

from typing import Any
from uuid import UUID

from services.territory import queries
from services.territory.models import Envelope
from services.territory.rules.days import first_preparation, require_plausible
from shared.clock import today
from shared.ids import uuid7
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession


async def announce_envelope(session: WriteSession, **content: Any) -> Envelope:
    """Record an amount that was announced."""
    await queries.require_source(session, content.get("source_id"))
    envelope = Envelope(id=uuid7(), **content)
    await _require_day_of_phase(session, envelope)
    session.add(envelope)
    return envelope


async def correct_envelope(
    session: WriteSession, envelope_id: UUID, *, expected: int, reason: str, **content: Any
) -> Envelope:
    """Correct an envelope."""
    envelope = await queries.get_envelope(session, envelope_id, lock=True)
    require_version(envelope, expected)
    set_reason(session, envelope, reason)
    await queries.require_source(session, content.get("source_id"))
    for name, value in content.items():
        setattr(envelope, name, value)
    await _require_day_of_phase(session, envelope)
    return envelope


async def _require_day_of_phase(session: WriteSession, envelope: Envelope) -> None:
    if envelope.announced_on is not None:
        first = first_preparation(await queries.find_phase(session, envelope.phase))
        require_plausible(envelope.announced_on, field="announced_on", today=today(), earliest=first)
