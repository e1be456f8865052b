"""Labelled territories and their members."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal, NotRequired, Self, TypedDict
from uuid import UUID

from sqlalchemy import JSON, Date, ForeignKey, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.territory.models.base import Base, Searchable
from services.territory.models.mandates import Pilot, StateReferent
from services.territory.models.organisations import Organisation
from services.territory.models.programme import Phase
from shared.ids import uuid7
from shared.security.access import Stakeholders
from shared.storage.history import Part, Recorded, columns_of, row_of
from shared.storage.personal_data import FREE_TEXT


class TakenOver(TypedDict):
    """Body that a member has taken over, with its part of the official geography."""

    siren: str
    name: str
    kind: str
    since: str
    """First day on which its communes count under the member, ISO 8601."""
    within: list[str]
    areas: list[list[Any]]


class MemberGeography(TypedDict):
    """Official geography of a member, as it was when it was last loaded."""

    within: list[str]
    """SIRENs of the bodies that contain it: EPCI and EPT of a commune, métropole of an EPT."""
    areas: list[list[Any]]
    """Its part in each département: the values of an `Area`."""
    taken_over: NotRequired[list[TakenOver]]
    """Bodies whose communes the geography still counts apart; left out: none."""


class DatedWave(TypedDict):
    """Wave of a territory. It counts from its first day until that of the next one."""

    wave: str
    since: str | None
    """First day, ISO 8601; null: not known."""
    source: str | None


EMPTY_GEOGRAPHY: Final = MemberGeography(within=[], areas=[])
"""Geography of a member before it is loaded."""


class Territory(Searchable, Recorded, Base):
    """Territoire d'industrie of one phase."""

    __tablename__ = "territories"
    collection = "territories"

    key: Mapped[str] = mapped_column(String(12), primary_key=True)
    code: Mapped[str] = mapped_column(String(7), index=True)
    phase: Mapped[str] = mapped_column(ForeignKey("phases.code"), index=True)
    name: Mapped[str] = mapped_column(String(300))
    designated_on: Mapped[date | None] = mapped_column(comment="null: not known")
    designation_reference: Mapped[str | None] = mapped_column(String(300), comment="of the decision")
    criteria: Mapped[str | None] = mapped_column(Text, comment="grounds of the selection", info=FREE_TEXT)
    closed_on: Mapped[date | None] = mapped_column(comment="first day out of the programme; null: in it")
    waves: Mapped[list[DatedWave]] = mapped_column(JSON, comment="in the order of their first days, unknown first")
    wave: Mapped[str | None] = mapped_column(String(20), comment="null: not known")
    wave_from: Mapped[date | None] = mapped_column(comment="null: not known")
    wave_source: Mapped[str | None] = mapped_column(Text)
    is_named_pilot: Mapped[bool] = mapped_column(comment="the reference data name it a pilot territory, without a day")
    is_pilot: Mapped[bool | None] = mapped_column(comment="true, or null: unknown; never false")
    pilot_source: Mapped[str | None] = mapped_column(Text)
    population: Mapped[int]
    commune_count: Mapped[int]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    source: Mapped[str] = mapped_column(Text)

    programme_phase: Mapped[Phase] = relationship(lazy="joined", innerjoin=True)
    region_rows: Mapped[list["TerritoryRegion"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="TerritoryRegion.rank"
    )
    departement_rows: Mapped[list["TerritoryDepartement"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="TerritoryDepartement.rank"
    )
    memberships: Mapped[list["Membership"]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        order_by="Membership.siren, Membership.id",
        back_populates="territory",
    )
    pilots: Mapped[list[Pilot]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by=Pilot.id, back_populates="territory"
    )
    state_referents: Mapped[list[StateReferent]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by=StateReferent.id, back_populates="territory"
    )

    @property
    def regions(self) -> list[str]:
        """Régions of the territory, the lead région first."""
        return [row.region_code for row in self.region_rows]

    @regions.setter
    def regions(self, codes: list[str]) -> None:
        if codes != self.regions:
            self.region_rows = [TerritoryRegion(region_code=code, rank=rank) for rank, code in enumerate(codes)]

    @property
    def departements(self) -> list[str]:
        """Départements of the territory, the most populated first."""
        return [row.departement_code for row in self.departement_rows]

    @departements.setter
    def departements(self, codes: list[str]) -> None:
        if codes != self.departements:
            self.departement_rows = [
                TerritoryDepartement(departement_code=code, rank=rank) for rank, code in enumerate(codes)
            ]

    @property
    def designated_between(self) -> dict[str, date | None] | None:
        """Bounds of an unknown day of designation: the announcement of the phase, and the list that names it."""
        if self.designated_on:
            return None
        return {"earliest": self.programme_phase.announced_on, "latest": self.programme_phase.listed_on}

    @property
    def status(self) -> Literal["open", "closed"]:
        """State of the territory in the programme today."""
        return "closed" if self.closed_on else "open"

    @property
    def members(self) -> list["Membership"]:
        """Current members; of a closed territory, the last ones."""
        return [
            member
            for member in self.memberships
            if member.left_on is None or (self.closed_on is not None and member.left_on >= self.closed_on)
        ]

    @property
    def member_count(self) -> int:
        """Number of current members."""
        return len(self.members)

    @property
    def membership(self) -> Literal["known", "unknown"]:
        """State of the days of entry of the current members: all known, or one unknown."""
        return "known" if all(member.entered_on for member in self.members) else "unknown"

    @property
    def in_office(self) -> list[Pilot]:
        """Pilots with a mandate that has not ended; nobody once the territory is closed."""
        return [] if self.closed_on else [pilot for pilot in self.pilots if pilot.until is None]

    @property
    def stakeholders(self) -> Stakeholders:
        return Stakeholders.of(
            territories=[self.key],
            regions=self.regions,
            organisations=[
                *(member.siren for member in self.members),
                *(pilot.organisation_siren for pilot in self.pilots if pilot.until is None),
            ],
            public=True,
        )

    def snapshot(self) -> dict[str, Any]:
        return {
            **super().snapshot(),
            "regions": self.regions,
            "departements": self.departements,
            "members": [columns_of(member) for member in self.memberships],
            "pilots": [columns_of(pilot) for pilot in self.pilots],
            "state_referents": [columns_of(referent) for referent in self.state_referents],
        }

    @classmethod
    def restored(cls, snapshot: Mapping[str, Any]) -> Self:
        territory = super().restored({**_former_wave(snapshot), **snapshot})
        territory.regions = snapshot["regions"]
        territory.departements = snapshot["departements"]
        territory.memberships = [
            row_of(Membership, {"geography": EMPTY_GEOGRAPHY, **member})
            for member in sorted(snapshot["members"], key=lambda member: (member["siren"], member["id"]))
        ]
        territory.pilots = [row_of(Pilot, pilot) for pilot in snapshot["pilots"]]
        # Lines from before State referents were recorded have none.
        territory.state_referents = [row_of(StateReferent, each) for each in snapshot.get("state_referents", [])]
        return territory


def _former_wave(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a snapshot from before territories had dated waves: it has the last wave alone."""
    wave, since, source = (snapshot.get(name) for name in ("wave", "wave_from", "wave_source"))
    # Only a wave has a day. If both have one source, it is the wave that made the territory a pilot.
    is_wave = since is not None and snapshot.get("pilot_source") == source
    return {
        "waves": [DatedWave(wave=wave, since=since, source=source)] if wave else [],
        "is_named_pilot": bool(snapshot.get("is_pilot")) and not is_wave,
    }


class TerritoryRegion(Base):
    """Région of a territory. Rank 0 is the lead région."""

    __tablename__ = "territory_regions"

    territory_key: Mapped[str] = mapped_column(ForeignKey("territories.key"), primary_key=True)
    region_code: Mapped[str] = mapped_column(String(3), primary_key=True, index=True)
    rank: Mapped[int]


class TerritoryDepartement(Base):
    """Département of a territory."""

    __tablename__ = "territory_departements"

    territory_key: Mapped[str] = mapped_column(ForeignKey("territories.key"), primary_key=True)
    departement_code: Mapped[str] = mapped_column(String(3), primary_key=True, index=True)
    rank: Mapped[int]


class Membership(Part, Base):
    """Membership of an intercommunality or commune. An unknown date is null, never a guess."""

    __tablename__ = "memberships"
    whole = "territory"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7)
    territory_key: Mapped[str] = mapped_column(ForeignKey("territories.key"), index=True)
    siren: Mapped[str] = mapped_column(ForeignKey("organisations.siren"), index=True)
    entered_on: Mapped[date | None] = mapped_column(Date, comment="null: not known")
    left_on: Mapped[date | None] = mapped_column(Date, comment="first day out; null: a member")
    geography: Mapped[MemberGeography] = mapped_column(JSON, default=EMPTY_GEOGRAPHY)

    territory: Mapped[Territory] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)

    @property
    def name(self) -> str:
        """Name of the member."""
        return self.organisation.name

    @property
    def kind(self) -> str:
        """Kind of the member: epci, ept or commune."""
        return self.organisation.kind

    @property
    def membership(self) -> Literal["known", "unknown"]:
        """State of the day of entry: known, or unknown."""
        return "known" if self.entered_on else "unknown"
