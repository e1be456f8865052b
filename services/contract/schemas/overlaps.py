"""Answers about overlaps of a contract."""

from typing import Final
from uuid import UUID

from pydantic import Field

from services.contract.schemas.contract_texts import ACTION
from shared.events.codes import TerritoryKey
from shared.http.schemas import MANY, Answer, BigCount, Count, Line, Note, Word

WHOLE: Final = "A commune counts whole, also if the perimeter covers a part of it, such as a quarter."


class CoveredPartOut(Answer):
    """The part of the territory that a scheme covers, or one of its perimeters."""

    scheme: Word = Field(description="Code in `/v1/schemes`.", examples=["cte"])
    perimeter: Note | None = Field(description="null: the scheme, by any perimeter.", examples=["CTE213"])
    name: Note | None = Field(description="null: the source names none.", examples=["CA Pau Béarn Pyrénées"])
    commune_count: Count = Field(description=WHOLE, examples=[31])
    population: Count = Field(description="Municipal population of these communes, inhabitants.", examples=[166_794])
    commune_share: float | None = Field(ge=0, le=1, description="Of the territory's communes.", examples=[0.063395])
    population_share: float | None = Field(ge=0, le=1, description="Of its inhabitants.", examples=[0.323119])
    is_linked: bool = Field(description="True if a link of the contract names it.", examples=[False])


class OtherPlaceOut(Answer):
    """A scheme or a contract in which a sheet also stands."""

    kind: Word = Field(description="Kind of the link, or contract or protocol.", examples=["protocol"])
    name: Line = Field(examples=["Protocole d'accord Lacq-Pau-Tarbes (exemple synthétique)"])
    reason: Note = Field(
        description="Why its cost could be counted twice.",
        examples=["The plan of protocol P-0001 has this sheet too: a report on each counts its cost."],
    )
    scheme: Word | None = Field(examples=[None])
    perimeter: Note | None = Field(examples=[None])
    contract_id: UUID | None = Field(
        description="null: it is no contract of this platform.", examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e04"]
    )


class SharedSheetOut(Answer):
    """A sheet of the plan that also stands elsewhere: its money could be counted twice."""

    action_id: UUID = Field(examples=[ACTION])
    title: Line = Field(examples=["École de production (exemple synthétique)"])
    cost_cents: BigCount | None = Field(
        description="Total cost in euro cents; null: not known, or not for you.", examples=[125_000_000]
    )
    places: list[OtherPlaceOut] = Field(max_length=MANY, description="Contracts that you may not read are left out.")


class ContractOverlapsOut(Answer):
    """Overlaps of a contract with other schemes of the State, and with other contracts."""

    contract_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02"])
    territory: TerritoryKey
    commune_count: Count = Field(description="Communes of the members of today.", examples=[489])
    population: Count = Field(description="Their municipal population, inhabitants.", examples=[516_200])
    schemes: list[CoveredPartOut] = Field(max_length=MANY, description="Most populated part first.")
    perimeters: list[CoveredPartOut] = Field(max_length=MANY, description="Most populated part first.")
    sheets: list[SharedSheetOut] = Field(max_length=MANY, description="In the order of the plan.")
    counted_twice_cents: BigCount = Field(
        description="Sum of the known costs of these sheets, in euro cents: what two reports could count twice.",
        examples=[125_000_000],
    )
