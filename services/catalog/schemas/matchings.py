"""Matchings, as they are answered."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, computed_field

from services.catalog.rules.matching import FLOOR
from services.catalog.schemas.texts import Phase
from shared.events.catalog import ServiceCode
from shared.events.codes import RegionCode, Siren, TerritoryKey
from shared.schemas import Answer


class ChangeOut(Answer):
    """What would make the answer true."""

    sentence: str = Field(examples=["Porter l'axe « recruter »."])
    field: str | None = Field(description="The field of the action to change, if one would do.", examples=["axes"])
    one_of: list[str] | None = Field(
        description="The field then names one of these; carriers: a carrier of one of these kinds.",
        examples=[["recruter"]],
    )
    at_least: int | None = Field(description="The field is then at least so much.", examples=[40_000_000])


class CriterionOut(Answer):
    """One question, and its answer with the reason."""

    code: str = Field(examples=["axis"])
    label: str = Field(examples=["Axe"])
    weight: int = Field(examples=[35])
    verdict: Literal["true", "false", "unknown"] = Field(description="Unknown is never counted as true.")
    decisive: bool = Field(description="False here rules the service out.")
    because: str = Field(examples=["L'action porte un axe auquel répond « recruter », celui du service."])
    would_change: ChangeOut | None = Field(description="Null where the answer is true.")


class MatchSummary(Answer):
    """A service that may help, and how well it fits."""

    service: ServiceCode = Field(examples=["BDT-11"])
    name: str = Field(examples=["AMI Écoles de production"])
    operator: Siren | None
    named: str = Field(examples=["Banque des Territoires"])
    score: int = Field(description="The sum of the weights of what is true.", examples=[85])
    known: int = Field(description="The sum of the weights of what is true or false.", examples=[90])
    possible: int = Field(description="The sum of all weights.", examples=[100])


class MatchOut(MatchSummary):
    """A service beside an action."""

    service_version: int = Field(description="The version that was looked at.", examples=[1])
    retained: bool
    criteria: list[CriterionOut]


class MatchingSummary(Answer):
    """The services that may help an action, best first."""

    action_id: UUID
    version: int = Field(description="Grows with each matching.")
    updated_at: datetime
    title: str = Field(examples=["École de production en chaudronnerie de Lacq"])
    phase: Phase
    axes: list[str] = Field(examples=[["recruter", "attirer"]])
    territories: list[TerritoryKey]
    regions: list[RegionCode]
    day: date = Field(description="The day of submission: what was on offer then was looked at.")
    matched_at: datetime
    matches: list[MatchSummary]

    @computed_field(description="The least score of a match.")  # type: ignore[prop-decorator]
    @property
    def floor(self) -> int:
        """From the rules."""
        return FLOOR


class MatchingOut(MatchingSummary):
    """Every service that was on offer, beside the action, with each question and its answer."""

    matches: list[MatchOut]  # type: ignore[assignment]
    others: list[MatchOut] = Field(description="Looked at and not retained, best first.")
