"""The journal."""

import json
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.models import JOURNALED, Journal, JournalSubject
from shared.bus import Message
from shared.clock import now
from shared.waking import leave


async def journal(session: AsyncSession, message: Message) -> None:
    """Write an event down, as it came, and whom its object now concerns; the sequencer will give it its position."""
    envelope = json.loads(message.body)
    sequence = int(envelope["sequence"])
    stake = {name: envelope["data"][name] for name in ("territories", "regions", "organisations")}
    session.add(
        Journal(
            event_id=message.event_id,
            type=message.type,
            subject=message.subject,
            sequence=sequence,
            body=message.body,
            **stake,
            journaled_at=now(),
        )
    )
    await _remember(session, subject=message.subject, sequence=sequence, **stake)
    leave(session, JOURNALED)


async def _remember(session: AsyncSession, **subject: Any) -> None:
    """Keep the stake of the last event of a subject, whatever order they come in."""
    dialect = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    statement = dialect(JournalSubject).values(**subject)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[JournalSubject.subject],
            set_={name: statement.excluded[name] for name in subject if name != "subject"},
            where=JournalSubject.sequence < statement.excluded.sequence,
        )
    )
