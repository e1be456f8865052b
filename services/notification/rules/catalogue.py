"""The types of events that are published, and what a caller may call them."""

import pkgutil
from collections.abc import Collection
from importlib import import_module
from typing import Final

import shared.events
from services.notification.errors import EventTypeNotKnown
from shared.events import PREFIX, Audience, Event, EventClass
from shared.problem import FieldError

PUBLISHERS: Final = frozenset(module.name for module in pkgutil.iter_modules(shared.events.__path__))
"""Modules of `shared.events`: one for each publisher, and the modules that they share."""
for _name in PUBLISHERS:
    import_module(f"{shared.events.__name__}.{_name}")

TEST: Final = f"{PREFIX}notification.SubscriptionTested.v1"
"""Type of the test event. It is in no journal."""
CHALLENGE: Final = f"{PREFIX}notification.SubscriptionChallenge.v1"
"""Type of the challenge to a receiver. It is in no journal, and no delivery."""
WILDCARD: Final = ".*"
"""End of a filter that matches every type with this beginning."""


def published() -> dict[str, EventClass]:
    """Every type that may stand in the journal, in the order of the names."""
    return {name: event for name, event in sorted(Event.catalogue.items()) if event.publisher in PUBLISHERS}


def audience_of(event_type: str) -> Audience | None:
    """Return the audience of a type; None if the type is unknown."""
    event = Event.catalogue.get(event_type)
    return event.audience if event else None


def concerns_operators(event_type: str) -> bool:
    """Do the events of a type concern every operator of the programme?"""
    event = Event.catalogue.get(event_type)
    return event is not None and event.concerns_operators


def type_filter(name: str, *, pointer: str | None = None, parameter: str | None = None) -> str:
    """The type or wildcard that a caller means, with our prefix; or a refusal if it matches no type of today."""
    if not name.endswith("*"):
        return type_named(name, pointer=pointer, parameter=parameter)
    for candidate in (name, PREFIX + name):
        if candidate.endswith(WILDCARD) and len(types_matching([candidate])) > 1:
            return candidate
    raise EventTypeNotKnown(
        f"No event has a type that begins as {name[:200]}: /v1/event-types lists them all.",
        errors=[FieldError(pointer=pointer, parameter=parameter, detail="matches no event type; see /v1/event-types")],
    )


def types_matching(filters: Collection[str]) -> frozenset[str]:
    """Return the types that match filters, and the filters themselves: those of some types never match all."""
    begins = tuple(each.removesuffix("*") for each in filters if each.endswith(WILDCARD))
    if not begins:
        return frozenset(filters)
    return frozenset(filters).union(each for each in published() if each.startswith(begins))


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
