"""Answers about territories and their members."""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import Field

from services.territory.models import Membership, Territory
from services.territory.rules.days import members_on
from services.territory.rules.mandates import pilots_on
from services.territory.rules.places import TerritoryOnDay
from services.territory.schemas.mandates import KNOWN_AT, PilotOut
from shared.events.codes import DepartementCode, PhaseCode, RegionCode, Siren, TerritoryCode, TerritoryKey
from shared.events.territory import WAVES_AT_MOST, MemberKind, Wave
from shared.http.schemas import MANY, Answer, Count, Line, Note, Version
from shared.names import name_on

WAVE = "pilot (territoire pilote), prefiguration (préfigurateur) or deployment (déploiement); null: not known."
AS_OF = "The day asked for, or the day of `known_at`; null: today."


class MemberOut(Answer):
    """An intercommunality or a commune that is in a territory."""

    siren: Siren = Field(examples=["200067254"])
    name: Line = Field(
        description="Its official name, on the day asked for as far as it is documented.",
        examples=["CA Pau Béarn Pyrénées"],
    )
    kind: MemberKind
    entered_on: date | None = Field(description="First day as a member; null: not known.", examples=[None])
    left_on: date | None = Field(description="First day out; null: still a member.", examples=[None])
    membership: Literal["known", "unknown"] = Field(
        description="`unknown`: no source says when it entered, so nobody can say that it was in on an earlier day.",
        examples=["unknown"],
    )

    @classmethod
    def on(cls, member: Membership, day: date) -> Self:
        """The member under its name of a day."""
        return cls.model_validate(member).model_copy(update={"name": name_on(member.organisation, day)})


class DayBounds(Answer):
    """Bounds of a day that is not known."""

    earliest: date = Field(description="Announcement of the phase.", examples=["2018-11-22"])
    latest: date | None = Field(description="Day of the list that names it; null: not known.", examples=["2022-12-31"])


class TerritoryOut(Answer):
    """A Territoire d'industrie of one phase of the programme."""

    key: TerritoryKey
    code: TerritoryCode = Field(description="ANCT code; it restarts in each phase.")
    phase: PhaseCode = Field(examples=["2018"])
    name: Line = Field(examples=["Lacq-Pau - Tarbes"])
    status: Literal["open", "closed"] = Field(
        description="closed: no longer in the programme on the day of the answer; members and place are the last ones.",
        examples=["open"],
    )
    designated_on: date | None = Field(description="Day of the label; null: not known.", examples=[None])
    designated_between: DayBounds | None = Field(
        description="Bounds of `designated_on` where it is not known; null: it is known."
    )
    closed_on: date | None = Field(
        description="First day out of the programme; null: it is in the programme.", examples=[None]
    )
    wave: Wave | None = Field(description=WAVE, examples=["pilot"])
    wave_from: date | None = Field(description="First day of the wave of that day; null: not known.", examples=[None])
    is_pilot: bool | None = Field(
        description="True for the pilot territories (territoires pilotes) that a source names, from the first day "
        "of that wave if a source gives it; null: not known. "
        "Never false: no complete list exists.",
        examples=[True],
    )
    regions: list[RegionCode] = Field(
        max_length=18, description="Régions it lies in, the lead one first.", examples=[["75", "76"]]
    )
    departements: list[DepartementCode] = Field(
        max_length=101, description="Départements it lies in, most populated first.", examples=[["64", "65"]]
    )
    member_count: Count = Field(examples=[10])
    membership: Literal["known", "unknown"] = Field(
        description="known: the day of entry of each member is known; unknown: that of one or more is not.",
        examples=["unknown"],
    )
    commune_count: Count = Field(examples=[489])
    population: Count = Field(
        description="Municipal population of the members (legal populations of 2022), inhabitants.", examples=[516200]
    )
    lon: float | None = Field(
        ge=-180, le=180, description="Longitude of the population's centre, degrees.", examples=[-0.2979]
    )
    lat: float | None = Field(
        ge=-90, le=90, description="Latitude of the population's centre, degrees.", examples=[43.2789]
    )
    source: Note = Field(examples=["ANCT, Programme Territoires d'industrie, liste 2018-2023 (data.gouv.fr)"])

    @classmethod
    def on(cls, state: TerritoryOnDay) -> Self:
        """The territory as it was at the end of a day."""
        facts = state.facts
        stated = {name: getattr(state.territory, name) for name in cls.model_fields if name not in facts}
        return cls.model_validate({**stated, **facts})


class DatedWaveOut(Answer):
    """A wave of a territory. It counts until the first day of the next one."""

    wave: Wave
    since: date | None = Field(description="First day; null: not known, it counts on every day.", examples=[None])
    source: Note | None = Field(description="Where it can be read.", examples=["pau.fr, 25/03/2019"])


class TerritoryDetail(TerritoryOut):
    """A territory with its members and its pilots in office, on the day asked for."""

    version: Version
    as_of: date | None = Field(default=None, description=AS_OF, examples=[None])
    known_at: datetime | None = Field(default=None, description=KNOWN_AT, examples=[None])
    designation_reference: Line | None = Field(
        description="Reference of the decision that designated it; null: not known.", examples=[None]
    )
    criteria: Note | None = Field(description="Grounds of the selection; null: not known.", examples=[None])
    waves: list[DatedWaveOut] = Field(
        max_length=WAVES_AT_MOST, description="Its waves up to the day asked for, in the order of their first days."
    )
    wave_source: Note | None = Field(description="Source of the wave.", examples=["pau.fr, 25/03/2019"])
    pilot_source: Note | None = Field(description="Who names it a pilot territory.", examples=["pau.fr, 25/03/2019"])
    members: list[MemberOut] = Field(max_length=MANY)
    pilots: list[PilotOut] = Field(max_length=MANY, validation_alias="in_office")

    @classmethod
    def known(cls, state: TerritoryOnDay, known_at: datetime | None) -> Self:
        """The territory at the end of a day, as it was recorded by a moment."""
        pilots = pilots_on(state.territory, state.day)
        waves = [DatedWaveOut.model_validate(wave) for wave in state.waves]
        return cls.model_validate(state.territory).model_copy(
            update={
                **state.facts,
                "as_of": state.day,
                "known_at": known_at,
                "waves": waves,
                "wave_source": waves[-1].source if waves else None,
                "pilot_source": state.territory.pilot_source if state.is_pilot else None,
                "members": [MemberOut.on(member, state.day) for member in state.members],
                "pilots": [PilotOut.model_validate(pilot) for pilot in pilots],
            }
        )


class MemberRow(MemberOut):
    """A member in a file: each row names its territory."""

    territory: TerritoryKey


class MembersOut(Answer):
    """The members of a territory."""

    territory: TerritoryKey
    as_of: date | None = Field(
        description="The day asked for, or the day of `known_at`; null: past and present members.", examples=[None]
    )
    known_at: datetime | None = Field(default=None, description=KNOWN_AT, examples=[None])
    items: list[MemberOut] = Field(max_length=MANY)

    @classmethod
    def of(cls, territory: Territory, day: date | None, known_at: datetime | None = None) -> "MembersOut":
        """Members of a day, or all."""
        items = (
            [MemberOut.on(member, day) for member in members_on(territory, day)]
            if day
            else [MemberOut.model_validate(member) for member in territory.memberships]
        )
        return cls(territory=territory.key, as_of=day, known_at=known_at, items=items)

    @property
    def rows(self) -> list[MemberRow]:
        """The members, each with its territory."""
        return [MemberRow(territory=self.territory, **dict(member)) for member in self.items]


class TerritoryCount(Answer):
    """Number of territories in the programme on a day. Unknown days of designation give bounds."""

    known: Count = Field(description="Designated on a known day, up to this one.", examples=[3])
    unknown: Count = Field(description="Day of designation not known: perhaps in the programme.", examples=[146])
    at_least: Count = Field(description="`known`, and those that a list names up to this day.", examples=[3])
    at_most: Count = Field(description="`known` and `unknown`.", examples=[149])


class RegionTerritoryCount(TerritoryCount):
    """Number of territories that a région leads."""

    region: RegionCode


class WaveTerritoryCount(TerritoryCount):
    """Number of territories of a wave."""

    wave: Wave | None = Field(description=WAVE)


class TerritoryCountsOnDay(TerritoryCount):
    """Number of territories in the programme on a day, in total, by lead région and by wave."""

    as_of: date = Field(examples=["2019-11-14"])
    known_at: datetime | None = Field(description=KNOWN_AT, examples=[None])
    phase: PhaseCode | None = Field(description="The phase asked for; null: both.", examples=["2018"])
    by_region: list[RegionTerritoryCount] = Field(max_length=18)
    by_wave: list[WaveTerritoryCount] = Field(max_length=4)
