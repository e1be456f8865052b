"""Small objects for the rules, with nothing but what a test says of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.territory.models import (
    Committee,
    Decision,
    MemberGeography,
    Membership,
    Organisation,
    Phase,
    Pilot,
    Territory,
)
from services.territory.rules.decisions import OBJECT_OF
from shared.ids import uuid7
from shared.security.access import Caller
from shared.security.roles import Role
from tests.services.territory.places import COMPANY, LACQ_PAU_TARBES, NOUVELLE_AQUITAINE, PAU_BEARN

TODAY: Final = date(2020, 9, 1)
ANNOUNCED: Final = {"2018": date(2018, 11, 22), "2023": date(2023, 11, 9)}
LISTED: Final = {"2018": date(2022, 12, 31), "2023": date(2024, 9, 16)}
BOTH_REGIONS: Final = [["64", "75", 31, 160_000, 160_000, 0.0, 0.0], ["65", "76", 1, 40_000, 40_000, 0.0, 0.0]]
"""Values of the areas of a body that lies in two départements, and so in two régions."""
SOMEBODY: Final = UUID("0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77")
SOMEBODY_ELSE: Final = UUID("0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e78")


def make_organisation(
    siren: str = PAU_BEARN, *, kind: str = "epci", name: str = "CA Pau Béarn Pyrénées", region: str | None = "75"
) -> Organisation:
    """An organisation."""
    return Organisation(
        siren=siren,
        name=name,
        kind=kind,
        aliases=[],
        names=[],
        distinct_from=[],
        region_code=region,
        departement_codes=[],
        synthetic=False,
    )


def make_region(region: str = "75") -> Organisation:
    """A Region."""
    return make_organisation(NOUVELLE_AQUITAINE, kind="region", name="Région Nouvelle-Aquitaine", region=region)


def make_company() -> Organisation:
    """A company that is invented and says so."""
    return make_organisation(COMPANY, kind="company", name="Ateliers du Gave (synthétique)", region=None)


def make_member(
    siren: str = PAU_BEARN,
    *,
    entered_on: date | None = None,
    left_on: date | None = None,
    within: Sequence[str] = (),
    areas: Sequence[Sequence[Any]] = BOTH_REGIONS,
) -> Membership:
    """A membership."""
    geography = MemberGeography(within=list(within), areas=[list(area) for area in areas])
    return Membership(
        siren=siren,
        organisation=make_organisation(siren),
        entered_on=entered_on,
        left_on=left_on,
        geography=geography,
    )


def make_territory(
    *members: Membership, regions: tuple[str, ...] = ("75", "76"), key: str = LACQ_PAU_TARBES
) -> Territory:
    """A territory; of one member unless the test names others."""
    territory = Territory(
        key=key,
        phase=key[:4],
        programme_phase=Phase(code=key[:4], announced_on=ANNOUNCED[key[:4]], listed_on=LISTED[key[:4]]),
        code=key[5:],
        name="Lacq-Pau - Tarbes",
        designated_on=None,
        waves=[],
        is_named_pilot=True,
        is_pilot=True,
        memberships=list(members) or [make_member()],
        pilots=[],
    )
    territory.regions = list(regions)
    territory.departements = ["64", "65"]
    return territory


def make_pilot(
    capacity: str = "elu",
    *,
    person: UUID = SOMEBODY,
    organisation: str = PAU_BEARN,
    since: date = date(2019, 3, 25),
    until: date | None = None,
) -> Pilot:
    """A mandate."""
    return Pilot(
        id=uuid7(),
        capacity=capacity,
        person_id=person,
        organisation_siren=organisation,
        since=since,
        until=until,
    )


def make_committee(
    level: str = "regional", *, region: str | None = "75", territory: Territory | None = None
) -> Committee:
    """A committee, established early in 2019."""
    return Committee(
        id=uuid7(),
        level=level,
        name="Comité de pilotage",
        region_code=region,
        territory=territory,
        territory_key=territory.key if territory else None,
        chair_siren=NOUVELLE_AQUITAINE,
        established_on=date(2019, 1, 21),
    )


def make_decision(
    *territories: Territory,
    kind: str = "perimeter_change",
    outcome: str = "favourable",
    committee: Committee | None = None,
    decided_on: date = date(2019, 9, 2),
    decides: str | None = "",
) -> Decision:
    """A decision, on an object of the kind that fits unless the test names one."""
    fitting = OBJECT_OF.get(kind)
    return Decision(
        id=uuid7(),
        committee=committee or make_committee(),
        kind=kind,
        outcome=outcome,
        title="Entrée d'un membre",
        reference="CPR-2019-09-02/1",
        decided_on=decided_on,
        territories=list(territories),
        decides=(f"{fitting}/{SOMEBODY}" if fitting else None) if decides == "" else decides,
    )


def make_caller(role: Role = Role.REGION, org: str = NOUVELLE_AQUITAINE) -> Caller:
    """A caller."""
    return Caller(client_id="test", sub="test", role=role, org=org)
