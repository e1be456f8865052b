"""Reading territories: by key, by code, by place, by name, on a day, as outlines."""

import pytest

from tests.services.territory.api import Api
from tests.services.territory.places import (
    BRIVE_TULLE,
    LACQ_PAU_TARBES,
    LACQ_PAU_TARBES_AGAIN,
    PAU,
    PAU_BEARN,
    VALLEE_DE_L_ARVE,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def keys(library: Api, filters: str) -> list[str]:
    """The keys of the territories that a list gives."""
    return [row["key"] for row in await library.collect(f"/v1/territories?{filters}")]


async def test_both_lists_are_whole(library: Api) -> None:
    assert len(await keys(library, "phase=2018")) == 149
    assert len(await keys(library, "phase=2023")) == 183
    assert len(await keys(library, "is_pilot=true")) == 10
    assert len(await keys(library, "is_pilot=unknown")) == 322


async def test_a_territory_that_crosses_regions_is_in_each(library: Api) -> None:
    assert LACQ_PAU_TARBES in await keys(library, "region=75&phase=2018")
    assert LACQ_PAU_TARBES in await keys(library, "region=76&phase=2018")
    assert LACQ_PAU_TARBES in await keys(library, "departement=65&phase=2018")


@pytest.mark.parametrize("member", [PAU_BEARN, PAU, "216404459"], ids=["its EPCI", "a commune", "a commune's SIREN"])
async def test_a_territory_is_found_by_who_is_in_it(library: Api, member: str) -> None:
    assert await keys(library, f"member={member}") == [LACQ_PAU_TARBES, LACQ_PAU_TARBES_AGAIN]


async def test_a_territory_is_found_by_its_name_and_by_the_names_of_its_members(library: Api) -> None:
    assert await keys(library, "q=lacq pau") == [LACQ_PAU_TARBES, LACQ_PAU_TARBES_AGAIN]
    assert await keys(library, "q=BEARN PYRENEES") == [LACQ_PAU_TARBES, LACQ_PAU_TARBES_AGAIN]
    # The name that the ANCT's list still has, of an intercommunality that was renamed since.
    assert await keys(library, "q=pays bellegardien")


async def test_a_code_of_both_phases_is_refused_with_both_keys(library: Api) -> None:
    problem = await library.get("/v1/territories/ti-7505", status=409)

    assert problem["code"] == "territory-ambiguous"
    assert problem["keys"] == [LACQ_PAU_TARBES, BRIVE_TULLE]


async def test_a_code_is_a_name_with_its_phase_or_if_only_one_phase_has_it(library: Api) -> None:
    assert (await library.get("/v1/territories/ti-7505?phase=2018"))["name"] == "Lacq-Pau - Tarbes"
    assert (await library.get("/v1/territories/ti-7505?phase=2023"))["name"] == "Brive – Tulle – Périgord Noir"
    assert (await library.get("/v1/territories/ti-8422"))["key"] == VALLEE_DE_L_ARVE


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/territories/2018-ti-9999", 404),
        ("/v1/territories/ti-9999", 404),
        ("/v1/territories/2018-ti-7505?phase=2023", 404),
        ("/v1/territories/2020-ti-7505", 422),
        ("/v1/territories/lacq", 422),
        ("/v1/territories/2018-ti-7505?as_of=2018-11-21", 404),
        ("/v1/territories/2018-ti-7505?as_of=2999-01-01", 422),
        ("/v1/territories/2018-ti-7505?as_of=yesterday", 422),
        ("/v1/territories/2023-ti-7505/members?as_of=2020-01-01", 404),
        ("/v1/territories/ti-7505/members", 409),
        ("/v1/territories?region=99", 422),
        ("/v1/territories?departement=2C", 422),
        ("/v1/territories?member=200067255", 422),
        ("/v1/territories?member=99999", 422),
        ("/v1/territories?is_pilot=false", 422),
        ("/v1/territories?phse=2018", 422),
        ("/v1/territories?q=" + "a" * 101, 422),
    ],
)
async def test_bad_input_is_a_problem(library: Api, path: str, status: int) -> None:
    problem = await library.get(path, status=status)

    assert problem["detail"]


async def test_a_territory_answers_with_its_members(library: Api) -> None:
    answer = await library.call("GET", f"/v1/territories/{LACQ_PAU_TARBES}")

    territory = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert (territory["regions"], territory["departements"]) == (["75", "76"], ["64", "65"])
    assert (territory["member_count"], territory["commune_count"], territory["population"]) == (10, 489, 516200)
    assert territory["is_pilot"] is True
    assert PAU_BEARN in [member["siren"] for member in territory["members"]]
    assert territory["pilots"] == []


async def test_an_unchanged_territory_is_not_sent_again(library: Api) -> None:
    answer = await library.call(
        "GET", f"/v1/territories/{LACQ_PAU_TARBES}", headers={"If-None-Match": '"1"'}, status=304
    )

    assert answer.content == b""


async def test_on_an_earlier_day_each_membership_is_marked_unknown(library: Api) -> None:
    on_a_day = await library.get(f"/v1/territories/{LACQ_PAU_TARBES}?as_of=2019-03-05")

    assert on_a_day["as_of"] == "2019-03-05"
    assert {member["membership"] for member in on_a_day["members"]} == {"unknown"}


async def test_a_territory_added_in_september_2019_did_not_exist_before(library: Api) -> None:
    # Vendée Est, with Lamballe Terre et Mer and Saint-Brieuc.
    assert (await library.get("/v1/territories/2018-ti-5214?as_of=2019-09-24"))["designated_on"] == "2019-09-24"
    await library.get("/v1/territories/2018-ti-5214?as_of=2019-09-23", status=404)


@pytest.mark.parametrize(("phase", "count"), [("2018", 149), ("2023", 183)])
async def test_each_territory_of_the_lists_has_its_published_outline(library: Api, phase: str, count: int) -> None:
    drawn = await library.get(f"/v1/territories?phase={phase}", accept="application/geo+json")

    assert len(drawn["features"]) == count
    assert {feature["properties"]["outline"] for feature in drawn["features"]} == {"published"}
    assert all(feature["geometry"]["coordinates"] for feature in drawn["features"])


async def test_changes_begin_with_every_territory(library: Api) -> None:
    cursor, seen = "", []
    while True:
        page = await library.get(f"/v1/territories/changes?limit=200{cursor}")
        if not page["items"]:
            break
        seen += [change["id"] for change in page["items"]]
        cursor = f"&after={page['next']}"

    assert len(seen) == len(set(seen)) == 332


async def test_history_says_that_the_territory_was_loaded(library: Api) -> None:
    [line] = (await library.get(f"/v1/territories/{LACQ_PAU_TARBES}/history"))["items"]

    assert (line["operation"], line["reason"]) == ("created", "reference data")
    assert line["changed"]["regions"] == {"before": None, "after": ["75", "76"]}
