"""Action sheets (fiches action)."""

from datetime import date, datetime
from typing import ClassVar, TypedDict
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, Uuid, column
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from services.contract.models.base import Base, SearchTag, TagKind
from services.contract.models.opinions import DatedOpinion, Opinion, dated
from services.contract.models.projections import KnownRequest
from shared.events.contract import ActionStatus, Commitment, RegionalOutcome
from shared.security.access import AccessScope, Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT
from shared.storage.search import SEARCH_INDEXED, search_index
from shared.storage.tables import UTCDateTime


class Issue(TypedDict):
    """Numbered issue (enjeu) of a sheet."""

    title: str
    axis: str | None
    diagnosis: str | None


class Carrier(TypedDict):
    """Organisation in charge of an action, under its name at the time of entry."""

    siren: str
    name: str


class Partner(TypedDict):
    """Organisation that helps, without being in charge."""

    siren: str
    name: str
    role: str


class Milestone(TypedDict):
    """Milestone of the calendar. `due_on` is an ISO date, such as 2020-06-30."""

    title: str
    due_on: str


class RegionalDecision(TypedDict):
    """Decision of a Region on a submitted sheet."""

    outcome: RegionalOutcome
    organisation: str
    decided_at: str


class Action(Recorded, Base):
    """Action sheet. Lists find it by its tags."""

    __tablename__ = "actions"
    __table_args__ = (UniqueConstraint("lead_territory", "number"), search_index("ix_actions_search", column("search")))
    collection = "actions"
    is_large = True
    not_content: ClassVar[frozenset[str]] = frozenset({
        "id", "lead_territory", "number", "phase", "lead_regions", "regions", "status", "search", "opinions",
        "decisions", "confidential", "asked_operators", "decision_reason", "submitted_at", "decided_at", "created_at",
        "updated_at", "version", "text_version", "submitted_version",
    })  # fmt: skip
    """Columns that are no content. Every other column is: written by editors, and frozen with a contract."""

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    lead_territory: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(10))
    phase: Mapped[str] = mapped_column(String(4))
    territories: Mapped[list[str]] = mapped_column(JSON, comment="the lead first")
    lead_regions: Mapped[list[str]] = mapped_column(JSON, comment="those of the lead territory: they decide")
    regions: Mapped[list[str]] = mapped_column(JSON, comment="those of all its territories")
    status: Mapped[ActionStatus] = mapped_column(String(20))

    title: Mapped[str] = mapped_column(String(300))
    search: Mapped[str] = mapped_column(
        String(1000), comment="title and number, without accents or case", info=SEARCH_INDEXED
    )
    axes: Mapped[list[str]] = mapped_column(JSON)
    main_axis: Mapped[str | None] = mapped_column(String(50))
    context: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    issues: Mapped[list[Issue]] = mapped_column(JSON, info=FREE_TEXT)
    objective: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    description: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    carriers: Mapped[list[Carrier]] = mapped_column(JSON)
    partners: Mapped[list[Partner]] = mapped_column(JSON)
    commitment: Mapped[Commitment | None] = mapped_column(String(20))
    cost_cents: Mapped[int | None] = mapped_column(BigInteger)
    planned_start: Mapped[date | None]
    planned_end: Mapped[date | None]
    milestones: Mapped[list[Milestone]] = mapped_column(JSON, info=FREE_TEXT)
    confidential: Mapped[list[str]] = mapped_column(
        JSON, comment="names of fields that operators may not read unless the sheet names them"
    )
    asked_operators: Mapped[list[str]] = mapped_column(JSON, comment="SIREN of operators that were asked for help")

    decisions: Mapped[dict[str, RegionalDecision]] = mapped_column(JSON, comment="by Region, since the last submission")
    text_version: Mapped[int] = mapped_column(default=1, comment="grows at the first change after a submission")
    submitted_version: Mapped[int | None] = mapped_column(comment="version of the text that was last submitted")
    opinions: Mapped[list[Opinion]] = mapped_column(JSON, info=FREE_TEXT)
    decision_reason: Mapped[str | None] = mapped_column(Text, comment="of the last return or rejection", info=FREE_TEXT)
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    all_requests: Mapped[list[KnownRequest]] = relationship(
        viewonly=True,
        primaryjoin=lambda: Action.id == foreign(KnownRequest.action_id),
        order_by=lambda: (KnownRequest.sent_at, KnownRequest.request_id),
        lazy="selectin",
    )
    """Service requests for the sheet, from events of catalog. They are shown with it, but no part of it."""

    # Not stored, and empty until a query knows the reader: who forgets to ask shows nothing confidential.
    is_shown_whole = False
    readable_requests = frozenset[UUID]()

    @classmethod
    def content(cls) -> list[str]:
        """Return the names of the columns that are content of the sheet."""
        return [name for name in cls.__table__.columns.keys() if name not in cls.not_content]  # noqa: SIM118

    @property
    def embeds_other_resources(self) -> bool:
        """True if responses show service requests, which `version` does not count."""
        return bool(self.all_requests)

    @property
    def service_requests(self) -> list[KnownRequest]:
        """Service requests that this reader may read."""
        return [request for request in self.all_requests if request.request_id in self.readable_requests]

    @property
    def carried_by(self) -> list[str]:
        """SIREN of each carrier."""
        return [carrier["siren"] for carrier in self.carriers]

    @property
    def helped_by(self) -> list[str]:
        """SIREN of each partner."""
        return [partner["siren"] for partner in self.partners]

    @property
    def named_organisations(self) -> list[str]:
        """SIREN of each carrier, partner and asked operator, once."""
        return list(dict.fromkeys([*self.carried_by, *self.helped_by, *self.asked_operators]))

    def show_to(self, access_scope: AccessScope) -> None:
        """Show the sheet as a reader may see it."""
        self.is_shown_whole = access_scope.is_named(self.stakeholders)
        readable = (each.request_id for each in self.all_requests if access_scope.sees(each.stakeholders))
        self.readable_requests = frozenset(readable)

    @property
    def withheld(self) -> list[str]:
        """Names of the fields that this reader may not read."""
        return [] if self.is_shown_whole else self.confidential

    @property
    def dated_opinions(self) -> list[DatedOpinion]:
        """Opinions that say whether the text is still the one that they are about."""
        return dated(self.opinions, self.text_version)

    @property
    def awaited_regions(self) -> list[str]:
        """Regions that have yet to decide on the submitted sheet."""
        return [code for code in self.lead_regions if code not in self.decisions] if self.status == "submitted" else []

    @property
    def stakeholders(self) -> Stakeholders:
        """Its territories, their Regions, its organisations; from the first submission on, every operator."""
        return Stakeholders.of(
            territories=self.territories,
            regions=self.regions,
            organisations=self.named_organisations,
            operators=self.submitted_at is not None,
        )

    @property
    def editors(self) -> Stakeholders:
        """Stakeholders who may edit: the lead territory and the carriers."""
        return Stakeholders.of(territories=[self.lead_territory], organisations=self.carried_by)

    @property
    def approvers(self) -> Stakeholders:
        """Stakeholders who may decide: the Regions of the lead territory, and the State there."""
        return Stakeholders.of(regions=self.lead_regions)

    @property
    def list_position(self) -> dict[str, str]:
        """Position in the list, as its tags store it."""
        return {"lead_territory": self.lead_territory, "number": self.number}

    def tags(self) -> set[tuple[TagKind, str]]:
        """Tags by which lists find the sheet."""
        return {
            *((TagKind.TERRITORY, key) for key in self.territories),
            *((TagKind.REGION, code) for code in self.regions),
            *((TagKind.ORGANISATION, siren) for siren in self.named_organisations),
            *((TagKind.CARRIER, siren) for siren in self.carried_by),
            *((TagKind.AXIS, axis) for axis in self.axes),
        }


class ActionTag(SearchTag, Base):
    """Tag of an action sheet, with its position in the list. Sheets of one tag are read in order."""

    __tablename__ = "action_tags"

    object_id: Mapped[UUID] = mapped_column(ForeignKey("actions.id", ondelete="CASCADE"), primary_key=True)
    lead_territory: Mapped[str] = mapped_column(String(20), comment="of the sheet, which keeps it")
    number: Mapped[str] = mapped_column(String(10), comment="of the sheet, which keeps it")

    __table_args__ = (
        Index("ix_action_tags_object_id", "object_id"),
        Index("ix_action_tags_list", "kind", "code", "lead_territory", "number"),
    )
