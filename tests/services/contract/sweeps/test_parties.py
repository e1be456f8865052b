"""Every real territory of both phases: bodies of its own place fit as parties, and those of elsewhere do not."""

from collections import defaultdict
from functools import cache
from typing import Any, Final

import pytest

from services import OFFICIAL_BODIES
from services.contract.models import KnownOrganisation, Party
from services.contract.rules.parties import BLOCKS, TerritoryPerimeter, misfit, state_fits
from services.territory.reference import SHIPPED
from shared.events.contract import PartyKind
from tests.services.contract.places import organisation

TERRITORIES: Final = {row["key"]: row for row in SHIPPED.territories()}
COLLECTIVITES: Final = ("region", "collectivite")


@cache
def communes() -> dict[str, list[dict[str, Any]]]:
    """Return the communes of each EPCI, EPT and commune."""
    inside = defaultdict(list)
    for row in SHIPPED.communes():
        for holder in (row["siren"], row["epci_siren"], row["ept_siren"]):
            inside[holder].append(row)
    return inside


@cache
def registered() -> list[KnownOrganisation]:
    """Return the bodies of the register that lie somewhere: of the State, Regions, départements, collectivités."""
    bodies = []
    for row in SHIPPED.organisations():
        if row["kind"] in ("state", "departement", *COLLECTIVITES):
            body = organisation(row["siren"], row["name"], row["kind"], row["region_code"])
            body.departements = row["departement_codes"]
            bodies.append(body)
    return bodies


def official(siren: str) -> KnownOrganisation:
    """Return a body of the official geography."""
    body = OFFICIAL_BODIES.find(siren)
    assert body is not None
    return organisation(body.siren, body.name, body.kind, body.region)


def perimeter_of(key: str) -> TerritoryPerimeter:
    """Return where a territory lies: in the régions and départements of the communes of its members."""
    members = {siren: official(siren).kind for siren in TERRITORIES[key]["members"]}
    inside = [commune for siren in members for commune in communes()[siren]]
    return TerritoryPerimeter(
        sorted({commune["region_code"] for commune in inside}),
        members,
        sorted({commune["departement_code"] for commune in inside}),
    )


def fits(kind: PartyKind, body: KnownOrganisation, perimeter: TerritoryPerimeter) -> bool:
    """Return True if a body may be a party of a kind."""
    return misfit(Party(kind=kind, block=BLOCKS[kind][0]), body, perimeter) is None


FAR: Final[tuple[tuple[PartyKind, str], ...]] = (
    ("intercommunality", "200067932"),
    ("intercommunality", "200046977"),
    ("commune", "213502388"),
    ("commune", "216901231"),
)
"""Bodies of two régions: Vannes, Lyon, Rennes, Lyon."""
WITHOUT_COUNCIL: Final = {"75"}
"""Départements whose council is not in the register: Paris is a commune."""
pytestmark = pytest.mark.parametrize("phase", ["2018", "2023"])


@cache
def perimeters(phase: str) -> dict[str, TerritoryPerimeter]:
    """Return the perimeter of each territory of a phase."""
    return {key: perimeter_of(key) for key in TERRITORIES if key.startswith(phase)}


def test_the_members_their_communes_and_the_intercommunality_of_a_member_commune_fit(phase: str) -> None:
    for place in perimeters(phase).values():
        for siren, kind in place.members.items():
            commune = communes()[siren][0]
            holders = [commune[column] for column in ("epci_siren", "ept_siren") if commune[column]]

            assert fits("commune" if kind == "commune" else "intercommunality", official(siren), place)
            assert fits("commune", official(commune["siren"]), place)
            assert kind != "commune" or all(
                fits("intercommunality", official(holder), place) for holder in holders if siren == commune["siren"]
            )


def test_the_communes_and_intercommunalities_of_a_far_region_do_not_fit(phase: str) -> None:
    for place in perimeters(phase).values():
        far = [(kind, body) for kind, siren in FAR if (body := official(siren)).region not in place.regions]

        assert far
        assert not any(fits(kind, body, place) for kind, body in far)


def test_the_regions_of_a_territory_fit_and_no_others(phase: str) -> None:
    regions = [body for body in registered() if body.kind in COLLECTIVITES]
    for key, place in perimeters(phase).items():
        accepted = {body.region for body in regions if fits("region", body, place)}

        assert accepted == set(place.regions), key


def test_the_departements_of_a_territory_fit_and_no_others(phase: str) -> None:
    for key, place in perimeters(phase).items():
        accepted = [body for body in registered() if fits("departement", body, place)]
        # A collectivité with the tasks of a département is one for its whole région.
        codes = {code for body in accepted for code in body.departements or place.departements}

        assert set(place.departements) <= codes | WITHOUT_COUNCIL, key
        assert all(set(body.departements or place.departements) & set(place.departements) for body in accepted), key
        assert {body.region for body in accepted} <= set(place.regions), key


def test_the_state_services_of_a_territory_and_the_central_ones_fit_and_no_others(phase: str) -> None:
    services = [body for body in registered() if body.kind == "state"]
    for key, place in perimeters(phase).items():
        accepted = [body for body in services if fits("state", body, place)]
        standing = [body for body in accepted if state_fits(body, place)]

        assert standing, key
        assert all(body.region is None for body in accepted if body not in standing), key
        assert all(body.region in place.regions for body in standing), key
        assert all(set(body.departements) & set(place.departements) for body in standing if body.departements), key
