"""Other schemes of the State, and what they cover of territories."""

import pytest

from tests.services.territory.api import Api
from tests.services.territory.places import LACQ_PAU_TARBES, PAU, PAU_BEARN

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
    ("q", "codes"),
    [
        ("pau", ["acv-154"]),
        ("ambérieu", ["acv-008"]),
        ("SABLE la fleche", ["acv-104"]),
        ("acv-154", ["acv-154"]),
        ("nowhere at all", []),
        ("§", []),
    ],
)
async def test_perimeters_are_found_by_words_of_their_names(library: Api, q: str, codes: list[str]) -> None:
    found = await library.collect(f"/v1/schemes/acv/perimeters?q={q}")

    assert [each["code"] for each in found] == codes
    assert len(await library.collect("/v1/schemes/acv/perimeters?q=")) == 233


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
