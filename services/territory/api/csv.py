"""CSV (RFC 4180): whole lists, streamed, and safe to open in a spreadsheet."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import Select

from shared.http.sessions import database_of

MEDIA_TYPE: Final = "text/csv"
BATCH: Final = 200
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a text that a spreadsheet would execute."""


def stream(request: Request, statement: Select[Any], shape: type[BaseModel]) -> StreamingResponse:
    """The rows of a statement as an answer that is sent while it is read."""
    return _answer(_selected(request, statement, shape))


def table(rows: Iterable[BaseModel], shape: type[BaseModel]) -> StreamingResponse:
    """A few rows as an answer."""

    async def lines() -> AsyncIterator[str]:
        yield _lines([list(shape.model_fields)])
        yield _lines(map(_cells, rows))

    return _answer(lines())


async def _selected(request: Request, statement: Select[Any], shape: type[BaseModel]) -> AsyncIterator[str]:
    # A session of its own: that of the endpoint is closed before the body is sent.
    async with database_of(request, "territory").reading() as session:
        found = await session.stream_scalars(statement.execution_options(yield_per=BATCH))
        yield _lines([list(shape.model_fields)])
        async for rows in found.partitions():
            yield _lines(_cells(shape.model_validate(row)) for row in rows)


def _answer(lines: AsyncIterator[str]) -> StreamingResponse:
    return StreamingResponse(lines, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers={"Vary": "Accept"})


def _lines(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cells(row: BaseModel) -> list[str]:
    return [_cell(value) for value in row.model_dump(mode="json").values()]


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list() if value and isinstance(value[0], dict):
            return _cell(" ; ".join(item["name"] for item in value))
        case list():
            return " ".join(value)
        case str() if value.startswith(FORMULA):
            return f"'{value}"
        case _:
            return str(value)
