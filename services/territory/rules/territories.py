"""Rules of territories: names, designation, closing, waves, events."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.territory.errors import (
    DayNotPlausible,
    LeadRegionElsewhere,
    TerritoryAmbiguous,
    TerritoryClosed,
    TerritoryKeyTaken,
)
from services.territory.models import Territory
from services.territory.rules.days import first_day, require_effective, require_open_on
from services.territory.rules.places import regions_of
from services.territory.rules.waves import add_wave, begun_waves, first_day_of, move_waves, pilot_from
from shared.events.codes import TERRITORY_KEY
from shared.events.territory import MemberState, PerimeterChanged, TerritoryDesignated, WaveState
from shared.problem import FieldError


def is_key(name: str) -> bool:
    """Return True for a key, which contains its phase, and False for a bare code."""
    return re.match(TERRITORY_KEY, name) is not None


def require_one(code: str, keys: Sequence[str]) -> None:
    """Refuse a bare code that exists in several phases."""
    if len(keys) > 1:
        raise TerritoryAmbiguous(
            f"{code} names a territory in each phase: ask for {' or '.join(keys)}, or add `phase=`.",
            keys=list(keys),
        )


def require_free(key: str, existing: Territory | None) -> None:
    """Refuse a key that another territory has."""
    if existing is not None:
        raise TerritoryKeyTaken(
            f"{key} is already {existing.name}: give another `code`, or correct that one, PATCH /v1/territories/{key}."
        )


def require_lead(lead: str, regions: Iterable[str]) -> None:
    """Refuse a lead région in which no member lies."""
    if lead not in (there := sorted(regions)):
        raise LeadRegionElsewhere(
            f"No member lies in région {lead}: give one of {', '.join(there)} as `lead_region`.",
            errors=[FieldError(pointer="/lead_region", detail=f"none of {', '.join(there)}")],
        )


def require_lead_stays(territory: Territory, *, former: Collection[str], today: date) -> None:
    """Refuse to leave the lead région while another one could have been named before.

    `former` are the régions before the change. If the territory leaves all of them, no other région could be named
    first: then the most populated one leads.
    """
    lead, regions = territory.regions[0], regions_of(territory.members, today)
    if lead not in regions and (possible := ", ".join(sorted(regions & set(former)))):
        raise LeadRegionElsewhere(
            f"No member would lie in the lead région of {territory.key}, {lead}: the délégation first names another "
            f"one, PATCH /v1/territories/{territory.key} with `lead_region`, of {possible}."
        )


def require_open(territory: Territory) -> None:
    """Refuse to change a territory that is no longer in the programme."""
    if territory.closed_on:
        raise TerritoryClosed(
            f"{territory.key} was closed on {territory.closed_on}: if that is wrong, the délégation corrects it, "
            f"PATCH /v1/territories/{territory.key} with `closed_on` null.",
            closed_on=territory.closed_on.isoformat(),
        )


def close(
    territory: Territory, *, on: date, today: date, field: str = "on", governance: Iterable[tuple[str, date]] = ()
) -> None:
    """End the life of a territory on a day: the first one out of the programme.

    `governance` are its committees, their seats, meetings and decisions, and the decisions on it, each with its day.
    """
    require_open(territory)
    require_effective(on, field=field, today=today)
    if on <= first_day(territory):
        raise DayNotPlausible(
            f"`{field}` is {on}, but {territory.key} exists since {first_day(territory)}: give a later first day out.",
            errors=[FieldError(pointer=f"/{field}", detail="not after the first day of the territory")],
        )
    begun = (
        (f"{fact} of {territory.key} begins on {day}: give a later day, or correct that first", day)
        for fact, day in _begun(territory)
    )
    done = ((f"{fact} is of {day}: give a later day than {day}", day) for fact, day in governance)
    if late := [(fact, day) for fact, day in (*begun, *done) if day >= on]:
        fact, day = max(late, key=lambda each: each[1])
        raise DayNotPlausible(
            f"`{field}` is {on}, but {fact}.", errors=[FieldError(pointer=f"/{field}", detail=f"not after {day}")]
        )
    territory.closed_on = on


def correct_closing(
    territory: Territory, on: date | None, *, today: date, governance: Iterable[tuple[str, date]] = ()
) -> None:
    """Correct the day on which a territory was closed; None: it was not."""
    if territory.closed_on is None:
        raise TerritoryClosed(
            f"{territory.key} is open: close it by POST /v1/territories/{territory.key}/close, `closed_on` only "
            "corrects the day."
        )
    territory.closed_on = None
    if on is not None:
        close(territory, on=on, today=today, field="closed_on", governance=governance)


def require_begun_in_life(territory: Territory, governance: Iterable[tuple[str, date]] = ()) -> None:
    """Refuse a life of the territory that begins after a mandate, its wave or a fact of its governance."""
    begun = (
        (f"{fact} begins on {day}: give an earlier day, or correct that first", day) for fact, day in _begun(territory)
    )
    done = ((f"{fact} is of {day}: give that day or an earlier one", day) for fact, day in governance)
    if early := [(fact, day) for fact, day in (*begun, *done) if day < first_day(territory)]:
        fact, day = min(early, key=lambda each: each[1])
        raise DayNotPlausible(
            f"{territory.key} would exist since {first_day(territory)}, but {fact}.",
            errors=[FieldError(pointer="/designated_on", detail=f"after {day}")],
        )


def _begun(territory: Territory) -> Iterator[tuple[str, date]]:
    """Yield the facts beside the members that begin on a known day, with that day."""
    yield from (("a mandate", pilot.since) for pilot in territory.pilots)
    yield from (("the mandate of a State referent", referent.since) for referent in territory.state_referents)
    yield from (("the wave", day) for day in begun_waves(territory))


def set_wave(territory: Territory, wave: str, *, on: date | None, source: str) -> None:
    """Set the wave of a territory in the programme, from a day or from a day that is not known."""
    require_open(territory)
    if on is not None:
        require_open_on(territory, on, field="on")
    add_wave(territory, wave, on=on, source=source)


def move_designation(territory: Territory, former: date) -> None:
    """Move the members and the wave that began with the designation, after its day was corrected."""
    move_waves(territory, former)
    for member in territory.memberships:
        if member.entered_on == former:
            member.entered_on = first_day(territory)


def designated(territory: Territory) -> TerritoryDesignated:
    """Return the event of a designated territory, with its current state."""
    return TerritoryDesignated(**_perimeter(territory))


def perimeter_changed(
    territory: Territory, *, on: date | None = None, decision_id: UUID | None = None, left: Collection[str] = ()
) -> PerimeterChanged:
    """Return the event of a changed perimeter. Members that left are among its stakeholders."""
    payload = _perimeter(territory)
    payload["organisations"] = sorted({*payload["organisations"], *left})
    return PerimeterChanged(**payload, effective_on=on, decision_id=decision_id)


def _perimeter(territory: Territory) -> dict[str, Any]:
    return {
        "territory": territory.key,
        "phase": territory.phase,
        "code": territory.code,
        "name": territory.name,
        "lead_region": territory.regions[0],
        "departements": territory.departements,
        "is_pilot": territory.is_pilot,
        "designated_on": territory.designated_on,
        "closed_on": territory.closed_on,
        "wave": territory.wave,
        "waves": [WaveState(wave=wave["wave"], since=first_day_of(wave)) for wave in territory.waves],
        "pilot_from": pilot_from(territory),
        "members": [
            MemberState(
                siren=member.siren,
                kind=member.kind,
                name=member.name,
                entered_on=member.entered_on,
                left_on=member.left_on,
            )
            for member in sorted(territory.memberships, key=lambda member: member.siren)
        ],
        "territories": [territory.key],
        "regions": territory.regions,
        "organisations": sorted(territory.stakeholders.organisations),
    }
