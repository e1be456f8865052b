"""Indicators of a territory, as they are answered: values, how they were made, and their change over years."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from services.territory.rules.indicators import decimal_text
from services.territory.rules.scopes import comparable
from services.territory.rules.territory_indicators import Method, PlaceShare, TerritoryValue, Trend, trend
from services.territory.schemas.indicators import UNIT, PlaceOfValue, Year
from shared.events.codes import RegionCode, TerritoryKey
from shared.events.indicators import YEARS_AT_MOST, IndicatorCode, IndicatorLevel, IndicatorUnit
from shared.http.schemas import MANY, Answer, Count, Cursor, Exact, Line, Note
from shared.patterns import pattern_of

SIGNED: Final = pattern_of(r"^-?[0-9]{1,18}([.][0-9]{1,6})?$", "a change is written in decimal digits, such as -2.5")
SignedExact = Annotated[str, StringConstraints(pattern=SIGNED), Field(json_schema_extra={"maxLength": 26})]
METHOD = (
    "`sum_of_members`: exact sum of the values of the members, or of the communes of a member without one; "
    "`apportioned_by_population`: values of larger areas by the share of their inhabitants that live in the territory; "
    "`population_weighted`: mean of published shares, weighted by those inhabitants; `ratio_of_parts`: ratio of two "
    "such sums; `none`: nothing is known of its places."
)
METHODS: Final[Mapping[Method, str]] = {
    "sum_of_members": "Somme exacte des valeurs des membres.",
    "apportioned_by_population": "Estimation : valeur de chaque zone au prorata de ses habitants qui vivent dans le "
    "territoire (populations de la géographie de 2026).",
    "population_weighted": "Moyenne des parts publiées, pondérée par les habitants de chaque zone qui vivent dans le "
    "territoire (populations de la géographie de 2026).",
    "ratio_of_parts": "Rapport du numérateur au dénominateur du territoire, et non moyenne de rapports.",
    "none": "Aucune valeur connue pour les membres ni pour les zones du territoire.",
}
RESERVE_OF_PLACE: Final = (
    "Évolution sur les mêmes départements chaque année, donc sans Mayotte (976, sans valeur en 2008)."
)
OF_LARGER: Final = " Numérateur et dénominateur : valeurs de zones plus larges au prorata de leurs habitants."


class TerritoryPartOut(Answer):
    """A place whose value is part of the value of a territory."""

    level: IndicatorLevel = Field(examples=["departement"])
    code: PlaceOfValue = Field(examples=["64"])
    name: Line = Field(
        description="Of a member: its official name on the day of `as_of`, or of the signature of a baseline.",
        examples=["Pyrénées-Atlantiques"],
    )
    value_decimal: Exact | None = Field(description="Null: not known.", examples=["34.7"])
    weight: Exact = Field(
        description="Of a count: the part of the place that lives in the territory; of a share: its part of the "
        "inhabitants of the territory.",
        examples=["0.455"],
    )

    @classmethod
    def of(cls, share: PlaceShare) -> "TerritoryPartOut":
        """Return a part as it is answered."""
        return cls(
            level=share.place.level,
            code=share.place.code,
            name=share.place.name,
            value_decimal=None if share.value is None else decimal_text(share.value),
            weight=decimal_text(share.weight),
        )


class MissingPlaceOut(Answer):
    """A place whose value is not known."""

    level: IndicatorLevel = Field(examples=["commune"])
    code: PlaceOfValue = Field(examples=["64445"])
    name: Line = Field(
        description="Of a member: its official name on the day of `as_of`, or of the signature of a baseline.",
        examples=["Pau"],
    )


class TerritoryValueOut(Answer):
    """The value of an indicator for a territory and a year. Null if a part is not known: it is not zero."""

    year: Year = Field(examples=[2018])
    value_decimal: Exact | None = Field(
        description="With at most six places. Null: `missing` names the places whose value is not known.",
        examples=["32.181"],
    )
    method: Method = Field(description=METHOD, examples=["apportioned_by_population"])
    explanation: Note = Field(description="The method in French.", examples=[METHODS["apportioned_by_population"]])
    parts: list[TerritoryPartOut] = Field(max_length=MANY, description="Of a ratio: the parts of its numerator.")
    denominator_parts: list[TerritoryPartOut] = Field(
        max_length=MANY, description="Of a ratio of two counts: the parts of its denominator.", examples=[[]]
    )
    missing: list[MissingPlaceOut] = Field(
        max_length=MANY, description="Places whose value is not known.", examples=[[]]
    )

    @classmethod
    def of(cls, made: TerritoryValue) -> "TerritoryValueOut":
        """Return a value as it is answered."""
        apportioned = made.method == "ratio_of_parts" and made.basis != "members"
        return cls(
            year=made.year,
            value_decimal=None if made.value is None else decimal_text(made.value),
            method=made.method,
            explanation=METHODS[made.method] + (OF_LARGER if apportioned else ""),
            parts=[TerritoryPartOut.of(part) for part in made.parts],
            denominator_parts=[TerritoryPartOut.of(part) for part in made.below],
            missing=[MissingPlaceOut.model_validate(place) for place in made.missing],
        )


class PointOut(Answer):
    """The value of a place in a year."""

    year: Year = Field(examples=[2018])
    value_decimal: Exact = Field(description="As published.", examples=["28327.5"])
    comparable_decimal: Exact | None = Field(
        description="Of the départements that have a value in all years of the trend; `reserve` names those left out. "
        "Null: not comparable with the other years.",
        examples=["28279.8"],
    )


class TrendOut(Answer):
    """The change of a value between two years, both known."""

    from_year: Year = Field(examples=[2008])
    until_year: Year = Field(examples=[2018])
    change_decimal: SignedExact = Field(
        description="In the unit of the indicator; of a percentage, in points.", examples=["-1.2"]
    )
    percent_decimal: SignedExact | None = Field(
        description="In percent of the first value; null of a percentage, or if that was zero.", examples=["-3.6"]
    )
    per_year_decimal: SignedExact = Field(description="The change, divided by the number of years.", examples=["-0.12"])

    @classmethod
    def of(cls, found: Trend | None) -> "TrendOut | None":
        """Return a trend as it is answered."""
        if found is None:
            return None
        return cls(
            from_year=found.since,
            until_year=found.until,
            change_decimal=decimal_text(found.change),
            percent_decimal=None if found.percent is None else decimal_text(found.percent),
            per_year_decimal=decimal_text(found.per_year),
        )


class PlaceSeriesOut(Answer):
    """The values of a région or of the nation, beside those of a territory, and their change in the same years."""

    level: IndicatorLevel = Field(examples=["nation"])
    code: RegionCode | Annotated[str, StringConstraints(pattern="^FR$", max_length=2)] = Field(examples=["FR"])
    values: list[PointOut] = Field(max_length=YEARS_AT_MOST)
    trend: TrendOut | None = Field(
        description="Of the comparable values, between the years of the trend of the territory; null: not known."
    )
    reserve: Note | None = Field(
        description="The départements that the trend leaves out, in French; null: none.", examples=[RESERVE_OF_PLACE]
    )

    @classmethod
    def of(cls, level: IndicatorLevel, code: str, place: Any, series: Any, window: "Window") -> "PlaceSeriesOut":
        """Return a place in the years that were asked for; its trend over the départements that all years cover."""
        published = {year: value for year, value in sorted(place.points.items()) if window.shows(year)}
        compared = {year: value for year, value in published.items() if window.compares(year)}
        found = comparable(compared, place.counts, series.indicator.unit)
        return cls(
            level=level,
            code=code,
            values=[
                PointOut(
                    year=year,
                    value_decimal=decimal_text(value),
                    comparable_decimal=decimal_text(found.points[year]) if year in found.points else None,
                )
                for year, value in published.items()
            ],
            trend=TrendOut.of(trend(found.points, *window.compared, is_ratio=series.indicator.kind == "ratio")),
            reserve=reserve_of(found.absent, series.departements),
        )


@dataclass(frozen=True)
class Window:
    """First and last year of an answer, and of its trend."""

    shown: tuple[int, int]
    compared: tuple[int, int]

    def shows(self, year: int) -> bool:
        """Return True for a year of the answer."""
        return self.shown[0] <= year <= self.shown[1]

    def compares(self, year: int) -> bool:
        """Return True for a year of the trend."""
        return self.compared[0] <= year <= self.compared[1]


def reserve_of(absent: Mapping[str, Sequence[int]], names: Mapping[str, str]) -> str | None:
    """Return the words about the départements that a trend leaves out, in French; None: there are none."""
    if not absent:
        return None
    said = (f"{names[code]} ({code}, sans valeur en {', '.join(map(str, years))})" for code, years in absent.items())
    return f"Évolution sur les mêmes départements chaque année, donc sans {', '.join(said)}."


class TerritorySeriesOut(Answer):
    """An indicator of a territory by year, beside its régions and the nation."""

    territory: TerritoryKey = Field(examples=["2018-ti-7505"])
    as_of: date = Field(description="Day whose members count.", examples=["2019-03-05"])
    indicator: IndicatorCode = Field(examples=["jobs_industry"])
    label: Line = Field(examples=["Emploi industriel"])
    unit: IndicatorUnit = Field(description=UNIT, examples=["thousand_persons"])
    source: Note = Field(examples=["Eurostat, nama_10r_3empers"])
    licence: Line | None = Field(examples=["CC BY 4.0 (Eurostat)"])
    reserve: Note | None = Field(examples=["Comptes régionaux : ne se compare pas aux recensements."])
    values: list[TerritoryValueOut] = Field(
        max_length=YEARS_AT_MOST, description="One for each year in which a value of its places is known."
    )
    unknown_years: list[Year] = Field(
        max_length=YEARS_AT_MOST,
        description="Years in which no value of its places is known, though others have one.",
        examples=[[]],
    )
    trend: TrendOut | None = Field(description="Between the first and the last known value; null with fewer than two.")
    regions: list[PlaceSeriesOut] = Field(max_length=20, description="Its régions of the day, the lead région first.")
    nation: PlaceSeriesOut

    @classmethod
    def of(cls, series: Any, *, territory: str, as_of: date, since: int, until: int) -> "TerritorySeriesOut":
        """Return a series between two years."""
        indicator = series.indicator
        values = [each for each in series.values if since <= each.year <= until]
        known = [each.year for each in values if each.value is not None]
        years = (known[0], known[-1]) if known else (since, until)
        window = Window((since, until), years if len(known) > 1 else (since, until))
        return cls(
            territory=territory,
            as_of=as_of,
            indicator=indicator.code,
            label=indicator.label,
            unit=indicator.unit,
            source=indicator.source,
            licence=indicator.licence,
            reserve=indicator.reserve,
            values=[TerritoryValueOut.of(each) for each in values],
            unknown_years=[year for year in series.unknown_years if since <= year <= until],
            trend=TrendOut.of(trend(series.points, *years, is_ratio=indicator.kind == "ratio")),
            regions=[PlaceSeriesOut.of("region", code, each, series, window) for code, each in series.regions.items()],
            nation=PlaceSeriesOut.of("nation", "FR", series.nation, series, window),
        )


class TerritoryIndicatorOut(Answer):
    """The last known value of an indicator for a territory."""

    indicator: IndicatorCode = Field(examples=["jobs_industry"])
    label: Line = Field(examples=["Emploi industriel"])
    unit: IndicatorUnit = Field(description=UNIT, examples=["thousand_persons"])
    year: Year | None = Field(description="Null: no value is known.", examples=[2018])
    value_decimal: Exact | None = Field(description="Null: not known.", examples=["32.181"])
    method: Method = Field(description=METHOD, examples=["apportioned_by_population"])
    explanation: Note = Field(description="The method in French.", examples=[METHODS["apportioned_by_population"]])
    missing_count: Count = Field(description="Number of places whose value is not known.", examples=[0])

    @classmethod
    def of(cls, series: Any) -> "TerritoryIndicatorOut":
        """Return the last value of a series that is known, or else the last one of which a part is known."""
        whole = [each for each in series.values if each.value is not None]
        last = (whole or series.values or [None])[-1]
        shown = TerritoryValueOut.of(last) if last else None
        return cls(
            indicator=series.indicator.code,
            label=series.indicator.label,
            unit=series.indicator.unit,
            year=shown.year if shown else None,
            value_decimal=shown.value_decimal if shown else None,
            method=shown.method if shown else "none",
            explanation=shown.explanation if shown else METHODS["none"],
            missing_count=len(shown.missing) if shown else 0,
        )


class TerritoryIndicatorsOut(Answer):
    """A page of the indicators of a territory."""

    territory: TerritoryKey = Field(examples=["2018-ti-7505"])
    as_of: date = Field(description="Day whose members count.", examples=["2019-03-05"])
    items: list[TerritoryIndicatorOut] = Field(max_length=200)
    next: Cursor | None = Field(
        default=None, description="Pass it as `cursor` to read on; null on the last page.", examples=[None]
    )
