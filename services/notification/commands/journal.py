"""Store events in the journal."""

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


def _upsert_of_subjects() -> TextClause:
    """Build the upsert that keeps the stakeholders of a subject's last event, in whatever order events arrive."""
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


_UPSERT_SUBJECTS: Final = _upsert_of_subjects()


async def record_events(session: WriteSession, messages: Sequence[Message]) -> None:
    """Store events as received, and the stakeholders of their objects. The sequencer gives positions later."""
    at = now()
    events, subjects = [], []
    for message in messages:
        envelope = json.loads(message.body)
        sequence = int(envelope["sequence"])
        stakeholders = {name: envelope["data"][name] for name in queries.STAKEHOLDER_COLUMNS}
        events.append(
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
        subjects.append({"subject": message.subject, "sequence": sequence, **stakeholders})
    # The ids follow the order of the list.
    await session.execute(insert(Journal), events)
    await session.execute(_UPSERT_SUBJECTS, subjects)
    request_wakeup(session, JOURNAL_PENDING)
