"""The types of events that are published, and what a caller may call them."""

from typing import Final

from services.notification.errors import EventTypeNotKnown
from shared.events import PREFIX, Audience, Event, EventClass, catalog, contract, notification, territory
from shared.problem import FieldError

PUBLISHERS: Final = frozenset(
    module.__name__.rpartition(".")[2] for module in (territory, contract, catalog, notification)
)
TEST: Final = f"{PREFIX}notification.SubscriptionTested.v1"
"""Of the event that a subscriber asks for to try its receiver. It is in no journal: it did not happen."""


def published() -> dict[str, EventClass]:
    """Every type that may stand in the journal, in the order of the names."""
    return {name: event for name, event in sorted(Event.catalogue.items()) if event.publisher in PUBLISHERS}


def audience_of(event_type: str) -> Audience | None:
    """Who receives events of a type; None if it is none of ours."""
    event = Event.catalogue.get(event_type)
    return event.audience if event else None


def type_named(name: str, *, pointer: str | None = None, parameter: str | None = None) -> str:
    """The type that a caller means, by its full name or without our prefix; or a refusal that says where they are."""
    types = published()
    for candidate in (name, PREFIX + name):
        if candidate in types:
            return candidate
    raise EventTypeNotKnown(
        f"There is no event of the type {name[:200]}: /v1/event-types lists them all.",
        errors=[FieldError(pointer=pointer, parameter=parameter, detail="unknown event type; see /v1/event-types")],
    )
