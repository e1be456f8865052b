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
    # Of 2,896.6 thousand in 2018, 1.7 thousand are of Mayotte, of which 2008 knows nothing.
    assert found["nation"]["trend"] == {
        "from_year": 2008,
        "until_year": 2018,
        "change_decimal": "-429.9",
        "percent_decimal": "-12.930101",
        "per_year_decimal": "-42.99",
    }
    points = await series(library, "jobs_industry_share", "years=10")
    assert points["nation"]["trend"]["percent_decimal"] is None
    assert points["nation"]["trend"]["change_decimal"] == "-1.974548"


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


@pytest.mark.parametrize(("code", "missing"), [("population", 2016), ("jobs_total", 2008), ("jobs_industry", 2008)])
async def test_the_trend_of_the_nation_is_over_the_same_departements(library: Api, code: str, missing: int) -> None:
    nation = (await series(library, code))["nation"]
    values = {each["year"]: Decimal(each["value_decimal"]) for each in nation["values"]}
    compared = {each["year"]: Decimal(each["comparable_decimal"]) for each in nation["values"]}
    rows = await library.collect(f"/v1/indicators/{code}/values?level=departement&geography=976")
    mayotte = {row["year"]: Decimal(row["value_decimal"]) for row in rows}
    last = nation["trend"]["until_year"]

    assert missing not in mayotte
    assert compared == {year: value - mayotte.get(year, 0) for year, value in values.items()}
    assert Decimal(nation["trend"]["change_decimal"]) == values[last] - mayotte[last] - values[missing]
    assert nation["reserve"] == (
        f"Évolution sur les mêmes départements chaque année, donc sans Mayotte (976, sans valeur en {missing})."
    )


async def test_years_with_mayotte_are_compared_with_it(library: Api) -> None:
    found = await series(library, "population", "from=2019")

    assert all(each["comparable_decimal"] == each["value_decimal"] for each in found["nation"]["values"])
    assert [found["nation"]["reserve"], *(each["reserve"] for each in found["regions"])] == [None, None, None]


async def test_a_share_of_the_nation_is_compared_without_mayotte(library: Api) -> None:
    nation = (await series(library, "jobs_industry_share"))["nation"]
    above, below = [(await series(library, code))["nation"] for code in ("jobs_industry", "jobs_total")]
    expected = [
        Decimal(one["comparable_decimal"]) / Decimal(other["comparable_decimal"]) * 100
        for one, other in zip(above["values"], below["values"], strict=True)
    ]

    assert [round(Decimal(each["comparable_decimal"]), 4) for each in nation["values"]] == [
        round(each, 4) for each in expected
    ]
    assert round(Decimal(nation["trend"]["change_decimal"]), 4) == round(expected[-1] - expected[0], 4)


async def test_the_chart_draws_index_numbers_over_the_same_departements_and_says_so(library: Api) -> None:
    for accept in ("image/svg+xml", "text/html"):
        answer = await library.call(
            "GET", f"/v1/territories/{LACQ_PAU_TARBES}/indicators/population", headers={"Accept": accept}
        )
        drawn = " ".join(answer.text.split())

        # The drawing breaks its lines where they are full.
        assert ("Mayotte (976, sans valeur en 2016)" if accept == "text/html" else "(976, sans") in drawn
        # 68 350 798 − 256 518 inhabitants in the place of 66 132 540 are 102.97, and with Mayotte 103.35.
        assert "103,0" in drawn
        assert "103,4" not in drawn
