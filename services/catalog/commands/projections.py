"""Apply the events of the territory service."""

from collections.abc import Sequence

from sqlalchemy import select

from services.catalog import queries
from services.catalog.models import KnownTerritory, Matching, Operator, Referent, ServiceRequest
from shared.events.territory import OrganisationRegistered, PerimeterChanged
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession


async def follow_organisations(session: WriteSession, events: Sequence[OrganisationRegistered]) -> None:
    """Give operators their present names."""
    names = {event.siren: event.name for event in events}
    renamed = await session.scalars(select(Operator).where(Operator.siren.in_(names)).with_for_update())
    for operator in renamed.all():
        if operator.name != names[operator.siren]:
            operator.name = names[operator.siren]
            set_reason(session, operator, "the organisation has another name")


async def follow_perimeter(session: WriteSession, event: PerimeterChanged) -> None:
    """Update the régions of requests, referents and matchings after a change of a territory's régions."""
    reason = f"the perimeter of {event.territory} has changed"
    for request in await session.scalars(
        select(ServiceRequest).where(ServiceRequest.territory == event.territory).with_for_update()
    ):
        request.regions = event.regions
        set_reason(session, request, reason)
    for referent in await session.scalars(
        select(Referent).where(Referent.territory == event.territory).with_for_update()
    ):
        referent.regions = event.regions
        set_reason(session, referent, reason)
    matchings = await session.scalars(
        select(Matching).where(queries.naming(Matching.territories, [event.territory])).with_for_update()
    )
    for matching in matchings.all():
        places = await session.scalars(select(KnownTerritory).where(KnownTerritory.key.in_(matching.territories)))
        regions = {place.key: place.regions for place in places} | {event.territory: event.regions}
        set_reason(session, matching, reason)
        matching.regions = list(dict.fromkeys(code for key in matching.territories for code in regions.get(key, ())))
