"""Conditions of a contract before a Region reviews it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.contract.models import Action, Contract
from services.contract.rules.parties import TerritoryPerimeter, misfit
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
    """One reason why a contract cannot be submitted, with its JSON pointer in the contract."""

    code: str
    sentence: str
    pointer: str | None = None


@dataclass(frozen=True)
class Readiness:
    """Result of the check: the blockers of the submission."""

    blocking: Sequence[Blocker]

    @property
    def ready(self) -> bool:
        """True if nothing blocks the submission."""
        return not self.blocking


@dataclass(frozen=True)
class Surroundings:
    """Facts outside the contract that readiness checks."""

    pilots: Collection[str]
    """Capacities in office: elu, industriel, project_manager."""
    perimeter: TerritoryPerimeter
    organisations: Mapping[str, OrganisationProjection]
    actions: Mapping[str, Action]
    """Attached sheets, by id."""
    closed_on: date | None = None
    """First day on which the territory is out of the programme; None: no such day has come."""


def blockers(contract: Contract, surroundings: Surroundings) -> list[Blocker]:
    """Return all blockers, in the order of the contract. An empty list means ready."""
    return [
        *_territory_closed(surroundings),
        *_pilots_missing(surroundings),
        *_parties_missing(contract, surroundings),
        *_parties_not_fitting(contract, surroundings),
        *_themes_unanswered(contract),
        *_actions_missing(contract, surroundings),
        *_links_unanswered(contract),
    ]


def _territory_closed(surroundings: Surroundings) -> Iterator[Blocker]:
    if surroundings.closed_on:
        yield Blocker(
            "territory-closed", f"The territory was closed on {surroundings.closed_on}: nothing new begins there."
        )


def _pilots_missing(surroundings: Surroundings) -> Iterator[Blocker]:
    """Require one élu and one industriel in office: the pair leads the territory."""
    for capacity in ("elu", "industriel"):
        if capacity not in surroundings.pilots:
            yield Blocker(f"{capacity}-missing", f"No pilot of capacity {capacity} is in office: appoint one.")


def _parties_missing(contract: Contract, surroundings: Surroundings) -> Iterator[Blocker]:
    """Require an intercommunality, a company, the State and each Region among the required parties."""
    required = [party for party in contract.parties if party.required]
    kinds: dict[PartyKind, str] = {
        "intercommunality": "intercommunality",
        "company": "company",
        "state": "State service",
    }
    for kind, name in kinds.items():
        if not any(party.kind == kind for party in required):
            yield Blocker(
                f"{kind}-missing", f"No {name} is among the parties that must sign: add one to `parties`.", "/parties"
            )
    signing = {
        organisation.region
        for party in required
        if party.kind == "region" and (organisation := surroundings.organisations.get(party.organisation))
    }
    for region in contract.regions:
        if region not in signing:
            yield Blocker(
                "region-missing",
                f"Region {region} is not among the parties that must sign: add it to `parties`.",
                "/parties",
            )


def _parties_not_fitting(contract: Contract, surroundings: Surroundings) -> Iterator[Blocker]:
    """Check members again: a member may have left since it was named."""
    for index, party in enumerate(contract.parties):
        organisation = surroundings.organisations.get(party.organisation)
        gone = f"{party.name} is no longer registered: name another organisation."
        reason = misfit(party, organisation, surroundings.perimeter) if organisation else gone
        if reason:
            yield Blocker("party-not-fitting", reason, f"/parties/{index}")


def _themes_unanswered(contract: Contract) -> Iterator[Blocker]:
    for theme, name in THEMES.items():
        if not contract.themes.get(theme):
            yield Blocker("theme-unanswered", f"The theme « {name} » is not answered: answer it.", f"/themes/{theme}")


def _actions_missing(contract: Contract, surroundings: Surroundings) -> Iterator[Blocker]:
    """Require at least one action sheet, and only validated ones."""
    if not contract.actions:
        yield Blocker(
            "action-missing", "No action sheet is attached: attach at least one that is validated.", "/actions"
        )
    for index, action in enumerate(_attached(contract, surroundings)):
        if action.status != "validated":
            sentence = f"The action sheet {action.number} is {action.status}: attach validated sheets only."
            yield Blocker("action-not-validated", sentence, f"/actions/{index}")


def _attached(contract: Contract, surroundings: Surroundings) -> Sequence[Action]:
    return [surroundings.actions[action] for action in contract.actions]


def _links_unanswered(contract: Contract) -> Iterator[Blocker]:
    """Require the list of other schemes. An empty list is an answer."""
    if contract.links is None:
        yield Blocker(
            "links-unanswered", "`links` is not answered: list other schemes, or send an empty list.", "/links"
        )
