"""Facts told by the territory service: the indicators, and for which places and years they have values."""

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.events import Audience, Event, Title
from shared.patterns import pattern_of

NAME_OF_INDICATOR: Final = pattern_of(
    r"^[a-z][a-z0-9_]{1,59}$", "an indicator is named in small letters, digits and underscores, such as jobs_industry"
)
IndicatorCode = Annotated[str, StringConstraints(pattern=NAME_OF_INDICATOR), Field(json_schema_extra={"maxLength": 60})]
IndicatorUnit = Literal["persons", "thousand_persons", "count", "eur", "pct"]
IndicatorKind = Literal["count", "ratio"]
IndicatorBasis = Literal["workplace", "residence"]
"""Place at which persons are counted: of their work (au lieu de travail), or of their home."""
IndicatorWeighting = Literal["population", "none"]
"""Values of larger areas are apportioned by population, or not at all."""
IndicatorLevel = Literal["nation", "region", "departement", "employment_zone", "epci", "commune"]
YEARS_AT_MOST: Final = 300
"""Maximum years for which an indicator has values: its events list all of them."""


class IndicatorPublished(Event, name="IndicatorPublished", publisher="territory", audience=Audience.PUBLIC):
    """An indicator is defined, its definition is corrected, or its values have changed."""

    indicator: IndicatorCode
    label: Title
    kind: IndicatorKind
    unit: IndicatorUnit
    levels: list[IndicatorLevel] = Field(max_length=6)
    """Levels for which it has values now."""
    years: list[int] = Field(max_length=YEARS_AT_MOST)
    """Years for which it has values now."""
    changed_levels: list[IndicatorLevel] = Field(max_length=6)
    """Levels of the values that have changed; none: the definition alone."""
    changed_years: list[int] = Field(max_length=YEARS_AT_MOST)
    """Years of the values that have changed."""
    import_id: UUID | None
    """The import that changed them, or whose values were taken back; null: the definition or the reference data."""

    @property
    def subject(self) -> str:
        return f"indicator/{self.indicator}"
