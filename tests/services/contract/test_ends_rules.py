"""Rules of the end of a contract."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.contract import errors
from services.contract.models import Contract
from services.contract.rules import ends, transitions
from services.contract.rules.ends import EndDeclaration
from services.contract.rules.periods import overlapping
from shared.problem import TransitionRefused
from shared.security.access import AccessScope
from shared.security.roles import Role
from tests.services.contract.places import ATELIERS, COEUR, LACQ, PAU, TEAM_SCOPE, make_action, make_contract

SIGNED_ON = date(2019, 7, 15)
LAST = date(2022, 12, 31)


def signed(**more: Any) -> Contract:
    """A signed contract."""
    contract = make_contract(status="signed", **more)
    contract.signed_on, contract.content_sha256 = SIGNED_ON, "0" * 64
    contract.expires_on = contract.in_force_until = contract.ends_on
    return contract


def declared(on: date) -> EndDeclaration:
    """The declaration of an end."""
    return EndDeclaration("Motif synthétique.", on)


def ends_allowed(contract: Contract) -> set[str]:
    """Return the transitions that concern the end of a contract."""
    return set(transitions.allowed(contract)) & set(transitions.ENDS)


def scope(siren: str) -> AccessScope:
    """The access scope of an organisation that only signs."""
    return AccessScope(Role.PARTY, organisations=frozenset([siren]))


@pytest.mark.parametrize(("on", "due"), [(LAST, False), (LAST + timedelta(1), True), (date(2030, 1, 1), True)])
def test_a_contract_ends_on_the_day_after_its_last_day(on: date, due: bool) -> None:
    contract = signed()

    assert ends.is_due(contract, on=on) is due
    event = ends.end(contract)

    assert (event.ended_on, event.outcome, event.status) == (date(2023, 1, 1), "expired", "ended")
    assert (contract.last_day, contract.in_force_until) == (LAST, LAST)


def test_a_contract_that_was_signed_after_its_last_day_ends_on_its_signature() -> None:
    contract = signed()
    contract.signed_on = date(2023, 5, 2)

    assert ends.end(contract).ended_on == date(2023, 5, 2)
    assert contract.last_day == LAST


@pytest.mark.parametrize("on", [SIGNED_ON, date(2020, 1, 1), LAST])
def test_a_declared_end_is_the_first_day_without_the_contract(on: date) -> None:
    contract = signed()

    ends.terminate(contract, declared(on), organisation=PAU)

    assert contract.last_day == on - timedelta(1)
    assert not ends.is_due(contract, on=on - timedelta(1))
    assert ends.is_due(contract, on=on)
    event = ends.end(contract)
    assert (event.ended_on, event.outcome) == (on, "terminated")
    assert (contract.ended_by, contract.end_reason, contract.ends_early_on) == (PAU, "Motif synthétique.", None)


@pytest.mark.parametrize("on", [SIGNED_ON - timedelta(1), LAST + timedelta(1)])
def test_an_end_before_the_signature_or_after_the_last_day_is_refused(on: date) -> None:
    contract = signed()

    with pytest.raises(errors.EndNotFitting):
        ends.denounce(contract, declared(on), organisation=ATELIERS)

    assert contract.ends_early_on is None


def test_only_a_party_that_had_to_sign_denounces() -> None:
    contract = signed()
    contract.parties[-1].required = False

    assert ends.denouncing_party(contract, TEAM_SCOPE) == PAU
    with pytest.raises(errors.NotASignatory):
        ends.denouncing_party(contract, scope(ATELIERS))


def test_the_organisation_that_declared_an_end_takes_it_back() -> None:
    contract = signed()
    ends.denounce(contract, declared(date(2020, 1, 1)), organisation=ATELIERS)

    with pytest.raises(errors.NotTheEnder):
        ends.revoke(contract, access_scope=TEAM_SCOPE)
    ends.revoke(contract, access_scope=scope(ATELIERS))

    assert (contract.ends_early_on, contract.end_outcome, contract.ended_by) == (None, None, None)
    assert contract.last_day == LAST


def test_an_end_to_come_can_only_be_taken_back() -> None:
    contract = signed()

    assert ends_allowed(contract) == {"terminate", "denounce"}
    ends.terminate(contract, declared(LAST), organisation=PAU)
    assert ends_allowed(contract) == {"revoke-end"}
    with pytest.raises(TransitionRefused):
        ends.terminate(contract, declared(LAST), organisation=PAU)
    ends.end(contract)
    assert transitions.allowed(contract) == {}


def test_nobody_takes_back_that_another_contract_replaces_one() -> None:
    former, new = signed(), signed(starts_on=date(2021, 1, 1), ends_on=date(2025, 12, 31))

    assert ends.replace(former, by=new)

    assert ends_allowed(former) == set()
    with pytest.raises(TransitionRefused):
        ends.revoke(former, access_scope=TEAM_SCOPE)


@pytest.mark.parametrize(
    ("starts_on", "signed_on", "ended_on"),
    [
        (date(2021, 1, 1), date(2020, 6, 1), date(2021, 1, 1)),
        (date(2021, 1, 1), date(2021, 6, 1), date(2021, 6, 1)),
        (date(2019, 1, 1), date(2019, 1, 1), SIGNED_ON),
        (date(2023, 1, 1), date(2022, 6, 1), None),
    ],
)
def test_a_replaced_contract_ends_when_the_new_one_has_begun_and_is_signed(
    starts_on: date, signed_on: date, ended_on: date | None
) -> None:
    former, new = signed(), signed(starts_on=starts_on, ends_on=date(2025, 12, 31))
    new.signed_on = signed_on

    noted = ends.replace(former, by=new)
    event = ends.end(former)

    assert noted is (ended_on is not None)
    assert (event.outcome, event.ended_on) == (("replaced", ended_on) if ended_on else ("expired", date(2023, 1, 1)))


def test_an_end_that_comes_first_stands() -> None:
    former, new = signed(), signed(starts_on=date(2021, 1, 1), ends_on=date(2025, 12, 31))
    ends.terminate(former, declared(date(2020, 1, 1)), organisation=PAU)

    assert not ends.replace(former, by=new)

    assert ends.end(former).outcome == "terminated"


def test_an_ended_contract_covers_no_later_day() -> None:
    former, new = signed(), make_contract(starts_on=date(2021, 1, 1), ends_on=date(2025, 12, 31))

    assert list(overlapping(new, [former])) == [former]
    ends.terminate(former, declared(date(2021, 1, 1)), organisation=PAU)
    assert list(overlapping(new, [former])) == []
    ends.end(former)
    assert list(overlapping(new, [former])) == []


def test_a_termination_abandons_the_sheets_that_nobody_else_has() -> None:
    alone, shared, drafted, elsewhere = (make_action(status="validated") for _ in range(4))
    elsewhere.lead_territory = COEUR
    drafted.status = "draft"
    contract, other, ended = signed(action=alone), signed(action=shared), signed(action=alone)
    ended.status = "ended"

    found = ends.abandonment(contract, [alone, shared, drafted, elsewhere], [contract, other, ended])
    event = ends.abandon(alone, on=LAST)

    assert (found.abandoned, found.kept) == ([alone], [shared, elsewhere])
    assert (event.status, event.abandoned_on, event.territories) == ("abandoned", LAST, [LACQ])
