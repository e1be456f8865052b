"""Perimeters: on each day a body is a member once, and a territory has a member."""

from datetime import date, timedelta

import pytest

from services.territory.errors import DayNotPlausible, NothingChanges, PerimeterConflict
from services.territory.models import Membership, Territory
from services.territory.rules.days import members_on
from services.territory.rules.perimeters import Holding, change, correct, holdings, require_change, require_sound
from shared.events.territory import MEMBERS_AT_MOST
from tests.services.territory.makers import make_company, make_member, make_organisation, make_territory
from tests.services.territory.places import COMPANY, HAUT_BEARN, PAU_BEARN, RHONE_LEZ

SEPTEMBER = date(2019, 9, 24)
JUNE = date(2019, 6, 1)
COMMUNE = "216404459"
"""Pau, a commune of the CA Pau Béarn Pyrénées."""
ELSEWHERE = "2018-ti-7506"


def enter(territory: Territory, *sirens: str, on: date = SEPTEMBER) -> None:
    """Let bodies enter a territory."""
    move(territory, enters=sirens, on=on)


def move(
    territory: Territory, *, enters: tuple[str, ...] = (), leaves: tuple[str, ...] = (), on: date = SEPTEMBER
) -> None:
    """Let bodies enter and leave a territory."""
    change(
        territory,
        enters={siren: make_organisation(siren) for siren in enters},
        leaves=leaves,
        on=on,
        geography={siren: make_member(siren).geography for siren in enters},
    )


def elsewhere(*members: Membership) -> list[Holding]:
    """The memberships of another territory of the phase."""
    return holdings(make_territory(*members, key=ELSEWHERE))


def test_members_enter_and_leave_on_a_day() -> None:
    territory = make_territory(make_member(PAU_BEARN), make_member(HAUT_BEARN))

    move(territory, enters=(RHONE_LEZ,), leaves=(HAUT_BEARN,))
    require_sound(territory, [])

    assert [member.siren for member in territory.members] == [PAU_BEARN, RHONE_LEZ]
    assert [member.siren for member in members_on(territory, date(2019, 9, 23))] == [PAU_BEARN, HAUT_BEARN]


def test_a_change_that_changes_nothing_is_refused() -> None:
    with pytest.raises(NothingChanges):
        move(make_territory())


def test_a_body_does_not_enter_and_leave_at_once() -> None:
    with pytest.raises(PerimeterConflict, match="named twice"):
        require_change([RHONE_LEZ], [RHONE_LEZ])


def test_a_stranger_does_not_leave() -> None:
    with pytest.raises(PerimeterConflict, match="not a member"):
        move(make_territory(make_member(PAU_BEARN)), leaves=(RHONE_LEZ,))


def test_a_company_is_not_a_member() -> None:
    territory = make_territory()

    with pytest.raises(PerimeterConflict, match="neither an EPCI"):
        change(territory, enters={COMPANY: make_company()}, leaves=[], on=SEPTEMBER, geography={})


def test_a_member_leaves_after_it_entered() -> None:
    territory = make_territory(make_member(PAU_BEARN), make_member(HAUT_BEARN, entered_on=SEPTEMBER))

    for day in (date(2019, 9, 1), SEPTEMBER):
        with pytest.raises(PerimeterConflict, match="since 2019-09-24"):
            move(territory, leaves=(HAUT_BEARN,), on=day)


def test_a_member_that_left_may_come_back_from_the_day_on_which_it_left() -> None:
    territory = make_territory(make_member(PAU_BEARN), make_member(HAUT_BEARN, left_on=JUNE))
    enter(territory, HAUT_BEARN, on=JUNE)

    require_sound(territory, [])

    assert [member.siren for member in territory.members] == [PAU_BEARN, HAUT_BEARN]


def test_a_member_that_comes_back_before_it_left_would_be_in_twice() -> None:
    territory = make_territory(make_member(PAU_BEARN), make_member(HAUT_BEARN, left_on=JUNE))
    enter(territory, HAUT_BEARN, on=date(2019, 5, 1))

    with pytest.raises(PerimeterConflict, match="on 2019-05-01") as refusal:
        require_sound(territory, [])

    assert refusal.value.members["day"] == "2019-05-01"
    assert "2019-06-01 or a later day" in refusal.value.detail


def test_nobody_is_in_two_territories_of_a_phase_on_a_day() -> None:
    others = elsewhere(make_member(HAUT_BEARN), make_member(RHONE_LEZ, left_on=date(2020, 1, 1)))
    territory = make_territory(make_member(PAU_BEARN))
    enter(territory, RHONE_LEZ, on=JUNE)

    with pytest.raises(PerimeterConflict) as refusal:
        require_sound(territory, others)

    assert refusal.value.members == {"day": "2019-06-01", "holder": ELSEWHERE, "member": RHONE_LEZ}
    assert "give 2020-01-01 or a later day" in refusal.value.detail


def test_a_body_enters_on_the_day_on_which_it_leaves_elsewhere() -> None:
    others = elsewhere(make_member(HAUT_BEARN), make_member(RHONE_LEZ, left_on=JUNE))
    territory = make_territory(make_member(PAU_BEARN))
    enter(territory, RHONE_LEZ, on=JUNE)

    require_sound(territory, others)

    assert len(territory.members) == 2


@pytest.mark.parametrize("holder", ["the same territory", "another territory"])
def test_a_commune_is_not_counted_beside_its_intercommunality(holder: str) -> None:
    epci, commune = make_member(PAU_BEARN), make_member(COMMUNE, entered_on=JUNE, within=[PAU_BEARN])
    if holder == "the same territory":
        territory, others = make_territory(epci, commune), []
    else:
        territory, others = make_territory(make_member(RHONE_LEZ), commune), elsewhere(epci)

    with pytest.raises(PerimeterConflict, match=f"{COMMUNE} lies in {PAU_BEARN}: on 2019-06-01"):
        require_sound(territory, others)


def test_an_intercommunality_does_not_enter_where_its_commune_is_a_member() -> None:
    others = elsewhere(make_member(COMMUNE, within=[PAU_BEARN]))
    territory = make_territory(make_member(HAUT_BEARN))
    enter(territory, PAU_BEARN)

    with pytest.raises(PerimeterConflict, match="count twice"):
        require_sound(territory, others)


def test_conflicts_of_other_territories_do_not_hinder_a_change() -> None:
    others = [*elsewhere(make_member(RHONE_LEZ)), *holdings(make_territory(make_member(RHONE_LEZ), key="2018-ti-7507"))]

    require_sound(make_territory(), others)


@pytest.mark.parametrize(
    "members",
    [
        [make_member(PAU_BEARN, left_on=JUNE)],
        [make_member(PAU_BEARN, left_on=JUNE), make_member(HAUT_BEARN, entered_on=JUNE + timedelta(days=1))],
        [make_member(PAU_BEARN, entered_on=JUNE)],
    ],
    ids=["the last one leaves", "a day without members", "nobody on the first day"],
)
def test_a_territory_has_a_member_on_each_day(members: list[Membership]) -> None:
    with pytest.raises(PerimeterConflict, match="no member on"):
        require_sound(make_territory(*members), [])


@pytest.mark.parametrize("day", [date(2018, 11, 21), SEPTEMBER], ids=["before it existed", "after it closed"])
def test_a_perimeter_changes_in_the_life_of_the_territory(day: date) -> None:
    territory = make_territory()
    territory.closed_on = SEPTEMBER

    with pytest.raises(DayNotPlausible):
        enter(territory, RHONE_LEZ, on=day)


def test_a_correction_gives_a_body_other_days() -> None:
    territory = make_territory(make_member(PAU_BEARN), make_member(HAUT_BEARN, entered_on=JUNE, left_on=SEPTEMBER))

    correct(
        territory,
        {HAUT_BEARN: [(None, SEPTEMBER)]},
        {HAUT_BEARN: make_organisation(HAUT_BEARN)},
        {HAUT_BEARN: make_member().geography},
    )
    require_sound(territory, [])

    assert [(each.siren, each.entered_on, each.left_on) for each in territory.memberships] == [
        (PAU_BEARN, None, None),
        (HAUT_BEARN, None, SEPTEMBER),
    ]


def test_a_body_that_was_never_a_member_is_corrected_away() -> None:
    territory = make_territory(make_member(PAU_BEARN), make_member(HAUT_BEARN))

    correct(territory, {HAUT_BEARN: []}, {HAUT_BEARN: make_organisation(HAUT_BEARN)}, {})

    assert [each.siren for each in territory.memberships] == [PAU_BEARN]


def test_a_correction_to_the_same_days_is_none() -> None:
    territory = make_territory(make_member(PAU_BEARN))

    with pytest.raises(NothingChanges):
        correct(territory, {PAU_BEARN: [(None, None)]}, {PAU_BEARN: make_organisation()}, {})


def test_a_membership_has_a_day_in_the_life_of_the_territory() -> None:
    for member, says in (
        (make_member(HAUT_BEARN, entered_on=SEPTEMBER, left_on=SEPTEMBER), "later first day out"),
        (make_member(HAUT_BEARN, entered_on=date(2018, 11, 21)), "exists since 2018-11-22"),
        (make_member(HAUT_BEARN, entered_on=date(2020, 1, 2)), "closed on 2020-01-01"),
    ):
        territory = make_territory(make_member(PAU_BEARN), member)
        territory.closed_on = date(2020, 1, 1)

        with pytest.raises(PerimeterConflict, match=says):
            require_sound(territory, [])


def test_a_territory_has_room_for_so_many_members() -> None:
    territory = make_territory(*[make_member(left_on=SEPTEMBER) for _ in range(MEMBERS_AT_MOST)])

    with pytest.raises(PerimeterConflict, match="at most"):
        enter(territory, HAUT_BEARN)
