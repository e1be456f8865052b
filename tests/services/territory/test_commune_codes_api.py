"""Codes of former, delegated and associated communes and of arrondissements are understood."""

import pytest

from shared.events.codes import FORMER_REGIONS
from tests.services.territory.api import TEAM, Api

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("code", "kind", "name", "commune", "ended_on"),
    [
        ("74268", "delegated", "Seynod", "74010", "2017-01-01"),
        ("14011", "delegated", "Anctoville", "14581", None),
        ("75101", "arrondissement", "Paris 1er Arrondissement", "75056", None),
        ("01003", "former", "Amareins", "01165", "1974-01-01"),
        ("14666", "commune", "Sannerville", None, None),
        ("74010", "commune", "Annecy", None, None),
    ],
)
async def test_a_code_leads_to_its_commune(
    library: Api, code: str, kind: str, name: str, commune: str | None, ended_on: str | None
) -> None:
    found = await library.get(f"/v1/communes/{code}")

    assert (found["kind"], found["name"], found["commune_code"]) == (kind, name, commune)
    assert found["ended_on"] == ended_on
    if commune:
        today = await library.get(f"/v1/communes/{commune}")
        assert today["kind"] == "commune"
        for shared in ("epci_siren", "ept_siren", "employment_zone", "departement_code", "region_code"):
            assert found[shared] == today[shared]


async def test_a_code_that_never_was_is_not_found(library: Api) -> None:
    assert "`kind`" in (await library.get("/v1/communes/99999", status=404))["detail"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v1/communes/98735", "Polynésie française, a collectivity overseas"),
        ("/v1/communes/97502", "Saint-Pierre-et-Miquelon, a collectivity overseas"),
        ("/v1/communes/97701", "Saint-Barthélemy, a collectivity overseas"),
        ("/v1/communes/97123", "a commune of Guadeloupe until 2007"),
        ("/v1/communes/97127", "Saint-Martin, a collectivity overseas"),
        ("/v1/departements/975", "Saint-Pierre-et-Miquelon, a collectivity overseas"),
        ("/v1/departements/977", "Saint-Barthélemy, a collectivity overseas"),
        ("/v1/departements/96", "none of the codes"),
    ],
)
async def test_a_collectivity_overseas_is_not_said_to_be_unknown(library: Api, path: str, words: str) -> None:
    assert words in (await library.get(path, status=404))["detail"]


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ("departement=977", "977 is Saint-Barthélemy, a collectivity overseas"),
        ("departement=2a", "write 2A"),
        ("departement=1", "write 01"),
        ("region=1", "write 01"),
        ("kind=delegated&commune=1001", "write 01001"),
        ("kind=delegated&commune=2a004", "write 2A004"),
        ("kind=delegated&commune=98735", "98735 lies in Polynésie française"),
        ("commune=64445", "asks for what lies in a commune"),
        ("departement=99", "There is no département 99: GET /v1/departements lists the codes."),
        ("employment_zone=9999", "of its région, or 00, and two more digits"),
    ],
)
async def test_a_code_that_is_written_otherwise_is_refused_with_what_to_write(
    library: Api, filters: str, words: str
) -> None:
    problem = await library.get(f"/v1/communes?{filters}", status=422)

    assert words in problem["detail"] + str(problem["errors"])


@pytest.mark.parametrize("filters", ["departement=20", "departement=99", "kind=delegated&commune=74268"])
async def test_a_refusal_of_a_code_has_one_colon(library: Api, filters: str) -> None:
    assert (await library.get(f"/v1/communes?{filters}", status=422))["detail"].count(": ") == 1


@pytest.mark.parametrize("member", ["98735", "97123", "1001", "2a004"])
async def test_a_member_is_refused_in_the_same_words(library: Api, member: str) -> None:
    problem = await library.get(f"/v1/territories?member={member}", status=422)

    assert any(
        words in problem["detail"] + str(problem["errors"]) for words in ("overseas", "write 01001", "write 2A004")
    )


async def test_a_commune_lists_what_lies_in_it(library: Api) -> None:
    delegated = await library.collect("/v1/communes?kind=delegated&commune=74010")
    arrondissements = await library.collect("/v1/communes?kind=arrondissement")

    assert [row["code"] for row in delegated] == ["74010", "74011", "74093", "74182", "74217", "74268"]
    assert len(arrondissements) == 45
    assert "14011" in [row["code"] for row in await library.collect("/v1/communes?kind=delegated&departement=14")]
    for refused in ("commune=74010", "kind=delegated&commune=74268", "kind=nothing"):
        problem = await library.get(f"/v1/communes?{refused}", status=422)
        assert problem["errors"][0]["parameter"]


@pytest.mark.parametrize(("code", "commune"), [("74268", "74010")])
async def test_a_member_is_found_by_a_former_code(library: Api, code: str, commune: str) -> None:
    assert (await library.get(f"/v1/communes/{code}"))["commune_code"] in (commune, None)
    for as_of in ("", "&as_of=2026-01-01"):
        place = (await library.get(f"/v1/communes/{code}"))["commune_code"] or code
        expected = await library.get(f"/v1/territories?member={place}{as_of}")
        assert await library.get(f"/v1/territories?member={code}{as_of}") == expected


@pytest.mark.parametrize("code", FORMER_REGIONS)
async def test_a_former_region_is_refused_with_its_successor(library: Api, code: str) -> None:
    for path in ("/v1/territories", "/v1/communes", "/v1/committees", "/v1/organisations"):
        problem = await library.get(f"{path}?region={code}", by=TEAM, status=422)
        assert f"lies in {FORMER_REGIONS[code]}" in problem["errors"][0]["detail"]
    assert FORMER_REGIONS[code] in (await library.get(f"/v1/regions/{code}", status=404))["detail"]


async def test_a_code_of_former_days_is_not_found_and_its_successor_is_named(library: Api) -> None:
    assert "2A and 2B" in (await library.get("/v1/departements/20", status=404))["detail"]
    assert "2A and 2B" in (await library.get("/v1/communes?departement=20", status=422))["detail"]
    # A département that was merged into another body: it is no EPCI, and no longer anything else.
    for path, status in (("/v1/epcis/226700011", 404), ("/v1/communes?epci=226700011", 422)):
        assert "taken over by 200094332" in (await library.get(path, status=status))["detail"]
