"""The journal."""

import json
from typing import Final

from sqlalchemy import TextClause
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.models import JOURNALED, Journal, JournalSubject
from services.notification.queries.journal import STAKE
from shared.bus import Message
from shared.clock import now
from shared.upserts import fixed
from shared.waking import leave


def _remembering() -> TextClause:
    """Keep the stake of the last event of a subject, whatever order they come in."""
    statement = insert(JournalSubject)
    stake = ("sequence", *STAKE)
    return fixed(
        statement.on_conflict_do_update(
            index_elements=[JournalSubject.subject],
            set_={name: statement.excluded[name] for name in stake},
            where=JournalSubject.sequence < statement.excluded.sequence,
        ),
        ["subject", *stake],
    )


_REMEMBER: Final = _remembering()


async def journal(session: AsyncSession, message: Message) -> None:
    """Write an event down, as it came, and whom its object now concerns; the sequencer will give it its position."""
    envelope = json.loads(message.body)
    sequence = int(envelope["sequence"])
    stake = {name: envelope["data"][name] for name in STAKE}
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
    await session.execute(_REMEMBER, {"subject": message.subject, "sequence": sequence, **stake})
    leave(session, JOURNALED)
