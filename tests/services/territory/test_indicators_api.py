"""Indicators: what each says of itself, its values by place and year, and who may define one."""

import csv
import io
from typing import Any, Final

import pytest

from tests.services.territory.api import NATIONAL, REGION, Api
from tests.services.territory.conftest import PublishedFacts

JOBS: Final[dict[str, Any]] = {
    "code": "essai_emploi",
    "label": "Emploi d'essai (synthétique)",
    "definition": "Emplois comptés pour un essai",
    "unit": "persons",
    "kind": "count",
    "population": "Personnes de 25 à 54 ans",
    "basis": "workplace",
    "zoning": "Zones d'emploi",
    "zoning_year": 2020,
    "sector": "Industrie, NACE B à E",
    "includes_construction": False,
    "source": "Source synthétique",
}
SHARE: Final[dict[str, Any]] = {
    "code": "essai_part",
    "label": "Part d'essai (synthétique)",
    "definition": "Emploi manufacturier sur emploi industriel",
    "unit": "pct",
    "kind": "ratio",
    "numerator": "jobs_manufacturing",
    "denominator": "jobs_industry",
    "source": "Source synthétique",
}


async def values(api: Api, code: str, query: str) -> dict[tuple[str, str, int], str]:
    """Return the values that a query finds, by level, place and year."""
    rows = await api.collect(f"/v1/indicators/{code}/values?{query}")
    return {(row["level"], row["geography"], row["year"]): row["value_decimal"] for row in rows}


async def test_each_shipped_indicator_says_its_source_licence_and_reserve(library: Api) -> None:
    found = {one["code"]: one for one in await library.collect("/v1/indicators")}

    assert len(found) == 14
    assert all(one["source"] and one["source_id"] and one["licence"] and one["reserve"] for one in found.values())
    assert "à vérifier" in found["ggdc_share_industry"]["licence"]
    share = found["industry_share_25_54"]
    assert (share["population"], share["basis"]) == ("Personnes de 25 à 54 ans en emploi", "workplace")
    assert (share["value_count"], share["years"], share["levels"]) == (10, [1975, 2014], ["region", "departement"])
    assert found["jobs_manufacturing"]["years"] == [2018]
    assert found["population"]["zoning_year"] == 2026


async def test_values_are_exact_by_place_and_year(library: Api) -> None:
    assert await values(library, "industry_share_25_54", "level=region&geography=32") == {
        ("region", "32", 1975): "39",
        ("region", "32", 2014): "14.9",
    }
    assert await values(library, "population", "level=nation&year=2023") == {("nation", "FR", 2023): "68350798"}
    assert await values(library, "population", "level=employment_zone&geography=0051&from=2022&until=2022") != {}
    assert ("nation", "FR", 1951) not in await values(library, "ggdc_employment_total", "until=1954")


async def test_a_ratio_is_computed_from_its_two_counts(library: Api) -> None:
    industry = await values(library, "jobs_industry", "level=nation")
    total = await values(library, "jobs_total", "level=nation")

    assert (industry["nation", "FR", 2018], total["nation", "FR", 2018]) == ("2896.6", "28327.5")
    assert await values(library, "jobs_industry_share", "level=nation") == {
        ("nation", "FR", 2008): "12.211184",
        ("nation", "FR", 2018): "10.225399",
    }


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("geography=64", "level-missing", "level"),
        ("level=departement&geography=99", "code-not-known", "geography"),
        ("level=region&geography=64", "code-not-known", "geography"),
        ("level=employment_zone&geography=9999", "code-not-known", "geography"),
        ("level=nation&geography=IT", "code-not-known", "geography"),
        ("from=2020&until=2010", "years-not-fitting", "from"),
        ("level=canton", "unprocessable", "level"),
        ("level=commune&geography=%20", "unprocessable", "geography"),
    ],
)
async def test_what_names_nothing_is_refused(library: Api, query: str, code: str, parameter: str) -> None:
    refused = await library.get(f"/v1/indicators/population/values?{query}", status=422)

    assert refused["code"] == code
    assert [error["parameter"] for error in refused["errors"]] == [parameter]


async def test_an_indicator_that_is_not_known_is_not_found(library: Api) -> None:
    for path in ("", "/history", "/values"):
        refused = await library.get(f"/v1/indicators/inconnu{path}", status=404)
        assert refused["code"] == "indicator-not-found"


async def test_values_come_as_csv(library: Api) -> None:
    answer = await library.call(
        "GET", "/v1/indicators/jobs_industry_share/values?level=region&year=2018", headers={"Accept": "text/csv"}
    )
    rows = list(csv.DictReader(io.StringIO(answer.text)))

    paged = await values(library, "jobs_industry_share", "level=region&year=2018")
    assert {(row["level"], row["geography"], int(row["year"])): row["value_decimal"] for row in rows} == paged
    assert len(rows) == 18


async def test_values_are_paged_without_loss(library: Api) -> None:
    page = await library.get("/v1/indicators/population/values?level=departement&year=2023&limit=40")
    seen = list(page["items"])
    while page["next"]:
        page = await library.get(
            f"/v1/indicators/population/values?level=departement&year=2023&limit=40&cursor={page['next']}"
        )
        seen += page["items"]

    assert len({row["geography"] for row in seen}) == len(seen) == 101


async def test_populations_add_up_at_every_level_in_one_vintage(library: Api) -> None:
    sums: dict[tuple[str, int], int] = {}
    for level in ("nation", "region", "departement", "employment_zone"):
        for (_, _, year), value in (await values(library, "population", f"level={level}")).items():
            sums[level, year] = sums.get((level, year), 0) + int(value)

    for year in (2016, 2019, 2020, 2021, 2022, 2023):
        assert len({sums[level, year] for level in ("nation", "region", "departement", "employment_zone")}) == 1


async def test_the_delegation_defines_and_corrects_an_indicator(api: Api, published: PublishedFacts) -> None:
    made = await api.post("/v1/indicators", JOBS, by=NATIONAL)
    change = {"reserve": "Pour essais seulement", "reason": "Précision"}
    corrected = await api.patch("/v1/indicators/essai_emploi", change, by=NATIONAL)

    assert (made["weighting"], made["value_count"], made["years"]) == ("population", 0, [])
    assert (corrected["version"], corrected["reserve"]) == (2, "Pour essais seulement")
    history = await api.get("/v1/indicators/essai_emploi/history")
    assert [line["reason"] for line in history["items"]] == [None, "Précision"]
    facts = await published()
    assert [(one["fact"], one["indicator"], one["changed_years"]) for one in facts] == [
        ("IndicatorPublished.v1", "essai_emploi", []),
        ("IndicatorPublished.v1", "essai_emploi", []),
    ]
    changed = await api.get("/v1/indicators/changes?limit=200")
    assert changed["items"][-1]["object"] == corrected or changed["has_more"] is False


async def test_a_ratio_of_known_counts_has_values_at_once(api: Api) -> None:
    made = await api.post("/v1/indicators", SHARE, by=NATIONAL)

    assert (made["years"], made["levels"]) == ([2018], ["nation", "region", "departement"])
    assert made["value_count"] == 120


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"kind": "ratio"}, "/unit"),
        ({"unit": "pct"}, "/unit"),
        ({"numerator": "jobs_total"}, "/numerator"),
        ({"kind": "ratio", "unit": "pct", "numerator": "jobs_total"}, "/denominator"),
        (
            {"kind": "ratio", "unit": "pct", "numerator": "inconnu", "denominator": "jobs_total"},
            "/numerator",
        ),
        (
            {"kind": "ratio", "unit": "pct", "numerator": "jobs_industry_share", "denominator": "jobs_total"},
            "/numerator",
        ),
        ({"kind": "ratio", "unit": "pct", "numerator": "jobs_total", "denominator": "jobs_total"}, "/denominator"),
        ({"kind": "ratio", "unit": "pct", "numerator": "jobs_total", "denominator": "population"}, "/denominator"),
    ],
)
async def test_a_definition_that_contradicts_itself_is_refused(api: Api, changes: Any, pointer: str) -> None:
    refused = await api.post("/v1/indicators", {**JOBS, **changes}, by=NATIONAL, status=422)

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("definition-not-fitting", pointer)


async def test_with_values_the_meaning_stays(api: Api) -> None:
    change = {"unit": "persons", "reason": "Erreur"}
    refused = await api.patch("/v1/indicators/jobs_total", change, by=NATIONAL, status=409)

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("indicator-has-values", "/unit")


async def test_a_code_is_defined_once_and_only_by_the_delegation(api: Api) -> None:
    assert (await api.post("/v1/indicators", {**JOBS, "code": "population"}, by=NATIONAL, status=409))["code"] == (
        "indicator-already-defined"
    )
    await api.post("/v1/indicators", JOBS, by=REGION, status=403)
    await api.post("/v1/indicators", JOBS, status=401)
