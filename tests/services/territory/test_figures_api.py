"""Declared figures: exact values, units and phases, corrections, and what was known at a moment."""

from typing import Any, Final

import pytest

from shared.settings import Settings
from tests.services.territory.api import NATIONAL, Api
from tests.services.territory.conftest import PublishedFacts, moment
from tests.services.territory.places import NOUVELLE_AQUITAINE

FIGURE: Final[dict[str, Any]] = {
    "metric": "contracts_signed",
    "value": 30,
    "phase": "2018",
    "day": "2020-02-14",
    "source": "lagazettedescommunes.com 663279",
}
SHARE: Final[dict[str, Any]] = {
    "metric": "essai_pct",
    "value_decimal": "87.5",
    "day": "2020-02-14",
    "source": "Source synthétique",
}


async def declare(api: Api, status: int = 201, **changes: Any) -> Any:
    """Declare the figure of the tests, with changes."""
    return await api.post("/v1/figures", {**FIGURE, **changes}, by=NATIONAL, status=status)


async def values(api: Api, query: str) -> list[int]:
    """Return the values of the figures that a query finds."""
    return [figure["value"] for figure in await api.collect(f"/v1/figures?{query}")]


async def test_a_declared_figure_is_the_latest_up_to_a_day(api: Api) -> None:
    for day, value in (("2018-11-22", 124), ("2019-09-23", 141), ("2019-09-24", 144), ("2022-12-31", 149)):
        assert await values(api, f"metric=territories&as_of={day}") == [value]
    assert len(await api.collect("/v1/figures")) == 61
    latest = await api.collect("/v1/figures?as_of=2024-12-31")
    assert len({(one["metric"], one["phase"]) for one in latest}) == len(latest)


async def test_each_phase_has_its_latest_figure(api: Api) -> None:
    found = await api.collect("/v1/figures?metric=territories&as_of=2024-12-31")

    assert {one["phase"]: one["value"] for one in found} == {"2018": 149, "2023": 183}
    assert await values(api, "metric=territories&as_of=2024-12-31&phase=2023") == [183]


async def test_the_pilots_invited_in_a_week_are_not_the_pilots(api: Api) -> None:
    assert await values(api, "metric=pilots&as_of=2019-03-24") == [29]
    assert await values(api, "metric=pilots_invited") == [22]


async def test_shipped_figures_have_unit_qualifier_and_precision(api: Api) -> None:
    [sheets] = await api.collect("/v1/figures?metric=actions_collected&as_of=2019-03-24")
    [month] = await api.collect("/v1/figures?metric=actions_collected&as_of=2023-12-31")
    euros = await api.collect("/v1/figures?unit=eur")

    assert (sheets["value"], sheets["qualifier"], sheets["source"]) == (300, "at_least", "support de présentation")
    assert (month["day"], month["day_precision"]) == ("2023-07-31", "month")
    assert {one["metric"].rpartition("_")[2] for one in euros} == {"eur", "year"}


async def test_a_figure_is_declared_once_by_a_source(api: Api, published: PublishedFacts) -> None:
    figure = await declare(api)

    problem = await declare(api, status=409)

    assert problem["code"] == "figure-already-declared"
    assert "`corrects`" in problem["detail"]
    assert [fact["fact"] for fact in await published()] == ["FigureDeclared.v1"]
    assert await api.get(f"/v1/figures/{figure['id']}") == figure


async def test_blanks_make_no_other_source(api: Api) -> None:
    first = await declare(api, source="  lagazettedescommunes.com   663279 ")

    await declare(api, status=409)

    assert first["source"] == FIGURE["source"]


async def test_a_source_may_declare_a_metric_for_each_phase(api: Api) -> None:
    await declare(api)
    await declare(api, phase="2023", day="2023-11-09")

    assert await values(api, "metric=contracts_signed&as_of=2023-11-09") == [30, 30]


async def test_a_correction_is_of_a_day_of_its_phase(api: Api) -> None:
    figure = await declare(api)

    problem = await declare(api, status=422, phase="2023", corrects=figure["id"])

    assert "2023-11-09" in problem["detail"]
    assert await values(api, "metric=contracts_signed&as_of=2020-02-14&phase=2018") == [30]


async def test_a_value_keeps_its_decimals(api: Api, published: PublishedFacts) -> None:
    figure = await api.post("/v1/figures", SHARE, by=NATIONAL)

    [fact] = await published()
    assert (figure["value_decimal"], figure["value"], figure["unit"]) == ("87.5", 88, "pct")
    assert (fact["value_decimal"], fact["value"], fact["unit"]) == ("87.5", 88, "pct")
    large = await api.post(
        "/v1/figures", {**SHARE, "value_decimal": "123456789012345.000001", "source": "b"}, by=NATIONAL
    )
    assert large["value_decimal"] == "123456789012345.000001"
    whole = await api.post("/v1/figures", {**SHARE, "value_decimal": "12.500000", "source": "c"}, by=NATIONAL)
    assert whole["value_decimal"] == "12.5"


async def test_a_correction_replaces_a_figure_that_stays_readable(api: Api, published: PublishedFacts) -> None:
    wrong = await declare(api)
    right = await declare(api, value=35, corrects=wrong["id"])

    assert await values(api, "metric=contracts_signed&as_of=2020-02-14") == [35]
    assert await values(api, "metric=contracts_signed&show=current") == [5, 35]
    assert sorted(await values(api, "metric=contracts_signed")) == [5, 30, 35]
    former = await api.get(f"/v1/figures/{wrong['id']}")
    assert (former["value"], former["corrected_by"], right["corrects"]) == (30, right["id"], wrong["id"])
    assert [fact["corrects"] for fact in await published()] == [None, wrong["id"]]
    assert len((await api.get(f"/v1/figures/{wrong['id']}/history"))["items"]) == 2


async def test_a_figure_is_corrected_once(api: Api) -> None:
    wrong = await declare(api)
    right = await declare(api, value=35, corrects=wrong["id"])

    problem = await declare(api, status=409, value=36, corrects=wrong["id"])

    assert (problem["code"], problem["corrected_by"]) == ("figure-already-corrected", right["id"])
    last = await declare(api, value=36, corrects=right["id"])
    assert await values(api, "metric=contracts_signed&as_of=2020-02-14") == [last["value"]]


@pytest.mark.usefixtures("settled")
async def test_a_correction_that_is_recorded_later_is_unknown_before(api: Api, on_sqlite: Settings) -> None:
    wrong = await declare(api)
    before = await moment(on_sqlite)
    await declare(api, value=35, corrects=wrong["id"])
    after = await moment(on_sqlite)
    query = "metric=contracts_signed&as_of=2020-02-14&known_at="
    [then] = await api.collect(f"/v1/figures?{query}{before}")

    assert (then["value"], then["corrected_by"]) == (30, None)
    assert await values(api, query + after) == [35]
    assert await values(api, f"metric=contracts_signed&show=current&known_at={before}") == [5, 30]
    assert await values(api, f"metric=contracts_signed&known_at={after}") == [5, 30, 35]
    assert await values(api, "metric=contracts_signed&known_at=2019-01-01T00:00:00Z") == []


async def test_of_two_declarations_for_a_day_the_later_one_counts(api: Api) -> None:
    for number in range(6):
        await declare(api, value=number, source=f"Source {number}")
        assert await values(api, "metric=contracts_signed&as_of=2020-02-14") == [number]


async def test_a_figure_counts_until_its_end(api: Api) -> None:
    await declare(api, ends_on="2020-02-20")

    assert await values(api, "metric=contracts_signed&as_of=2020-02-20") == [30]
    assert await values(api, "metric=contracts_signed&as_of=2020-02-21") == []


async def test_a_figure_of_a_month_counts_from_its_last_day(api: Api) -> None:
    figure = await declare(api, day_precision="month")

    assert figure["day"] == "2020-02-29"
    assert await values(api, "metric=contracts_signed&as_of=2020-02-28") == [5]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"value": 1.5}, "/value"),
        ({"value": "30"}, "/value"),
        ({"value": -1}, "/value"),
        ({"value": True}, "/value"),
        ({"value": None}, "/value"),
        ({"value_decimal": "30.5"}, "/value"),
        ({"value": None, "value_decimal": "1e5"}, "/value_decimal"),
        ({"value": None, "value_decimal": "1.1234567"}, "/value_decimal"),
        ({"value": None, "value_decimal": "NaN"}, "/value_decimal"),
        ({"value": None, "value_decimal": 30.5}, "/value_decimal"),
        ({"day": "2999-01-01"}, "/day"),
        ({"day": "1789-07-14"}, "/day"),
        ({"phase": "2023"}, "/day"),
        ({"phase": "2023", "day": "2023-11-08"}, "/day"),
        ({"ends_on": "2020-02-13"}, "/ends_on"),
        ({"ends_on": "9999-12-31"}, "/ends_on"),
        ({"metric": "Contrats signés"}, "/metric"),
        ({"metric": "contracts_signed "}, "/metric"),
        ({"unit": "eur"}, "/unit"),
        ({"phase": None}, "/phase"),
        ({"phase": "2019"}, "/phase"),
        ({"qualifier": "environ"}, "/qualifier"),
        ({"corrects": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e07"}, "/corrects"),
    ],
    ids=str,
)
async def test_a_figure_that_cannot_be_is_refused(
    api: Api, published: PublishedFacts, change: dict[str, Any], pointer: str
) -> None:
    problem = await declare(api, status=422, **change)

    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert await published() == []


async def test_a_correction_is_of_the_same_metric(api: Api) -> None:
    share = await api.post("/v1/figures", SHARE, by=NATIONAL)

    problem = await declare(api, status=422, corrects=share["id"])

    assert problem["code"] == "correction-not-fitting"
    assert "it is of essai_pct" in problem["detail"]


async def test_a_correction_of_the_only_figure_of_a_metric_may_change_its_unit(api_on_both: Api) -> None:
    async def send(status: int = 201, **changes: Any) -> Any:
        body = {"metric": "essai", "value": 5, "day": "2020-02-14", "source": "Source synthétique", **changes}
        return await api_on_both.post("/v1/figures", body, by=NATIONAL, status=status)

    wrong = await send(unit="eur")
    await send(422, unit="pct", source="Autre source synthétique")
    right = await send(unit="pct", corrects=wrong["id"])
    other = await send(source="Autre source synthétique")

    assert (right["unit"], other["unit"]) == ("pct", "pct"), "the corrected figure counts no more"
    problem = await send(422, unit="eur", corrects=right["id"])
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("unit-not-fitting", "/unit")


async def test_a_count_has_no_fraction(api: Api) -> None:
    body = {"metric": "essai", "day": "2020-02-14", "source": "Source synthétique"}
    for unit in ("count", None):
        problem = await api.post(
            "/v1/figures", {**body, "value_decimal": "136.5", "unit": unit}, by=NATIONAL, status=422
        )
        assert (problem["code"], problem["errors"][0]["pointer"]) == ("value-not-fitting", "/value_decimal")

    whole = await api.post("/v1/figures", {**body, "value_decimal": "136.0"}, by=NATIONAL)
    assert (whole["value_decimal"], whole["unit"]) == ("136", "count")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("metric=contrats", "metric"),
        ("phase=2019", "phase"),
        ("unit=francs", "unit"),
        ("as_of=2999-01-01", "as_of"),
        ("known_at=2999-01-01T00:00:00Z", "known_at"),
        ("known_at=2019-03-05", "known_at"),
        ("show=latest", "show"),
    ],
)
async def test_a_filter_that_names_nothing_is_refused(api: Api, query: str, parameter: str) -> None:
    problem = await api.get(f"/v1/figures?{query}", status=422)

    assert [error["parameter"] for error in problem["errors"]] == [parameter]


async def test_only_the_delegation_declares(api: Api) -> None:
    await api.post("/v1/figures", FIGURE, by=f"region:{NOUVELLE_AQUITAINE}", status=403)
    await api.post("/v1/figures", FIGURE, status=401)
