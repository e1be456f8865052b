"""Rules of indicators: sound definitions, exact values, the places and years that have one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final, get_args

from services.territory.errors.indicators import (
    DefinitionNotFitting,
    IndicatorHasValues,
    LevelMissing,
    YearsNotFitting,
)
from services.territory.models import Indicator, IndicatorValue
from shared.events.indicators import IndicatorLevel, IndicatorPublished
from shared.problem import FieldError

LEVELS: Final[tuple[IndicatorLevel, ...]] = get_args(IndicatorLevel)
"""From the largest to the smallest."""
FIRST_YEAR: Final = 1900
"""First year for which a value can be stored."""
NATION: Final = "FR"
"""Code of the nation."""
PLACES: Final = Decimal("0.000001")
PERCENT: Final = Fraction(100)
LASTING: Final = ("unit", "kind", "numerator", "denominator")
"""Fields that give the values their meaning: they stay once there are some."""
Key = tuple[IndicatorLevel, str, int]
"""Level, code of the place, year."""


@dataclass(frozen=True)
class Coverage:
    """Levels and years for which an indicator has values."""

    levels: list[IndicatorLevel]
    years: list[int]
    count: int


def decimal_text(value: Fraction | Decimal) -> str:
    """Return a value in decimal digits, with at most six places, halves rounded away from zero."""
    exact = Decimal(value.numerator) / Decimal(value.denominator) if isinstance(value, Fraction) else value
    text = f"{exact.quantize(PLACES, ROUND_HALF_UP):f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def ratio(numerator: Fraction, denominator: Fraction, unit: str) -> Fraction | None:
    """Return the ratio of two values in its unit; None if the denominator is zero."""
    if not denominator:
        return None
    return numerator / denominator * (PERCENT if unit == "pct" else 1)


def coverage_of(keys: Iterable[Key]) -> Coverage:
    """Return the levels and years of values."""
    found = list(keys)
    levels = {level for level, _, _ in found}
    return Coverage([level for level in LEVELS if level in levels], sorted({year for _, _, year in found}), len(found))


def cover(indicator: Indicator, coverage: Coverage) -> None:
    """Record for which levels and years an indicator has values."""
    indicator.levels, indicator.years, indicator.value_count = coverage.levels, coverage.years, coverage.count


def require_sound(indicator: Indicator, parts: Collection[Indicator]) -> None:
    """Refuse a definition that contradicts itself. `parts` are the numerator and the denominator, if they exist."""
    found = {part.code: part for part in parts}
    for field, is_wrong, advice in _contradictions(indicator, found):
        if is_wrong:
            raise DefinitionNotFitting(
                f"{advice[0].upper()}{advice[1:]}.", errors=[FieldError(pointer=f"/{field}", detail=advice)]
            )


def _contradictions(indicator: Indicator, found: dict[str, Indicator]) -> Iterable[tuple[str, bool, str]]:
    named = {field: getattr(indicator, field) for field in ("numerator", "denominator")}
    given = {field: code for field, code in named.items() if code}
    is_ratio = indicator.kind == "ratio"
    yield "unit", (indicator.unit == "pct") != is_ratio, "a ratio is in `pct`, a count in another unit"
    for field in given:
        yield field, not is_ratio, f"a count has no {field}: leave it out, or make the indicator a ratio"
    yield "denominator", len(given) == 1, "a ratio has a numerator and a denominator, or neither: give both"
    for field, code in given.items():
        yield field, code not in found, f"there is no indicator `{code}`: GET /v1/indicators lists them"
        yield field, code in found and found[code].kind != "count", f"`{code}` is a ratio: name a count"
    if len(given) == 2:
        yield "denominator", len(set(given.values())) == 1, "numerator and denominator are the same: name two counts"
        units = {part.unit for part in found.values()}
        yield "denominator", len(units) > 1, "numerator and denominator have two units: name counts of the same unit"


def require_lasting(indicator: Indicator, changes: dict[str, Any]) -> None:
    """Refuse to change what gives the values their meaning once there are some."""
    changed = [name for name in LASTING if name in changes and changes[name] != getattr(indicator, name)]
    if changed and indicator.value_count:
        raise IndicatorHasValues(
            f"{indicator.code} has {indicator.value_count} values, which {', '.join(changed)} would change in meaning: "
            "define another indicator.",
            errors=[FieldError(pointer=f"/{name}", detail="stays once there are values") for name in changed],
        )


def require_readable(*, level: str | None, geography: str | None, since: int | None, until: int | None) -> None:
    """Refuse a place without its level, and years in the wrong order."""
    if geography and not level:
        raise LevelMissing(
            "A code may name a région and a département: give `level` with `geography`.",
            errors=[FieldError(parameter="level", detail="required with `geography`")],
        )
    if since is not None and until is not None and since > until:
        raise YearsNotFitting(
            f"`from` is {since}, after `until`, {until}: give the first year in `from`.",
            errors=[FieldError(parameter="from", detail=f"after {until}")],
        )


def published(indicator: Indicator, changed: Coverage | None = None, *, import_id: Any = None) -> IndicatorPublished:
    """Return the event of an indicator: its definition, or the values that have `changed`."""
    return IndicatorPublished(
        indicator=indicator.code,
        label=indicator.label,
        kind=indicator.kind,
        unit=indicator.unit,
        levels=indicator.levels,
        years=indicator.years,
        changed_levels=changed.levels if changed else [],
        changed_years=changed.years if changed else [],
        import_id=import_id,
    )


def value_of(value: IndicatorValue, indicator: Indicator) -> str:
    """Return a value in decimal digits; of a ratio of two counts, computed from the stored ones."""
    if value.denominator_decimal is None:
        return value.value_decimal
    found = ratio(Fraction(value.value_decimal), Fraction(value.denominator_decimal), indicator.unit)
    return decimal_text(found or Fraction(0))


def years_asked(indicator: Indicator, *, since: int | None, until: int | None, years: int | None) -> tuple[int, int]:
    """Return the first and the last year of a series; without limits, those of the indicator."""
    if years is not None and since is not None:
        raise YearsNotFitting(
            "`from` and `years` both name the first year: give one of them.",
            errors=[FieldError(parameter="years", detail="not with `from`")],
        )
    last = until if until is not None else max(indicator.years, default=FIRST_YEAR)
    first = since if since is not None else last - years if years is not None else FIRST_YEAR
    require_readable(level=None, geography=None, since=first, until=last)
    return first, last
