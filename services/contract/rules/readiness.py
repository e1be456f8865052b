"""Conditions of a contract before its review, and of a protocol before its signatures."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.contract.models import Action, Comment, Contract, Party
from services.contract.rules.comments import unanswered
from services.contract.rules.completeness import (
    Blocker,
    commitments_missing,
    links_unanswered,
    priorities_missing,
    project_missing,
    themes_unanswered,
)
from services.contract.rules.parties import TerritoryPerimeter, misfit, state_fits
from services.contract.rules.periods import last_day, overlapping
from shared.events.contract import PartyKind
from shared.projections import OrganisationProjection

FREED: Final = ("cancelled", "ended")
"""States of a contract whose sheets may stand in another one."""
NEEDED: Final[Mapping[PartyKind, str]] = {
    "intercommunality": "intercommunality",
    "company": "company",
    "state": "State service",
}
"""Kinds of which one party must sign, in words."""
CARRYING: Final[Mapping[PartyKind, str]] = {"intercommunality": "intercommunality", "company": "company"}
"""Kinds of which one party is a carrier (porteur), in words."""


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
    """Sheets of the plan that still exist, by id."""
    others: Sequence[Contract] = ()
    """Other contracts and protocols of the territory."""
    comments: Sequence[Comment] = ()
    """Comments on the contract that are not resolved."""
    closed_on: date | None = None
    """First day on which the territory is out of the programme; None: no such day has come."""


def blockers(contract: Contract, surroundings: Surroundings) -> list[Blocker]:
    """Return all blockers, in the order of the text. An empty list means ready."""
    found = [
        *_territory_closed(surroundings),
        *_pilots_missing(surroundings),
        *_same_days(contract, surroundings),
        *_parties_missing(contract, surroundings),
        *_carriers_missing(contract),
        *_parties_not_fitting(contract, surroundings),
    ]
    if contract.kind == "protocol":
        # It states first orientations: what it says of themes, means and sheets may come with the contract.
        return [*found, *_sheets_not_fitting(contract, surroundings)]
    return [
        *found,
        *project_missing(contract),
        *themes_unanswered(contract),
        *priorities_missing(contract),
        *commitments_missing(contract),
        *_plan_missing(contract),
        *_sheets_not_fitting(contract, surroundings),
        *_sheets_not_validated(contract, surroundings),
        *_sheets_elsewhere(contract, surroundings),
        *links_unanswered(contract),
        *unanswered(contract, surroundings.comments),
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


def _same_days(contract: Contract, surroundings: Surroundings) -> Iterator[Blocker]:
    """Require a relation to each other contract of the same days."""
    for other in overlapping(contract, surroundings.others):
        yield Blocker(
            "contract-overlaps",
            f"Contract {other.number} covers days until {last_day(other)}: name it in `replaces` or `complements`.",
            "/starts_on",
        )


def _parties_missing(contract: Contract, surroundings: Surroundings) -> Iterator[Blocker]:
    """Require an intercommunality, a company, the State and each Region among the required parties."""
    required = [party for party in contract.parties if party.required]
    for kind, name in NEEDED.items():
        if not any(party.kind == kind and _counts(party, surroundings) for party in required):
            place = f" of the régions {', '.join(surroundings.perimeter.regions)}" if kind == "state" else ""
            yield Blocker(
                f"{kind}-missing",
                f"No {name}{place} is among the parties that must sign: add one to `parties`.",
                "/parties",
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


def _counts(party: Party, surroundings: Surroundings) -> bool:
    """Return True for a party that stands for its kind. The State signs by a service of the place."""
    organisation = surroundings.organisations.get(party.organisation)
    return party.kind != "state" or (organisation is not None and state_fits(organisation, surroundings.perimeter))


def _carriers_missing(contract: Contract) -> Iterator[Blocker]:
    """Require a carrier (porteur) among the intercommunalities, and one among the companies."""
    for kind, name in CARRYING.items():
        required = [party for party in contract.parties if party.kind == kind and party.required]
        if required and not any(party.role == "carrier" for party in required):
            yield Blocker(
                f"{kind}-carrier-missing",
                f"No {name} among the parties that must sign is a carrier: give one the role `carrier`.",
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


def _plan_missing(contract: Contract) -> Iterator[Blocker]:
    """Require at least one retained sheet, and a choice on each proposed one."""
    if not any(entry["state"] == "retained" for entry in contract.plan):
        yield Blocker("action-missing", "No action sheet is retained: retain at least one that is validated.", "/plan")
    for index, entry in enumerate(contract.plan):
        if entry["state"] == "proposed":
            yield Blocker(
                "action-undecided",
                "An action sheet is only proposed: make it `retained`, or `refused` with its reason.",
                f"/plan/{index}/state",
            )


def _sheets_not_fitting(contract: Contract, surroundings: Surroundings) -> Iterator[Blocker]:
    """Look at each sheet again: it may have been deleted, or have left the plan of the territory."""
    for index, entry in enumerate(contract.plan):
        sheet = surroundings.actions.get(entry["action_id"])
        pointer = f"/plan/{index}/action_id"
        if sheet is None:
            yield Blocker(
                "action-deleted", f"The action sheet {entry['action_id']} was deleted: take it out of `plan`.", pointer
            )
        elif contract.territory not in sheet.territories:
            yield Blocker(
                "action-moved",
                f"The action sheet {sheet.number} has left the plan of {contract.territory}: take it out of `plan`.",
                pointer,
            )


def _sheets_not_validated(contract: Contract, surroundings: Surroundings) -> Iterator[Blocker]:
    """Require validated sheets among the retained ones."""
    for index, entry in enumerate(contract.plan):
        sheet = surroundings.actions.get(entry["action_id"])
        if entry["state"] == "retained" and sheet is not None and sheet.status != "validated":
            sentence = f"The action sheet {sheet.number} is {sheet.status}: retain validated sheets only."
            yield Blocker("action-not-validated", sentence, f"/plan/{index}")


def _sheets_elsewhere(contract: Contract, surroundings: Surroundings) -> Iterator[Blocker]:
    """Require that a sheet stands in one contract of the territory, but for the one that is replaced."""
    holders = [
        other
        for other in surroundings.others
        if other.kind == "contract"
        and other.status not in (*FREED, "draft")
        and other.id not in (contract.id, contract.replaces)
    ]
    for index, entry in enumerate(contract.plan):
        if entry["state"] != "retained":
            continue
        for other in holders:
            if entry["action_id"] in other.actions:
                yield Blocker(
                    "action-in-other-contract",
                    f"Contract {other.number} has this action sheet: leave it out, or replace that contract.",
                    f"/plan/{index}/action_id",
                )
