"""A closed territory: nothing new begins or goes further there; who worked there still reads all of it."""

from datetime import date, timedelta
from typing import Any, Final

import pytest

from shared.clock import today
from tests.services.contract.conftest import OTHER_REGION, PILOT, REGION, STATE, House, closed, decided, member
from tests.services.contract.places import COEUR, LACQ, LACQ_ORTHEZ, PAU, TARBES
from tests.services.contract.stories import (
    CONTRACT,
    SHEET,
    SIGNATURE,
    approved_contract,
    contract_to_sign,
    drafted_contract,
    submitted_action,
    submitted_contract,
    validated_action,
)
from tests.support.harness import ON_SQLITE, TEAM

DAY: Final = date(2022, 1, 1)
CLOSED_ON: Final = DAY.isoformat()
LEFT_WITH_CLOSING: Final = f"territory:{TARBES}"
WHY: Final = {"reason": "Motif synthétique."}
OPINION: Final = {"verdict": "reserved", "text": "Le territoire est clos (texte synthétique)."}


async def refused(house: House, method: str, path: str, body: Any = None, by: str = TEAM) -> None:
    """Check that a request is refused with the day of the closing."""
    headers = {"If-Match": f'"{(await house.get(path))["version"]}"'} if method == "PATCH" else {}
    answer = await house.send(method, path, by, json=body, headers=headers)
    problem = answer.json()
    assert (answer.status_code, problem.get("code")) == (409, "territory-closed"), answer.text
    assert problem["closed_on"] == CLOSED_ON
    assert CLOSED_ON in problem["detail"]


@ON_SQLITE
@pytest.mark.parametrize("by", [TEAM, PILOT])
async def test_nobody_begins_or_submits_a_sheet_or_a_contract_there(house: House, by: str) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    contract = await drafted_contract(house)
    await house.publish(closed(LACQ, DAY))

    await refused(house, "POST", "/v1/actions", SHEET, by)
    await refused(house, "POST", "/v1/contracts", CONTRACT, by)
    await refused(house, "PATCH", f"/v1/actions/{sheet['id']}", {"title": "Autre titre"}, by)
    await refused(house, "POST", f"/v1/actions/{sheet['id']}/submit", by=by)
    await refused(house, "PATCH", f"/v1/contracts/{contract['id']}", {"title": "Autre titre"}, by)
    await refused(house, "POST", f"/v1/contracts/{contract['id']}/submit", by=by)

    ready = await house.get(f"/v1/contracts/{contract['id']}/readiness", by=by)
    assert [blocker["code"] for blocker in ready["blocking"]] == ["territory-closed"]


@pytest.mark.parametrize("by", [TEAM, LEFT_WITH_CLOSING, PILOT, REGION, STATE])
async def test_who_worked_there_still_reads_all_of_it(house: House, by: str) -> None:
    sheet = await submitted_action(house, carriers=[LACQ_ORTHEZ])
    contract = await submitted_contract(house)
    left = member(TARBES).model_copy(update={"left_on": DAY})

    await house.publish(closed(LACQ, DAY, members=[member(PAU), member(LACQ_ORTHEZ), left]))

    for path in (f"/v1/actions/{sheet['id']}", f"/v1/contracts/{contract['id']}"):
        await house.get(path, by=by)
        await house.get(f"{path}/history", by=by)
    assert sheet["id"] in {row["id"] for row in (await house.get("/v1/actions", by=by))["items"]}
    assert contract["id"] in {row["id"] for row in (await house.get("/v1/contracts", by=by))["items"]}


@ON_SQLITE
async def test_who_left_before_the_closing_reads_nothing_more(house: House) -> None:
    sheet = await submitted_action(house, carriers=[LACQ_ORTHEZ])
    gone = member(TARBES).model_copy(update={"left_on": date(2021, 12, 31)})

    await house.publish(closed(LACQ, DAY, members=[member(PAU), gone]))

    await house.get(f"/v1/actions/{sheet['id']}", by=LEFT_WITH_CLOSING, expect=404)


@ON_SQLITE
async def test_a_submitted_sheet_is_returned_or_rejected_but_not_validated(house: House) -> None:
    returned, rejected = await submitted_action(house), await submitted_action(house)
    await house.publish(closed(LACQ, DAY))

    for sheet, decision in ((returned, "return"), (rejected, "reject")):
        path = f"/v1/actions/{sheet['id']}"
        await refused(house, "POST", f"{path}/validate", by=REGION)
        await house.post(f"{path}/opinion", OPINION, by=STATE)
        await house.post(f"{path}/{decision}", WHY, by=REGION)


@ON_SQLITE
async def test_a_draft_can_still_be_deleted(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    await house.publish(closed(LACQ, DAY))

    deleted = await house.send("DELETE", f"/v1/actions/{sheet['id']}", headers={"If-Match": '"1"'})

    assert deleted.status_code == 204


@ON_SQLITE
async def test_a_contract_under_review_is_returned_or_cancelled_but_not_approved(house: House) -> None:
    contract = await submitted_contract(house)
    path = f"/v1/contracts/{contract['id']}"
    decision = decided("75", on=contract["id"])
    await house.publish(decision)
    await house.publish(closed(LACQ, DAY))

    await refused(house, "POST", f"{path}/approve", {"decision_id": str(decision.decision_id)}, REGION)

    assert (await house.post(f"{path}/return", WHY, by=OTHER_REGION))["status"] == "draft"
    assert (await house.post(f"{path}/cancel", WHY))["status"] == "cancelled"


@ON_SQLITE
async def test_signatures_are_not_requested_there(house: House) -> None:
    contract = await approved_contract(house)
    await house.publish(closed(LACQ, DAY))

    await refused(house, "POST", f"/v1/contracts/{contract['id']}/request-signatures")


@ON_SQLITE
async def test_a_signature_is_of_a_day_before_the_closing(house: House) -> None:
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}"
    await house.publish(closed(LACQ, DAY))

    await refused(house, "POST", f"{path}/sign", {**SIGNATURE, "signed_on": CLOSED_ON})
    before = await house.post(f"{path}/sign", {**SIGNATURE, "signed_on": "2021-12-31"})
    declined = await house.post(f"{path}/decline", WHY, by=REGION)

    assert [party["signed_on"] for party in before["parties"] if party["organisation"] == PAU] == ["2021-12-31"]
    assert declined["status"] == "signing"


@ON_SQLITE
async def test_a_territory_is_open_until_its_day_and_again_if_the_closing_was_wrong(house: House) -> None:
    await house.publish(closed(LACQ, today() + timedelta(days=1)))
    await house.post("/v1/actions", SHEET, expect=201)
    await house.publish(closed(LACQ, today()))
    await house.post("/v1/actions", SHEET, expect=409)

    await house.publish(closed(LACQ, None))

    await house.post("/v1/actions", SHEET, expect=201)


@ON_SQLITE
async def test_a_sheet_of_an_open_territory_names_no_closed_one_anew(house: House) -> None:
    before = await house.post("/v1/actions", {**SHEET, "territories": [LACQ, COEUR]}, expect=201)
    other = await house.post("/v1/actions", SHEET, expect=201)
    await house.publish(closed(COEUR, DAY))

    await refused(house, "POST", "/v1/actions", {**SHEET, "territories": [LACQ, COEUR]})
    await refused(house, "PATCH", f"/v1/actions/{other['id']}", {"territories": [LACQ, COEUR]})
    await house.patch(f"/v1/actions/{before['id']}", {"territories": [LACQ, COEUR], "title": "Autre titre"})
    submitted = await house.post(f"/v1/actions/{before['id']}/submit")

    assert submitted["territories"] == [LACQ, COEUR]


@ON_SQLITE
async def test_strangers_are_refused_as_before(house: House) -> None:
    await validated_action(house)
    await house.publish(closed(LACQ, DAY))

    await house.post("/v1/actions", SHEET, by="territory:241500230", expect=403)
