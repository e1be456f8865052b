"""Imports of values of indicators: a CSV file as the body of the request."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from services.territory import commands, queries
from services.territory.api.csv import MEDIA_TYPE
from services.territory.api.dependencies import Anyone, Reading, Writing
from services.territory.api.indicators import INDICATORS, CodeInPath, Publisher
from services.territory.errors.indicators import (
    ImportRefused,
    ImportReverted,
    ImportSuperseded,
    IndicatorImportNotFound,
    IndicatorNotFound,
    ValuesComputed,
)
from services.territory.models import IndicatorImport
from services.territory.schemas import IndicatorImportOut, RevertIn
from shared.http.pagination import Pagination, Slice
from shared.http.routing import Router, showing
from shared.http.schemas import Page
from shared.patterns import ANY_TEXT
from shared.problem import BodyTooLarge, RequestTooSlow, UnsupportedMediaType, documented
from shared.settings import Settings

router = Router(tags=[INDICATORS])

EXAMPLE: Final = "level,geography,year,value\ndepartement,64,2018,34.7\n"
BYTES: Final = "application/octet-stream"
"""The media type of the document: generated clients have a function for a file of this type, and none for CSV."""
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "A CSV file: a header row and one row for each place and year, in UTF-8 with or without its "
        "signature. Columns in any order, separated by commas or semicolons; decimals with a point or a comma. "
        "A number that could be read in two ways, such as 1,000 in a whole number, is refused. "
        f"`Content-Type: {MEDIA_TYPE}` is understood too.",
        "content": {
            BYTES: {
                "schema": {
                    "type": "string",
                    "format": "binary",
                    "minLength": 1,
                    "pattern": ANY_TEXT,
                    "maxLength": Settings.model_fields["max_body_bytes"].default,
                    "description": "Columns level, geography, year, value (RFC 4180).",
                },
                "example": EXAMPLE,
            }
        },
    }
}


NOTHING_CHANGED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": IndicatorImportOut, "description": "Checked only, or imported before: nothing changed."}
}


async def _csv_body(request: Request) -> bytes:
    """Read the whole body, before a transaction is open. Refuse another media type."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if media_type.strip().lower() not in (MEDIA_TYPE, BYTES) or charset not in ("", "utf-8"):
        raise UnsupportedMediaType(f"Send the file as `Content-Type: {MEDIA_TYPE}` or `{BYTES}`, in UTF-8.")
    return await request.body()


CsvBody = Annotated[bytes, Depends(_csv_body)]


@router.post(
    "/v1/indicators/{code}/imports",
    status_code=201,
    response_model=IndicatorImportOut,
    responses=NOTHING_CHANGED
    | documented(
        IndicatorNotFound,
        ImportRefused,
        ValuesComputed,
        ImportSuperseded,
        UnsupportedMediaType,
        BodyTooLarge,
        RequestTooSlow,
    ),
    openapi_extra=BODY,
)
async def import_indicator_values(
    code: CodeInPath,
    content: CsvBody,
    session: Writing,
    response: Response,
    _: Publisher,
    dry_run: Annotated[
        Literal["true", "false"], Query(description="`true`: check the file and count its rows; change nothing.")
    ] = "false",
) -> IndicatorImportOut:
    """Import a CSV file of values. One wrong row, and nothing is imported: `errors` names row and column.

    A value that was there is replaced, and comes back if the import is reverted. A file with the same values again is
    the same import, in any order of rows and columns: it is answered with 200 and changes nothing.
    """
    checks = dry_run == "true"
    found, is_new = await commands.import_values(session, code, content, dry_run=checks)
    await session.flush()
    if checks or not is_new:
        response.status_code = 200
    return IndicatorImportOut.checked(found) if checks and is_new else IndicatorImportOut.model_validate(found)


@router.get(
    "/v1/indicators/{code}/imports",
    response_model=Page[IndicatorImportOut],
    responses=documented(IndicatorNotFound),
)
async def list_indicator_imports(
    code: CodeInPath, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[IndicatorImport]:
    """The imports of an indicator, those that were reverted too."""
    return await queries.list_imports(session, code, pagination)


@router.get(
    "/v1/indicators/{code}/imports/{import_id}",
    response_model=IndicatorImportOut,
    responses=documented(IndicatorImportNotFound),
)
async def read_indicator_import(code: CodeInPath, import_id: UUID, session: Reading, _: Anyone) -> IndicatorImport:
    """One import of values."""
    return await queries.get_import(session, code, import_id)


@router.post(
    "/v1/indicators/{code}/imports/{import_id}/revert",
    response_model=IndicatorImportOut,
    responses=documented(IndicatorNotFound, IndicatorImportNotFound, ImportReverted, ImportSuperseded),
    openapi_extra=showing(
        version=2,
        status="reverted",
        reverted_at="2026-03-05T09:30:00Z",
        reverted_because="Mauvais millésime (synthétique)",
    ),
)
async def revert_indicator_import(
    code: CodeInPath, import_id: UUID, body: RevertIn, session: Writing, _: Publisher
) -> IndicatorImport:
    """Take an import back: the values from before it stand again.

    Values that a later import repeated stay, as its own. Refused if later imports replaced some: `imports` names them.
    """
    return await commands.revert_import(session, code, import_id, reason=body.reason)
