"""Signing circuits: random groups, quorums and orders of arrival, against a model of sets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, combinations, pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.contract import errors
from services.contract.errors import signatures as refusals
from services.contract.models import Contract
from services.contract.rules import circuits, reminders, signing
from services.contract.rules import content as contents
from services.contract.rules.readiness import NEEDED, blockers, parties_missing
from shared.events.signatures import SignatureExpired
from shared.problem import TransitionRefused
from shared.security.access import access_scope
from shared.security.roles import Role
from tests.services.contract.places import (
    ATELIERS,
    CAISSE_DES_DEPOTS,
    DELIBERATION,
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
    make_surroundings,
    parties,
    signature,
)

EVERYONE = [party["organisation"] for party in PARTIES]
SHEET = make_action(status="validated")
UNDATED = settings(deadline=None)


@dataclass(frozen=True)
class Plan:
    """A circuit as sets: the members of each group, its required ones, its quorum."""

    groups: Sequence[tuple[frozenset[str], frozenset[str], int | None]]

    @property
    def mandatory(self) -> list[int]:
        """Positions of the groups that the contract waits for."""
        return [index for index, (_, required, quorum) in enumerate(self.groups) if required or quorum]

    def is_complete(self, index: int, signed: Collection[str]) -> bool:
        """Has a group all the signatures that it needs?"""
        members, required, quorum = self.groups[index]
        return required <= set(signed) and len(members & set(signed)) >= (quorum or 0)

    def is_signed(self, signed: Collection[str]) -> bool:
        """Is every mandatory group complete?"""
        return all(self.is_complete(index, signed) for index in self.mandatory)

    def is_turn(self, siren: str, signed: Collection[str]) -> bool:
        """Is every mandatory group before that of a party complete?"""
        own = next(index for index, (members, _, _) in enumerate(self.groups) if siren in members)
        return all(self.is_complete(index, signed) for index in self.mandatory if index < own)

    def named(self) -> list[dict[str, Any]]:
        """The circuit as the API takes it."""
        return [{"label": None, "quorum": quorum, "parties": sorted(members)} for members, _, quorum in self.groups]

    def contract(self) -> Contract:
        """A contract that is signed in this circuit."""
        required = frozenset(chain.from_iterable(group[1] for group in self.groups))
        named = [{**party, "required": party["organisation"] in required} for party in parties()]
        contract = make_contract(action=SHEET, status="approved", parties=named)
        circuits.change(contract, self.named())
        signing.request_signatures(contract, today=TODAY, at=NOON)
        return contract


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Circuits with at least one mandatory group."""
    order = draw(st.permutations(EVERYONE))
    cuts = sorted(draw(st.sets(st.integers(1, len(order) - 1), max_size=4)))
    bounds = [0, *cuts, len(order)]
    groups = []
    for first, last in pairwise(bounds):
        members = frozenset(order[first:last])
        required = frozenset(draw(st.sets(st.sampled_from(sorted(members)))))
        quorum = draw(st.none() | st.integers(1, len(members)))
        groups.append((members, required, quorum))
    plan = Plan(groups)
    assume(plan.mandatory)
    return plan


def sign(contract: Contract, siren: str, **more: Any) -> bool:
    """A party signs, and the contract goes on; return True if it was concluded."""
    by = caller(Role.PARTY, siren)
    signing.sign(contract, signature(**more), by=by, access_scope=access_scope(by), today=TODAY)
    if contract.status != "signing":
        return False
    circuits.ask(contract, at=NOON, on=TODAY)
    if not circuits.is_complete(contract):
        return False
    signing.conclude(contract, contents.frozen(contract, [SHEET]))
    return True


@UNDATED
@given(plans(), st.lists(st.sampled_from(EVERYONE), max_size=30))
def test_a_contract_is_signed_if_and_only_if_each_mandatory_group_is_complete(plan: Plan, arrivals: list[str]) -> None:
    contract = plan.contract()
    signed: set[str] = set()
    concluded, sha256 = 0, None
    for siren in [*arrivals, *EVERYONE * len(plan.groups)]:
        is_turn = plan.is_turn(siren, signed)
        try:
            concluded += sign(contract, siren)
        except errors.AlreadySigned:
            assert siren in signed
        except refusals.NotYourTurn:
            assert not is_turn
            assert siren not in signed
        else:
            assert is_turn
            signed.add(siren)
        assert (contract.status == "signed") == plan.is_signed(signed) == bool(concluded)
        assert {party.organisation for party in contract.parties if party.signed_on} == signed
        sha256 = sha256 or contract.content_sha256
        assert contract.content_sha256 == sha256

    assert concluded == 1
    assert signed == set(EVERYONE)


@UNDATED
@given(plans(), st.permutations(EVERYONE), st.lists(st.integers(0, 10), min_size=6, max_size=6))
def test_a_contract_is_signed_on_the_day_from_which_it_was_complete(
    plan: Plan, order: list[str], ages: list[int]
) -> None:
    contract = plan.contract()
    days = {siren: TODAY - timedelta(age) for siren, age in zip(order, ages, strict=True)}
    signed: dict[str, date] = {}
    while contract.status == "signing":
        siren = next(each for each in order if each not in signed and plan.is_turn(each, signed))
        sign(contract, siren, signed_on=days[siren])
        signed[siren] = days[siren]

    complete = [day for day in signed.values() if plan.is_signed({siren for siren, on in signed.items() if on <= day})]

    assert contract.signed_on == min(complete)


@UNDATED
@given(plans())
def test_a_kind_is_ensured_if_and_only_if_nobody_can_sign_without_it(plan: Plan) -> None:
    contract = plan.contract()
    kinds = {party["organisation"]: party["kind"] for party in PARTIES}
    groups_of_signers = chain.from_iterable(combinations(EVERYONE, size) for size in range(len(EVERYONE) + 1))
    enough = [set(signers) for signers in groups_of_signers if plan.is_signed(signers)]
    avoided = {kind for kind in NEEDED if any(kind not in {kinds[siren] for siren in signers} for signers in enough)}
    regions = {
        code
        for siren, code in ((NOUVELLE_AQUITAINE, "75"), (OCCITANIE, "76"))
        if any(siren not in signers for signers in enough)
    }

    found = parties_missing(contract, circuits.groups(contract), make_surroundings(SHEET))

    assert {each.code.removesuffix("-missing") for each in found} == avoided | ({"region"} if regions else set())
    assert len(found) == len(avoided) + len(regions)


@UNDATED
@given(plans(), st.lists(st.integers(0, 120), max_size=40), st.lists(st.sampled_from(EVERYONE), max_size=3))
def test_reminders_come_every_fortnight_until_the_last_day_and_the_expiry_once(
    plan: Plan, days: list[int], arrivals: list[str]
) -> None:
    contract = plan.contract()
    for siren in arrivals:
        if contract.status == "signing" and plan.is_turn(siren, _signed(contract)) and siren not in _signed(contract):
            sign(contract, siren)
    assume(contract.status == "signing")
    last: dict[Any, date] = {party.id: TODAY for party in contract.parties}
    expired = 0
    for day in sorted(days):
        on = TODAY + timedelta(day)
        is_watched = contract.watch_from is not None and contract.watch_from <= on
        for event in reminders.follow(contract, on=on):
            assert is_watched
            if isinstance(event, SignatureExpired):
                expired += 1
                assert set(event.unsigned) == set(EVERYONE) - _signed(contract)
                continue
            assert on - last[event.party_id] >= timedelta(circuits.REMINDER_DAYS)
            assert on <= event.due_on
            assert plan.is_turn(event.signatory, _signed(contract))
            last[event.party_id] = on
        assert reminders.follow(contract, on=on) == []
        assert contract.watch_from is None or contract.watch_from > on

    assert expired == (max(days, default=0) > signing.DUE_DAYS)
    assert (contract.status == "signatures_expired") == bool(expired)


def _signed(contract: Contract) -> set[str]:
    return {party.organisation for party in contract.parties if party.signed_on}


@pytest.mark.parametrize(
    ("groups", "pointer"),
    [
        ([EVERYONE[:-1]], "/groups"),
        ([EVERYONE, [PAU]], "/groups/1/parties/0"),
        ([[*EVERYONE, "000000125"]], "/groups/0/parties/6"),
    ],
)
def test_each_party_is_in_one_group(groups: list[list[str]], pointer: str) -> None:
    with pytest.raises(refusals.CircuitNotFitting) as refused:
        circuits.change(make_contract(), [{"label": None, "quorum": None, "parties": each} for each in groups])

    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_a_quorum_is_at_most_the_number_of_parties() -> None:
    with pytest.raises(refusals.CircuitNotFitting) as refused:
        circuits.change(make_contract(), [{"label": None, "quorum": 7, "parties": EVERYONE}])

    assert [error.pointer for error in refused.value.errors] == ["/groups/0/quorum"]


def test_a_circuit_has_a_mandatory_group() -> None:
    contract = make_contract(parties=parties(required=False))

    with pytest.raises(refusals.CircuitNotFitting):
        circuits.change(contract, [{"label": None, "quorum": None, "parties": EVERYONE}])


def test_a_party_that_a_later_draft_adds_is_outside_the_circuit_and_blocks() -> None:
    contract = make_contract(action=SHEET, parties=parties(ATELIERS))
    others = [siren for siren in EVERYONE if siren != ATELIERS]
    circuits.change(contract, [{"label": None, "quorum": None, "parties": others}])
    contract.parties = [*contract.parties, make_contract().parties[-1]]

    found = [blocker.code for blocker in blockers(contract, make_surroundings(SHEET))]

    assert found == ["company-missing", "party-outside-circuit"]


def test_a_group_that_a_later_draft_empties_blocks() -> None:
    contract = make_contract(action=SHEET)
    groups = [[CAISSE_DES_DEPOTS], [siren for siren in EVERYONE if siren != CAISSE_DES_DEPOTS]]
    circuits.change(contract, [{"label": "Opérateurs", "quorum": 1, "parties": groups[0]}, *_plain(groups[1:])])
    contract.parties = [party for party in contract.parties if party.organisation != CAISSE_DES_DEPOTS]

    found = {blocker.code for blocker in blockers(contract, make_surroundings(SHEET))}

    assert "circuit-group-empty" in found


def _plain(groups: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    return [{"label": None, "quorum": None, "parties": list(each)} for each in groups]


@pytest.mark.parametrize("status", ["signing", "signatures_expired", "signed", "ended", "cancelled"])
def test_a_circuit_is_written_before_the_signatures_are_requested(status: Any) -> None:
    with pytest.raises(errors.NotEditable):
        circuits.change(make_contract(status=status), _plain([EVERYONE]))


@pytest.mark.parametrize("days", [-1, 366])
def test_the_last_day_to_sign_is_within_a_year(days: int) -> None:
    with pytest.raises(refusals.DueDayNotFitting):
        signing.request_signatures(
            make_contract(status="approved"), today=TODAY, at=NOON, due_on=TODAY + timedelta(days)
        )


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1789, 7, 14), date(1900, 2, 28), date(2018, 11, 21)])
def test_nobody_signs_before_the_phase_was_announced(day: date) -> None:
    contract = Plan([(frozenset(EVERYONE), frozenset(EVERYONE), None)]).contract()

    with pytest.raises(refusals.SignedTooEarly):
        sign(contract, PREFECTURE, signed_on=day, deliberation=None)


def test_nobody_signs_before_the_last_decision_that_approved_the_contract() -> None:
    contract = Plan([(frozenset(EVERYONE), frozenset(EVERYONE), None)]).contract()
    contract.approved_on = date(2019, 7, 1)

    with pytest.raises(refusals.SignedTooEarly):
        sign(contract, PREFECTURE, signed_on=date(2019, 6, 30), deliberation=None)
    sign(contract, PREFECTURE, signed_on=date(2019, 7, 1), deliberation=None)


def test_a_party_that_is_not_needed_signs_until_the_last_day_of_the_contract() -> None:
    others = [siren for siren in EVERYONE if siren != CAISSE_DES_DEPOTS]
    contract = Plan([(frozenset(EVERYONE), frozenset(others), None)]).contract()
    for siren in others:
        sign(contract, siren, signed_on=DELIBERATION.date)
    contract.ends_on = contract.in_force_until = TODAY - timedelta(1)

    with pytest.raises(refusals.SignedAfterTheEnd):
        sign(contract, CAISSE_DES_DEPOTS)
    sign(contract, CAISSE_DES_DEPOTS, signed_on=contract.ends_on)


def test_a_deliberation_is_not_older_than_the_phase() -> None:
    contract = Plan([(frozenset(EVERYONE), frozenset(EVERYONE), None)]).contract()

    with pytest.raises(errors.DayNotPlausible):
        sign(contract, PAU, deliberation=signing.Deliberation("1", date(2018, 11, 21)))


def test_nobody_signs_after_the_last_day_to_sign() -> None:
    contract = Plan([(frozenset(EVERYONE), frozenset(EVERYONE), None)]).contract()
    contract.due_on = TODAY - timedelta(1)

    with pytest.raises(refusals.SignaturesExpired):
        sign(contract, PREFECTURE)


def test_nobody_signs_before_the_signatures_are_requested() -> None:
    with pytest.raises(TransitionRefused):
        sign(make_contract(status="approved"), PREFECTURE)
