"""Session of a request that reads one row: a read costs one statement, and neither a transaction nor a unit of work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import class_mapper
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.orm.instrumentation import ClassManager

from shared.cancelling import cancelled
from shared.storage.unit_of_work import ReadSession

KEY: Final = "key_asked"


class RowSession(ReadSession):
    """A session of which each statement reads its own snapshot, in autocommit."""

    def __init__(
        self, engine: AsyncEngine, ask: Callable[[Select[Any], Mapping[str, Any]], Awaitable[Sequence[Row[Any]]]]
    ) -> None:
        super().__init__(engine)
        self._ask = ask

    async def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """Return the object of a primary key, detached; None if there is none.

        The session's own `get` builds its statement and looks for related objects each time, for twice the cost.
        """
        # A command and a read may share their query: `with_for_update=None` asks for nothing.
        if any(option is not None for option in options.values()):
            return await super().get(entity, ident, **options)
        kind = _kind(entity)
        rows = await self._ask(kind.statement, {KEY: ident})
        return kind.make(ident, rows[0]) if rows else None

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> None:
        """Give the connection back, if a statement beside `get` took one."""
        if self.in_transaction():
            await super().__aexit__(kind, error, traceback)
        if isinstance(error, Exception) and cancelled():
            raise asyncio.CancelledError from error


@dataclass(frozen=True)
class _Kind:
    """A mapped class: the statement that reads one row of it, and how an object is made of the row."""

    statement: Select[Any]
    names: Sequence[str]
    manager: ClassManager[Any]

    def make(self, ident: Any, row: Row[Any]) -> Any:
        """Return a row as an object. What is not loaded cannot be: a detached object has no session to load it."""
        made = self.manager.new_instance()
        vars(made).update(zip(self.names, row, strict=True))
        # As `make_transient_to_detached` does, which also looks for what is not loaded, at six times the cost.
        instance_state(made).key = self.manager.mapper.identity_key_from_primary_key((ident,))
        return made


@cache
def _kind(model: type[Any]) -> _Kind:
    mapper = class_mapper(model)
    [key] = mapper.primary_key
    columns = {each.key: each.columns[0] for each in mapper.column_attrs}
    statement = select(*columns.values()).where(key == bindparam(KEY))
    return _Kind(statement, list(columns), mapper.class_manager)
