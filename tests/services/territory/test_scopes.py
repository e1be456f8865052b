"""Years of the nation compare over the départements that all of them cover."""

from fractions import Fraction

from services.territory.rules.scopes import CountByYear, comparable

F = Fraction
JOBS = CountByYear(
    {2008: F(300), 2018: F(360)},
    {2008: {"64": F(100), "65": F(200)}, 2018: {"64": F(110), "65": F(200), "976": F(50)}},
)


def test_a_departement_that_a_year_lacks_is_left_out_of_all() -> None:
    found = comparable(JOBS.whole, [JOBS], "thousand_persons")

    assert found.points == {2008: F(300), 2018: F(310)}
    assert found.absent == {"976": [2008]}


def test_years_of_the_same_departements_stay_as_they_are() -> None:
    same = CountByYear({2016: F(9), 2023: F(10)}, {2016: {"64": F(9)}, 2023: {"64": F(10)}})
    found = comparable(same.whole, [same], "persons")

    assert (found.points, found.absent) == (same.whole, {})


def test_values_without_departements_stay_as_they_are() -> None:
    national = CountByYear({1950: F(9), 2011: F(10)}, {})

    assert comparable(national.whole, [national], "persons").points == national.whole
    assert comparable(national.whole, [], "pct").points == national.whole


def test_departements_that_do_not_add_up_say_nothing_of_the_scope() -> None:
    some = CountByYear({2008: F(300), 2018: F(360)}, {2018: {"64": F(110)}})

    assert comparable(some.whole, [some], "persons").points == some.whole


def test_a_year_of_unknown_scope_compares_with_none_once_others_differ() -> None:
    count = CountByYear({**JOBS.whole, 2023: F(400)}, {**JOBS.parts, 2023: {"64": F(1)}})

    assert sorted(comparable(count.whole, [count], "persons").points) == [2008, 2018]


def test_a_ratio_is_that_of_the_counts_without_the_departement() -> None:
    industry = CountByYear(
        {2008: F(30), 2018: F(36)},
        {2008: {"64": F(10), "65": F(20)}, 2018: {"64": F(11), "65": F(20), "976": F(5)}},
    )
    published = {year: industry.whole[year] / JOBS.whole[year] * 100 for year in (2008, 2018)}
    found = comparable(published, [industry, JOBS], "pct")

    assert found.points == {2008: F(10), 2018: F(10)}
    assert found.absent == {"976": [2008]}


def test_rounded_departements_add_up() -> None:
    rounded = CountByYear(
        {2008: F("1000.1"), 2018: F("1001.1")},
        {2008: {"64": F(1000)}, 2018: {"64": F(1000), "976": F(1)}},
    )

    assert comparable(rounded.whole, [rounded], "persons").absent == {"976": [2008]}
