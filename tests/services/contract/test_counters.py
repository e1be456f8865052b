"""Counts of several days are those of each day, and cost one short statement."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event

from services.contract import queries
from services.contract.app import service
from services.contract.models import ProgressCounter
from services.contract.queries import counters
from services.contract.rules.progress import NATION, grains
from shared.clock import today
from shared.settings import Settings
from shared.storage.database import Database
from tests.services.contract.driver import Driver, new_place
from tests.services.contract.test_ends_api import WHY
from tests.support.harness import ON_SQLITE, TEAM, migrated

FIRST, LAST = date(2018, 11, 22), date(2026, 12, 31)
MEASURES = ("synthetic:one", "synthetic:two")
MONTH_ENDS = [
    first - timedelta(days=1) for year in range(2019, 2028) for month in range(1, 13) if (first := date(year, month, 1))
]


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The database of one test."""
    async with migrated(service, settings) as database:
        yield database


def some_day(random: Random) -> date:
    """Return a day of the programme; the ends of months and years are frequent."""
    day = FIRST + timedelta(days=random.randrange((LAST - FIRST).days))
    return random.choice([day, *random.choices(MONTH_ENDS, k=1), date(day.year, 12, 31), date(day.year, 1, 1)])


@contextmanager
def statements(database: Database) -> Iterator[list[Any]]:
    """The parameters of each statement that has some."""
    found: list[Any] = []

    def keep(*given: Any) -> None:
        if given[3]:
            found.append(given[3])

    event.listen(database.engine.sync_engine, "before_cursor_execute", keep)
    yield found
    event.remove(database.engine.sync_engine, "before_cursor_execute", keep)


@pytest.mark.parametrize("seed", range(5))
async def test_counts_of_several_days_are_the_sums_of_the_changes_by_each(database: Database, seed: int) -> None:
    random = Random(seed)
    changes = [
        (some_day(random), random.choice(MEASURES), random.choice(["", "recruter"]), random.randint(-3, 9))
        for _ in range(200)
    ]
    stored: Counter[tuple[str, date, str, str]] = Counter()
    for day, measure, axis, count in changes:
        for grain, start in grains(day):
            stored[grain, start, measure, axis] += count
    async with database.writing() as session:
        session.add_all(
            ProgressCounter(grain=grain, start=start, measure=measure, phase="2018", region=region, axis=axis, count=n)
            for (grain, start, measure, axis), count in stored.items()
            for region, n in ((NATION, count), ("75", 1_000_000))
        )
    days = {FIRST, LAST, date(2020, 2, 29), *(some_day(random) for _ in range(40))}

    async with database.reading() as session:
        found = await counters.counts_by_day(session, days, measures=MEASURES, phase="2018")

    for day in days:
        expected = {name: sum(n for on, measure, _, n in changes if on <= day and measure == name) for name in MEASURES}
        assert {name: found[day].get(name, 0) for name in MEASURES} == expected, day


@ON_SQLITE
async def test_the_way_of_eight_years_to_a_target_is_one_short_statement(database: Database) -> None:
    async with database.reading() as session:
        with statements(database) as executed:
            await counters.counts_by_day(session, MONTH_ENDS, measures=MEASURES, phase="2018")

        [parameters] = executed
        assert len(parameters) < 20


def test_an_event_that_is_applied_late_changes_no_later_state(settings: Settings) -> None:
    """A parked event holds up no others: its replay comes after them."""
    with closing(Driver(settings)) as driver:
        place = new_place()
        driver.arrive(place.designated(), *place.appointed())
        contract_id = driver.draft(territory=place.key)
        assert driver.act("cancel", TEAM, contract_id, WHY) is None
        opened, cancelled = driver.published(contract_id)

        driver.arrive(cancelled)
        driver.arrive(opened)

        found = driver.read(lambda session: queries.read_progress(session, as_of=today(), region=None, phase="2018"))
    counted = {state: number for state, number in found["total"]["contracts"].items() if number}
    assert counted == {"cancelled": 1}
