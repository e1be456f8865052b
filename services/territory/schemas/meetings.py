"""Bodies and answers about meetings of committees."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.events.codes import Siren, SirenInput
from shared.events.territory import AGENDA_AT_MOST, SEATS_AT_MOST, MeetingStatus
from shared.http.schemas import Answer, Body, Count, Day, Line, Title
from shared.http.texts import Readable
from shared.http.unique import Unique
from shared.patterns import line_without, pattern_of

MEETING_STATUS = "planned: on its day it will be held; held: with its attendance; cancelled: with its reason."
QUORUM = "Minimum number of seats with a vote (chair and members, not observers) that are present; null: no quorum."
AGENDA_ITEM = pattern_of(
    line_without("@"),
    "an item of an agenda is one visible line of text without a mail address, such as Examen du projet de contrat",
)
AgendaItem = Annotated[str, StringConstraints(min_length=1, max_length=300), Readable(AGENDA_ITEM)]
Minimum = Annotated[int, Field(ge=1, le=SEATS_AT_MOST)]


class MeetingOut(Answer):
    """Meeting of a committee."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e74"])
    committee_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e70"])
    day: date = Field(examples=["2019-07-02"])
    title: Line | None = Field(examples=["Réunion de lancement (synthétique)"])
    place: Line | None = Field(examples=["Pau"])
    agenda: list[Line] = Field(max_length=AGENDA_AT_MOST, examples=[["Examen du projet de contrat"]])
    status: MeetingStatus = Field(description=MEETING_STATUS, examples=["planned"])
    cancelled_because: Line | None = Field(description="Reason of the cancellation.", examples=[None])
    present: list[Siren] = Field(
        max_length=SEATS_AT_MOST, description="Organisations that were present; empty until it was held.", examples=[[]]
    )
    voting_seats: Count | None = Field(
        description="Seats with a vote on its day, when it was recorded as held; null: not held.", examples=[None]
    )
    voting_present: Count | None = Field(description="Seats with a vote that were present.", examples=[None])
    quorum: Count | None = Field(description="Quorum of its day; null: none, or not held.", examples=[None])
    is_quorate: bool | None = Field(
        description="Enough seats with a vote were present; always true without a quorum; null: not held.",
        examples=[None],
    )


class MeetingIn(Body):
    """A meeting to plan."""

    day: Day = Field(
        description="From the first day of the committee to five years ahead.",
        examples=["2019-07-02"],
    )
    title: Title | None = Field(default=None, examples=["Réunion de lancement (synthétique)"])
    place: Title | None = Field(default=None, examples=["Pau"])
    agenda: Annotated[list[AgendaItem], Unique()] = Field(
        default=[],
        max_length=AGENDA_AT_MOST,
        description="Items. They are public: name no person.",
        examples=[["Examen du projet de contrat"]],
    )


class MeetingAttendanceIn(Body):
    """Organisations that were present at a meeting."""

    present: Annotated[list[SirenInput], Unique()] = Field(
        max_length=SEATS_AT_MOST,
        description="SIREN or SIRET of those that sit in the committee on the day of the meeting, observers too.",
        examples=[["200053759"]],
    )


class MeetingCancellationIn(Body):
    """Reason of a cancellation."""

    reason: Title = Field(description="Public, like the meeting.", examples=["Reportée"])


class QuorumIn(Body):
    """Another quorum of a committee."""

    minimum: Minimum | None = Field(description=QUORUM, examples=[3])
    on: Day = Field(
        description="First day of the quorum, not in the future, nor before that of the former one.",
        examples=["2020-07-15"],
    )
