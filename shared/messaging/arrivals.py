"""Store events that arrive, with the states that their handlings have once they are applied.

One statement decides and stores: a handling waits if an earlier one of its subject waits, it is superseded if a
projection already shows a later event, and else it is applied. The caller applies them in the same transaction.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, TextClause, Unicode, bindparam, text
from sqlalchemy.dialects.sqlite import insert

from shared.clock import now
from shared.messaging.consumer import Handling
from shared.storage.tables import UTCDateTime, inbox
from shared.storage.unit_of_work import WriteSession
from shared.storage.upserts import fixed

STORE_EVENT: Final = fixed(insert(inbox).on_conflict_do_nothing(), inbox.columns.keys())
"""Store an event in the inbox, if it is not there."""

_GIVEN: Final = {
    "postgresql": """jsonb_to_recordset(CAST(:rows AS jsonb)) AS given(place integer, event_id text, handler text,
        subject text, sequence integer, is_projection boolean)""",
    "sqlite": """(SELECT json_extract(value, '$.place') AS place, json_extract(value, '$.event_id') AS event_id,
        json_extract(value, '$.handler') AS handler, json_extract(value, '$.subject') AS subject,
        json_extract(value, '$.sequence') AS sequence, json_extract(value, '$.is_projection') AS is_projection
        FROM json_each(:rows)) AS given""",
}
_JUDGED: Final = """(SELECT given.*, CASE
    WHEN (SELECT min(other.sequence) FROM handlings AS other WHERE other.handler = given.handler
        AND other.subject = given.subject AND other.state = 'waiting') < sequence THEN 'waiting'
    WHEN (SELECT max(other.sequence) FROM handlings AS other WHERE other.handler = given.handler
        AND other.subject = given.subject AND other.state = 'applied') > sequence
        THEN CASE WHEN is_projection THEN 'superseded' ELSE 'late' END
    ELSE 'applied' END AS state FROM {given}) AS judged"""
_STORE_HANDLINGS: Final = """INSERT INTO handlings
    (event_id, handler, subject, sequence, received_at, state, attempts, next_try_at, closed_at)
    SELECT event_id, handler, subject, sequence, :at, state, CASE state WHEN 'waiting' THEN 0 ELSE 1 END,
        CASE state WHEN 'waiting' THEN :at END, CASE state WHEN 'waiting' THEN NULL ELSE :at END
    FROM {judged} ORDER BY place ON CONFLICT DO NOTHING RETURNING id, event_id, handler, state"""


_STORE_EVENTS: Final = """WITH stored AS (INSERT INTO inbox (event_id, type, body) SELECT event_id, type, body
    FROM jsonb_to_recordset(CAST(:events AS jsonb)) AS event(event_id text, type text, body text)
    ON CONFLICT DO NOTHING) """


@cache
def _statement(dialect: str) -> TextClause:
    """Return the statement that stores handlings; on PostgreSQL it stores their events too."""
    handlings = _STORE_HANDLINGS.format(judged=_JUDGED.format(given=_GIVEN[dialect]))
    typed: list[BindParameter[Any]] = [bindparam("rows", type_=Unicode), bindparam("at", type_=UTCDateTime)]
    if dialect == "sqlite":
        return text(handlings).bindparams(*typed)
    return text(_STORE_EVENTS + handlings).bindparams(bindparam("events", type_=Unicode), *typed)


class Late(Exception):
    """A later event of the subject was applied: this one may have been, too, and been swept."""


class AlreadyStored(Exception):
    """Another transaction has stored some of the handlings, perhaps just now: the statement did not see them wait."""


async def store(
    session: WriteSession,
    events: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    *,
    projections: Sequence[str],
) -> list[Handling]:
    """Store events and their handlings; return the handlings in the order given, each once.

    Of one handler and subject the earlier event must be given first. Raises `AlreadyStored` if one is there already,
    and `Late` if one that is no projection's comes behind a later one that was applied.
    """
    at = now()
    dialect = session.get_bind().dialect.name
    if dialect == "sqlite":
        await session.execute(STORE_EVENT, events)
    given = [
        {
            "place": place,
            "event_id": row["event_id"],
            "handler": row["handler"],
            "subject": row["subject"],
            "sequence": row["sequence"],
            "is_projection": row["handler"] in projections,
        }
        for place, row in enumerate(rows)
    ]
    asked = {"rows": json.dumps(given), "at": at}
    if dialect != "sqlite":
        asked["events"] = json.dumps(events)
    stored = await session.execute(_statement(dialect), asked)
    new = {(row.event_id, row.handler): row for row in stored}
    if len(new) < len({(row["event_id"], row["handler"]) for row in rows}):
        raise AlreadyStored
    # What was swept has a later applied event of its subject, which always stays.
    if any(row.state == "late" for row in new.values()):
        raise Late
    # Of two messages of one id the first is stored.
    event_of = {event["event_id"]: event for event in reversed(events)}
    return [
        Handling(
            id=found.id,
            event_id=row["event_id"],
            handler=row["handler"],
            subject=row["subject"],
            sequence=row["sequence"],
            received_at=at,
            attempts=0,
            state=found.state,
            type=event_of[row["event_id"]]["type"],
            body=event_of[row["event_id"]]["body"],
        )
        for row in rows
        # Taken out: a message may be given twice.
        if (found := new.pop((row["event_id"], row["handler"]), None))
    ]
