"""Overlaps with other schemes of the State, against a computation of its own in SQL over the files."""

import csv
import gzip
import io
import sqlite3
from collections.abc import Iterator
from typing import Any, Final

import pytest

from services.territory.reference import SHIPPED
from tests.services.territory.api import Api
from tests.services.territory.places import LACQ_PAU_TARBES, PAU, PAU_BEARN

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILES: Final = (
    "schemes.csv", "scheme_perimeters.csv.gz", "scheme_communes.csv.gz", "communes.csv.gz", "territory_epcis.csv",
    "territory_epcis_2023.csv",
)  # fmt: skip
OVERLAPS: Final = """
WITH inside AS (
    SELECT DISTINCT communes.code, CAST(communes.population AS INTEGER) AS population
    FROM communes JOIN {members} AS member
    ON member.epci_siren IN (communes.siren, communes.epci_siren, communes.ept_siren)
    WHERE member.territory_code = :code AND communes.siren <> ''
), covered AS (
    SELECT scheme, perimeter_code, code, population FROM inside JOIN scheme_communes ON commune_code = code
)
SELECT scheme, {perimeter} AS perimeter, count(DISTINCT code), (
    SELECT sum(population) FROM inside WHERE code IN (
        SELECT code FROM covered AS other WHERE other.scheme = covered.scheme {and_same}
    )
)
FROM covered GROUP BY 1, 2
"""


@pytest.fixture(scope="module")
def files() -> Iterator[sqlite3.Connection]:
    """The files, each as a table of texts."""
    connection = sqlite3.connect(":memory:")
    for name in FILES:
        content = (SHIPPED.folder / name).read_bytes()
        text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
        header, *rows = csv.reader(io.StringIO(text))
        table = name.partition(".")[0]
        connection.execute(f"CREATE TABLE {table} ({', '.join(header)})")
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(header))})", rows)
    connection.execute("CREATE INDEX by_commune ON scheme_communes (commune_code)")
    yield connection
    connection.close()


def computed(files: sqlite3.Connection, key: str) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    """Communes and population that each scheme covers, and each perimeter."""
    phase, _, code = key.partition("-")
    members = "territory_epcis" + ("_2023" if phase == "2023" else "")
    by_scheme = files.execute(OVERLAPS.format(members=members, perimeter="''", and_same=""), {"code": code})
    schemes = {scheme: (communes, population) for scheme, _, communes, population in by_scheme}
    same = "AND other.perimeter_code = covered.perimeter_code"
    by_perimeter = files.execute(
        OVERLAPS.format(members=members, perimeter="perimeter_code", and_same=same), {"code": code}
    )
    return schemes, {(scheme, each): (communes, population) for scheme, each, communes, population in by_perimeter}


async def test_the_overlaps_of_every_territory_equal_an_independent_computation(
    library: Api, files: sqlite3.Connection
) -> None:
    territories = await library.collect("/v1/territories")

    assert len(territories) == 332
    for territory in territories:
        found = await library.get(f"/v1/territories/{territory['key']}/overlaps")
        schemes, perimeters = computed(files, territory["key"])
        assert (found["commune_count"], found["population"]) == (territory["commune_count"], territory["population"])
        assert {each["code"]: (each["commune_count"], each["population"]) for each in found["items"]} == schemes
        assert {
            (scheme["code"], each["code"]): (each["commune_count"], each["population"])
            for scheme in found["items"]
            for each in scheme["perimeters"]
        } == perimeters
        for each in found["items"]:
            assert each["commune_share"] == round(each["commune_count"] / found["commune_count"], 6)
            assert each["population_share"] == round(each["population"] / found["population"], 6)


async def test_a_scheme_says_where_it_comes_from(library: Api) -> None:
    schemes = (await library.get("/v1/schemes"))["items"]

    assert len(schemes) == 19
    assert [scheme["code"] for scheme in schemes] == sorted(scheme["code"] for scheme in schemes)
    assert all(scheme["source"] and scheme["licence"] and scheme["state_of"] for scheme in schemes)
    assert await library.get("/v1/schemes/acv") == next(scheme for scheme in schemes if scheme["code"] == "acv")
    await library.get("/v1/schemes/unknown", status=404)
    await library.get("/v1/schemes/unknown/perimeters", status=404)


async def test_every_perimeter_is_listed(library: Api) -> None:
    for scheme in (await library.get("/v1/schemes"))["items"]:
        perimeters = await library.collect(f"/v1/schemes/{scheme['code']}/perimeters")
        assert len(perimeters) == scheme["perimeter_count"], scheme["code"]


async def test_perimeters_are_found_by_the_places_that_they_cover(library: Api) -> None:
    overlaps = await library.get(f"/v1/territories/{LACQ_PAU_TARBES}/overlaps?scheme=acv")
    [acv] = overlaps["items"]

    found = await library.collect(f"/v1/schemes/acv/perimeters?territory={LACQ_PAU_TARBES}")

    assert {each["code"] for each in found} == {each["code"] for each in acv["perimeters"]}
    assert [each["name"] for each in await library.collect(f"/v1/schemes/acv/perimeters?commune={PAU}")] == ["Pau"]
    assert [each["name"] for each in await library.collect(f"/v1/schemes/acv/perimeters?epci={PAU_BEARN}")] == ["Pau"]
    both = await library.collect(f"/v1/schemes/acv/perimeters?territory={LACQ_PAU_TARBES}&commune=01053")
    assert both == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("schemes/acv/perimeters?commune=99999", "commune"),
        ("schemes/acv/perimeters?epci=200053759", "epci"),
        ("schemes/acv/perimeters?territory=2018-ti-9999", "territory"),
        ("territories/2018-ti-7505/overlaps?scheme=unknown", "scheme"),
        ("territories/2018-ti-7505/overlaps?scheme=é", "scheme"),
    ],
)
async def test_a_wrong_filter_is_refused(library: Api, query: str, parameter: str) -> None:
    refused = await library.get(f"/v1/{query}", status=422)

    assert refused["errors"][0]["parameter"] == parameter


async def test_the_members_of_the_day_count(library: Api) -> None:
    path = f"/v1/territories/{LACQ_PAU_TARBES}/overlaps"

    assert (await library.get(f"{path}?as_of=2026-01-01"))["as_of"] == "2026-01-01"
    assert (await library.get("/v1/territories/ti-7505/overlaps?phase=2018"))["territory"] == LACQ_PAU_TARBES
    await library.get("/v1/territories/ti-7505/overlaps", status=409)
    await library.get(f"{path}?as_of=2099-01-01", status=422)


async def test_overlaps_are_the_same_on_postgresql(api_on_both: Api) -> None:
    found = await api_on_both.get(f"/v1/territories/{LACQ_PAU_TARBES}/overlaps")

    assert found["items"][0]["population_share"] == 1.0
    assert (await api_on_both.collect(f"/v1/schemes/acv/perimeters?commune={PAU}"))[0]["name"] == "Pau"
