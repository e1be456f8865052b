"""Commands of announced envelopes."""

from datetime import date
from typing import Any
from uuid import UUID

from services.territory import queries
from services.territory.models import Envelope
from services.territory.rules.days import require_plausible
from shared.clock import today
from shared.ids import uuid7
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession


async def announce_envelope(session: WriteSession, **content: Any) -> Envelope:
    """Record an amount that was announced."""
    await _check(session, content)
    envelope = Envelope(id=uuid7(), **content)
    session.add(envelope)
    return envelope


async def correct_envelope(
    session: WriteSession, envelope_id: UUID, *, expected: int, reason: str, **content: Any
) -> Envelope:
    """Correct an envelope."""
    envelope = await queries.get_envelope(session, envelope_id, lock=True)
    require_version(envelope, expected)
    set_reason(session, envelope, reason)
    await _check(session, content)
    for name, value in content.items():
        setattr(envelope, name, value)
    return envelope


async def _check(session: WriteSession, content: dict[str, Any]) -> None:
    await queries.require_source(session, content.get("source_id"))
    announced_on: date | None = content.get("announced_on")
    if announced_on is not None:
        require_plausible(announced_on, field="announced_on", today=today())
