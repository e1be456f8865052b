"""Matchings: the services that fit an action, with the reasons."""

from datetime import date, datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import JSON, BigInteger, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.catalog.models.base import Base
from shared.security.access import Stakeholders
from shared.storage.history import Recorded
from shared.storage.tables import UTCDateTime


class SuggestedChange(TypedDict):
    """Change that would make a criterion true: a field of the action with one of these values, or a minimum."""

    sentence: str
    field: str | None
    one_of: list[str] | None
    at_least: int | None


class Criterion(TypedDict):
    """The answer to one question about a service and an action."""

    code: str
    label: str
    weight: int
    verdict: str
    decisive: bool
    because: str
    would_change: SuggestedChange | None


class MatchResult(TypedDict):
    """Sum of the answers about a service and an action."""

    score: int
    known: int
    retained: bool


class Match(MatchResult):
    """A service compared with an action."""

    service: str
    service_version: int
    name: str
    operator: str | None
    named: str
    possible: int
    criteria: list[Criterion]


class Matching(Recorded, Base):
    """An action compared with the services on offer on the day of its submission."""

    __tablename__ = "matchings"
    collection = "matchings"

    action_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    phase: Mapped[str] = mapped_column(String(4))
    axes: Mapped[list[str]] = mapped_column(JSON)
    territories: Mapped[list[str]] = mapped_column(JSON)
    regions: Mapped[list[str]] = mapped_column(JSON)
    organisations: Mapped[list[str]] = mapped_column(JSON, comment="organisations that the action names")
    operators: Mapped[list[str]] = mapped_column(JSON, comment="operators of the matches")
    day: Mapped[date] = mapped_column(comment="on which the services were on offer")
    matched_at: Mapped[datetime] = mapped_column(UTCDateTime)
    matches: Mapped[list[Match]] = mapped_column(JSON, comment="best first")
    others: Mapped[list[Match]] = mapped_column(JSON, comment="those that were looked at and not retained")

    @property
    def stakeholders(self) -> Stakeholders:
        # A sheet has a matching from its submission on, and then concerns every operator.
        return Stakeholders.of(
            territories=self.territories, regions=self.regions, organisations=self.organisations, operators=True
        )

    def snapshot(self) -> dict[str, Any]:
        """Return the scores without the reasons."""
        # The reasons of 48 services, seven each, would be repeated in each history entry.
        kept = ("service", "operator", "score", "known", "possible")
        matches = [{name: value for name, value in match.items() if name in kept} for match in self.matches]
        return {**super().snapshot(), "matches": matches, "others": [match["service"] for match in self.others]}


class KnownAction(Base):
    """Projection of an action sheet."""

    __tablename__ = "known_actions"

    action_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    number: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(300))
    phase: Mapped[str] = mapped_column(String(4))
    status: Mapped[str] = mapped_column(String(20))
    axes: Mapped[list[str]] = mapped_column(JSON)
    main_axis: Mapped[str | None] = mapped_column(String(50), comment="null: taken out of a returned sheet")
    territories: Mapped[list[str]] = mapped_column(JSON)
    regions: Mapped[list[str]] = mapped_column(JSON)
    carriers: Mapped[list[str]] = mapped_column(JSON)
    partners: Mapped[list[str]] = mapped_column(JSON)
    cost_cents: Mapped[int | None] = mapped_column(BigInteger)
