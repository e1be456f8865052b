"""Territories: their names, days, place."""

from datetime import date

import pytest

from services.territory.errors import (
    DayNotPlausible,
    LeadRegionElsewhere,
    TerritoryAmbiguous,
    TerritoryClosed,
    TerritoryNotYetDesignated,
)
from services.territory.rules.counts import count_territories
from services.territory.rules.days import (
    existed_on,
    members_on,
    require_designated,
    require_open_on,
    require_readable,
)
from services.territory.rules.places import TerritoryOnDay, settle
from services.territory.rules.territories import (
    close,
    is_key,
    perimeter_changed,
    require_lead,
    require_one,
)
from tests.services.territory.makers import TODAY, make_member, make_territory
from tests.services.territory.places import HAUT_BEARN, LACQ_PAU_TARBES, PAU_BEARN

SEPTEMBER = date(2019, 9, 24)


def test_a_key_carries_its_phase() -> None:
    assert is_key("2018-ti-7505")
    assert not is_key("ti-7505")


def test_a_code_of_both_phases_is_refused_with_both_keys() -> None:
    with pytest.raises(TerritoryAmbiguous, match="2018-ti-7505 or 2023-ti-7505") as refusal:
        require_one("ti-7505", ["2018-ti-7505", "2023-ti-7505"])

    assert refusal.value.members == {"keys": ["2018-ti-7505", "2023-ti-7505"]}


def test_a_code_of_one_phase_is_a_name() -> None:
    require_one("ti-8422", ["2023-ti-8422"])


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
    require_designated(make_territory(), date(2018, 11, 22))

    with pytest.raises(TerritoryNotYetDesignated):
        require_designated(make_territory(), date(2018, 11, 21))


def test_a_territory_added_later_did_not_exist_before_that_day() -> None:
    territory = make_territory()
    territory.designated_on = SEPTEMBER

    with pytest.raises(TerritoryNotYetDesignated, match="2019-09-24"):
        require_designated(territory, date(2019, 9, 23))


def test_a_closed_territory_keeps_its_last_members() -> None:
    left, stays = make_member(HAUT_BEARN, left_on=SEPTEMBER), make_member(PAU_BEARN)
    territory = make_territory(left, stays)
    territory.closed_on = SEPTEMBER

    assert members_on(territory, SEPTEMBER) == members_on(territory, TODAY) == [left, stays]
    assert TerritoryOnDay.of(territory, date(2019, 9, 23)).status == "open"
    assert TerritoryOnDay.of(territory, SEPTEMBER).status == "closed"


@pytest.mark.parametrize(
    ("day", "says"), [(date(2018, 11, 21), "exists since 2018-11-22"), (SEPTEMBER, "was closed on 2019-09-24")]
)
def test_a_fact_of_a_territory_is_on_a_day_of_its_life(day: date, says: str) -> None:
    territory = make_territory()
    territory.closed_on = SEPTEMBER
    require_open_on(territory, date(2019, 9, 23), field="since")

    with pytest.raises(DayNotPlausible, match=says):
        require_open_on(territory, day, field="since")


SOMME = ["80", "32", 2, 900, 900, 900.0, 45_000.0]
SEINE_MARITIME = ["76", "28", 1, 100, 100, 200.0, 5_100.0]


def test_the_lead_region_stays_first_even_if_most_live_in_another() -> None:
    territory = make_territory(make_member(PAU_BEARN, areas=[SOMME]), make_member(HAUT_BEARN, areas=[SEINE_MARITIME]))

    settle(territory, lead="28", today=TODAY)

    assert territory.regions == ["28", "32"]
    assert territory.departements == ["80", "76"]
    assert (territory.commune_count, territory.population) == (3, 1000)
    assert (territory.lon, territory.lat) == (1.1, 50.1)


def test_a_region_leads_only_while_a_member_lies_in_it() -> None:
    territory = make_territory(
        make_member(PAU_BEARN, areas=[SOMME, SEINE_MARITIME]),
        make_member(HAUT_BEARN, areas=[["84", "93", 1, 50, 50, 100.0, 2_500.0]], entered_on=SEPTEMBER),
        regions=("93", "32", "28"),
    )

    regions = [TerritoryOnDay.of(territory, day).place.regions for day in (date(2019, 9, 23), SEPTEMBER)]

    assert regions == [["32", "28"], ["93", "32", "28"]]


def test_a_region_leads_a_territory_whose_members_have_no_known_place() -> None:
    territory = make_territory(make_member(areas=[]), regions=("75",))

    assert TerritoryOnDay.of(territory, SEPTEMBER).place.regions == ["75"]


def test_the_place_of_a_day_is_that_of_its_members() -> None:
    territory = make_territory(
        make_member(PAU_BEARN, areas=[SOMME], left_on=SEPTEMBER), make_member(HAUT_BEARN, areas=[SEINE_MARITIME])
    )

    before, after = (TerritoryOnDay.of(territory, day).place for day in (date(2019, 9, 23), SEPTEMBER))

    assert (before.population, before.departements) == (1000, ["80", "76"])
    assert (after.population, after.departements) == (100, ["76"])


@pytest.mark.parametrize("day", [date(2018, 11, 22), date(2020, 9, 2)], ids=["its first day", "a future day"])
def test_a_territory_closes_after_its_first_day_and_not_in_the_future(day: date) -> None:
    territory = make_territory()

    with pytest.raises(DayNotPlausible):
        close(territory, on=day, today=TODAY)

    assert territory.closed_on is None


def test_a_closed_territory_is_not_closed_again() -> None:
    territory = make_territory()
    close(territory, on=SEPTEMBER, today=TODAY)

    with pytest.raises(TerritoryClosed):
        close(territory, on=TODAY, today=TODAY)


def test_the_lead_region_is_one_in_which_a_member_lies() -> None:
    require_lead("28", {"28", "32"})

    with pytest.raises(LeadRegionElsewhere, match="28, 32"):
        require_lead("75", {"28", "32"})


def test_unknown_days_of_designation_give_bounds() -> None:
    known, unknown = make_territory(), make_territory(key="2018-ti-7506")
    known.designated_on = SEPTEMBER
    territories = [known, unknown]

    def counted(day: date) -> dict[str, int]:
        counts = count_territories(TerritoryOnDay.of(each, day) for each in territories if existed_on(each, day))
        return {name: counts[name] for name in ("known", "unknown", "at_least", "at_most")}

    assert counted(date(2018, 11, 21)) == {"known": 0, "unknown": 0, "at_least": 0, "at_most": 0}
    assert counted(date(2018, 11, 22)) == {"known": 0, "unknown": 1, "at_least": 0, "at_most": 1}
    assert counted(SEPTEMBER) == {"known": 1, "unknown": 1, "at_least": 1, "at_most": 2}
    assert counted(date(2022, 12, 31)) == {"known": 1, "unknown": 1, "at_least": 2, "at_most": 2}


def test_members_that_left_are_stakeholders_of_the_event() -> None:
    territory = make_territory(make_member(PAU_BEARN), make_member(HAUT_BEARN, left_on=SEPTEMBER))
    territory.wave, territory.closed_on = "pilot", TODAY

    event = perimeter_changed(territory, on=SEPTEMBER, left=[HAUT_BEARN])

    assert event.territory == LACQ_PAU_TARBES
    assert event.organisations == [PAU_BEARN, HAUT_BEARN]
    assert [(member.siren, member.left_on) for member in event.members] == [(PAU_BEARN, None), (HAUT_BEARN, SEPTEMBER)]
    assert (event.wave, event.closed_on) == ("pilot", TODAY)
