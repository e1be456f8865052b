"""Rules of organisations."""

from typing import Final

from services.territory.errors import OrganisationOfficial, RegionMissing, SyntheticMark
from services.territory.models import Organisation
from shared.events.territory import MEMBER_NAME_AT_MOST, OrganisationRegistered
from shared.problem import FieldError
from shared.storage.search import words

REGISTER_STARTS: Final = "000300000"
"""Smallest SIREN of the official register. Smaller ones are free for synthetic organisations."""
WITH_REGION: Final = ("region", "collectivite")
"""Kinds that must name their région."""
OFFICIAL: Final = ("epci", "ept", "commune")
"""Kinds of organisation that the official geography lists."""


def require_synthetic_mark(siren: str, name: str, *, synthetic: bool) -> None:
    """Require the synthetic marks in SIREN, name and flag together, or in none of them."""
    below = siren < REGISTER_STARTS
    if below is not synthetic:
        raise SyntheticMark(
            f"`synthetic` does not fit the SIREN: SIRENs below {REGISTER_STARTS} are for synthetic organisations only. "
            f"Set `synthetic` to {str(below).lower()}, or give another SIREN.",
            errors=[FieldError(pointer="/synthetic", detail=f"does not fit the SIREN {siren}")],
        )
    if synthetic and not {"synthetique", "synthetiques"} & set(words(name)):
        raise SyntheticMark(
            "The name of a synthetic organisation lacks the word « synthétique »: add it to `name`.",
            errors=[FieldError(pointer="/name", detail="lacks the word synthétique")],
        )


def require_official_kind(siren: str, kind: str, official: Organisation | None) -> None:
    """Refuse a kind that contradicts the official geography."""
    if (official.kind if official else None) != (kind if kind in OFFICIAL else None):
        known_as = f"of kind {official.kind}: {official.name}" if official else "no EPCI, EPT or commune"
        raise OrganisationOfficial(
            f"In the official geography {siren} is {known_as}. Correct the SIREN or the kind.",
            errors=[FieldError(pointer="/kind", detail="contradicts the official geography")],
        )


def require_member_name(kind: str, name: str) -> None:
    """Refuse a name that is too long for the events of the territories of which the body may be a member."""
    if kind in OFFICIAL and len(name) > MEMBER_NAME_AT_MOST:
        raise OrganisationOfficial(
            f"The name of an EPCI, EPT or commune has at most {MEMBER_NAME_AT_MOST} characters: shorten `name`.",
            errors=[FieldError(pointer="/name", detail=f"at most {MEMBER_NAME_AT_MOST} characters")],
        )


def require_region(kind: str, region: str | None) -> None:
    """Require the région of a Region or collectivité: it acts there."""
    if kind in WITH_REGION and region is None:
        raise RegionMissing(
            f"`region` is missing: give the INSEE code of the région of this {kind}.",
            errors=[FieldError(pointer="/region", detail="missing")],
        )


def registered(organisation: Organisation) -> OrganisationRegistered:
    """Return the event of an organisation's current state."""
    return OrganisationRegistered(
        siren=organisation.siren,
        name=organisation.name,
        kind=organisation.kind,
        aliases=[alias["name"] for alias in organisation.aliases],
        region=organisation.region_code,
        successor=organisation.successor_siren,
        synthetic=organisation.synthetic,
        regions=[organisation.region_code] if organisation.region_code else [],
        organisations=[organisation.siren],
    )
