"""Rules of organisations."""

from typing import Final

from services.territory.errors import OrganisationOfficial, RegionMissing, SyntheticMark
from services.territory.models import Organisation
from shared.events.territory import OrganisationRegistered
from shared.problem import FieldError
from shared.storage.search import words

REGISTER_STARTS: Final = "000300000"
"""The official register has no SIREN below: those are free for demonstrations."""
WITH_REGION: Final = ("region", "collectivite")
OFFICIAL: Final = ("epci", "ept", "commune")
"""Kinds whose members the official geography lists."""


def require_synthetic_mark(siren: str, name: str, *, synthetic: bool) -> None:
    """Check that a synthetic organisation is marked in SIREN, name and flag, and a real one in none."""
    below = siren < REGISTER_STARTS
    if below is not synthetic:
        raise SyntheticMark(
            f"A SIREN below {REGISTER_STARTS} is for synthetic organisations and for them alone: "
            f"set `synthetic` to {str(below).lower()}, or give another SIREN.",
            errors=[FieldError(pointer="/synthetic", detail=f"does not fit the SIREN {siren}")],
        )
    if synthetic and not {"synthetique", "synthetiques"} & set(words(name)):
        raise SyntheticMark(
            "Write « synthétique » in the name of a synthetic organisation.",
            errors=[FieldError(pointer="/name", detail="lacks the word synthétique")],
        )


def require_official_kind(siren: str, kind: str, official: Organisation | None) -> None:
    """The official geography says which bodies are EPCIs, EPTs and communes."""
    if (official.kind if official else None) != (kind if kind in OFFICIAL else None):
        known_as = f"of kind {official.kind}: {official.name}" if official else "no EPCI, EPT or commune"
        raise OrganisationOfficial(
            f"In the official geography {siren} is {known_as}. Correct the SIREN or the kind.",
            errors=[FieldError(pointer="/kind", detail="contradicts the official geography")],
        )


def require_region(kind: str, region: str | None) -> None:
    """A Region without its région could not act in it."""
    if kind in WITH_REGION and region is None:
        raise RegionMissing(
            f"Give the `region` (INSEE code) of an organisation of kind {kind}.",
            errors=[FieldError(pointer="/region", detail="missing")],
        )


def registered(organisation: Organisation) -> OrganisationRegistered:
    """The fact that the organisation is known as it now stands."""
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
