"""Bodies and answers about organisations."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.events.codes import RegionCode, Siren
from shared.events.territory import OrganisationKind
from shared.http.schemas import MANY, Answer, Body, Line, Note, Title

KIND = (
    "epci, ept, commune: as the official geography says; collectivite: a single territorial collectivity; "
    "operator: of the basket of services (panier de services); state: a State body or service; "
    "chamber: a chamber of commerce (CCI); other: PETR, pôle métropolitain, syndicat mixte…"
)
PartialDay = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$", max_length=10)]


class AliasOut(Answer):
    """Another name of an organisation."""

    name: Line = Field(examples=["Pôle emploi"])
    note: Note | None = Field(description="What is known of its use.", examples=["nom jusqu'au 31/12/2023"])


class OrganisationOut(Answer):
    """A body that acts in the programme."""

    siren: Siren = Field(examples=["130005481"])
    name: Line = Field(examples=["France Travail"])
    kind: OrganisationKind = Field(description=KIND, examples=["operator"])
    aliases: list[AliasOut] = Field(max_length=MANY)
    region: RegionCode | None = Field(
        validation_alias="region_code", description="The région that it acts in or lies in.", examples=[None]
    )
    successor: Siren | None = Field(
        validation_alias="successor_siren", description="The body that took over, under another SIREN.", examples=[None]
    )
    valid_from: PartialDay | None = Field(
        description="Since when it lives under this SIREN, as precisely as it is documented; null: not documented.",
        examples=[None],
    )
    valid_to: PartialDay | None = Field(
        description="Until when; null: not documented, which is not without limit.", examples=[None]
    )
    source: Note | None = Field(
        description="Where the SIREN was read.", examples=["github.com/betagouv/api-subventions-asso"]
    )
    synthetic: bool = Field(description="Invented for demonstrations.", examples=[False])


class OrganisationIn(Body):
    """An organisation to register. EPCIs, EPTs and communes need not be: they are when they are first named."""

    siren: Siren = Field(examples=["000000018"])
    name: Title = Field(examples=["Préfecture de la région Nouvelle-Aquitaine (synthétique)"])
    kind: OrganisationKind = Field(description=KIND, examples=["state"])
    aliases: Annotated[list[Title], Field(max_length=20)] = Field(
        default=[], description="Other names by which it is found.", examples=[["Préfecture de Bordeaux (synthétique)"]]
    )
    region: RegionCode | None = Field(
        default=None,
        description="The région that it acts in; a Region, and a State service that shall act in its région, need it.",
        examples=["75"],
    )
    synthetic: bool = Field(
        default=False,
        description="Invented for demonstrations: the SIREN is below 000300000, the name says « synthétique ».",
        examples=[True],
    )
