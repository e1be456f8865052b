"""Conditions of a contract before a Region reviews it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.contract.models import Action, Contract
from services.contract.rules.parties import Place, misfit
from shared.events.contract import PartyKind
from shared.projections import OrganisationProjection

THEMES: Final = {
    "ambitions": "ambitions of industrial development or redevelopment",
    "attractiveness": "attractiveness of industrial jobs and of the place",
    "skills": "skills, employment and training offer",
    "animation": "economic animation",
    "simplification": "wishes for experimentation and simplification of rules",
}
"""The five themes that the State asks every contract to answer."""


@dataclass(frozen=True)
class Blocker:
    """One thing that keeps a contract from its review, and where in the contract."""

    code: str
    sentence: str
    pointer: str | None = None


@dataclass(frozen=True)
class Readiness:
    """Result: may the contract be submitted, and what does it lack."""

    blocking: Sequence[Blocker]

    @property
    def ready(self) -> bool:
        """It lacks nothing."""
        return not self.blocking


@dataclass(frozen=True)
class Surroundings:
    """Facts outside the contract that readiness checks."""

    pilots: Collection[str]
    """The capacities in office: elu, industriel, project_manager."""
    place: Place
    organisations: Mapping[str, OrganisationProjection]
    actions: Mapping[str, Action]
    """The attached sheets, by id."""


def blockers(contract: Contract, around: Surroundings) -> list[Blocker]:
    """Everything that is missing, in the order of the contract; an empty list means ready."""
    return [
        *_pilots_missing(around),
        *_parties_missing(contract, around),
        *_parties_not_fitting(contract, around),
        *_themes_unanswered(contract),
        *_actions_missing(contract, around),
        *_links_unanswered(contract),
    ]


def _pilots_missing(around: Surroundings) -> Iterator[Blocker]:
    """The pair leads the territory: one élu and one industriel, in office."""
    for capacity in ("elu", "industriel"):
        if capacity not in around.pilots:
            yield Blocker(f"{capacity}-missing", f"No pilot of capacity {capacity} is in office: appoint one.")


def _parties_missing(contract: Contract, around: Surroundings) -> Iterator[Blocker]:
    """An intercommunality, an industrial company, the State and each Region are among those who must sign."""
    required = [party for party in contract.parties if party.required]
    kinds: dict[PartyKind, str] = {
        "intercommunality": "intercommunality",
        "company": "company",
        "state": "State service",
    }
    for kind, name in kinds.items():
        if not any(party.kind == kind for party in required):
            yield Blocker(f"{kind}-missing", f"No {name} is among the parties that must sign.", "/parties")
    signing = {
        organisation.region
        for party in required
        if party.kind == "region" and (organisation := around.organisations.get(party.organisation))
    }
    for region in contract.regions:
        if region not in signing:
            yield Blocker("region-missing", f"Region {region} is not among the parties that must sign.", "/parties")


def _parties_not_fitting(contract: Contract, around: Surroundings) -> Iterator[Blocker]:
    """Check members again: a member may have left since it was named."""
    for index, party in enumerate(contract.parties):
        organisation = around.organisations.get(party.organisation)
        why = misfit(party, organisation, around.place) if organisation else f"{party.name} is no longer registered."
        if why:
            yield Blocker("party-not-fitting", why, f"/parties/{index}")


def _themes_unanswered(contract: Contract) -> Iterator[Blocker]:
    for theme, name in THEMES.items():
        if not contract.themes.get(theme):
            yield Blocker("theme-unanswered", f"The theme « {name} » is not answered.", f"/themes/{theme}")


def _actions_missing(contract: Contract, around: Surroundings) -> Iterator[Blocker]:
    """At least one action sheet, and none that the Region has not validated."""
    if not contract.actions:
        yield Blocker(
            "action-missing", "No action sheet is attached: attach at least one that is validated.", "/actions"
        )
    for index, action in enumerate(_attached(contract, around)):
        if action.status != "validated":
            sentence = f"The action sheet {action.number} is {action.status}: only validated ones enter a contract."
            yield Blocker("action-not-validated", sentence, f"/actions/{index}")


def _attached(contract: Contract, around: Surroundings) -> Sequence[Action]:
    return [around.actions[action] for action in contract.actions]


def _links_unanswered(contract: Contract) -> Iterator[Blocker]:
    """The contract is articulated with the others of its place; none of them is an answer too."""
    if contract.links is None:
        yield Blocker("links-unanswered", "Say which other schemes it is linked to; an empty list says none.", "/links")
