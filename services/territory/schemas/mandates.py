"""Bodies and answers about mandates."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.territory.models import Pilot, StateReferent, Territory
from services.territory.rules.mandates import pilots_on
from services.territory.rules.state_referents import referents_on
from shared.events.codes import Siren, SirenInput, TerritoryKey
from shared.events.territory import Capacity
from shared.http.schemas import MANY, Answer, Body, Day, Id, Title, unsent

CAPACITY = "élu (elected member) and industriel form the pair (binôme); project_manager is the chef de projet."
SINCE = "First day in office, not in the future, nor before the territory existed."
UNTIL = "First day out of office, of a mandate that has ended; null: in office."
KNOWN_AT = "The moment of which the records are shown; null: now."
WHY = "Why, for the public history of the territory: no personal data."
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
    as_of: date | None = Field(
        description="The day asked for, or the day of `known_at`; null: past and present mandates.", examples=[None]
    )
    known_at: datetime | None = Field(default=None, description=KNOWN_AT, examples=[None])
    items: list[PilotOut] = Field(max_length=MANY)

    @classmethod
    def of(cls, territory: Territory, day: date | None, known_at: datetime | None) -> "PilotsOut":
        """Pilots of a day, or all."""
        pilots: list[Pilot] = pilots_on(territory, day) if day else territory.pilots
        items = [PilotOut.model_validate(one) for one in pilots]
        return cls(territory=territory.key, as_of=day, known_at=known_at, items=items)


class PilotIn(Body):
    """A pilot to appoint."""

    capacity: Capacity = Field(description=CAPACITY)
    person_id: Id = Field(description=PERSON, examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77"])
    organisation: SirenInput = Field(
        description="SIREN or SIRET of the body that the pilot speaks for.", examples=["200067254"]
    )
    since: Day = Field(description=SINCE, examples=["2019-03-25"])
    until: Day | None = Field(default=None, description=UNTIL, examples=[None])


class ReplacementIn(Body):
    """The successor of a pilot, in the same capacity."""

    person_id: Id = Field(description=PERSON, examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e78"])
    organisation: SirenInput = Field(
        description="SIREN or SIRET of the body that the pilot speaks for.", examples=["200067254"]
    )
    on: Day = Field(description="First day of the successor in office, not in the future.", examples=["2020-07-15"])


class MandateEndIn(Body):
    """When a mandate ends."""

    on: Day = Field(description="First day out of office, not in the future.", examples=["2020-07-15"])


class MandateCorrectionIn(Body):
    """Correction of a mandate that was recorded wrongly. A field that is left out stays as it is."""

    since: Day = Field(default_factory=unsent, description=SINCE, examples=["2019-04-01"])
    until: Day | None = Field(default_factory=unsent, description=UNTIL, examples=[None])
    organisation: SirenInput = Field(
        default_factory=unsent,
        description="SIREN or SIRET of the body that the pilot speaks for.",
        examples=["200067254"],
    )
    reason: Title = Field(description=WHY, examples=["Date erronée à la saisie"])


class CancellationIn(Body):
    """Reason of a cancellation."""

    reason: Title = Field(description=WHY, examples=["Saisi par erreur"])


class StateReferentOut(Answer):
    """The State's contact for a territory (référent de l'État). The person appears by an opaque id."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e05"])
    person_id: UUID = Field(description=PERSON, examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e79"])
    organisation: Siren = Field(
        validation_alias="organisation_siren",
        description="SIREN or SIRET of a State service of a région of the territory.",
        examples=["000000018"],
    )
    since: date = Field(description="First day in office.", examples=["2019-03-25"])
    until: date | None = Field(description="First day out of office; null: in office.", examples=[None])


class StateReferentsOut(Answer):
    """The State referents of a territory: one on each day."""

    territory: TerritoryKey
    as_of: date | None = Field(
        description="The day asked for, or the day of `known_at`; null: past and present ones.", examples=[None]
    )
    known_at: datetime | None = Field(default=None, description=KNOWN_AT, examples=[None])
    items: list[StateReferentOut] = Field(max_length=MANY)

    @classmethod
    def of(cls, territory: Territory, day: date | None, known_at: datetime | None) -> "StateReferentsOut":
        """The referent of a day, or all."""
        found: list[StateReferent] = referents_on(territory, day) if day else territory.state_referents
        items = [StateReferentOut.model_validate(one) for one in found]
        return cls(territory=territory.key, as_of=day, known_at=known_at, items=items)


class StateReferentIn(Body):
    """A State referent to name."""

    person_id: Id = Field(description=PERSON, examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e79"])
    organisation: SirenInput = Field(
        description="SIREN or SIRET of a State service of a région of the territory.", examples=["000000018"]
    )
    since: Day = Field(description=SINCE, examples=["2019-03-25"])
    until: Day | None = Field(default=None, description=UNTIL, examples=[None])
