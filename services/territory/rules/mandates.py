"""Rules of mandates: pilots and project managers of a territory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final, Protocol
from uuid import UUID

from services.territory.errors import (
    CapacityNotFitting,
    DayNotPlausible,
    MandateElsewhere,
    MandatesExhausted,
    NothingChanges,
    OrganisationElsewhere,
    PersonInBothSeats,
    PilotInOffice,
    PilotNotInOffice,
)
from services.territory.models import Organisation, Pilot, Territory
from services.territory.rules import successions
from services.territory.rules.days import first_day, members_on, require_open_on, require_plausible
from services.territory.rules.places import departements_of, regions_of
from shared.events.territory import (
    IN_OFFICE_AT_MOST,
    PAIR_MANDATES_AT_MOST,
    MandateCorrected,
    MandateState,
    PilotAppointed,
    PilotReplaced,
    PilotState,
)
from shared.problem import FieldError

PAIR: Final = ("elu", "industriel")
"""Capacities of the pair (binôme): one of each in office. Project managers may be several."""
# `other` covers the larger local bodies: PETR, pôle métropolitain, syndicat mixte.
LOCAL_AUTHORITIES: Final = frozenset({"epci", "ept", "commune", "departement", "region", "collectivite", "other"})
"""Kinds of organisation that an élu represents."""
INDUSTRY: Final = frozenset({"company", "association", "chamber"})
"""Kinds of organisation that an industriel represents."""
KINDS: Final = {"elu": LOCAL_AUTHORITIES, "industriel": INDUSTRY}
"""Capacity → kinds of organisation that fit it."""
MANDATES_AT_MOST: Final = 1000
"""Maximum mandates of a territory, past and present: each response lists all of them."""


class DaysInOffice(Protocol):
    """Days of a mandate: from the first day in office up to the first day out of it."""

    since: date
    until: date | None


def covers(period: DaysInOffice, day: date) -> bool:
    """Return True if a mandate lasts at the end of a day."""
    return period.since <= day and (period.until is None or day < period.until)


def first_common_day(one: DaysInOffice, other: DaysInOffice) -> date | None:
    """Return the first day that two mandates have in common, or None."""
    day = max(one.since, other.since)
    return day if covers(one, day) and covers(other, day) else None


def pilots_on(territory: Territory, day: date) -> list[Pilot]:
    """Return the pilots in office at the end of a day: nobody from the closing of the territory on."""
    return [] if has_closed(territory, day) else [pilot for pilot in territory.pilots if covers(pilot, day)]


def has_closed(territory: Territory, day: date) -> bool:
    """Return True if the territory was out of the programme at the end of a day."""
    return territory.closed_on is not None and territory.closed_on <= day


def is_fitting(capacity: str, organisation: Organisation) -> bool:
    """Return True if the kind of an organisation fits the capacity. Project managers may come from any kind."""
    return capacity not in KINDS or organisation.kind in KINDS[capacity]


def require_fitting(capacity: str, organisation: Organisation) -> None:
    """Refuse a kind of organisation that does not fit the capacity."""
    if not is_fitting(capacity, organisation):
        raise CapacityNotFitting(
            f"{organisation.name} is of kind {organisation.kind}: for an {capacity}, name an organisation of kind "
            f"{', '.join(sorted(KINDS[capacity]))}.",
            errors=[FieldError(pointer="/organisation", detail=f"of kind {organisation.kind}")],
        )


def require_local(
    territory: Territory, pilot: Pilot, organisation: Organisation, *, ties: Collection[str] = ()
) -> None:
    """Refuse an organisation that lies elsewhere on a day of the mandate.

    `ties` are the SIRENs of the intercommunalities of a commune, or of the communes and EPTs of an intercommunality.
    No source says where a company, an association or a chamber works: only a registered région is compared.
    """
    if found := first_day_elsewhere(territory, pilot, organisation, ties=ties):
        day, fitting = found
        way_out = f", or end the mandate by {day}" if day > pilot.since else ""
        raise OrganisationElsewhere(
            f"{organisation.name} does not lie in {territory.key} on {day}: name in `organisation` {fitting}{way_out}.",
            errors=[FieldError(pointer="/organisation", detail=f"on {day} not {fitting}")],
        )


def first_day_elsewhere(
    territory: Territory, pilot: Pilot, organisation: Organisation, *, ties: Collection[str] = ()
) -> tuple[date, str] | None:
    """Return the first day of a mandate on which its organisation lies elsewhere, and what would fit on it."""
    for day in days_of_change(territory, pilot):
        if fitting := _fitting_instead(territory, pilot, organisation, day, {organisation.siren, *ties}):
            return day, fitting
    return None


def days_of_change(territory: Territory, mandate: DaysInOffice) -> list[date]:
    """Return the first day of a mandate, and each later one of it on which the members of the territory change."""
    changes = {day for member in territory.memberships for day in successions.days_of_change(member)}
    later = {day for day in changes if day > mandate.since and covers(mandate, day) and not has_closed(territory, day)}
    return [mandate.since, *sorted(later)]


def _fitting_instead(
    territory: Territory, pilot: Pilot, organisation: Organisation, day: date, bodies: Collection[str]
) -> str | None:
    """Return what an organisation would have to be on a day; None if it fits."""
    members = members_on(territory, day)
    regions = regions_of(members, day)
    departements = departements_of(members, day)
    in_a_region = organisation.region_code in regions
    match pilot.capacity, organisation.kind:
        case "elu", "epci" | "ept" | "commune":
            counted = {each.siren for each in successions.counted_bodies(members, day)}
            fits = not (counted | {member.siren for member in members}).isdisjoint(bodies)
            fitting = f"a member of {territory.key} on {day}, a commune of a member, or a body that contains one"
        case "elu", "departement" if organisation.departement_codes:
            fits = not departements.isdisjoint(organisation.departement_codes)
            fitting = f"one of its départements on {day}, {', '.join(sorted(departements))}"
        case "elu", _:
            fits = in_a_region
            fitting = f"an organisation of its régions on {day}, {', '.join(sorted(regions))}"
        case "industriel", _:
            fits = organisation.region_code is None or in_a_region
            fitting = f"an organisation of its régions on {day}, {', '.join(sorted(regions))}, or of none"
        case _:
            return None
    return None if fits else fitting


def require_still_local(territory: Territory, bodies: Mapping[str, tuple[Organisation, Collection[str]]]) -> None:
    """Refuse a perimeter without the organisation of a mandate on one of its days.

    `bodies` are the organisations of the mandates by SIREN, each with its ties.
    """
    for pilot in sorted(territory.pilots, key=lambda each: (each.since, each.id)):
        organisation, ties = bodies[pilot.organisation_siren]
        if found := first_day_elsewhere(territory, pilot, organisation, ties=ties):
            day, _ = found
            address = f"/v1/territories/{territory.key}/pilots/{pilot.id}"
            way_out = (
                f"end it by {day}, POST {address}/end, or replace it, POST {address}/replace"
                if pilot.until is None and day > pilot.since
                else f"let the délégation correct it, POST {address}/correct"
            )
            raise MandateElsewhere(
                f"On {day} the {pilot.capacity} of {territory.key} would speak for {organisation.name} "
                f"({organisation.siren}), which would not lie in it: mandate {pilot.id}, since {pilot.since}. First "
                f"{way_out}.",
                mandate_id=str(pilot.id),
                day=day.isoformat(),
                organisation=organisation.siren,
            )


def require_in_life(territory: Territory, day: date, *, field: str, today: date) -> None:
    """Refuse a day before the territory existed, after it was closed, or in the future."""
    require_plausible(day, field=field, today=today, earliest=first_day(territory))
    require_open_on(territory, day, field=field)


def require_days(territory: Territory, mandate: DaysInOffice, *, today: date, end: str = "until") -> None:
    """Refuse a mandate before its territory existed, in the future, or of no day at all."""
    require_in_life(territory, mandate.since, field="since", today=today)
    if mandate.until is None:
        return
    if mandate.until <= mandate.since:
        ways = [f"give a day after {mandate.since}, the first day in office"] if mandate.since < today else []
        ways.append("if the mandate was recorded by mistake, the délégation cancels it, POST …/cancel")
        raise DayNotPlausible(
            f"`{end}`, the first day out of office, is {mandate.until}, not after the first day in office, "
            f"{mandate.since}: {'; '.join(ways)}.",
            errors=[FieldError(pointer=f"/{end}", detail=f"not after {mandate.since}")],
        )
    require_plausible(mandate.until, field=end, today=today)


def require_free(territory: Territory, pilot: Pilot) -> None:
    """Refuse a seat that is taken on a day of the mandate, and a person who holds the other seat on one."""
    for other in sorted(territory.pilots, key=lambda each: (each.since, each.id)):
        day = None if other is pilot else first_common_day(pilot, other)
        if day is None:
            continue
        same_person = other.person_id == pilot.person_id
        if other.capacity == pilot.capacity and (pilot.capacity in PAIR or same_person):
            raise _taken(territory, pilot, other, day)
        if same_person and other.capacity in PAIR and pilot.capacity in PAIR:
            raise PersonInBothSeats(
                f"On {day} this person is {other.capacity} of {territory.key}, mandate {other.id}: nobody holds both "
                "seats of the pair. Name another person, or other days.",
                pilot_id=str(other.id),
                day=day.isoformat(),
            )


def _taken(territory: Territory, pilot: Pilot, other: Pilot, day: date) -> PilotInOffice:
    address = f"/v1/territories/{territory.key}/pilots/{other.id}"
    days = f"since {other.since}" if other.until is None else f"from {other.since} until {other.until}"
    way_out = (
        f"replace it, POST {address}/replace, or end it, POST {address}/end"
        if other.until is None
        else f"give other days, or let the délégation correct it, POST {address}/correct"
    )
    return PilotInOffice(
        f"On {day} {territory.key} has a pilot of capacity {pilot.capacity}: mandate {other.id} of "
        f"{other.organisation_siren}, {days}. Keep it and {way_out}.",
        pilot_id=str(other.id),
        day=day.isoformat(),
        organisation=other.organisation_siren,
    )


def appoint(
    territory: Territory,
    pilot: Pilot,
    organisation: Organisation,
    *,
    today: date,
    ties: Collection[str] = (),
) -> None:
    """Add a mandate. On each day a seat of the pair has one holder at most."""
    require_days(territory, pilot, today=today)
    require_fitting(pilot.capacity, organisation)
    require_local(territory, pilot, organisation, ties=ties)
    require_free(territory, pilot)
    if pilot.until is None and _without_end(territory) >= IN_OFFICE_AT_MOST:
        raise MandatesExhausted(
            f"{territory.key} has {IN_OFFICE_AT_MOST} people in office, the maximum: end a mandate first, "
            f"POST /v1/territories/{territory.key}/pilots/{{pilot_id}}/end."
        )
    if len(territory.pilots) >= MANDATES_AT_MOST:
        raise MandatesExhausted(
            f"{territory.key} has had {len(territory.pilots)} mandates, the maximum: contact the platform team."
        )
    if pilot.capacity in PAIR and sum(other.capacity in PAIR for other in territory.pilots) >= PAIR_MANDATES_AT_MOST:
        raise MandatesExhausted(
            f"The pair of {territory.key} has had {PAIR_MANDATES_AT_MOST} mandates, the maximum: contact the platform "
            "team."
        )
    territory.pilots.append(pilot)


def end(territory: Territory, pilot: Pilot, *, on: date, today: date) -> None:
    """End the mandate of a pilot."""
    if pilot.until is not None:
        raise PilotNotInOffice(
            f"This mandate ended on {pilot.until}: name a pilot in office, from "
            f"GET /v1/territories/{territory.key}/pilots."
        )
    pilot.until = on
    require_days(territory, pilot, today=today, end="on")


def correct(
    territory: Territory,
    pilot: Pilot,
    changes: Mapping[str, Any],
    organisation: Organisation,
    *,
    today: date,
    ties: Collection[str] = (),
) -> None:
    """Correct the days or the organisation of a mandate that was recorded wrongly."""
    if all(getattr(pilot, name) == value for name, value in changes.items()):
        raise NothingChanges(
            f"The mandate has these days and this organisation already, {pilot.since} to {pilot.until or 'today'} for "
            f"{pilot.organisation_siren}: give another value in `since`, `until` or `organisation`."
        )
    reopened = pilot.until is not None and changes.get("until", pilot.until) is None
    if reopened and _without_end(territory) >= IN_OFFICE_AT_MOST:
        raise MandatesExhausted(
            f"{territory.key} has {IN_OFFICE_AT_MOST} people in office, the maximum: end a mandate first."
        )
    for name, value in changes.items():
        setattr(pilot, name, value)
    require_days(territory, pilot, today=today)
    require_fitting(pilot.capacity, organisation)
    require_local(territory, pilot, organisation, ties=ties)
    require_free(territory, pilot)


def _without_end(territory: Territory) -> int:
    # Of a closed territory too: it may be opened again, and its events then list them all.
    return sum(pilot.until is None for pilot in territory.pilots)


def cancel(territory: Territory, pilot: Pilot) -> None:
    """Take out a mandate that was recorded by mistake. The history of the territory keeps it."""
    territory.pilots.remove(pilot)


def appointed(territory: Territory, pilot: Pilot) -> PilotAppointed:
    """Return the event of a new mandate."""
    return PilotAppointed(**_pilot_facts(territory, pilot), appointed_on=pilot.since)


def replaced(territory: Territory, pilot: Pilot, successor: UUID | None) -> PilotReplaced:
    """Return the event of an ended mandate."""
    if pilot.until is None:
        raise ValueError("the mandate has not ended")
    return PilotReplaced(**_pilot_facts(territory, pilot), replaced_on=pilot.until, successor_id=successor)


def corrected(territory: Territory, pilot: Pilot, *, former: str) -> MandateCorrected:
    """Return the event of a mandate that was corrected or cancelled. `former` is the organisation it had."""
    facts = _pilot_facts(territory, pilot)
    return MandateCorrected(
        **{**facts, "organisations": sorted({*facts["organisations"], former})},
        organisation=pilot.organisation_siren,
        since=pilot.since,
        until=pilot.until,
        is_cancelled=pilot not in territory.pilots,
    )


def _pilot_facts(territory: Territory, pilot: Pilot) -> dict[str, Any]:
    in_office: Sequence[Pilot] = sorted(territory.in_office, key=lambda other: (other.capacity, other.since))
    pair = sorted(
        (other for other in territory.pilots if other.capacity in PAIR), key=lambda other: (other.since, other.id)
    )
    return {
        "mandates": [
            MandateState(
                pilot_id=other.id,
                capacity=other.capacity,
                person_id=other.person_id,
                organisation=other.organisation_siren,
                since=other.since,
                until=other.until,
            )
            for other in pair
        ],
        "territory": territory.key,
        "pilot_id": pilot.id,
        "capacity": pilot.capacity,
        "in_office": [
            PilotState(
                pilot_id=other.id,
                capacity=other.capacity,
                person_id=other.person_id,
                organisation=other.organisation_siren,
                since=other.since,
            )
            for other in in_office
        ],
        "territories": [territory.key],
        "regions": territory.regions,
        "organisations": sorted({pilot.organisation_siren, *(other.organisation_siren for other in in_office)}),
    }
