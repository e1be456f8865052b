"""Pilots, committees and decisions: who may be what, and what may be decided where."""

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
    CommitteeDecided,
    CommitteeEstablished,
    PilotAppointed,
    PilotReplaced,
    PilotState,
)
from shared.problem import FieldError
from shared.security.access import Caller, Role

PAIR: Final = ("elu", "industriel")
"""The binôme: one of each at a time. Project managers may be several."""
LOCAL_AUTHORITIES: Final = frozenset({"epci", "ept", "commune", "departement", "region", "collectivite", "other"})
"""`other` covers the larger local bodies: PETR, pôle métropolitain, syndicat mixte."""
INDUSTRY: Final = frozenset({"company", "association", "chamber"})
KEEPER: Final = {"project": Role.TERRITORY, "regional": Role.REGION, "national": Role.NATIONAL}
"""Role that manages the committees of each level."""
ABOUT_TERRITORIES: Final = ("contract_approval", "perimeter_change", "action_plan")

MANDATES_AT_MOST: Final = 1000
"""Maximum pilots of a territory, past and present: each answer lists all of them."""


def require_fitting(capacity: str, organisation: Organisation) -> None:
    """An élu speaks for a local authority, an industriel for industry; a project manager for whoever employs him."""
    fitting = {"elu": LOCAL_AUTHORITIES, "industriel": INDUSTRY}.get(capacity)
    if fitting and organisation.kind not in fitting:
        raise CapacityNotFitting(
            f"{organisation.name} is of kind {organisation.kind}: the organisation of an {capacity} is of kind "
            f"{', '.join(sorted(fitting))}.",
            errors=[FieldError(pointer="/organisation", detail=f"of kind {organisation.kind}")],
        )


def appoint(territory: Territory, pilot: Pilot, organisation: Organisation, *, today: date) -> None:
    """A pilot takes office, if the seat is free."""
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
    if len(territory.pilots) >= MANDATES_AT_MOST:
        raise MandatesExhausted(f"{territory.key} has had {len(territory.pilots)} mandates: that is all it may have.")
    territory.pilots.append(pilot)


def end(territory: Territory, pilot: Pilot, *, on: date, today: date) -> None:
    """A pilot leaves office."""
    if pilot.until is not None:
        raise PilotNotInOffice(
            f"This mandate ended on {pilot.until}: name the one in office, from "
            f"GET /v1/territories/{territory.key}/pilots."
        )
    require_plausible(on, field="on", today=today, earliest=pilot.since)
    pilot.until = on


def appointed(territory: Territory, pilot: Pilot) -> PilotAppointed:
    """The fact of taking office."""
    return PilotAppointed(**_pilot_facts(territory, pilot), appointed_on=pilot.since)


def replaced(territory: Territory, pilot: Pilot, successor: UUID | None) -> PilotReplaced:
    """The fact of leaving office."""
    if pilot.until is None:
        raise ValueError("the mandate has not ended")
    return PilotReplaced(**_pilot_facts(territory, pilot), replaced_on=pilot.until, successor_id=successor)


def require_place(level: str, *, region: str | None, territory: str | None) -> None:
    """Each level of committee has the place that it is about, and no other."""
    needed = {"project": "territory", "regional": "region", "national": None}[level]
    given = {name for name, value in (("region", region), ("territory", territory)) if value}
    if given != ({needed} if needed else set()):
        raise CommitteePlaceMismatch(
            f"A {level} committee is established with "
            f"{f'its `{needed}` and nothing else' if needed else 'neither `region` nor `territory`'}."
        )


def require_keeper(by: Caller, level: str) -> None:
    """Not even the délégation acts in the place of a Region's committee."""
    if by.role is not KEEPER[level]:
        raise CommitteeNotYours(f"A {level} committee is kept by the role {KEEPER[level]}: yours is {by.role}.")


def require_chair(committee: Committee, chair: Organisation) -> None:
    """The Region presides its committee; the pair its territory's; ministers the national one."""
    match committee.level:
        case "regional":
            fits = chair.kind in ("region", "collectivite") and chair.region_code == committee.region_code
            whose = f"the Region of {committee.region_code}"
        case "project":
            fits = chair.siren in _led_by(committee.territory)
            whose = "the organisation of a pilot in office, élu or industriel: appoint the pair first"
        case _:
            fits, whose = chair.kind == "state", "the State"
    if not fits:
        raise ChairNotFitting(
            f"{chair.name} cannot chair a {committee.level} committee; its chair is {whose}.",
            errors=[FieldError(pointer="/chair", detail=f"not {whose}")],
        )


def decide(decision: Decision, *, today: date) -> None:
    """A committee decides on what is its own, and not before it exists."""
    committee = decision.committee
    require_plausible(decision.decided_on, field="decided_on", today=today, earliest=committee.established_on)
    if decision.kind in ABOUT_TERRITORIES and not decision.territories:
        raise DecisionBeyondCommittee(
            f"Name in `territories` those that a decision of kind {decision.kind} is about.",
            errors=[FieldError(pointer="/territories", detail="empty")],
        )
    beyond = [territory.key for territory in decision.territories if not _within(committee, territory)]
    if beyond:
        raise DecisionBeyondCommittee(
            f"{', '.join(beyond)} is beyond this {committee.level} committee: take it out of `territories`.",
            errors=[FieldError(pointer="/territories", detail=f"{key} is beyond") for key in beyond],
        )


def established(committee: Committee) -> CommitteeEstablished:
    """The fact that the committee exists."""
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
    """The fact that the committee has decided."""
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
    in_office: Sequence[Pilot] = sorted(territory.in_office, key=lambda one: (one.capacity, one.since))
    return {
        "territory": territory.key,
        "pilot_id": pilot.id,
        "capacity": pilot.capacity,
        "in_office": [
            PilotState(
                pilot_id=one.id,
                capacity=one.capacity,
                person_id=one.person_id,
                organisation=one.organisation_siren,
                since=one.since,
            )
            for one in in_office
        ],
        "territories": [territory.key],
        "regions": territory.regions,
        "organisations": sorted({pilot.organisation_siren, *(one.organisation_siren for one in in_office)}),
    }
