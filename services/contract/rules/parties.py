"""Rules of parties: kinds, blocks, required deliberations."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from services import OFFICIAL_BODIES
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
    """Place and current members of a territory, as the rules of parties need them."""

    regions: Collection[str]
    members: Mapping[str, str]
    """SIREN → kind of organisation."""
    departements: Collection[str] = ()
    """Empty: not known."""
    successors: Mapping[str, str] = field(default_factory=dict)
    """EPCI, EPT or commune that has ended → the body that took it over."""

    @property
    def counted(self) -> set[str]:
        """SIRENs of the bodies whose communes count: the members, and what they have taken over."""
        ended = {siren for siren in self.successors if not _heirs(siren, self.successors).isdisjoint(self.members)}
        return {*self.members, *ended}


def misfit(party: Party, organisation: OrganisationProjection, perimeter: TerritoryPerimeter) -> str | None:
    """Return the reason why an organisation may not be this party, or None. An unknown place is no reason."""
    if party.block not in BLOCKS[party.kind]:
        return f"A party of kind {party.kind} belongs to the block {' or '.join(BLOCKS[party.kind])}: correct `block`."
    if organisation.kind not in ORGANISATIONS[party.kind]:
        return f"{organisation.name} is of kind {organisation.kind}: correct `kind`, {party.kind} does not fit."
    return _place_misfit(party.kind, organisation, perimeter)


def state_fits(organisation: OrganisationProjection, perimeter: TerritoryPerimeter) -> bool:
    """Return True for a State service of a région of the territory. A central one is of no région."""
    is_regional = organisation.kind == "state" and organisation.region is not None
    return is_regional and _apart(organisation, perimeter) is None


def _place_misfit(kind: PartyKind, organisation: OrganisationProjection, perimeter: TerritoryPerimeter) -> str | None:
    """Return the reason why the place of an organisation does not fit a kind of party, or None."""
    apart = _apart(organisation, perimeter)
    match kind:
        case "region" if organisation.region not in perimeter.regions:
            return f"{organisation.name} is not a Region of this territory ({', '.join(perimeter.regions)})."
        case "state" if apart:
            return f"{organisation.name} {apart}: name a State service that acts there, or a central one."
        case "departement" if apart:
            return f"{organisation.name} {apart}: name a département of the territory."
        case "commune":
            return _commune_misfit(organisation, perimeter)
        case "intercommunality":
            return _intercommunality_misfit(organisation, perimeter)
    return None


def _apart(organisation: OrganisationProjection, perimeter: TerritoryPerimeter) -> str | None:
    """Return where a body is and where the territory lies, if these differ. An unknown place never does."""
    if organisation.region is not None and organisation.region not in perimeter.regions:
        return f"is of région {organisation.region}, and the territory lies in région {', '.join(perimeter.regions)}"
    its_own, of_territory = organisation.departements, perimeter.departements
    if its_own and of_territory and set(its_own).isdisjoint(of_territory):
        return f"is of département {', '.join(its_own)}, and the territory lies in {', '.join(of_territory)}"
    return None


def _commune_misfit(organisation: OrganisationProjection, perimeter: TerritoryPerimeter) -> str | None:
    """Refuse a commune that is neither a member nor lies in a member."""
    if organisation.siren in perimeter.members:
        return None
    holders = _holders(organisation.siren, perimeter.successors)
    # A commune that is younger than the official geography, and took over none of it, has only its région.
    is_apart = _apart(organisation, perimeter) is not None
    if is_apart if holders is None else holders.isdisjoint(perimeter.members):
        return f"{organisation.name} is not a commune of this territory today: name a member, or a commune of a member."
    return None


def _intercommunality_misfit(organisation: OrganisationProjection, perimeter: TerritoryPerimeter) -> str | None:
    """Refuse an intercommunality that neither is a member nor contains one, and a larger body of another région."""
    if organisation.siren in perimeter.members:
        return None
    if organisation.kind == "other":
        apart = _apart(organisation, perimeter)
        return f"{organisation.name} {apart}: name a local body of its régions." if apart else None
    # Where communes are members by themselves, their intercommunality may sign.
    communes = (siren for siren, kind in perimeter.members.items() if kind == "commune")
    if any(organisation.siren in (_holders(siren, perimeter.successors) or ()) for siren in communes):
        return None
    return (
        f"{organisation.name} is not a member of this territory today, and no member lies in it: name an "
        "intercommunality that is a member or contains one."
    )


def _holders(commune: str, successors: Mapping[str, str]) -> set[str] | None:
    """Return the EPCI and the EPT of a commune, and those that took them over. None: its place is not known."""
    former = {siren for siren in successors if commune in _heirs(siren, successors)}
    places = [place for siren in {commune, *former} if (place := OFFICIAL_BODIES.find(siren))]
    listed = {siren for place in places for siren in (place.epci, place.ept) if siren}
    return listed.union(*(_heirs(siren, successors) for siren in listed)) if places else None


def _heirs(siren: str, successors: Mapping[str, str]) -> set[str]:
    """Return the body that took over another, the one that took over this one, and so on."""
    found: set[str] = set()
    # Corrections of the register may name two bodies as each other's successors for a moment.
    while (heir := successors.get(siren)) is not None and heir not in found:
        found.add(heir)
        siren = heir
    return found
