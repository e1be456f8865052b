"""Facts of the map: the category of each territory, by stage or by the value of an indicator."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from services.territory import queries
from services.territory.api.french import french_number
from services.territory.api.indicator_charts import UNITS, source_of
from services.territory.models import Indicator
from services.territory.rules.indicators import decimal_text
from services.territory.rules.maps import STAGE_CLASSES, UNDATED, MapClass
from services.territory.rules.territory_indicators import TerritoryValue
from services.territory.rules.value_classes import ValueClass, value_classes
from services.territory.schemas import MapCategory, MapItem, MapOut
from shared.events.stages import Stage

OUTLINES: Final = "contours : IGN ADMIN EXPRESS COG 2018 (Licence Ouverte), géographie 2026, simplifiés."
STAGE_SOURCE: Final = (
    "Sources : ANCT, liste des territoires de la phase, et décisions de périmètre enregistrées depuis ; "
    f"étapes d’après les contrats et les gouvernances enregistrés sur la plateforme ; {OUTLINES}"
)
STAGE_TITLE: Final = "Territoires d’industrie par étape"
UNKNOWN: Final = MapClass("unknown", "Valeur non connue")
"""Class of territories without a value."""


@dataclass(frozen=True)
class Classes:
    """Classes of the legend, and how to find that of a territory."""

    shown: tuple[MapClass, ...]
    bounds: Mapping[str, ValueClass]
    """Code of a class → its bounds. Of stages: none."""

    def of_value(self, value: Fraction | None) -> MapClass:
        """Return the class of a value."""
        found = (each for each in self.shown if value is not None and self._includes(each.code, value))
        return next(found, UNKNOWN)

    def _includes(self, code: str, value: Fraction) -> bool:
        return code in self.bounds and self.bounds[code].includes(value)

    def counted(self, found: Iterable[str]) -> list[MapCategory]:
        """Return the legend, with the number of territories of each class."""
        codes = list(found)
        return [
            MapCategory(
                category=each.code,
                label=each.label,
                count=codes.count(each.code),
                from_decimal=_decimal(self.bounds[each.code].since) if each.code in self.bounds else None,
                until_decimal=_decimal(self.bounds[each.code].until) if each.code in self.bounds else None,
            )
            for each in self.shown
        ]


STAGES: Final = Classes(STAGE_CLASSES, {})


def class_of_stage(stage: Stage | None) -> MapClass:
    """Return the class of a stage; None: perhaps not designated yet."""
    return next(each for each in STAGE_CLASSES if each.code == (stage or UNDATED))


def classes_of(indicator: Indicator, values: Iterable[TerritoryValue]) -> Classes:
    """Return the classes of the values of all territories of a phase, and that of those without one."""
    found = value_classes(each.value for each in values if each.value is not None)
    # The darkest shade is that of the highest class, however few there are.
    named = {f"class_{number}": each for number, each in enumerate(found, start=MOST - len(found) + 1)}
    shown = [MapClass(code, label_of(each, indicator)) for code, each in named.items()]
    return Classes((*shown, UNKNOWN), named)


MOST: Final = 5
"""Number of shades."""


def label_of(bounds: ValueClass, indicator: Indicator) -> str:
    """Return the bounds of a class in French."""
    since, until = (None if each is None else _number(each) for each in (bounds.since, bounds.until))
    sign = "\u202f%" if indicator.unit == "pct" else ""
    if since is None and until is None:
        return "Toutes les valeurs connues"
    if since is None:
        return f"Moins de {until}{sign}"
    return f"{since}{sign} et plus" if until is None else f"De {since} à moins de {until}{sign}"


def title_of(indicator: Indicator, year: int | None) -> str:
    """Return the title of a map by an indicator."""
    return f"{indicator.label}, {year}" if year else indicator.label


def sources_of(indicator: Indicator) -> str:
    """Return the sources of a map by an indicator, with its unit."""
    of_size = "" if indicator.unit == "pct" else " (plus grand dans un grand territoire)"
    return (
        f"Unité : {UNITS[indicator.unit]}{of_size} ; source : {source_of(indicator)} ; "
        f"valeurs des territoires calculées par la plateforme d’après leurs membres de ce jour ; {OUTLINES}"
    )


@dataclass(frozen=True)
class MapView:
    """Phase, day and région of a map."""

    phase: str
    phase_name: str
    as_of: date
    region: str | None


def by_stage(view: MapView, territories: Sequence[queries.StagedTerritory], drawn: Collection[str]) -> MapOut:
    """Return the map by stage. `drawn` are the keys of the territories with an outline."""
    items = [_item(each, drawn, class_of_stage(each.stage)) for each in territories]
    return _map(view, items, STAGES, by="stage", title=STAGE_TITLE, source=STAGE_SOURCE)


def by_indicator(
    view: MapView,
    territories: Sequence[queries.StagedTerritory],
    drawn: Collection[str],
    indicator: Indicator,
    year: int | None,
    values: Mapping[str, TerritoryValue],
) -> MapOut:
    """Return the map by the values of an indicator. `values` are those of all territories of the phase, by key."""
    classes = classes_of(indicator, values.values())
    items = []
    for each in territories:
        made = values.get(each.state.territory.key)
        value = made.value if made else None
        method = made.method if made else "none"
        items.append(_item(each, drawn, classes.of_value(value), value_decimal=_decimal(value), method=method))
    return _map(
        view,
        items,
        classes,
        by="indicator",
        indicator=indicator.code,
        year=year,
        unit=indicator.unit,
        title=title_of(indicator, year),
        source=sources_of(indicator),
        reserve=indicator.reserve,
        without_value=sum(item.value_decimal is None for item in items),
    )


def _item(each: queries.StagedTerritory, drawn: Collection[str], found: MapClass, **value: Any) -> MapItem:
    territory = each.state.territory
    return MapItem(
        key=territory.key,
        name=territory.name,
        regions=each.state.place.regions,
        stage=each.stage,
        category=found.code,
        label=found.label,
        is_drawn=territory.key in drawn,
        **value,
    )


def _map(view: MapView, items: list[MapItem], classes: Classes, **facts: Any) -> MapOut:
    return MapOut(
        **asdict(view),
        **facts,
        total=len(items),
        at_least=sum(item.stage is not None for item in items),
        at_most=len(items),
        not_drawn=sum(not item.is_drawn for item in items),
        categories=classes.counted(item.category for item in items),
        items=items,
    )


def _decimal(bound: Fraction | None) -> str | None:
    return None if bound is None else decimal_text(bound)


def _number(value: Fraction) -> str:
    digits = len(decimal_text(value).partition(".")[2])
    return french_number(float(value), digits)
