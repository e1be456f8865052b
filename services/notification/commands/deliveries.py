"""Store the results of deliveries and handshakes."""
# ruff: noqa: S608 - the statements are made of constants

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Table, TextClause, bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.commands.subscriptions import switch_off
from services.notification.models import (
    Delivery,
    DeliveryState,
    DisabledReason,
    Subscription,
    SubscriptionStatus,
)
from services.notification.rules import subscriptions as rules
from services.notification.rules.retries import MAX_RETRY_AFTER, DeliveryDecision, ReceiverResponse, longest_delay
from shared.storage.history import set_reason
from shared.storage.tables import UTCDateTime
from shared.storage.unit_of_work import WriteSession
from shared.telemetry.traces import Trace

_subscriptions: Final = cast("Table", Subscription.__table__)
_deliveries: Final = cast("Table", Delivery.__table__)


@dataclass(slots=True)
class AttemptResult:
    """Result of one attempt. `response` is None if nothing was sent because the owner lost access."""

    delivery_id: int
    subscription_id: UUID
    number: int
    at: datetime
    verdict: DeliveryDecision | None = None
    response: ReceiverResponse | None = None
    url: str = ""
    """URL of the attempt: the subscription may have another one by now."""
    trace: Trace | None = None
    """The trace and span of the attempt."""


async def record(session: AsyncSession, results: Sequence[AttemptResult], *, at: datetime) -> None:
    """Store a batch of results: on PostgreSQL in one statement.

    Deliveries that were deleted or ended meanwhile are skipped, and those that a former leader attempted.
    """
    values = {
        "results": json.dumps([_values(each) for each in results]),
        "receivers": json.dumps(_receivers(results, at)),
        "at": at,
    }
    for statement in _recording(session.get_bind().dialect.name):
        await session.execute(statement, values)


def _values(result: AttemptResult) -> dict[str, Any]:
    response, verdict = result.response, result.verdict
    if response is None or verdict is None:
        return {"delivery": result.delivery_id, "attempts": result.number, "state": DeliveryState.DROPPED}
    return {
        "delivery": result.delivery_id,
        "attempts": result.number - 1,
        "number": result.number,
        "at": _moment(result.at),
        "status": response.status,
        "error": verdict.error,
        "ms": response.ms,
        "response": response.body,
        "state": verdict.state,
        "next_try_at": _moment(verdict.next_try_at) if verdict.next_try_at else None,
    }


def _receivers(results: Sequence[AttemptResult], at: datetime) -> list[dict[str, Any]]:
    """Return since when each receiver fails: from now on, or not at all after any success."""
    since: dict[tuple[UUID, str], datetime | None] = {}
    for each in results:
        if each.response:
            key = (each.subscription_id, each.url)
            since[key] = None if each.response.is_success else since.get(key, at)
    return [
        {"subscription": id_.hex, "url": url, "failing_since": _moment(moment) if moment else None}
        for (id_, url), moment in since.items()
    ]


def _moment(at: datetime) -> str:
    """Return a moment as SQLite stores it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


@cache
def _recording(dialect: str) -> Sequence[TextClause]:
    """Build the statements that store results: the failures of receivers, the attempts, the states of deliveries.

    On PostgreSQL they are one. It locks each subscription before its deliveries, as a deletion does: the other order
    could deadlock.
    """
    is_sqlite = dialect == "sqlite"
    lock = "" if is_sqlite else "FOR KEY SHARE OF subscriptions FOR UPDATE OF deliveries"
    claim = f"""
        WITH result AS ({_records("results", _RESULT, is_sqlite=is_sqlite)}), claimed AS (
            SELECT result.* FROM result
            JOIN deliveries ON deliveries.id = result.delivery
            JOIN subscriptions ON subscriptions.id = deliveries.subscription_id
            WHERE deliveries.state = 'waiting' AND deliveries.attempts = result.attempts
            ORDER BY subscriptions.id, deliveries.id {lock}
        )"""
    attempts = """
        INSERT INTO attempts (delivery_id, number, at, status, error, ms, response)
        SELECT delivery, number, at, status, error, ms, response FROM claimed WHERE number IS NOT NULL"""
    deliveries = """
        UPDATE deliveries SET
            state = claimed.state,
            attempts = coalesce(claimed.number, claimed.attempts),
            next_try_at = coalesce(claimed.next_try_at, deliveries.next_try_at),
            closed_at = CASE WHEN claimed.state <> 'waiting' THEN :at END
        FROM claimed WHERE deliveries.id = claimed.delivery"""
    # Counted, so that PostgreSQL locks the rows first: of those that a statement has changed it locks none.
    receivers = f"""
        UPDATE subscriptions SET failing_since = receiver.failing_since
        FROM ({_records("receivers", _RECEIVER, is_sqlite=is_sqlite)}) AS receiver
        WHERE (SELECT count(*) FROM claimed) >= 0
        AND subscriptions.id = receiver.subscription AND subscriptions.url = receiver.url
        AND (subscriptions.failing_since IS NULL) <> (receiver.failing_since IS NULL)"""
    if is_sqlite:
        statements = [f"{claim} {each}" for each in (receivers, attempts, deliveries)]
    else:
        statements = [f"{claim}, tried AS ({attempts}), ended AS ({deliveries}) {receivers}"]
    at = bindparam("at", type_=UTCDateTime)
    return [text(each).bindparams(*[at] if ":at" in each else []) for each in statements]


_RESULT: Final = {
    "delivery": "bigint",
    "attempts": "integer",
    "number": "integer",
    "at": "timestamp",
    "status": "integer",
    "error": "text",
    "ms": "integer",
    "response": "text",
    "state": "text",
    "next_try_at": "timestamp",
}
_RECEIVER: Final = {"subscription": "uuid", "url": "text", "failing_since": "timestamp"}


def _records(name: str, columns: Mapping[str, str], *, is_sqlite: bool) -> str:
    """Build the query of the records in a parameter of JSON."""
    if is_sqlite:
        chosen = ", ".join(f"json_extract(value, '$.{column}') AS {column}" for column in columns)
        return f"SELECT {chosen} FROM json_each(:{name})"
    described = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    in_utc = {
        column: f"{column} AT TIME ZONE 'UTC' AS {column}" for column, kind in columns.items() if kind == "timestamp"
    }
    chosen = ", ".join(in_utc.get(column, column) for column in columns)
    return f"SELECT {chosen} FROM json_to_recordset(CAST(:{name} AS json)) AS record({described})"


async def failing_too_long(
    session: AsyncSession, ids: Collection[UUID], *, at: datetime, patience: float
) -> Sequence[UUID]:
    """Return the subscriptions that have failed for too long."""
    found = await session.scalars(
        select(_subscriptions.c.id).where(
            _subscriptions.c.id.in_(ids),
            _subscriptions.c.status == SubscriptionStatus.ACTIVE,
            _subscriptions.c.failing_since <= at - timedelta(seconds=patience),
        )
    )
    return found.all()


async def give_up(session: WriteSession, subscription_id: UUID, *, url: str, reason: DisabledReason) -> bool:
    """Disable a subscription whose receiver is gone or fails for too long; False if its URL has changed."""
    found = await session.scalar(
        select(Subscription).where(Subscription.id == subscription_id, Subscription.url == url).with_for_update()
    )
    return found is not None and await switch_off(session, subscription_id, reason)


async def record_handshake(
    session: WriteSession,
    subscription_id: UUID,
    *,
    url: str,
    at: datetime,
    error: str | None,
    retry_at: datetime | None,
) -> bool:
    """Store the result of a handshake; False if the subscription no longer waits for it."""
    found = await session.scalar(
        select(Subscription).where(Subscription.id == subscription_id, Subscription.url == url).with_for_update()
    )
    if found is None or found.status != SubscriptionStatus.PENDING:
        return False
    if error is None:
        rules.consent(found, at=at)
        set_reason(session, found, "the receiver agreed to deliveries")
    else:
        await session.execute(
            update(_subscriptions)
            .where(_subscriptions.c.id == subscription_id)
            .values(handshake_due_at=retry_at, handshake_error=error[:500])
        )
    return True


async def bring_forward(session: WriteSession, *, at: datetime, delays: Sequence[float]) -> None:
    """Make due what was planned while the clock was ahead: never tried, or due later than any delay asks for.

    Handshakes alike.
    """
    latest = at + max(longest_delay(delays), MAX_RETRY_AFTER)
    due_at, handshake = _deliveries.c.next_try_at, _subscriptions.c.handshake_due_at
    too_late = (due_at > latest) | ((due_at > at) & (_deliveries.c.attempts == 0))
    waiting = (_deliveries.c.state == DeliveryState.WAITING) & too_late
    await session.execute(update(_deliveries).where(waiting).values(next_try_at=at))
    is_untried = (handshake > at) & _subscriptions.c.handshake_error.is_(None)
    await session.execute(update(_subscriptions).where((handshake > latest) | is_untried).values(handshake_due_at=at))
