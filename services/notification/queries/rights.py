"""Rights of clients, read: who receives what a subscription delivers."""

from sqlalchemy import ColumnElement, func
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.models import ClientRights, Subscription
from services.notification.queries.projections import access_scope_of
from services.notification.rules import rights as rules
from shared.security.access import AccessScope, Caller


async def rights_of(session: AsyncSession, by: Caller) -> ClientRights | None:
    """The known rights of a client that has subscriptions."""
    return await session.get(ClientRights, (by.client_id, by.sub))


def has_rights() -> ColumnElement[bool]:
    """Are these the rights of a subscription's owner?"""
    owner = func.coalesce(Subscription.sub, Subscription.client_id)
    return (ClientRights.client_id == Subscription.client_id) & (ClientRights.sub == owner)


async def receiving_scope_of(session: AsyncSession, subscription: Subscription) -> AccessScope:
    """The access scope of the receiver of a subscription."""
    return await access_scope_of(session, rules.receiver(subscription, await rights_of(session, subscription.owner)))
