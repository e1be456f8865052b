"""Columns of files that are numbers."""

from services.territory.api.csv import numbers_of
from services.territory.schemas import IndicatorValueOut, MapItem, TerritoryOut
from services.territory.schemas.territory_indicators import TrendOut


def test_the_decimals_of_files_are_known_by_their_type() -> None:
    assert numbers_of(MapItem) == {"value_decimal"}
    assert numbers_of(IndicatorValueOut) == {"value_decimal"}
    assert numbers_of(TerritoryOut) == {"lon", "lat"}
    assert numbers_of(TrendOut) == {"change_decimal", "percent_decimal", "per_year_decimal"}
