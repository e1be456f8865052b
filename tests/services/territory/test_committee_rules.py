"""Committees and decisions: each level is managed by its own role."""

from datetime import date

import pytest

from services.territory.errors import (
    ChairNotFitting,
    CommitteeNotYours,
    CommitteePlaceMismatch,
    DayNotPlausible,
    DecidesNotFitting,
    DecisionBeyondCommittee,
)
from services.territory.rules.committees import require_chair, require_manager, require_place
from services.territory.rules.decisions import decide, decided
from shared.security.roles import Role
from tests.services.territory.makers import (
    SOMEBODY,
    TODAY,
    make_caller,
    make_committee,
    make_company,
    make_decision,
    make_organisation,
    make_pilot,
    make_region,
    make_territory,
)
from tests.services.territory.places import COMPANY, LACQ_PAU_TARBES


@pytest.mark.parametrize(
    ("level", "role"), [("project", Role.TERRITORY), ("regional", Role.REGION), ("national", Role.NATIONAL)]
)
def test_a_committee_is_kept_by_its_own(level: str, role: Role) -> None:
    require_manager(make_caller(role), level)

    for other in set(Role) - {role}:
        with pytest.raises(CommitteeNotYours):
            require_manager(make_caller(other), level)


@pytest.mark.parametrize(
    ("level", "region", "territory"),
    [
        ("regional", None, None),
        ("regional", "75", LACQ_PAU_TARBES),
        ("project", None, None),
        ("project", "75", None),
        ("national", "75", None),
    ],
)
def test_a_committee_has_the_place_of_its_level(level: str, region: str | None, territory: str | None) -> None:
    with pytest.raises(CommitteePlaceMismatch):
        require_place(level, region=region, territory=territory)


def test_the_region_presides_its_committee() -> None:
    require_chair(make_committee(region="75"), make_region("75"), on=TODAY)

    with pytest.raises(ChairNotFitting):
        require_chair(make_committee(region="76"), make_region("75"), on=TODAY)
    with pytest.raises(ChairNotFitting):
        require_chair(make_committee(region="75"), make_organisation(), on=TODAY)


def test_the_pair_presides_the_committee_of_its_territory() -> None:
    territory = make_territory()
    territory.pilots += [make_pilot("elu"), make_pilot("industriel", organisation=COMPANY)]
    committee = make_committee("project", region=None, territory=territory)

    require_chair(committee, make_organisation(), on=TODAY)
    require_chair(committee, make_company(), on=TODAY)

    with pytest.raises(ChairNotFitting):
        require_chair(committee, make_region(), on=TODAY)


def test_a_pilot_who_was_replaced_presides_no_longer() -> None:
    territory = make_territory()
    territory.pilots.append(make_pilot("elu", until=date(2020, 7, 15)))

    with pytest.raises(ChairNotFitting, match="appoint the pair first"):
        require_chair(make_committee("project", region=None, territory=territory), make_organisation(), on=TODAY)


def test_the_state_presides_the_national_committee() -> None:
    require_chair(make_committee("national", region=None), make_organisation(kind="state"), on=TODAY)

    with pytest.raises(ChairNotFitting):
        require_chair(make_committee("national", region=None), make_region(), on=TODAY)


def test_a_regional_committee_decides_on_each_territory_that_lies_in_its_region() -> None:
    for region in ("75", "76"):
        decide(make_decision(make_territory(), committee=make_committee(region=region)), today=TODAY)

    with pytest.raises(DecisionBeyondCommittee, match=LACQ_PAU_TARBES):
        decide(make_decision(make_territory(), committee=make_committee(region="53")), today=TODAY)


def test_a_project_committee_decides_on_its_territory_alone() -> None:
    own, other = make_territory(), make_territory(key="2018-ti-7506")
    committee = make_committee("project", region=None, territory=own)

    decide(make_decision(own, kind="action_plan", committee=committee), today=TODAY)

    with pytest.raises(DecisionBeyondCommittee):
        decide(make_decision(other, kind="action_plan", committee=committee), today=TODAY)


def test_an_approval_names_what_it_approves() -> None:
    with pytest.raises(DecisionBeyondCommittee):
        decide(make_decision(kind="contract_approval"), today=TODAY)


@pytest.mark.parametrize(
    ("kind", "decides"),
    [
        ("contract_approval", None),
        ("perimeter_change", None),
        ("contract_approval", f"perimeter-request/{SOMEBODY}"),
        ("perimeter_change", f"contract/{SOMEBODY}"),
        ("action_plan", f"contract/{SOMEBODY}"),
        ("other", f"contract/{SOMEBODY}"),
    ],
)
def test_a_decision_names_one_object_of_the_kind_that_it_decides(kind: str, decides: str | None) -> None:
    with pytest.raises(DecidesNotFitting) as refused:
        decide(make_decision(make_territory(), kind=kind, decides=decides), today=TODAY)

    assert refused.value.errors[0].pointer == "/decides"


@pytest.mark.parametrize("decides", [None, f"action/{SOMEBODY}"])
def test_a_decision_on_an_action_plan_may_name_one_sheet(decides: str | None) -> None:
    decision = make_decision(make_territory(), kind="action_plan", decides=decides)

    decide(decision, today=TODAY)

    assert decided(decision).decides == decides


def test_other_decisions_need_not_name_a_territory() -> None:
    decide(make_decision(kind="other"), today=TODAY)


@pytest.mark.parametrize("day", [date(2019, 1, 20), date(2020, 9, 2)])
def test_a_committee_decides_neither_before_it_exists_nor_tomorrow(day: date) -> None:
    with pytest.raises(DayNotPlausible):
        decide(make_decision(make_territory(), decided_on=day), today=TODAY)


def test_a_decision_concerns_its_territories_and_their_regions_and_is_not_public() -> None:
    decision = make_decision(make_territory(), committee=make_committee(region="75"))

    assert decision.stakeholders.territories == {LACQ_PAU_TARBES}
    assert decision.stakeholders.regions == {"75", "76"}
    assert not decision.stakeholders.public
    assert decided(decision).regions == ["75", "76"]
