"""Random histories of perimeters: on each day, each rule holds."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as some

from services.territory.errors import DayNotPlausible, NothingChanges, PerimeterConflict
from services.territory.models import Territory
from services.territory.rules.days import first_day, is_open_on, members_on
from services.territory.rules.perimeters import change, correct, holdings, require_sound
from services.territory.rules.territories import close
from shared.problem import Refusal
from tests.services.territory.makers import make_member, make_organisation, make_territory

FIRST: Final = date(2018, 11, 22)
DAYS: Final = 12
COMMUNE: Final = "216404459"
EPCI: Final = "200067254"
BODIES: Final = (EPCI, COMMUNE, "200067262", "200000628", "200000172")
KEYS: Final = ("2018-ti-7505", "2018-ti-7506")

bodies = some.sampled_from(BODIES)
days = some.integers(0, DAYS - 1).map(lambda number: FIRST + timedelta(days=number))
intervals = some.lists(some.tuples(some.none() | days, some.none() | days), max_size=2)
acts = some.one_of(
    some.tuples(some.just("change"), some.lists(bodies, max_size=2), some.lists(bodies, max_size=2), days),
    some.tuples(some.just("correct"), some.dictionaries(bodies, intervals, min_size=1, max_size=2)),
    some.tuples(some.just("close"), days),
)


def within(siren: str) -> list[str]:
    """The bodies that contain a body."""
    return [EPCI] if siren == COMMUNE else []


def play(territory: Territory, others: list[Territory], act: tuple[Any, ...]) -> None:
    """Do one act, and check its result as the commands do."""
    kind, *values = act
    geography = {siren: make_member(siren, within=within(siren)).geography for siren in BODIES}
    if kind == "change":
        enters, leaves, on = values
        named = {siren: make_organisation(siren) for siren in enters}
        change(territory, enters=named, leaves=leaves, on=on, geography=geography)
    elif kind == "correct":
        [corrected] = values
        correct(territory, corrected, {siren: make_organisation(siren) for siren in corrected}, geography)
    else:
        close(territory, on=values[0], today=FIRST + timedelta(days=DAYS))
    require_sound(territory, [holding for other in others for holding in holdings(other)])


def copy_of(territory: Territory) -> Territory:
    """A territory with the same memberships, to be changed or thrown away."""
    copied = make_territory(
        *(
            make_member(each.siren, entered_on=each.entered_on, left_on=each.left_on, within=within(each.siren))
            for each in territory.memberships
        ),
        key=territory.key,
    )
    copied.closed_on = territory.closed_on
    return copied


def present(territories: list[Territory], day: date) -> Iterator[tuple[str, str]]:
    """Yield each member of each territory that is open on a day."""
    for territory in territories:
        if is_open_on(territory, day):
            yield from ((member.siren, territory.key) for member in members_on(territory, day))


@given(some.lists(some.tuples(some.sampled_from(KEYS), acts), max_size=12))
def test_on_each_day_a_body_is_a_member_once_and_a_territory_has_a_member(history: list[tuple[str, Any]]) -> None:
    territories = {KEYS[0]: make_territory(make_member("200067262"), key=KEYS[0])}
    territories[KEYS[1]] = make_territory(make_member("200000172"), key=KEYS[1])
    for key, act in history:
        changed = copy_of(territories[key])
        try:
            play(changed, [other for other in territories.values() if other.key != key], act)
        except (PerimeterConflict, NothingChanges, DayNotPlausible):
            continue
        except Refusal:
            assert territories[key].closed_on is not None
            continue
        territories[key] = changed

    every = list(territories.values())
    for number in range(DAYS + 1):
        day = FIRST + timedelta(days=number)
        sirens = [siren for siren, _ in present(every, day)]
        assert len(sirens) == len(set(sirens)), f"twice on {day}"
        assert not {EPCI, COMMUNE} <= set(sirens), f"a commune beside its intercommunality on {day}"
        assert {key for _, key in present(every, day)} == {each.key for each in every if is_open_on(each, day)}
        assert all(first_day(each) <= (member.entered_on or day) for each in every for member in each.memberships)
