"""The journal."""

import json
from collections.abc import Sequence
from typing import Final

from sqlalchemy import TextClause, insert
from sqlalchemy.dialects.sqlite import insert as upsert

from services.notification import queries
from services.notification.models import JOURNAL_PENDING, Journal, JournalSubject
from shared.bus import Message
from shared.clock import now
from shared.storage.unit_of_work import WriteSession
from shared.storage.upserts import fixed
from shared.storage.wakeups import request_wakeup


def _remembering() -> TextClause:
    """Keep the stake of the last event of a subject, whatever order they come in."""
    statement = upsert(JournalSubject)
    stakeholders = ("sequence", *queries.STAKEHOLDER_COLUMNS)
    return fixed(
        statement.on_conflict_do_update(
            index_elements=[JournalSubject.subject],
            set_={name: statement.excluded[name] for name in stakeholders},
            where=JournalSubject.sequence < statement.excluded.sequence,
        ),
        ["subject", *stakeholders],
    )


_REMEMBER: Final = _remembering()


async def record_events(session: WriteSession, messages: Sequence[Message]) -> None:
    """Write events down, as they came, and whom their objects now concern; the sequencer will give them positions."""
    at = now()
    written, remembered = [], []
    for message in messages:
        envelope = json.loads(message.body)
        sequence = int(envelope["sequence"])
        stakeholders = {name: envelope["data"][name] for name in queries.STAKEHOLDER_COLUMNS}
        written.append(
            {
                "event_id": message.event_id,
                "type": message.type,
                "subject": message.subject,
                "sequence": sequence,
                "body": message.body,
                **stakeholders,
                "journaled_at": at,
            }
        )
        remembered.append({"subject": message.subject, "sequence": sequence, **stakeholders})
    # The ids follow the order of the list.
    await session.execute(insert(Journal), written)
    await session.execute(_REMEMBER, remembered)
    request_wakeup(session, JOURNAL_PENDING)
