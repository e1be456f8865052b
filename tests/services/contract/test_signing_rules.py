"""The signing circuit, tried in every order that Hypothesis thinks of."""

import hashlib
import json
from datetime import date, timedelta
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.contract import errors
from services.contract.models import Action, Contract
from services.contract.rules import circuits, review
from services.contract.rules import content as contents
from services.contract.rules import contracts as contract_rules
from services.contract.rules import signing as rules
from services.contract.schemas import ActionChange, ContractChange, PartyIn
from shared.events.contract import ContractSigned, ProtocolSigned
from shared.problem import Refusal, TransitionRefused
from shared.security.access import access_scope
from shared.security.roles import Role
from tests.services.contract.places import (
    ATELIERS,
    CAISSE_DES_DEPOTS,
    DELIBERATION,
    FORGES,
    NOON,
    NOUVELLE_AQUITAINE,
    OCCITANIE,
    PARTIES,
    PAU,
    PREFECTURE,
    TODAY,
    caller,
    make_action,
    make_contract,
    make_decision,
    parties,
    signature,
)

EVERYONE = [party["organisation"] for party in PARTIES]


def party(siren: str | None) -> dict[str, Any]:
    """Return a caller of an organisation with its access scope."""
    by = caller(Role.PARTY, siren)
    return {"by": by, "access_scope": access_scope(by)}


def sign(contract: Contract, siren: str, **more: Any) -> ContractSigned | ProtocolSigned | None:
    """A party signs; what the command does when it was the last one."""
    rules.sign(contract, signature(**more), **party(siren), today=TODAY)
    circuits.ask(contract, at=NOON, on=TODAY)
    if contract.status == "signed" or not circuits.is_complete(contract):
        return None
    return rules.conclude(contract, contents.frozen(contract, [SHEET]))


SHEET = make_action(status="validated")


def circuit(**changed: Any) -> Contract:
    """A contract whose signatures have been requested."""
    return make_contract(action=SHEET, status="signing", **changed)


@settings(deadline=None)
@given(st.permutations(EVERYONE))
def test_whatever_the_order_the_last_signature_signs(order: list[str]) -> None:
    contract = circuit()

    events = [sign(contract, siren) for siren in order]

    assert events[:-1] == [None] * (len(order) - 1)
    assert isinstance(events[-1], ContractSigned)
    assert contract.status == "signed"


@settings(deadline=None)
@given(st.permutations(EVERYONE), st.lists(st.integers(0, 60), min_size=len(EVERYONE), max_size=len(EVERYONE)))
def test_whatever_the_order_the_result_is_the_same(order: list[str], ages: list[int]) -> None:
    contract = circuit()
    one_by_one = circuit()
    one_by_one.id = contract.id
    signed_on = {siren: TODAY - timedelta(age) for siren, age in zip(EVERYONE, ages, strict=True)}
    early = {"deliberation": rules.Deliberation("2019-04-01/1", date(2019, 4, 1))}

    shuffled = [sign(contract, siren, signed_on=signed_on[siren], **early) for siren in order][-1]
    in_order = [sign(one_by_one, siren, signed_on=signed_on[siren], **early) for siren in EVERYONE][-1]

    assert shuffled is not None
    assert in_order is not None
    assert shuffled.signed_on == in_order.signed_on == max(signed_on.values())
    assert shuffled.content_sha256 == in_order.content_sha256


class Circuit(RuleBasedStateMachine):
    """A contract from its draft on: signed if and only if every required party has signed."""

    @initialize(optional=st.sets(st.sampled_from([CAISSE_DES_DEPOTS, PREFECTURE])))
    def draft(self, optional: set[str]) -> None:
        named = [{**party, "required": party["organisation"] not in optional} for party in parties()]
        self.contract = make_contract(action=SHEET, parties=named)
        self.required = set(EVERYONE) - optional
        self.signed: set[str] = set()
        self.cancelled = False

    @rule(
        act=st.sampled_from(["submit", "return", "approve", "request", "cancel"]), region=st.sampled_from(["75", "76"])
    )
    def anyone_tries(self, act: str, region: str) -> None:
        contract, before = self.contract, self.contract.status
        try:
            match act:
                case "submit":
                    review.submit(contract, [], at=NOON)
                case "return":
                    review.send_back(contract, reason="Préciser.", at=NOON)
                case "approve":
                    review.approve(
                        contract,
                        make_decision(region, on=contract),
                        region=region,
                        organisation=NOUVELLE_AQUITAINE,
                        at=NOON,
                    )
                case "request":
                    rules.request_signatures(contract, today=TODAY, at=NOON)
                case _:
                    contract_rules.cancel(contract, reason="Abandon.", on=TODAY)
        except Refusal:
            assert contract.status == before
        self.cancelled = contract.status == "cancelled"

    @precondition(lambda self: self.contract.status != "draft")
    @rule(siren=st.sampled_from([*EVERYONE, FORGES]))
    def somebody_signs(self, siren: str) -> None:
        try:
            sign(self.contract, siren)
        except TransitionRefused:
            assert self.contract.status not in ("signing", "signed")
        except errors.NotAParty:
            assert siren == FORGES
        except errors.AlreadySigned:
            assert siren in self.signed
        else:
            self.signed.add(siren)

    @precondition(lambda self: self.contract.status == "signing")
    @rule(siren=st.sampled_from(EVERYONE))
    def somebody_declines(self, siren: str) -> None:
        try:
            rules.decline(self.contract, reason="Non.", **party(siren), at=NOON)
        except errors.AlreadySigned:
            assert siren in self.signed

    @invariant()
    def signed_if_and_only_if_every_required_party_has_signed(self) -> None:
        if hasattr(self, "contract"):
            assert (self.contract.status == "signed") == (self.required <= self.signed and not self.cancelled)
            assert self.contract.is_public == (self.contract.status == "signed")
            assert {party.organisation for party in self.contract.parties if party.signed_on} == self.signed


TestCircuit = Circuit.TestCase


def test_a_party_that_need_not_sign_is_not_waited_for() -> None:
    named = [{**party, "required": party["organisation"] != CAISSE_DES_DEPOTS} for party in parties()]
    contract = circuit(parties=named)

    for siren in EVERYONE:
        if siren != CAISSE_DES_DEPOTS:
            sign(contract, siren)

    assert contract.status == "signed"
    signed_on, sha256 = contract.signed_on, contract.content_sha256
    sign(contract, CAISSE_DES_DEPOTS)
    assert (contract.status, contract.signed_on, contract.content_sha256) == ("signed", signed_on, sha256)
    assert [party.signed_on for party in contract.parties] == [TODAY] * len(EVERYONE)


def test_a_contract_is_signed_on_the_latest_day_of_a_required_signature() -> None:
    named = [{**party, "required": party["organisation"] != CAISSE_DES_DEPOTS} for party in parties()]
    contract = circuit(parties=named)
    day = DELIBERATION.date

    sign(contract, CAISSE_DES_DEPOTS, signed_on=TODAY)
    for siren in EVERYONE:
        if siren != CAISSE_DES_DEPOTS:
            sign(contract, siren, signed_on=day)

    assert day < TODAY
    assert contract.signed_on == day


def test_each_party_signs_for_itself() -> None:
    with pytest.raises(errors.NotAParty):
        sign(circuit(), FORGES)


def test_a_caller_without_an_organisation_is_no_party() -> None:
    with pytest.raises(errors.NotAParty):
        rules.sign(circuit(), signature(), **party(None), today=TODAY)


def test_a_signature_is_given_once() -> None:
    contract = circuit()
    sign(contract, PAU)

    with pytest.raises(errors.AlreadySigned):
        sign(contract, PAU)


@pytest.mark.parametrize("siren", [PAU, NOUVELLE_AQUITAINE, OCCITANIE])
def test_a_public_body_that_deliberates_names_its_deliberation(siren: str) -> None:
    with pytest.raises(errors.DeliberationMissing):
        sign(circuit(), siren, deliberation=None)


@pytest.mark.parametrize("siren", [PREFECTURE, CAISSE_DES_DEPOTS, ATELIERS])
def test_others_may_sign_without_a_deliberation(siren: str) -> None:
    contract = circuit()

    sign(contract, siren, deliberation=None)

    assert [party.organisation for party in contract.parties if party.signed_on] == [siren]


def test_a_deliberation_comes_before_the_signature() -> None:
    with pytest.raises(errors.DeliberationMissing):
        sign(circuit(), PAU, signed_on=DELIBERATION.date - timedelta(1))


def test_a_party_may_sign_on_the_day_of_its_deliberation() -> None:
    contract = circuit()

    sign(contract, PAU, signed_on=DELIBERATION.date)

    assert [party.signed_on for party in contract.parties if party.organisation == PAU] == [DELIBERATION.date]


def test_a_party_may_sign_today() -> None:
    contract = circuit()

    sign(contract, PAU, signed_on=TODAY)

    assert [party.signed_on for party in contract.parties if party.organisation == PAU] == [TODAY]


def test_nobody_signs_in_the_future() -> None:
    with pytest.raises(errors.SignedInTheFuture):
        sign(circuit(), PAU, signed_on=TODAY + timedelta(1))


def test_who_has_declined_may_still_sign() -> None:
    contract = circuit()
    rules.decline(contract, reason="Délibération reportée.", **party(PAU), at=NOON)

    for siren in EVERYONE:
        sign(contract, siren)

    assert contract.status == "signed"
    assert [party.declined_at for party in contract.parties] == [None] * len(EVERYONE)


def test_who_has_signed_does_not_decline() -> None:
    contract = circuit()
    sign(contract, PAU)

    with pytest.raises(errors.AlreadySigned):
        rules.decline(contract, reason="Non.", **party(PAU), at=NOON)


def test_every_field_that_editors_write_is_signed() -> None:
    """A new field of a document is signed, unless somebody says that it is not."""
    sheet, sent = contents.content(make_contract(), [make_action()])["actions"][0], set(ActionChange.model_fields)
    contract = contents.content(make_contract(), [])
    party = contract["parties"][0]

    assert set(sheet) == sent - {"reason", "confidential"} | {"action_id", "number"}
    assert set(contract) >= set(ContractChange.model_fields) - {"reason", "plan"}
    assert set(party) == set(PartyIn.model_fields) | {"name"}


def test_a_new_column_of_a_sheet_is_written_and_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Action, "not_content", Action.not_content - {"search"})

    assert "search" in Action.content()
    assert "search" in contents.content(make_contract(), [make_action()])["actions"][0]


def test_the_content_is_canonical_and_its_digest_is_its_own() -> None:
    frozen = contents.frozen(circuit(), [SHEET])

    assert hashlib.sha256(frozen.body).hexdigest() == frozen.sha256
    assert contents.canonical(json.loads(frozen.body)) == frozen.body


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        # From RFC 8785, sections 3.2.2 and 3.2.3.
        (
            {"string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f"},
            '{"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
        ),
        (
            {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
            '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"\U0001f600":5,"\ufb33":3}',
        ),
        ([56, {"d": True, "10": None, "1": []}], '[56,{"1":[],"10":null,"d":true}]'),
    ],
)
def test_canonical_json_is_that_of_the_rfc(value: Any, canonical: str) -> None:
    assert contents.canonical(value).decode() == canonical


@pytest.mark.parametrize("value", [1.5, 2**53, -(2**53)])
def test_numbers_that_readers_would_round_are_not_signed(value: Any) -> None:
    with pytest.raises((TypeError, rfc8785.IntegerDomainError)):
        contents.canonical({"amount": value})
