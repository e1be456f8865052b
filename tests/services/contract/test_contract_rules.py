"""Contracts: parties, readiness, approval by each Region, the table of transitions."""

import itertools
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import pytest

from services.contract import errors
from services.contract.models import Contract
from services.contract.rules import content as contents
from services.contract.rules import contracts as rules
from services.contract.rules import (
    delegations,
    ends,
    opinions,
    paper_contracts,
    replacements,
    review,
    signing,
    transitions,
)
from services.contract.rules.completeness import THEMES
from services.contract.rules.parties import TerritoryPerimeter
from services.contract.rules.readiness import blockers
from shared.events.contract import ContractStatus
from shared.ids import uuid7
from shared.problem import TransitionRefused
from tests.services.contract.places import (
    ATELIERS,
    AURILLAC,
    BRETAGNE,
    CAISSE_DES_DEPOTS,
    KNOWN,
    LACQ,
    NOON,
    NOUVELLE_AQUITAINE,
    OCCITANIE,
    ORGANISATIONS,
    PAU,
    PERIMETER,
    PREFECTURE,
    TARBES,
    TEAM,
    TEAM_SCOPE,
    TODAY,
    UIMM,
    make_action,
    make_contract,
    make_decision,
    make_surroundings,
    parties,
    planned,
    signature,
)


def _entered(contract: Contract) -> None:
    """Enter a contract as signed on paper."""
    paper_contracts.enter_signed(contract, [], signed_on=TODAY, source="Exemple synthétique", today=TODAY)
    paper_contracts.conclude_entered(contract, contents.frozen(contract, []), signed_on=TODAY)


ACT: Final = {"organisation": None, "office": "Direction générale", "reference": "A-1", "date": date(2019, 3, 5)}
DELEGATION: Final = {**ACT, "date": "2019-03-05"}


def _with(contract: Contract, **of_party: Any) -> Contract:
    """The contract after its first party has done something."""
    for name, value in of_party.items():
        setattr(contract.parties[0], name, value)
    return contract


def ended(contract: Contract, declare: Callable[..., None]) -> None:
    """End a contract by a declaration."""
    declare(contract, END, organisation=PAU)
    ends.end(contract)


END: Final = ends.EndDeclaration("Motif synthétique.", TODAY)
ACTS: Final[dict[str, Callable[[Contract], Any]]] = {
    "submit": lambda contract: review.submit(contract, [], at=NOON),
    "return": lambda contract: review.send_back(contract, reason="Préciser.", at=NOON),
    "opinion": lambda contract: opinions.give_on_contract(
        contract, organisation=PREFECTURE, verdict="reserved", text="Vu.", at=NOON
    ),
    "approve": lambda contract: [
        review.approve(contract, make_decision(region, on=contract), region=region, organisation=OCCITANIE, at=NOON)
        for region in ("75", "76")
    ],
    "request-signatures": lambda contract: signing.request_signatures(contract, today=TODAY, at=NOON),
    "sign": lambda contract: signing.sign(contract, signature(), by=TEAM, access_scope=TEAM_SCOPE, today=TODAY),
    "decline": lambda contract: signing.decline(contract, reason="Non.", by=TEAM, access_scope=TEAM_SCOPE, at=NOON),
    "enter-signed": _entered,
    "withdraw-signature": lambda contract: signing.withdraw(
        _with(contract, signed_on=TODAY), by=TEAM, access_scope=TEAM_SCOPE, today=TODAY, at=NOON
    ),
    "delegate": lambda contract: delegations.delegate(
        contract, delegations.party_to_delegate(contract, TEAM, TEAM_SCOPE), ACT, today=TODAY, at=NOON
    ),
    "revoke-delegation": lambda contract: delegations.revoke(
        contract, delegations.party_to_revoke(_with(contract, delegation=DELEGATION), TEAM, TEAM_SCOPE), at=NOON
    ),
    "ask-again": lambda contract: replacements.ask_again(
        _with(contract, declined_at=NOON), contract.parties[0].id, today=TODAY
    ),
    "replace": lambda contract: replacements.replace(
        contract,
        contract.parties[0].id,
        new_id=uuid7(),
        organisation=ORGANISATIONS[TARBES],
        fields={"capacity": "Président"},
        surroundings=make_surroundings(),
        today=TODAY,
        at=NOON,
    ),
    "take-out": lambda contract: replacements.take_out(
        contract, contract.parties[4].id, surroundings=make_surroundings(), today=TODAY, at=NOON
    ),
    "cancel": lambda contract: rules.cancel(contract, reason="Abandon.", on=TODAY),
    "terminate": lambda contract: ended(contract, ends.terminate),
    "denounce": lambda contract: ended(contract, ends.denounce),
    "revoke-end": lambda contract: ends.revoke(contract, access_scope=TEAM_SCOPE),
}
PAIRS: Final = list(itertools.product(transitions.CONTRACT, ACTS))


@pytest.mark.parametrize(("status", "act"), [pair for pair in PAIRS if pair[1] in transitions.CONTRACT[pair[0]]])
def test_a_declared_transition_is_possible(status: ContractStatus, act: str) -> None:
    contract = make_contract(status=status)
    if act == "revoke-end":
        ends.terminate(contract, END, organisation=PAU)

    ACTS[act](contract)

    # Signed comes with the last signature, not with the first.
    assert contract.status == (status if act in ("sign", "take-out") else transitions.CONTRACT[status][act])


@pytest.mark.parametrize(("status", "act"), [pair for pair in PAIRS if pair[1] not in transitions.CONTRACT[pair[0]]])
def test_any_other_transition_is_refused_with_the_allowed_ones(status: ContractStatus, act: str) -> None:
    contract = make_contract(status=status)

    with pytest.raises(TransitionRefused) as refused:
        ACTS[act](contract)

    assert contract.status == status
    assert refused.value.members["allowed_transitions"] == sorted(transitions.allowed(contract))


def test_every_act_of_the_table_is_tried_here() -> None:
    assert {act for acts in transitions.CONTRACT.values() for act in acts} == set(ACTS)


@pytest.mark.parametrize("status", sorted({*transitions.CONTRACT} - {"draft"}))
def test_only_a_draft_is_written_in(status: ContractStatus) -> None:
    with pytest.raises(errors.NotEditable):
        rules.change(make_contract(status=status), {"title": "Autre"}, known=KNOWN, perimeter=PERIMETER, sheets={})


def test_a_complete_contract_is_ready() -> None:
    sheet = make_action(status="validated")

    assert blockers(make_contract(action=sheet), make_surroundings(sheet)) == []


@pytest.mark.parametrize(
    ("without", "code"),
    [(PAU, "intercommunality-missing"), (ATELIERS, "company-missing"), (PREFECTURE, "state-missing")],
)
def test_a_contract_needs_its_parties(without: str, code: str) -> None:
    sheet = make_action(status="validated")
    contract = make_contract(action=sheet, parties=parties(without))

    found = [blocker.code for blocker in blockers(contract, make_surroundings(sheet))]

    # What the text says of it then names no party.
    assert [each for each in found if each != "not-a-party"] == [code]


def test_each_region_of_the_territory_is_a_party() -> None:
    sheet = make_action(status="validated")
    contract = make_contract(action=sheet, parties=parties(OCCITANIE))

    found = blockers(contract, make_surroundings(sheet))

    assert [(blocker.code, blocker.sentence) for blocker in found if blocker.code != "not-a-party"] == [
        (
            "region-missing",
            "Region 76 is not among the parties that must sign: add it to `parties`, or make it `required`.",
        )
    ]


def test_a_party_that_need_not_sign_does_not_count() -> None:
    sheet = make_action(status="validated")
    contract = make_contract(action=sheet, parties=parties(required=False))

    codes = {blocker.code for blocker in blockers(contract, make_surroundings(sheet))}

    assert codes == {"intercommunality-missing", "company-missing", "state-missing", "region-missing"}


@pytest.mark.parametrize("theme", THEMES)
def test_each_theme_is_answered(theme: str) -> None:
    sheet = make_action(status="validated")
    contract = make_contract(action=sheet)

    name, _, part = theme.partition("/")
    answer = {part: None} if part else None
    rules.change(contract, {"themes": {name: answer}}, known=KNOWN, perimeter=PERIMETER, sheets={})

    assert [blocker.pointer for blocker in blockers(contract, make_surroundings(sheet))] == [f"/themes/{theme}"]


def test_a_contract_needs_the_pair_in_office() -> None:
    sheet = make_action(status="validated")
    around = make_surroundings(sheet, pilots={"elu", "project_manager"})

    assert [blocker.code for blocker in blockers(make_contract(action=sheet), around)] == ["industriel-missing"]


def test_only_validated_sheets_enter_a_contract() -> None:
    sheet = make_action(status="submitted")

    found = blockers(make_contract(action=sheet), make_surroundings(sheet))

    assert [(blocker.code, blocker.pointer) for blocker in found] == [("action-not-validated", "/plan/0")]


def test_a_contract_has_at_least_one_sheet() -> None:
    assert [blocker.code for blocker in blockers(make_contract(plan=[]), make_surroundings())] == ["action-missing"]


def test_none_is_an_answer_about_links_and_silence_is_not() -> None:
    sheet = make_action(status="validated")

    found = blockers(make_contract(action=sheet, links=None), make_surroundings(sheet))

    assert [blocker.code for blocker in found] == ["links-unanswered"]


def test_a_member_that_has_left_no_longer_fits() -> None:
    sheet = make_action(status="validated")
    around = make_surroundings(sheet, perimeter=TerritoryPerimeter(["75", "76"], {}))

    found = blockers(make_contract(action=sheet), around)

    assert [(blocker.code, blocker.pointer) for blocker in found] == [("party-not-fitting", "/parties/0")]


def test_a_contract_that_is_not_ready_is_not_submitted() -> None:
    contract = make_contract(links=None, plan=[])
    found = blockers(contract, make_surroundings())

    with pytest.raises(errors.ContractNotReady) as refused:
        review.submit(contract, found, at=NOON)

    assert contract.status == "draft"
    assert [error.pointer for error in refused.value.errors] == ["/plan", "/links"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"organisation": AURILLAC, "block": "territory", "kind": "intercommunality"},
        {"organisation": PAU, "block": "economic", "kind": "intercommunality"},
        {"organisation": BRETAGNE, "block": "public", "kind": "region"},
        {"organisation": ATELIERS, "block": "public", "kind": "operator"},
        {"organisation": CAISSE_DES_DEPOTS, "block": "public", "kind": "state"},
        {"organisation": UIMM, "block": "economic", "kind": "company"},
    ],
)
def test_a_party_fits_its_organisation_and_the_territory(wrong: dict[str, str]) -> None:
    party = {"id": uuid7(), "capacity": "Président", "role": "partner", "required": True, "label": None, **wrong}

    with pytest.raises(errors.PartyNotFitting):
        make_contract(parties=[party])


def test_an_organisation_is_a_party_once() -> None:
    with pytest.raises(errors.PartyNotFitting):
        make_contract(parties=[*parties(), *parties()])


def test_a_party_that_stays_keeps_its_id() -> None:
    contract = make_contract()
    before = {party.organisation: party.id for party in contract.parties}

    rules.change(contract, {"parties": parties(CAISSE_DES_DEPOTS)}, known=KNOWN, perimeter=PERIMETER, sheets={})

    assert {party.organisation: party.id for party in contract.parties} == {
        siren: party_id for siren, party_id in before.items() if siren != CAISSE_DES_DEPOTS
    }


def test_the_sheets_of_another_plan_are_not_attached() -> None:
    with pytest.raises(errors.ActionNotKnown):
        make_contract(plan=[planned(uuid7())])


def test_a_contract_ends_after_it_starts() -> None:
    with pytest.raises(errors.CalendarReversed):
        make_contract(ends_on=date(2019, 7, 15))


def test_with_several_regions_the_last_approval_approves() -> None:
    contract = make_contract(status="under_review")

    first = review.approve(contract, make_decision("76", on=contract), region="76", organisation=OCCITANIE, at=NOON)
    second = review.approve(
        contract, make_decision("75", on=contract), region="75", organisation=NOUVELLE_AQUITAINE, at=NOON
    )

    assert first is None
    assert second is not None
    assert set(second.decisions) == {"75", "76"}
    assert contract.status == "approved"


def test_a_region_approves_once() -> None:
    contract = make_contract(status="under_review")
    review.approve(contract, make_decision("76", on=contract), region="76", organisation=OCCITANIE, at=NOON)

    with pytest.raises(errors.AlreadyApproved):
        review.approve(contract, make_decision("76", on=contract), region="76", organisation=OCCITANIE, at=NOON)


@pytest.mark.parametrize(
    "unfit",
    [
        {"kind": "action_plan"},
        {"outcome": "deferred"},
        {"level": "national"},
        {"region": "76"},
        {"territories": ["2018-ti-7601"]},
        {"decides": None},
        {"decides": "contract/0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e70"},
    ],
)
def test_a_decision_that_does_not_fit_approves_nothing(unfit: dict[str, Any]) -> None:
    contract = make_contract(status="under_review")

    with pytest.raises(errors.DecisionNotFitting):
        review.approve(
            contract, make_decision(on=contract, **unfit), region="75", organisation=NOUVELLE_AQUITAINE, at=NOON
        )

    assert contract.approvals == {}


def test_a_returned_contract_is_approved_anew() -> None:
    contract = make_contract(status="under_review")
    review.approve(contract, make_decision("76", on=contract), region="76", organisation=OCCITANIE, at=NOON)

    review.send_back(contract, reason="Préciser le calendrier.", at=NOON)

    assert (contract.status, contract.approvals) == ("draft", {})


def test_a_decision_on_a_text_that_was_returned_approves_no_other_text() -> None:
    contract = make_contract(status="under_review")
    decision = make_decision("76", on=contract)
    review.approve(contract, decision, region="76", organisation=OCCITANIE, at=NOON)
    review.send_back(contract, reason="Préciser le calendrier.", at=NOON)
    review.submit(contract, [], at=NOON)

    with pytest.raises(errors.DecisionNotFitting, match="record a new one"):
        review.approve(contract, decision, region="76", organisation=OCCITANIE, at=NOON)
    review.approve(contract, make_decision("76", on=contract), region="76", organisation=OCCITANIE, at=NOON)

    assert set(contract.approvals) == {"76"}


def test_the_refusal_says_which_contract_a_decision_decides() -> None:
    contract, other = make_contract(status="under_review"), make_contract()

    with pytest.raises(errors.DecisionNotFitting, match=f"decides contract/{other.id}"):
        review.approve(contract, make_decision(on=other), region="75", organisation=NOUVELLE_AQUITAINE, at=NOON)


def test_a_contract_concerns_its_territory_its_regions_and_its_parties_until_everybody() -> None:
    contract = make_contract()

    assert contract.stakeholders.territories == {LACQ}
    assert contract.stakeholders.regions == {"75", "76"}
    assert PAU in contract.stakeholders.organisations
    assert not contract.stakeholders.public

    contract.content_sha256 = "0" * 64

    assert contract.stakeholders.public
