"""Subscriptions and their deliveries, read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.models import Attempt, Delivery, Replay, Subscription, SubscriptionSecret, without_secrets
from services.notification.queries.due import WAITING
from services.notification.queries.filters import DeliveryFilters, SubscriptionFilters
from services.notification.queries.projections import access_scope_of
from services.notification.rules import subscriptions as rules
from services.notification.rules.catalogue import TEST, type_named
from shared.http.collection import Collection
from shared.http.pagination import PageRequest, Slice, page
from shared.problem import NotFound
from shared.security.access import Caller
from shared.security.roles import ScopedBy

_subscriptions: Final = Collection(
    Subscription,
    "subscription",
    access_scope_of,
    order=(Subscription.id,),
    sees=rules.sees,
)


async def get_subscription(session: AsyncSession, key: UUID, *, by: Caller, lock: bool = False) -> Subscription:
    """A subscription that the caller may see."""
    return _shown(await _subscriptions.get(session, key, by=by, lock=lock), by)


async def list_subscriptions(
    session: AsyncSession, filters: SubscriptionFilters, pagination: PageRequest, *, by: Caller
) -> Slice[Subscription]:
    """The subscriptions that the caller may see, oldest first."""
    statement = select(Subscription).where(_visible(by))
    if filters.status:
        statement = statement.where(Subscription.status == filters.status)
    found = await _subscriptions.page(session, statement, pagination)
    return Slice([_shown(each, by) for each in found.items], found.next)


async def subscription_changes(session: AsyncSession, pagination: PageRequest, *, by: Caller) -> dict[str, Any]:
    """Changes of the subscriptions that the caller may see."""
    found = await _subscriptions.changes(session, pagination, by=by)
    for item in found["items"]:
        if item["object"] is not None:
            _shown(item["object"], by)
    return found


async def subscription_history(
    session: AsyncSession, key: UUID, pagination: PageRequest, *, by: Caller
) -> Slice[dict[str, Any]]:
    """The past of a subscription; the secrets in its addresses are for its owners."""
    subscription = _shown(await _subscriptions.get_or_deleted(session, key, by=by), by)
    found = await _subscriptions.history(session, key, pagination, by=by)
    if not subscription.is_shown_whole:
        for change in (line["changed"]["url"] for line in found.items if "url" in line["changed"]):
            change.update({name: without_secrets(url) for name, url in change.items() if url})
    return found


async def count_of_client(session: AsyncSession, client_id: str) -> int:
    """Count the subscriptions of a client."""
    return await session.scalar(select(func.count()).where(Subscription.client_id == client_id)) or 0


async def count_waiting(session: AsyncSession, client_id: str, *, at_most: int) -> int:
    """Count the waiting deliveries of a client, and the positions that its replays have yet to plan."""
    mine = select(Subscription.id).where(Subscription.client_id == client_id)
    unplanned = select(func.sum(Replay.up_to - Replay.planned_to)).where(
        Replay.subscription_id.in_(mine), Replay.planned_at.is_(None)
    )
    waiting = select(Delivery.id).where(Delivery.subscription_id.in_(mine), Delivery.state == WAITING).limit(at_most)
    counts = (unplanned.scalar_subquery(), select(func.count()).select_from(waiting.subquery()).scalar_subquery())
    return sum(each or 0 for each in (await session.execute(select(*counts))).one())


async def secrets_of(session: AsyncSession, subscription_id: UUID, *, at: datetime) -> Sequence[SubscriptionSecret]:
    """The secrets that are valid at a moment, newest first."""
    statement = (
        select(SubscriptionSecret)
        .where(
            SubscriptionSecret.subscription_id == subscription_id,
            or_(SubscriptionSecret.expires_at.is_(None), SubscriptionSecret.expires_at > at),
        )
        .order_by(SubscriptionSecret.id.desc())
    )
    return (await session.scalars(statement)).all()


async def secrets_past(session: AsyncSession, subscription_id: UUID, *, at: datetime) -> Sequence[SubscriptionSecret]:
    """The secrets that have expired by a moment."""
    statement = select(SubscriptionSecret).where(
        SubscriptionSecret.subscription_id == subscription_id, SubscriptionSecret.expires_at <= at
    )
    return (await session.scalars(statement)).all()


async def list_deliveries(
    session: AsyncSession, subscription_id: UUID, filters: DeliveryFilters, pagination: PageRequest, *, by: Caller
) -> Slice[Delivery]:
    """The deliveries of one's own subscription, newest first."""
    await _held(session, subscription_id, by)
    # Tests have a type of their own, which is in no journal.
    wanted = filters.type and (filters.type if filters.type == TEST else type_named(filters.type, parameter="type"))
    statement = select(Delivery).where(Delivery.subscription_id == subscription_id)
    for column, value in (
        (Delivery.state, filters.state),
        (Delivery.type, wanted),
        (Delivery.subject, filters.subject),
    ):
        if value:
            statement = statement.where(column == value)
    if pagination.after:
        statement = statement.where(Delivery.id < pagination.after[0])
    found = (await session.scalars(statement.order_by(Delivery.id.desc()).limit(pagination.limit + 1))).all()
    rows = found[: pagination.limit]
    return Slice(rows, pagination.cursor([rows[-1].id]) if len(found) > len(rows) else None)


async def read_delivery(
    session: AsyncSession, subscription_id: UUID, delivery_id: int, *, by: Caller
) -> tuple[Delivery, Sequence[Attempt]]:
    """A delivery of one's own subscription, with every try."""
    await _held(session, subscription_id, by)
    found = await get_delivery(session, subscription_id, delivery_id)
    statement = select(Attempt).where(Attempt.delivery_id == found.id).order_by(Attempt.number)
    return found, (await session.scalars(statement)).all()


async def get_delivery(session: AsyncSession, subscription_id: UUID, delivery_id: int) -> Delivery:
    """A delivery of a subscription."""
    found = await session.scalar(
        select(Delivery).where(Delivery.id == delivery_id, Delivery.subscription_id == subscription_id)
    )
    if found is None:
        raise NotFound("This subscription has no such delivery.")
    return found


async def list_replays(
    session: AsyncSession, subscription_id: UUID, pagination: PageRequest, *, by: Caller
) -> Slice[Replay]:
    """The replays of one's own subscription, oldest first."""
    await _held(session, subscription_id, by)
    return await page(
        session, select(Replay).where(Replay.subscription_id == subscription_id), pagination, order=(Replay.id,)
    )


async def _held(session: AsyncSession, subscription_id: UUID, by: Caller) -> None:
    """Return the subscription for its owner or a platform operator only."""
    found = await get_subscription(session, subscription_id, by=by)
    rules.require_owner(by, found, platform=True)


def _shown(subscription: Subscription, by: Caller) -> Subscription:
    """Return a subscription as the caller may see it."""
    subscription.is_shown_whole = rules.may_see_secrets(by, subscription)
    return subscription


def _visible(by: Caller) -> ColumnElement[bool]:
    """`rules.sees`, in SQL."""
    own = Subscription.client_id == by.client_id
    if by.is_narrowed:
        return own
    if by.role.definition.operates or by.role.definition.scoped_by is ScopedBy.EVERYTHING:
        return true()
    return or_(own, Subscription.org == by.org) if by.org else own
