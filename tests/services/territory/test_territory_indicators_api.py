"""Indicators of territories: sums of members, estimates from départements, trends beside Region and nation."""

from decimal import Decimal
from typing import Any

import pytest

from tests.services.territory.api import Api
from tests.services.territory.places import BOUCLE_NORD, LACQ_PAU_TARBES, PAU_BEARN


async def series(api: Api, code: str, query: str = "", *, key: str = LACQ_PAU_TARBES) -> Any:
    """Return an indicator of a territory."""
    return await api.get(f"/v1/territories/{key}/indicators/{code}?{query}")


async def test_a_population_is_the_sum_of_the_members_of_the_day(library: Api) -> None:
    found = await series(library, "population", "as_of=2019-03-05")
    [last] = [value for value in found["values"] if value["year"] == 2023]

    assert (last["method"], last["missing"]) == ("sum_of_members", [])
    assert int(last["value_decimal"]) == sum(int(part["value_decimal"]) for part in last["parts"])
    assert PAU_BEARN in {part["code"] for part in last["parts"]}
    assert [value["year"] for value in found["values"]] == [2016, 2019, 2020, 2021, 2022, 2023]


async def test_the_communes_of_an_ept_are_added_up(library: Api) -> None:
    found = await series(library, "population", key=BOUCLE_NORD)

    assert {part["level"] for part in found["values"][-1]["parts"]} == {"commune"}
    assert found["values"][-1]["value_decimal"] is not None


async def test_jobs_are_estimated_from_departements_and_say_so(library: Api) -> None:
    found = await series(library, "jobs_industry")
    last = found["values"][-1]

    assert (last["method"], last["year"]) == ("apportioned_by_population", 2018)
    assert "prorata" in last["explanation"]
    estimate = sum(Decimal(part["value_decimal"]) * Decimal(part["weight"]) for part in last["parts"])
    assert abs(estimate - Decimal(last["value_decimal"])) < Decimal("0.001")
    assert {part["code"] for part in last["parts"]} == {"64", "65"}
    assert all(0 < Decimal(part["weight"]) < 1 for part in last["parts"])


async def test_a_ratio_is_that_of_the_two_estimates(library: Api) -> None:
    share = (await series(library, "jobs_industry_share"))["values"][-1]
    above, below = [(await series(library, code))["values"][-1] for code in ("jobs_industry", "jobs_total")]

    expected = Decimal(above["value_decimal"]) / Decimal(below["value_decimal"]) * 100
    assert share["method"] == "ratio_of_parts"
    assert abs(Decimal(share["value_decimal"]) - expected) < Decimal("0.0001")


async def test_a_trend_stands_beside_the_regions_and_the_nation(library: Api) -> None:
    found = await series(library, "jobs_industry", "from=2008&until=2018")

    assert (found["trend"]["from_year"], found["trend"]["until_year"]) == (2008, 2018)
    assert [each["code"] for each in found["regions"]] == ["75", "76"]
    assert all(each["trend"] for each in (*found["regions"], found["nation"]))
    assert found["nation"]["trend"] == {
        "from_year": 2008,
        "until_year": 2018,
        "change_decimal": "-428.2",
        "percent_decimal": "-12.87897",
        "per_year_decimal": "-42.82",
    }
    points = await series(library, "jobs_industry_share", "years=10")
    assert points["nation"]["trend"]["percent_decimal"] is None
    assert points["nation"]["trend"]["change_decimal"] == "-1.985784"


async def test_what_is_not_known_is_not_invented(library: Api) -> None:
    share = await series(library, "industry_share_25_54")
    national = await series(library, "ggdc_share_industry")

    assert (share["values"], share["unknown_years"], share["trend"]) == ([], [1975, 2014], None)
    assert national["values"] == []
    assert len(national["unknown_years"]) == 59
    assert national["nation"]["values"][0]["year"] == 1950
    assert "2011" in national["reserve"]


async def test_each_indicator_of_a_territory_has_its_last_value(library: Api) -> None:
    page = await library.get(f"/v1/territories/{LACQ_PAU_TARBES}/indicators?limit=200")
    found = {each["indicator"]: each for each in page["items"]}

    assert len(found) == 14
    assert (found["population"]["year"], found["population"]["method"]) == (2023, "sum_of_members")
    assert (found["jobs_manufacturing"]["year"], found["jobs_manufacturing"]["missing_count"]) == (2018, 0)
    assert (found["insee_tef_share_industry"]["method"], found["insee_tef_share_industry"]["value_decimal"]) == (
        "none",
        None,
    )


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("from=2018&until=2008", "years-not-fitting", "from"),
        ("from=2008&years=10", "years-not-fitting", "years"),
        ("years=0", "unprocessable", "years"),
        ("as_of=2018-11-21", "territory-not-yet-designated", None),
    ],
)
async def test_years_that_contradict_each_other_are_refused(
    library: Api, query: str, code: str, parameter: str | None
) -> None:
    path = f"/v1/territories/{LACQ_PAU_TARBES}/indicators/population?{query}"
    refused = await library.get(path, status=422 if parameter else 404)

    assert refused["code"] == code
    assert [error["parameter"] for error in refused["errors"]] == ([parameter] if parameter else [])


async def test_what_is_not_known_is_not_found(library: Api) -> None:
    for path in ("2018-ti-9999/indicators", "2018-ti-9999/indicators/population", "2018-ti-7505/indicators/inconnu"):
        await library.get(f"/v1/territories/{path}", status=404)
