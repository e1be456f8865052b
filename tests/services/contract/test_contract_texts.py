"""Texts of contracts as they were submitted, and the versions that sheets and contracts count."""

import hashlib
from typing import Any, Final

from tests.services.contract.conftest import BANK, COMPANY, ELSEWHERE, EVERYONE, OTHER_REGION, REGION, STATE, House
from tests.services.contract.places import CAISSE_DES_DEPOTS, NOUVELLE_AQUITAINE, PAU
from tests.services.contract.stories import (
    CONTRACT,
    SIGNATURE,
    contract_to_sign,
    signed_contract,
    submitted_action,
    submitted_contract,
)
from tests.services.contract.test_succession import renamed
from tests.support.harness import ON_SQLITE

WHY: Final = {"reason": "À compléter (texte synthétique)."}


async def resubmitted(house: House, **change: Any) -> str:
    """The path of a contract that was returned, changed and submitted again."""
    contract = await submitted_contract(house)
    path = f"/v1/contracts/{contract['id']}"
    await house.post(f"{path}/return", WHY, by=REGION)
    await house.patch(path, change)
    await house.post(f"{path}/submit")
    return path


async def test_each_submission_keeps_its_text(house: House) -> None:
    path = await resubmitted(house, title="Autre titre (synthétique)")

    [first, second] = (await house.get(f"{path}/texts"))["items"]
    response = await house.send("GET", f"{path}/texts/1")

    assert (first["version"], second["version"], first["by"]) == (1, 2, PAU)
    assert hashlib.sha256(response.content).hexdigest() == first["sha256"]
    assert response.headers["etag"] == f'"{first["sha256"]}"'
    assert response.headers["repr-digest"].startswith("sha-256=:")
    assert response.json()["title"] == CONTRACT["title"]
    assert response.json()["plan"][0]["state"] == "retained"
    assert response.json()["actions"][0]["title"] == "École de production en chaudronnerie de Lacq"


async def test_the_differences_of_two_texts_are_listed_by_field(house: House) -> None:
    path = await resubmitted(
        house,
        title="Autre titre (synthétique)",
        priorities=[
            {"title": "Décarboner", "carriers": [PAU]},
            {**CONTRACT["priorities"][0], "carriers": [NOUVELLE_AQUITAINE]},
        ],
    )

    listed = await house.get(f"{path}/texts/2/differences", since=1)
    back = await house.get(f"{path}/texts/1/differences", since=2)

    assert {(each["change"], each["earlier_pointer"], each["pointer"]) for each in listed["differences"]} == {
        ("changed", "/title", "/title"),
        ("changed", "/priorities/0/carriers", "/priorities/1/carriers"),
        ("added", None, "/priorities/0"),
    }
    assert [each["key"] for each in listed["differences"] if each["change"] == "added"] == [{"title": "Décarboner"}]
    assert [each["change"] for each in back["differences"] if each["pointer"] is None] == ["removed"]
    assert (await house.get(f"{path}/texts/1/differences", since=1))["differences"] == []


async def test_a_text_that_is_submitted_again_unchanged_is_the_same_version(house: House) -> None:
    path = await resubmitted(house)

    assert (await house.get(path))["text_version"] == 1
    assert len((await house.get(f"{path}/texts"))["items"]) == 1


async def test_a_renamed_organisation_makes_another_text_at_the_next_submission(house: House) -> None:
    contract = await submitted_contract(house)
    path = f"/v1/contracts/{contract['id']}"
    await house.post(f"{path}/return", WHY, by=REGION)
    await house.publish(renamed(PAU, "CA du Béarn (nom synthétique)"))

    again = await house.post(f"{path}/submit")

    assert again["text_version"] == 2
    assert [each["version"] for each in (await house.get(f"{path}/texts"))["items"]] == [1, 2]


@ON_SQLITE
async def test_texts_that_were_never_signed_are_for_those_concerned(house: House) -> None:
    path = await resubmitted(house, title="Autre titre (synthétique)")
    for by in (ELSEWHERE, None):
        await house.get(f"{path}/texts", by=by, expect=404)
        await house.get(f"{path}/texts/1", by=by, expect=404)
    assert len((await house.get(f"{path}/texts", by=COMPANY))["items"]) == 2


@ON_SQLITE
async def test_the_signed_text_is_public_and_those_before_it_are_not(house: House) -> None:
    contract = await signed_contract(house)
    path = f"/v1/contracts/{contract['id']}"

    assert [each["version"] for each in (await house.get(f"{path}/texts", by=None))["items"]] == [1]
    assert (await house.send("GET", f"{path}/texts/1", by=None)).status_code == 200
    refused = await house.get(f"{path}/texts/2", by=None, expect=404)
    assert refused["code"] == "text-not-found"
    await house.get(f"{path}/texts/0", expect=422)
    await house.get(f"{path}/texts/1/differences", expect=422)


async def test_a_protocol_keeps_its_text_when_signatures_are_asked_for(house: House) -> None:
    protocol = await house.post(
        "/v1/contracts", {**CONTRACT, "kind": "protocol", "title": "Protocole (synthétique)"}, expect=201
    )
    path = f"/v1/contracts/{protocol['id']}"
    assert (await house.get(f"{path}/texts"))["items"] == []

    await house.post(f"{path}/request-signatures")
    for by in EVERYONE:
        await house.post(f"{path}/sign", SIGNATURE, by=by)

    assert [each["version"] for each in (await house.get(f"{path}/texts", by=None))["items"]] == [1]


async def test_an_opinion_on_a_sheet_that_was_rewritten_since_is_not_current(house: House) -> None:
    sheet = await submitted_action(house)
    path = f"/v1/actions/{sheet['id']}"
    opinion = {"verdict": "unfavourable", "text": "Chiffrer (texte synthétique)."}
    await house.post(f"{path}/opinion", {**opinion, "verdict": "reserved"}, by=STATE)
    given = await house.post(f"{path}/opinion", opinion, by=STATE)
    await house.post(f"{path}/return", WHY, by=REGION)
    same = await house.patch(path, {"cost_cents": sheet["cost_cents"], "confidential": ["cost_cents"]})
    changed = await house.patch(path, {"cost_cents": 130_000_000})
    await house.post(f"{path}/submit")
    again = await house.post(f"{path}/opinion", {**opinion, "verdict": "favourable"}, by=STATE)

    assert (given["text_version"], same["text_version"], changed["text_version"]) == (1, 1, 2)
    assert [each["is_current"] for each in given["opinions"]] == [True]
    assert [each["is_current"] for each in changed["opinions"]] == [False]
    assert [(each["verdict"], each["text_version"], each["is_current"]) for each in again["opinions"]] == [
        ("unfavourable", 1, False),
        ("favourable", 2, True),
    ]
    await house.post(f"{path}/validate", by=REGION)
    retained = await house.post(f"{path}/validate", by=OTHER_REGION)
    assert len(retained["opinions"]) == 2


@ON_SQLITE
async def test_a_text_that_was_signed_on_paper_is_kept_and_public(house: House) -> None:
    path = await resubmitted(house)
    await house.post(f"{path}/return", WHY, by=REGION)
    await house.patch(path, {"title": "Titre du papier (synthétique)"})

    entered = {"signed_on": "2019-07-15", "source": "Recueil des actes (exemple synthétique)", "signatures": []}
    await house.post(f"{path}/enter-signed", entered, by=REGION)

    assert [each["version"] for each in (await house.get(f"{path}/texts", by=None))["items"]] == [2]
    assert (await house.get(f"{path}/texts/2", by=None))["title"] == "Titre du papier (synthétique)"
    await house.get(f"{path}/texts/1", by=None, expect=404)


async def test_the_text_without_a_party_that_was_taken_out_is_kept_at_the_signature(house: House) -> None:
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}"
    [bank] = [party["id"] for party in contract["parties"] if party["organisation"] == CAISSE_DES_DEPOTS]

    await house.post(f"{path}/parties/{bank}/take-out", WHY)
    for by in EVERYONE:
        if by != BANK:
            signed = await house.post(f"{path}/sign", SIGNATURE, by=by)

    assert signed["status"] == "signed"
    assert [each["version"] for each in (await house.get(f"{path}/texts", by=None))["items"]] == [2]
    parties = (await house.get(f"{path}/texts/2", by=None))["parties"]
    assert CAISSE_DES_DEPOTS not in [party["organisation"] for party in parties]
