"""Operators, as they are answered."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from services.catalog.rules.performance import STATES
from services.catalog.rules.requests import DELAYS
from shared.events.catalog import RequestStatus
from shared.events.codes import Siren
from shared.http.schemas import MANY, Answer, Body, Count, Line, Note, Version, Word


class DelaysIn(Body):
    """Within how many days each step is promised, counted from the day of the request."""

    acknowledge: int = Field(ge=1, le=365, examples=[9])
    answer: int = Field(ge=1, le=365, examples=[21])
    conclude: int = Field(ge=1, le=730, examples=[45])


class OperatorChange(Body):
    """Delays that an operator promises for future requests."""

    delays: DelaysIn | None = Field(description="Null: those of the programme, 9, 21 and 45 days.")


class BrandOut(Answer):
    """A name that the catalogue gives to an operator."""

    name: Line = Field(examples=["Banque des Territoires"])
    initials: Word = Field(examples=["BDT"])
    note: Note | None = Field(examples=["marque de la Caisse des dépôts depuis le 30/05/2018"])


class DelaysOut(Answer):
    """Days from the day of the request to each step."""

    acknowledge: Count = Field(examples=[9])
    answer: Count = Field(examples=[21])
    conclude: Count = Field(examples=[45])


def _or_the_programmes(delays: Any) -> Any:
    return delays or DELAYS


Promised = Annotated[DelaysOut, BeforeValidator(_or_the_programmes)]
"""An operator that promises nothing else is held to the programme's delays."""


class OperatorOut(Answer):
    """An organisation that offers services."""

    siren: Siren = Field(examples=["180020026"])
    version: Version
    updated_at: datetime
    initials: Word = Field(description="Of the references of its requests.", examples=["BDT"])
    name: Line = Field(
        description="Its name on the day of `as_of`, or today.", examples=["Caisse des dépôts et consignations"]
    )
    brands: list[BrandOut] = Field(max_length=100)
    delays: Promised


class OperatorSummary(OperatorOut):
    """An operator and how much it offers."""

    services: Count = Field(description="Not withdrawn.", examples=[15])
    on_offer_today: Count = Field(description="Of them, those whose period has today in it.", examples=[4])


class MeasureOut(Answer):
    """A figure, and on how many requests it rests; null with the reason if they are too few."""

    value: float | None
    sample: Count = Field(examples=[0])
    reason: Line | None = Field(examples=["not conclusive: 0 of the 5 that it takes"])


class FiguresOut(Answer):
    """Performance of an operator."""

    requests: Count = Field(description="Sent until that day.", examples=[0])
    by_status: dict[RequestStatus, Count] = Field(
        description="Their states at the end of that day.",
        examples=[dict.fromkeys(STATES, 0)],
    )
    acknowledged_in_time: MeasureOut = Field(description="Share, of those acknowledged or late.")
    answered_in_time: MeasureOut = Field(description="Share, of those answered or late.")
    days_to_acknowledge: MeasureOut = Field(description="Median, of those acknowledged.")
    days_to_answer: MeasureOut = Field(description="Median, of those accepted, declined or redirected.")


CodeOfPart = Annotated[str, StringConstraints(pattern=r"^[0-9a-z-]{2,50}$", max_length=50)]


class PartOut(FiguresOut):
    """The same figures of one région, axis or territory."""

    code: CodeOfPart = Field(examples=["75"])


class OperatorDetail(OperatorSummary):
    """An operator, and how it has answered until a day."""

    as_of: date = Field(examples=["2026-06-30"])
    performance: FiguresOut


class PerformanceOut(Answer):
    """Performance of an operator until a day. A request of two régions counts in both."""

    operator: Siren = Field(examples=["180020026"])
    as_of: date = Field(examples=["2026-06-30"])
    overall: FiguresOut
    by_region: list[PartOut] = Field(max_length=MANY, examples=[[]])
    by_axis: list[PartOut] = Field(max_length=MANY, examples=[[]])
    by_territory: list[PartOut] = Field(max_length=MANY, examples=[[]])
