"""Rules of mandates: pilots and project managers of a territory."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from services.territory.errors import CapacityNotFitting, MandatesExhausted, PilotInOffice, PilotNotInOffice
from services.territory.models import Organisation, Pilot, Territory
from services.territory.rules.days import require_plausible
from shared.events.territory import (
    IN_OFFICE_AT_MOST,
    PAIR_MANDATES_AT_MOST,
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
MANDATES_AT_MOST: Final = 1000
"""Maximum mandates of a territory, past and present: each response lists all of them."""


def pilots_on(territory: Territory, day: date) -> list[Pilot]:
    """Return the pilots in office at the end of a day."""
    return [pilot for pilot in territory.pilots if pilot.since <= day and (pilot.until is None or day < pilot.until)]


def require_fitting(capacity: str, organisation: Organisation) -> None:
    """Refuse a kind of organisation that does not fit the capacity. Project managers may come from any kind."""
    fitting = {"elu": LOCAL_AUTHORITIES, "industriel": INDUSTRY}.get(capacity)
    if fitting and organisation.kind not in fitting:
        raise CapacityNotFitting(
            f"{organisation.name} is of kind {organisation.kind}: for an {capacity}, name an organisation of kind "
            f"{', '.join(sorted(fitting))}.",
            errors=[FieldError(pointer="/organisation", detail=f"of kind {organisation.kind}")],
        )


def appoint(territory: Territory, pilot: Pilot, organisation: Organisation, *, today: date) -> None:
    """Add a mandate. Refuse a second élu or industriel in office, and a repeated mandate."""
    require_plausible(pilot.since, field="since", today=today)
    require_fitting(pilot.capacity, organisation)
    for other in territory.in_office:
        same_seat = other.capacity == pilot.capacity and pilot.capacity in PAIR
        same_mandate = (other.capacity, other.person_id) == (pilot.capacity, pilot.person_id)
        if same_seat or same_mandate:
            raise PilotInOffice(
                f"{territory.key} has a pilot of capacity {pilot.capacity} in office since {other.since}: "
                f"POST /v1/territories/{territory.key}/pilots/{other.id}/replace instead.",
                pilot_id=str(other.id),
            )
    if len(territory.in_office) >= IN_OFFICE_AT_MOST:
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
    require_plausible(on, field="on", today=today, earliest=pilot.since)
    pilot.until = on


def appointed(territory: Territory, pilot: Pilot) -> PilotAppointed:
    """Return the event of a new mandate."""
    return PilotAppointed(**_pilot_facts(territory, pilot), appointed_on=pilot.since)


def replaced(territory: Territory, pilot: Pilot, successor: UUID | None) -> PilotReplaced:
    """Return the event of an ended mandate."""
    if pilot.until is None:
        raise ValueError("the mandate has not ended")
    return PilotReplaced(**_pilot_facts(territory, pilot), replaced_on=pilot.until, successor_id=successor)


def _pilot_facts(territory: Territory, pilot: Pilot) -> dict[str, object]:
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
