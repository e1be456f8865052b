"""Waves of a territory by day: what was recorded of them before, and what moves them."""

from datetime import date
from typing import Any

import pytest

from services.territory.models import DatedWave, Territory
from services.territory.rules.places import TerritoryOnDay
from services.territory.rules.territories import designated, move_designation, set_wave
from services.territory.rules.waves import is_pilot_on, pilot_from, state_pilot
from tests.services.territory.makers import make_territory

ANNOUNCED = date(2018, 11, 22)
FIRST, SECOND = date(2019, 1, 30), date(2019, 3, 6)
SOURCE = "liste (synthétique)"


def unnamed() -> Territory:
    """A territory that no source names a pilot."""
    territory = make_territory()
    territory.is_named_pilot, territory.is_pilot = False, None
    return territory


def test_a_wave_counts_from_its_day_until_the_next_one() -> None:
    territory = unnamed()
    set_wave(territory, "prefiguration", on=FIRST, source=SOURCE)
    set_wave(territory, "deployment", on=SECOND, source=SOURCE)

    waves = [TerritoryOnDay.of(territory, day).wave for day in (ANNOUNCED, FIRST, date(2019, 3, 5), SECOND)]

    assert waves == [None, "prefiguration", "prefiguration", "deployment"]
    assert (territory.wave, territory.wave_from, territory.wave_source) == ("deployment", SECOND, SOURCE)
    assert (territory.is_pilot, territory.pilot_source, pilot_from(territory)) == (None, None, None)


def test_a_wave_without_a_day_counts_on_every_day_until_the_next_one() -> None:
    territory = unnamed()
    set_wave(territory, "prefiguration", on=FIRST, source=SOURCE)
    set_wave(territory, "pilot", on=None, source=SOURCE)
    set_wave(territory, "deployment", on=SECOND, source="autre liste (synthétique)")

    assert [TerritoryOnDay.of(territory, day).wave for day in (ANNOUNCED, SECOND)] == ["pilot", "deployment"]
    assert (territory.is_pilot, territory.pilot_source, pilot_from(territory)) == (True, SOURCE, None)
    assert is_pilot_on(territory, ANNOUNCED) is True


def test_the_first_day_as_a_pilot_is_that_of_the_first_pilot_wave() -> None:
    territory = unnamed()
    set_wave(territory, "pilot", on=FIRST, source=SOURCE)
    set_wave(territory, "deployment", on=SECOND, source=SOURCE)

    assert pilot_from(territory) == FIRST
    assert [is_pilot_on(territory, day) for day in (ANNOUNCED, FIRST, SECOND)] == [None, True, True]


def test_a_documented_pilot_stays_one_whatever_its_waves() -> None:
    territory = make_territory()
    state_pilot(territory, is_pilot=True, source="pau.fr")
    set_wave(territory, "deployment", on=None, source=SOURCE)
    set_wave(territory, "pilot", on=SECOND, source=SOURCE)

    assert (territory.is_pilot, territory.pilot_source, pilot_from(territory)) == (True, "pau.fr", None)
    assert is_pilot_on(territory, ANNOUNCED) is True


def test_the_reference_data_leave_waves_with_a_day() -> None:
    territory = unnamed()
    set_wave(territory, "deployment", on=SECOND, source=SOURCE)

    state_pilot(territory, is_pilot=True, source="pau.fr")
    assert [(wave["wave"], wave["since"]) for wave in territory.waves] == [
        ("pilot", None),
        ("deployment", "2019-03-06"),
    ]
    assert (territory.wave, territory.is_pilot, territory.pilot_source) == ("deployment", True, "pau.fr")

    state_pilot(territory, is_pilot=False, source=None)
    assert [wave["wave"] for wave in territory.waves] == ["deployment"]
    assert (territory.is_pilot, territory.pilot_source) == (None, None)


@pytest.mark.parametrize(
    ("designated_on", "waves"),
    [
        (date(2019, 1, 10), [("prefiguration", "2019-01-10"), ("deployment", "2019-03-06")]),
        (date(2019, 2, 10), [("prefiguration", "2019-02-10"), ("deployment", "2019-03-06")]),
        (SECOND, [("deployment", "2019-03-06")]),
    ],
    ids=["earlier", "later", "the day of the next wave"],
)
def test_the_wave_of_the_designation_moves_with_it(designated_on: date, waves: list[tuple[str, str]]) -> None:
    territory = unnamed()
    territory.designated_on = FIRST
    set_wave(territory, "prefiguration", on=FIRST, source=SOURCE)
    set_wave(territory, "deployment", on=SECOND, source=SOURCE)

    territory.designated_on = designated_on
    move_designation(territory, FIRST)

    assert [(wave["wave"], wave["since"]) for wave in territory.waves] == waves
    assert (territory.wave, territory.wave_from) == ("deployment", SECOND)


@pytest.mark.parametrize(
    ("recorded", "waves", "on_first_day"),
    [
        ({"wave": None, "is_pilot": None}, [], None),
        (
            {"wave": "pilot", "wave_source": "pau.fr", "is_pilot": True, "pilot_source": "pau.fr"},
            [DatedWave(wave="pilot", since=None, source="pau.fr")],
            True,
        ),
        (
            {"wave": "pilot", "wave_from": "2019-01-30", "wave_source": "a", "is_pilot": True, "pilot_source": "a"},
            [DatedWave(wave="pilot", since="2019-01-30", source="a")],
            None,
        ),
        (
            {"wave": "pilot", "wave_from": "2019-01-30", "wave_source": "a", "is_pilot": True, "pilot_source": "b"},
            [DatedWave(wave="pilot", since="2019-01-30", source="a")],
            True,
        ),
    ],
    ids=["no wave", "documented", "by its wave", "both"],
)
def test_a_snapshot_from_before_the_waves_has_its_last_one(
    recorded: dict[str, Any], waves: list[DatedWave], on_first_day: bool | None
) -> None:
    territory = make_territory()
    now_ = {name: value for name, value in territory.snapshot().items() if name not in ("waves", "is_named_pilot")}

    former = Territory.restored({**now_, "wave_from": None, "wave_source": None, "pilot_source": None, **recorded})
    former.programme_phase = territory.programme_phase

    assert former.waves == waves
    assert (former.is_pilot, is_pilot_on(former, ANNOUNCED)) == (recorded["is_pilot"], on_first_day)


def test_a_snapshot_keeps_every_wave() -> None:
    territory = unnamed()
    set_wave(territory, "pilot", on=FIRST, source=SOURCE)
    set_wave(territory, "deployment", on=SECOND, source=SOURCE)

    restored = Territory.restored(territory.snapshot())

    assert (restored.waves, restored.is_named_pilot) == (territory.waves, False)


def test_the_event_lists_the_waves_with_their_days() -> None:
    territory = unnamed()
    set_wave(territory, "pilot", on=None, source=SOURCE)
    set_wave(territory, "deployment", on=SECOND, source=SOURCE)

    event = designated(territory)

    assert [(wave.wave, wave.since) for wave in event.waves or ()] == [("pilot", None), ("deployment", SECOND)]
    assert (event.wave, event.is_pilot, event.pilot_from) == ("deployment", True, None)
