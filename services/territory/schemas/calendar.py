"""Stages of a phase and events of the programme, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.territory.schemas.programme import PhaseOut
from services.territory.schemas.texts import Correction, Partial, SourceId, Words
from shared.events.codes import PhaseCode
from shared.events.territory import CalendarEventKind, CalendarPrecision, CalendarStatus
from shared.http.schemas import Answer, Body, Count, Day, Line, Note, Title, Version, Word, unsent
from shared.http.unique import Unique

KIND_OF_EVENT = (
    "cni: Conseil national de l'industrie; national_committee: comité de pilotage national; assembly: assemblée "
    "générale; industry_week: Semaine de l'industrie; ceremony: signatures; announcement; report; other."
)
PRECISION = "day: the days are known; published: `starts_on` is the day of the publication; year: only the year is."
STATUS = "held; announced; to_confirm: one source alone, or contradicting ones; cancelled."
OCCASION = "The id of a ceremony is the occasion that signatures can name."
AttendanceRole = Literal["elected", "industrialist", "state", "region", "operator", "association", "other"]
Year = Annotated[int, Field(ge=1, le=9999, description="Needed with the precision year alone.", examples=[2019])]


class StageOut(Answer):
    """A stage of a phase. It may start before its nominal month; no rule forbids it."""

    code: Word = Field(examples=["pilote"])
    rank: Count = Field(description="Its place in the phase, from 1.", examples=[2])
    label: Line = Field(description="French label.", examples=["Phase pilote"])
    nominal_month: Line = Field(
        max_length=7, pattern=r"^[0-9]{4}-[0-9]{2}$", description="Month that was planned.", examples=["2019-02"]
    )
    started_on: date | None = Field(
        description="Day on which it really started; null: no source gives it.", examples=["2019-01-30"]
    )
    content: Note = Field(examples=["une trentaine de territoires ; feuilles de route attendues début mars 2019"])
    source: Note = Field(examples=["cget.gouv.fr, 31/01/2019"])


class PhaseDetail(PhaseOut):
    """A phase of the programme with its stages; none where no source describes them."""

    stages: list[StageOut] = Field(max_length=20)


class AttendanceIn(Body):
    """Number of participants with a role. Persons are never named."""

    role: AttendanceRole = Field(examples=["elected"])
    count: Annotated[int, Field(ge=0, le=100_000)] = Field(examples=[120])


class AttendanceOut(Answer):
    """Number of participants with a role."""

    role: Word = Field(examples=["elected"])
    count: Count = Field(examples=[120])


class _EventContent(Partial):
    phase: PhaseCode | None = Field(default=None, description="Null: of no phase in particular.")
    starts_on: Day | None = Field(default=None, examples=["2019-03-05"])
    ends_on: Day | None = Field(default=None, description="Last day; null: one day, or not known.")
    place: Title | None = Field(default=None, examples=["Lyon (Global Industrie)"])
    note: Words | None = Field(default=None, examples=["plus de 300 participants"])
    source_id: SourceId | None = None


class CalendarEventIn(_EventContent):
    """An event of the programme."""

    kind: CalendarEventKind = Field(description=KIND_OF_EVENT)
    title: Title = Field(description="In French.", examples=["Assemblée générale des Territoires d'industrie"])
    precision: CalendarPrecision = Field(default="day", description=PRECISION)
    year: Year = Field(default_factory=unsent)
    status: CalendarStatus = Field(description=STATUS)
    attendance: Annotated[list[AttendanceIn], Unique(by=("role",))] = Field(
        default_factory=list, max_length=7, description="Counts by role; empty: not known."
    )
    source: Words = Field(description="Who says so, and where.", examples=["cohesion-territoires.gouv.fr, 06/03/2019"])


class CalendarEventChange(Correction, _EventContent):
    """A correction of an event. A list replaces the whole list."""

    kind: CalendarEventKind = Field(default_factory=unsent, description=KIND_OF_EVENT)
    title: Title = Field(default_factory=unsent)
    precision: CalendarPrecision = Field(default_factory=unsent, description=PRECISION)
    year: Year = Field(default_factory=unsent)
    status: CalendarStatus = Field(default_factory=unsent, description=STATUS)
    attendance: Annotated[list[AttendanceIn], Unique(by=("role",))] = Field(default_factory=unsent, max_length=7)
    source: Words = Field(default_factory=unsent)


class CalendarEventOut(Answer):
    """An event of the programme. The figures that cite its source are found by `/v1/figures?source_id=`."""

    id: UUID = Field(description=OCCASION, examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e50"])
    version: Version = Field(examples=[1])
    updated_at: datetime
    kind: Word = Field(description=KIND_OF_EVENT, examples=["assembly"])
    title: Line = Field(examples=["Première assemblée générale des Territoires d'industrie"])
    phase: PhaseCode | None = Field(description="Null: of no phase in particular.")
    precision: Word = Field(description=PRECISION, examples=["day"])
    starts_on: date | None = Field(description="Null: not known.", examples=["2019-03-05"])
    ends_on: date | None = Field(description="Last day; null: not known, or one day.", examples=["2019-03-06"])
    year: int = Field(ge=1900, le=2200, examples=[2019])
    status: Word = Field(description=STATUS, examples=["held"])
    place: Line | None = Field(examples=["Lyon (Global Industrie)"])
    note: Note | None = Field(examples=["plus de 300 participants ; quatre conventions d'opérateurs signées"])
    attendance: list[AttendanceOut] = Field(max_length=7, description="Counts by role; empty: not known.")
    source: Note = Field(examples=["https://www.adcf.org/contenu-article?num_article=4576"])
    source_id: UUID | None = Field(description="Registered source, if there is one.")
