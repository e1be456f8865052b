"""Announced envelopes, as they are sent and answered."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.territory.schemas.texts import Correction, Partial, SourceId, Words
from shared.events.codes import PhaseCode
from shared.http.schemas import Answer, BigCount, Cents, Day, Line, Note, Title, Version, Word, unsent

Qualifier = Literal["at_least", "about", "exact"]
QUALIFIER = "at_least: « plus de »; about: « environ », « près de »; exact: stated without either."


class _EnvelopeContent(Partial):
    announced_on: Day | None = Field(default=None, description="Null: not known.", examples=["2018-11-22"])
    note: Words | None = None
    source_id: SourceId | None = None


class EnvelopeIn(_EnvelopeContent):
    """An amount that was announced for the programme."""

    title: Title = Field(description="In French.", examples=["Moyens orientés en priorité vers les territoires"])
    amount_cents: Cents = Field(examples=[100_000_000_000])
    qualifier: Qualifier = Field(description=QUALIFIER)
    phase: PhaseCode
    source: Title = Field(description="Who announced it, and where.", examples=["support de présentation, mars 2019"])


class EnvelopeChange(Correction, _EnvelopeContent):
    """A correction of an envelope."""

    title: Title = Field(default_factory=unsent)
    amount_cents: Cents = Field(default_factory=unsent)
    qualifier: Qualifier = Field(default_factory=unsent, description=QUALIFIER)
    phase: PhaseCode = Field(default_factory=unsent)
    source: Title = Field(default_factory=unsent)


class EnvelopeOut(Answer):
    """An amount that was announced for the programme. Its consumption is not part of this object yet."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e53"])
    version: Version = Field(examples=[1])
    updated_at: datetime
    title: Line = Field(examples=["Moyens orientés en priorité vers les Territoires d'industrie"])
    amount_cents: BigCount = Field(description="Euro cents.", examples=[100_000_000_000])
    qualifier: Word = Field(description=QUALIFIER, examples=["at_least"])
    announced_on: date | None = Field(description="Null: no source gives the day.", examples=["2018-11-22"])
    phase: PhaseCode
    note: Note | None = Field(examples=["« plus d'un milliard d'euros »"])
    source: Line = Field(examples=["support de présentation, mars 2019"])
    source_id: UUID | None = Field(description="Registered source, if there is one.")
