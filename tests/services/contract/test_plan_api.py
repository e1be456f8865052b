"""The plan of a contract, its period, and sheets that were deleted or moved since."""

from typing import Any

import pytest

from tests.services.contract.conftest import House
from tests.services.contract.places import ATELIERS, COEUR, LACQ, PAU
from tests.services.contract.stories import (
    CONTRACT,
    SHEET,
    drafted_contract,
    signed_contract,
    submitted_contract,
    validated_action,
)
from tests.support.harness import ON_SQLITE, TEAM


async def blocking(house: House, contract: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Return the blockers of a contract, with their pointers."""
    found = await house.get(f"/v1/contracts/{contract['id']}/readiness")
    return [(blocker["code"], blocker["pointer"]) for blocker in found["blocking"]]


@ON_SQLITE
async def test_a_sheet_that_was_deleted_blocks_and_is_named(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)
    contract = await house.post("/v1/contracts", {**CONTRACT, "plan": [{"action_id": sheet["id"]}]}, expect=201)

    await house.send("DELETE", f"/v1/actions/{sheet['id']}", headers={"If-Match": '"1"'})
    refused = await house.post(f"/v1/contracts/{contract['id']}/submit", expect=409)

    assert await blocking(house, contract) == [("action-deleted", "/plan/0/action_id")]
    assert refused["blocking"] == ["action-deleted"]
    assert sheet["id"] in refused["detail"]


async def test_a_sheet_that_has_left_the_plan_blocks_and_is_not_published(house: House) -> None:
    shared = await house.post("/v1/actions", {**SHEET, "territories": [LACQ, COEUR]}, expect=201)
    elsewhere = {"territory": COEUR, "title": "Contrat (synthétique)", "starts_on": "2019-07-15"}
    by = "territory:241500230"
    contract = await house.post(
        "/v1/contracts",
        {**elsewhere, "ends_on": "2022-12-31", "plan": [{"action_id": shared["id"]}]},
        by=by,
        expect=201,
    )

    await house.patch(f"/v1/actions/{shared['id']}", {"territories": [LACQ]})
    found = await house.get(f"/v1/contracts/{contract['id']}/readiness", by=by)

    assert ("action-moved", "/plan/0/action_id") in [(each["code"], each["pointer"]) for each in found["blocking"]]


@ON_SQLITE
async def test_a_proposed_sheet_is_decided_before_the_review(house: House) -> None:
    retained, proposed = await validated_action(house), await house.post("/v1/actions", SHEET, expect=201)
    plan = [{"action_id": retained["id"]}, {"action_id": proposed["id"], "state": "proposed"}]
    contract = await house.post("/v1/contracts", {**CONTRACT, "plan": plan}, expect=201)

    before = await blocking(house, contract)
    plan[1] |= {"state": "refused", "reason": "Hors du périmètre (synthétique)"}
    await house.patch(f"/v1/contracts/{contract['id']}", {"plan": plan})

    assert before == [("action-undecided", "/plan/1/state")]
    assert await blocking(house, contract) == []


@ON_SQLITE
async def test_a_refused_sheet_needs_its_reason(house: House) -> None:
    sheet = await house.post("/v1/actions", SHEET, expect=201)

    refused = await house.post(
        "/v1/contracts", {**CONTRACT, "plan": [{"action_id": sheet["id"], "state": "refused"}]}, expect=422
    )

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("refusal-reason-missing", "/plan/0/reason")


@ON_SQLITE
async def test_a_refused_sheet_is_named_in_the_content_without_its_text(house: House) -> None:
    secret = await house.post("/v1/actions", {**SHEET, "title": "Fiche écartée (synthétique)"}, expect=201)
    retained = await validated_action(house)
    refusal = {"action_id": secret["id"], "state": "refused", "reason": "Hors sujet (synthétique)"}
    contract = await signed_contract(house, plan=[{"action_id": retained["id"]}, refusal])

    content = await house.get(f"/v1/contracts/{contract['id']}/content")

    assert [sheet["action_id"] for sheet in content["actions"]] == [retained["id"]]
    assert content["refused_actions"] == [{"action_id": secret["id"], "reason": "Hors sujet (synthétique)"}]
    assert "Fiche écartée" not in str(content)


@ON_SQLITE
async def test_a_sheet_stands_in_one_contract_of_its_territory(house: House) -> None:
    first = await submitted_contract(house)
    taken = first["plan"][0]["action_id"]
    second = await drafted_contract(house, complements=first["id"], plan=[{"action_id": taken}])
    third = await drafted_contract(house, replaces=first["id"], complements=second["id"], plan=[{"action_id": taken}])

    assert await blocking(house, second) == [("action-in-other-contract", "/plan/0/action_id")]
    assert await blocking(house, third) == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"starts_on": "1850-01-01", "ends_on": "1852-01-01"}, "/starts_on"),
        ({"starts_on": "2018-11-21"}, "/starts_on"),
        ({"starts_on": "9000-01-01", "ends_on": "9001-01-01"}, "/starts_on"),
        ({"ends_on": "9999-12-31"}, "/ends_on"),
        ({"ends_on": "2029-07-15"}, "/ends_on"),
    ],
)
async def test_a_period_is_plausible(house: House, change: dict[str, str], pointer: str) -> None:
    refused = await house.post("/v1/contracts", {**CONTRACT, **change}, expect=422)

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("day-not-plausible", pointer)


@ON_SQLITE
async def test_a_second_contract_of_the_same_days_says_how_it_is_related(house: House) -> None:
    first = await house.post("/v1/contracts", CONTRACT, expect=201)

    refused = await house.post(
        "/v1/contracts", {**CONTRACT, "starts_on": "2022-12-31", "ends_on": "2023-12-31"}, expect=409
    )
    later = await house.post(
        "/v1/contracts", {**CONTRACT, "starts_on": "2023-01-01", "ends_on": "2023-12-31"}, expect=201
    )
    moved = await house.patch(f"/v1/contracts/{later['id']}", {"starts_on": "2022-12-31"}, expect=409)
    related = await house.post(
        "/v1/contracts", {**CONTRACT, "ends_on": "2022-12-30", "complements": first["id"]}, expect=201
    )

    assert (refused["code"], refused["contract_id"]) == ("contract-overlaps", first["id"])
    assert moved["code"] == "contract-overlaps"
    assert related["complements"] == first["id"]


@ON_SQLITE
async def test_a_cancelled_contract_leaves_its_days(house: House) -> None:
    first = await house.post("/v1/contracts", CONTRACT, expect=201)
    await house.post(f"/v1/contracts/{first['id']}/cancel", {"reason": "Doublon (synthétique)"})

    assert (await house.post("/v1/contracts", CONTRACT, expect=201))["number"] == "C-0002"


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"project": {"diagnosis": None}}, [("project-diagnosis-missing", "/project/diagnosis")]),
        ({"project": {"issues": []}}, [("project-issues-missing", "/project/issues")]),
        ({"themes": {"attractiveness": {"people": None}}}, [("theme-unanswered", "/themes/attractiveness/people")]),
        ({"themes": {"animation": {"facilitator": None}}}, [("theme-unanswered", "/themes/animation/facilitator")]),
        ({"priorities": []}, [("priority-missing", "/priorities")]),
        ({"priorities": [{"title": "Attirer"}]}, [("priority-carrier-missing", "/priorities/0/carriers")]),
        (
            {"priorities": [{"title": "Attirer", "carriers": ["241500230"]}]},
            [("not-a-party", "/priorities/0/carriers/0")],
        ),
        (
            {"priorities": [{"title": "A", "carriers": [PAU], "actions": ["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e99"]}]},
            [("action-not-in-plan", "/priorities/0/actions/0")],
        ),
        ({"commitments": CONTRACT["commitments"][1:]}, [("commitment-missing", "/commitments")]),
    ],
)
async def test_a_text_that_lacks_something_says_what_and_where(
    house: House, change: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    contract = await drafted_contract(house)

    await house.patch(f"/v1/contracts/{contract['id']}", change)

    assert await blocking(house, contract) == expected


@ON_SQLITE
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({PAU: {"role": "partner"}}, ["intercommunality-carrier-missing"]),
        ({ATELIERS: {"role": "partner"}}, ["company-carrier-missing"]),
    ],
)
async def test_an_intercommunality_and_a_company_carry(
    house: House, changed: dict[str, Any], expected: list[str]
) -> None:
    parties = [{**party, **changed.get(party["organisation"], {})} for party in CONTRACT["parties"]]

    contract = await drafted_contract(house, parties=parties)

    assert [code for code, _ in await blocking(house, contract)] == expected


@ON_SQLITE
@pytest.mark.parametrize(
    ("field", "items", "pointer"),
    [
        ("priorities", [{"title": "Attirer"}, {"title": "Attirer"}], "/priorities/1"),
        ("links", [{"kind": "CTE", "name": "CTE"}] * 2, "/links/1"),
        ("parties", [CONTRACT["parties"][0]] * 2, "/parties/1"),
        ("plan", [{"action_id": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e99"}] * 2, "/plan/1"),
        ("commitments", [CONTRACT["commitments"][0]] * 2, "/commitments/1"),
        ("priorities", [{"title": "Attirer", "carriers": [PAU, PAU]}], "/priorities/0/carriers/1"),
    ],
)
async def test_no_list_of_a_contract_holds_doubles(house: House, field: str, items: list[Any], pointer: str) -> None:
    refused = await house.post("/v1/contracts", {**CONTRACT, field: items}, expect=422)

    assert [error["pointer"] for error in refused["errors"]] == [pointer]


@ON_SQLITE
async def test_a_party_of_kind_other_says_what_it_is(house: House) -> None:
    party = {
        "organisation": "784717191",
        "block": "economic",
        "kind": "other",
        "capacity": "Présidence",
        "role": "partner",
    }

    refused = await house.post("/v1/contracts", {**CONTRACT, "parties": [party]}, expect=422)
    labelled = {**CONTRACT["parties"][0], "label": "Chambre"}
    of_another = await house.post("/v1/contracts", {**CONTRACT, "parties": [labelled]}, expect=422)
    contract = await house.post(
        "/v1/contracts", {**CONTRACT, "parties": [{**party, "label": "Union d'industries"}]}, by=TEAM, expect=201
    )

    assert refused["code"] == of_another["code"] == "party-not-fitting"
    assert contract["parties"][0]["label"] == "Union d'industries"
