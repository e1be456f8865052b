"""Signing circuits through the real application: turns, quorums, refusals and the ways on, delegation."""

import asyncio
import json
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import select

from services.contract.models import Contract
from services.contract.rules import transitions
from services.contract.rules.permitted import CHECKS
from shared.events.contract import ContractKind
from shared.events.territory import OrganisationRegistered
from shared.ids import uuid7
from shared.storage.tables import outbox
from tests.services.contract.conftest import (
    BANK,
    COMPANY,
    ELSEWHERE,
    EVERYONE,
    OTHER_REGION,
    PILOT,
    REGION,
    STATE,
    House,
)
from tests.services.contract.places import (
    ATELIERS,
    BPIFRANCE,
    CAISSE_DES_DEPOTS,
    FORGES,
    NOUVELLE_AQUITAINE,
    OCCITANIE,
    PAU,
    PREFECTURE,
    PREFECTURE_OCCITANIE,
    TARBES,
)
from tests.services.contract.stories import (
    CONTRACT,
    SIGNATURE,
    approved_contract,
    contract_in_circuit,
    contract_to_sign,
    drafted_contract,
    group,
    party_of,
    put_circuit,
)
from tests.support.harness import NATIONAL, ON_POSTGRESQL, ON_SQLITE, TEAM

WHY: Final = {"reason": "Motif synthétique."}
SUBPREFECTURE: Final = f"state:{PREFECTURE_OCCITANIE}"
DELEGATION: Final = {
    "organisation": PREFECTURE_OCCITANIE,
    "office": "Sous-préfecture (synthétique)",
    "reference": "Arrêté 2019-1 (synthétique)",
    "date": "2019-07-01",
}
LOCAL: Final = group(PAU, NOUVELLE_AQUITAINE, OCCITANIE, label="Collectivités")
OTHERS: Final = group(PREFECTURE, CAISSE_DES_DEPOTS, ATELIERS)
OPTIONAL_BANK: Final = [
    {**party, "required": party["organisation"] != CAISSE_DES_DEPOTS} for party in CONTRACT["parties"]
]


async def published_of(house: House, contract: dict[str, Any], *names: str) -> list[tuple[str, Any]]:
    """The events of a contract with the party of each; of these names, if some are given."""
    async with house.database.reading() as session:
        rows = await session.scalars(
            select(outbox.c.body).where(outbox.c.subject == f"contract/{contract['id']}").order_by(outbox.c.id)
        )
        bodies = [json.loads(row) for row in rows]
    found = [(body["type"].split(".")[-2], body["data"].get("signatory")) for body in bodies]
    return [each for each in found if not names or each[0] in names]


async def sign(house: House, contract: dict[str, Any], *by: str, **more: Any) -> dict[str, Any]:
    """Callers sign one after the other."""
    for caller in by:
        contract = await house.post(f"/v1/contracts/{contract['id']}/sign", {**SIGNATURE, **more}, by=caller)
    return contract


async def act(house: House, contract: dict[str, Any], name: str, siren: str, body: Any = WHY, **more: Any) -> Any:
    """Act on a party."""
    party = party_of(await house.get(f"/v1/contracts/{contract['id']}"), siren)
    return await house.post(f"/v1/contracts/{contract['id']}/parties/{party['id']}/{name}", body, **more)


@ON_SQLITE
async def test_groups_sign_one_after_the_other_and_each_party_is_asked_in_its_turn(house: House) -> None:
    contract = await contract_in_circuit(house, LOCAL, OTHERS)
    path = f"/v1/contracts/{contract['id']}"

    early = await house.post(f"{path}/sign", SIGNATURE, by=COMPANY, expect=409)
    await sign(house, contract, TEAM, REGION)
    before = await published_of(house, contract, "SignatureRequested")
    await sign(house, contract, OTHER_REGION)
    after = await published_of(house, contract, "SignatureRequested")
    contract = await sign(house, contract, STATE, BANK, COMPANY)

    assert (early["code"], early["awaited_group"]) == ("not-your-turn", 1)
    assert "« Collectivités »" in early["detail"]
    assert [siren for _, siren in before] == [PAU, NOUVELLE_AQUITAINE, OCCITANIE]
    assert [siren for _, siren in after[3:]] == [PREFECTURE, CAISSE_DES_DEPOTS, ATELIERS]
    assert contract["status"] == "signed"
    assert len(await published_of(house, contract, "ContractSigned")) == 1


@ON_SQLITE
async def test_the_circuit_says_whose_turn_it_is_and_what_is_needed(house: House) -> None:
    contract = await contract_in_circuit(
        house, LOCAL, group(PREFECTURE, ATELIERS), group(CAISSE_DES_DEPOTS), parties=OPTIONAL_BANK
    )
    path = f"/v1/contracts/{contract['id']}"
    await house.post(f"{path}/decline", WHY, by=REGION)
    await sign(house, contract, TEAM)

    circuit = await house.get(f"{path}/circuit")

    assert [each["is_mandatory"] for each in circuit["groups"]] == [True, True, False]
    assert [each["needed"] for each in circuit["groups"]] == [2, 2, 0]
    states = {party["organisation"]: party["state"] for each in circuit["groups"] for party in each["parties"]}
    assert states == {
        PAU: "signed",
        NOUVELLE_AQUITAINE: "declined",
        OCCITANIE: "asked",
        PREFECTURE: "awaited",
        ATELIERS: "awaited",
        CAISSE_DES_DEPOTS: "awaited",
    }
    assert circuit["turn"] == [NOUVELLE_AQUITAINE, OCCITANIE]
    assert (circuit["awaited_group"], circuit["is_complete"], circuit["is_default"]) == (1, False, False)
    await house.get(f"{path}/circuit", by=ELSEWHERE, expect=404)


async def test_without_a_circuit_all_parties_are_one_group(house: House) -> None:
    contract = await contract_to_sign(house)

    circuit = await house.get(f"/v1/contracts/{contract['id']}/circuit")

    assert circuit["is_default"] is True
    assert [[party["state"] for party in each["parties"]] for each in circuit["groups"]] == [["asked"] * 6]
    assert len(circuit["turn"]) == 6


@ON_SQLITE
async def test_a_quorum_signs_without_the_others_and_they_may_sign_after_it(house: House) -> None:
    parties = [
        *(
            {**party, "required": party["organisation"] not in (CAISSE_DES_DEPOTS, ATELIERS)}
            for party in CONTRACT["parties"]
        ),
        {**CONTRACT["parties"][5], "organisation": FORGES, "required": False},
    ]
    commitments = [*CONTRACT["commitments"], {"organisation": FORGES, "kind": "human", "text": "Un tuteur."}]
    companies = group(ATELIERS, FORGES, quorum=1)
    contract = await contract_in_circuit(
        house,
        group(PAU, NOUVELLE_AQUITAINE, OCCITANIE, PREFECTURE, CAISSE_DES_DEPOTS),
        companies,
        parties=parties,
        commitments=commitments,
    )
    path = f"/v1/contracts/{contract['id']}"

    contract = await sign(house, contract, TEAM, REGION, OTHER_REGION, STATE, COMPANY)
    content = (await house.send("GET", f"{path}/content")).content
    later = await sign(house, contract, PILOT, signed_on="2019-07-20")

    assert contract["status"] == later["status"] == "signed"
    assert (later["signed_on"], later["content_sha256"]) == (contract["signed_on"], contract["content_sha256"])
    assert party_of(later, FORGES)["signed_on"] == "2019-07-20"
    assert (await house.send("GET", f"{path}/content")).content == content
    assert [name for name, _ in await published_of(house, contract, "ContractSigned", "PartySigned")][-2:] == [
        "ContractSigned",
        "PartySigned",
    ]
    after_the_end = await house.post(f"{path}/sign", {**SIGNATURE, "signed_on": "2023-01-01"}, by=BANK, expect=422)
    assert after_the_end["code"] == "signed-after-the-end"


async def test_a_kind_that_only_a_quorum_ensures_is_ensured(house: House) -> None:
    parties = [{**party, "required": party["organisation"] != ATELIERS} for party in CONTRACT["parties"]]
    contract = await drafted_contract(house, parties=parties)
    path = f"/v1/contracts/{contract['id']}/readiness"
    everyone = [party["organisation"] for party in parties]

    async def codes() -> list[str]:
        return [blocker["code"] for blocker in (await house.get(path))["blocking"]]

    assert await codes() == ["company-missing"]
    await put_circuit(house, contract, group(*everyone, quorum=6))
    assert await codes() == []
    await put_circuit(house, contract, group(*everyone, quorum=5))
    assert await codes() == ["company-missing"]


@ON_SQLITE
async def test_the_circuit_of_an_approved_contract_still_ensures_each_kind(house: House) -> None:
    parties = [{**party, "required": party["organisation"] != ATELIERS} for party in CONTRACT["parties"]]
    contract = await drafted_contract(house, parties=parties)
    everyone = [party["organisation"] for party in parties]
    await put_circuit(house, contract, group(*everyone, quorum=6))
    await house.post(f"/v1/contracts/{contract['id']}/submit")

    refused = await put_circuit(house, contract, group(*everyone, quorum=5), expect=422)

    assert refused["code"] == "circuit-not-fitting"
    await put_circuit(house, contract, group(*everyone, quorum=6), by=REGION)


@ON_SQLITE
async def test_a_circuit_is_written_on_the_version_that_was_read_until_the_request(house: House) -> None:
    contract = await approved_contract(house)
    path = f"/v1/contracts/{contract['id']}"
    body = {"groups": [LOCAL, OTHERS]}

    missing = await house.send("PUT", f"{path}/circuit", json=body)
    stale = await house.send("PUT", f"{path}/circuit", json=body, headers={"If-Match": '"99"'})
    read = await house.send("GET", f"{path}/circuit")
    written = await house.send("PUT", f"{path}/circuit", json=body, headers={"If-Match": read.headers["ETag"]})
    stranger = await put_circuit(house, contract, LOCAL, OTHERS, by=COMPANY, expect=403)
    await house.post(f"{path}/request-signatures")
    late = await put_circuit(house, contract, LOCAL, OTHERS, expect=409)

    assert (missing.status_code, stale.status_code, written.status_code) == (428, 412, 200)
    assert written.headers["ETag"] == f'"{contract["version"] + 1}"'
    assert (stranger["code"], late["code"], late["state"]) == ("forbidden", "not-editable", "signing")


@ON_SQLITE
@pytest.mark.parametrize(
    ("groups", "code"),
    [
        ([], "unprocessable"),
        ([group()], "unprocessable"),
        ([group(PAU)] * 21, "unprocessable"),
        ([LOCAL], "circuit-not-fitting"),
        ([LOCAL, OTHERS, group(PAU)], "circuit-not-fitting"),
        ([LOCAL, OTHERS, group(TARBES)], "circuit-not-fitting"),
        ([LOCAL, {**OTHERS, "quorum": 4}], "circuit-not-fitting"),
        ([LOCAL, {**OTHERS, "quorum": 0}], "unprocessable"),
        ([LOCAL, group(*OTHERS["parties"], ATELIERS)], "unprocessable"),
    ],
)
async def test_an_unsound_circuit_is_refused(house: House, groups: list[Any], code: str) -> None:
    contract = await drafted_contract(house)

    assert (await put_circuit(house, contract, *groups, expect=422))["code"] == code


@ON_SQLITE
async def test_who_declined_is_asked_again(house: House) -> None:
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}"
    not_yet = await act(house, contract, "ask-again", ATELIERS, expect=409)
    await house.post(f"{path}/decline", WHY, by=COMPANY)

    asked = await act(house, contract, "ask-again", ATELIERS, None)

    assert not_yet["code"] == "party-not-declined"
    assert (party_of(asked, ATELIERS)["declined_at"], party_of(asked, ATELIERS)["decline_reason"]) == (None, None)
    assert (await published_of(house, contract))[-2:] == [("PartyDeclined", ATELIERS), ("SignatureRequested", ATELIERS)]
    assert (await sign(house, contract, *EVERYONE))["status"] == "signed"


@ON_SQLITE
async def test_another_organisation_of_the_same_kind_takes_the_place_of_a_party(house: House) -> None:
    contract = await contract_in_circuit(house, LOCAL, OTHERS)
    path = f"/v1/contracts/{contract['id']}"
    await sign(house, contract, TEAM, REGION, OTHER_REGION, STATE)
    await house.post(f"{path}/decline", WHY, by=COMPANY)
    before = party_of(contract, ATELIERS)
    body = {"organisation": FORGES, "capacity": "Gérant", **WHY}

    replaced = await act(house, contract, "replace", ATELIERS, body)

    new = party_of(replaced, FORGES)
    assert {name: new[name] for name in ("block", "kind", "role", "required")} == {
        name: before[name] for name in ("block", "kind", "role", "required")
    }
    assert ATELIERS not in json.dumps(replaced["commitments"])
    assert (await published_of(house, contract))[-2:] == [("PartyReplaced", ATELIERS), ("SignatureRequested", FORGES)]
    assert party_of(replaced, PAU)["signed_on"] == SIGNATURE["signed_on"]
    await house.get(path, by=COMPANY, expect=404)
    assert (await house.get("/v1/contracts", party=FORGES))["items"][0]["id"] == contract["id"]
    signed = await sign(house, contract, BANK, PILOT)
    content = (await house.send("GET", f"{path}/content")).json()
    assert signed["status"] == "signed"
    assert FORGES in {party["organisation"] for party in content["parties"]}


@ON_SQLITE
@pytest.mark.parametrize(
    ("siren", "by", "code", "status"),
    [
        (ATELIERS, CAISSE_DES_DEPOTS, "party-not-fitting", 422),
        (ATELIERS, BPIFRANCE, "party-not-fitting", 422),
        (ATELIERS, "000000133", "organisation-not-known", 422),
        (NOUVELLE_AQUITAINE, OCCITANIE, "party-not-fitting", 422),
        (PAU, "241500230", "party-not-fitting", 422),
        (TEAM, FORGES, "party-not-found", 404),
    ],
)
async def test_an_organisation_that_does_not_fit_takes_no_place(
    house: House, siren: str, by: str, code: str, status: int
) -> None:
    contract = await contract_to_sign(house)
    parties = {party["organisation"]: party["id"] for party in contract["parties"]}
    path = f"/v1/contracts/{contract['id']}/parties/{parties.get(siren, uuid7())}/replace"

    refused = await house.post(path, {"organisation": by, "capacity": "Office", **WHY}, expect=status)

    assert refused["code"] == code


async def test_a_party_that_is_not_needed_is_taken_out(house: House) -> None:
    contract = await contract_to_sign(house)
    await sign(house, contract, TEAM, REGION, OTHER_REGION, STATE, COMPANY)

    taken = await act(house, contract, "take-out", CAISSE_DES_DEPOTS)

    assert taken["status"] == "signed"
    assert CAISSE_DES_DEPOTS not in json.dumps(taken)
    assert [name for name, _ in await published_of(house, contract)][-2:] == ["PartyTakenOut", "ContractSigned"]
    assert (await house.get("/v1/contracts", party=CAISSE_DES_DEPOTS))["items"] == []


@ON_SQLITE
@pytest.mark.parametrize("siren", [PAU, NOUVELLE_AQUITAINE, OCCITANIE, PREFECTURE, ATELIERS])
async def test_a_party_that_is_needed_stays(house: House, siren: str) -> None:
    contract = await contract_to_sign(house)

    assert (await act(house, contract, "take-out", siren, expect=409))["code"] == "party-needed"


@ON_SQLITE
async def test_a_party_without_which_a_quorum_cannot_be_reached_stays(house: House) -> None:
    everyone = [party["organisation"] for party in CONTRACT["parties"]]
    contract = await contract_in_circuit(house, group(*everyone, quorum=6), parties=OPTIONAL_BANK)

    refused = await act(house, contract, "take-out", CAISSE_DES_DEPOTS, expect=409)

    assert (refused["code"], "quorum 6" in refused["detail"]) == ("party-needed", True)


@ON_SQLITE
@pytest.mark.parametrize(
    ("name", "body"),
    [("ask-again", None), ("replace", {"organisation": TARBES, "capacity": "Office", **WHY}), ("take-out", WHY)],
)
async def test_a_party_that_has_signed_stays_as_it_is(house: House, name: str, body: Any) -> None:
    contract = await contract_to_sign(house)
    await sign(house, contract, TEAM)

    assert (await act(house, contract, name, PAU, body, expect=409))["code"] == "already-signed"
    assert (await act(house, contract, name, ATELIERS, body, by=COMPANY, expect=403))["code"] == "forbidden"


@ON_SQLITE
async def test_a_signature_that_was_entered_by_mistake_is_taken_back(house: House) -> None:
    contract = await contract_in_circuit(house, LOCAL, OTHERS)
    path = f"/v1/contracts/{contract['id']}"
    nothing = await house.post(f"{path}/withdraw-signature", WHY, by=COMPANY, expect=409)
    await sign(house, contract, TEAM, REGION, OTHER_REGION, STATE, BANK)

    withdrawn = await house.post(f"{path}/withdraw-signature", WHY, by=OTHER_REGION)
    out_of_turn = await house.post(f"{path}/sign", SIGNATURE, by=COMPANY, expect=409)

    assert nothing["code"] == "not-signed"
    assert party_of(withdrawn, OCCITANIE)["signed_on"] is None
    assert party_of(withdrawn, OCCITANIE)["deliberation_reference"] is None
    assert party_of(withdrawn, PREFECTURE)["signed_on"] == SIGNATURE["signed_on"]
    assert out_of_turn["code"] == "not-your-turn"
    assert (await published_of(house, contract))[-1] == ("SignatureWithdrawn", OCCITANIE)
    assert (await house.get(f"{path}/history"))["items"][-1]["reason"] == WHY["reason"]
    await sign(house, contract, OTHER_REGION)
    assert (await published_of(house, contract))[-1] == ("SignatureRequested", ATELIERS)
    assert (await sign(house, contract, COMPANY))["status"] == "signed"
    assert (await house.post(f"{path}/withdraw-signature", WHY, by=COMPANY, expect=409))["state"] == "signed"


async def test_signatures_are_counted_as_they_stand(house: House) -> None:
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}"

    async def counted() -> Any:
        await house.settled()
        return (await house.get("/v1/progress", phase="2018"))["total"]["signatures"]

    await sign(house, contract, TEAM, REGION)
    await house.post(f"{path}/decline", WHY, by=COMPANY)
    assert await counted() == {"given": 2, "declined": 1}
    await house.post(f"{path}/withdraw-signature", WHY, by=REGION)
    await act(house, contract, "replace", ATELIERS, {"organisation": FORGES, "capacity": "Gérant", **WHY})
    assert await counted() == {"given": 1, "declined": 0}


@ON_SQLITE
async def test_a_delegate_signs_in_place_of_the_party_and_sees_the_contract(house: House) -> None:
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}"
    stranger = await house.post(f"{path}/sign", SIGNATURE, by=SUBPREFECTURE, expect=403)

    await house.post(f"{path}/delegate", DELEGATION, by=STATE)
    early = await house.post(f"{path}/sign", {**SIGNATURE, "signed_on": "2019-06-30"}, by=SUBPREFECTURE, expect=422)
    signed = await sign(house, contract, SUBPREFECTURE)
    again = await house.post(f"{path}/delegate", DELEGATION, by=STATE, expect=409)

    assert (stranger["code"], early["code"], again["code"]) == (
        "not-a-party",
        "delegation-not-fitting",
        "already-signed",
    )
    assert (party_of(signed, PREFECTURE)["signed_on"], party_of(signed, PREFECTURE)["signed_by"]) == (
        SIGNATURE["signed_on"],
        PREFECTURE_OCCITANIE,
    )
    circuit = await house.get(f"{path}/circuit", by=SUBPREFECTURE)
    party = next(each for each in circuit["groups"][0]["parties"] if each["organisation"] == PREFECTURE)
    assert party["delegation"] == DELEGATION
    withdrawn = await house.post(f"{path}/withdraw-signature", WHY, by=SUBPREFECTURE)
    assert party_of(withdrawn, PREFECTURE)["signed_by"] is None


@ON_SQLITE
async def test_a_delegate_of_elsewhere_sees_the_contract_as_long_as_it_is_one(house: House) -> None:
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}"
    invest = f"operator:{BPIFRANCE}"
    await house.get(path, by=invest, expect=404)

    await house.post(f"{path}/delegate", {**DELEGATION, "organisation": BPIFRANCE}, by=BANK)
    seen = await house.get(path, by=invest)
    listed = (await house.get("/v1/contracts", by=invest))["items"]
    await house.post(f"{path}/revoke-delegation", WHY, by=BANK)

    assert (seen["id"], len(listed)) == (contract["id"], 1)
    await house.get(path, by=invest, expect=404)
    assert (await house.get("/v1/contracts", by=invest))["items"] == []
    assert (await house.post(f"{path}/revoke-delegation", WHY, by=BANK, expect=409))["code"] == "delegation-missing"
    assert [name for name, _ in await published_of(house, contract)][-2:] == ["SignatureDelegated"] * 2


@ON_SQLITE
async def test_a_new_delegation_takes_the_place_of_the_former_one(house: House) -> None:
    contract = await contract_to_sign(house)
    path = f"/v1/contracts/{contract['id']}"
    await house.post(f"{path}/delegate", DELEGATION, by=STATE)

    await house.post(f"{path}/delegate", {**DELEGATION, "organisation": None}, by=STATE)

    assert (await house.post(f"{path}/sign", SIGNATURE, by=SUBPREFECTURE, expect=403))["code"] == "not-a-party"
    kept = [line for line in (await house.get(f"{path}/history"))["items"] if "parties" in line["changed"]]
    assert PREFECTURE_OCCITANIE in json.dumps(kept[-1]["changed"]["parties"]["before"])


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"date": "2999-01-01"}, "delegation-not-fitting"),
        ({"date": "1789-07-14"}, "delegation-not-fitting"),
        ({"organisation": "000000133"}, "organisation-not-known"),
        ({"office": None}, "unprocessable"),
    ],
)
async def test_an_unsound_delegation_is_refused(house: House, change: dict[str, Any], code: str) -> None:
    contract = await contract_to_sign(house)

    refused = await house.post(
        f"/v1/contracts/{contract['id']}/delegate", {**DELEGATION, **change}, by=STATE, expect=422
    )

    assert refused["code"] == code


async def test_each_caller_reads_which_transitions_it_may_make_and_why_not(house: House) -> None:
    contract = await contract_in_circuit(house, LOCAL, OTHERS)
    path = f"/v1/contracts/{contract['id']}"
    await sign(house, contract, TEAM)

    async def found(by: str) -> dict[str, Any]:
        answer = await house.get(f"{path}/transitions", by=by)
        assert [each["name"] for each in answer["transitions"]] == list(transitions.CONTRACT["signing"])
        return {each["name"]: each["code"] for each in answer["transitions"]}

    assert {name for name, code in (await found(TEAM)).items() if code is None} == {
        "withdraw-signature", "replace", "take-out", "cancel",
    }  # fmt: skip
    assert (await found(TEAM))["sign"] == "already-signed"
    assert (await found(TEAM))["ask-again"] == "party-not-declined"
    assert {name for name, code in (await found(COMPANY)).items() if code is None} == {"decline", "delegate"}
    assert (await found(COMPANY))["sign"] == "not-your-turn"
    assert (await found(COMPANY))["cancel"] == "forbidden"
    assert (await found(REGION))["sign"] is None
    assert (await found(NATIONAL))["sign"] == "forbidden"
    assert (await found(PILOT))["sign"] == "not-a-party"
    assert (await found(PILOT))["replace"] is None
    assert set((await found(f"{TEAM};scope=contracts:read")).values()) == {"forbidden"}


async def test_a_draft_that_lacks_something_may_not_be_submitted_yet(house: House) -> None:
    contract = await drafted_contract(house, links=None)

    found = await house.get(f"/v1/contracts/{contract['id']}/transitions")

    by_name = {each["name"]: each for each in found["transitions"]}
    assert (by_name["submit"]["allowed"], by_name["submit"]["code"]) == (False, "contract-not-ready")
    assert "links" in by_name["submit"]["reason"]
    assert by_name["cancel"]["allowed"] is True


CALLS: Final[dict[str, tuple[str, Any]]] = {
    "submit": (TEAM, None),
    "return": (REGION, WHY),
    "approve": (REGION, {"decision_id": str(uuid7())}),
    "opinion": (STATE, {"verdict": "reserved", "text": "Avis synthétique."}),
    "enter-signed": (REGION, {"signed_on": "2019-07-15", "source": "Exemple synthétique"}),
    "request-signatures": (TEAM, None),
    "sign": (COMPANY, SIGNATURE),
    "decline": (COMPANY, WHY),
    "withdraw-signature": (COMPANY, WHY),
    "delegate": (STATE, DELEGATION),
    "revoke-delegation": (STATE, WHY),
    "ask-again": (TEAM, None),
    "replace": (TEAM, {"organisation": FORGES, "capacity": "Gérant", **WHY}),
    "take-out": (TEAM, WHY),
    "cancel": (TEAM, WHY),
    "terminate": (TEAM, {**WHY, "effective_on": "2019-12-31", "actions": "kept"}),
    "denounce": (COMPANY, {**WHY, "effective_on": "2019-12-31"}),
    "revoke-end": (COMPANY, WHY),
}
OF_PARTY: Final = ("ask-again", "replace", "take-out")


@ON_SQLITE
@pytest.mark.parametrize("kind", transitions.BY_KIND)
async def test_a_transition_outside_the_table_is_refused_with_the_allowed_ones(
    house: House, kind: ContractKind
) -> None:
    contract = await drafted_contract(house)
    path = f"/v1/contracts/{contract['id']}"
    party = party_of(contract, ATELIERS)["id"]
    wrong = []
    for status in transitions.BY_KIND[kind]:
        async with house.database.writing() as session:
            row = await session.get_one(Contract, UUID(contract["id"]))
            row.kind, row.status = kind, status
            allowed = transitions.allowed(row)
        for name, (by, body) in CALLS.items():
            if name in allowed:
                continue
            answer = await house.send(
                "POST", f"{path}/parties/{party}/{name}" if name in OF_PARTY else f"{path}/{name}", by, json=body
            )
            problem = answer.json()
            found = (answer.status_code, problem.get("code"), problem.get("allowed_transitions"))
            if found != (409, "transition-refused", sorted(allowed)):
                wrong.append(f"{status} {name}: {found}")

    assert wrong == []


def test_each_transition_is_tried_here_and_has_its_permission() -> None:
    named = {name for table in transitions.BY_KIND.values() for possible in table.values() for name in possible}

    assert named == set(CALLS) == set(CHECKS)


@ON_POSTGRESQL
async def test_fifty_parties_that_sign_at_once_conclude_the_contract_once(house: House) -> None:
    companies = [_siren(number) for number in range(4_000, 4_044)]
    await house.publish(
        *(
            OrganisationRegistered(
                siren=siren,
                name=f"Entreprise {siren} (synthétique)",
                kind="company",
                aliases=[],
                region=None,
                successor=None,
                synthetic=True,
                organisations=[siren],
            )
            for siren in companies
        )
    )
    parties = [*CONTRACT["parties"], *({**CONTRACT["parties"][5], "organisation": siren} for siren in companies)]
    commitments = [
        {"organisation": party["organisation"], "kind": "human", "text": "Un tuteur (synthétique)."}
        for party in parties
    ]
    contract = await contract_to_sign(house, parties=parties, commitments=commitments)
    callers = [*EVERYONE, *(f"party:{siren}" for siren in companies)]

    answers = await asyncio.gather(
        *(house.send("POST", f"/v1/contracts/{contract['id']}/sign", by, json=SIGNATURE) for by in callers)
    )

    assert [answer.status_code for answer in answers] == [200] * 50
    assert sum(answer.json()["status"] == "signed" for answer in answers) == 1
    assert len(await published_of(house, contract, "ContractSigned")) == 1
    assert len(await published_of(house, contract, "PartySigned")) == 50


def _siren(number: int) -> str:
    """A synthetic SIREN with its check digit."""
    first = f"{number:08d}"
    digits = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(first)]
    return f"{first}{-sum(digit // 10 + digit % 10 for digit in digits) % 10}"
