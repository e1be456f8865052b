"""Imports of values: all rows or none, the same file once, and what stood before comes back."""

from typing import Any

import pytest

from services.territory.rules.imports import read_file, unknown_places
from tests.services.territory.api import NATIONAL, REGION, Api
from tests.services.territory.conftest import PublishedFacts

HEADER = "level,geography,year,value\n"
PATH = "/v1/indicators/jobs_industry/imports"


async def send(
    api: Api,
    text: str | bytes,
    *,
    status: int = 201,
    by: str | None = NATIONAL,
    path: str = PATH,
    media: str = "text/csv",
) -> Any:
    """Import a file, and return the body of the answer."""
    headers = {"Content-Type": media, **({"Authorization": f"Bearer {by}"} if by else {})}
    content = text.encode() if isinstance(text, str) else text
    answer = await api.client.post(path, content=content, headers=headers)
    assert answer.status_code == status, answer.text[:2000]
    return answer.json()


async def jobs(api: Api, code: str = "jobs_industry", year: int = 2018) -> dict[str, str]:
    """Return the values of the départements of a year."""
    rows = await api.collect(f"/v1/indicators/{code}/values?level=departement&year={year}")
    return {row["geography"]: row["value_decimal"] for row in rows}


async def test_an_import_replaces_and_adds_and_its_reverting_restores(api_on_both: Api) -> None:
    api = api_on_both
    before, share = await jobs(api), await jobs(api, "jobs_industry_share")
    made = await send(api, HEADER + "departement,64,2018,40.5\ndepartement,64,2020,41\n")

    assert (made["row_count"], made["new_count"], made["replaced_count"]) == (2, 1, 1)
    assert (await jobs(api))["64"] == "40.5"
    assert (await jobs(api, year=2020)) == {"64": "41"}
    assert (await jobs(api, "jobs_industry_share"))["64"] != share["64"]
    assert (await api.get("/v1/indicators/jobs_industry"))["years"] == [2008, 2018, 2020]

    reverted = await api.post(f"{PATH}/{made['id']}/revert", {"reason": "Essai"}, by=NATIONAL, status=200)

    assert (reverted["status"], reverted["reverted_because"], reverted["version"]) == ("reverted", "Essai", 2)
    assert await jobs(api) == before
    assert await jobs(api, "jobs_industry_share") == share
    assert await jobs(api, year=2020) == {}
    assert (await api.get("/v1/indicators/jobs_industry"))["years"] == [2008, 2018]
    again = await api.post(f"{PATH}/{made['id']}/revert", {"reason": "Essai"}, by=NATIONAL, status=409)
    assert again["code"] == "import-reverted"


async def test_values_of_zones_are_apportioned_before_those_of_departements(api: Api) -> None:
    zones = await api.collect("/v1/employment-zones")
    await send(api, HEADER + "".join(f"employment_zone,{zone['code']},2018,100\n" for zone in zones))
    found = await api.get("/v1/territories/2018-ti-7505/indicators/jobs_industry?from=2018")
    [value] = found["values"]

    assert {part["level"] for part in value["parts"]} == {"employment_zone"}
    assert value["method"] == "apportioned_by_population"
    wrong = await send(api, HEADER + "employment_zone,9999,2018,100\n", status=422)
    assert wrong["errors"][0]["pointer"] == "/rows/2/geography"


async def test_the_same_file_is_the_same_import_until_it_is_reverted(api: Api, published: PublishedFacts) -> None:
    text = HEADER + "departement,64,2018,40.5\n"
    made = await send(api, text)
    again = await send(api, text, status=200)
    await api.post(f"{PATH}/{made['id']}/revert", {"reason": "Essai"}, by=NATIONAL, status=200)
    anew = await send(api, text)

    assert again == made
    assert anew["id"] != made["id"]
    facts = await published()
    # One event of the count and one of its ratio, for each import and each reverting.
    assert [one["indicator"] for one in facts] == ["jobs_industry", "jobs_industry_share"] * 3
    assert {(tuple(one["changed_levels"]), tuple(one["changed_years"])) for one in facts} == {
        (("departement",), (2018,))
    }
    assert {one["import_id"] for one in facts} == {made["id"], anew["id"]}


async def test_a_replaced_import_is_reverted_after_the_one_that_replaced_it(api: Api) -> None:
    first = await send(api, HEADER + "departement,64,2018,40.5\ndepartement,65,2018,9\n")
    second = await send(api, HEADER + "departement,64,2018,41.5\n")
    refused = await api.post(f"{PATH}/{first['id']}/revert", {"reason": "Essai"}, by=NATIONAL, status=409)

    assert (refused["code"], refused["imports"]) == ("import-superseded", [second["id"]])
    await api.post(f"{PATH}/{second['id']}/revert", {"reason": "Essai"}, by=NATIONAL, status=200)
    assert (await jobs(api))["64"] == "40.5"
    await api.post(f"{PATH}/{first['id']}/revert", {"reason": "Essai"}, by=NATIONAL, status=200)
    assert (await jobs(api))["64"] not in ("40.5", "41.5")


@pytest.mark.parametrize(
    "copy",
    [
        "\ufefflevel,geography,year,value\ndepartement,64,2018,40.5\ndepartement,65,2018,9\n",
        "level,geography,year,value\r\ndepartement,64,2018,40.5\r\ndepartement,65,2018,9\r\n",
        "level;geography;year;value\ndepartement;64;2018;40,50\ndepartement;65;2018;9,0\n",
        "\nvalue,year,geography,level\n9,2018,65,departement\n40.5,2018,64,departement",
    ],
)
async def test_a_file_of_the_same_values_is_the_same_import(api: Api, copy: str) -> None:
    made = await send(api, HEADER + "departement,64,2018,40.5\ndepartement,65,2018,9\n")
    again = await send(api, copy, status=200)

    assert again == made
    assert len((await api.get(PATH))["items"]) == 1
    await api.post(f"{PATH}/{made['id']}/revert", {"reason": "Essai"}, by=NATIONAL, status=200)


async def test_an_import_that_repeats_values_keeps_them_and_blocks_no_revert(api_on_both: Api) -> None:
    api = api_on_both
    before = await jobs(api)
    first = await send(api, HEADER + "departement,64,2018,40.5\ndepartement,65,2018,9\n")
    second = await send(api, HEADER + "departement,64,2018,40.5\ndepartement,31,2018,1\n")
    third = await send(api, HEADER + "departement,64,2018,40.5\ndepartement,32,2018,1\n")
    assert [(each["replaced_count"], each["unchanged_count"]) for each in (first, second, third)] == [
        (2, 0), (1, 1), (1, 1),
    ]  # fmt: skip

    await api.post(f"{PATH}/{first['id']}/revert", {"reason": "Essai"}, by=NATIONAL, status=200)
    found = await jobs(api)
    assert (found["64"], found["65"]) == ("40.5", before["65"])

    await api.post(f"{PATH}/{second['id']}/revert", {"reason": "Essai"}, by=NATIONAL, status=200)
    assert (await jobs(api))["64"] == "40.5"
    await api.post(f"{PATH}/{third['id']}/revert", {"reason": "Essai"}, by=NATIONAL, status=200)
    assert await jobs(api) == before


async def test_a_refused_revert_names_each_import_that_replaced_values(api: Api) -> None:
    first = await send(api, HEADER + "departement,64,2018,40.5\ndepartement,65,2018,9\n")
    second = await send(api, HEADER + "departement,64,2018,41.5\n")
    path = f"{PATH}/{first['id']}/revert"
    refused = await api.post(path, {"reason": "Essai"}, by=NATIONAL, status=409)
    assert refused["detail"] == f"A later import replaced values of this one: revert {second['id']} first."

    repeats = await send(api, HEADER + "departement,64,2018,41.5\ndepartement,31,2018,1\n")
    third = await send(api, HEADER + "departement,65,2018,8\n")
    refused = await api.post(path, {"reason": "Essai"}, by=NATIONAL, status=409)
    assert refused["imports"] == [second["id"], third["id"]]
    assert refused["detail"].endswith(f"the last one first: {third['id']}, {second['id']}.")

    # What it repeated is now what it replaced.
    await api.post(f"{PATH}/{second['id']}/revert", {"reason": "Essai"}, by=NATIONAL, status=200)
    refused = await api.post(path, {"reason": "Essai"}, by=NATIONAL, status=409)
    assert refused["imports"] == [repeats["id"], third["id"]]
    assert (await jobs(api))["64"] == "41.5"


async def test_a_dry_run_reports_and_changes_nothing(api: Api, published: PublishedFacts) -> None:
    text = HEADER + "departement,64,2018,40.5\n"
    before = await jobs(api)
    report = await send(api, text, path=f"{PATH}?dry_run=true", status=200)

    assert (report["id"], report["status"], report["replaced_count"]) == (None, "checked", 1)
    assert await jobs(api) == before
    assert (await api.get(PATH))["items"] == []
    assert await published() == []
    made = await send(api, text)
    assert {**report, "id": 0, "version": 0, "status": 0, "imported_at": 0} == {
        **made, "id": 0, "version": 0, "status": 0, "imported_at": 0,
    }  # fmt: skip


async def test_one_wrong_row_and_nothing_is_imported(api: Api) -> None:
    before = await jobs(api)
    wrong = HEADER + "departement,64,2018,40\ndepartement,99,2018,4\ncanton,64,2018,5\ndepartement,65,18,x\n"
    for query in ("", "?dry_run=true"):
        refused = await send(api, wrong, path=PATH + query, status=422)
        assert (refused["code"], refused["bad_rows"]) == ("import-refused", 3)
        assert [error["pointer"] for error in refused["errors"]] == [
            "/rows/3/geography",
            "/rows/4/level",
            "/rows/5/year",
            "/rows/5/value",
        ]

    assert await jobs(api) == before
    assert (await api.get(PATH))["items"] == []


async def test_each_wrong_cell_is_named_and_a_former_code_with_its_successor(api: Api) -> None:
    refused = await send(api, HEADER + "region,73,2018,x\ncommune,74268,2018,1\nepci,20006725,2018,1\n", status=422)

    assert [(error["pointer"], error["detail"][:30]) for error in refused["errors"]] == [
        ("/rows/2/geography", "73 was a région until 2015, an"),
        ("/rows/2/value", "« x » is no number: write digi"),
        ("/rows/3/geography", "74268 (Seynod) is no commune o"),
        ("/rows/4/geography", "« 20006725 » names no place of"),
    ]
    assert refused["detail"].startswith("3 rows are wrong")
    assert (await send(api, HEADER + "region,73,2018,1\n", status=422))["detail"].startswith("1 row is wrong")


@pytest.mark.parametrize(
    "text",
    [
        HEADER + 'employment_zone,7522,2016,"1,000"\n',
        HEADER.replace(",", ";") + "employment_zone;7522;2016;12,000\n",
        HEADER.replace(",", ";") + "employment_zone;7522;2016;12.000\n",
    ],
)
async def test_thousands_of_persons_are_never_read_as_units(api: Api, text: str) -> None:
    refused = await send(api, text, path="/v1/indicators/population/imports", status=422)

    [error] = refused["errors"]
    assert error["pointer"] == "/rows/2/value"
    assert error["detail"].endswith("000, without separators")


async def test_a_published_share_is_at_most_100(api: Api) -> None:
    path = "/v1/indicators/industry_share_25_54/imports"
    refused = await send(api, HEADER + "region,75,2014,101\nregion,84,2014,850\n", path=path, status=422)

    assert [error["pointer"] for error in refused["errors"]] == ["/rows/2/value", "/rows/3/value"]
    await send(api, HEADER + "region,75,2014,100\n", path=path)


async def test_a_refusal_names_the_first_rows_and_counts_all(api: Api) -> None:
    refused = await send(api, HEADER + "departement,99,2018,4\n" * 1000, status=422)

    assert (refused["bad_rows"], len(refused["errors"])) == (1000, 100)


@pytest.mark.parametrize(
    "text",
    [
        "\ufefflevel;geography;year;value\r\ndepartement;64;2018;40,5\r\n",
        'geography,year,value,level\n64,2018,"40,5",departement\n\n',
        "LEVEL;GEOGRAPHY;YEAR;VALUE\n departement ; 64 ; 2018 ; 40.50 \n",
        "level;geography;year;value\ndepartement;64;2018;40,5\nepci;200 067 254;2018;1\u202f012,5\n",
        "level;geography;year;value\ndepartement;64;2018;40,5\nepci;20006725400017;2018;1 012,5\n",
    ],
)
async def test_files_of_french_spreadsheets_are_understood(api: Api, text: str) -> None:
    await send(api, text)

    assert (await jobs(api))["64"] == "40.5"


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"", 1),
        (HEADER.encode(), 1),
        (b"level,geography,year\ndepartement,64,2018\n", 1),
        (b"level,geography,year,value,value\n", 1),
        (HEADER.encode() + b"departement,64,2018,\xe9\n", 2),
        (HEADER.encode() + b"departement,64,2018,\x00\n", 2),
        (HEADER.encode() + b"departement,64,2018\n", 2),
        (HEADER.encode() + b"departement,64,2018,1\ndepartement,64,2018,2\n", 3),
        (HEADER.encode() + b"departement,64,2018,-1\n", 2),
        (HEADER.encode() + b"departement,64,2018,1e5\n", 2),
        (HEADER.encode() + b"departement,64,2018,NaN\n", 2),
        (HEADER.encode() + b"departement,64,1899,1\n", 2),
        (HEADER.encode() + b"departement,64,2199,1\n", 2),
        (HEADER.encode() + b"nation,,2018,1\n", 2),
        (HEADER.encode() + b'departement,64,2018,"1\n', 2),
        (HEADER.encode() + b"departement,64,2018," + b"1" * 200_000 + b"\n", 2),
    ],
)
async def test_what_is_no_file_of_values_is_refused(api: Api, content: bytes, row: int) -> None:
    refused = await send(api, content, status=422)

    assert refused["code"] == "import-refused"
    assert refused["errors"][0]["pointer"].split("/")[2] == str(row)


async def test_who_may_import_what_in_which_form(api: Api) -> None:
    text = HEADER + "departement,64,2018,40.5\n"

    assert (await send(api, "[]", media="application/json", status=415))["code"] == "unsupported-media-type"
    await send(api, text, media="text/csv; charset=latin-1", status=415)
    await send(api, text, media="application/octet-stream")
    await send(api, text, by=REGION, status=403)
    await send(api, text, by=None, status=401)
    await send(api, HEADER + " " * 1_100_000, status=413)
    await send(api, text, path="/v1/indicators/inconnu/imports", status=404)
    refused = await send(api, text, path="/v1/indicators/jobs_industry_share/imports", status=409)
    assert refused["code"] == "values-computed"
    await api.get(f"{PATH}/0198f3a2-7b1c-7e44-9d55-2c1f0a9b8f12", status=404)


async def test_imports_are_listed_and_read(api: Api) -> None:
    made = await send(api, HEADER + "departement,64,2018,40.5\n", media="text/csv; charset=UTF-8")

    assert (await api.get(PATH))["items"] == [made]
    assert await api.get(f"{PATH}/{made['id']}") == made


def test_persons_have_no_fraction_and_places_are_checked_by_level() -> None:
    read = read_file(
        b"level,geography,year,value\nregion,75,2018,1.5\nregion,64,2018,2\n", unit="persons", this_year=2026
    )

    assert [(error.row, error.column) for error in read.errors] == [(2, "value")]
    assert unknown_places(read, {"region": {"75"}}) == {3: ("region", "64")}


async def test_a_file_that_was_corrected_since_is_not_taken_for_standing(api: Api) -> None:
    first, second = (HEADER + f"departement,64,2018,{value}\n" for value in ("40.5", "41.5"))
    await send(api, first)
    correction = await send(api, second)

    refused = await send(api, first, status=409)

    assert (refused["code"], refused["imports"]) == ("import-superseded", [correction["id"]])
    assert (await jobs(api))["64"] == "41.5"
    await api.post(f"{PATH}/{correction['id']}/revert", {"reason": "Essai"}, by=NATIONAL, status=200)
    await send(api, first, status=200)


def test_what_shows_nothing_around_a_cell_does_not_count() -> None:
    text = "\u200blevel,geography,year,value\u00a0\nregion\u200b,\ufeff75,2018\u2060, 2\u3164\n\u200b,\u00a0,,\n"

    read = read_file(text.encode(), unit="persons", this_year=2026)

    assert (dict(read.values), read.errors) == ({("region", "75", 2018): "2"}, [])
