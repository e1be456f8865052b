"""Store events in the journal."""

import json
from collections.abc import Sequence
from typing import Final, cast

from sqlalchemy import Table, TextClause, insert, text
from sqlalchemy.dialects.sqlite import insert as upsert

from services.notification import queries
from services.notification.commands.planning import plan_new
from services.notification.models import JOURNAL_GREW, JOURNAL_PENDING, Journal, JournalSubject
from shared.bus import Message
from shared.clock import now
from shared.storage.unit_of_work import WriteSession
from shared.storage.upserts import fixed
from shared.storage.wakeups import notify, request_wakeup


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


def _move_end() -> TextClause:
    """Build the upsert that moves the end of the journal by `count` positions, and returns it."""
    moved = "INSERT INTO journal_end (id, position) VALUES (1, :count) ON CONFLICT (id) DO UPDATE"
    return text(f"{moved} SET position = journal_end.position + excluded.position RETURNING position")


_STORE: Final = insert(cast("Table", Journal.__table__))
_UPSERT_SUBJECTS: Final = _upsert_of_subjects()
_MOVE_END: Final = _move_end()


async def record_events(session: WriteSession, messages: Sequence[Message]) -> None:
    """Store events as received, with positions and the stakeholders of their objects; plan their deliveries."""
    at = now()
    # Other writers wait here until this transaction ends, so positions are dense and committed in their order.
    last = (await session.execute(_MOVE_END, {"count": len(messages)})).scalar_one()
    events, subjects = [], []
    for position, message in enumerate(messages, last - len(messages) + 1):
        envelope = json.loads(message.body)
        sequence = int(envelope["sequence"])
        stakeholders = {name: envelope["data"][name] for name in queries.STAKEHOLDER_COLUMNS}
        events.append(
            {
                "position": position,
                "event_id": message.event_id,
                "type": message.type,
                "subject": message.subject,
                "sequence": sequence,
                "body": message.body,
                **stakeholders,
                "operators": envelope["data"].get("operators"),
                "journaled_at": at,
            }
        )
        subjects.append({"subject": message.subject, "sequence": sequence, **stakeholders})
    await session.execute(_STORE, events)
    await session.execute(_UPSERT_SUBJECTS, subjects)
    notify(session, JOURNAL_GREW)
    new = {message.subject for message in messages}
    # If planning fails, the events are stored again without it: the journal must not lose an event for it.
    if session.transaction.is_retry or not await plan_new(session, last - len(messages), last, new):
        request_wakeup(session, JOURNAL_PENDING)
