"""Facts told by the territory service: places, organisations, pilots, committees, figures and calendar."""

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.events import Audience, Event, State, Title
from shared.events.codes import (
    DecidedObject,
    DepartementCode,
    PhaseCode,
    RegionCode,
    Siren,
    TerritoryCode,
    TerritoryKey,
)

MEMBERS_AT_MOST: Final = 70
"""Maximum members of a territory, past and present: its events list all of them."""
REQUESTED_AT_MOST: Final = 50
"""Maximum bodies that enter, and that leave, by one perimeter request."""
IN_OFFICE_AT_MOST: Final = 100
"""Maximum pilots and project managers of a territory at a time: its events list all of them."""
PAIR_MANDATES_AT_MOST: Final = 60
"""Maximum mandates of the pair of a territory, past and present: its events list all of them."""
SEATS_AT_MOST: Final = 100
"""Maximum organisations that sit in a committee at a time: its events list all of them."""
AGENDA_AT_MOST: Final = 50
"""Maximum items of the agenda of a meeting."""
FORMER_NAMES_AT_MOST: Final = 8
"""Maximum former names of an organisation: its events list all of them."""
WAVES_AT_MOST: Final = 20
"""Maximum waves of a territory, past and present: its events list all of them."""
MEMBER_NAME_AT_MOST: Final = 100
"""Maximum characters of the name of a member; the longest of the official geography has 59."""

MemberKind = Literal["epci", "ept", "commune"]
OrganisationKind = Literal[
    "epci", "ept", "commune", "departement", "region", "collectivite", "operator", "state",
    "association", "chamber", "company", "other",
]  # fmt: skip
Capacity = Literal["elu", "industriel", "project_manager"]
CommitteeLevel = Literal["project", "regional", "national"]
CommitteeStage = Literal["project", "follow_up"]
"""comité de projet, then comité de suivi once a contract was signed."""
MeetingStatus = Literal["planned", "held", "cancelled"]
SeatCapacity = Literal["chair", "member", "observer"]
DecisionKind = Literal["contract_approval", "perimeter_change", "action_plan", "other"]
DecisionOutcome = Literal["favourable", "unfavourable", "deferred"]
Unit = Literal["count", "eur", "pct", "ha"]
"""Unit of a figure: a number of things, euros, percent or hectares."""
DayPrecision = Literal["day", "month", "year"]
Qualifier = Literal["exact", "at_least", "about", "at_most"]
"""Meaning of a value: "plus de 300" is `at_least`, "près de 330" is `about`."""
Wave = Literal["pilot", "prefiguration", "deployment"]
"""Wave in which a territory joined the programme: pilote, préfigurateur or déploiement."""
CalendarEventKind = Literal[
    "cni", "national_committee", "assembly", "industry_week", "announcement", "report", "ceremony", "other",
]  # fmt: skip
CalendarPrecision = Literal["day", "published", "year"]
CalendarStatus = Literal["held", "announced", "to_confirm", "cancelled"]


DecimalText = Annotated[str, StringConstraints(max_length=24, pattern=r"^-?[0-9]{1,16}([.][0-9]{1,6})?$")]
MemberName = Annotated[str, StringConstraints(min_length=1, max_length=MEMBER_NAME_AT_MOST)]


class MemberState(State):
    """A member of a territory. A null date is unknown, never guessed."""

    siren: Siren
    kind: MemberKind
    name: MemberName
    entered_on: date | None
    left_on: date | None


class WaveState(State):
    """A wave of a territory, until the first day of the next one. A null day is unknown: it counts on every day."""

    wave: Wave
    since: date | None


class PilotState(State):
    """A pilot in office: an opaque person, the capacity and the organisation that is represented."""

    pilot_id: UUID
    capacity: Capacity
    person_id: UUID
    organisation: Siren
    since: date


class MandateState(PilotState):
    """A mandate of the pair, past, present or to come: `until` is the first day out of office."""

    until: date | None


class _TerritoryEvent(Event, publisher="territory", audience=Audience.PUBLIC):
    territory: TerritoryKey

    @property
    def subject(self) -> str:
        return f"territory/{self.territory}"


class _Perimeter(_TerritoryEvent):
    phase: PhaseCode
    code: TerritoryCode
    name: Title
    lead_region: RegionCode
    departements: list[DepartementCode] = Field(max_length=101)
    is_pilot: bool | None
    designated_on: date | None
    members: list[MemberState] = Field(max_length=MEMBERS_AT_MOST)
    closed_on: date | None = None
    """First day on which the territory is no longer in the programme; null: it is."""
    wave: Wave | None = None
    waves: list[WaveState] | None = Field(default=None, max_length=WAVES_AT_MOST)
    """Its waves in the order of their first days; `wave` is the last one. Null in old events."""
    pilot_from: date | None = None
    """First day on which `is_pilot` holds; null: no source gives it, and it holds on every day."""


class TerritoryDesignated(_Perimeter, name="TerritoryDesignated"):
    """A territory has been labelled or closed, or a fact about it (name, day, wave) was set or corrected.

    `members` lists all, past and present.
    """


class PerimeterChanged(_Perimeter, name="PerimeterChanged"):
    """Members have entered or left a territory, or where it lies is corrected; `members` is the whole list after it.

    A correction by the producer of the list names no day and no decision.
    """

    effective_on: date | None
    decision_id: UUID | None


class PerimeterRequested(Event, name="PerimeterRequested", publisher="territory", audience=Audience.CONCERNED):
    """A change of members of a territory is requested, or the state of the request has changed.

    `deciding_regions` are the régions whose committees decide; `accepted_by` those that have decided favourably.
    """

    request_id: UUID
    territory: TerritoryKey
    enters: list[Siren] = Field(max_length=REQUESTED_AT_MOST)
    leaves: list[Siren] = Field(max_length=REQUESTED_AT_MOST)
    wished_on: date
    state: Literal["open", "decided", "effective", "withdrawn"]
    outcome: Literal["accepted", "refused"] | None
    effective_on: date | None
    deciding_regions: list[RegionCode] = Field(max_length=18)
    accepted_by: list[RegionCode] = Field(max_length=18)

    @property
    def subject(self) -> str:
        return f"perimeter-request/{self.request_id}"


class _PilotEvent(_TerritoryEvent):
    pilot_id: UUID
    capacity: Capacity
    in_office: list[PilotState] = Field(max_length=IN_OFFICE_AT_MOST)
    """Every pilot of the territory after this fact."""
    mandates: list[MandateState] | None = Field(default=None, max_length=PAIR_MANDATES_AT_MOST)
    """Every mandate of the pair after this fact, by its first day: who held a seat on any day. Null in old events."""


class PilotAppointed(_PilotEvent, name="PilotAppointed"):
    """A pilot (élu, industriel) or a project manager takes office."""

    appointed_on: date


class PilotReplaced(_PilotEvent, name="PilotReplaced"):
    """A pilot leaves office; the successor is in `in_office`, unless there is none yet."""

    replaced_on: date
    successor_id: UUID | None


class MandateCorrected(_PilotEvent, name="MandateCorrected"):
    """A mandate that was recorded wrongly is corrected, or cancelled: then it counts on no day."""

    organisation: Siren
    since: date
    until: date | None
    is_cancelled: bool


class StateReferentNamed(_TerritoryEvent, name="StateReferentNamed"):
    """A territory has a State referent (référent de l'État), or the referent ends, or is cancelled.

    A cancelled one was recorded by mistake and counts on no day.
    """

    referent_id: UUID
    person_id: UUID
    organisation: Siren
    since: date
    until: date | None
    is_cancelled: bool


class FormerNameState(State):
    """Name that an organisation had, with its first and its last day. A null day is not known."""

    name: Title
    valid_from: date | None
    valid_to: date


class OrganisationRegistered(Event, name="OrganisationRegistered", publisher="territory", audience=Audience.PUBLIC):
    """An organisation is known to the programme, or what is known of it has changed."""

    siren: Siren
    name: Title
    kind: OrganisationKind
    aliases: list[Title] = Field(max_length=20)
    region: RegionCode | None
    successor: Siren | None
    synthetic: bool
    names: list[FormerNameState] = Field(default=[], max_length=FORMER_NAMES_AT_MOST)
    """Former names, the oldest first."""
    valid_to: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$", max_length=10)] | None = (
        None
    )
    """Last day, month or year under this SIREN, as precisely as it is known; null: in being, or not known."""
    duplicate_of: Siren | None = None
    """Another SIREN of the same body, under which it is named; null: it is no duplicate."""
    departements: list[DepartementCode] = Field(default=[], max_length=101)
    """Départements of a département or a State service; empty: of none, or not known."""

    @property
    def replaced_by(self) -> str | None:
        """SIREN of the organisation to name in place of it: its successor, or its original."""
        return self.successor or self.duplicate_of

    @property
    def subject(self) -> str:
        return f"organisation/{self.siren}"


class SeatState(State):
    """Seat of an organisation in a committee."""

    organisation: Siren
    capacity: SeatCapacity
    since: date


class _CommitteeEvent(Event, publisher="territory", audience=Audience.PUBLIC):
    committee_id: UUID
    level: CommitteeLevel
    name: Title
    region: RegionCode | None
    territory: TerritoryKey | None
    chair: Siren
    established_on: date
    quorum: int | None = None
    """Minimum number of seats with a vote that are present in a meeting; null: no quorum."""
    stage: CommitteeStage | None = None
    """Stage of a project committee; null: another level."""
    became_follow_up_on: date | None = None
    """First day as follow-up committee; null: no contract was signed."""

    @property
    def subject(self) -> str:
        return f"committee/{self.committee_id}"


class CommitteeEstablished(_CommitteeEvent, name="CommitteeEstablished"):
    """A steering body exists: of a territory, of a Region, or of the nation."""


class CommitteeChanged(_CommitteeEvent, name="CommitteeChanged"):
    """A steering body has another chair, member, observer, quorum or stage, or was dissolved."""

    dissolved_on: date | None
    seats: list[SeatState] = Field(max_length=SEATS_AT_MOST)
    """Every organisation that sits after this fact, the chair too."""


class MeetingHeld(Event, name="MeetingHeld", publisher="territory", audience=Audience.PUBLIC):
    """A committee has met."""

    meeting_id: UUID
    committee_id: UUID
    level: CommitteeLevel
    region: RegionCode | None
    territory: TerritoryKey | None
    day: date
    agenda_items: int = Field(ge=0, le=AGENDA_AT_MOST)
    """Number of items of the agenda."""
    present: list[Siren] = Field(max_length=SEATS_AT_MOST)
    """Organisations that were present, observers too."""
    quorum: int | None
    """Minimum number of seats with a vote that are present; null: no quorum."""
    is_quorate: bool

    @property
    def subject(self) -> str:
        return f"meeting/{self.meeting_id}"


class CommitteeDecided(Event, name="CommitteeDecided", publisher="territory", audience=Audience.CONCERNED):
    """A committee has decided. It changes nothing by itself: the act that needs the decision names it."""

    decision_id: UUID
    committee_id: UUID
    level: CommitteeLevel
    kind: DecisionKind
    outcome: DecisionOutcome
    title: Title
    reference: Title
    decided_on: date
    region: RegionCode | None
    decides: DecidedObject | None = None
    """Null: a decision on no object of the platform, or one that was recorded before decisions named theirs."""
    meeting_id: UUID | None = None
    """Meeting in which it was taken, if it is known."""

    @property
    def subject(self) -> str:
        return f"decision/{self.decision_id}"


class FigureDeclared(Event, name="FigureDeclared", publisher="territory", audience=Audience.PUBLIC):
    """A body has published a follow-up figure. It stays beside the computed one; neither overwrites the other."""

    figure_id: UUID
    metric: Title
    value: int
    """The value, rounded to a whole number."""
    day: date
    source: Title
    value_decimal: DecimalText | None = None
    """The exact value. Null in old events: it is `value`."""
    unit: Unit = "count"
    phase: PhaseCode | None = None
    day_precision: DayPrecision = "day"
    """With `month` or `year`, `day` is the last day of it."""
    ends_on: date | None = None
    """Last day for which the figure holds; null: until a later one."""
    qualifier: Qualifier = "exact"
    source_id: UUID | None = None
    corrects: UUID | None = None
    """The declaration that this one replaces."""
    declared_at: datetime | None = None
    """Time of the declaration here. Null in old events."""

    @property
    def subject(self) -> str:
        return f"figure/{self.figure_id}"


class CalendarEventAnnounced(Event, name="CalendarEventAnnounced", publisher="territory", audience=Audience.PUBLIC):
    """An event of the programme is in the calendar, or what is stated of it (day, place, status) is corrected.

    Null days are unknown: then `precision` says that `year` alone is known.
    """

    calendar_event_id: UUID
    kind: CalendarEventKind
    title: Title
    phase: PhaseCode | None
    precision: CalendarPrecision
    starts_on: date | None
    ends_on: date | None
    year: int
    status: CalendarStatus
    place: Title | None
    source_id: UUID | None

    @property
    def subject(self) -> str:
        return f"calendar/{self.calendar_event_id}"
