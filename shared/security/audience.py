"""Who receives an event: nobody is told of what they may not read.

Every way of delivery asks this, at the moment of delivery: feed, webhook, stream, queue.
"""

from shared.events import Audience, Event
from shared.security.access import Reach, Role, Stake


def stake_of(event: Event) -> Stake:
    """Whom an event concerns."""
    return Stake.of(
        territories=event.territories,
        regions=event.regions,
        organisations=event.organisations,
        public=event.audience is Audience.PUBLIC,
    )


def receives(reach: Reach, event: Event) -> bool:
    """May a caller of this reach be told?"""
    if event.audience is Audience.PLATFORM:
        return reach.role is Role.PLATFORM
    return reach.sees(stake_of(event))
