"""Rules of territories: names and perimeters."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.territory.errors import DecisionNotSuitable, PerimeterConflict, TerritoryAmbiguous
from services.territory.models import Decision, Membership, Organisation, Territory
from services.territory.rules.organisations import OFFICIAL
from shared.events.codes import TERRITORY_KEY
from shared.events.territory import MEMBERS_AT_MOST, MemberState, PerimeterChanged, TerritoryDesignated


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


def require_suitable(decision: Decision, territory: Territory) -> None:
    """Refuse a decision that does not allow a change of the perimeter."""
    if decision.kind != "perimeter_change":
        reason = f"it is of kind {decision.kind}"
    elif decision.outcome != "favourable":
        reason = f"its outcome is {decision.outcome}"
    elif territory.key not in decision.territory_keys:
        reason = f"it does not name {territory.key}"
    else:
        return
    raise DecisionNotSuitable(
        f"This decision does not allow the change, {reason}: name a favourable decision of kind perimeter_change "
        f"that is about {territory.key}."
    )


def change_perimeter(
    territory: Territory, *, enters: Mapping[str, Organisation], leaves: Collection[str], on: date
) -> None:
    """Record the members that enter and leave on a day. At least one member remains."""
    current = {member.siren: member for member in territory.members}
    if both := sorted(set(enters) & set(leaves)):
        raise PerimeterConflict(f"{', '.join(both)} cannot enter and leave at once: name it once.")
    if already := sorted(set(enters) & set(current)):
        raise PerimeterConflict(f"{', '.join(already)} is already a member: remove it from `enters`.")
    if strangers := sorted(set(leaves) - set(current)):
        raise PerimeterConflict(f"{', '.join(strangers)} is not a member: remove it from `leaves`.")
    if not set(current) - set(leaves) | set(enters):
        raise PerimeterConflict("The territory would have no member left: name one more in `enters`.")
    if len(territory.memberships) + len(enters) > MEMBERS_AT_MOST:
        raise PerimeterConflict(f"A territory has at most {MEMBERS_AT_MOST} members, past ones included: name fewer.")
    for siren in leaves:
        if (entered := current[siren].entered_on) and on < entered:
            raise PerimeterConflict(f"{siren} entered on {entered}: `on` is {on}, before that. Give a later day.")
        current[siren].left_on = on
    territory.memberships.extend(
        Membership(siren=siren, organisation=enters[siren], entered_on=on) for siren in sorted(enters)
    )


def require_able_to_enter(enters: Mapping[str, Organisation], elsewhere: Mapping[str, str]) -> None:
    """Refuse organisations other than EPCIs, EPTs and communes. Refuse members of another territory of the phase."""
    if misfits := sorted(siren for siren, body in enters.items() if body.kind not in OFFICIAL):
        raise PerimeterConflict(
            f"{', '.join(misfits)} is neither an EPCI, an EPT nor a commune: remove it from `enters`."
        )
    for siren, key in sorted(elsewhere.items()):
        raise PerimeterConflict(f"{siren} is a member of {key} in the same phase: it must leave there first.")


@dataclass(frozen=True)
class Area:
    """Communes of a member in one département, summed up."""

    departement: str
    region: str
    communes: int
    population: int
    located: int
    """Population of the communes with a known centre point."""
    lon_sum: float
    lat_sum: float
    """Sums of the coordinates of these centre points, each multiplied by its population."""


def settle(territory: Territory, areas: Mapping[str, Sequence[Area]], *, lead: str) -> None:
    """Compute the places and the population of a territory from its members. The lead région stays first."""
    member_areas = [area for member in territory.members for area in areas.get(member.siren, ())]
    by_region: Counter[str] = Counter({lead: 0})
    by_departement: Counter[str] = Counter()
    for area in member_areas:
        by_region[area.region] += area.population
        by_departement[area.departement] += area.population
    ranked = [code for code in _ranked(by_region) if code != lead]
    territory.regions = [lead, *ranked]
    territory.departements = _ranked(by_departement)
    territory.commune_count = sum(area.communes for area in member_areas)
    territory.population = sum(area.population for area in member_areas)
    located = sum(area.located for area in member_areas)
    territory.lon = round(sum(area.lon_sum for area in member_areas) / located, 4) if located else None
    territory.lat = round(sum(area.lat_sum for area in member_areas) / located, 4) if located else None


def _ranked(population: Counter[str]) -> list[str]:
    return sorted(population, key=lambda code: (-population[code], code))


def designated(territory: Territory) -> TerritoryDesignated:
    """Return the event of a designated territory, with its current state."""
    return TerritoryDesignated(**_perimeter(territory))


def perimeter_changed(
    territory: Territory, *, on: date | None = None, decision: Decision | None = None, left: Collection[str] = ()
) -> PerimeterChanged:
    """Return the event of a changed perimeter. Members that left are among its stakeholders."""
    payload = _perimeter(territory)
    payload["organisations"] = sorted({*payload["organisations"], *left})
    return PerimeterChanged(**payload, effective_on=on, decision_id=decision.id if decision else None)


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
