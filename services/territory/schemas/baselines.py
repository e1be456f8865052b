"""Baselines of territories, as they are answered, each value beside the present one."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import Field

from services.territory.rules.indicators import decimal_text
from services.territory.rules.territory_indicators import Method
from services.territory.schemas.indicators import UNIT, Year
from services.territory.schemas.territory_indicators import (
    METHOD,
    SignedExact,
    TerritoryIndicatorOut,
    TerritoryPartOut,
)
from shared.events.codes import TerritoryKey
from shared.events.indicators import IndicatorCode, IndicatorUnit
from shared.http.schemas import MANY, Answer, Cursor, Exact, Line, Note


class BaselineValueOut(Answer):
    """A value as it was known at a signature, beside the present one."""

    indicator: IndicatorCode = Field(examples=["jobs_industry"])
    label: Line = Field(description="As it was then.", examples=["Emploi industriel"])
    unit: IndicatorUnit = Field(description=UNIT, examples=["thousand_persons"])
    source: Note = Field(description="As it was then.", examples=["Eurostat, nama_10r_3empers"])
    year: Year = Field(description="Not after the year of the signature.", examples=[2018])
    value_decimal: Exact = Field(examples=["32.181"])
    method: Method = Field(description=METHOD, examples=["apportioned_by_population"])
    parts: list[TerritoryPartOut] = Field(max_length=MANY)
    denominator_parts: list[TerritoryPartOut] = Field(max_length=MANY, examples=[[]])
    present_year: Year | None = Field(description="Null: no value is known now.", examples=[2018])
    present_value_decimal: Exact | None = Field(
        description="Of the members of the day of the signature, as it is known now; null: not known.",
        examples=["31.9"],
    )
    change_decimal: SignedExact | None = Field(
        description="Present value minus this one, both of the same members; of a percentage, in points. Null: not "
        "known.",
        examples=["-0.281"],
    )

    @classmethod
    def of(cls, frozen: Mapping[str, Any], present: TerritoryIndicatorOut | None) -> "BaselineValueOut":
        """Return a frozen value beside the present one."""
        now = present.value_decimal if present else None
        change = None if now is None else Decimal(now) - Decimal(frozen["value_decimal"])
        return cls.model_validate(
            {
                **frozen,
                "present_year": present.year if present else None,
                "present_value_decimal": now,
                "change_decimal": None if change is None else decimal_text(change),
            }
        )


class BaselineOut(Answer):
    """The indicators of a territory as they were known when a contract was signed. They never change."""

    contract_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e31"])
    contract_number: Line = Field(examples=["TI-2019-7505-01"])
    signed_on: date = Field(description="Day whose members count.", examples=["2019-07-15"])
    frozen_at: datetime = Field(description="Time at which the values were read.")
    members_changed: bool = Field(
        description="True: the territory has other members today. Its present values are still of the members of the "
        "signature, so that a change of the perimeter is no change of a value.",
        examples=[False],
    )
    values: list[BaselineValueOut] = Field(max_length=MANY, description="Indicators with a known value only.")

    @classmethod
    def of(cls, baseline: Any, present: Any) -> "BaselineOut":
        """Return a baseline beside what is known now of the same members."""
        now = {each.indicator.code: TerritoryIndicatorOut.of(each) for each in present.series}
        return cls(
            contract_id=baseline.contract_id,
            contract_number=baseline.contract_number,
            signed_on=baseline.signed_on,
            frozen_at=baseline.frozen_at,
            members_changed=present.members_changed,
            values=[BaselineValueOut.of(value, now.get(value["indicator"])) for value in baseline.frozen_values],
        )


class BaselinesOut(Answer):
    """A page of the baselines of a territory."""

    territory: TerritoryKey = Field(examples=["2018-ti-7505"])
    items: list[BaselineOut] = Field(max_length=200)
    next: Cursor | None = Field(
        default=None, description="Pass it as `cursor` to read on; null on the last page.", examples=[None]
    )
