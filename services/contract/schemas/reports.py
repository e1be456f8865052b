"""Yearly reports, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints, computed_field

from services.contract.models import SheetProgress
from services.contract.rules import transitions
from services.contract.schemas.texts import Document, Number, Paragraph, Reason, Text
from shared.events.codes import PhaseCode, RegionCode, TerritoryKey
from shared.events.reports import ReportStatus, ReportYear
from shared.http.schemas import Answer, Body, Id, Note, Prose, Transitions, Version, unsent
from shared.http.texts import SEVERAL_LINES
from shared.http.unique import Unique

SheetNote = Annotated[str, StringConstraints(min_length=1, max_length=1_000), SEVERAL_LINES]
SHEET = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e01"
SUMMARY = "L'école de production a ouvert sa première session (texte synthétique)."
GOVERNANCE = "Deux réunions du comité de suivi (texte synthétique)."
DIFFICULTIES = "Le recrutement des formateurs a pris du retard (texte synthétique)."
OUTLOOK = "Une seconde session ouvre au printemps (texte synthétique)."
NOTE = "Douze élèves inscrits (texte synthétique)."
PROGRESS = "State of the action at the end of the year."


class ReportBegun(Body):
    """A report to begin."""

    year: ReportYear = Field(description="A year of the period of the contract that has begun.", examples=[2020])


class SheetReportIn(Body):
    """A line of a report: the progress of one action sheet of the contract."""

    action_id: Id = Field(description="Id of a sheet of the contract.", examples=[SHEET])
    progress: SheetProgress = Field(description=PROGRESS, examples=["in_progress"])
    note: SheetNote | None = Field(default=None, examples=[NOTE])


class ReportChange(Document):
    """Changes of a report. Null takes a text away; the list of lines replaces the whole list."""

    summary: Text | None = Field(default=None, description="Needed for the submission.", examples=[SUMMARY])
    governance: Paragraph | None = Field(default=None, description="Meetings held.", examples=[GOVERNANCE])
    actions: Annotated[list[SheetReportIn], Unique(by=("action_id",))] = Field(
        default_factory=unsent,
        max_length=200,
        description="One line for each sheet of the contract: all are needed for the submission.",
    )
    difficulties: Paragraph | None = Field(default=None, examples=[DIFFICULTIES])
    outlook: Paragraph | None = Field(default=None, description="Planned for what follows.", examples=[OUTLOOK])
    reason: Reason | None = Field(default=None, description="Why, for its history.")


class SheetReportOut(Answer):
    """A line of a report: the progress of one action sheet of the contract."""

    action_id: UUID = Field(examples=[SHEET])
    progress: SheetProgress = Field(description=PROGRESS, examples=["in_progress"])
    note: Note | None = Field(examples=[NOTE])


class ReportOut(Answer):
    """A yearly report. From its first check on everybody may read it."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e60"])
    version: Version
    updated_at: datetime = Field(examples=["2021-04-12T15:30:00Z"])
    created_at: datetime = Field(examples=["2021-01-01T00:05:00Z"])
    contract_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02"])
    contract_number: Number = Field(description="In the plan of its territory.", examples=["C-0001"])
    territory: TerritoryKey
    phase: PhaseCode
    regions: list[RegionCode] = Field(
        max_length=100, description="Of the contract: any of them checks the report.", examples=[["75", "76"]]
    )
    year: ReportYear = Field(description="Calendar year that it is about.", examples=[2020])
    status: ReportStatus = Field(
        description="`due`: opened by the platform, and still empty. `reopened`: sent back for writing.",
        examples=["checked"],
    )
    due_on: date = Field(description="Last day to submit it.", examples=["2021-03-31"])
    summary: Prose | None = Field(examples=[SUMMARY])
    governance: Prose | None = Field(description="Meetings held.", examples=[GOVERNANCE])
    actions: list[SheetReportOut] = Field(max_length=200, description="A line for each sheet of the contract.")
    difficulties: Prose | None = Field(examples=[DIFFICULTIES])
    outlook: Prose | None = Field(description="Planned for what follows.", examples=[OUTLOOK])
    reopen_reason: Note | None = Field(
        description="Why it was last reopened; null once it is checked again.", examples=[None]
    )
    submitted_at: datetime | None = Field(description="Last submission.", examples=["2021-03-15T10:00:00Z"])
    checked_at: datetime | None = Field(description="Last check.", examples=["2021-04-12T15:30:00Z"])

    @computed_field(description="What may happen to it next: `POST …/{transition}`.", examples=[["reopen"]])  # type: ignore[prop-decorator]
    @property
    def allowed_transitions(self) -> Transitions:
        """From the declared table."""
        return sorted(transitions.REPORT[self.status])
