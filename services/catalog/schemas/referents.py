"""Referents, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.catalog.schemas.texts import READABLE, Partial
from shared.events.codes import RegionCode, Siren, TerritoryKey
from shared.schemas import Answer, Body, Day, Id, unsent

PersonName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=READABLE)]
Mail = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s]+$")]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 .]{5,30}$")]


class ReferentIn(Body):
    """Who speaks for your organisation with a territory. The contact is told to nobody but those served."""

    territory: TerritoryKey
    name: PersonName = Field(examples=["Camille Exemple (personne synthétique)"])
    mail: Mail | None = Field(default=None, examples=["referent@example.org"])
    phone: Phone | None = Field(default=None, examples=["+33 1 99 00 00 00"])
    person_id: Id | None = Field(default=None, description="An opaque id of yours for the person; drawn if left out.")
    since: Day | None = Field(
        default=None, description="Not in the future; today if left out.", examples=["2019-03-18"]
    )


class ContactChange(Partial):
    """How the same person is reached from now on."""

    name: PersonName = Field(default_factory=unsent)
    mail: Mail | None = None
    phone: Phone | None = None


class ReferentOut(Answer):
    """An operator's single referent (référent unique) for a territory."""

    id: UUID
    version: int = Field(description="Grows with each change; its ETag.")
    updated_at: datetime
    operator: Siren = Field(examples=["180020026"])
    territory: TerritoryKey
    regions: list[RegionCode]
    person_id: UUID = Field(description="An opaque person.")
    since: date = Field(examples=["2019-03-18"])
    until: date | None = Field(description="The day on which the next one took over; null while in office.")
    name: str = Field(examples=["Camille Exemple (personne synthétique)"])
    mail: str | None = Field(examples=["referent@example.org"])
    phone: str | None = Field(examples=["+33 1 99 00 00 00"])
