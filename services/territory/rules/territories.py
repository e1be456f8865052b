"""Rules of territories: names and perimeters."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.territory.errors import DecisionNotSuitable, PerimeterConflict, TerritoryAmbiguous
from services.territory.models import Decision, Membership, Organisation, Territory
from services.territory.rules.organisations import OFFICIAL
from shared.events.codes import TERRITORY_KEY
from shared.events.territory import MemberState, PerimeterChanged, TerritoryDesignated

MEMBERS_AT_MOST: Final = 1000
"""Maximum members of a territory, past and present: each answer lists all of them."""


def is_key(name: str) -> bool:
    """A key carries its phase; a bare code does not."""
    return re.match(TERRITORY_KEY, name) is not None


def require_one(code: str, keys: Sequence[str]) -> None:
    """A bare code names a territory only if a single phase has it."""
    if len(keys) > 1:
        raise TerritoryAmbiguous(
            f"{code} is another territory in each phase: ask for {' or '.join(keys)}, or add `phase=`.",
            keys=list(keys),
        )


def require_suitable(decision: Decision, territory: Territory) -> None:
    """A perimeter changes because a committee said so."""
    if decision.kind != "perimeter_change":
        reason = f"it is of kind {decision.kind}"
    elif decision.outcome != "favourable":
        reason = f"its outcome is {decision.outcome}"
    elif territory.key not in decision.territory_keys:
        reason = f"it does not name {territory.key}"
    else:
        return
    raise DecisionNotSuitable(
        f"This decision does not carry the change, {reason}: name a favourable decision of kind perimeter_change "
        f"that is about {territory.key}."
    )


def change_perimeter(
    territory: Territory, *, enters: Mapping[str, Organisation], leaves: Collection[str], on: date
) -> None:
    """Members enter and leave on one day; somebody always stays."""
    current = {member.siren: member for member in territory.members}
    if both := sorted(set(enters) & set(leaves)):
        raise PerimeterConflict(f"{', '.join(both)} cannot enter and leave at once: name each one time.")
    if already := sorted(set(enters) & set(current)):
        raise PerimeterConflict(f"{', '.join(already)} is a member already: take it out of `enters`.")
    if strangers := sorted(set(leaves) - set(current)):
        raise PerimeterConflict(f"{', '.join(strangers)} is not a member: take it out of `leaves`.")
    if not set(current) - set(leaves) | set(enters):
        raise PerimeterConflict("A territory keeps at least one member: let another one enter as well.")
    if len(territory.memberships) + len(enters) > MEMBERS_AT_MOST:
        raise PerimeterConflict(f"A territory has at most {MEMBERS_AT_MOST} members, past and present.")
    for siren in leaves:
        if (entered := current[siren].entered_on) and on < entered:
            raise PerimeterConflict(f"{siren} entered on {entered}: it cannot leave on {on}, before that.")
        current[siren].left_on = on
    territory.memberships.extend(
        Membership(siren=siren, organisation=enters[siren], entered_on=on) for siren in sorted(enters)
    )


def require_able_to_enter(enters: Mapping[str, Organisation], elsewhere: Mapping[str, str]) -> None:
    """Members are intercommunalities and communes, each in one territory of a phase at a time."""
    if others := sorted(siren for siren, body in enters.items() if body.kind not in OFFICIAL):
        raise PerimeterConflict(
            f"{', '.join(others)} is neither an EPCI, an EPT nor a commune: only those are members of a territory."
        )
    for siren, key in sorted(elsewhere.items()):
        raise PerimeterConflict(f"{siren} is a member of {key} in the same phase: let it leave there first.")


@dataclass(frozen=True)
class Area:
    """Part of a member in one département, from its communes."""

    departement: str
    region: str
    communes: int
    population: int
    located: int
    """The population of the communes whose centre point is known."""
    lon_sum: float
    lat_sum: float
    """The coordinates of those centre points, times their population."""


def settle(territory: Territory, areas: Mapping[str, Sequence[Area]], *, lead: str) -> None:
    """Compute places and population of a territory from its members; the lead région stays the first."""
    own = [area for member in territory.members for area in areas.get(member.siren, ())]
    by_region: Counter[str] = Counter({lead: 0})
    by_departement: Counter[str] = Counter()
    for area in own:
        by_region[area.region] += area.population
        by_departement[area.departement] += area.population
    ranked = [code for code in _ranked(by_region) if code != lead]
    territory.regions = [lead, *ranked]
    territory.departements = _ranked(by_departement)
    territory.commune_count = sum(area.communes for area in own)
    territory.population = sum(area.population for area in own)
    located = sum(area.located for area in own)
    territory.lon = round(sum(area.lon_sum for area in own) / located, 4) if located else None
    territory.lat = round(sum(area.lat_sum for area in own) / located, 4) if located else None


def _ranked(population: Counter[str]) -> list[str]:
    return sorted(population, key=lambda code: (-population[code], code))


def designated(territory: Territory) -> TerritoryDesignated:
    """The fact that the territory is labelled, as it now stands."""
    return TerritoryDesignated(**_perimeter(territory))


def perimeter_changed(
    territory: Territory, *, on: date | None = None, decision: Decision | None = None, left: Collection[str] = ()
) -> PerimeterChanged:
    """The fact that its members or its place have changed. Those who left are told too."""
    stated = _perimeter(territory)
    stated["organisations"] = sorted({*stated["organisations"], *left})
    return PerimeterChanged(**stated, effective_on=on, decision_id=decision.id if decision else None)


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
