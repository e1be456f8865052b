"""The pair of pilots: one élu and one industriel at a time."""

from datetime import date

import pytest

from services.territory.errors import (
    CapacityNotFitting,
    DayNotPlausible,
    MandatesExhausted,
    PilotInOffice,
    PilotNotInOffice,
)
from services.territory.rules.mandates import MANDATES_AT_MOST, appoint, appointed, end, pilots_on, replaced
from shared.events.territory import IN_OFFICE_AT_MOST, PAIR_MANDATES_AT_MOST
from shared.ids import uuid7
from tests.services.territory.makers import (
    SOMEBODY_ELSE,
    TODAY,
    make_company,
    make_organisation,
    make_pilot,
    make_territory,
)
from tests.services.territory.places import COMPANY, PAU_BEARN


def test_an_elu_takes_office() -> None:
    territory, pilot = make_territory(), make_pilot("elu")

    appoint(territory, pilot, make_organisation(), today=TODAY)

    assert territory.in_office == [pilot]


def test_an_elu_and_an_industriel_are_in_office_together() -> None:
    territory = make_territory()
    industriel = make_pilot("industriel", person=SOMEBODY_ELSE, organisation=COMPANY)

    appoint(territory, make_pilot("elu"), make_organisation(), today=TODAY)
    appoint(territory, industriel, make_company(), today=TODAY)

    assert [pilot.capacity for pilot in territory.in_office] == ["elu", "industriel"]


@pytest.mark.parametrize("capacity", ["elu", "industriel"])
def test_a_second_pilot_of_the_same_capacity_must_replace_the_first(capacity: str) -> None:
    territory = make_territory()
    body = make_organisation() if capacity == "elu" else make_company()
    first = make_pilot(capacity)
    appoint(territory, first, body, today=TODAY)

    with pytest.raises(PilotInOffice, match=f"{first.id}/replace"):
        appoint(territory, make_pilot(capacity, person=SOMEBODY_ELSE), body, today=TODAY)

    assert territory.in_office == [first]


def test_project_managers_may_be_several() -> None:
    territory = make_territory()

    appoint(territory, make_pilot("project_manager"), make_organisation(), today=TODAY)
    appoint(territory, make_pilot("project_manager", person=SOMEBODY_ELSE), make_organisation(), today=TODAY)

    assert len(territory.in_office) == 2


def test_the_same_person_is_not_project_manager_twice() -> None:
    territory = make_territory()
    appoint(territory, make_pilot("project_manager"), make_organisation(), today=TODAY)

    with pytest.raises(PilotInOffice):
        appoint(territory, make_pilot("project_manager"), make_organisation(), today=TODAY)


def test_a_territory_has_room_for_so_many_mandates() -> None:
    territory, first = make_territory(), make_pilot("elu")
    territory.pilots.extend(make_pilot("project_manager", until=first.since) for _ in range(MANDATES_AT_MOST - 1))
    appoint(territory, first, make_organisation(), today=TODAY)

    with pytest.raises(MandatesExhausted, match="has had"):
        appoint(territory, make_pilot("project_manager"), make_organisation(), today=TODAY)


def test_the_pair_has_room_for_so_many_mandates_and_its_events_list_them() -> None:
    territory, first = make_territory(), make_pilot("elu")
    territory.pilots.extend(make_pilot("elu", until=first.since) for _ in range(PAIR_MANDATES_AT_MOST - 1))
    appoint(territory, first, make_organisation(), today=TODAY)

    assert len(appointed(territory, first).mandates or ()) == PAIR_MANDATES_AT_MOST
    with pytest.raises(MandatesExhausted, match="The pair"):
        appoint(territory, make_pilot("industriel"), make_company(), today=TODAY)


def test_a_territory_has_so_many_people_in_office_and_its_event_lists_them() -> None:
    territory = make_territory()
    for _ in range(IN_OFFICE_AT_MOST):
        appoint(territory, last := make_pilot("project_manager", person=uuid7()), make_organisation(), today=TODAY)

    assert len(appointed(territory, last).in_office) == IN_OFFICE_AT_MOST
    with pytest.raises(MandatesExhausted, match="end a mandate first"):
        appoint(territory, make_pilot("project_manager", person=uuid7()), make_organisation(), today=TODAY)


def test_an_elu_does_not_speak_for_a_company() -> None:
    with pytest.raises(CapacityNotFitting, match="of kind company"):
        appoint(make_territory(), make_pilot("elu"), make_company(), today=TODAY)


@pytest.mark.parametrize("kind", ["company", "association", "chamber"])
def test_an_industriel_speaks_for_industry(kind: str) -> None:
    territory = make_territory()

    appoint(territory, make_pilot("industriel"), make_organisation(kind=kind), today=TODAY)

    assert len(territory.in_office) == 1


@pytest.mark.parametrize("kind", ["epci", "region", "state", "operator"])
def test_an_industriel_does_not_speak_for_a_public_body(kind: str) -> None:
    with pytest.raises(CapacityNotFitting):
        appoint(make_territory(), make_pilot("industriel"), make_organisation(kind=kind), today=TODAY)


@pytest.mark.parametrize("kind", ["epci", "commune", "region", "other"])
def test_an_elu_speaks_for_a_local_authority_or_a_larger_local_body(kind: str) -> None:
    territory = make_territory()

    appoint(territory, make_pilot("elu"), make_organisation(kind=kind), today=TODAY)

    assert len(territory.in_office) == 1


@pytest.mark.parametrize("since", [date(2020, 9, 2), date(2018, 11, 21), date(1, 1, 1), date(9999, 12, 31)])
def test_a_mandate_begins_between_the_programme_and_today(since: date) -> None:
    with pytest.raises(DayNotPlausible):
        appoint(make_territory(), make_pilot(since=since), make_organisation(), today=TODAY)


def test_a_mandate_that_ended_is_over_from_that_day_on() -> None:
    territory, pilot = make_territory(), make_pilot(since=date(2019, 3, 25))
    territory.pilots.append(pilot)

    end(territory, pilot, on=date(2020, 7, 15), today=TODAY)

    assert pilots_on(territory, date(2020, 7, 14)) == [pilot]
    assert pilots_on(territory, date(2020, 7, 15)) == []
    assert territory.in_office == []


def test_a_mandate_ends_once() -> None:
    territory, pilot = make_territory(), make_pilot(until=date(2020, 1, 1))

    with pytest.raises(PilotNotInOffice):
        end(territory, pilot, on=TODAY, today=TODAY)


def test_a_mandate_does_not_end_before_it_began() -> None:
    territory, pilot = make_territory(), make_pilot(since=date(2019, 3, 25))

    with pytest.raises(DayNotPlausible):
        end(territory, pilot, on=date(2019, 3, 24), today=TODAY)


def test_both_facts_of_a_replacement_state_who_is_in_office_after_it() -> None:
    territory = make_territory()
    former, successor = make_pilot(), make_pilot(person=SOMEBODY_ELSE, since=date(2020, 7, 15))
    territory.pilots.append(former)
    end(territory, former, on=date(2020, 7, 15), today=TODAY)
    appoint(territory, successor, make_organisation(), today=TODAY)

    left, came = replaced(territory, former, successor.id), appointed(territory, successor)

    assert left.successor_id == came.pilot_id == successor.id
    assert [one.person_id for one in left.in_office] == [one.person_id for one in came.in_office] == [SOMEBODY_ELSE]
    assert left.regions == ["75", "76"]
    assert came.organisations == [PAU_BEARN]
