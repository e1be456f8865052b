"""Bodies and answers about mandates."""

from datetime import date
from uuid import UUID

from pydantic import Field

from services.territory.models import Pilot, Territory
from services.territory.rules.mandates import pilots_on
from shared.events.codes import Siren, TerritoryKey
from shared.events.territory import Capacity
from shared.http.schemas import MANY, Answer, Body, Day, Id

CAPACITY = "élu (elected member) and industriel form the pair (binôme); project_manager is the chef de projet."
PERSON = "Opaque id of a person: names and contacts are not kept here."


class PilotOut(Answer):
    """A mandate. People appear by an opaque id; their contacts are never public."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e04"])
    capacity: Capacity = Field(description=CAPACITY)
    person_id: UUID = Field(description=PERSON, examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77"])
    organisation: Siren = Field(
        validation_alias="organisation_siren", description="Whom the pilot speaks for.", examples=["200067254"]
    )
    since: date = Field(description="First day in office.", examples=["2019-03-25"])
    until: date | None = Field(description="First day out of office; null: in office.", examples=[None])


class PilotsOut(Answer):
    """The mandates of a territory."""

    territory: TerritoryKey
    as_of: date | None = Field(description="The day asked for; null: past and present mandates.", examples=[None])
    items: list[PilotOut] = Field(max_length=MANY)

    @classmethod
    def of(cls, territory: Territory, day: date | None) -> "PilotsOut":
        """Pilots of a day, or all."""
        pilots: list[Pilot] = pilots_on(territory, day) if day else territory.pilots
        return cls(territory=territory.key, as_of=day, items=[PilotOut.model_validate(one) for one in pilots])


class PilotIn(Body):
    """A pilot to appoint."""

    capacity: Capacity = Field(description=CAPACITY)
    person_id: Id = Field(description=PERSON, examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77"])
    organisation: Siren = Field(description="Whom the pilot speaks for.", examples=["200067254"])
    since: Day = Field(description="First day in office, not in the future.", examples=["2019-03-25"])


class ReplacementIn(Body):
    """The successor of a pilot, in the same capacity."""

    person_id: Id = Field(description=PERSON, examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e78"])
    organisation: Siren = Field(description="Whom the pilot speaks for.", examples=["200067254"])
    on: Day = Field(description="First day of the successor in office, not in the future.", examples=["2020-07-15"])


class MandateEndIn(Body):
    """When a mandate ends."""

    on: Day = Field(description="First day out of office, not in the future.", examples=["2020-07-15"])
