"""The pair of pilots: one élu and one industriel at a time."""

from datetime import date

import pytest

from services.territory.errors import (
    CapacityNotFitting,
    DayNotPlausible,
    MandatesExhausted,
    NothingChanges,
    OrganisationElsewhere,
    PersonInBothSeats,
    PilotInOffice,
    PilotNotInOffice,
)
from services.territory.rules.mandates import (
    MANDATES_AT_MOST,
    appoint,
    appointed,
    cancel,
    correct,
    corrected,
    end,
    pilots_on,
    replaced,
)
from shared.events.territory import IN_OFFICE_AT_MOST, PAIR_MANDATES_AT_MOST
from shared.ids import uuid7
from tests.services.territory.makers import (
    SOMEBODY_ELSE,
    TODAY,
    make_company,
    make_member,
    make_organisation,
    make_pilot,
    make_territory,
)
from tests.services.territory.places import COMPANY, HAUT_BEARN, LACQ_PAU_TARBES_AGAIN, PAU_BEARN, RHONE_LEZ


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
        appoint(territory, make_pilot("industriel", person=SOMEBODY_ELSE), make_company(), today=TODAY)


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


def test_a_seat_is_taken_on_each_day_of_a_mandate_even_of_one_that_has_ended() -> None:
    territory, first = make_territory(), make_pilot(until=date(2020, 1, 1))
    appoint(territory, first, make_organisation(), today=TODAY)

    with pytest.raises(PilotInOffice, match=f"On 2019-06-01.*{first.id} of {PAU_BEARN}") as refused:
        appoint(
            territory,
            make_pilot(person=SOMEBODY_ELSE, since=date(2019, 6, 1)),
            make_organisation(),
            today=TODAY,
        )
    appoint(territory, make_pilot(person=SOMEBODY_ELSE, since=date(2020, 1, 1)), make_organisation(), today=TODAY)

    assert refused.value.members == {"pilot_id": str(first.id), "day": "2019-06-01", "organisation": PAU_BEARN}
    assert [len(pilots_on(territory, day)) for day in (date(2019, 12, 31), date(2020, 1, 1))] == [1, 1]


def test_an_earlier_mandate_is_recorded_afterwards_with_its_end() -> None:
    territory = make_territory()
    appoint(territory, make_pilot(since=date(2020, 1, 1)), make_organisation(), today=TODAY)
    earlier = make_pilot(person=SOMEBODY_ELSE, since=date(2019, 3, 25))

    with pytest.raises(PilotInOffice, match="On 2020-01-01"):
        appoint(territory, earlier, make_organisation(), today=TODAY)
    earlier.until = date(2020, 1, 1)
    appoint(territory, earlier, make_organisation(), today=TODAY)

    assert pilots_on(territory, date(2019, 12, 31)) == [earlier]


def test_one_person_never_sits_in_both_seats_on_the_same_day() -> None:
    territory = make_territory()
    appoint(territory, make_pilot("elu", until=date(2020, 1, 1)), make_organisation(), today=TODAY)

    with pytest.raises(PersonInBothSeats, match="On 2019-12-31"):
        appoint(
            territory,
            make_pilot("industriel", organisation=COMPANY, since=date(2019, 12, 31)),
            make_company(),
            today=TODAY,
        )
    appoint(
        territory,
        make_pilot("industriel", organisation=COMPANY, since=date(2020, 1, 1)),
        make_company(),
        today=TODAY,
    )

    assert len(territory.pilots) == 2


def test_a_mandate_has_one_day_at_least() -> None:
    territory, pilot = make_territory(), make_pilot()
    territory.pilots.append(pilot)

    with pytest.raises(DayNotPlausible) as refused:
        end(territory, pilot, on=pilot.since, today=TODAY)

    assert refused.value.errors[0].pointer == "/on"


def test_a_mandate_does_not_begin_before_its_territory_existed() -> None:
    with pytest.raises(DayNotPlausible, match="2023-11-09"):
        appoint(
            make_territory(key=LACQ_PAU_TARBES_AGAIN),
            make_pilot(since=date(2019, 3, 25)),
            make_organisation(),
            today=date(2024, 1, 1),
        )
    designated = make_territory()
    designated.designated_on = date(2019, 9, 24)
    with pytest.raises(DayNotPlausible, match="2019-09-24"):
        appoint(designated, make_pilot(), make_organisation(), today=TODAY)


def test_a_mandate_does_not_begin_once_its_territory_is_closed() -> None:
    closed = make_territory()
    closed.closed_on = date(2020, 1, 1)

    with pytest.raises(DayNotPlausible, match="closed on 2020-01-01"):
        appoint(closed, make_pilot(since=date(2020, 1, 1)), make_organisation(), today=TODAY)
    appoint(closed, make_pilot(since=date(2019, 12, 31)), make_organisation(), today=TODAY)

    assert closed.pilots


def test_an_elu_comes_from_the_territory() -> None:
    members = make_member(PAU_BEARN), make_member(HAUT_BEARN, left_on=date(2019, 6, 1))
    commune = make_organisation("216404459", kind="commune", name="Pau")

    for body, ties in ((commune, {PAU_BEARN}), (make_organisation(kind="region", region="76"), set())):
        territory = make_territory(*members)
        appoint(territory, make_pilot(organisation=body.siren), body, today=TODAY, ties=ties)
        assert territory.in_office
    for body, ties in (
        (make_organisation(RHONE_LEZ), set()),
        (commune, {RHONE_LEZ}),
        (make_organisation(kind="region", region="53"), set()),
        (make_organisation(kind="other", region=None), set()),
    ):
        with pytest.raises(OrganisationElsewhere):
            appoint(make_territory(*members), make_pilot(organisation=body.siren), body, today=TODAY, ties=ties)


def test_an_elu_comes_from_the_territory_on_each_day_of_the_mandate() -> None:
    members, left = (make_member(PAU_BEARN), make_member(HAUT_BEARN, left_on=date(2019, 6, 1))), date(2019, 6, 1)
    body = make_organisation(HAUT_BEARN)

    appoint(make_territory(*members), make_pilot(organisation=HAUT_BEARN, until=left), body, today=TODAY)
    for since, until in ((left, None), (date(2019, 3, 25), None), (date(2019, 3, 25), date(2019, 6, 2))):
        late = make_pilot(organisation=HAUT_BEARN, since=since, until=until)
        with pytest.raises(OrganisationElsewhere, match="on 2019-06-01"):
            appoint(make_territory(*members), late, body, today=TODAY)


def test_regions_and_departements_are_those_of_the_members_of_the_day() -> None:
    came = date(2019, 9, 24)
    far = make_member(RHONE_LEZ, entered_on=came, areas=[["84", "93", 5, 24_000, 24_000, 0.0, 0.0]])
    paca = make_organisation("231300021", kind="region", name="Région PACA", region="93")
    vaucluse = make_organisation("228400016", kind="departement", name="Département", region="93")
    vaucluse.departement_codes = ["84"]
    company = make_organisation(COMPANY, kind="company", region="93")

    for capacity, body in (("elu", paca), ("elu", vaucluse), ("industriel", company)):
        early = make_pilot(capacity, organisation=body.siren, since=date(2019, 9, 23))
        with pytest.raises(OrganisationElsewhere, match="on 2019-09-23"):
            appoint(make_territory(make_member(), far), early, body, today=TODAY)
        fitting = make_pilot(capacity, organisation=body.siren, since=came)
        appoint(territory := make_territory(make_member(), far), fitting, body, today=TODAY)
        assert territory.pilots == [fitting]


@pytest.mark.parametrize(("departements", "fits"), [(["64"], True), (["33"], False), ([], True)])
def test_an_elu_of_a_departement_comes_from_one_of_the_territory(departements: list[str], fits: bool) -> None:
    body = make_organisation("226400014", kind="departement", name="Département")
    body.departement_codes = departements
    territory = make_territory()

    if not fits:
        with pytest.raises(OrganisationElsewhere, match="64, 65"):
            appoint(territory, make_pilot(organisation=body.siren), body, today=TODAY)
        return
    appoint(territory, make_pilot(organisation=body.siren), body, today=TODAY)

    assert territory.in_office


def test_an_industriel_of_another_region_is_refused_and_one_of_none_is_not() -> None:
    company = make_company()
    company.region_code = "53"
    with pytest.raises(OrganisationElsewhere):
        appoint(make_territory(), make_pilot("industriel", organisation=COMPANY), company, today=TODAY)
    company.region_code = None

    appoint(territory := make_territory(), make_pilot("industriel", organisation=COMPANY), company, today=TODAY)

    assert territory.in_office


def test_a_mandate_that_was_recorded_wrongly_is_corrected_with_the_same_guards() -> None:
    territory, first = make_territory(), make_pilot(until=date(2020, 1, 1))
    second = make_pilot(person=SOMEBODY_ELSE, since=date(2020, 1, 1))
    for pilot in (first, second):
        appoint(territory, pilot, make_organisation(), today=TODAY)

    correct(territory, first, {"until": date(2019, 12, 1)}, make_organisation(), today=TODAY)
    event = corrected(territory, first, former=PAU_BEARN)

    assert pilots_on(territory, date(2019, 12, 31)) == []
    assert (event.until, event.is_cancelled) == (date(2019, 12, 1), False)
    assert [mandate.until for mandate in event.mandates or ()] == [date(2019, 12, 1), None]
    for wrong, refusal in (
        ({}, NothingChanges),
        ({"since": first.since, "organisation_siren": PAU_BEARN}, NothingChanges),
        ({"until": None}, PilotInOffice),
        ({"until": date(2019, 3, 25)}, DayNotPlausible),
        ({"since": date(2018, 11, 21)}, DayNotPlausible),
    ):
        with pytest.raises(refusal):
            correct(territory, first, wrong, make_organisation(), today=TODAY)


def test_a_cancelled_mandate_counts_on_no_day_and_frees_its_seat() -> None:
    territory, pilot = make_territory(), make_pilot()
    appoint(territory, pilot, make_organisation(), today=TODAY)

    cancel(territory, pilot)
    event = corrected(territory, pilot, former=PAU_BEARN)

    assert (event.is_cancelled, event.mandates, event.in_office) == (True, [], [])
    assert event.organisations == [PAU_BEARN]
    appoint(territory, make_pilot(person=SOMEBODY_ELSE), make_organisation(), today=TODAY)
