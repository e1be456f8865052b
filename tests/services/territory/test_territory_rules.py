"""Territories: their names, their perimeter, their place."""

from datetime import date

import pytest

from services.territory.errors import (
    DayNotPlausible,
    DecisionNotSuitable,
    PerimeterConflict,
    TerritoryAmbiguous,
    TerritoryNotYetDesignated,
)
from services.territory.models import Phase
from services.territory.rules.days import members_on, require_designated, require_readable
from services.territory.rules.territories import (
    Area,
    change_perimeter,
    is_key,
    perimeter_changed,
    require_able_to_enter,
    require_one,
    require_suitable,
    settle,
)
from shared.events.territory import MEMBERS_AT_MOST
from tests.services.territory.makers import (
    TODAY,
    make_company,
    make_decision,
    make_member,
    make_organisation,
    make_territory,
)
from tests.services.territory.places import COMPANY, HAUT_BEARN, LACQ_PAU_TARBES, PAU_BEARN, RHONE_LEZ

SEPTEMBER = date(2019, 9, 24)
PHASE_1 = Phase(code="2018", announced_on=date(2018, 11, 22))


def test_a_key_carries_its_phase() -> None:
    assert is_key("2018-ti-7505")
    assert not is_key("ti-7505")


def test_a_code_of_both_phases_is_refused_with_both_keys() -> None:
    with pytest.raises(TerritoryAmbiguous, match="2018-ti-7505 or 2023-ti-7505") as refusal:
        require_one("ti-7505", ["2018-ti-7505", "2023-ti-7505"])

    assert refusal.value.members == {"keys": ["2018-ti-7505", "2023-ti-7505"]}


def test_a_code_of_one_phase_is_a_name() -> None:
    require_one("ti-8422", ["2023-ti-8422"])


def test_a_territory_has_room_for_so_many_members() -> None:
    territory = make_territory(*[make_member(left_on=SEPTEMBER) for _ in range(MEMBERS_AT_MOST)])

    with pytest.raises(PerimeterConflict, match="at most"):
        change_perimeter(territory, enters={HAUT_BEARN: make_organisation(HAUT_BEARN)}, leaves=[], on=SEPTEMBER)


def test_a_member_without_a_day_of_entry_is_listed_and_marked_unknown() -> None:
    territory = make_territory(make_member())

    [member] = members_on(territory, SEPTEMBER)

    assert member.membership == "unknown"


def test_a_member_is_in_from_its_day_of_entry_to_the_day_before_it_left() -> None:
    dated = make_member(HAUT_BEARN, entered_on=date(2019, 1, 1), left_on=SEPTEMBER)
    territory = make_territory(make_member(), dated)

    assert dated not in members_on(territory, date(2018, 12, 31))
    assert dated in members_on(territory, date(2019, 1, 1))
    assert dated in members_on(territory, date(2019, 9, 23))
    assert dated not in members_on(territory, SEPTEMBER)
    assert dated.membership == "known"


def test_nobody_knows_the_state_of_tomorrow() -> None:
    require_readable(TODAY, today=TODAY)

    with pytest.raises(DayNotPlausible):
        require_readable(date(2020, 9, 2), today=TODAY)


def test_a_territory_did_not_exist_before_its_phase_was_announced() -> None:
    require_designated(make_territory(), PHASE_1, date(2018, 11, 22))

    with pytest.raises(TerritoryNotYetDesignated):
        require_designated(make_territory(), PHASE_1, date(2018, 11, 21))


def test_a_territory_added_later_did_not_exist_before_that_day() -> None:
    territory = make_territory()
    territory.designated_on = SEPTEMBER

    with pytest.raises(TerritoryNotYetDesignated, match="2019-09-24"):
        require_designated(territory, PHASE_1, date(2019, 9, 23))


def test_members_enter_and_leave_on_a_day() -> None:
    territory = make_territory(make_member(PAU_BEARN), make_member(HAUT_BEARN))

    change_perimeter(territory, enters={RHONE_LEZ: make_organisation(RHONE_LEZ)}, leaves=[HAUT_BEARN], on=SEPTEMBER)

    assert [member.siren for member in territory.members] == [PAU_BEARN, RHONE_LEZ]
    assert [member.siren for member in members_on(territory, date(2019, 9, 23))] == [PAU_BEARN, HAUT_BEARN]


@pytest.mark.parametrize(
    ("enters", "leaves"),
    [
        ([PAU_BEARN], []),
        ([], [RHONE_LEZ]),
        ([], [PAU_BEARN]),
        ([RHONE_LEZ], [RHONE_LEZ]),
    ],
    ids=["a member enters", "a stranger leaves", "the last one leaves", "one enters and leaves"],
)
def test_a_perimeter_that_does_not_fit_is_refused(enters: list[str], leaves: list[str]) -> None:
    territory = make_territory(make_member(PAU_BEARN))

    with pytest.raises(PerimeterConflict):
        change_perimeter(
            territory, enters={siren: make_organisation(siren) for siren in enters}, leaves=leaves, on=SEPTEMBER
        )

    assert [member.siren for member in territory.members] == [PAU_BEARN]


def test_a_member_does_not_leave_before_it_entered() -> None:
    territory = make_territory(make_member(PAU_BEARN), make_member(HAUT_BEARN, entered_on=SEPTEMBER))

    with pytest.raises(PerimeterConflict, match="before that"):
        change_perimeter(territory, enters={}, leaves=[HAUT_BEARN], on=date(2019, 9, 1))


def test_a_member_that_left_may_come_back() -> None:
    territory = make_territory(make_member(PAU_BEARN), make_member(HAUT_BEARN, left_on=date(2019, 1, 1)))

    change_perimeter(territory, enters={HAUT_BEARN: make_organisation(HAUT_BEARN)}, leaves=[], on=SEPTEMBER)

    assert [member.siren for member in territory.members] == [PAU_BEARN, HAUT_BEARN]


def test_a_company_is_not_a_member() -> None:
    with pytest.raises(PerimeterConflict, match="neither an EPCI"):
        require_able_to_enter({COMPANY: make_company()}, {})


def test_a_member_of_another_territory_of_the_phase_leaves_it_first() -> None:
    with pytest.raises(PerimeterConflict, match="2018-ti-7506"):
        require_able_to_enter({RHONE_LEZ: make_organisation(RHONE_LEZ)}, {RHONE_LEZ: "2018-ti-7506"})


@pytest.mark.parametrize(
    ("kind", "outcome", "named"),
    [("other", "favourable", True), ("perimeter_change", "deferred", True), ("perimeter_change", "favourable", False)],
    ids=["another kind", "not favourable", "about another territory"],
)
def test_a_perimeter_changes_on_a_favourable_decision_about_it(kind: str, outcome: str, named: bool) -> None:
    territory = make_territory()
    about = territory if named else make_territory(key="2018-ti-7506")

    require_suitable(make_decision(territory), territory)

    with pytest.raises(DecisionNotSuitable):
        require_suitable(make_decision(about, kind=kind, outcome=outcome), territory)


def test_the_lead_region_stays_first_even_if_most_live_in_another() -> None:
    territory = make_territory(make_member(PAU_BEARN), make_member(HAUT_BEARN))
    areas = {
        PAU_BEARN: [Area("80", "32", communes=2, population=900, located=900, lon_sum=900.0, lat_sum=45_000.0)],
        HAUT_BEARN: [Area("76", "28", communes=1, population=100, located=100, lon_sum=200.0, lat_sum=5_100.0)],
    }

    settle(territory, areas, lead="28")

    assert territory.regions == ["28", "32"]
    assert territory.departements == ["80", "76"]
    assert (territory.commune_count, territory.population) == (3, 1000)
    assert (territory.lon, territory.lat) == (1.1, 50.1)


def test_members_that_left_are_stakeholders_of_the_event() -> None:
    territory = make_territory(make_member(PAU_BEARN), make_member(HAUT_BEARN, left_on=SEPTEMBER))

    event = perimeter_changed(territory, on=SEPTEMBER, left=[HAUT_BEARN])

    assert event.territory == LACQ_PAU_TARBES
    assert event.organisations == [PAU_BEARN, HAUT_BEARN]
    assert [(member.siren, member.left_on) for member in event.members] == [(PAU_BEARN, None), (HAUT_BEARN, SEPTEMBER)]
