"""Referents, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from services.catalog.schemas.texts import Partial
from shared.events.codes import RegionCode, Siren, TerritoryKey
from shared.http.schemas import Answer, Body, Day, Id, Line, Mail, Version, unsent
from shared.http.texts import ONE_LINE
from shared.patterns import pattern_of

PersonName = Annotated[str, StringConstraints(min_length=1, max_length=200), ONE_LINE]
PHONE: Final = pattern_of(
    r"^\+?[0-9][0-9 .]{5,30}$", "a phone number has 6 to 31 digits, blanks and dots, such as +33 1 99 00 00 00"
)
Phone = Annotated[str, StringConstraints(pattern=PHONE), Field(json_schema_extra={"maxLength": 32})]


class ReferentIn(Body):
    """A person who represents your organisation in a territory. Only those served see the contact."""

    territory: TerritoryKey
    name: PersonName = Field(examples=["Camille Exemple (personne synthétique)"])
    mail: Mail | None = Field(default=None, examples=["referent@example.org"])
    phone: Phone | None = Field(default=None, examples=["+33 1 99 00 00 00"])
    person_id: Id | None = Field(default=None, description="An opaque id of yours for the person; drawn if left out.")
    since: Day | None = Field(
        default=None,
        description="From the announcement of the phase of the territory to today; today if left out.",
        examples=["2019-03-18"],
    )


class ContactChange(Partial):
    """New contact details of the same person."""

    name: PersonName = Field(default_factory=unsent, examples=["Camille Exemple (personne synthétique)"])
    mail: Mail | None = Field(default=None, examples=["referent@example.org"])
    phone: Phone | None = Field(default=None, examples=["+33 1 99 00 00 00"])


class ReferentOut(Answer):
    """An operator's single referent (référent unique) for a territory."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e05"])
    version: Version = Field(examples=[1])
    updated_at: datetime = Field(examples=["2019-03-18T09:00:00Z"])
    operator: Siren = Field(examples=["180020026"])
    territory: TerritoryKey
    regions: list[RegionCode] = Field(max_length=100, examples=[["75", "76"]])
    person_id: UUID = Field(description="An opaque person.", examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e79"])
    since: date = Field(examples=["2019-03-18"])
    until: date | None = Field(description="The day on which the next one took over; null while in office.")
    name: Line | None = Field(
        description="Null: erased, with the contact.", examples=["Camille Exemple (personne synthétique)"]
    )
    mail: Line | None = Field(examples=["referent@example.org"])
    phone: Line | None = Field(examples=["+33 1 99 00 00 00"])
