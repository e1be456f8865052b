"""Bodies and answers about organisations."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from services.territory.models import Organisation
from services.territory.rules.duplicates import DISTINCT_AT_MOST
from shared.events.codes import RegionCode, Siren, SirenInput
from shared.events.territory import FORMER_NAMES_AT_MOST, OrganisationKind
from shared.http.schemas import MANY, Answer, Body, Day, Line, Note, Title, Version, unsent
from shared.http.unique import Unique
from shared.names import name_on

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


class FormerNameOut(Answer):
    """Name that an organisation had."""

    name: Line = Field(examples=["Pôle emploi"])
    valid_from: date | None = Field(description="First day; null: not known.", examples=[None])
    valid_to: date = Field(description="Last day.", examples=["2023-12-31"])


class OrganisationOut(Answer):
    """A body that acts in the programme."""

    siren: Siren = Field(examples=["130005481"])
    name: Line = Field(description="Its name on the day of `as_of`, or today.", examples=["France Travail"])
    kind: OrganisationKind = Field(description=KIND, examples=["operator"])
    aliases: list[AliasOut] = Field(max_length=MANY)
    names: list[FormerNameOut] = Field(max_length=MANY, description="Former names, the oldest first.")
    region: RegionCode | None = Field(
        validation_alias="region_code", description="The région that it acts in or lies in.", examples=[None]
    )
    successor: Siren | None = Field(
        validation_alias="successor_siren", description="The body that took over, under another SIREN.", examples=[None]
    )
    duplicate_of: Siren | None = Field(
        validation_alias="duplicate_of_siren",
        description="Another SIREN of the same body, under which it is named; null: it is no duplicate.",
        examples=[None],
    )
    distinct_from: Annotated[list[Siren], Field(max_length=DISTINCT_AT_MOST)] = Field(
        description="Organisations of which the délégation said that they are no duplicates of this one."
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
    version: Version

    @classmethod
    def on(cls, organisation: Organisation, day: date) -> "OrganisationOut":
        """The organisation under its name of a day."""
        return cls.model_validate(organisation).model_copy(update={"name": name_on(organisation, day)})


class OrganisationIn(Body):
    """An organisation to register. EPCIs, EPTs and communes need not be: they are when they are first named."""

    siren: SirenInput = Field(examples=["000000018"])
    name: Title = Field(examples=["Préfecture de la région Nouvelle-Aquitaine (synthétique)"])
    kind: OrganisationKind = Field(description=KIND, examples=["state"])
    aliases: Annotated[list[Title], Field(max_length=20), Unique()] = Field(
        default=[], description="Other names by which it is found.", examples=[["Préfecture de Bordeaux (synthétique)"]]
    )
    region: RegionCode | None = Field(
        default=None,
        description="The région that it acts in; a Region, and a State service that shall act in its région, need it.",
        examples=["75"],
    )
    created_on: Day | None = Field(
        default=None,
        description="First day, if it is known. An EPCI that a merger created after the official geography needs it; "
        "its communes are those of the bodies that name it as their successor.",
        examples=[None],
    )
    synthetic: bool = Field(
        default=False,
        description="Invented for demonstrations: the SIREN is below 000300000, the name says « synthétique ».",
        examples=[True],
    )


class FormerNameIn(Body):
    """Name that an organisation had."""

    name: Title = Field(examples=["Pôle emploi"])
    valid_to: Day = Field(description="Last day; the next name begins on the day after.", examples=["2023-12-31"])


class OrganisationChange(Body):
    """Another name, or a correction. A field that is left out stays as it is."""

    name: Title = Field(default_factory=unsent, examples=["France Travail"])
    renamed_on: Day | None = Field(
        default=None,
        description="First day of the new name: the former one is kept with its days. Left out, the name was wrong.",
        examples=["2024-01-01"],
    )
    kind: OrganisationKind = Field(default_factory=unsent, description=KIND, examples=["operator"])
    aliases: Annotated[list[Title], Field(max_length=20), Unique()] = Field(
        default_factory=unsent, description="All other names by which it is found.", examples=[["Pôle emploi"]]
    )
    region: RegionCode | None = Field(
        default_factory=unsent, description="The région that it acts in or lies in.", examples=["75"]
    )
    names: Annotated[list[FormerNameIn], Field(max_length=FORMER_NAMES_AT_MOST), Unique()] = Field(
        default_factory=unsent,
        description="Correction: all former names, the oldest first, each with its last day.",
        examples=[[{"name": "Pôle emploi", "valid_to": "2023-12-31"}]],
    )
    valid_to: Day | None = Field(
        default_factory=unsent,
        description="Correction of the last day of an organisation that ended; null: it has not ended.",
        examples=["2020-12-31"],
    )
    successor: SirenInput | None = Field(
        default_factory=unsent,
        description="Correction: SIREN or SIRET of the body that took over; null: none did.",
        examples=["200094332"],
    )
    reason: Title = Field(
        description="Why, for its public history: no personal data.", examples=["Loi pour le plein emploi"]
    )

    def sent(self) -> dict[str, Any]:
        """The fields that the caller sent; each former name with its last day."""
        sent = super().sent()
        if "names" in sent:
            sent["names"] = [(former.name, former.valid_to) for former in self.names]
        return sent


class OrganisationEndIn(Body):
    """End of an organisation, and the one that took over."""

    valid_to: Day = Field(description="Last day under this SIREN, not in the future.", examples=["2020-12-31"])
    successor: SirenInput | None = Field(
        default=None, description="SIREN or SIRET of the body that took over.", examples=["200094332"]
    )
    reason: Title = Field(
        description="Why, for its public history: no personal data.",
        examples=["Fusion dans la Collectivité européenne d'Alsace"],
    )
