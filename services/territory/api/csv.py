"""CSV: whole lists, streamed, and safe to open in a spreadsheet.

Programs get what RFC 4180 says: commas, records that end by CRLF, in UTF-8. French spreadsheets split at semicolons,
because their decimals have a comma, and see by its signature that a file is UTF-8: `separator=semicolon` writes all
three.
"""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Final, Literal, get_args, get_type_hints

from fastapi import Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import Select

from services.territory.api import pages
from services.territory.schemas import SignedExact
from shared.clock import today
from shared.http.schemas import Exact
from shared.http.sessions import database_of

MEDIA_TYPE: Final = pages.CSV
SIGNATURE: Final = "\ufeff"
"""First character of a file: the byte order mark."""
BATCH: Final = 200
FORMULA: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters of a text that a spreadsheet would execute, also after blanks; the last four are full-width."""
CONTROLS: Final = ("\t", "\r", "\n")
"""First characters that spreadsheets drop before they look for a formula."""
DECIMALS: Final = (Exact, SignedExact)
"""Types of texts that are numbers."""


@dataclass(frozen=True)
class Dialect:
    """The separator of the columns; decimals follow it."""

    separator: Annotated[
        Literal["comma", "semicolon"] | None,
        Query(
            description="Of CSV alone. `comma`: as RFC 4180 says, the default. `semicolon`: for French spreadsheets, "
            "with a comma in decimals and the signature of UTF-8 (BOM)."
        ),
    ] = None

    @property
    def is_french(self) -> bool:
        """True for a file that French spreadsheets open as it is."""
        return self.separator == "semicolon"


CsvDialect = Annotated[Dialect, Depends()]
DEFAULT: Final = Dialect()


def stream(
    request: Request,
    statement: Select[Any],
    shape: type[BaseModel],
    *,
    name: str,
    dialect: Dialect = DEFAULT,
    day: date | None = None,
    of: Callable[[Any], BaseModel] | None = None,
) -> StreamingResponse:
    """The rows of a statement as an answer that is sent while it is read. `of` makes the row of a day."""
    return _answer(_selected(request, statement, shape, dialect, of or shape.model_validate), name, day or today())


def table(
    rows: Iterable[BaseModel], shape: type[BaseModel], *, name: str, day: date | None, dialect: Dialect = DEFAULT
) -> StreamingResponse:
    """Rows as an answer."""

    async def lines() -> AsyncIterator[str]:
        yield _header(shape, dialect)
        yield _lines((_cells(row, dialect) for row in rows), dialect)

    return _answer(lines(), name, day or today())


async def _selected(
    request: Request,
    statement: Select[Any],
    shape: type[BaseModel],
    dialect: Dialect,
    of: Callable[[Any], BaseModel],
) -> AsyncIterator[str]:
    # A session of its own: that of the endpoint is closed before the body is sent.
    async with database_of(request, "territory").reading() as session:
        found = await session.stream_scalars(statement.execution_options(yield_per=BATCH))
        yield _header(shape, dialect)
        async for rows in found.partitions():
            yield _lines((_cells(of(row), dialect) for row in rows), dialect)


def _answer(lines: AsyncIterator[str], name: str, day: date) -> StreamingResponse:
    headers = {"Vary": "Accept", "Content-Disposition": f'attachment; filename="{name}-{day}.csv"'}
    return StreamingResponse(lines, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)


def _header(shape: type[BaseModel], dialect: Dialect) -> str:
    return (SIGNATURE if dialect.is_french else "") + _lines([list(shape.model_fields)], dialect)


def _lines(rows: Iterable[Iterable[str]], dialect: Dialect) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";" if dialect.is_french else ",").writerows(rows)
    return text.getvalue()


def _cells(row: BaseModel, dialect: Dialect) -> list[str]:
    numbers = numbers_of(type(row))
    decimal = "," if dialect.is_french else "."
    return [
        str(value).replace(".", decimal) if name in numbers and value is not None else _cell(value)
        for name, value in row.model_dump(mode="json").items()
    ]


@cache
def numbers_of(shape: type[BaseModel]) -> frozenset[str]:
    """Return the columns of decimals: those of floats, and those of texts that are exact numbers."""
    hints = get_type_hints(shape, include_extras=True)
    kinds = {name: (hints[name], *get_args(hints[name])) for name in shape.model_fields}
    return frozenset(name for name, found in kinds.items() if any(kind in (float, *DECIMALS) for kind in found))


def _cell(value: Any) -> str:
    match value:
        case bool() | None:
            return {True: "true", False: "false", None: ""}[value]
        case dict():
            # The bounds of a day, as an interval of ISO 8601.
            return "/".join(str(part or "..") for part in value.values())
        case list() if value and isinstance(value[0], dict):
            return _cell(" ; ".join(_element(item["name"]) for item in value))
        case list():
            return _cell(" ".join(value))
        case str() if value.startswith(CONTROLS) or value.lstrip().startswith(FORMULA):
            return f"'{value}"
        case _:
            return str(value)


def _element(name: str) -> str:
    """Return one of several names of a cell; in quotes, doubled within, if it could be read as two."""
    return '"{}"'.format(name.replace('"', '""')) if ";" in name or name.startswith('"') else name
