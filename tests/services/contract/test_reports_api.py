"""Yearly reports through the API: begun, written, submitted, checked and reopened, read by those who may."""

from datetime import date
from typing import Any, Final

import pytest

from services.contract import commands
from services.contract.jobs.clock import CLOCK
from shared.clock import today
from shared.ids import uuid7
from tests.services.contract.conftest import BANK, COMPANY, ELSEWHERE, OTHER_REGION, PILOT, REGION, STATE, House
from tests.services.contract.places import LACQ
from tests.services.contract.stories import signed_contract, submitted_contract, validated_action
from tests.services.contract.test_amendments_api import amended
from tests.services.contract.test_ends_api import LATER
from tests.services.contract.test_protocols_api import signed_protocol
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM

WHY: Final = {"reason": "Le bilan ne dit rien de la seconde session."}
CONCERNED: Final = (TEAM, PILOT, REGION, OTHER_REGION, STATE, COMPANY, BANK, NATIONAL)


async def begun(house: House, contract: dict[str, Any], year: int = 2020, **more: Any) -> dict[str, Any]:
    """Begin a report."""
    return await house.post(f"/v1/contracts/{contract['id']}/reports", {"year": year}, **{"expect": 201, **more})


def sheets(contract: dict[str, Any]) -> list[str]:
    """Return the ids of the sheets of a contract."""
    return [entry["action_id"] for entry in contract["plan"]]


def lines(contract: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a line on each sheet of a contract."""
    return [{"action_id": action, "progress": "in_progress", "note": "Note."} for action in sheets(contract)]


async def submitted(house: House, contract: dict[str, Any], year: int = 2020) -> dict[str, Any]:
    """Write a report, and submit it."""
    report = await begun(house, contract, year)
    path = f"/v1/reports/{report['id']}"
    await house.patch(path, {"summary": "Bilan.", "actions": lines(contract)})
    return await house.post(f"{path}/submit")


async def checked(house: House, contract: dict[str, Any], year: int = 2020) -> dict[str, Any]:
    """Check a submitted report."""
    report = await submitted(house, contract, year)
    return await house.post(f"/v1/reports/{report['id']}/check", by=REGION)


async def listed(house: House, by: str | None = NATIONAL, **filters: Any) -> list[int]:
    """Return the years of the reports in the list."""
    return [report["year"] for report in (await house.get("/v1/reports", by=by, **filters))["items"]]


async def test_a_report_from_its_beginning_to_its_check(house: House) -> None:
    contract = await signed_contract(house)
    report = await begun(house, contract)
    path = f"/v1/reports/{report['id']}"

    assert (report["status"], report["year"], report["due_on"]) == ("draft", 2020, "2021-03-31")
    assert (report["territory"], report["contract_number"], report["regions"]) == (LACQ, "C-0001", ["75", "76"])
    content = {
        "summary": "Bilan.", "governance": "Deux réunions.", "actions": lines(contract), "difficulties": "Retards.",
        "outlook": "Seconde session.",
    }  # fmt: skip
    changed = await house.patch(path, {**content, "reason": "Premier jet."}, by=PILOT)
    assert {name: changed[name] for name in content} == content
    report = await house.post(f"{path}/submit")
    assert (report["status"], report["allowed_transitions"]) == ("submitted", ["check", "reopen"])
    report = await house.post(f"{path}/reopen", WHY, by=OTHER_REGION)
    assert (report["status"], report["reopen_reason"]) == ("reopened", WHY["reason"])
    await house.patch(path, {"summary": "Bilan complété."})
    await house.post(f"{path}/submit")
    report = await house.post(f"{path}/check", by=REGION)
    assert (report["status"], report["summary"], report["reopen_reason"]) == ("checked", "Bilan complété.", None)
    assert report["allowed_transitions"] == ["reopen"]
    history = (await house.get(f"{path}/history"))["items"]
    assert [line["reason"] for line in history] == [None, "Premier jet.", None, WHY["reason"], None, None, None]
    assert history[-1]["by"]["client_id"] == REGION


@ON_SQLITE
async def test_a_checked_report_is_public_and_its_history_is_not(house: House) -> None:
    contract = await signed_contract(house)
    report = await submitted(house, contract)
    path = f"/v1/reports/{report['id']}"
    for by in CONCERNED:
        assert (await house.get(path, by=by))["id"] == report["id"]
        assert await listed(house, by) == [2020]
    for stranger in (None, ELSEWHERE, "partner:200067254"):
        await house.get(path, by=stranger, expect=404)
        assert await listed(house, stranger) == []

    await house.post(f"{path}/check", by=REGION)

    for reader in (None, ELSEWHERE, "partner:200067254", *CONCERNED):
        assert (await house.get(path, by=reader))["status"] == "checked"
        assert await listed(house, reader) == [2020]
    await house.get(f"{path}/history", by=ELSEWHERE, expect=403)
    await house.get(f"{path}/history", by=None, expect=401)
    assert len((await house.get(f"{path}/history", by=COMPANY))["items"]) == 4


@ON_SQLITE
async def test_a_checked_report_can_be_reopened_with_a_reason_and_stays_public(house: House) -> None:
    contract = await signed_contract(house)
    report = await checked(house, contract)
    path = f"/v1/reports/{report['id']}"
    await house.patch(path, {"summary": "Autre."}, expect=409)
    await house.post(f"{path}/reopen", {}, by=REGION, expect=422)

    await house.post(f"{path}/reopen", WHY, by=REGION)

    assert (await house.get(path, by=None))["status"] == "reopened"
    await house.patch(path, {"summary": "Autre."})
    await house.post(f"{path}/submit")
    assert (await house.post(f"{path}/check", by=OTHER_REGION))["summary"] == "Autre."


@ON_SQLITE
async def test_an_incomplete_report_is_refused_in_words(house: House) -> None:
    contract = await signed_contract(house)
    sheet = await house.get(f"/v1/actions/{sheets(contract)[0]}")
    report = await begun(house, contract)

    problem = await house.post(f"/v1/reports/{report['id']}/submit", expect=409)

    assert problem["code"] == "report-incomplete"
    assert [error["pointer"] for error in problem["errors"]] == ["/summary", "/actions"]
    assert sheet["number"] in problem["detail"]
    assert sheet["title"] in problem["detail"]


@ON_SQLITE
async def test_a_report_is_begun_once_in_the_period_of_a_signed_contract_by_its_writers(house: House) -> None:
    unsigned = await submitted_contract(house, starts_on="2018-12-01", ends_on="2019-06-30")
    protocol = await signed_protocol(house)
    for other in (unsigned, protocol):
        assert (await begun(house, other, 2019, expect=409))["code"] == "report-not-owed"
    contract = await signed_contract(house, ends_on=f"{today().year + 2}-12-31")
    for year in (2018, today().year + 1, today().year + 3, 10_000):
        assert [error["pointer"] for error in (await begun(house, contract, year, expect=422))["errors"]] == ["/year"]
    for by, status in ((ELSEWHERE, 403), (REGION, 403), (STATE, 403), (COMPANY, 403), (BANK, 403)):
        await begun(house, contract, by=by, expect=status)
    await begun(house, {"id": uuid7()}, expect=404)

    first = await begun(house, contract, today().year, by=PILOT)

    problem = await begun(house, contract, today().year, expect=409)
    assert (problem["code"], problem["report_id"]) == ("report-exists", first["id"])
    assert problem["errors"][0]["pointer"] == "/year"


@ON_SQLITE
async def test_territories_write_and_regions_check(house: House) -> None:
    contract = await signed_contract(house)
    report = await submitted(house, contract)
    path = f"/v1/reports/{report['id']}"
    for act, body in (("check", None), ("reopen", WHY)):
        for by in (TEAM, PILOT, STATE, COMPANY, BANK, NATIONAL):
            await house.post(f"{path}/{act}", body, by=by, expect=403)
        await house.post(f"{path}/{act}", body, by="region:233500016", expect=404)
    await house.post(f"{path}/reopen", WHY, by=REGION)
    for by in (REGION, STATE, COMPANY, BANK, NATIONAL):
        await house.patch(path, {"summary": "Autre."}, by=by, expect=403)
        await house.post(f"{path}/submit", by=by, expect=403)
    await house.patch(path, {"summary": "Autre."}, by=ELSEWHERE, expect=404)


@ON_SQLITE
async def test_a_line_on_a_sheet_that_the_contract_has_not_is_refused(house: House) -> None:
    contract = await signed_contract(house)
    other = await validated_action(house)
    report = await begun(house, contract)
    path = f"/v1/reports/{report['id']}"

    [own] = lines(contract)
    problem = await house.patch(path, {"actions": [own, {**own, "action_id": other["id"]}]}, expect=422)
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("sheet-not-fitting", "/actions/1/action_id")
    problem = await house.patch(path, {"actions": [own, {**own, "note": "Autre."}]}, expect=422)
    assert [error["pointer"] for error in problem["errors"]] == ["/actions/1"]
    for wrong in ([{**own, "progress": "finished"}], [{**own, "note": ""}], [{"action_id": own["action_id"]}]):
        await house.patch(path, {"actions": wrong}, expect=422)
    await house.patch(path, {"actions": None}, expect=422)
    assert (await house.get(path))["version"] == report["version"]


@ON_SQLITE
async def test_a_stale_version_is_refused(house: House) -> None:
    report = await begun(house, await signed_contract(house))
    path = f"/v1/reports/{report['id']}"
    await house.patch(path, {"summary": "Bilan."})

    await house.patch(path, {"summary": "Autre."}, version=report["version"], expect=412)
    assert (await house.send("PATCH", path, json={"summary": "Autre."})).status_code == 428


@ON_SQLITE
async def test_the_list_is_filtered(house: House) -> None:
    contract = await signed_contract(house, ends_on=f"{today().year}-12-31")
    await checked(house, contract, 2019)
    await submitted(house, contract, 2020)
    await begun(house, contract, 2021)
    await begun(house, contract, today().year)
    present = today().year

    assert await listed(house) == [2019, 2020, 2021, present]
    assert await listed(house, territory=LACQ) == await listed(house, territory="ti-7505", phase="2018")
    assert await listed(house, territory="2018-ti-7601") == await listed(house, phase="2023") == []
    assert await listed(house, region="76", status="draft") == [2021, present]
    assert await listed(house, region="84") == []
    assert await listed(house, contract=contract["id"], year=2020) == [2020]
    assert await listed(house, overdue="true") == [2021]
    assert await listed(house, overdue="false") == [2019, 2020, present]
    first = await house.get("/v1/reports", by=NATIONAL, limit=3)
    second = await house.get("/v1/reports", by=NATIONAL, limit=3, cursor=first["next"])
    assert [report["year"] for page in (first, second) for report in page["items"]] == [2019, 2020, 2021, present]
    problem = await house.get("/v1/reports", contract=str(uuid7()), expect=422)
    assert (problem["code"], problem["errors"][0]["parameter"]) == ("contract-not-known", "contract")


@ON_SQLITE
async def test_a_filter_by_a_contract_that_is_not_yours_to_read_is_refused_as_unknown(house: House) -> None:
    hidden = await submitted_contract(house)

    assert (await house.get("/v1/reports", contract=hidden["id"]))["items"] == []
    await house.get("/v1/reports", by=ELSEWHERE, contract=hidden["id"], expect=422)


async def changes(house: House, by: str | None) -> list[tuple[int, str | None]]:
    """Return the changes that somebody may read: version and present state."""
    found = await house.get("/v1/reports/changes", by=by, limit=200)
    return [(item["version"], item["object"] and item["object"]["status"]) for item in found["items"]]


async def numbered(house: House) -> None:
    """Give every change its place in the feed."""
    while await house.platform.running[0].sequencer.number():
        pass


async def test_changes_are_shown_to_those_who_may_read(house: House) -> None:
    contract = await signed_contract(house)
    report = await submitted(house, contract)
    await numbered(house)
    assert await changes(house, None) == await changes(house, ELSEWHERE) == []
    await house.post(f"/v1/reports/{report['id']}/check", by=REGION)
    await numbered(house)

    assert await changes(house, None) == [(4, "checked")]
    assert await changes(house, STATE) == [(1, "checked"), (2, "checked"), (3, "checked"), (4, "checked")]


@ON_SQLITE
@pytest.mark.parametrize("act", ["submit", "check", "reopen"])
async def test_an_illegal_transition_lists_the_legal_ones(house: House, act: str) -> None:
    report = await checked(house, await signed_contract(house))
    path = f"/v1/reports/{report['id']}"
    if act == "reopen":
        await house.post(f"{path}/reopen", WHY, by=REGION)

    problem = await house.post(
        f"{path}/{act}", WHY if act == "reopen" else None, by=TEAM if act == "submit" else REGION, expect=409
    )

    expected = ("reopened", ["submit"]) if act == "reopen" else ("checked", ["reopen"])
    assert (problem["state"], problem["allowed_transitions"]) == expected


async def test_progress_counts_reports_by_state_on_each_day(house: House) -> None:
    contract = await signed_contract(house, ends_on="2020-12-31")
    await checked(house, contract, 2020)
    async with house.database.writing(by=CLOCK) as session:
        assert await commands.open_owed_reports(session, date(2021, 1, 5)) == 1
    async with house.database.writing(by=CLOCK) as session:
        assert await commands.publish_reminders(session, date(2021, 1, 5)) == 1
    await house.settled()

    async def counts(day: str, **filters: Any) -> dict[str, int]:
        found = await house.get("/v1/progress", by=None, phase="2018", as_of=day, **filters)
        return {state: number for state, number in found["total"]["reports"].items() if number}

    assert await counts("2019-12-31") == {}
    assert await counts("2020-01-01") == await counts("2020-03-31", region="76") == {"due": 1}
    assert await counts("2020-04-01") == {"overdue": 1}
    assert await counts(today().isoformat(), region="75") == {"overdue": 1, "checked": 1}
    [late] = (await house.get("/v1/reports", overdue="true"))["items"]
    path = f"/v1/reports/{late['id']}"
    await house.patch(path, {"summary": "Bilan.", "actions": lines(contract)})
    await house.post(f"{path}/submit")
    await house.settled()
    assert await counts(today().isoformat()) == {"submitted": 1, "checked": 1}
    await house.post(f"{path}/reopen", WHY, by=REGION)
    await house.settled()
    assert await counts(today().isoformat()) == {"overdue": 1, "checked": 1}
    assert await counts("2020-04-01") == {"overdue": 1}


@ON_SQLITE
async def test_a_report_is_on_the_sheets_of_the_text_in_force_at_the_end_of_its_year(house: House) -> None:
    contract = await signed_contract(house, **LATER)
    added = await validated_action(house, title="Autre fiche")
    amendment = await amended(house, contract, plan=[{"action_id": added["id"]}])

    last, present = [(await begun(house, contract, year))["id"] for year in (today().year - 1, today().year)]

    for report, wanted, other in ((last, contract, amendment), (present, amendment, contract)):
        path = f"/v1/reports/{report}"
        refused = await house.patch(path, {"summary": "Bilan.", "actions": lines(other)}, expect=422)
        assert refused["code"] == "sheet-not-fitting"
        await house.patch(path, {"summary": "Bilan.", "actions": lines(wanted)})
        assert (await house.post(f"{path}/submit"))["status"] == "submitted"
