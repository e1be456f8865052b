"""Audience of an event: its stakeholders at publication who still are stakeholders of its object."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from services.notification.rules.catalogue import audience_of, concerns_operators
from shared.events import Audience, Event
from shared.security.access import AccessScope, Stakeholders


@dataclass(frozen=True, slots=True)
class Entry:
    """An event of the journal, without its body."""

    position: int
    event_id: str
    type: str
    subject: str
    named: Stakeholders
    """Stakeholders named in the event; the input of filters, with `operators`."""
    present: Stakeholders
    """Current stakeholders of the object: those of the last event of its subject."""
    operators: frozenset[str] = frozenset()
    """Operators that filters find it by, beside the organisations. They open it to nobody."""


def as_entry(event: Event) -> Entry:
    """The entry of an event whose object still concerns those whom the event names."""
    named = Stakeholders.of(
        territories=event.territories,
        regions=event.regions,
        organisations=event.organisations,
        operators=concerns_operators(event.type),
    )
    return Entry(0, "", event.type, event.subject, named, named)


def may_receive(access_scope: AccessScope, entry: Entry) -> bool:
    """May a caller of this reach be told now?

    Of what is public, everybody. Of what is not, those whom it names, as long as its object still concerns them: a
    party that was removed, or a Region that was left, may no longer read the object, nor what was told of it before.
    That the object has become public meanwhile opens nothing of what was told when it was not. Events of some types
    concern every operator of the programme too: their objects have no event before they do, and never cease to.
    """
    match audience_of(entry.type):
        case Audience.PUBLIC:
            return True
        case Audience.CONCERNED:
            return access_scope.is_concerned(entry.named) and access_scope.is_concerned(entry.present)
        case Audience.PLATFORM:
            return access_scope.role.definition.operates and access_scope.is_within(entry.named)
        case None:
            return False


def where_it_lies(
    stakeholders: Stakeholders, lies_in: Mapping[str, Collection[str]], *, keeps: Collection[str] = ()
) -> Stakeholders:
    """Return the stakeholders without the régions that its territories have left: objects follow, without an event.

    `keeps` are régions that stay for another reason. Where a territory lies that is not known yet, nobody knows.
    """
    if not stakeholders.territories or not stakeholders.territories <= lies_in.keys():
        return stakeholders
    regions = {code for key in stakeholders.territories for code in lies_in[key]}
    return replace(stakeholders, regions=stakeholders.regions & regions.union(keeps))


@dataclass(frozen=True, slots=True)
class Filter:
    """Filter of a reader. Every part that is not empty must match the event."""

    types: Collection[str] = field(default=())
    territories: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()

    def passes(self, entry: Entry) -> bool:
        """Is the event asked for?"""
        return (
            (not self.types or entry.type in self.types)
            and (not self.territories or not self.territories.isdisjoint(entry.named.territories))
            and (not self.regions or not self.regions.isdisjoint(entry.named.regions))
            and (not self.operators or not self.operators.isdisjoint(entry.named.organisations | entry.operators))
        )
