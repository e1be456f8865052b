"""Tenures: what an organisation is in the territories and committees, with its days and the way to end it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.territory.models import Committee, CommitteeSeat, Pilot, StateReferent, Territory


@dataclass(frozen=True)
class Tenure:
    """Membership, mandate or seat of an organisation."""

    title: str
    until: date | None
    """First day without it; null: no end is known."""
    way_out: str
    """Request that ends it."""


def tenures_in(territory: Territory, siren: str) -> Iterator[Tenure]:
    """Yield the memberships and mandates of an organisation in a territory. They end at its closing at the latest."""
    for member in territory.memberships:
        if member.siren == siren:
            until = _earlier(member.left_on, territory.closed_on)
            way_out = "it leaves by a perimeter request, or a correction: "
            way_out += f"POST /v1/territories/{territory.key}/perimeter/corrections"
            yield Tenure(f"member of {territory.key}", until, way_out)
    yield from (tenure_of_pilot(territory, each) for each in territory.pilots if each.organisation_siren == siren)
    for referent in territory.state_referents:
        if referent.organisation_siren == siren:
            yield tenure_of_referent(territory, referent)


def tenure_of_pilot(territory: Territory, pilot: Pilot) -> Tenure:
    """Return the tenure of a pilot's mandate."""
    act = "replace or /end" if pilot.until is None else "correct"
    way_out = f"POST /v1/territories/{territory.key}/pilots/{pilot.id}/{act}"
    title = f"{pilot.capacity} of {territory.key}, mandate {pilot.id}"
    return Tenure(title, _earlier(pilot.until, territory.closed_on), way_out)


def tenure_of_referent(territory: Territory, referent: StateReferent) -> Tenure:
    """Return the tenure of a State referent's mandate."""
    act = "end" if referent.until is None else "cancel"
    way_out = f"POST /v1/territories/{territory.key}/state-referents/{referent.id}/{act}"
    title = f"State referent of {territory.key}, mandate {referent.id}"
    return Tenure(title, _earlier(referent.until, territory.closed_on), way_out)


def tenure_of_seat(committee: Committee, seat: CommitteeSeat) -> Tenure:
    """Return the tenure of a seat. It ends at the end of the committee at the latest."""
    address = f"/v1/committees/{committee.id}"
    way_out = f"POST {address}/chair" if seat.capacity == "chair" else f"POST {address}/seats/{seat.id}/end"
    return Tenure(f"{seat.capacity} of {committee.name}", _earlier(seat.until, committee.dissolved_on), way_out)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day), default=None)
