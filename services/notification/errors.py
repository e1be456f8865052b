"""Refusals of this service, beside those of `shared/projections.py`.

Conflict 409                  Unprocessable 422
├── DeliveryStillWaiting      ├── AddressRefused
├── ReplayUnderWay            ├── ChallengeRefused
├── TooManyDeliveriesWaiting  ├── EventTypeNotKnown
└── TooManySubscriptions      ├── EventTypeNotSubscribed
                              ├── HeaderRefused
                              └── PositionNotReached
"""

from shared.problem import Conflict, Unprocessable, example_members


class AddressRefused(Unprocessable):
    """This is no https address of the public internet: read the reason in `detail`, and give another URL."""

    shown = example_members("/url")


class ChallengeRefused(Unprocessable):
    """This is not the last challenge that the receiver got, or it has expired: ask for another one with `verify`.

    A challenge is valid for an hour, for five confirmations, and until the next one.
    """

    shown = example_members("/challenge")


class EventTypeNotKnown(Unprocessable):
    """There is no event of this type: choose one from /v1/event-types."""

    shown = example_members("/types/0")


class EventTypeNotSubscribed(Unprocessable):
    """The subscription does not get events of this type: name one of its `types`, or change them."""

    shown = example_members("/type")


class HeaderRefused(Unprocessable):
    """This header may not be given: it belongs to the platform or the connection, comes twice, or is too long."""

    shown = example_members("/headers/Host")


class PositionNotReached(Unprocessable):
    """The journal has no event at this position yet: give one up to its last position, or a time in the past."""

    shown = example_members("/from")


class HeadNotPublished(Unprocessable):
    """The journal has no head of this day, or of none before the other day: name one from /v1/journal-heads."""

    shown = example_members("day")


class NotYetInHead(Conflict):
    """No published head has the event: wait for the head of its day, or ask for a later day."""


class DeliveryStillWaiting(Conflict):
    """The delivery has not ended yet: wait for its next attempt, at `next_try_at`."""


class ReplayUnderWay(Conflict):
    """An earlier replay of this subscription is still being planned: wait for its end, then try again."""


class TooManyDeliveriesWaiting(Conflict):
    """The client has the maximum number of waiting deliveries: wait for the seconds that `Retry-After` says.

    Those of its unfinished replays count too. If a receiver does not come back, delete its subscription.
    """


class TooManySubscriptions(Conflict):
    """The client has the maximum number of subscriptions: delete one that is no longer needed."""
