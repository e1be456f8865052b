"""The copies that every listening service keeps of what territory tells: places, bodies, and who leads what.

From them follows whom a caller reaches, and whether what a document names is there. The tables are each service's own,
in its own database, fed through its own event door, and can be rebuilt; only their shape and their use are shared.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, String, Uuid, and_, delete, exists, func, insert, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, class_mapper, mapped_column

from shared.clock import today
from shared.events.territory import (
    MandateCorrected,
    OrganisationRegistered,
    PerimeterChanged,
    PilotAppointed,
    PilotReplaced,
    TerritoryDesignated,
)
from shared.messaging.consumer import Consumer
from shared.problem import FieldError
from shared.references import (
    OrganisationDuplicate,
    OrganisationNotKnown,
    OrganisationSucceeded,
    TerritoryNotKnown,
    is_bare,
    key_among,
    unknown_organisation,
)
from shared.security.access import AccessScope, Caller, access_scope
from shared.security.roles import ScopedBy
from shared.storage.official_bodies import OfficialBodies
from shared.storage.succession import predecessors_of
from shared.storage.upserts import put_all


class TerritoryProjection:
    """A labelled territory."""

    __tablename__ = "known_territories"

    key: Mapped[str] = mapped_column(String(20), primary_key=True)
    phase: Mapped[str] = mapped_column(String(4))
    code: Mapped[str] = mapped_column(String(10), index=True)
    name: Mapped[str] = mapped_column(String(300))
    regions: Mapped[list[str]] = mapped_column(JSON, comment="the lead Region first")
    departements: Mapped[list[str]] = mapped_column(JSON)
    designated_on: Mapped[date | None]
    closed_on: Mapped[date | None] = mapped_column(comment="first day out of the programme; null: in it")

    def is_closed(self, *, on: date) -> bool:
        """Return True from the first day out of the programme on."""
        return self.closed_on is not None and on >= self.closed_on


class MemberProjection:
    """A member of a territory, present, past or to come. A null date is unknown."""

    __tablename__ = "known_members"

    territory: Mapped[str] = mapped_column(String(20), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    siren: Mapped[str] = mapped_column(String(9), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(300))
    entered_on: Mapped[date | None]
    left_on: Mapped[date | None]


class OrganisationProjection:
    """A body that may carry actions, be a party, or offer services."""

    __tablename__ = "known_organisations"

    siren: Mapped[str] = mapped_column(String(9), primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(20))
    region: Mapped[str | None] = mapped_column(String(2))
    departements: Mapped[list[str]] = mapped_column(JSON, server_default="[]", comment="empty: of none, or not known")
    successor: Mapped[str | None] = mapped_column(String(9), index=True)
    duplicate_of: Mapped[str | None] = mapped_column(String(9), index=True)
    synthetic: Mapped[bool]
    valid_to: Mapped[str | None] = mapped_column(
        String(10), comment="last day, month or year; null: in being, or not known"
    )

    @property
    def replaced_by(self) -> str | None:
        """SIREN of the organisation to name in place of it: its successor, or its original."""
        return self.successor or self.duplicate_of

    @classmethod
    def has_ended(cls, *, on: date) -> ColumnElement[bool]:
        """Return the condition of the organisations that are known to have ended before a day."""
        # `valid_to` may be a month or a year: the day is cut to its precision.
        day = func.substr(on.isoformat(), 1, func.length(cls.valid_to))
        # Where no end is known this is false, not null: it can be negated.
        return and_(cls.valid_to.is_not(None), day > cls.valid_to)


class PilotProjection:
    """A mandate: of the pair in the past, today or to come; of a project manager in office."""

    __tablename__ = "known_pilots"

    pilot_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    territory: Mapped[str] = mapped_column(String(20), index=True)
    capacity: Mapped[str] = mapped_column(String(20))
    organisation: Mapped[str] = mapped_column(String(9), index=True)
    since: Mapped[date]
    until: Mapped[date | None] = mapped_column(comment="first day out of office; null: no end is known")

    @classmethod
    def in_office(cls, *, on: date) -> ColumnElement[bool]:
        """Return the condition of the mandates in office at the end of a day."""
        return and_(cls.since <= on, or_(cls.until.is_(None), cls.until > on))


def is_member(member: MemberProjection, *, on: date, closed_on: date | None = None) -> bool:
    """Return True for a member on a day. A closed territory keeps the members of its last day.

    An unknown entry is in the past; who leaves on a day is no member at its end.
    """
    if closed_on is not None and on >= closed_on:
        on = closed_on - timedelta(days=1)
    return (member.entered_on is None or member.entered_on <= on) and (member.left_on is None or member.left_on > on)


@dataclass(frozen=True)
class Known:
    """The copies of what was named. Whatever is not in them is neither registered nor an official body."""

    territories: Mapping[str, TerritoryProjection] = field(default_factory=dict)
    organisations: Mapping[str, OrganisationProjection] = field(default_factory=dict)

    def territory(self, key: str, pointer: str) -> TerritoryProjection:
        """A designated territory, or a refusal that points to where it was named."""
        if key not in self.territories:
            raise TerritoryNotKnown(
                f"No territory {key} was designated: look it up at /v1/territories.",
                errors=[FieldError(pointer=pointer, detail=f"{key} is unknown")],
            )
        return self.territories[key]

    def organisation(self, siren: str, pointer: str) -> OrganisationProjection:
        """A known organisation that no other one stands in for, or a refusal that points to where it was named."""
        if siren not in self.organisations:
            raise OrganisationNotKnown(
                f"No organisation {siren} is registered: correct the SIREN, or ask the délégation to register it, "
                "POST /v1/organisations.",
                errors=[FieldError(pointer=pointer, detail=f"{siren} is unknown")],
            )
        found = self.organisations[siren]
        if found.successor:
            raise OrganisationSucceeded(
                f"{found.name} ({siren}) was taken over by {found.successor}: name that one.",
                errors=[FieldError(pointer=pointer, detail=f"{found.successor} has taken over {siren}")],
            )
        if found.duplicate_of:
            raise OrganisationDuplicate(
                f"{found.name} ({siren}) is a duplicate of {found.duplicate_of}: name that one.",
                errors=[FieldError(pointer=pointer, detail=f"{siren} is a duplicate of {found.duplicate_of}")],
            )
        return found


@dataclass(frozen=True)
class Projections:
    """The four tables of a service, and the bodies that it knows without an event."""

    territories: type[TerritoryProjection]
    members: type[MemberProjection]
    organisations: type[OrganisationProjection]
    pilots: type[PilotProjection]
    official: OfficialBodies

    def listen(self, consumer: Consumer) -> None:
        """Keep the copies through a service's event door."""

        @consumer.projection(
            TerritoryDesignated, PerimeterChanged, into=[self.territories, self.members], together=True
        )
        async def know_territory(
            session: AsyncSession, events: Sequence[TerritoryDesignated | PerimeterChanged]
        ) -> None:
            await self._know_territories(session, events)

        @consumer.projection(OrganisationRegistered, into=[self.organisations], together=True)
        async def know_organisation(session: AsyncSession, events: Sequence[OrganisationRegistered]) -> None:
            await self._know_organisations(session, events)

        @consumer.projection(PilotAppointed, PilotReplaced, MandateCorrected, into=[self.pilots])
        async def know_pilots(session: AsyncSession, event: PilotAppointed | PilotReplaced | MandateCorrected) -> None:
            await self._know_pilots(session, event)

    async def _know_territories(
        self, session: AsyncSession, events: Sequence[TerritoryDesignated | PerimeterChanged]
    ) -> None:
        names = {"phase", "code", "name", "regions", "departements", "designated_on", "closed_on"}
        last = {event.territory: event for event in events}
        rows = [{"key": key, **event.model_dump(include=names)} for key, event in last.items()]
        await put_all(session, self.territories, rows)
        members = [
            {"territory": key, "position": position, **member.model_dump()}
            for key, event in last.items()
            for position, member in enumerate(event.members)
        ]
        await self._replace(session, self.members, last, members)

    async def _know_organisations(self, session: AsyncSession, events: Sequence[OrganisationRegistered]) -> None:
        # A service may keep more of the event than the common columns.
        names = set(class_mapper(self.organisations).columns.keys())
        await put_all(session, self.organisations, [event.model_dump(mode="json", include=names) for event in events])

    async def _know_pilots(
        self, session: AsyncSession, event: PilotAppointed | PilotReplaced | MandateCorrected
    ) -> None:
        """Replace the mandates of a territory: a former pilot loses access on the day of the end."""
        mandates = {pilot.pilot_id: pilot for pilot in event.in_office}
        # Those of the pair have an end; events from before they were listed name only who is in office.
        mandates |= {mandate.pilot_id: mandate for mandate in event.mandates or ()}
        pilots = [
            {"territory": event.territory, "until": None, **mandate.model_dump(exclude={"person_id"})}
            for mandate in mandates.values()
        ]
        await self._replace(session, self.pilots, [event.territory], pilots)

    async def _replace(
        self,
        session: AsyncSession,
        model: type[MemberProjection] | type[PilotProjection],
        territories: Collection[str],
        rows: list[Any],
    ) -> None:
        await session.execute(delete(model).where(model.territory.in_(territories)))
        if rows:
            await session.execute(insert(model), rows)

    async def named_scope_of(self, session: AsyncSession, by: Caller) -> AccessScope:
        """The access scope to objects that never concern every operator: it costs an operator one statement less."""
        return await self.access_scope_of(session, by, with_operators=False)

    async def access_scope_of(self, session: AsyncSession, by: Caller, *, with_operators: bool = True) -> AccessScope:
        """The caller's région, or the territories of its organisation, or its place among the operators, today.

        An organisation that has ended reaches only what names it, and so does its successor.
        """
        role, model = by.role.definition, self.organisations
        if by.org is None or role.scoped_by in (ScopedBy.NOTHING, ScopedBy.EVERYTHING):
            return access_scope(by)
        former = await predecessors_of(
            session,
            by.org,
            key=model.siren,
            successor=model.successor,
            duplicate_of=model.duplicate_of,
            # A successor without the day of the end has taken over too.
            has_ended=or_(model.valid_to.is_(None), model.has_ended(on=today())),
        )
        scope_of = partial(access_scope, by, predecessors=former)
        is_of_kind = and_(model.siren == by.org, model.kind.in_(role.kinds), not_(model.has_ended(on=today())))
        if role.scoped_by is ScopedBy.REGION:
            region = await session.scalar(select(model.region).where(is_of_kind))
            return scope_of(regions=[region] if region else [])
        if role.scoped_by is ScopedBy.TERRITORY:
            return scope_of(territories=await self.territories_of(session, by.org))
        if role.leads_as:
            return scope_of(territories=await self._piloted_by(session, by.org, role.leads_as))
        if role.serves_programme and with_operators:
            # The register's kind, not the services: every operator of the catalogue is of this kind, each service
            # has the register's copy already, and an operator whose first service is to come is told as well.
            return scope_of(is_operator=bool(await session.scalar(select(exists().where(is_of_kind)))))
        return scope_of()

    async def territories_of(self, session: AsyncSession, siren: str) -> set[str]:
        """Return the territories in which an organisation is a member or a pilot today."""
        found = await self._members(session, self.members.siren == siren, not_(self._has_ended(siren)))
        return {member.territory for member in found} | await self._piloted_by(session, siren)

    async def _piloted_by(
        self, session: AsyncSession, siren: str, capacities: Collection[str] | None = None
    ) -> set[str]:
        """Return the territories in which an organisation has a mandate today: of these capacities, or of any."""
        statement = select(self.pilots.territory).where(
            self.pilots.organisation == siren, self.pilots.in_office(on=today()), not_(self._has_ended(siren))
        )
        if capacities is not None:
            statement = statement.where(self.pilots.capacity.in_(capacities))
        return set(await session.scalars(statement))

    def _has_ended(self, siren: str) -> ColumnElement[bool]:
        """Return the condition that an organisation is known to have ended. One that is not known has not."""
        return exists().where(self.organisations.siren == siren, self.organisations.has_ended(on=today()))

    async def what_is_known(
        self, session: AsyncSession, *, territories: Iterable[str] = (), organisations: Iterable[str] = ()
    ) -> Known:
        """The copies of these territories and organisations, as far as they are known."""
        places = await session.scalars(select(self.territories).where(self.territories.key.in_(set(territories))))
        named = set(organisations)
        bodies = await session.scalars(select(self.organisations).where(self.organisations.siren.in_(named)))
        registered = {body.siren: body for body in bodies}
        official = {siren: body for siren in named - registered.keys() if (body := self._official(siren))}
        return Known({place.key: place for place in places}, official | registered)

    def _official(self, siren: str) -> OrganisationProjection | None:
        """Return a body of the official geography of which no event has told; not stored."""
        body = self.official.find(siren)
        if body is None:
            return None
        # A service may keep more than the common columns: nothing else is known of such a body.
        columns = class_mapper(self.organisations).columns
        values: dict[str, Any] = {each.name: [] if isinstance(each.type, JSON) else None for each in columns}
        said = {name: value for name, value in asdict(body).items() if name in values}
        return self.organisations(**values | {"synthetic": False} | said)

    async def members_of(self, session: AsyncSession, key: str) -> list[MemberProjection]:
        """A territory's members of today; of a closed one, the last ones."""
        return await self._members(session, self.members.territory == key)

    async def _members(self, session: AsyncSession, *conditions: ColumnElement[bool]) -> list[MemberProjection]:
        """Return the members of today that meet conditions."""
        closed_on = select(self.territories.closed_on).where(self.territories.key == self.members.territory)
        found = await session.execute(select(self.members, closed_on.scalar_subquery()).where(*conditions))
        return [member for member, day in found.tuples() if is_member(member, on=today(), closed_on=day)]

    async def require_organisation(self, session: AsyncSession, siren: str | None, *, parameter: str) -> None:
        """Refuse a filter by an organisation that nobody knows. One that was taken over has its past."""
        if siren is None or self.official.find(siren):
            return
        if not await session.scalar(select(exists().where(self.organisations.siren == siren))):
            raise unknown_organisation(siren, parameter=parameter)

    async def key_of(self, session: AsyncSession, code: str | None, phase: str | None) -> str | None:
        """The key of a territory named by its key, or by its code of one phase; a refusal if there is none."""
        if code is None:
            return None
        column = self.territories.code if is_bare(code) else self.territories.key
        found = await session.scalars(select(self.territories.key).where(column == code))
        return key_among(code, found.all(), phase=phase)
