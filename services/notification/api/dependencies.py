"""Database sessions of a request, and the other dependencies of the endpoints."""

from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.rules.sealing import Seal
from services.notification.settings import seal_of
from shared.http.pagination import PageRequest, pagination
from shared.http.schemas import CURSOR, Cursor
from shared.http.sessions import reading, writing
from shared.security.access import OWN, Caller, Grant
from shared.security.dependencies import Access, allowed, identify
from shared.settings import Settings
from shared.storage.database import Database

Reading = Annotated[AsyncSession, Depends(reading("notification"), scope="function")]
Writing = Annotated[AsyncSession, Depends(writing("notification"), scope="function")]

AT_ONCE: Final = 500
"""Events in a page of the journal."""

_after = pagination("after")


def of_everybody(scope: str, *, public: bool = False, **others: Grant) -> Access:
    """What every role may do with its own; these with any."""
    own = dict.fromkeys(("national", "region", "state", "territory", "party", "operator", "partner", "platform"), OWN)
    return allowed(scope, public=public, **{**own, **others})


def _database(request: Request) -> Database:
    database: Database = request.app.state.databases["notification"]
    return database


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.platform.settings
    return settings


def _seal(request: Request) -> Seal:
    return seal_of(_settings(request), _database(request))


async def _feed_pagination(
    request: Request,
    response: Response,
    caller: Annotated[Caller, Depends(identify)],
    limit: Annotated[int, Query(ge=1, le=200, description="Events in a page.")] = 50,
    after: Annotated[
        Cursor | None,
        Query(description="The `next` of the page before; without it, the beginning.", examples=[CURSOR]),
    ] = None,
) -> PageRequest:
    """How long a reader waits is no filter: the same cursor goes on with and without."""
    read: PageRequest = await _after(_without(request, "wait"), response, caller, limit, after)
    return read


async def _journal_pagination(
    request: Request,
    response: Response,
    caller: Annotated[Caller, Depends(identify)],
    limit: Annotated[int, Query(ge=1, le=AT_ONCE, description="Events in a page.")] = AT_ONCE,
    after: Annotated[
        Cursor | None,
        Query(description="The `next` of the page before; without it, the beginning.", examples=[CURSOR]),
    ] = None,
) -> PageRequest:
    read: PageRequest = await _after(request, response, caller, limit, after)
    return read


def _without(request: Request, parameter: str) -> Request:
    url = request.url.remove_query_params(parameter)
    return Request({**request.scope, "query_string": url.query.encode()})


Store = Annotated[Database, Depends(_database)]
"""Of a request that waits: it opens its sessions itself, one for each look."""
PlatformSettings = Annotated[Settings, Depends(_settings)]
Sealing = Annotated[Seal, Depends(_seal)]
FeedPagination = Annotated[PageRequest, Depends(_feed_pagination)]
JournalPagination = Annotated[PageRequest, Depends(_journal_pagination)]
