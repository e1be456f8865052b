"""Rules of parties: kinds, blocks, required deliberations."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from services.contract.models import Party
from shared.events.contract import Block, PartyKind
from shared.projections import OrganisationProjection

BLOCKS: Final[Mapping[PartyKind, tuple[Block, ...]]] = {
    "intercommunality": ("territory",),
    "commune": ("territory", "public"),
    "region": ("public",),
    "state": ("public",),
    "departement": ("public",),
    "operator": ("public",),
    "company": ("economic",),
    "other": ("public", "economic"),
}
"""Kind of party → its blocks.

A contract lists the territory « d'une part », the public block « d'autre part », the economic block « ainsi que ».
"""

ORGANISATIONS: Final[Mapping[PartyKind, Collection[str]]] = {
    # "other": a larger local body that carries for its EPCI (PETR, pays, pôle métropolitain, syndicat mixte).
    "intercommunality": ("epci", "ept", "other"),
    "commune": ("commune",),
    "region": ("region", "collectivite"),
    "state": ("state",),
    "departement": ("departement", "collectivite"),
    "operator": ("operator",),
    "company": ("company",),
    "other": ("association", "chamber", "collectivite", "company", "epci", "ept", "operator", "other", "state"),
}
"""Kind of party → kinds of organisation that fit it."""

DELIBERATING: Final[Collection[PartyKind]] = ("intercommunality", "commune", "departement", "region")
"""Public bodies whose assembly authorises the signature."""


@dataclass(frozen=True)
class TerritoryPerimeter:
    """Regions and current members of a territory, as the rules of parties need them."""

    regions: Collection[str]
    members: Mapping[str, str]
    """SIREN → kind of organisation."""


def misfit(party: Party, organisation: OrganisationProjection, perimeter: TerritoryPerimeter) -> str | None:
    """Return the reason why an organisation may not be this party, or None."""
    if party.block not in BLOCKS[party.kind]:
        return f"A party of kind {party.kind} belongs to the block {' or '.join(BLOCKS[party.kind])}: correct `block`."
    if organisation.kind not in ORGANISATIONS[party.kind]:
        return f"{organisation.name} is of kind {organisation.kind}: correct `kind`, {party.kind} does not fit."
    if party.kind == "region" and organisation.region not in perimeter.regions:
        return f"{organisation.name} is not a Region of this territory ({', '.join(perimeter.regions)})."
    if party.kind == "intercommunality" and not _belongs_to(organisation, perimeter):
        return f"{organisation.name} is not a member of this territory today."
    return None


def _belongs_to(organisation: OrganisationProjection, perimeter: TerritoryPerimeter) -> bool:
    """Return True for a member, a larger local body, or an intercommunality of member communes."""
    if organisation.kind == "other" or organisation.siren in perimeter.members:
        return True
    # Where communes are members by themselves, their intercommunality may sign.
    return organisation.kind in ("epci", "ept") and "commune" in perimeter.members.values()


def state_fits(organisation: OrganisationProjection, perimeter: TerritoryPerimeter) -> bool:
    """Return True for a State service of a région of the territory."""
    return organisation.region in perimeter.regions
