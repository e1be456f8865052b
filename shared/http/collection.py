"""A collection: how one kind of recorded objects is read, in every service.

A service declares each of its collections once, and gives the methods their names in its `queries`.
"""

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Collection as Keys
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, class_mapper

from shared.http.changes import (
    Withholds,
    changes,
    deleted_line,
    history_of,
    nothing,
    snapshots_known,
    stakeholders_of,
)
from shared.http.pagination import PageRequest, Slice, page_with_first
from shared.problem import NotFound, Refusal
from shared.security.access import AccessScope, Caller, Stakeholders
from shared.storage.history import Recorded

Object = TypeVar("Object", bound=Recorded)


def is_visible(_by: Caller, access_scope: AccessScope, stakeholders: Stakeholders) -> bool:
    """Return whether the caller may read an object: the rule of most collections."""
    return access_scope.sees(stakeholders)


@dataclass(frozen=True)
class Collection(Generic[Object]):
    """The objects of one model, each with its own stakeholders."""

    model: type[Object]
    noun: str
    """One of its objects, in the sentences of refusals."""
    access_scope_of: Callable[[AsyncSession, Caller], Awaitable[AccessScope]]
    order: Sequence[InstrumentedAttribute[Any]]
    """Columns that are unique together: the order of the list."""
    missing: Callable[[Any], Refusal] | None = None
    """The refusal of a key that names nothing, or nothing that the caller may read."""
    sees: Callable[[Caller, AccessScope, Stakeholders], bool] = is_visible

    async def find(self, session: AsyncSession, key: Any, *, lock: bool = False) -> Object:
        """Return the object of a key, whoever asks. Locked, one command at a time decides on it."""
        if lock:
            statement = select(self.model).where(self._primary_key == key).with_for_update()
            found = (await session.scalars(statement)).unique().one_or_none()
        else:
            found = await session.get(self.model, key)
        if found is None:
            raise self._missing(key)
        return found

    async def get(
        self,
        session: AsyncSession,
        key: Any,
        *,
        by: Caller,
        access_scope: AccessScope | None = None,
        lock: bool = False,
    ) -> Object:
        """Return the object of a key if the caller may read it. Without `access_scope`, it is looked up."""
        if access_scope is None:
            access_scope = await self.access_scope_of(session, by)
        found = await self.find(session, key, lock=lock)
        if not self.sees(by, access_scope, found.stakeholders):
            raise self._missing(key)
        return found

    async def get_or_deleted(
        self, session: AsyncSession, key: Any, *, by: Caller, access_scope: AccessScope | None = None
    ) -> Object:
        """Return the object of a key if the caller may read it; once it is deleted, as it last was.

        A deleted one belongs to no session. Those whom it concerned in its last state may read it.
        """
        if access_scope is None:
            access_scope = await self.access_scope_of(session, by)
        found, stakeholders = await self._last_of(session, key)
        if not self.sees(by, access_scope, stakeholders):
            raise self._missing(key)
        return found

    async def page(
        self,
        session: AsyncSession,
        statement: Select[tuple[Object]],
        pagination: PageRequest,
        *,
        first: Sequence[ColumnElement[bool]] = (),
    ) -> Slice[Object]:
        """Return one page of a statement, in the order of the list; objects of which `first` are true come first."""
        is_large = self.model.is_large
        return await page_with_first(session, statement, pagination, order=self.order, first=first, is_large=is_large)

    async def known(
        self, session: AsyncSession, known_at: datetime, *, by: Caller, keys: Keys[str] | None = None
    ) -> list[Object]:
        """Return the objects as they were known at a moment, by their keys, if the caller may read them.

        They belong to no session. Refuse a moment in the future, or only a few seconds old.
        """
        access_scope = await self.access_scope_of(session, by)
        sees = partial(self.sees, by, access_scope)
        found = await snapshots_known(session, self.model.collection, known_at, keys, sees=sees)
        return [self.model.restored(snapshot) for snapshot in found]

    async def changes(
        self, session: AsyncSession, pagination: PageRequest, *, by: Caller, access_scope: AccessScope | None = None
    ) -> dict[str, Any]:
        """Return a page of the changes that the caller may read. Without `access_scope`, it is looked up."""
        if access_scope is None:
            access_scope = await self.access_scope_of(session, by)

        def sees(stakeholders: Stakeholders) -> bool:
            return self.sees(by, access_scope, stakeholders)

        return await changes(session, self.model.collection, pagination, sees=sees, load=self._load)

    async def history(
        self, session: AsyncSession, key: Any, pagination: PageRequest, *, by: Caller
    ) -> Slice[dict[str, Any]]:
        """Return a page of the past of an object that the caller may read, or could until it was deleted."""
        access_scope = await self.access_scope_of(session, by)
        found = await self.get_or_deleted(session, key, by=by, access_scope=access_scope)
        return await self.history_of(session, found, pagination, sees=partial(self.sees, by, access_scope))

    async def history_of(
        self,
        session: AsyncSession,
        found: Object,
        pagination: PageRequest,
        *,
        sees: Callable[[Stakeholders], bool],
        withholds: Withholds = nothing,
    ) -> Slice[dict[str, Any]]:
        """Return a page of the past of an object. The caller's access is checked before.

        `sees` decides by the stakeholders of each time: text from before the object concerned a caller is not shown.
        `withholds` names the fields of each state that the caller may not read.
        """
        return await history_of(session, self.model.collection, found.key, pagination, sees=sees, withholds=withholds)

    async def _last_of(self, session: AsyncSession, key: Any) -> tuple[Object, Stakeholders]:
        """Return an object and its stakeholders; once it is deleted, as they last were."""
        if (found := await session.get(self.model, key)) is not None:
            return found, found.stakeholders
        line = await deleted_line(session, self.model.collection, str(key))
        if line is None:
            raise self._missing(key)
        return self.model.restored(line.state), stakeholders_of(line)

    @property
    def _primary_key(self) -> InstrumentedAttribute[Any]:
        mapper = class_mapper(self.model)
        [column] = mapper.primary_key
        attribute: InstrumentedAttribute[Any] = getattr(self.model, mapper.get_property_by_column(column).key)
        return attribute

    async def _load(self, session: AsyncSession, keys: Sequence[str]) -> dict[str, Object]:
        typed = [UUID(key) for key in keys] if self._primary_key.type.python_type is UUID else keys
        found = await session.scalars(select(self.model).where(self._primary_key.in_(typed)))
        return {each.key: each for each in found.unique()}

    def _missing(self, key: Any) -> Refusal:
        if self.missing is not None:
            return self.missing(key)
        return NotFound(f"There is no such {self.noun}, or your organisation may not read it.")


class PublicCollection(Collection[Object]):
    """A collection of which everyone may read every object."""

    async def get(
        self,
        session: AsyncSession,
        key: Any,
        *,
        by: Caller | None = None,
        access_scope: AccessScope | None = None,
        lock: bool = False,
    ) -> Object:
        """Return the object of a key."""
        return await self.find(session, key, lock=lock)

    async def known(
        self, session: AsyncSession, known_at: datetime, *, by: Caller | None = None, keys: Keys[str] | None = None
    ) -> list[Object]:
        """Return the objects as they were known at a moment, by their keys."""
        found = await snapshots_known(session, self.model.collection, known_at, keys, sees=lambda _: True)
        return [self.model.restored(snapshot) for snapshot in found]

    async def history(
        self,
        session: AsyncSession,
        key: Any,
        pagination: PageRequest,
        *,
        by: Caller | None = None,
    ) -> Slice[dict[str, Any]]:
        """Return a page of the past of an object, which stays when it is deleted."""
        found, _ = await self._last_of(session, key)
        return await self.public_history_of(session, found, pagination)

    async def public_history_of(
        self, session: AsyncSession, found: Object, pagination: PageRequest
    ) -> Slice[dict[str, Any]]:
        """Return a page of the past of an object, which was always public."""
        return await self.history_of(session, found, pagination, sees=lambda _: True)
