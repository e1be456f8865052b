"""Rules of overlaps: what other schemes cover of a territory, and sheets that stand in two places at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.contract.errors.overlaps import SchemeNotKnown
from services.contract.models import Action, Contract
from services.contract.rules.amendments import UNDER_WAY, consolidated
from shared.problem import FieldError
from shared.security.access import AccessScope

DIGITS: Final = 6
"""Digits of a share after the point: one inhabitant of a large territory still shows."""
CLOSED: Final = ("ended", "cancelled")
"""States of contracts in which a sheet counts no longer."""


@dataclass(frozen=True)
class PublishedCommune:
    """Commune with the perimeters that cover it, each as scheme/code."""

    population: int
    perimeters: Sequence[str]


@dataclass(frozen=True)
class CoveredPart:
    """Part of a territory that a scheme covers, or one of its perimeters."""

    scheme: str
    perimeter: str | None
    name: str | None
    commune_count: int
    population: int
    commune_share: float | None
    population_share: float | None
    is_linked: bool
    """True if the contract names the scheme, or the perimeter."""


@dataclass(frozen=True)
class OtherPlace:
    """Scheme or contract in which a sheet also stands."""

    kind: str
    name: str
    reason: str
    """Reason why the cost of the sheet could be counted twice, in words."""
    scheme: str | None = None
    perimeter: str | None = None
    contract_id: UUID | None = None


@dataclass(frozen=True)
class ReadableSheet:
    """Sheet of a contract, as far as the reader may read it."""

    action_id: UUID
    title: str
    cost_cents: int | None
    """Total cost; None if it is not known, or not for the reader."""


@dataclass(frozen=True)
class SharedSheet(ReadableSheet):
    """Sheet of the plan that also stands elsewhere: its money could be counted twice."""

    places: list[OtherPlace]


@dataclass(frozen=True)
class Overlaps:
    """Overlaps of a contract with other schemes and contracts."""

    contract_id: UUID
    territory: str
    commune_count: int
    population: int
    schemes: list[CoveredPart]
    perimeters: list[CoveredPart]
    sheets: list[SharedSheet]

    @property
    def counted_twice_cents(self) -> int:
        """Sum of the known costs of the shared sheets."""
        return sum(sheet.cost_cents or 0 for sheet in self.sheets)


def require_schemes(links: Sequence[Mapping[str, Any]], perimeters: Mapping[str, Collection[str]]) -> None:
    """Refuse schemes and perimeters that the registry does not know. `perimeters` are those of each scheme."""
    wrong = []
    for index, link in enumerate(links):
        scheme, perimeter = link.get("scheme"), link.get("perimeter")
        if scheme is not None and scheme not in perimeters:
            wrong.append((f"/links/{index}/scheme", f"{scheme} is no scheme of the registry"))
        elif perimeter is not None and perimeter not in perimeters.get(scheme or "", ()):
            wrong.append((f"/links/{index}/perimeter", f"{perimeter} is no perimeter of `scheme`"))
    if wrong:
        raise SchemeNotKnown(
            f"{wrong[0][1][:300]}: GET /v1/schemes and /v1/schemes/{{scheme}}/perimeters list the codes.",
            errors=[FieldError(pointer=pointer, detail=detail[:300]) for pointer, detail in wrong],
        )


def covered_parts(
    communes: Iterable[PublishedCommune],
    names: Mapping[tuple[str, str], str],
    links: Sequence[Mapping[str, Any]],
) -> tuple[int, int, list[CoveredPart]]:
    """Return number and population of communes, and the part that each scheme and each perimeter covers of them.

    `names` are those of perimeters, by scheme and code.
    """
    count, population = 0, 0
    sums: dict[tuple[str, str | None], list[int]] = defaultdict(lambda: [0, 0])
    for commune in communes:
        count += 1
        population += commune.population
        covering = {(scheme, code) for scheme, _, code in (each.partition("/") for each in commune.perimeters)}
        for part in {*covering, *((scheme, None) for scheme, _ in covering)}:
            sums[part][0] += 1
            sums[part][1] += commune.population
    linked = {(link.get("scheme"), link.get("perimeter")) for link in links}
    schemes = {scheme for scheme, _ in linked}
    parts = [
        CoveredPart(
            scheme=scheme,
            perimeter=perimeter,
            name=names.get((scheme, perimeter)) or None if perimeter else None,
            commune_count=covered,
            population=people,
            commune_share=_share(covered, count),
            population_share=_share(people, population),
            is_linked=(scheme, perimeter) in linked if perimeter else scheme in schemes,
        )
        for (scheme, perimeter), (covered, people) in sums.items()
    ]
    return count, population, sorted(parts, key=lambda part: (-part.population, part.scheme, part.perimeter or ""))


def readable_sheets(
    sheets: Iterable[Action], signed: Mapping[str, Any] | None, access_scope: AccessScope
) -> Iterator[ReadableSheet]:
    """Yield the sheets of a contract as a reader of it may read them.

    `signed` is the signed content of the contract. Before the signature, its readers read its sheets with it.
    """
    frozen = {sheet["action_id"]: sheet for sheet in signed["actions"]} if signed else {}
    for sheet in sheets:
        sheet.show_to(access_scope)
        # A stranger reads what was signed, not what became of the sheet since.
        if signed is None or access_scope.sees(sheet.stakeholders):
            yield ReadableSheet(sheet.id, sheet.title, None if "cost_cents" in sheet.withheld else sheet.cost_cents)
        elif (known := frozen.get(str(sheet.id))) is not None:
            yield ReadableSheet(sheet.id, known["title"], known.get("cost_cents"))


def shared_sheets(
    text: Contract, sheets: Iterable[ReadableSheet], documents: Sequence[Contract]
) -> Iterator[SharedSheet]:
    """Yield the sheets of a text that its links or other contracts name too, in the order of its plan.

    `documents` are the contracts, protocols and amendments that the reader may see.
    """
    places: dict[str, list[OtherPlace]] = defaultdict(list)
    for link in text.links or ():
        reason = f"A link says that {link['name']} has this sheet too: a report on it and one on this {text.kind}"
        for key in link.get("actions", ()):
            places[key].append(
                OtherPlace(
                    link["kind"], link["name"], f"{reason} count its cost.", link.get("scheme"), link.get("perimeter")
                )
            )
    for other, actions in _others(text, documents):
        reason = f"The plan of {other.kind} {other.number} has this sheet too: a report on each counts its cost."
        for key in actions:
            places[key].append(OtherPlace(other.kind, other.title, reason, contract_id=other.id))
    for sheet in sheets:
        if elsewhere := places.get(str(sheet.action_id)):
            yield SharedSheet(sheet.action_id, sheet.title, sheet.cost_cents, elsewhere)


def _others(text: Contract, documents: Sequence[Contract]) -> Iterator[tuple[Contract, Collection[str]]]:
    """Yield the other contracts and protocols with their sheets: of the text in force, and of an amendment to come."""
    own = text.amends or text.id
    for other in documents:
        # Of a contract and the one that replaces it, only one is in force.
        is_replacement = other.id == text.replaces or other.replaces == own
        if other.kind == "amendment" or other.id == own or other.status in CLOSED or is_replacement:
            continue
        to_come = [each for each in documents if each.amends == other.id and each.status in UNDER_WAY]
        yield other, {action for each in (consolidated(other, documents), *to_come) for action in each.actions}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, DIGITS) if whole else None
