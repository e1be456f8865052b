"""Every place where the name of an organisation is shown, and the day whose name it is."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared.events import Event

ASKED: Final = "the day that is asked for, or today"
WRITTEN: Final = "today while it is written; from the submission on, the day of the submission"
FACT: Final = "the day of the fact, which does not change any more"
PUBLICATION: Final = "the day of the publication"
LISTED: Final = "the vintage of the official geography"
DATED: Final = "each with its own days"
OTHER: Final = "no name of an organisation"

ANSWERS: Final = {
    "AliasOut.name": DATED,
    "AxisOut.label": OTHER,
    "BaselineValueOut.label": OTHER,
    "BrandOut.name": DATED,
    "CarrierOut.name": WRITTEN,
    "CircuitPartyOut.name": WRITTEN,
    "CommitteeOut.name": OTHER,
    "CommuneOut.name": LISTED,
    "CoveredPartOut.name": OTHER,
    "CriterionOut.label": OTHER,
    "DepartementOut.name": LISTED,
    "DuplicateBodyOut.name": ASKED,
    "EmploymentZoneOut.name": OTHER,
    "EpciOut.name": LISTED,
    "EptOut.name": LISTED,
    "EventType.name": OTHER,
    "EventTypeDetail.name": OTHER,
    "FacetOut.label": ASKED,
    "FormerNameOut.name": DATED,
    "GovernanceItemOut.label": OTHER,
    "GroupOut.label": OTHER,
    "IndicatorOut.label": OTHER,
    "LateTerritoryOut.name": OTHER,
    "MapCategory.label": OTHER,
    "MapItem.label": OTHER,
    "MapItem.name": OTHER,
    "MatchOut.name": OTHER,
    "MatchOut.named": FACT,
    "MatchSummary.name": OTHER,
    "MatchSummary.named": FACT,
    "MemberOut.name": ASKED,
    "MissingPlaceOut.name": ASKED,
    "OperatorDetail.brands": DATED,
    "OperatorDetail.name": ASKED,
    "OperatorOut.brands": DATED,
    "OperatorOut.name": ASKED,
    "OperatorSummary.brands": DATED,
    "OperatorSummary.name": ASKED,
    "OrganisationOut.aliases": DATED,
    "OrganisationOut.name": ASKED,
    "OrganisationOut.names": DATED,
    "OtherPlaceOut.name": OTHER,
    "PartnerOut.name": WRITTEN,
    "PartyOut.label": OTHER,
    "PartyOut.name": WRITTEN,
    "PerimeterOverlapOut.name": OTHER,
    "PhaseDetail.name": OTHER,
    "PhaseOut.name": OTHER,
    "PilotCounts.named": OTHER,
    "ReferentOut.name": OTHER,
    "RegionOut.name": LISTED,
    "SchemeLinkOut.name": OTHER,
    "SchemeOut.name": OTHER,
    "SchemeOverlapOut.name": OTHER,
    "SchemePerimeterOut.name": OTHER,
    "ServiceOut.name": OTHER,
    "ServiceOut.named": ASKED,
    "StageOut.label": OTHER,
    "TerritoryDetail.name": OTHER,
    "TerritoryIndicatorOut.label": OTHER,
    "TerritoryOut.name": OTHER,
    "TerritoryPartOut.name": ASKED,
    "TerritorySeriesOut.label": OTHER,
    "TransitionOut.name": OTHER,
    "WebLinkOut.label": OTHER,
    "ZoneShareOut.name": OTHER,
}
"""Property of an answer → the day whose name it shows. A new answer has to be listed; so has the reason in its test.

Tests: `test_organisation_changes` and `test_days_api` of territory, `test_succession` of contract and
`test_names_and_successors` of catalog.
"""
EVENTS: Final = {
    "CommitteeChanged.name": OTHER,
    "CommitteeEstablished.name": OTHER,
    "FormerNameState.name": DATED,
    "IndicatorPublished.label": OTHER,
    "MemberState.name": PUBLICATION,
    "OrganisationRegistered.aliases": DATED,
    "OrganisationRegistered.name": PUBLICATION,
    "OrganisationRegistered.names": DATED,
    "PerimeterChanged.name": OTHER,
    "ServicePublished.name": OTHER,
    "ServiceWithdrawn.name": OTHER,
    "TerritoryDesignated.name": OTHER,
}
WORDS: Final = ("name", "named", "names", "label", "aliases", "brands")


def naming(schemas: Mapping[str, Any]) -> Iterator[str]:
    """Yield the properties that are called a name."""
    for name, schema in schemas.items():
        yield from (f"{name}.{word}" for word in WORDS if word in schema.get("properties", {}))


def answered(api: Mapping[str, Any]) -> set[str]:
    """Return the schemas that stand in answers."""
    found: set[str] = set()
    waiting: list[Any] = [each["responses"] for item in api["paths"].values() for each in item.values()]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
            place = part.get("$ref", "")
            if isinstance(place, str) and place.startswith("#/components/"):
                _, _, kind, name = place.split("/", 3)
                if f"{kind}/{name}" not in found:
                    found.add(f"{kind}/{name}")
                    waiting.append(api["components"][kind][name])
    return {name.removeprefix("schemas/") for name in found if name.startswith("schemas/")}


def test_each_answer_that_shows_a_name_says_of_which_day_it_is(api: Mapping[str, Any]) -> None:
    schemas = {name: api["components"]["schemas"][name] for name in answered(api)}

    assert sorted(naming(schemas)) == sorted(ANSWERS)


def test_each_name_of_an_organisation_with_a_day_says_so_in_its_description(api: Mapping[str, Any]) -> None:
    silent = []
    for place, day in ANSWERS.items():
        name, _, word = place.partition(".")
        described = api["components"]["schemas"][name]["properties"][word]
        if day in (ASKED, WRITTEN, FACT) and not described.get("description"):
            silent.append(place)

    assert silent == []


def test_each_event_that_shows_a_name_says_of_which_day_it_is() -> None:
    found: set[str] = set()
    for event in Event.catalogue.values():
        schema = event.model_json_schema()
        found |= set(naming({event.__name__: schema, **schema.get("$defs", {})}))

    assert sorted(found) == sorted(EVENTS)
