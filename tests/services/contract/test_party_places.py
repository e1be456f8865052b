"""Parties by place: a State service, a commune, a département or a local body is of the territory."""

from datetime import date
from typing import Any, Final

import pytest

from services.contract.models import KnownOrganisation, Party
from services.contract.rules.parties import TerritoryPerimeter, misfit, state_fits
from shared.events.contract import PartyKind
from shared.events.territory import MemberState, OrganisationRegistered, PerimeterChanged
from tests.services.contract.conftest import House, closed, member, perimeter
from tests.services.contract.places import (
    AURILLAC,
    LACQ,
    LACQ_ORTHEZ,
    PAU,
    TARBES,
    organisation,
)
from tests.services.contract.stories import CONTRACT
from tests.services.contract.test_succession import HEIR, HEIR_NAME, heir, taken_over
from tests.support.harness import NATIONAL, ON_SQLITE

COMMUNE_OF_PAU: Final = "216404459"
BAYONNE: Final = "216401026"
PAYS_BASQUE: Final = "200067106"
BLOCK: Final[dict[PartyKind, str]] = {"intercommunality": "territory", "commune": "territory"}
"""Kind of party → its block, if it is not the public one."""
PLACE: Final = TerritoryPerimeter(["75", "76"], {PAU: "epci", LACQ_ORTHEZ: "epci", TARBES: "epci"}, ["64", "65"])


def body(kind: str, region: str | None = None, *departements: str, siren: str = "000000141") -> KnownOrganisation:
    """An organisation, of some départements."""
    found = organisation(siren, "Service (synthétique)", kind, region)
    found.departements = list(departements)
    return found


def reason(kind: PartyKind, organisation: KnownOrganisation, place: TerritoryPerimeter = PLACE) -> str | None:
    """Return the reason why an organisation may not be a party of a kind."""
    return misfit(Party(kind=kind, block=BLOCK.get(kind, "public")), organisation, place)


STATE_SERVICES: Final = {
    "of a région of the territory": (body("state", "76"), None),
    "of all départements of a région": (body("state", "75", "33", "40", "64"), None),
    "of a département of the territory": (body("state", "75", "64"), None),
    "of another région": (body("state", "53"), "is of région 53, and the territory lies in région 75, 76"),
    "of another département": (body("state", "75", "40"), "is of département 40, and the territory lies in 64, 65"),
    "of a département, its région unknown": (body("state", None, "29"), "is of département 29"),
}
CENTRAL: Final = body("state")


@pytest.mark.parametrize("case", STATE_SERVICES)
def test_a_state_service_acts_in_the_territory(case: str) -> None:
    service, says = STATE_SERVICES[case]

    refused = reason("state", service)

    assert (refused is None) == (says is None)
    assert says is None or says in str(refused)
    assert state_fits(service, PLACE) == (says is None)


def test_a_central_state_service_is_accepted_but_stands_for_no_region() -> None:
    assert reason("state", CENTRAL) is None
    assert not state_fits(CENTRAL, PLACE)


@pytest.mark.parametrize("kind", ["operator", "company", "region", "other"])
def test_an_organisation_of_a_region_that_is_no_state_service_does_not_stand_for_the_state(kind: str) -> None:
    assert not state_fits(body(kind, "75"), PLACE)


def test_while_the_departements_of_a_territory_are_not_known_its_regions_decide() -> None:
    nowhere = TerritoryPerimeter(["75"], {PAU: "epci"})

    assert reason("state", body("state", "75", "40"), nowhere) is None
    assert reason("departement", body("departement", "75", "40"), nowhere) is None
    assert reason("departement", body("departement", "53", "29"), nowhere) is not None


DEPARTEMENTS: Final = {
    "of the territory": (body("departement", "75", "64"), True),
    "of two départements, one of the territory": (body("departement", "75", "40", "64"), True),
    "of another département of the région": (body("departement", "75", "40"), False),
    "of another région": (body("departement", "53", "29"), False),
    "whose place is not known": (body("departement"), True),
    "of which the région alone is known": (body("departement", "76"), True),
    "a collectivité of the région": (body("collectivite", "75"), True),
    "a collectivité of another région": (body("collectivite", "94"), False),
}


@pytest.mark.parametrize("case", DEPARTEMENTS)
def test_a_departement_is_one_of_the_territory(case: str) -> None:
    departement, fits = DEPARTEMENTS[case]

    assert (reason("departement", departement) is None) is fits


@pytest.mark.parametrize(("region", "fits"), [("94", True), ("93", False)])
@pytest.mark.parametrize("kind", ["region", "departement"])
def test_a_collectivite_is_region_and_departement_of_its_territories(kind: PartyKind, region: str, fits: bool) -> None:
    corse = TerritoryPerimeter([region], {PAU: "epci"}, ["2A", "2B"])

    assert (reason(kind, body("collectivite", "94"), corse) is None) is fits


COMMUNES: Final = {
    "a commune of a member": (COMMUNE_OF_PAU, "75", True),
    "a commune of another intercommunality": (BAYONNE, "75", False),
    "a commune that is younger than the geography": ("000000158", "75", True),
    "one that is of another région": ("000000158", "53", False),
    "one of which nothing is known": ("000000158", None, True),
}


@pytest.mark.parametrize("case", COMMUNES)
def test_a_commune_is_a_member_or_lies_in_one(case: str) -> None:
    siren, region, fits = COMMUNES[case]

    assert (reason("commune", body("commune", region, siren=siren)) is None) is fits


def test_a_commune_that_is_a_member_is_a_party_and_so_is_its_intercommunality_alone() -> None:
    of_communes = TerritoryPerimeter(["75"], {BAYONNE: "commune"}, ["64"])

    assert reason("commune", body("commune", "75", siren=BAYONNE), of_communes) is None
    assert reason("commune", body("commune", "75", siren=COMMUNE_OF_PAU), of_communes) is not None
    assert reason("intercommunality", body("epci", "75", siren=PAYS_BASQUE), of_communes) is None
    assert "no member lies in it" in str(reason("intercommunality", body("epci", siren=AURILLAC), of_communes))


@pytest.mark.parametrize(("region", "fits"), [("75", True), (None, True), ("53", False)])
def test_a_larger_local_body_is_of_a_region_of_the_territory(region: str | None, fits: bool) -> None:
    assert (reason("intercommunality", body("other", region)) is None) is fits


def test_the_communes_of_a_body_that_was_taken_over_lie_in_its_successor() -> None:
    merged = TerritoryPerimeter(["75"], {HEIR: "epci"}, ["64"], {PAU: "000000158", "000000158": HEIR})
    of_communes = TerritoryPerimeter(["75"], {COMMUNE_OF_PAU: "commune"}, ["64"], {PAU: HEIR, HEIR: PAU})
    young = TerritoryPerimeter(["75"], {PAU: "epci"}, ["64"], {COMMUNE_OF_PAU: "000000166", BAYONNE: "000000174"})

    assert reason("commune", body("commune", "75", siren=COMMUNE_OF_PAU), merged) is None
    assert reason("commune", body("commune", "75", siren=BAYONNE), merged) is not None
    assert reason("intercommunality", body("epci", siren=HEIR), of_communes) is None
    assert reason("commune", body("commune", "75", siren="000000166"), young) is None
    assert reason("commune", body("commune", "75", siren="000000174"), young) is not None


def organisation_event(siren: str, name: str, kind: str, **more: Any) -> OrganisationRegistered:
    """Return the event of a synthetic organisation."""
    usual = {"aliases": [], "region": None, "successor": None, "synthetic": True, "organisations": [siren]}
    return OrganisationRegistered(**{"siren": siren, "name": f"{name} (synthétique)", "kind": kind, **usual, **more})


def of_lacq(*members: MemberState) -> PerimeterChanged:
    """Lacq-Pau-Tarbes, with its départements."""
    listed = members or (member(PAU), member(LACQ_ORTHEZ), member(TARBES))
    return perimeter(list(listed), ["75", "76"])


def with_party(siren: str, kind: str, block: str = "public") -> dict[str, Any]:
    """A contract of which one organisation is the only party."""
    return {**CONTRACT, "parties": [{**CONTRACT["parties"][0], "organisation": siren, "kind": kind, "block": block}]}


ELSEWHERE: Final = {
    "the prefecture of another région": organisation_event("000000141", "Préfecture de Bretagne", "state", region="53"),
    "a State service of another département": organisation_event(
        "000000141", "DDTM des Landes", "state", region="75", departements=["40"]
    ),
    "another département": organisation_event("000000141", "Landes", "departement", region="75", departements=["40"]),
}


@ON_SQLITE
@pytest.mark.parametrize("case", ELSEWHERE)
async def test_a_body_of_elsewhere_is_refused_in_words(house: House, case: str) -> None:
    event = ELSEWHERE[case]
    await house.publish(of_lacq(), event)

    refused = await house.post("/v1/contracts", with_party(event.siren, event.kind), expect=422)

    assert refused["code"] == "party-not-fitting"
    assert f"{event.name} is of " in refused["detail"]
    assert refused["errors"] == [{"pointer": "/parties/0", "detail": refused["detail"]}]


HERE: Final = {
    "a State service of a département": organisation_event(
        "000000141", "DDT des Hautes-Pyrénées", "state", region="76", departements=["65"]
    ),
    "a central State service": organisation_event("000000141", "Direction générale", "state"),
    "a département": organisation_event(
        "000000141", "Pyrénées-Atlantiques", "departement", region="75", departements=["64"]
    ),
}


@pytest.mark.parametrize("case", HERE)
async def test_a_body_of_the_territory_is_accepted(house: House, case: str) -> None:
    event = HERE[case]
    await house.publish(of_lacq(), event)

    await house.post("/v1/contracts", with_party(event.siren, event.kind), expect=201)


async def test_the_place_of_a_body_is_checked_again_before_the_review(house: House) -> None:
    prefecture = organisation_event("000000141", "Préfecture", "state", region="75")
    await house.publish(of_lacq(), prefecture)
    contract = await house.post("/v1/contracts", with_party("000000141", "state"), expect=201)

    await house.publish(prefecture.model_copy(update={"region": "53"}))
    readiness = await house.get(f"/v1/contracts/{contract['id']}/readiness", by=NATIONAL)

    [blocker] = [each for each in readiness["blocking"] if each["code"] == "party-not-fitting"]
    assert (blocker["pointer"], "région 53" in blocker["sentence"]) == ("/parties/0", True)


@ON_SQLITE
async def test_the_intercommunality_of_a_member_commune_is_a_party_and_no_other(house: House) -> None:
    commune = MemberState(siren=BAYONNE, kind="commune", name="Bayonne", entered_on=None, left_on=None)
    await house.publish(of_lacq(member(PAU), commune))

    await house.post("/v1/contracts", with_party(PAYS_BASQUE, "intercommunality", "territory"), expect=201)
    other = await house.post("/v1/contracts", with_party(AURILLAC, "intercommunality", "territory"), expect=422)

    assert other["code"] == "party-not-fitting"


@ON_SQLITE
async def test_a_commune_of_a_merged_intercommunality_is_a_party_of_the_territory_of_its_successor(
    house: House,
) -> None:
    commune = with_party(COMMUNE_OF_PAU, "commune", "territory")
    merged = member(PAU).model_copy(update={"siren": HEIR, "name": HEIR_NAME})
    await house.publish(of_lacq(merged), heir())
    await house.post("/v1/contracts", commune, expect=422)

    await house.publish(taken_over(PAU))

    await house.post("/v1/contracts", commune, by=f"territory:{HEIR}", expect=201)


async def test_a_member_that_left_is_no_party_and_a_closed_territory_keeps_those_of_its_last_day(house: House) -> None:
    contract = await house.post("/v1/contracts", CONTRACT, expect=201)
    readiness = f"/v1/contracts/{contract['id']}/readiness"
    day = date(2020, 6, 1)
    members = [member(PAU).model_copy(update={"left_on": day}), member(TARBES)]

    async def misfits() -> list[str]:
        blocking = (await house.get(readiness, by=NATIONAL))["blocking"]
        return [each["pointer"] for each in blocking if each["code"] == "party-not-fitting"]

    await house.publish(of_lacq(*members))
    assert await misfits() == ["/parties/0"]

    await house.publish(closed(LACQ, day, members=members))
    assert await misfits() == []
