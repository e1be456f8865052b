"""The bounds of recorded facts hold whatever the true days are."""

from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from services.contract.rules.records import SIGNATURES, Bounds, RecordedSignature, count

FIRST = date(2018, 11, 22)
TERRITORIES = ("2018-ti-7504", "2018-ti-7505")


def day(number: int) -> date:
    """Return the day after a number of days."""
    return FIRST + timedelta(days=number)


@st.composite
def stated(draw: st.DrawFn) -> tuple[set[tuple[str, str, date]], list[RecordedSignature]]:
    """Draw true signatures, and records of them that give their day exactly, as a range, or not at all."""
    facts = draw(st.lists(st.tuples(st.sampled_from(TERRITORIES), st.integers(0, 40)), max_size=5, unique=True))
    truth: set[tuple[str, str, date]] = set()
    records: list[RecordedSignature] = []
    owners: dict[RecordedSignature, int] = {}
    for territory, number in facts:
        kind = draw(st.sampled_from(SIGNATURES))
        truth.add((territory, kind, day(number)))
        for form in draw(st.lists(st.sampled_from(["exact", "range", "unknown"]), min_size=1, max_size=3)):
            first = FIRST if form == "unknown" else day(number)
            last: date | None = None if form == "unknown" else day(number)
            if form == "range":
                # A range of one day would be an exact one.
                first, last = day(draw(st.integers(0, number))), day(number + draw(st.integers(1, 20)))
            records.append(RecordedSignature(territory, kind, first, last))
            # Records with one key are of one fact.
            assume(owners.setdefault(records[-1], number) == number)
    return truth, records


@given(stated(), st.integers(0, 60))
def test_the_true_number_of_the_recorded_facts_is_between_their_bounds(
    made: tuple[set[tuple[str, str, date]], list[RecordedSignature]], number: int
) -> None:
    truth, records = made
    as_of = day(number)

    found = count(records, as_of=as_of)

    for kind in SIGNATURES:
        happened = [fact for fact in truth if fact[1] == kind and fact[2] <= as_of]
        assert found[kind].certain <= len(happened) <= found[kind].possible


@given(stated(), st.integers(0, 60))
def test_bounds_never_shrink_and_do_not_depend_on_the_order(
    made: tuple[set[tuple[str, str, date]], list[RecordedSignature]], number: int
) -> None:
    _, records = made

    now, next_day = count(records, as_of=day(number)), count(records, as_of=day(number + 1))

    assert now == count([*reversed(records), *records], as_of=day(number))
    for kind in SIGNATURES:
        assert now[kind].certain <= next_day[kind].certain
        assert now[kind].possible <= next_day[kind].possible


def test_exact_days_and_ranges_of_one_territory_and_of_two() -> None:
    exact = RecordedSignature(TERRITORIES[0], "protocol", day(10), day(10))
    before = RecordedSignature(TERRITORIES[0], "protocol", FIRST, day(20))
    elsewhere = RecordedSignature(TERRITORIES[1], "protocol", FIRST, day(20))
    later = RecordedSignature(TERRITORIES[0], "protocol", day(15), day(30))

    assert count([exact, before], as_of=day(20))["protocol"] == Bounds(1, 2)
    assert count([exact, elsewhere], as_of=day(20))["protocol"] == Bounds(2, 2)
    assert count([exact, before, later], as_of=day(30))["protocol"] == Bounds(2, 3)
    assert count([exact, before], as_of=day(9))["protocol"] == Bounds(0, 1)
