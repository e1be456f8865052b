"""Rules of baselines: the last value that is known of an indicator on the day of a signature."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from services.territory.models import Indicator
from services.territory.rules.indicators import decimal_text
from services.territory.rules.territory_indicators import PlaceShare, TerritoryValue


def frozen(indicator: Indicator, values: Sequence[TerritoryValue], *, by: date) -> dict[str, Any] | None:
    """Return the last known value up to the year of a day, with its parts, as JSON. None: none is known."""
    known = [each for each in values if each.value is not None and each.year <= by.year]
    if not known:
        return None
    last = known[-1]
    return {
        "indicator": indicator.code,
        "label": indicator.label,
        "unit": indicator.unit,
        "source": indicator.source,
        "year": last.year,
        "value_decimal": decimal_text(last.value or Fraction()),
        "method": last.method,
        "parts": [_part(part) for part in last.parts],
        "denominator_parts": [_part(part) for part in last.below],
    }


def _part(part: PlaceShare) -> dict[str, Any]:
    return {
        "level": part.place.level,
        "code": part.place.code,
        "name": part.place.name,
        "value_decimal": None if part.value is None else decimal_text(part.value),
        "weight": decimal_text(part.weight),
    }
