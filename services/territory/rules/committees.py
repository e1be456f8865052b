"""Rules of committees."""

from typing import Final

from services.territory.errors import ChairNotFitting, CommitteeNotYours, CommitteePlaceMismatch
from services.territory.models import Committee, Organisation, Territory
from services.territory.rules.mandates import PAIR
from shared.events.territory import CommitteeEstablished
from shared.problem import FieldError
from shared.security.access import Caller
from shared.security.roles import Role

MANAGER: Final = {"project": Role.TERRITORY, "regional": Role.REGION, "national": Role.NATIONAL}
"""Role that manages the committees of each level."""


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


def _led_by(territory: Territory | None) -> set[str]:
    in_office = territory.in_office if territory else []
    return {pilot.organisation_siren for pilot in in_office if pilot.capacity in PAIR}
