"""Refusals of this service, beside those of `shared/projections.py`.

Conflict 409                 Unprocessable 422
├── DeliveryStillWaiting     ├── AddressRefused
├── ReplayUnderWay           ├── EventTypeNotKnown
└── TooManySubscriptions     └── PositionNotReached
"""

from shared.problem import Conflict, Unprocessable


class AddressRefused(Unprocessable):
    """A webhook goes to an https address of the public internet: `detail` says what this one is instead."""


class EventTypeNotKnown(Unprocessable):
    """There is no event of this type: /v1/event-types lists them all."""


class PositionNotReached(Unprocessable):
    """The journal has not come this far: name a position that it has, or a moment that has passed."""


class DeliveryStillWaiting(Conflict):
    """The delivery has not ended yet: it is tried again by itself, at `next_try_at`."""


class ReplayUnderWay(Conflict):
    """An earlier replay of this subscription is not planned to its end yet: wait for it, then ask again."""


class TooManySubscriptions(Conflict):
    """Each client may have so many subscriptions: delete one that is no longer needed."""
