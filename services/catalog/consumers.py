"""The event door: our copies of what territory and contract tell, and what the catalogue says of an action."""

from collections.abc import Sequence

from services.catalog import commands
from services.catalog.models import KnownAction, projections
from shared.events.contract import (
    ActionAbandoned,
    ActionChanged,
    ActionEvent,
    ActionRejected,
    ActionReturned,
    ActionSubmitted,
    ActionValidated,
)
from shared.events.territory import OrganisationRegistered, PerimeterChanged
from shared.messaging.consumer import Consumer
from shared.storage.unit_of_work import WriteSession

consumer = Consumer("catalog")
projections.listen(consumer)


@consumer.projection(
    ActionSubmitted,
    ActionChanged,
    ActionReturned,
    ActionValidated,
    ActionRejected,
    ActionAbandoned,
    into=[KnownAction],
)
async def know_action(session: WriteSession, event: ActionEvent) -> None:
    """Keep our copy of an action sheet: a request may be made for it."""
    await commands.know_action(session, event)


# One handler, so that the events of a sheet keep their order.
@consumer.on(ActionSubmitted, ActionChanged)
async def match_services(session: WriteSession, event: ActionSubmitted | ActionChanged) -> None:
    """Say which services fit a submitted action, and to whom its matching then belongs."""
    if isinstance(event, ActionSubmitted):
        await commands.match_services(session, event)
    else:
        await commands.follow_action(session, event)


@consumer.on(OrganisationRegistered, together=True)
async def follow_organisations(session: WriteSession, registered: Sequence[OrganisationRegistered]) -> None:
    """Give operators their present names."""
    await commands.follow_organisations(session, registered)


@consumer.on(PerimeterChanged)
async def follow_perimeter(session: WriteSession, event: PerimeterChanged) -> None:
    """Tell a territory's requests, referents and matchings which Regions it now has."""
    await commands.follow_perimeter(session, event)
