"""Numbers of files: what means one thing is read, what could mean two is refused with both."""

from decimal import Decimal

import pytest

from services.territory.rules.imports import read_file
from services.territory.rules.written_numbers import fault_of, number_of
from shared.events.indicators import IndicatorUnit


def values(text: str, unit: IndicatorUnit) -> list[str]:
    """Return the values of a file, or what is wrong with its cells."""
    read = read_file(text.encode(), unit=unit, this_year=2026)
    return [*read.values.values(), *(f"{error.row}/{error.column}: {error.detail}" for error in read.errors)]


@pytest.mark.parametrize("decimal_sign", [",", "."])
@pytest.mark.parametrize("text", ["1,000", "1.000", "12,000", "12.000", "999.999", "1,234"])
@pytest.mark.parametrize("unit", ["persons", "count"])
def test_a_sign_before_three_digits_is_ambiguous_in_whole_numbers(
    text: str, unit: IndicatorUnit, decimal_sign: str
) -> None:
    fault = fault_of(text, unit=unit, decimal_sign=decimal_sign)

    assert fault is not None
    assert "is ambiguous" in fault
    assert fault.endswith(f"write {text.replace(',', '').replace('.', '')}, without separators")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1000", "1000"), ("1 000", "1000"), ("12 345 678", "12345678"), ("1,0", "1"), ("1.00", "1"), ("0,000", "0"),
        ("1234,000", "1234"), ("1 234.000", "1234"), ("1,0000", "1"), ("0", "0"),
    ],
)  # fmt: skip
def test_whole_numbers_that_mean_one_thing_are_read(text: str, value: str) -> None:
    assert fault_of(text, unit="persons", decimal_sign=",") is None
    assert number_of(text) == Decimal(value)


@pytest.mark.parametrize("unit", ["thousand_persons", "eur"])
def test_the_separator_of_the_columns_says_what_the_decimal_sign_is(unit: IndicatorUnit) -> None:
    for sign, other in ((",", "."), (".", ",")):
        assert fault_of(f"1{sign}234", unit=unit, decimal_sign=sign) is None
        fault = fault_of(f"1{other}234", unit=unit, decimal_sign=sign) or ""
        assert "ambiguous, 1234 or 1.234: write 1234 without separators, or " in fault
        assert f"1{sign}234 with a" in fault
        # Two or four digits are no thousands.
        assert fault_of(f"1{other}23", unit=unit, decimal_sign=sign) is None
        assert fault_of(f"1{other}2345", unit=unit, decimal_sign=sign) is None


@pytest.mark.parametrize("text", ["12,345", "12.345", "0", "100", "100.0", "99,999999"])
def test_a_share_has_no_thousands(text: str) -> None:
    assert fault_of(text, unit="pct", decimal_sign=",") is None


@pytest.mark.parametrize("text", ["101", "850", "100.000001", "850,000", "1 000"])
def test_a_share_is_at_most_100(text: str) -> None:
    assert "a share is at most 100" in (fault_of(text, unit="pct", decimal_sign=",") or "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty: write a number, or leave the row out"),
        ("-1", "must not be negative"),
        ("\u22121,5", "must not be negative"),
        ("1.234.567", "write 1234567, without separators"),
        ("1,234,567", "write 1234567, without separators"),
        ("1'000", "write 1000, without separators"),
        ("1\u2019234\u2019567", "write 1234567, without separators"),
        ("1.234,56", "write 1234.56, without separators"),
        ("1,234.567", "write 1234.567, without separators"),
        ("1'234.5", "write 1234.5, without separators"),
        ("9" * 16, "is too large: write at most 15 digits"),
        ("9" * 400, "is too large: write at most 15 digits"),
        ("9 999 999 999 999 999", "is too large: write at most 15 digits"),
        ("1,1234567", "has too many decimals: round it to 6"),
        ("1e5", "is no number"),
        ("NaN", "is no number"),
        ("12 34", "is no number"),
        ("1,", "is no number"),
        ("١٢", "is no number"),
    ],
)
@pytest.mark.parametrize("unit", ["persons", "thousand_persons", "pct"])
def test_what_is_no_value_is_refused_in_words(text: str, words: str, unit: IndicatorUnit) -> None:
    fault = fault_of(text, unit=unit, decimal_sign=".")

    assert words in (fault or "")


@pytest.mark.parametrize(
    ("text", "unit", "found"),
    [
        ('level,geography,year,value\nregion,75,2016,"1,000"\n', "persons", "ambiguous"),
        ("level;geography;year;value\nregion;75;2016;12,000\n", "persons", "ambiguous"),
        ("level;geography;year;value\nregion;75;2016;12.000\n", "persons", "ambiguous"),
        ("level;geography;year;value\nregion;75;2016;1,234\n", "thousand_persons", "1.234"),
        ("level;geography;year;value\nregion;75;2016;1.234\n", "thousand_persons", "ambiguous"),
        ("level,geography,year,value\nregion,75,2016,1.234\n", "thousand_persons", "1.234"),
        ('level,geography,year,value\nregion,75,2016,"1,234"\n', "thousand_persons", "ambiguous"),
        ("level;geography;year;value\nregion;75;2016;1\u00a0234,5\n", "thousand_persons", "1234.5"),
        ("level;geography;year;value\nregion;75;2016;1\u202f000\n", "persons", "1000"),
        ("level;geography;year;value\nregion;75;2016;101\n", "pct", "at most 100"),
        ("\nlevel,geography,year,value\nregion,75,2016,1\n", "persons", "1"),
        ("\r\n;;;\r\n\r\nlevel;geography;year;value\r\nregion;75;2016;1\r\n", "persons", "1"),
        (",,,\n\nvalue,year,geography,level\n1,2016,75,region\n", "persons", "1"),
    ],
)
def test_files_are_read_with_their_decimal_sign(text: str, unit: IndicatorUnit, found: str) -> None:
    [value] = values(text, unit)

    assert found in value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("level,geography,year\n", "1/: the header lacks value: it has the columns"),
        ("\n\nlevel,geography,year\n", "3/: the header lacks value: it has the columns"),
        ("level,geography,year,valeur\n", "the header lacks value and has an unknown column « valeur »"),
        ("level,geography,year,value,value\n", "the header has value more than once"),
        ("level\tgeography\tyear\tvalue\n", "in any order, separated by commas or semicolons"),
        ("level,geography,year,value\n,,,\n", "1/: the file has a header and no row"),
        ("level,geography,year,value\n,75,,1\n", "2/level: is empty: give one of nation, region, departement"),
        ("level,geography,year,value\nREGION,75,2016,1\n", "2/level: « REGION » is no level: give one of nation"),
        ("level,geography,year,value\nregion,75,,1\n", "2/year: is empty"),
    ],
)
def test_a_wrong_header_and_wrong_cells_are_said(text: str, words: str) -> None:
    assert words in " | ".join(values(text, "persons"))
