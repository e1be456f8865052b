"""Contracts signed on paper before they came here: entered with their real days, and marked so."""

from typing import Any, Final

import pytest

from tests.services.contract.conftest import OTHER_REGION, REGION, STATE, House
from tests.services.contract.places import FORGES, NOUVELLE_AQUITAINE, PAU
from tests.services.contract.stories import CONTRACT, SHEET, group, put_circuit
from tests.services.contract.test_protocols_api import PROTOCOL
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM

ENTERED: Final[dict[str, Any]] = {
    "signed_on": "2019-07-15",
    "source": "Recueil des actes (exemple synthétique)",
    "signatures": [
        {
            "organisation": PAU,
            "signed_on": "2019-07-12",
            "deliberation": {"reference": "2019-06-27/14 (synthétique)", "date": "2019-06-27"},
        }
    ],
}
BARE: Final[dict[str, Any]] = {
    name: CONTRACT[name] for name in ("territory", "title", "starts_on", "ends_on", "parties")
}


async def entered(house: House, body: dict[str, Any] = ENTERED, by: str = REGION, expect: int = 200) -> dict[str, Any]:
    """Enter a bare draft as signed on paper."""
    draft = await house.post("/v1/contracts", BARE, expect=201)
    return await house.post(f"/v1/contracts/{draft['id']}/enter-signed", body, by=by, expect=expect)


async def test_a_contract_of_before_the_platform_is_entered_with_its_real_days(house: House) -> None:
    contract = await entered(house)
    content = await house.get(f"/v1/contracts/{contract['id']}/content", by=None)
    days = {party["organisation"]: party["signed_on"] for party in contract["parties"]}

    assert (contract["status"], contract["signed_on"], contract["origin"]) == ("signed", "2019-07-15", "paper")
    assert contract["entered_source"] == content["entered_source"] == ENTERED["source"]
    assert content["origin"] == "paper"
    assert (days[PAU], days[NOUVELLE_AQUITAINE]) == ("2019-07-12", "2019-07-15")
    assert contract["approvals"] == {}


async def test_it_counts_from_its_real_day(house: House) -> None:
    await entered(house)
    await house.settled()

    counts = [
        (await house.get("/v1/progress", phase="2018", as_of=day))["total"]["contracts"]["signed"]
        for day in ("2019-07-14", "2019-07-15")
    ]

    assert counts == [0, 1]


@ON_SQLITE
async def test_a_protocol_is_entered_too(house: House) -> None:
    draft = await house.post("/v1/contracts", PROTOCOL, expect=201)

    protocol = await house.post(
        f"/v1/contracts/{draft['id']}/enter-signed",
        {"signed_on": "2019-03-25", "source": "Presse (exemple synthétique)"},
        by=REGION,
    )

    assert (protocol["kind"], protocol["status"], protocol["signed_on"]) == ("protocol", "signed", "2019-03-25")


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"signed_on": "1789-07-14"}, "day-not-plausible", "/signed_on"),
        ({"signed_on": "2018-11-21"}, "day-not-plausible", "/signed_on"),
        ({"signed_on": "2023-01-01"}, "day-not-plausible", "/signed_on"),
        ({"signed_on": "2999-01-01"}, "signed-in-the-future", "/signed_on"),
        ({"signatures": [{"organisation": "241500230"}]}, "entered-signature-not-fitting", "/signatures/0"),
        (
            {"signatures": [{"organisation": PAU, "signed_on": "2019-07-16"}]},
            "entered-signature-not-fitting",
            "/signatures/0",
        ),
        (
            {"signatures": [{"organisation": PAU, "signed_on": "1900-01-01"}]},
            "day-not-plausible",
            "/signatures/0/signed_on",
        ),
        (
            {"signatures": [{"organisation": PAU, "deliberation": {"reference": "14", "date": "2019-08-01"}}]},
            "deliberation-missing",
            "/signatures/0/deliberation/date",
        ),
        (
            {"signatures": [{"organisation": PAU, "deliberation": {"reference": "14", "date": "1789-07-14"}}]},
            "day-not-plausible",
            "/signatures/0/deliberation/date",
        ),
    ],
)
async def test_what_cannot_be_is_refused(house: House, change: dict[str, Any], code: str, pointer: str) -> None:
    refused = await entered(house, {**ENTERED, "signatures": [], **change}, expect=422)

    assert (refused["code"], refused["errors"][0]["pointer"]) == (code, pointer)
    assert (await house.get("/v1/contracts"))["items"][0]["status"] == "draft"


@ON_SQLITE
@pytest.mark.parametrize("by", [TEAM, STATE, NATIONAL])
async def test_a_region_of_the_territory_enters_it_and_nobody_else(house: House, by: str) -> None:
    await entered(house, by=by, expect=403)


@ON_SQLITE
async def test_a_contract_is_entered_once(house: House) -> None:
    contract = await entered(house)

    refused = await house.post(f"/v1/contracts/{contract['id']}/enter-signed", ENTERED, by=OTHER_REGION, expect=409)

    assert refused["code"] == "transition-refused"


@ON_SQLITE
async def test_its_parties_are_all_there(house: House) -> None:
    draft = await house.post("/v1/contracts", {**BARE, "parties": CONTRACT["parties"][:2]}, expect=201)

    refused = await house.post(
        f"/v1/contracts/{draft['id']}/enter-signed", {**ENTERED, "signatures": []}, by=REGION, expect=409
    )

    assert set(refused["blocking"]) == {"company-missing", "state-missing", "region-missing"}


@ON_SQLITE
@pytest.mark.parametrize(("signed_on", "status"), [(None, 422), ("2019-07-16", 422), ("2019-07-10", 200)])
async def test_each_mandatory_group_was_complete_on_its_day(house: House, signed_on: str | None, status: int) -> None:
    optional = {**CONTRACT["parties"][-1], "organisation": FORGES, "required": False}
    draft = await house.post("/v1/contracts", {**BARE, "parties": [*CONTRACT["parties"], optional]}, expect=201)
    required = [party["organisation"] for party in CONTRACT["parties"]]
    await put_circuit(house, draft, group(*required), group(FORGES, quorum=1))
    named = [{"organisation": FORGES, "signed_on": signed_on}] if signed_on else []

    answer = await house.post(
        f"/v1/contracts/{draft['id']}/enter-signed", {**ENTERED, "signatures": named}, by=REGION, expect=status
    )

    if status == 422:
        assert (answer["code"], answer["errors"][0]["pointer"]) == ("entered-signature-not-fitting", "/signatures")


@ON_SQLITE
async def test_the_sheets_of_an_entered_contract_are_not_deleted(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    draft = await house.post("/v1/contracts", {**BARE, "plan": [{"action_id": sheet["id"]}]}, expect=201)
    await house.post(f"/v1/contracts/{draft['id']}/enter-signed", ENTERED, by=REGION)

    refused = await house.send("DELETE", f"/v1/actions/{sheet['id']}", headers={"If-Match": '"1"'})
    # Its content is frozen: the sheet goes on.
    await house.patch(f"/v1/actions/{sheet['id']}", {"title": "Autre titre"})

    assert (refused.status_code, refused.json()["code"]) == (409, "action-attached")
