"""Checklist of the governance of a territory on a day."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from uuid import UUID

from services.territory.models import Committee, CommitteeSeat, Membership, Territory
from services.territory.rules.committees import seats_on
from services.territory.rules.days import members_on
from services.territory.rules.mandates import PAIR, pilots_on
from services.territory.rules.places import regions_of, regions_on
from services.territory.rules.state_referents import referents_on

ItemState = Literal["stands", "lacks", "unknown"]
LABELS: Final = {
    "elu": ("Élu pilote", "Désigner l'élu du binôme."),
    "industriel": ("Industriel pilote", "Désigner l'industriel du binôme."),
    "pair": ("Binôme complet", "Compléter le binôme : un élu et un industriel."),
    "project_manager": ("Chef de projet", "Désigner un chef de projet."),
    "state_referent": ("Référent de l'État", "Faire désigner le référent de l'État."),
    "project_committee": ("Comité de projet et sa présidence", "Établir le comité de projet, présidé par le binôme."),
    "region_seated": ("Région au comité de projet", "Donner un siège à la Région au comité de projet."),
    "state_seated": ("État au comité de projet", "Donner un siège à un service de l'État au comité de projet."),
    "epci_seated": ("Intercommunalité au comité de projet", "Donner un siège à une intercommunalité membre."),
    "last_meeting": ("Réunion du comité de projet", "Réunir le comité de projet."),
    "regional_committee": ("Comité de pilotage régional", "La Région établit son comité de pilotage régional."),
}
"""Code of an item → its label, and what to do if it lacks."""
ANOTHER_CHAIR: Final = "Confier la présidence du comité de projet au binôme en fonction."
"""Advice for a project committee whose chair is no longer of the pair."""
Period = tuple[date, date | None]
"""First day, and first day after it; None: it lasts."""


@dataclass(frozen=True)
class Item:
    """Item of the checklist."""

    code: str
    label: str
    state: ItemState
    since: date | None
    to_do: str | None
    region: str | None = None


def checklist(
    territory: Territory,
    day: date,
    committees: Collection[Committee],
    last_meetings: Mapping[UUID, date],
    *,
    today: date,
) -> list[Item]:
    """Return the items of a territory at the end of a day; none if it is closed.

    `committees` are its own and those of its régions of the day.

    `last_meetings` has the day of the last meeting of each committee up to the day.

    Mandates are those of `pilots_on`, as every other answer counts them.
    """
    if territory.closed_on and territory.closed_on <= day:
        return []
    pilots = {
        capacity: [pilot for pilot in pilots_on(territory, day) if pilot.capacity == capacity]
        for capacity in (*PAIR, "project_manager")
    }
    since = {capacity: min((pilot.since for pilot in held), default=None) for capacity, held in pilots.items()}
    pair = [since[capacity] for capacity in PAIR]
    complete = [day for day in pair if day is not None]
    in_being = [
        committee
        for committee in committees
        if committee.established_on <= day and (committee.dissolved_on is None or day < committee.dissolved_on)
    ]
    project = next((each for each in in_being if each.territory_key == territory.key), None)
    regional = {each.region_code: each.established_on for each in in_being if each.level == "regional"}
    seats = seats_on(project, day) if project else []
    regions = {code: _there_since(territory, code, day) for code in regions_on(territory, day)}
    return [
        *(_item(capacity, since[capacity]) for capacity in PAIR),
        _item("pair", max(complete) if len(complete) == len(PAIR) else None),
        _item("project_manager", since["project_manager"]),
        _item("state_referent", _first(referent.since for referent in referents_on(territory, day))),
        _presided(project, seats, territory, day),
        _item("region_seated", _seated(seats, regions, ("region", "collectivite"))),
        _item("state_seated", _seated(seats, regions, ("state",))),
        _epci_seated(seats, territory, day, today=today),
        _item("last_meeting", last_meetings.get(project.id) if project else None),
        *(_item("regional_committee", regional.get(code), region=code) for code in regions),
    ]


def percentage(items: Sequence[Item]) -> int:
    """Return the share of the items that stand, in whole percent, rounded down; 0 without items."""
    if not items:
        return 0
    return 100 * sum(item.state == "stands" for item in items) // len(items)


def _item(
    code: str,
    since: date | None,
    *,
    region: str | None = None,
    state: ItemState | None = None,
    to_do: str | None = None,
) -> Item:
    label, usual = LABELS[code]
    to_do = to_do or usual
    state = state or ("stands" if since else "lacks")
    return Item(code, label, state, since, None if state == "stands" else to_do, region)


def _first(days: Iterable[date]) -> date | None:
    return min(days, default=None)


def _unbroken_since(periods: Collection[Period], day: date) -> date | None:
    """Return the first day of the unbroken time that covers a day; None: no period covers it."""
    first = _first(since for since, until in periods if since <= day and (until is None or day < until))
    while first and (
        before := _first(since for since, until in periods if since < first and (until is None or first <= until))
    ):
        first = before
    return first


def _membership_since(members: Iterable[Membership], day: date) -> date:
    """Return the first day of memberships that cover a day without a break; a day of entry not known is the first."""
    return _unbroken_since([(each.entered_on or date.min, each.left_on) for each in members], day) or date.min


def _there_since(territory: Territory, region: str, day: date) -> date:
    """Return since when a member lies in a région."""
    return _membership_since((each for each in territory.memberships if region in regions_of([each], day)), day)


def _presided(project: Committee | None, seats: Iterable[CommitteeSeat], territory: Territory, day: date) -> Item:
    """Say since when the project committee is presided by an organisation of the pair in office."""
    for seat in seats:
        if project and seat.capacity == "chair":
            mandates = [
                (pilot.since, pilot.until)
                for pilot in territory.pilots
                if pilot.capacity in PAIR and pilot.organisation_siren == seat.organisation_siren
            ]
            led_since = _unbroken_since(mandates, day)
            since = max(project.established_on, seat.since, led_since) if led_since else None
            return _item("project_committee", since, to_do=ANOTHER_CHAIR)
    return _item("project_committee", None)


def _seated(seats: Iterable[CommitteeSeat], regions: Mapping[str, date], kinds: Collection[str]) -> date | None:
    """Return since when an organisation of these kinds and of a région of the territory sits."""
    fitting = [seat for seat in seats if seat.organisation.kind in kinds]
    days = ((seat.since, regions.get(seat.organisation.region_code or "")) for seat in fitting)
    return _first(max(sits, there) for sits, there in days if there)


def _epci_seated(seats: Iterable[CommitteeSeat], territory: Territory, day: date, *, today: date) -> Item:
    """Say whether a member sits. On a past day, a member whose day of entry is unknown may not have been one."""
    members = {member.siren: member for member in members_on(territory, day)}
    sitting = [seat for seat in seats if seat.organisation_siren in members]
    known = [seat for seat in sitting if day == today or members[seat.organisation_siren].entered_on]
    since = _first(
        max(seat.since, _membership_since(_memberships(territory, seat.organisation_siren), day))
        for seat in known or sitting
    )
    return _item("epci_seated", since, state="unknown" if sitting and not known else None)


def _memberships(territory: Territory, siren: str) -> Iterable[Membership]:
    return (each for each in territory.memberships if each.siren == siren)
