"""Queries of the delivery engine: active subscriptions, due deliveries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.notification.models import (
    Delivery,
    Journal,
    JournalSubject,
    Subscription,
    SubscriptionSecret,
    SubscriptionStatus,
)
from services.notification.queries.journal import ENTRY, entries_of
from services.notification.rules.audience import Entry
from shared.storage.lists import listed
from shared.storage.tables import UTCDateTime

WAITING: Final[ColumnElement[str]] = literal_column("'waiting'")
"""Written out: of a parameter no database knows that the index of what waits will do."""


_waiting: Final = (Delivery.subscription_id == Subscription.id, Delivery.state == WAITING)
_earliest: Final = select(func.min(Delivery.next_try_at)).where(*_waiting)
_STANDING: Final = select(
    Subscription.id,
    Subscription.client_id,
    Subscription.version,
    Subscription.status,
    Subscription.url,
    Subscription.proof,
    Subscription.handshake_due_at,
    _earliest.scalar_subquery().label("earliest"),
    _earliest.where(Delivery.next_try_at > bindparam("at", type_=UTCDateTime)).scalar_subquery().label("following"),
).where(
    or_(
        Subscription.status == SubscriptionStatus.ACTIVE,
        (Subscription.status == SubscriptionStatus.PENDING) & Subscription.handshake_due_at.is_not(None),
    )
)
_SUBJECTS_SINCE: Final = select(Journal.position, Journal.subject).where(
    Journal.position > bindparam("position", type_=BigInteger)
)
"""Made once, like `_due`: they are asked at every look, and the making would cost more than the asking."""


async def standing(session: AsyncSession, at: datetime) -> Sequence[Row[Any]]:
    """Each subscription that is active or asks for a handshake; when it is next due, and when after this moment."""
    return (await session.execute(_STANDING, {"at": at})).all()


async def with_secrets(
    session: AsyncSession, ids: Collection[UUID]
) -> Iterable[tuple[Subscription, Sequence[SubscriptionSecret]]]:
    """Subscriptions with their secrets, newest first; those that have expired too."""
    subscriptions = (await session.scalars(select(Subscription).where(Subscription.id.in_(ids)))).all()
    secrets: dict[UUID, list[SubscriptionSecret]] = {each.id: [] for each in subscriptions}
    found = await session.scalars(
        select(SubscriptionSecret)
        .where(SubscriptionSecret.subscription_id.in_(secrets))
        .order_by(SubscriptionSecret.id.desc())
    )
    for secret in found:
        secrets[secret.subscription_id].append(secret)
    return [(each, secrets[each.id]) for each in subscriptions]


async def events_at(session: AsyncSession, positions: Collection[int]) -> Mapping[int, tuple[Entry, bytes]]:
    """The events at these positions of the journal: whom they concern, and what is sent, to the byte."""
    if not positions:
        return {}
    statement = _events_at(session.get_bind().dialect.name)
    rows = (await session.execute(statement, {"positions": list(positions)})).all()
    entries = await entries_of(session, rows)
    return {entry.position: (entry, row.body.encode()) for entry, row in zip(entries, rows, strict=True)}


@cache
def _events_at(dialect: str) -> Select[Any]:
    return (
        select(*ENTRY, Journal.body)
        .join(JournalSubject, JournalSubject.subject == Journal.subject)
        .where(Journal.position.in_(listed("positions", dialect)))
    )


async def subjects_since(session: AsyncSession, position: int) -> tuple[frozenset[str], int]:
    """Return the objects of the events after a position, and the position of the newest of these."""
    rows = (await session.execute(_SUBJECTS_SINCE, {"position": position})).all()
    return frozenset(row.subject for row in rows), max((row.position for row in rows), default=position)


async def due_deliveries(
    session: AsyncSession, ids: Collection[UUID], *, known: Collection[int], at: datetime, limit: int
) -> Sequence[Row[Any]]:
    """The next deliveries of each of these subscriptions, beside those known already, in the order to send them.

    One question for all, which reads no more of a long queue than it brings back. An older one of the same subject
    that is to be tried later holds those behind it; any other overtakes. `previous` is the id of the one before it of
    its subject that still waits: if that one is held, this one must not be sent before it.
    """
    asked = {"ids": list(ids), "known": list(known), "at": at, "limit": limit}
    return (await session.execute(_due(session.get_bind().dialect.name), asked)).all()


@cache
def _due(dialect: str) -> Select[Any]:
    row, elder = aliased(Delivery), aliased(Delivery)
    previous = select(func.max(elder.id)).where(
        elder.subscription_id == row.subscription_id,
        elder.subject == row.subject,
        elder.state == WAITING,
        elder.id < row.id,
    )
    statement = select(
        row.id,
        row.subscription_id,
        row.position,
        row.event_id,
        row.type,
        row.subject,
        row.body,
        row.attempts,
        previous.correlate(row).scalar_subquery().label("previous"),
    ).select_from(Subscription)
    if dialect == "sqlite":
        statement = statement.join(row, row.id.in_(_first(dialect)))
    else:
        lateral = _first(dialect).lateral()
        statement = statement.join(lateral, true()).join(row, row.id == lateral.c.id)
    mine = Subscription.id.in_(bindparam("ids", expanding=True))
    return statement.where(mine).order_by(row.next_try_at, row.id)


def _first(dialect: str) -> Select[tuple[int]]:
    """The ids of one subscription's."""
    elder = aliased(Delivery)
    held = exists().where(
        elder.subscription_id == Delivery.subscription_id,
        elder.subject == Delivery.subject,
        elder.state == WAITING,
        elder.id < Delivery.id,
        # Not due yet, or due after it: it goes first then.
        elder.next_try_at > Delivery.next_try_at,
    )
    return (
        select(Delivery.id)
        .where(
            Delivery.subscription_id == Subscription.id,
            Delivery.state == WAITING,
            Delivery.next_try_at <= bindparam("at", type_=UTCDateTime),
            Delivery.id.not_in(listed("known", dialect)),
            ~held,
        )
        .order_by(Delivery.next_try_at, Delivery.id)
        .limit(bindparam("limit", type_=Integer))
        .correlate(Subscription)
    )
