"""Rights of clients, read: who receives what a subscription delivers."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.models import ClientRights, Subscription
from services.notification.queries.projections import access_scope_of
from services.notification.rules import rights as rules
from shared.security.access import AccessScope, Caller


async def rights_of(session: AsyncSession, by: Caller) -> ClientRights | None:
    """The known rights of a client that has subscriptions."""
    return await session.get(ClientRights, (by.client_id, by.sub))


async def receivers_of(session: AsyncSession, subscriptions: Iterable[Subscription]) -> list[Caller]:
    """The callers for whom the events of these subscriptions are judged, in their order."""
    wanted = list(subscriptions)
    found = await session.scalars(
        select(ClientRights).where(ClientRights.client_id.in_({each.client_id for each in wanted}))
    )
    known = {(each.client_id, each.sub): each for each in found}
    return [rules.receiver(each, known.get((each.owner.client_id, each.owner.sub))) for each in wanted]


async def receiving_scope_of(session: AsyncSession, subscription: Subscription) -> AccessScope:
    """The access scope of the receiver of a subscription."""
    [receiver] = await receivers_of(session, [subscription])
    return await access_scope_of(session, receiver)
