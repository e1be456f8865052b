"""Lists in pages: a cursor names the last row read, so the cost is flat and no row comes twice or is missed.

A cursor is opaque and signed, and bound to the client and to the filters of its list.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from sqlalchemy import ColumnElement, Select, literal, not_, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from shared.app_state import AppKey
from shared.events.codes import canonical
from shared.http.canonical import canonical_path
from shared.http.schemas import CURSOR, ROWS_AT_MOST, Cursor
from shared.problem import BadRequest
from shared.security.access import Caller
from shared.security.dependencies import identify

CURSOR_SECRET: Final = AppKey[bytes]("cursor_secret")
PAGE_SIZE: Final = 1_000_000
"""Characters after which a page ends, whatever its limit: a page holds at most one object more."""
STEP: Final = 20
"""Large objects that are loaded at a time."""
Item = TypeVar("Item")
Values = Sequence[Any]


class CursorNotValid(BadRequest):
    """A cursor is only good for the client and the filters that it was made for: start again without it."""


@dataclass(frozen=True)
class Slice(Generic[Item]):
    """The rows of one page and the cursor of the next."""

    items: Sequence[Item]
    next: str | None


@dataclass(frozen=True)
class PageRequest:
    """Limit and position of a requested page."""

    limit: int
    after: Values | None
    """The order values of the last row read."""
    secret: bytes = field(repr=False)
    bound_to: str
    request: Request = field(repr=False)
    response: Response = field(repr=False)
    parameter: str = "cursor"
    part: tuple[int, ...] = ()
    """Part of a list in two parts, before the order values in its cursors."""

    def cursor(self, values: Values) -> str:
        """The cursor that goes on after a row, also told in the `Link` header."""
        content = json.dumps([_plain(value) for value in (*self.part, *values)], separators=(",", ":")).encode()
        cursor = base64.urlsafe_b64encode(_sign(self.secret, self.bound_to, content) + content).decode()
        link = self.request.url.include_query_params(**{self.parameter: cursor})
        self.response.headers["Link"] = f'<{link.path}?{link.query}>; rel="next"'
        return cursor


def pagination(parameter: str = "cursor") -> Any:
    """The dependency that reads `limit` and the cursor, under the parameter's name."""

    async def read(
        request: Request,
        response: Response,
        caller: Annotated[Caller, Depends(identify)],
        limit: Annotated[int, Query(ge=1, le=ROWS_AT_MOST, description="Rows in a page.")] = 50,
        cursor: Annotated[
            Cursor | None,
            Query(alias=parameter, description="The `next` of the page before.", examples=[CURSOR]),
        ] = None,
    ) -> PageRequest:
        secret = CURSOR_SECRET.of(request)
        filters = sorted(
            (name, canonical(value))
            for name, value in request.query_params.multi_items()
            if name not in (parameter, "limit")
        )
        bound_to = json.dumps([canonical_path(request), caller.client_id, filters])
        after = _read(secret, bound_to, cursor) if cursor else None
        return PageRequest(limit, after, secret, bound_to, request, response, parameter)

    return read


Pagination = Annotated[PageRequest, Depends(pagination())]
"""Page of a list: `?limit=&cursor=`."""
ChangesPagination = Annotated[PageRequest, Depends(pagination("after"))]
"""Page of a changes feed: `?limit=&after=`."""


def size_of(value: Any) -> int:
    """Return the characters that a value has in JSON, roughly: texts count, and little else."""
    match value:
        case str():
            return len(value) + 2
        case dict():
            return sum(size_of(name) + size_of(item) for name, item in value.items())
        case list() | tuple():
            return sum(map(size_of, value))
        case None | bool() | int() | float():
            return 5
    columns = getattr(value, "__dict__", {})
    return 40 + sum(size_of(item) for name, item in columns.items() if isinstance(item, str | list | dict))


def next_step(held: int, count: int) -> int:
    """Return the rows to load next: as many as fit into the page, if they are as large as those that it holds."""
    return max(1, (PAGE_SIZE - held) * count // max(held, 1))


def page_of(items: Iterable[Item], pagination: PageRequest, *, order: Callable[[Item], tuple[str, ...]]) -> Slice[Item]:
    """Return one page of objects in memory, in an order by unique values."""
    after = tuple(pagination.after or ())
    following = sorted((item for item in items if order(item) > after), key=order)
    found = following[: pagination.limit]
    has_more = len(following) > len(found)
    return Slice(found, pagination.cursor(order(found[-1])) if has_more else None)


async def page_of_large(
    session: AsyncSession,
    statement: Select[tuple[Item]],
    pagination: PageRequest,
    *,
    order: Sequence[InstrumentedAttribute[Any]],
) -> Slice[Item]:
    """One page of a statement whose rows may be large: loaded in steps, and ended early if it holds much."""
    rows: list[Item] = []
    held, step, after = 0, STEP, pagination.after
    while True:
        asked = min(step, pagination.limit + 1 - len(rows))
        found = (await session.scalars(_rows_after(statement, after, order).limit(asked))).unique().all()
        for row in found:
            if len(rows) == pagination.limit or held > PAGE_SIZE:
                return Slice(rows, pagination.cursor(after or ()))
            rows.append(row)
            held += size_of(row)
            after = [_plain(getattr(row, column.key)) for column in order]
        if len(found) < asked:
            return Slice(rows, None)
        step = next_step(held, len(rows))


async def page(
    session: AsyncSession,
    statement: Select[tuple[Item]],
    pagination: PageRequest,
    *,
    order: Sequence[InstrumentedAttribute[Any]],
) -> Slice[Item]:
    """One page of a statement, in the ascending order of columns that are unique together."""
    found = (await session.scalars(beginning(statement, pagination, order=order))).unique().all()
    rows = found[: pagination.limit]
    if len(found) <= pagination.limit:
        return Slice(rows, None)
    return Slice(rows, pagination.cursor([getattr(rows[-1], column.key) for column in order]))


async def page_with_first(
    session: AsyncSession,
    statement: Select[tuple[Item]],
    pagination: PageRequest,
    *,
    order: Sequence[InstrumentedAttribute[Any]],
    first: Sequence[ColumnElement[bool]] = (),
    is_large: bool = False,
) -> Slice[Item]:
    """One page of a statement, in its order; rows of which the conditions `first` are true come before all others.

    A page of large rows may then hold that much for each part.
    """
    read = page_of_large if is_large else page
    if not first:
        return await read(session, statement, pagination, order=order)

    async def of_part(part: int, request: PageRequest) -> Slice[Item]:
        here = [*map(not_, first[:part]), *first[part : part + 1]]
        return await read(session, statement.where(*here), request, order=order)

    return await page_in_parts(pagination, of_part, parts=len(first) + 1)


async def page_in_parts(
    pagination: PageRequest, read: Callable[[int, PageRequest], Awaitable[Slice[Item]]], *, parts: int = 2
) -> Slice[Item]:
    """One page of a list in parts, numbered from 0, each in its own order. `read` returns a page of a part."""
    part, *after = pagination.after or (0,)
    if part not in range(parts):
        raise _not_valid()
    found: list[Item] = []
    while True:
        room = pagination.limit - len(found)
        # Without room, one row tells if there is another page.
        each = await read(part, replace(pagination, part=(part,), after=after or None, limit=room or 1))
        if not room and each.items:
            return Slice(found, replace(pagination, part=(part,)).cursor(()))
        found += each.items
        part, after = part + 1, []
        if each.next is not None or part == parts:
            return Slice(found, each.next)


def beginning(
    statement: Select[Any], pagination: PageRequest, *, order: Sequence[InstrumentedAttribute[Any]]
) -> Select[Any]:
    """The rows of one page, and one more: then there is another page."""
    return _rows_after(statement, pagination.after, order).limit(pagination.limit + 1)


def _rows_after(
    statement: Select[Any], after: Values | None, order: Sequence[InstrumentedAttribute[Any]]
) -> Select[Any]:
    if after is not None:
        statement = statement.where(_after(list(order), after))
    return statement.order_by(*order)


def _after(columns: Sequence[InstrumentedAttribute[Any]], values: Values) -> ColumnElement[bool]:
    if len(values) != len(columns):
        raise _not_valid()
    typed = [literal(_typed(column, value), column.type) for column, value in zip(columns, values, strict=True)]
    return columns[0] > typed[0] if len(columns) == 1 else tuple_(*columns) > tuple_(*typed)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, UUID) else value


def _typed(column: InstrumentedAttribute[Any], value: Any) -> Any:
    kind = column.type.python_type
    if kind is UUID:
        return UUID(value)
    return kind.fromisoformat(value) if issubclass(kind, date | datetime) else value


def _sign(secret: bytes, bound_to: str, content: bytes) -> bytes:
    return hmac.digest(secret, bound_to.encode() + b"\0" + content, hashlib.sha256)[:16]


def _read(secret: bytes, bound_to: str, cursor: str) -> Values:
    try:
        raw = base64.b64decode(cursor, altchars=b"-_", validate=True)
    except ValueError:
        raise _not_valid() from None
    if not hmac.compare_digest(raw[:16], _sign(secret, bound_to, raw[16:])):
        raise _not_valid()
    values: Values = json.loads(raw[16:])
    return values


def _not_valid() -> CursorNotValid:
    return CursorNotValid(
        "This cursor was not made for this list, its filters and your client: start again without it."
    )
