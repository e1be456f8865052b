"""An access scope against the stakeholders of an object: by name, as an operator, as industrial pilot."""

from dataclasses import replace
from typing import Final

import pytest

from shared.security.access import AccessScope, Caller, Stakeholders, access_scope, is_granted
from shared.security.roles import Grant, Role

LACQ: Final = "2018-ti-7505"
ARVE: Final = "2018-ti-8414"
BANK: Final = "180020026"
COMPANY: Final = "000000117"
SHEET: Final = Stakeholders.of(territories=[LACQ], regions=["75"], organisations=[COMPANY], operators=True)
OPERATOR: Final = AccessScope(Role.OPERATOR, organisations=frozenset([BANK]), is_operator=True)
PILOT: Final = AccessScope(Role.PARTY, territories=frozenset([LACQ]), organisations=frozenset(["000000125"]))
CARRIER: Final = AccessScope(Role.PARTY, organisations=frozenset([COMPANY]))


def test_an_operator_of_the_programme_reads_what_concerns_every_operator_but_not_all_of_it() -> None:
    assert OPERATOR.sees(SHEET)
    assert OPERATOR.is_concerned(SHEET)
    assert not OPERATOR.is_named(SHEET)
    assert not OPERATOR.owns(SHEET)


def test_an_operator_reads_nothing_else_that_does_not_name_it() -> None:
    assert not OPERATOR.sees(replace(SHEET, operators=False))
    assert not replace(OPERATOR, is_operator=False).sees(SHEET)


def test_an_operator_that_is_named_reads_all() -> None:
    named = replace(SHEET, organisations=frozenset([BANK]), operators=False)

    assert OPERATOR.is_named(named)
    assert OPERATOR.is_concerned(named)


@pytest.mark.parametrize(
    ("claims", "sees"),
    [
        ({"only_territories": frozenset([LACQ])}, True),
        ({"only_territories": frozenset([ARVE])}, False),
        ({"only_regions": frozenset(["76"])}, False),
    ],
)
def test_the_claims_of_a_token_narrow_an_operator(claims: dict[str, frozenset[str]], sees: bool) -> None:
    assert replace(OPERATOR, **claims).sees(SHEET) is sees  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scope", "grant", "granted"),
    [
        (PILOT, Grant.OWN, True),
        (PILOT, Grant.LED, True),
        (CARRIER, Grant.OWN, True),
        (CARRIER, Grant.LED, False),
        (replace(PILOT, territories=frozenset([ARVE])), Grant.LED, False),
        (replace(PILOT, only_territories=frozenset([ARVE])), Grant.LED, False),
        # A team holds its territory, and leads by no mandate of its own.
        (AccessScope(Role.TERRITORY, territories=frozenset([LACQ])), Grant.LED, False),
        (AccessScope(Role.NATIONAL), Grant.ANY, True),
        (AccessScope(Role.NATIONAL, only_regions=frozenset(["53"])), Grant.ANY, False),
    ],
)
def test_a_grant_holds_for_what_is_named_led_or_anything(scope: AccessScope, grant: Grant, granted: bool) -> None:
    caller = Caller(client_id="tests", sub="tests", role=scope.role, grant=grant)

    assert is_granted(caller, scope, SHEET) is granted


def test_a_role_that_is_scoped_by_nothing_is_no_operator_of_the_programme() -> None:
    partner = Caller(client_id="tests", sub="tests", role=Role.PARTNER, org=BANK)

    assert not access_scope(partner, is_operator=True).sees(SHEET)
