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
"""Kind of party → blocks: the territory « d'une part », public « d'autre part », economic partners « ainsi que »."""

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
class Place:
    """Facts of a territory that decide on parties: Regions, and current members (SIREN to kind)."""

    regions: Collection[str]
    members: Mapping[str, str]


def misfit(party: Party, organisation: OrganisationProjection, place: Place) -> str | None:
    """Why an organisation may not be this party of this territory's contract, in a sentence; None if it may."""
    if party.block not in BLOCKS[party.kind]:
        return f"A party of kind {party.kind} stands in the block {' or '.join(BLOCKS[party.kind])}."
    if organisation.kind not in ORGANISATIONS[party.kind]:
        return f"{organisation.name} is registered as {organisation.kind}: it does not fit the kind {party.kind}."
    if party.kind == "region" and organisation.region not in place.regions:
        return f"{organisation.name} is not a Region of this territory ({', '.join(place.regions)})."
    if party.kind == "intercommunality" and not _is_of(organisation, place):
        return f"{organisation.name} is not a member of this territory today."
    return None


def _is_of(organisation: OrganisationProjection, place: Place) -> bool:
    """A member; a larger local body; or, where communes are members by themselves, an intercommunality of theirs."""
    if organisation.kind == "other" or organisation.siren in place.members:
        return True
    return organisation.kind in ("epci", "ept") and "commune" in place.members.values()
