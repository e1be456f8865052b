"""Two real contracts, replayed through the API by the bodies that concluded them, then read as a historian reads them.

`facts.py` gives the source of each fact; all the rest is synthetic.
"""

import io
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import pikepdf
import pytest

from services.contract.reference import verifier
from shared.security.roles import Role
from tests.app.cases.facts import LACQ_PAU_TARBES, POLE_EMPLOI, ROCHEFORT, Case
from tests.app.cases.replay import Replay
from tests.app.permissions.callers import ANONYMOUS, BRETAGNE, INVEST, NOUVELLE_AQUITAINE, OCCITANIE, Who
from tests.app.permissions.world import World

ELSEWHERE = Who("other", Role.REGION, BRETAGNE)


def before(day: str) -> str:
    """Return the day before."""
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def after(day: str) -> str:
    """Return the day after."""
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def names(events: list[dict[str, Any]]) -> list[str]:
    """Return the names of events."""
    return [event["type"].split(".")[-2] for event in events]


async def the_facts_are_those_that_the_platform_ships(world: World, case: Case) -> None:
    """Check the case against the members and the records that the platform publishes."""
    assert set(case.sources) <= {field.name for field in fields(case)}
    territory = await world.get(f"/v1/territories/{case.territory}", ANONYMOUS)
    assert {each["siren"] for each in territory["members"]} == set(case.intercommunalities)
    assert territory["regions"] == case.regions
    records = (await world.get(f"/v1/contract-records?territory={case.territory}", ANONYMOUS))["items"]
    days = {kind: {each["day"] for each in records if each["kind"] == kind} for kind in ("protocol", "approval")}
    assert days["protocol"] == ({case.protocol_signed_on} if case.protocol_signed_on else set())
    assert days["approval"] == ({case.approvals[0].decided_on} if "approvals" in case.sources else set())
    signed = [each for each in records if each["kind"] == "contract"]
    assert {(each["action_count"], each["precision"]) for each in signed} == {(case.sheets, case.record_precision)}
    known = case.contract_signed_on if case.record_precision == "day" else f"{case.contract_signed_on[:4]}-12-31"
    assert {each["day"] for each in signed} == {known}
    operator = await world.get(f"/v1/organisations/{POLE_EMPLOI}", ANONYMOUS)
    assert [each["name"] for each in operator["names"] if each["valid_to"] > case.contract_signed_on] == ["Pôle emploi"]


async def the_contract_reads_as_it_was_signed(replay: Replay) -> None:
    """Check the contract as everybody reads it, and its text on the day of the signature and on the day before."""
    case, day = replay.case, replay.case.contract_signed_on
    contract = await replay.world.get(f"/v1/contracts/{replay.contract}", ANONYMOUS)
    assert (contract["number"], contract["status"], contract["signed_on"]) == ("C-0001", "signed", day)
    assert (contract["starts_on"], contract["in_force_until"]) == (case.starts_on, case.ends_on)
    assert (contract["regions"], contract["protocol_id"]) == (case.regions, replay.protocol)
    assert {party["signed_on"] for party in contract["parties"]} == {day}
    kinds = [party["kind"] for party in contract["parties"]]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "intercommunality": len(case.intercommunalities),
        "region": len(case.regions),
        "state": len(case.state),
        "operator": 4,
        "company": 4,
    }
    assert [entry["state"] for entry in contract["plan"]] == ["retained"] * case.sheets
    assert (await replay.text_on(before(day)))["code"] == "content-not-frozen"
    text = await replay.text_on(day)
    assert [(each["signed_on"], each["in_force_from"]) for each in text["documents"]] == [(day, day)]
    assert text["text"]["title"] == case.title
    assert [sheet["action_id"] for sheet in text["text"]["actions"]] == replay.sheets


async def each_region_decided(replay: Replay) -> None:
    """Check the approvals, the deliberations of the signatures, and the circuit."""
    case = replay.case
    contract = await replay.world.get(f"/v1/contracts/{replay.contract}", ANONYMOUS)
    decided = {region: approval["decided_on"] for region, approval in contract["approvals"].items()}
    assert decided == {approval.region: approval.decided_on for approval in case.approvals}
    assert contract["approved_on"] == max(decided.values())
    acts = {
        party["organisation"]: party["deliberation_on"] for party in contract["parties"] if party["deliberation_on"]
    }
    assert acts == {
        **dict.fromkeys(case.intercommunalities, case.deliberated_on),
        **{approval.organisation: approval.decided_on for approval in case.approvals},
    }
    delegates = {party["organisation"]: party["signed_by"] for party in contract["parties"] if party["signed_by"]}
    assert delegates == {state.region.siren: state.departement.siren for state in case.state}
    circuit = await replay.world.get(f"/v1/contracts/{replay.contract}/circuit", replay.team)
    assert [(group["is_mandatory"], group["is_complete"]) for group in circuit["groups"]] == [(True, True)] * 4


async def the_document_is_sealed_and_verified(replay: Replay, contract: str) -> None:
    """Check the sealed document and the dossier, as everybody gets them: the verifier accepts them offline."""
    path = f"/v1/contracts/{contract}"
    await replay.world.seal_documents()
    content = (await replay.world.send(ANONYMOUS, "GET", f"{path}/content")).content
    document = (await replay.world.send(ANONYMOUS, "GET", f"{path}/document")).content
    with pikepdf.open(io.BytesIO(document)) as opened:
        [attached] = opened.attachments.values()
        assert attached.get_file().read_bytes() == content
        # The seal, a later time stamp, and a field for each party.
        parties = (await replay.world.get(path, ANONYMOUS))["parties"]
        assert len(opened.Root.AcroForm.Fields) == 2 + len(parties)
    dossier = (await replay.world.send(ANONYMOUS, "GET", f"{path}/dossier")).content
    assert len(list(verifier.verify(dossier))) == 5


async def the_sheets_are_listed_and_counted(replay: Replay) -> None:
    """Check that the sheets are validated, in the list of the territory and in the count."""
    case = replay.case
    listed = await replay.world.get(f"/v1/actions?territory={case.territory}&status=validated&limit=200", replay.team)
    assert sorted(each["id"] for each in listed["items"]) == sorted(replay.sheets)
    progress = await replay.world.get("/v1/progress?phase=2018")
    assert progress["total"]["actions"]["validated"] == case.sheets


async def each_event_is_published_once(replay: Replay, *public: str) -> None:
    """Check the feeds: signatures for everybody, once and in order; sheets and reviews for those concerned.

    Operators hear of the sheets.
    """
    case, review = replay.case, ["ContractSubmitted", "ContractApproved"]
    subjects = {"ProtocolSigned": f"contract/{replay.protocol}", "ContractSigned": f"contract/{replay.contract}"}
    days = {"ProtocolSigned": case.protocol_signed_on, "ContractSigned": case.contract_signed_on}
    for who in (*replay.regions, INVEST, ELSEWHERE):
        events = await replay.events(who, "ActionValidated", *review, *public)
        assert all(event["data"]["territories"] == [case.territory] for event in events)
        assert all(event["data"]["regions"] == case.regions for event in events)
        assert [name for name in names(events) if name in public] == list(public)
        for event, name in zip(events, names(events), strict=True):
            if name in days:
                assert (event["subject"], event["data"]["signed_on"]) == (subjects[name], days[name])
        sheets = [
            event["subject"]
            for event, name in zip(events, names(events), strict=True)
            if name not in {*review, *public}
        ]
        assert sheets == ([] if who == ELSEWHERE else [f"action/{sheet}" for sheet in replay.sheets])
        entered = (await replay.world.get(f"/v1/contracts/{replay.contract}", ANONYMOUS))["origin"] == "paper"
        reviewed = [name for name in names(events) if name in review]
        assert reviewed == ([] if who == ELSEWHERE or entered else review)


async def it_ended_after_its_last_day(replay: Replay, *signed: str) -> None:
    """Check that the contract was in force until its last day, and is ended since the next one."""
    case = replay.case
    await replay.end_what_is_over()
    contract = await replay.world.get(f"/v1/contracts/{replay.contract}", ANONYMOUS)
    assert (contract["status"], contract["end_outcome"]) == ("ended", "expired")
    assert contract["ended_on"] == after(case.ends_on)
    protocols = 1 if replay.protocol else 0
    assert await replay.counts(case.contract_signed_on) == (protocols * (case.contract_signed_on < "2020"), 1)
    assert await replay.counts(case.ends_on) == (0, 1)
    assert await replay.counts(after(case.ends_on)) == (0, 0)
    assert await replay.counts(after(case.ends_on), "ended") == (protocols, 1)
    await each_event_is_published_once(replay, *signed, *["ContractEnded"] * len(signed))


async def test_lacq_pau_tarbes_is_signed_by_its_two_regions(world: World) -> None:
    """The protocol of 25 March 2019, then the contract of 15 July 2019 with 29 sheets."""
    case, replay = LACQ_PAU_TARBES, Replay(world, LACQ_PAU_TARBES)
    await the_facts_are_those_that_the_platform_ships(world, case)
    await replay.install()
    await replay.sign_protocol()
    await replay.write_sheets()
    await replay.draft_contract()
    await replay.conclude_contract()

    protocol = await world.get(f"/v1/contracts/{replay.protocol}", ANONYMOUS)
    assert (protocol["number"], protocol["kind"], protocol["signed_on"]) == ("P-0001", "protocol", "2019-03-25")
    assert protocol["approvals"] == {}
    await the_contract_reads_as_it_was_signed(replay)
    await each_region_decided(replay)
    days = ("2019-03-24", "2019-03-25", "2019-07-14", "2019-07-15")
    assert [await replay.counts(day) for day in days] == [(0, 0), (1, 0), (1, 0), (1, 1)]
    # The press calls it the fifth contract: that stays beside the count of the platform, which has one.
    progress = await world.get("/v1/progress?phase=2018&as_of=2019-07-15")
    declared = {each["metric"]: (each["value"], each["computed"]) for each in progress["declared"]}
    assert declared["contracts_signed"] == (5, 1)
    assert progress["total"]["territories"]["by_stage"]["signed"] == 1
    for contract in (str(replay.protocol), replay.contract):
        await the_document_is_sealed_and_verified(replay, contract)
    await the_sheets_are_listed_and_counted(replay)
    assert [region.org for region in replay.regions] == [NOUVELLE_AQUITAINE, OCCITANIE]
    await it_ended_after_its_last_day(replay, "ProtocolSigned", "ContractSigned")


@pytest.fixture
async def rochefort(world: World) -> Replay:
    """The case of Rochefort, with its contract drafted."""
    replay = Replay(world, ROCHEFORT)
    await replay.install()
    await replay.write_sheets()
    await replay.draft_contract()
    return replay


async def test_rochefort_is_signed_by_four_intercommunalities_without_a_protocol(
    world: World, rochefort: Replay
) -> None:
    """The contract of 2020, by the deliberation of the Region of 16 December 2019, with 9 sheets."""
    await the_facts_are_those_that_the_platform_ships(world, ROCHEFORT)
    await rochefort.conclude_contract()

    await the_contract_reads_as_it_was_signed(rochefort)
    await each_region_decided(rochefort)
    days = ("2019-12-31", before(ROCHEFORT.contract_signed_on), ROCHEFORT.contract_signed_on)
    assert [await rochefort.counts(day) for day in days] == [(0, 0), (0, 0), (0, 1)]
    await the_document_is_sealed_and_verified(rochefort, rochefort.contract)
    await the_sheets_are_listed_and_counted(rochefort)
    await it_ended_after_its_last_day(rochefort, "ContractSigned")


async def test_rochefort_reads_the_same_when_its_paper_is_entered(rochefort: Replay) -> None:
    """The same contract, entered by the Region with its real days: the acts that no source gives stay unknown."""
    contract = await rochefort.enter_signed()

    assert (contract["origin"], contract["entered_source"]) == ("paper", ROCHEFORT.sources["title"])
    assert contract["approvals"] == {}
    acts = {
        party["organisation"]: party["deliberation_on"] for party in contract["parties"] if party["deliberation_on"]
    }
    assert acts == {NOUVELLE_AQUITAINE: "2019-12-16"}
    await the_contract_reads_as_it_was_signed(rochefort)
    await it_ended_after_its_last_day(rochefort, "ContractSigned")
