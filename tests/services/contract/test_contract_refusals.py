"""Refusals of contracts, and the callers that get them, through the real application."""

from typing import Any

import pytest

from shared.ids import uuid7
from tests.services.contract.conftest import (
    BANK,
    COMPANY,
    ELSEWHERE,
    REGION,
    STATE,
    House,
)
from tests.services.contract.places import ATELIERS, BRETAGNE, BRIVE, OLD_BPIFRANCE
from tests.services.contract.stories import CONTRACT, SIGNATURE, contract_to_sign, drafted_contract
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM


@ON_SQLITE
@pytest.mark.parametrize(
    ("by", "path", "body", "status"),
    [
        (ELSEWHERE, "submit", None, 404),
        (REGION, "submit", None, 403),
        (COMPANY, "submit", None, 403),
        (STATE, "approve", {"decision_id": str(uuid7())}, 403),
        (TEAM, "approve", {"decision_id": str(uuid7())}, 403),
        (BANK, "request-signatures", None, 403),
        (NATIONAL, "sign", SIGNATURE, 403),
        (f"region:{BRETAGNE}", "approve", {"decision_id": str(uuid7())}, 404),
        ("operator:320252489", "sign", SIGNATURE, 404),
    ],
)
async def test_who_may_not_is_refused(house: House, by: str, path: str, body: Any, status: int) -> None:
    contract = await drafted_contract(house)

    await house.post(f"/v1/contracts/{contract['id']}/{path}", body, by=by, expect=status)


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"territory": "ti-7505"}, 422, "unprocessable"),
        ({"territory": "2018-ti-9999"}, 422, "territory-not-known"),
        ({"territory": BRIVE}, 403, "forbidden"),
        ({"title": ""}, 422, "unprocessable"),
        ({"title": " "}, 422, "unprocessable"),
        ({"title": "\u0000"}, 422, "text-not-storable"),
        ({"starts_on": "2019-13-01"}, 422, "unprocessable"),
        ({"ends_on": "2018-01-01"}, 422, "calendar-reversed"),
        ({"themes": {"other": "…"}}, 422, "unprocessable"),
        ({"unknown": 1}, 422, "unprocessable"),
        ({"plan": [{"action_id": str(uuid7())}]}, 422, "action-not-known"),
        ({"parties": [{**CONTRACT["parties"][0], "organisation": "123456789"}]}, 422, "unprocessable"),
        ({"parties": [{**CONTRACT["parties"][0], "organisation": "000000133"}]}, 422, "organisation-not-known"),
        ({"parties": [{**CONTRACT["parties"][4], "organisation": OLD_BPIFRANCE}]}, 422, "organisation-succeeded"),
        ({"parties": [{**CONTRACT["parties"][0], "organisation": ATELIERS}]}, 422, "party-not-fitting"),
        ({"parties": [CONTRACT["parties"][0]] * 2}, 422, "unprocessable"),
        ({"parties": [{**CONTRACT["parties"][0], "required": 1}]}, 422, "unprocessable"),
        ({"links": "none"}, 422, "unprocessable"),
    ],
)
async def test_bad_input_is_refused_with_nothing_written(
    house: House, change: dict[str, Any], status: int, code: str
) -> None:
    refused = await house.post("/v1/contracts", {**CONTRACT, **change}, expect=status)

    assert refused["code"] == code
    assert refused["detail"]
    assert (await house.get("/v1/contracts"))["items"] == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"signed_on": "2999-01-01"}, "signed-in-the-future"),
        ({"deliberation": None}, "deliberation-missing"),
        ({"deliberation": {"reference": "x", "date": "2019-07-16"}}, "deliberation-missing"),
        ({"capacity": None}, "unprocessable"),
    ],
)
async def test_an_unsound_signature_is_refused(house: House, change: dict[str, Any], code: str) -> None:
    contract = await contract_to_sign(house)

    refused = await house.post(f"/v1/contracts/{contract['id']}/sign", {**SIGNATURE, **change}, expect=422)

    assert refused["code"] == code


@ON_SQLITE
async def test_a_change_needs_the_version_that_was_read(house: House) -> None:
    contract = await drafted_contract(house)
    path = f"/v1/contracts/{contract['id']}"

    missing = await house.send("PATCH", path, json={"title": "Autre"})
    stale = await house.patch(path, {"title": "Autre"}, version=contract["version"] + 7, expect=412)

    assert missing.status_code == 428
    assert stale["code"] == "version-stale"


@ON_SQLITE
async def test_the_delegation_reads_and_does_not_write(house: House) -> None:
    contract = await drafted_contract(house)
    path = f"/v1/contracts/{contract['id']}"

    await house.patch(path, {"title": "Autre", "reason": "Coquille"}, by=NATIONAL, expect=403)
    await house.patch(f"/v1/actions/{contract['plan'][0]['action_id']}", {"title": "Autre"}, by=NATIONAL, expect=403)
    await house.post(f"{path}/cancel", {"reason": "Abandon."}, by=NATIONAL, expect=403)
    assert (await house.get(path, by=NATIONAL))["title"] == contract["title"]


@ON_SQLITE
async def test_a_bare_code_is_refused_when_it_names_two_territories(house: House) -> None:
    await drafted_contract(house)

    refused = await house.get("/v1/contracts", territory="ti-7505", expect=422)
    found = await house.get("/v1/contracts", territory="ti-7505", phase="2018")

    assert "2018-ti-7505 and 2023-ti-7505" in refused["detail"]
    assert len(found["items"]) == 1


@ON_SQLITE
async def test_an_unknown_parameter_is_refused(house: House) -> None:
    assert (await house.get("/v1/contracts", colour="blue", expect=422))["code"] == "unknown-parameter"
