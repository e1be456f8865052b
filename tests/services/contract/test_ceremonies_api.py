"""Ceremonies: an occasion that gathers contracts and protocols of several territories, and its report."""

from typing import Any, Final

import pytest

from tests.services.contract.conftest import OTHER_REGION, REGION, House
from tests.services.contract.stories import CONTRACT, contract_to_sign, signed_contract
from tests.services.contract.test_protocols_api import signed_protocol
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM

WEEK: Final[dict[str, Any]] = {
    "title": "Semaine de l'industrie (synthétique)",
    "place": "Lyon",
    "starts_on": "2019-07-13",
    "ends_on": "2019-07-15",
    "phase": "2018",
}


async def announced(house: House, by: str = NATIONAL, **content: Any) -> dict[str, Any]:
    """A ceremony of the délégation."""
    return await house.post("/v1/ceremonies", {**WEEK, **content}, by=by, expect=201)


async def gathered(house: House, contract: dict[str, Any], ceremony: str | None, expect: int = 200) -> dict[str, Any]:
    """Say at which ceremony a contract is signed."""
    current = (await house.get(f"/v1/contracts/{contract['id']}"))["version"]
    answer = await house.send(
        "PUT",
        f"/v1/contracts/{contract['id']}/ceremony",
        TEAM,
        json={"ceremony_id": ceremony},
        headers={"If-Match": f'"{current}"'},
    )
    assert answer.status_code == expect, answer.text
    return dict(answer.json())


async def test_the_report_counts_by_kind_and_by_day(house: House) -> None:
    ceremony = await announced(house)
    protocol = await signed_protocol(house)
    contract = await signed_contract(house)
    awaited = await contract_to_sign(house, complements=contract["id"])
    for each in (protocol, contract, awaited):
        await gathered(house, each, ceremony["id"])

    report = await house.get(f"/v1/ceremonies/{ceremony['id']}/report", by=None)

    assert report["protocols"] == {"signed_on_its_days": 1, "signed_before": 0, "signed_later": 0, "awaited": 0}
    assert report["contracts"] == {"signed_on_its_days": 1, "signed_before": 0, "signed_later": 0, "awaited": 1}
    assert report["territories"] == [CONTRACT["territory"]]
    assert [each["region"] for each in report["regions"]] == ["75", "76"]
    assert {each["contract"] for each in report["regions"]} == {1}


async def test_what_was_signed_on_other_days_is_said(house: House) -> None:
    ceremony = await announced(house, starts_on="2019-07-16", ends_on="2019-07-16")
    contract = await signed_contract(house)
    await gathered(house, contract, ceremony["id"])

    report = await house.get(f"/v1/ceremonies/{ceremony['id']}/report", by=None)

    assert report["contracts"] == {"signed_on_its_days": 0, "signed_before": 1, "signed_later": 0, "awaited": 0}
    assert report["territories"] == report["regions"] == []


async def test_the_contracts_of_a_ceremony_are_listed_to_those_who_may_see_them(house: House) -> None:
    ceremony = await announced(house)
    contract = await contract_to_sign(house)
    await gathered(house, contract, ceremony["id"])

    seen = await house.get("/v1/contracts", ceremony=ceremony["id"])
    public = await house.get("/v1/contracts", by=None, ceremony=ceremony["id"])

    assert [each["id"] for each in seen["items"]] == [contract["id"]]
    assert public["items"] == []


@ON_SQLITE
async def test_the_ceremony_of_a_signed_contract_is_not_part_of_its_content(house: House) -> None:
    ceremony, contract = await announced(house), await signed_contract(house)
    before = await house.send("GET", f"/v1/contracts/{contract['id']}/content")

    named = await gathered(house, contract, ceremony["id"])
    after = await house.send("GET", f"/v1/contracts/{contract['id']}/content")

    assert named["ceremony_id"] == ceremony["id"]
    assert after.content == before.content


@ON_SQLITE
@pytest.mark.parametrize(
    ("content", "code", "pointer"),
    [
        ({"starts_on": "2019-07-16"}, "calendar-reversed", "/ends_on"),
        ({"starts_on": "1789-07-14", "ends_on": "1789-07-14"}, "day-not-plausible", "/starts_on"),
        ({"starts_on": "9999-01-01", "ends_on": "9999-01-02"}, "day-not-plausible", "/starts_on"),
        ({"ends_on": "2019-12-31"}, "day-not-plausible", "/ends_on"),
        ({"title": " "}, "unprocessable", "/title"),
        ({"regions": ["75", "75"]}, "unprocessable", "/regions/1"),
    ],
)
async def test_a_ceremony_that_cannot_be_is_refused(
    house: House, content: dict[str, Any], code: str, pointer: str
) -> None:
    refused = await house.post("/v1/ceremonies", {**WEEK, **content}, by=NATIONAL, expect=422)

    assert (refused["code"], refused["errors"][0]["pointer"]) == (code, pointer)


@ON_SQLITE
async def test_a_region_holds_its_own_ceremonies(house: House) -> None:
    await house.post("/v1/ceremonies", WEEK, by=REGION, expect=403)
    ceremony = await announced(house, by=REGION, regions=["75"])

    await house.post(f"/v1/ceremonies/{ceremony['id']}/cancel", {"reason": "Report."}, by=OTHER_REGION, expect=403)
    cancelled = await house.post(f"/v1/ceremonies/{ceremony['id']}/cancel", {"reason": "Report."}, by=REGION)
    again = await house.post(f"/v1/ceremonies/{ceremony['id']}/cancel", {"reason": "Report."}, by=REGION, expect=409)

    assert cancelled["is_cancelled"] is True
    assert again["code"] == "ceremony-cancelled"


@ON_SQLITE
async def test_a_ceremony_that_does_not_fit_is_refused(house: House) -> None:
    contract = await house.post("/v1/contracts", CONTRACT, expect=201)
    later = await announced(house, phase="2023", starts_on="2024-01-01", ends_on="2024-01-01")
    bretagne = await announced(house, regions=["53"])
    cancelled = await announced(house)
    await house.post(f"/v1/ceremonies/{cancelled['id']}/cancel", {"reason": "Report."}, by=NATIONAL)

    for ceremony in (later, bretagne, cancelled):
        assert (await gathered(house, contract, ceremony["id"], expect=422))["code"] == "ceremony-not-fitting"
    unknown = await gathered(house, contract, "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e99", expect=404)
    assert unknown["code"] == "ceremony-not-found"


@ON_SQLITE
async def test_a_ceremony_is_put_off_and_its_history_stays(house: House) -> None:
    ceremony = await announced(house)

    moved = await house.patch(
        f"/v1/ceremonies/{ceremony['id']}", {"ends_on": "2019-07-20", "reason": "Report."}, by=NATIONAL
    )
    history = (await house.get(f"/v1/ceremonies/{ceremony['id']}/history", by=None))["items"]

    assert moved["ends_on"] == "2019-07-20"
    assert history[-1]["reason"] == "Report."
