"""Store the rights of clients, as their newest token says."""

from typing import Any

from sqlalchemy import select

from services.notification import queries
from services.notification.models import ClientRights
from services.notification.rules import rights as rules
from shared.security.access import Caller
from shared.storage.unit_of_work import WriteSession


async def follow_rights(session: WriteSession, by: Caller) -> None:
    """Store the rights of a token, if its client has subscriptions and no newer token was seen."""
    statement = select(ClientRights).where(ClientRights.client_id == by.client_id, ClientRights.sub == by.sub)
    known = await session.scalar(statement.with_for_update())
    if known is not None and rules.is_news(by, known):
        for name, value in _columns(by).items():
            setattr(known, name, value)


async def begin_rights(session: WriteSession, by: Caller) -> None:
    """Store the rights of a client with its first subscription."""
    if await queries.rights_of(session, by) is None:
        session.add(ClientRights(client_id=by.client_id, sub=by.sub, **_columns(by)))


def _columns(by: Caller) -> dict[str, Any]:
    return {
        "role": by.role,
        "org": by.org,
        "only_territories": None if by.territories is None else sorted(by.territories),
        "only_regions": None if by.regions is None else sorted(by.regions),
        "issued_at": by.issued_at,
    }
