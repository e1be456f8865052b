"""Lists in pages: a cursor names the last row read, so the cost is flat and no row comes twice or is missed.

A cursor is opaque and signed, and bound to the client and to the filters of its list.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from shared.app_state import AppKey
from shared.http.schemas import CURSOR, ROWS_AT_MOST, Cursor
from shared.problem import BadRequest
from shared.security.access import Caller
from shared.security.dependencies import identify

CURSOR_SECRET: Final = AppKey[bytes]("cursor_secret")
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

    def cursor(self, values: Values) -> str:
        """The cursor that goes on after a row, also told in the `Link` header."""
        content = json.dumps([_plain(value) for value in values], separators=(",", ":")).encode()
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
            (name, value) for name, value in request.query_params.multi_items() if name not in (parameter, "limit")
        )
        bound_to = json.dumps([request.url.path, caller.client_id, filters])
        after = _read(secret, bound_to, cursor) if cursor else None
        return PageRequest(limit, after, secret, bound_to, request, response, parameter)

    return read


Pagination = Annotated[PageRequest, Depends(pagination())]
"""Page of a list: `?limit=&cursor=`."""
ChangesPagination = Annotated[PageRequest, Depends(pagination("after"))]
"""Page of a changes feed: `?limit=&after=`."""


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


def beginning(
    statement: Select[Any], pagination: PageRequest, *, order: Sequence[InstrumentedAttribute[Any]]
) -> Select[Any]:
    """The rows of one page, and one more: then there is another page."""
    if pagination.after is not None:
        statement = statement.where(_after(list(order), pagination.after))
    return statement.order_by(*order).limit(pagination.limit + 1)


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
