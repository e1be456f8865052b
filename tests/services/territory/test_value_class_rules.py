"""Classes of a map: round bounds, about as many values in each, none empty; index numbers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.territory.rules.value_classes import CLASSES, base_year, index_numbers, value_classes

numbers = st.fractions(min_value=0, max_value=10_000_000, max_denominator=1000)


@given(values=st.lists(numbers, min_size=1, max_size=200))
def test_each_value_has_one_class_and_no_class_is_empty(values: list[Fraction]) -> None:
    classes = value_classes(values)

    assert 1 <= len(classes) <= CLASSES
    assert all(sum(each.includes(value) for each in classes) == 1 for value in values)
    assert all(any(each.includes(value) for value in values) for each in classes)


def test_classes_have_about_as_many_values_each() -> None:
    values = [Fraction(number, 7) for number in range(1000)]

    counts = [sum(map(each.includes, values)) for each in value_classes(values)]

    assert all(count == pytest.approx(200, abs=5) for count in counts)


def test_bounds_have_three_digits() -> None:
    classes = value_classes([Fraction(number) for number in range(10_000, 20_000, 7)])

    assert [each.since for each in classes[1:]] == [12000, 14000, 16000, 18000]


def test_no_values_have_no_class_and_equal_ones_have_one() -> None:
    assert value_classes([]) == []
    [only] = value_classes([Fraction(3)] * 9)
    assert (only.since, only.until) == (None, None)


def test_index_numbers_begin_in_the_first_common_year() -> None:
    places = [{2006: Fraction(1), 2008: Fraction(4), 2018: Fraction(5)}, {2008: Fraction(200), 2018: Fraction(100)}]

    assert base_year(places) == 2008
    assert index_numbers(places[0], 2008)[2018] == 125
    assert base_year([{2008: Fraction(0)}, {2008: Fraction(1)}]) is None
    assert base_year([{2006: Fraction(1)}, {2008: Fraction(1)}]) is None
    assert base_year([]) is None
