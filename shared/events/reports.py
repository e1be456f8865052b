"""Facts told by the contract service: the yearly follow-up reports of contracts."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.events import Audience, Event
from shared.events.codes import PhaseCode, TerritoryKey
from shared.events.contract import Number

ReportStatus = Literal["due", "draft", "submitted", "reopened", "checked"]
ReportYear = Annotated[int, Field(ge=2018, le=2100)]
"""Calendar year that a report is about."""


class ReportEvent(Event, publisher="contract", audience=Audience.CONCERNED):
    """The state of a yearly report: every event of a report carries it."""

    report_id: UUID
    contract_id: UUID
    number: Number = Field(description="Of the contract.")
    phase: PhaseCode
    territory: TerritoryKey
    year: ReportYear
    due_on: date
    status: ReportStatus

    @property
    def subject(self) -> str:
        return f"report/{self.report_id}"


class ReportOpened(ReportEvent, name="ReportOpened"):
    """The writers of a contract have begun its report on a year."""

    opened_at: datetime


class ReportDue(ReportEvent, name="ReportDue"):
    """The year of a report is over, and the report is not submitted: it is due on `due_on`."""


class ReportOverdue(ReportEvent, name="ReportOverdue"):
    """The due day of a report has passed, and the report is not submitted."""


class ReportSubmitted(ReportEvent, name="ReportSubmitted"):
    """A territory has sent a report that lacks nothing to its Region or Regions."""

    submitted_at: datetime


class ReportReopened(ReportEvent, name="ReportReopened"):
    """A Region has sent a report back for writing."""

    reopened_at: datetime


class ReportChecked(ReportEvent, name="ReportChecked", audience=Audience.PUBLIC):
    """A Region has checked a report: everybody may read it."""

    checked_at: datetime
