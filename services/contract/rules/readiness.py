"""Conditions of a contract before its review, and of a protocol before its signatures."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.contract.models import Action, Comment, Contract, Party
from services.contract.rules.amendments import blockers as amendment_blockers
from services.contract.rules.amendments import live_texts, retained_before
from services.contract.rules.circuits import Group, groups, name_of
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
    amended: Contract | None = None
    """Contract that an amendment amends."""
    base: Contract | None = None
    """Text that an amendment amends: of the contract, or of the last amendment that was signed."""
    today: date | None = None
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
        *parties_missing(contract, groups(contract), surroundings),
        *_circuit_missing(contract),
        *_carriers_missing(contract),
        *_parties_not_fitting(contract, surroundings),
    ]
    if contract.kind == "protocol":
        # It states first orientations: what it says of themes, means and sheets may come with the contract.
        return [*found, *sheets_not_fitting(contract, surroundings.actions)]
    return [
        *found,
        *project_missing(contract),
        *themes_unanswered(contract),
        *priorities_missing(contract),
        *commitments_missing(contract),
        *_plan_missing(contract),
        *sheets_not_fitting(contract, surroundings.actions),
        *_sheets_not_validated(contract, surroundings),
        *_sheets_elsewhere(contract, surroundings),
        *links_unanswered(contract),
        *_amendment_not_fitting(contract, surroundings),
        *unanswered(contract, surroundings.comments),
    ]


def _amendment_not_fitting(contract: Contract, surroundings: Surroundings) -> Iterator[Blocker]:
    if surroundings.amended and surroundings.base and surroundings.today:
        yield from amendment_blockers(contract, surroundings.amended, surroundings.base, today=surroundings.today)


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


def parties_missing(contract: Contract, circuit: Sequence[Group], surroundings: Surroundings) -> list[Blocker]:
    """Return what lacks among the parties that must sign: an intercommunality, a company, the State, each Region."""
    return [*_kinds_missing(circuit, surroundings), *_regions_missing(contract, circuit, surroundings)]


def _kinds_missing(circuit: Sequence[Group], surroundings: Surroundings) -> Iterator[Blocker]:
    for kind, name in NEEDED.items():
        if _can_do_without(circuit, _standing_for(kind, surroundings)):
            place = f" of the régions {', '.join(surroundings.perimeter.regions)}" if kind == "state" else ""
            yield Blocker(
                f"{kind}-missing",
                f"No {name}{place} is among the parties that must sign: add one to `parties`, or make one `required`.",
                "/parties",
            )


def _regions_missing(contract: Contract, circuit: Sequence[Group], surroundings: Surroundings) -> Iterator[Blocker]:
    for region in contract.regions:
        if _can_do_without(circuit, _of_region(region, surroundings)):
            yield Blocker(
                "region-missing",
                f"Region {region} is not among the parties that must sign: add it to `parties`, or make it `required`.",
                "/parties",
            )


def _standing_for(kind: PartyKind, surroundings: Surroundings) -> Callable[[Party], bool]:
    """Return the condition of the parties that stand for a kind. The State signs by a service of the place."""

    def stands(party: Party) -> bool:
        organisation = surroundings.organisations.get(party.organisation)
        fits = kind != "state" or (organisation is not None and state_fits(organisation, surroundings.perimeter))
        return party.kind == kind and fits

    return stands


def _of_region(region: str, surroundings: Surroundings) -> Callable[[Party], bool]:
    """Return the condition of the parties that are a Region."""

    def is_region(party: Party) -> bool:
        organisation = surroundings.organisations.get(party.organisation)
        return party.kind == "region" and organisation is not None and organisation.region == region

    return is_region


def _can_do_without(circuit: Sequence[Group], avoided: Callable[[Party], bool]) -> bool:
    """Return True if a contract may be signed without a signature of these parties."""
    return all(group.can_do_without(avoided) for group in circuit)


def _circuit_missing(contract: Contract) -> Iterator[Blocker]:
    """Require each party in a group; a text may have changed since its circuit was written."""
    circuit = groups(contract)
    placed = {party.id for group in circuit for party in group.parties}
    for index, party in enumerate(contract.parties):
        if party.id not in placed:
            yield Blocker(
                "party-outside-circuit",
                f"{party.name} is in no group of the signing circuit: add it with `PUT …/circuit`.",
                f"/parties/{index}",
            )
    for index, group in enumerate(circuit if contract.circuit else ()):
        if not group.parties:
            yield Blocker(
                "circuit-group-empty", f"The {name_of(group, index)} has no party left: write the circuit anew."
            )
        elif (group.quorum or 0) > len(group.parties):
            yield Blocker(
                "circuit-quorum-too-high",
                f"The {name_of(group, index)} has {len(group.parties)} parties and needs {group.quorum} signatures: "
                "write the circuit anew.",
            )


def _of_kind(kind: PartyKind) -> Callable[[Party], bool]:
    return lambda party: party.kind == kind


def _carriers_missing(contract: Contract) -> Iterator[Blocker]:
    """Require a carrier (porteur) among the intercommunalities, and one among the companies."""
    for kind, name in CARRYING.items():
        signing = [
            party
            for group in groups(contract)
            for party in group.parties
            if party.kind == kind and (party.required or not group.can_do_without(_of_kind(kind)))
        ]
        if signing and not any(party.role == "carrier" for party in signing):
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


def sheets_not_fitting(
    contract: Contract, sheets: Mapping[str, Action], *, with_refused: bool = True
) -> Iterator[Blocker]:
    """Look at each sheet again: it may have been deleted, or have left the plan of the territory."""
    for index, entry in enumerate(contract.plan):
        sheet = sheets.get(entry["action_id"])
        pointer = f"/plan/{index}/action_id"
        if entry["state"] == "refused" and not with_refused:
            continue
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
    """Require validated sheets among the retained ones, but for those that the amended text retains already."""
    known = retained_before(surroundings.base)
    for index, entry in enumerate(contract.plan):
        sheet = surroundings.actions.get(entry["action_id"])
        if entry["state"] != "retained" or sheet is None or entry["action_id"] in known:
            continue
        if sheet.status != "validated":
            sentence = f"The action sheet {sheet.number} is {sheet.status}: retain validated sheets only."
            yield Blocker("action-not-validated", sentence, f"/plan/{index}")


def _sheets_elsewhere(contract: Contract, surroundings: Surroundings) -> Iterator[Blocker]:
    """Require that a sheet stands in one contract of the territory, but for the one that is replaced."""
    own = (contract.id, contract.amends, contract.replaces)
    holders = [(owner, text) for owner, text in live_texts(surroundings.others) if owner.id not in own]
    for index, entry in enumerate(contract.plan):
        if entry["state"] != "retained":
            continue
        for other, text in holders:
            if entry["action_id"] in text.actions:
                yield Blocker(
                    "action-in-other-contract",
                    f"Contract {other.number} has this action sheet: leave it out, or replace that contract.",
                    f"/plan/{index}/action_id",
                )
