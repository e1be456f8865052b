"""Rules of pilots, committees and decisions."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from services.territory.errors import (
    CapacityNotFitting,
    ChairNotFitting,
    CommitteeNotYours,
    CommitteePlaceMismatch,
    DecisionBeyondCommittee,
    MandatesExhausted,
    PilotInOffice,
    PilotNotInOffice,
)
from services.territory.models import Committee, Decision, Organisation, Pilot, Territory
from services.territory.rules.days import require_plausible
from shared.events.territory import (
    IN_OFFICE_AT_MOST,
    PAIR_MANDATES_AT_MOST,
    CommitteeDecided,
    CommitteeEstablished,
    MandateState,
    PilotAppointed,
    PilotReplaced,
    PilotState,
)
from shared.problem import FieldError
from shared.security.access import Caller
from shared.security.roles import Role

PAIR: Final = ("elu", "industriel")
"""Capacities of the pair (binôme): one of each in office. Project managers may be several."""
# `other` covers the larger local bodies: PETR, pôle métropolitain, syndicat mixte.
LOCAL_AUTHORITIES: Final = frozenset({"epci", "ept", "commune", "departement", "region", "collectivite", "other"})
"""Kinds of organisation that an élu represents."""
INDUSTRY: Final = frozenset({"company", "association", "chamber"})
"""Kinds of organisation that an industriel represents."""
MANAGER: Final = {"project": Role.TERRITORY, "regional": Role.REGION, "national": Role.NATIONAL}
"""Role that manages the committees of each level."""
ABOUT_TERRITORIES: Final = ("contract_approval", "perimeter_change", "action_plan")
"""Kinds of decision that must name a territory."""

MANDATES_AT_MOST: Final = 1000
"""Maximum mandates of a territory, past and present: each response lists all of them."""


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


def require_place(level: str, *, region: str | None, territory: str | None) -> None:
    """Require the place of the level: a territory, a Region or none."""
    needed = {"project": "territory", "regional": "region", "national": None}[level]
    given = {name for name, value in (("region", region), ("territory", territory)) if value}
    if given != ({needed} if needed else set()):
        raise CommitteePlaceMismatch(
            f"The place does not fit a {level} committee: give "
            f"{f'`{needed}` and no other place' if needed else 'neither `region` nor `territory`'}."
        )


def require_manager(by: Caller, level: str) -> None:
    """Require the role that manages committees of a level. The délégation does not act for a Region."""
    if by.role is not MANAGER[level]:
        raise CommitteeNotYours(f"Your role is {by.role}: only the role {MANAGER[level]} manages {level} committees.")


def require_chair(committee: Committee, chair: Organisation) -> None:
    """Require a chair that fits: the Region, an organisation of the pair, or the State."""
    match committee.level:
        case "regional":
            fits = chair.kind in ("region", "collectivite") and chair.region_code == committee.region_code
            fitting = f"the Region of {committee.region_code}"
        case "project":
            fits = chair.siren in _led_by(committee.territory)
            fitting = "the organisation of a pilot in office, élu or industriel: appoint the pair first"
        case _:
            fits, fitting = chair.kind == "state", "the State"
    if not fits:
        raise ChairNotFitting(
            f"{chair.name} cannot chair a {committee.level} committee. Name in `chair` {fitting}.",
            errors=[FieldError(pointer="/chair", detail=f"not {fitting}")],
        )


def decide(decision: Decision, *, today: date) -> None:
    """Refuse a decision before the committee exists, or beyond its territories."""
    committee = decision.committee
    require_plausible(decision.decided_on, field="decided_on", today=today, earliest=committee.established_on)
    if decision.kind in ABOUT_TERRITORIES and not decision.territories:
        raise DecisionBeyondCommittee(
            f"`territories` is empty: name those that a decision of kind {decision.kind} is about.",
            errors=[FieldError(pointer="/territories", detail="empty")],
        )
    outside = [territory.key for territory in decision.territories if not _within(committee, territory)]
    if outside:
        raise DecisionBeyondCommittee(
            f"{', '.join(outside)} is outside this {committee.level} committee: remove it from `territories`.",
            errors=[FieldError(pointer="/territories", detail=f"{key} is outside the committee") for key in outside],
        )


def established(committee: Committee) -> CommitteeEstablished:
    """Return the event of a new committee."""
    return CommitteeEstablished(
        committee_id=committee.id,
        level=committee.level,
        name=committee.name,
        region=committee.region_code,
        territory=committee.territory_key,
        chair=committee.chair_siren,
        established_on=committee.established_on,
        territories=sorted(committee.stakeholders.territories),
        regions=committee.regions,
        organisations=[committee.chair_siren],
    )


def decided(decision: Decision) -> CommitteeDecided:
    """Return the event of a decision."""
    return CommitteeDecided(
        decision_id=decision.id,
        committee_id=decision.committee.id,
        level=decision.committee.level,
        kind=decision.kind,
        outcome=decision.outcome,
        title=decision.title,
        reference=decision.reference,
        decided_on=decision.decided_on,
        region=decision.committee.region_code,
        territories=sorted(decision.stakeholders.territories),
        regions=decision.regions,
    )


def _led_by(territory: Territory | None) -> set[str]:
    in_office = territory.in_office if territory else []
    return {pilot.organisation_siren for pilot in in_office if pilot.capacity in PAIR}


def _within(committee: Committee, territory: Territory) -> bool:
    match committee.level:
        case "project":
            return territory.key == committee.territory_key
        case "regional":
            return committee.region_code in territory.regions
        case _:
            return True


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
