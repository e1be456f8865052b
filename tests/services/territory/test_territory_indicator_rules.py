"""Value of a territory from its places: exact sums, apportioning, weighted means, ratios, and what is not known."""

from fractions import Fraction
from typing import Any

import pytest

from services.territory.models import Indicator
from services.territory.rules.indicators import decimal_text
from services.territory.rules.territory_indicators import Member, Perimeter, territory_value, trend
from services.territory.rules.territory_indicators import PlaceInTerritory as Inside

COMMUNES = [
    Inside("commune", "10001", "Un", 600, 600),
    Inside("commune", "10002", "Deux", 400, 400),
]
EPCI = Inside("epci", "200000001", "CC", 3000, 3000)
PERIMETER = Perimeter(
    members=[Member(EPCI, "CC", "200000001", []), Member(None, "EPT", "200000002", COMMUNES)],
    employment_zones=[],
    departements=[
        Inside("departement", "10", "A", 3000, 12_000),
        Inside("departement", "11", "B", 1000, 2000),
    ],
)
OF_MEMBERS = {("epci", "200000001"): Fraction(30), ("commune", "10001"): Fraction(6), ("commune", "10002"): Fraction(4)}
OF_DEPARTEMENTS = {("departement", "10"): Fraction(100), ("departement", "11"): Fraction(20)}


def indicator(**changes: Any) -> Indicator:
    """Return a count, unless the test says otherwise."""
    return Indicator(**{"code": "essai", "kind": "count", "unit": "persons", "weighting": "population", **changes})


def value(of: Indicator, **values: Any) -> Any:
    """Return the value of the territory of the tests."""
    return territory_value(of, 2018, PERIMETER, values)


def test_a_count_is_the_exact_sum_of_its_members_and_of_the_communes_of_an_ept() -> None:
    made = value(indicator(), essai={**OF_MEMBERS, **OF_DEPARTEMENTS})

    assert (made.value, made.method, made.missing) == (40, "sum_of_members", [])
    assert [part.weight for part in made.parts] == [1, 1, 1]


def test_a_member_without_a_value_is_not_zero() -> None:
    known = {place: found for place, found in OF_MEMBERS.items() if place[1] != "10002"}
    made = value(indicator(), essai=known)

    assert (made.value, made.method) == (None, "sum_of_members")
    assert [place.name for place in made.missing] == ["Deux"]


def test_a_count_of_departements_is_apportioned_by_population() -> None:
    made = value(indicator(), essai=OF_DEPARTEMENTS)

    assert (made.value, made.method) == (100 * Fraction(1, 4) + 20 * Fraction(1, 2), "apportioned_by_population")
    assert [part.weight for part in made.parts] == [Fraction(1, 4), Fraction(1, 2)]


def test_an_indicator_without_weighting_is_not_apportioned() -> None:
    made = value(indicator(weighting="none"), essai=OF_DEPARTEMENTS)

    assert (made.value, made.method) == (None, "none")
    assert [place.code for place in made.missing] == ["200000001", "10001", "10002"]


def test_a_published_share_is_a_mean_weighted_by_population() -> None:
    made = value(indicator(kind="ratio", unit="pct"), essai=OF_DEPARTEMENTS)

    assert (made.value, made.method) == (100 * Fraction(3, 4) + 20 * Fraction(1, 4), "population_weighted")
    assert sum(part.weight for part in made.parts) == 1


def test_a_ratio_is_computed_from_its_sums_and_not_averaged() -> None:
    share = indicator(kind="ratio", unit="pct", numerator="above", denominator="below")
    made = value(share, above=OF_DEPARTEMENTS, below={key: 4 * found for key, found in OF_DEPARTEMENTS.items()})

    assert (made.value, made.method) == (25, "ratio_of_parts")
    uneven = {("departement", "10"): Fraction(200), ("departement", "11"): Fraction(200)}
    assert value(share, above=OF_DEPARTEMENTS, below=uneven).value == Fraction(35, 150) * 100


def test_a_ratio_is_made_of_one_kind_of_places() -> None:
    share = indicator(kind="ratio", unit="pct", numerator="above", denominator="below")
    made = value(share, above={**OF_MEMBERS, **OF_DEPARTEMENTS}, below=OF_DEPARTEMENTS)

    assert (made.value, made.basis) == (100, "departements")


def test_a_denominator_of_zero_makes_no_value() -> None:
    share = indicator(kind="ratio", unit="pct", numerator="above", denominator="below")

    assert value(share, above=OF_MEMBERS, below=dict.fromkeys(OF_MEMBERS, Fraction(0))).value is None


def test_a_trend_is_absolute_relative_and_per_year() -> None:
    found = trend({2008: Fraction(40), 2018: Fraction(30)}, 2008, 2018, is_ratio=False)

    assert found
    assert [found.change, found.percent, found.per_year] == [-10, -25, -1]
    share = trend({2008: Fraction(40), 2018: Fraction(30)}, 2008, 2018, is_ratio=True)
    assert share
    assert [share.change, share.percent] == [-10, None]
    assert trend({2008: Fraction(40)}, 2008, 2018, is_ratio=False) is None


@pytest.mark.parametrize(
    ("exact", "text"),
    [(Fraction(1, 3), "0.333333"), (Fraction(2, 3), "0.666667"), (Fraction(5), "5"), (Fraction(-1, 10**7), "0")],
)
def test_values_are_written_with_at_most_six_places(exact: Fraction, text: str) -> None:
    assert decimal_text(exact) == text
