"""Records of published facts: shipped ones, those that the délégation enters, and their counts beside progress."""

import csv
import json
import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import pytest
from sqlalchemy import select

from services.contract.commands import load_records, load_reference
from services.contract.reference import RECORDS
from shared.clock import today
from shared.events.contract import FactRecorded
from shared.ids import uuid7
from shared.storage.tables import outbox
from tests.services.contract.conftest import REGION, House, declared
from tests.services.contract.places import BRIVE, COEUR, LACQ
from tests.services.contract.stories import signed_contract
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM

SERVICES: Final = Path(__file__).parents[3] / "services"
SHIPPED: Final = SERVICES / "contract" / "reference" / "contract_records.csv"
TERRITORY: Final = SERVICES / "territory" / "reference"
PATH: Final = "/v1/contract-records"
RECORD: Final[dict[str, Any]] = {
    "territory": LACQ,
    "kind": "protocol",
    "day": "2019-04-05",
    "sources": ["https://presse.invalid/protocole"],
    "note": "Signature (synthétique)",
}
NOTHING: Final = {"certain": 0, "possible": 0}


async def load(house: House) -> list[str]:
    """Load the shipped records; return what the loader said of them."""
    said: list[str] = []
    await load_records(house.database, said.append)
    return said


async def record(house: House, expect: int = 201, **changes: Any) -> dict[str, Any]:
    """Record the fact of the tests, with changes."""
    return await house.post(PATH, {**RECORD, **changes}, by=NATIONAL, expect=expect)


async def listed(house: House, **params: Any) -> list[dict[str, Any]]:
    """Return the records that a list shows to everybody."""
    return list((await house.get(PATH, by=None, limit=200, **params))["items"])


async def counted(house: House, as_of: str, **params: Any) -> dict[str, Any]:
    """Return the recorded signatures beside progress on a day."""
    answer = await house.get("/v1/progress", by=None, as_of=as_of, **{"phase": "2018", **params})
    return dict(answer["recorded"])


def by_sql(as_of: date, phase: str, region: str | None = None) -> dict[str, tuple[int, int]]:
    """Count the facts of the shipped file by SQL alone: kind → certain, possible."""
    database = sqlite3.connect(":memory:")
    database.execute("create table r (territory, phase, regions, kind, day, precision, fact)")
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            fact = f"{row['territory']} {row['day']}"
            values = (row["territory"], row["phase"], row["region_codes"], row["kind"], row["day"], row["precision"])
            database.execute("insert into r values (?, ?, ?, ?, ?, ?, ?)", (*values, fact))
    found = database.execute(
        """
        select kind,
            count(distinct case when precision <> 'unknown' and day <= :day then fact end),
            count(distinct case
                when precision in ('before', 'unknown') then fact
                when precision = 'year' and substr(day, 1, 4) <= substr(:day, 1, 4) then fact
                when precision = 'month' and substr(day, 1, 7) <= substr(:day, 1, 7) then fact
                when precision = 'day' and day <= :day then fact end)
        from r
        where phase = :phase and kind in ('protocol', 'contract', 'protocol_or_contract')
            and (:region is null or ' ' || regions || ' ' like '% ' || :region || ' %')
        group by kind
        """,
        {"day": str(as_of), "phase": phase, "region": region},
    )
    return {kind: (certain, possible) for kind, certain, possible in found}


def shown(recorded: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return the counts of an answer in the form of the SQL, without the kinds that never occur."""
    names = {
        "protocol": "protocols",
        "contract": "contracts",
        "protocol_or_contract": "protocols_or_contracts",
    }
    return {kind: (recorded[name]["certain"], recorded[name]["possible"]) for kind, name in names.items()}


async def test_the_published_facts_are_shipped_and_loaded_once(house: House) -> None:
    first, second = await load(house), await load(house)
    await house.settled()

    items = await listed(house)

    assert first == ["contract: records: 35 rows written, 35 events"]
    assert second == ["contract: records: 0 rows written, 0 events"]
    assert len(items) == 35
    assert all(each["sources"] and each["version"] == 1 for each in items)
    days = [each["day"] for each in items if each["precision"] == "day"]
    assert days == sorted(days)


async def test_the_targets_and_the_records_are_loaded_together(house: House) -> None:
    said: list[str] = []
    await load_reference(house.database, said.append)

    assert said == [
        "contract: targets: 1 rows written, 1 events",
        "contract: records: 35 rows written, 35 events",
    ]


async def test_a_later_version_corrects_the_rows_that_differ_and_no_others(house: House) -> None:
    await load(house)
    [nord] = [row for row in RECORDS if row["code"] == "2018-ti-2707-contract-1"]
    others = [row for row in RECORDS if row is not nord]
    [before] = [each for each in await listed(house, kind="contract") if each["territory"] == nord["territory"]]
    corrected = {**nord, "day": "2019-03-31", "precision": "month", "sources": [*nord["sources"], "Source synthétique"]}

    said: list[str] = []
    await load_records(house.database, said.append, [corrected, *others])
    await load_records(house.database, said.append, [corrected, *others])

    assert said == ["contract: records: 1 rows written, 1 events", "contract: records: 0 rows written, 0 events"]
    after = await house.get(f"{PATH}/{before['id']}", by=None)
    assert (after["day"], after["precision"], after["version"]) == ("2019-03-31", "month", 2)
    assert after["sources"][-1] == "Source synthétique"
    assert (await counted(house, "2019-03-25"))["contracts"] == {"certain": 0, "possible": 2}


async def test_a_later_version_leaves_what_the_delegation_corrected_or_withdrew(house: House) -> None:
    await load(house)
    items = [each for each in await listed(house, kind="contract") if each["territory"] == LACQ]
    by_amount = {each["amount_cents"]: each for each in items}
    kept, withdrawn = by_amount[15_000_000_000], by_amount[18_000_000_000]
    await house.patch(f"{PATH}/{kept['id']}", {"note": "Lu (synthétique)", "reason": "Relecture."}, by=NATIONAL)
    await house.post(f"{PATH}/{withdrawn['id']}/withdraw", {"reason": "Doublon."}, by=NATIONAL)

    said: list[str] = []
    rows = [{**row, "action_count": 30} if row["action_count"] == 29 else row for row in RECORDS]
    await load_records(house.database, said.append, rows)

    assert said == ["contract: records: 2 rows written, 2 events"]
    kept, withdrawn = [await house.get(f"{PATH}/{each['id']}", by=None) for each in (kept, withdrawn)]
    assert (kept["note"], kept["action_count"]) == ("Lu (synthétique)", 30)
    assert withdrawn["action_count"] == 29
    assert withdrawn["withdrawn_at"]


def test_the_shipped_regions_are_those_of_the_published_lists() -> None:
    regions: dict[str, list[str]] = {}
    for name, phase in (("territories.csv", "2018"), ("territories_2023.csv", "2023")):
        with (TERRITORY / name).open(encoding="utf-8", newline="") as file:
            regions |= {f"{phase}-{row['code']}": row["region_codes"].split() for row in csv.DictReader(file)}

    assert {row["code"] for row in RECORDS if row["regions"] != regions[row["territory"]]} == set()
    assert {row["code"] for row in RECORDS if not row["territory"].startswith(row["phase"])} == set()
    assert len({row["code"] for row in RECORDS}) == len(RECORDS) == 35


async def test_the_signatures_of_the_industry_week_of_2019_are_counted_beside_the_seven_declared(house: House) -> None:
    await load(house)
    await declare(house)

    answer = await house.get("/v1/progress", by=None, as_of="2019-03-31", phase="2018")

    recorded = answer["recorded"]
    assert recorded["protocols"] == {"certain": 2, "possible": 5}
    assert recorded["contracts"] == {"certain": 1, "possible": 2}
    assert recorded["protocols_or_contracts"] == NOTHING
    figures = {each["metric"]: (each["value"], each["computed"]) for each in answer["declared"]}
    assert figures["protocols_signed"] == (7, 0)
    certain = await listed(house, kind=["protocol", "contract"], until="2019-03-31", certain="true", phase="2018")
    assert {(each["territory"], each["kind"], each["day"]) for each in certain} == {
        ("2018-ti-7504", "protocol", "2019-03-19"),
        ("2018-ti-2707", "contract", "2019-03-19"),
        (LACQ, "protocol", "2019-03-25"),
    }


async def test_the_signatures_of_september_2019_are_counted_beside_the_twenty_nine_declared(house: House) -> None:
    await load(house)
    await declare(house)

    answer = await house.get("/v1/progress", by=None, as_of="2019-09-24", phase="2018")

    recorded = answer["recorded"]
    assert recorded["protocols"] == {"certain": 4, "possible": 6}
    assert recorded["contracts"] == {"certain": 3, "possible": 4}
    assert recorded["protocols_or_contracts"] == NOTHING
    figures = {each["metric"]: (each["value"], each["computed"]) for each in answer["declared"]}
    assert (figures["protocols_or_contracts_signed"], figures["contracts_signed"]) == ((29, 0), (5, 0))
    assert answer["total"]["contracts"]["signed"] == 0


async def declare(house: House) -> None:
    """Declare the figures of signatures as the territory service ships them."""
    with (TERRITORY / "national_figures.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["metric"].endswith("_signed")]
    assert {(row["date"], row["metric"], row["value"]) for row in rows} >= {
        ("2019-03-24", "protocols_signed", "7"),
        ("2019-09-24", "protocols_or_contracts_signed", "29"),
    }
    await house.publish(
        *(
            declared(int(row["value"]), date.fromisoformat(row["date"]), metric=row["metric"], source=row["source"])
            for row in rows
        )
    )


async def test_the_counts_equal_those_of_sql_on_each_month_and_in_each_region(house: House) -> None:
    await load(house)
    days = [date(2018, 12, 1) + timedelta(days=number) for number in range(0, 1_500, 30)]

    for day in [*days, date(2019, 3, 31), date(2019, 9, 24), date(2019, 11, 18), date(2019, 11, 19)]:
        found, expected = shown(await counted(house, str(day))), by_sql(day, "2018")
        assert {kind: found[kind] for kind in expected} == expected, day
        assert all(certain <= possible for certain, possible in found.values())
    for region in ("24", "27", "28", "44", "52", "75", "76", "84", "93"):
        found, expected = (
            shown(await counted(house, "2022-12-31", region=region)),
            by_sql(date(2022, 12, 31), "2018", region),
        )
        assert found == dict.fromkeys(found, (0, 0)) | expected, region


async def test_statements_on_one_signature_count_once(house: House) -> None:
    await load(house)

    of_lacq = [each for each in await listed(house, territory=LACQ) if each["kind"] == "contract"]

    assert sorted(each["amount_cents"] for each in of_lacq) == [15_000_000_000, 18_000_000_000, 18_600_000_000]
    assert {each["fact"] for each in of_lacq} == {f"{LACQ}/signature/2019-07-15"}
    assert (await counted(house, "2019-07-15", region="76"))["contracts"] == {"certain": 1, "possible": 2}


async def test_the_records_behind_a_count_are_reached_by_its_path(house: House) -> None:
    await load(house)
    await record(house, territory=COEUR)

    recorded = await counted(house, "2019-04-30", region="76")
    path, _, query = recorded["records"].partition("?")
    asked: dict[str, Any] = dict(parse_qs(query))
    behind = (await house.get(path, by=None, **asked))["items"]

    assert {(each["territory"], each["kind"], each["precision"]) for each in behind} == {
        (LACQ, "protocol", "day"),
        (COEUR, "protocol", "day"),
        ("2018-ti-7608", "contract", "unknown"),
    }
    assert recorded["protocols"] == {"certain": 2, "possible": 2}
    assert all(each["sources"] for each in behind)


async def test_recorded_facts_are_in_no_other_count(house: House) -> None:
    before = await house.get("/v1/progress", by=None, phase="2018", as_of="2019-12-31")
    await load(house)
    await house.settled()

    after = await house.get("/v1/progress", by=None, phase="2018", as_of="2019-12-31")

    assert after["recorded"] != before["recorded"]
    for name in ("total", "regions", "declared"):
        assert after[name] == before[name]


async def test_contracts_of_the_platform_are_not_recorded_facts(house: House) -> None:
    await signed_contract(house)
    await house.settled()

    answer = await house.get("/v1/progress", by=None, phase="2018")

    assert answer["total"]["contracts"]["signed"] == 1
    assert answer["recorded"]["contracts"] == NOTHING


async def test_each_phase_counts_its_own_records(house: House) -> None:
    await record(house)
    await record(house, territory=BRIVE, day="2024-02-01", kind="contract")

    first, second = (await house.get("/v1/progress", by=None))["phases"]

    assert (first["recorded"]["protocols"]["certain"], first["recorded"]["contracts"]) == (1, NOTHING)
    assert (second["recorded"]["protocols"], second["recorded"]["contracts"]["certain"]) == (NOTHING, 1)
    assert [each["territory"] for each in await listed(house, phase="2023")] == [BRIVE]


async def test_a_fact_is_recorded_by_the_delegation_and_read_by_everybody(house: House) -> None:
    made = await record(house)

    read = await house.get(f"{PATH}/{made['id']}", by=None)

    assert read == made
    assert (made["phase"], made["regions"]) == ("2018", ["75", "76"])
    assert (made["day"], made["precision"]) == ("2019-04-05", "day")
    assert made["fact"] == f"{LACQ}/signature/2019-04-05"
    assert (made["action_count"], made["amount_cents"], made["withdrawn_at"]) == (None, None, None)


@pytest.mark.parametrize(
    ("stated", "day", "fact", "days"),
    [
        (
            {"precision": "month", "day": "2019-04-05"},
            "2019-04-30",
            "2019-04",
            ("2019-03-31", "2019-04-01", "2019-04-30"),
        ),
        ({"precision": "year", "day": "2019-04-05"}, "2019-12-31", "2019", ("2018-12-31", "2019-01-01", "2019-12-31")),
        (
            {"precision": "year", "day": "2018-12-01"},
            "2018-12-31",
            "2018",
            (None, "2018-11-22", "2018-12-31"),
        ),
        ({"precision": "before"}, "2019-04-05", "before-2019-04-05", (None, "2018-11-22", "2019-04-05")),
        ({"precision": "unknown", "day": None}, None, "unknown", (None, "2018-11-22", None)),
    ],
    ids=str,
)
async def test_a_day_that_is_not_exact_counts_as_possible_before_it_counts_as_certain(
    house: House, stated: dict[str, Any], day: str | None, fact: str, days: tuple[str | None, ...]
) -> None:
    made = await record(house, **stated)
    no_more, possible, certain = days

    assert (made["day"], made["fact"]) == (day, f"{LACQ}/protocol/{fact}")
    if no_more:
        assert (await counted(house, no_more))["protocols"] == NOTHING
    assert possible
    assert (await counted(house, possible))["protocols"] == {"certain": 0, "possible": 1}
    if certain:
        assert (await counted(house, certain))["protocols"] == {"certain": 1, "possible": 1}
        eve = str(date.fromisoformat(certain) - timedelta(1))
        assert (await counted(house, eve))["protocols"] == {"certain": 0, "possible": 1}
    else:
        assert (await counted(house, str(today())))["protocols"] == {"certain": 0, "possible": 1}


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"day": str(today() + timedelta(1))}, "/day", "day-not-plausible"),
        ({"day": str(today() + timedelta(1)), "precision": "before"}, "/day", "day-not-plausible"),
        ({"day": str(today() + timedelta(1)), "precision": "year"}, "/day", "day-not-plausible"),
        ({"day": "2018-11-21"}, "/day", "day-not-plausible"),
        ({"day": "2018-10-15", "precision": "month"}, "/day", "day-not-plausible"),
        ({"day": "2018-11-21", "precision": "before"}, "/day", "day-not-plausible"),
        ({"territory": BRIVE}, "/day", "day-not-plausible"),
        ({"day": None}, "/day", "precision-not-fitting"),
        ({"precision": "unknown"}, "/day", "precision-not-fitting"),
        ({"territory": "2018-ti-9999"}, "/territory", "territory-not-known"),
        ({"sources": []}, "/sources", "unprocessable"),
        ({"sources": ["https://a.invalid", "https://a.invalid"]}, "/sources/1", "unprocessable"),
        ({"sources": [" "]}, "/sources/0", "unprocessable"),
        ({"kind": "amendment"}, "/kind", "unprocessable"),
        ({"amount_cents": -1}, "/amount_cents", "unprocessable"),
        ({"amount_cents": 12.5}, "/amount_cents", "unprocessable"),
        ({"title": "Contrat"}, "/title", "unprocessable"),
    ],
    ids=str,
)
async def test_a_record_that_cannot_be_is_refused(
    house: House, change: dict[str, Any], pointer: str, code: str
) -> None:
    problem = await record(house, expect=422, **change)

    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert problem["code"] == code
    assert await listed(house) == []


@ON_SQLITE
async def test_a_record_without_sources_is_refused(house: House) -> None:
    body = {name: value for name, value in RECORD.items() if name != "sources"}

    problem = await house.post(PATH, body, by=NATIONAL, expect=422)

    assert [error["pointer"] for error in problem["errors"]] == ["/sources"]


async def test_a_correction_leaves_the_former_statement_in_the_history(house: House) -> None:
    made = await record(house, amount_cents=100)
    path = f"{PATH}/{made['id']}"

    corrected = await house.patch(
        path,
        {"kind": "contract", "day": "2019-05-31", "precision": "month", "amount_cents": 200, "reason": "Relecture."},
        by=NATIONAL,
    )

    assert (corrected["kind"], corrected["day"], corrected["amount_cents"]) == ("contract", "2019-05-31", 200)
    assert corrected["fact"] == f"{LACQ}/contract/2019-05"
    assert (await counted(house, "2019-05-30"))["protocols"] == NOTHING
    assert (await counted(house, "2019-05-30"))["contracts"] == {"certain": 0, "possible": 1}
    first, last = (await house.get(f"{path}/history", by=None))["items"]
    assert (first["reason"], last["reason"]) == (None, "Relecture.")
    assert last["changed"]["amount_cents"] == {"before": 100, "after": 200}
    assert last["changed"]["day"] == {"before": "2019-04-05", "after": "2019-05-31"}
    assert "search" not in last["changed"]
    changes = (await house.get(f"{PATH}/changes", by=None))["items"]
    assert {line["id"] for line in changes} == {made["id"]}


@ON_SQLITE
async def test_a_correction_is_based_on_the_current_version_and_gives_a_reason(house: House) -> None:
    made = await record(house)
    path = f"{PATH}/{made['id']}"
    await house.patch(path, {"note": None, "reason": "Relecture."}, by=NATIONAL)

    stale = await house.patch(path, {"note": "x", "reason": "Relecture."}, by=NATIONAL, version=1, expect=412)
    bare = await house.patch(path, {"note": "x"}, by=NATIONAL, expect=422)
    meaning = await house.patch(path, {"precision": "month", "reason": "Relecture."}, by=NATIONAL, expect=422)

    assert stale["code"] == "version-stale"
    assert [error["pointer"] for error in bare["errors"]] == ["/reason"]
    assert (meaning["code"], meaning["errors"][0]["pointer"]) == ("precision-not-fitting", "/day")
    assert (await house.get(path, by=None))["version"] == 2


@ON_SQLITE
async def test_a_withdrawn_record_counts_no_more_and_stays_readable(house: House) -> None:
    made = await record(house)
    path = f"{PATH}/{made['id']}"

    withdrawn = await house.post(f"{path}/withdraw", {"reason": "Source erronée."}, by=NATIONAL)

    assert withdrawn["withdrawn_at"]
    assert (await counted(house, "2019-12-31"))["protocols"] == NOTHING
    assert await listed(house) == [withdrawn]
    assert await listed(house, in_force="true") == []
    again = await house.post(f"{path}/withdraw", {"reason": "Encore."}, by=NATIONAL, expect=409)
    change = await house.patch(path, {"note": "x", "reason": "Encore."}, by=NATIONAL, expect=409)
    assert {again["code"], change["code"]} == {"record-withdrawn"}


async def test_a_record_that_is_entered_again_counts_once(house: House) -> None:
    await record(house)
    await record(house, sources=["https://autre.invalid/protocole"], amount_cents=1)

    assert (await counted(house, "2019-04-05"))["protocols"] == {"certain": 1, "possible": 1}


async def test_sources_that_differ_on_the_kind_of_a_signature_count_as_either(house: House) -> None:
    await record(house)
    await record(house, kind="protocol_or_contract")
    agreed = await counted(house, "2019-04-05")
    await record(house, kind="contract")

    differing = await counted(house, "2019-04-05")

    assert (agreed["protocols"]["certain"], agreed["protocols_or_contracts"]) == (1, NOTHING)
    assert (differing["protocols"], differing["contracts"]) == (NOTHING, NOTHING)
    assert differing["protocols_or_contracts"] == {"certain": 1, "possible": 1}


async def test_days_that_overlap_may_be_of_one_signature(house: House) -> None:
    await record(house)
    await record(house, day="2019-06-01", precision="before")

    assert (await counted(house, "2019-06-01"))["protocols"] == {"certain": 1, "possible": 2}


async def test_each_change_of_a_record_is_a_public_event(house: House) -> None:
    made = await record(house)
    path = f"{PATH}/{made['id']}"
    await house.patch(path, {"note": RECORD["note"], "reason": "Rien de neuf."}, by=NATIONAL)
    await house.patch(path, {"action_count": 16, "reason": "Relecture."}, by=NATIONAL)
    await house.post(f"{path}/withdraw", {"reason": "Source erronée."}, by=NATIONAL)

    async with house.database.reading() as session:
        bodies = await session.scalars(
            select(outbox.c.body).where(outbox.c.type == FactRecorded.type).order_by(outbox.c.id)
        )
        events = [FactRecorded.model_validate(json.loads(body)["data"]) for body in bodies.all()]

    assert [(event.action_count, event.is_withdrawn) for event in events] == [(None, False), (16, False), (16, True)]
    assert {(event.subject, event.territory, tuple(event.regions)) for event in events} == {
        (f"contract-record/{made['id']}", LACQ, ("75", "76"))
    }


@ON_SQLITE
async def test_records_are_filtered(house: House) -> None:
    await load(house)

    async def found(**params: Any) -> set[str]:
        return {each["territory"] for each in await listed(house, **params)}

    assert await found(territory=LACQ) == {LACQ}
    assert await found(kind="launch") == {"2018-ti-2408"}
    assert await found(kind=["launch", "project_committee"]) == {"2018-ti-2408", "2018-ti-2707"}
    assert await found(region="53") == set()
    assert "2018-ti-5213" in await found(region="28")
    assert await found(phase="2023") == {"2023-ti-7510"}
    assert await found(until="2019-03-01", certain="true") == {"2018-ti-2408"}
    assert await found(**{"from": "2022-01-01", "certain": "true"}) == {"2018-ti-5203"}
    assert "2018-ti-7608" in await found(**{"from": "2022-01-01"})
    assert await found(q="Mulhouse", region="44") == {
        f"2018-ti-44{code}" for code in ("01", "02", "03", "05", "07", "08", "11", "12", "13", "14", "15")
    }
    assert await found(q="chatellerault") == set()
    assert await found(q="Sochaux") == {"2018-ti-2707"}
    assert await found(q="ti-7504") == {"2018-ti-7504"}
    reversed_days = await house.get(PATH, by=None, expect=422, **{"from": "2019-03-02", "until": "2019-03-01"})
    assert (reversed_days["code"], reversed_days["errors"][0]["parameter"]) == ("days-reversed", "until")


async def test_a_page_of_records_goes_on_where_it_ended(house: House) -> None:
    await load(house)

    found: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"limit": 10}
    while asked.get("cursor", "first") is not None:
        page = await house.get(PATH, by=None, **asked)
        found += page["items"]
        asked["cursor"] = page["next"]

    assert found == await listed(house)
    assert len({each["id"] for each in found}) == len(found) == 35


@ON_SQLITE
async def test_only_the_delegation_records_published_facts(house: House) -> None:
    made = await record(house)

    for by in (REGION, TEAM):
        await house.post(PATH, RECORD, by=by, expect=403)
        await house.post(f"{PATH}/{made['id']}/withdraw", {"reason": "Non."}, by=by, expect=403)
        await house.patch(f"{PATH}/{made['id']}", {"reason": "Non."}, by=by, expect=403)
    await house.get(f"{PATH}/{LACQ}", expect=422)
    missing = await house.get(f"{PATH}/{uuid7()}", by=None, expect=404)
    assert missing["code"] == "record-not-found"
