"""Contracts through the real application: the road to the signature, who sees what, writers at the same time."""

import asyncio
import hashlib
from typing import Any

import pytest
from sqlalchemy import select

from shared.storage.tables import outbox
from tests.services.contract.conftest import (
    BANK,
    COMPANY,
    ELSEWHERE,
    EVERYONE,
    OTHER_REGION,
    REGION,
    House,
    decided,
    member,
    perimeter,
)
from tests.services.contract.places import ATELIERS, BRETAGNE, CAISSE_DES_DEPOTS, PAU, THEMES
from tests.services.contract.stories import (
    CONTRACT,
    SIGNATURE,
    approved_contract,
    contract_to_sign,
    drafted_contract,
    signed_contract,
    submitted_contract,
)
from tests.support.harness import NATIONAL, ON_SQLITE
from tests.support.waiting import until


async def published(house: House, subject: str) -> list[str]:
    """The names of the events of an object, in their order."""
    async with house.database.reading() as session:
        types = await session.scalars(select(outbox.c.type).where(outbox.c.subject == subject).order_by(outbox.c.id))
    return [each.split(".")[-2] for each in types]


async def test_a_contract_goes_from_its_draft_to_its_signature(house: House) -> None:
    contract = await signed_contract(house)

    assert contract["status"] == "signed"
    assert contract["allowed_transitions"] == ["delegate", "denounce", "revoke-delegation", "sign", "terminate"]
    assert contract["signed_on"] == "2019-07-15"
    assert await published(house, f"contract/{contract['id']}") == [
        "ContractOpened",
        "ContractSubmitted",
        "ContractApproved",
        *["SignatureRequested"] * len(EVERYONE),
        *["PartySigned"] * len(EVERYONE),
        "ContractSigned",
    ]


async def test_a_changed_draft_is_published_if_its_events_say_it(house: House) -> None:
    contract = await drafted_contract(house)
    path = f"/v1/contracts/{contract['id']}"

    await house.patch(path, {"themes": {"skills": "Autre réponse."}, "priorities": [{"title": "Attirer"}]})
    await house.patch(path, {"parties": CONTRACT["parties"][:1]})
    await house.patch(path, {"parties": CONTRACT["parties"][:1]})

    assert await published(house, f"contract/{contract['id']}") == ["ContractOpened", "ContractChanged"]


async def test_what_was_signed_is_read_by_everybody_byte_for_byte(house: House) -> None:
    contract = await signed_contract(house)

    response = await house.send("GET", f"/v1/contracts/{contract['id']}/content", by=None)

    assert hashlib.sha256(response.content).hexdigest() == contract["content_sha256"]
    assert response.headers["content-type"] == "application/json"
    assert response.headers["repr-digest"].startswith("sha-256=:")
    assert response.json()["actions"][0]["title"] == "École de production en chaudronnerie de Lacq"


@ON_SQLITE
async def test_a_signed_contract_is_public_but_how_it_came_about_is_not(house: House) -> None:
    contract = await signed_contract(house)
    path = f"/v1/contracts/{contract['id']}"

    assert (await house.get(path, by=None))["status"] == "signed"
    assert [each["id"] for each in (await house.get("/v1/contracts", by=None))["items"]] == [contract["id"]]
    await house.get(f"{path}/history", by=None, expect=401)
    await house.get(f"{path}/history", by=ELSEWHERE, expect=403)
    await house.get(f"{path}/readiness", by=ELSEWHERE, expect=403)
    assert (await house.get(f"{path}/history", by=COMPANY))["items"][0]["operation"] == "created"


@ON_SQLITE
async def test_before_its_signature_only_those_concerned_see_a_contract(house: House) -> None:
    contract = await drafted_contract(house)
    path = f"/v1/contracts/{contract['id']}"

    for by in (*EVERYONE, NATIONAL):
        await house.get(path, by=by)
        assert len((await house.get("/v1/contracts", by=by))["items"]) == 1
    for stranger in (ELSEWHERE, "partner", "platform", f"region:{BRETAGNE}", "operator:320252489", None):
        await house.get(path, by=stranger, expect=404)
        assert (await house.get("/v1/contracts", by=stranger))["items"] == []


async def test_a_declining_party_says_why_to_those_concerned_and_holds_the_signature_up(house: House) -> None:
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}"

    await house.post(f"{path}/decline", {"reason": "Délibération reportée."}, by=COMPANY)
    for by in EVERYONE[:-1]:
        contract = await house.post(f"{path}/sign", SIGNATURE, by=by)

    assert contract["status"] == "signing"
    assert [party["decline_reason"] for party in contract["parties"]][-1] == "Délibération reportée."
    assert (await house.post(f"{path}/sign", SIGNATURE, by=COMPANY))["status"] == "signed"


async def test_the_reason_of_a_party_that_need_not_sign_is_not_published(house: House) -> None:
    parties = [{**party, "required": party["organisation"] != CAISSE_DES_DEPOTS} for party in CONTRACT["parties"]]
    contract = await contract_to_sign(house, parties=parties)
    path = f"/v1/contracts/{contract['id']}"

    await house.post(f"{path}/decline", {"reason": "Hors doctrine."}, by=BANK)
    for by in EVERYONE:
        if by != BANK:
            contract = await house.post(f"{path}/sign", SIGNATURE, by=by)

    assert contract["status"] == "signed"
    assert "Hors doctrine." not in (await house.send("GET", path, by=None)).text


async def test_who_is_no_party_any_more_does_not_read_on_in_the_changes(house: House) -> None:
    contract = await drafted_contract(house)
    path = f"/v1/contracts/{contract['id']}"
    without = [party for party in CONTRACT["parties"] if party["organisation"] != CAISSE_DES_DEPOTS]

    async def changes() -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = (await house.get("/v1/contracts/changes", by=BANK))["items"]
        return lines

    before = await until(changes)
    await house.patch(path, {"parties": without, "title": "Nouveau titre"})
    after = await until(changes, lambda lines: len(lines) > 1)

    assert before[0]["object"]["title"] == CONTRACT["title"]
    assert [(line["version"], line["object"]) for line in after] == [(1, None), (2, None)]


@ON_SQLITE
async def test_readiness_lists_what_blocks_and_submitting_says_the_same(house: House) -> None:
    contract = await house.post(
        "/v1/contracts", {key: CONTRACT[key] for key in ("territory", "title", "starts_on", "ends_on")}, expect=201
    )
    path = f"/v1/contracts/{contract['id']}"

    readiness = await house.get(f"{path}/readiness")
    refused = await house.post(f"{path}/submit", expect=409)

    assert readiness["ready"] is False
    codes = [each["code"] for each in readiness["blocking"]]
    assert refused["code"] == "contract-not-ready"
    assert refused["blocking"] == codes
    assert {"company-missing", "region-missing", "theme-unanswered", "action-missing", "links-unanswered"} <= set(codes)


async def test_a_complete_contract_is_ready(house: House) -> None:
    contract = await drafted_contract(house)

    assert await house.get(f"/v1/contracts/{contract['id']}/readiness") == {"ready": True, "blocking": []}


@ON_SQLITE
async def test_an_approval_names_a_decision_that_is_known_and_fits(house: House) -> None:
    contract = await submitted_contract(house)
    path = f"/v1/contracts/{contract['id']}/approve"
    unfit, fit = decided("75", on=contract["id"], outcome="deferred"), decided("75", on=contract["id"])

    unknown = await house.post(path, {"decision_id": str(fit.decision_id)}, by=REGION, expect=409)
    await house.publish(unfit, fit)
    wrong = await house.post(path, {"decision_id": str(unfit.decision_id)}, by=REGION, expect=409)
    other = await house.post(path, {"decision_id": str(fit.decision_id)}, by=OTHER_REGION, expect=409)
    approved = await house.post(path, {"decision_id": str(fit.decision_id)}, by=REGION)

    assert [each["code"] for each in (unknown, wrong, other)] == [
        "decision-not-known",
        "decision-not-fitting",
        "decision-not-fitting",
    ]
    assert approved["status"] == "under_review"
    assert list(approved["approvals"]) == ["75"]
    assert (await house.post(path, {"decision_id": str(fit.decision_id)}, by=REGION, expect=409))[
        "code"
    ] == "already-approved"


@ON_SQLITE
async def test_a_decision_approves_the_contract_that_it_names_and_no_other(house: House) -> None:
    contract = await submitted_contract(house)
    other = await submitted_contract(house, complements=contract["id"])
    decision, older = decided("75", on=contract["id"]), decided("75", on=contract["id"], decides=None)
    await house.publish(decision, older)
    body = {"decision_id": str(decision.decision_id)}

    approved = await house.post(f"/v1/contracts/{contract['id']}/approve", body, by=REGION)
    refused = await house.post(f"/v1/contracts/{other['id']}/approve", body, by=REGION, expect=409)
    of_before = await house.post(
        f"/v1/contracts/{other['id']}/approve", {"decision_id": str(older.decision_id)}, by=REGION, expect=409
    )

    assert list(approved["approvals"]) == ["75"]
    assert refused["code"] == of_before["code"] == "decision-not-fitting"
    assert f"decides contract/{contract['id']}" in refused["detail"]
    assert "record a new one" in of_before["detail"]


async def test_a_territory_that_leaves_the_awaited_region_has_its_contract_approved(house: House) -> None:
    contract = await submitted_contract(house)
    decision = decided("75", on=contract["id"])
    await house.publish(decision)
    body = {"decision_id": str(decision.decision_id)}
    first = await house.post(f"/v1/contracts/{contract['id']}/approve", body, by=REGION)

    await house.publish(perimeter([member(PAU)], regions=["75"]))

    seen = await house.get(f"/v1/contracts/{contract['id']}", by=REGION)
    assert (first["status"], seen["status"]) == ("under_review", "approved")
    assert (await published(house, f"contract/{contract['id']}"))[-1] == "ContractApproved"


async def test_a_contract_that_no_region_approved_awaits_those_that_are_left(house: House) -> None:
    contract = await submitted_contract(house)

    await house.publish(perimeter([member(PAU)], regions=["75"]))

    assert (await house.get(f"/v1/contracts/{contract['id']}", by=REGION))["status"] == "under_review"


async def test_a_region_returns_a_contract_with_a_reason(house: House) -> None:
    contract = await submitted_contract(house)
    path = f"/v1/contracts/{contract['id']}"

    returned = await house.post(f"{path}/return", {"reason": "Préciser le calendrier."}, by=REGION)
    history = await house.get(f"{path}/history")

    assert (returned["status"], returned["decision_reason"]) == ("draft", "Préciser le calendrier.")
    assert history["items"][-1]["reason"] == "Préciser le calendrier."
    assert history["items"][-1]["changed"]["status"] == {"before": "under_review", "after": "draft"}


@ON_SQLITE
async def test_signed_content_does_not_change(house: House) -> None:
    contract = await signed_contract(house)
    path = f"/v1/contracts/{contract['id']}"

    refused = await house.patch(path, {"title": "Autre"}, expect=409)

    assert (refused["code"], refused["allowed_transitions"]) == ("not-editable", contract["allowed_transitions"])
    assert (await house.post(f"{path}/cancel", {"reason": "Non."}, expect=409))["state"] == "signed"
    assert (await house.post(f"{path}/sign", SIGNATURE, by=COMPANY, expect=409))["code"] == "already-signed"


@ON_SQLITE
async def test_the_content_is_not_there_before_the_signature(house: House) -> None:
    contract = await contract_to_sign(house)

    assert (await house.get(f"/v1/contracts/{contract['id']}/content", expect=409))["code"] == "content-not-frozen"


async def test_a_contract_is_given_up_before_its_signature(house: House) -> None:
    contract = await approved_contract(house)

    cancelled = await house.post(f"/v1/contracts/{contract['id']}/cancel", {"reason": "Fusion des territoires."})

    assert (cancelled["status"], cancelled["decision_reason"]) == ("cancelled", "Fusion des territoires.")
    assert (await published(house, f"contract/{contract['id']}"))[-1] == "ContractCancelled"


async def test_lists_replace_and_themes_are_answered_one_by_one(house: House) -> None:
    contract = await drafted_contract(house)

    changed = await house.patch(
        f"/v1/contracts/{contract['id']}",
        {"themes": {"skills": "Former.", "ambitions": None}, "priorities": [{"title": "Attirer"}], "links": None},
    )

    assert changed["themes"] == {**THEMES, "ambitions": None, "skills": "Former."}
    assert changed["priorities"] == [{"title": "Attirer", "carriers": [], "actions": []}]
    assert changed["links"] is None
    assert changed["version"] == contract["version"] + 1


async def test_the_reason_of_a_change_stands_in_its_history(house: House) -> None:
    contract = await drafted_contract(house)
    path = f"/v1/contracts/{contract['id']}"

    await house.patch(path, {"title": "Autre", "reason": "Coquille dans le titre"})

    assert (await house.get(f"{path}/history"))["items"][-1]["reason"] == "Coquille dans le titre"


@ON_SQLITE
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"territory": "2018-ti-7505"}, 1),
        ({"territory": "2018-ti-7601"}, 0),
        ({"region": "76"}, 1),
        ({"region": "53"}, 0),
        ({"party": ATELIERS}, 1),
        ({"party": "320252489"}, 0),
        ({"status": "draft", "phase": "2018"}, 1),
        ({"status": "signed"}, 0),
        ({"q": "lacq térritoire"}, 1),
        ({"q": "vendée"}, 0),
    ],
)
async def test_lists_are_filtered(house: House, filters: dict[str, Any], found: int) -> None:
    await drafted_contract(house)

    assert len((await house.get("/v1/contracts", **filters))["items"]) == found


async def test_writers_at_the_same_time_each_see_the_version_before_theirs(house: House) -> None:
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}"

    answers = await asyncio.gather(
        *(house.send("POST", f"{path}/sign", by, json=SIGNATURE) for by in EVERYONE for _ in range(4))
    )

    assert sorted(answer.status_code for answer in answers) == [200] * 6 + [409] * 18
    versions = sorted(answer.json()["version"] for answer in answers if answer.status_code == 200)
    assert versions == list(range(contract["version"] + 1, contract["version"] + 7))
    assert (await published(house, f"contract/{contract['id']}"))[-1] == "ContractSigned"
    assert (await published(house, f"contract/{contract['id']}")).count("PartySigned") == 6


async def test_a_hundred_writers_on_one_contract_each_see_the_version_before_theirs(house: House) -> None:
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}/decline"

    answers = await asyncio.gather(
        *(house.send("POST", path, COMPANY, json={"reason": f"Motif {number}."}) for number in range(100))
    )

    assert {answer.status_code for answer in answers} == {200}
    versions = [answer.json()["version"] for answer in answers]
    assert sorted(versions) == list(range(contract["version"] + 1, contract["version"] + 101))
    last = max(answers, key=lambda answer: int(answer.json()["version"])).json()
    assert await house.get(f"/v1/contracts/{contract['id']}") == last
    assert (await published(house, f"contract/{contract['id']}")).count("PartyDeclined") == 100
