"""Matchings, as they are answered."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, computed_field

from services.catalog.rules.matching import AT_MOST, FLOOR
from shared.events.catalog import ServiceCode
from shared.events.codes import PhaseCode, RegionCode, Siren, TerritoryKey
from shared.http.schemas import MANY, Answer, BigCount, Count, Line, Prose, Version, Word

CRITERIA = [
    {
        "code": code,
        "label": label,
        "weight": weight,
        "verdict": verdict,
        "decisive": decisive,
        "because": because,
        **({"would_change": {"sentence": change}} if change else {}),
    }
    for code, label, weight, verdict, decisive, because, change in (
        ("axis", "Axe", 35, "true", True, "L'action porte un axe auquel répond « recruter », celui du service.", ""),
        ("beneficiaries", "Bénéficiaires", 25, "true", True, "CA Pau Béarn Pyrénées est une collectivité.", ""),
        ("main_axis", "Axe principal", 10, "true", False, "C'est l'axe principal de l'action (recruter).", ""),
        ("on_offer", "Offert ce jour", 10, "true", True, "Offert le 10/09/2021 : depuis le 01/01/2021.", ""),
        ("phase", "Phase du programme", 10, "true", True, "Entré au panier (ajout) pendant la phase 1.", ""),
        (
            *("openness", "Ouverture aux territoires d'industrie", 5, "unknown", False),
            "Aucune source ne dit si le service est réservé, prioritaire ou ouvert à tous.",
            "L'opérateur indique à qui le service est ouvert.",
        ),
        (
            *("cost", "Coût minimal", 5, "unknown", True),
            "Aucun coût minimal n'est indiqué.",
            "L'opérateur indique un coût minimal, ou aucun.",
        ),
    )
]


class ChangeOut(Answer):
    """Change that would make the answer true."""

    sentence: Prose = Field(examples=["Porter l'axe « recruter »."])
    field: Word | None = Field(description="The field of the action to change, if one would do.", examples=["axes"])
    one_of: Annotated[list[Word], Field(max_length=100)] | None = Field(
        description="The field then names one of these; carriers: a carrier of one of these kinds.",
        examples=[["recruter"]],
    )
    at_least: BigCount | None = Field(description="The field is then at least so much.", examples=[40_000_000])


class CriterionOut(Answer):
    """One question, and its answer with the reason."""

    code: Word = Field(examples=["axis"])
    label: Line = Field(examples=["Axe"])
    weight: Count = Field(examples=[35])
    verdict: Literal["true", "false", "unknown"] = Field(
        examples=["true"], description="Unknown is never counted as true."
    )
    decisive: bool = Field(description="False here rules the service out.")
    because: Prose = Field(examples=["L'action porte un axe auquel répond « recruter », celui du service."])
    would_change: ChangeOut | None = Field(description="Null where the answer is true.", examples=[None])


class MatchSummary(Answer):
    """A service that may help, and how well it fits."""

    service: ServiceCode = Field(examples=["BDT-11"])
    name: Line = Field(examples=["AMI Écoles de production"])
    operator: Siren | None = Field(examples=["180020026"])
    named: Line = Field(
        description="The operator: its brand, or its name on the `day` of the matching.",
        examples=["Banque des Territoires"],
    )
    score: Count = Field(description="The sum of the weights of what is true.", examples=[90])
    known: Count = Field(description="The sum of the weights of what is true or false.", examples=[90])
    possible: Count = Field(description="The sum of all weights.", examples=[100])


class MatchOut(MatchSummary):
    """A service beside an action."""

    service_version: Version = Field(description="The version that was looked at.", examples=[1])
    retained: bool = Field(description="One of `matches`.")
    criteria: list[CriterionOut] = Field(max_length=20, examples=[CRITERIA])


class MatchingSummary(Answer):
    """The services that may help an action, best first."""

    action_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e01"])
    version: Version = Field(description="Grows with each matching.", examples=[1])
    updated_at: datetime = Field(examples=["2021-09-10T10:00:02Z"])
    title: Line = Field(examples=["École de production (exemple synthétique)"])
    phase: PhaseCode
    axes: list[Word] = Field(max_length=10, examples=[["recruter", "attirer"]])
    territories: list[TerritoryKey] = Field(max_length=20)
    regions: list[RegionCode] = Field(max_length=100, examples=[["75", "76"]])
    day: date = Field(
        examples=["2021-09-10"], description="The day of submission: what was on offer then was looked at."
    )
    matched_at: datetime = Field(examples=["2021-09-10T10:00:02Z"])
    matches: list[MatchSummary] = Field(max_length=AT_MOST)

    @computed_field(description="The least score of a match.", examples=[FLOOR])  # type: ignore[prop-decorator]
    @property
    def floor(self) -> Count:
        """From the rules."""
        return FLOOR


class MatchingOut(MatchingSummary):
    """Every service that was on offer, beside the action, with each question and its answer."""

    matches: list[MatchOut] = Field(max_length=AT_MOST)  # type: ignore[assignment]
    others: list[MatchOut] = Field(
        max_length=MANY, examples=[[]], description="Looked at and not retained, best first."
    )
