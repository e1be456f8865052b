"""Database sessions of a request, and the other dependencies of the endpoints."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response

from services.notification import commands, queries
from services.notification.models import JOURNAL_GREW
from services.notification.rules.rights import is_news
from services.notification.rules.sealing import Seal
from services.notification.settings import seal_of, url_check_of
from shared.app_state import SETTINGS
from shared.http.hanging_up import hanging_up
from shared.http.pagination import PageRequest, pagination
from shared.http.schemas import CURSOR, Cursor
from shared.http.sessions import RowReading, database_of, reading, writing
from shared.security.access import ANONYMOUS, Caller
from shared.security.dependencies import identify
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.listener import Waiter
from shared.storage.row_session import RowSession
from shared.storage.unit_of_work import ReadSession, WriteSession

Reading = Annotated[ReadSession, Depends(reading("notification"), scope="function")]
ReadingRow = Annotated[RowSession, RowReading("notification")]
"""A session for a read of one object that is one row."""
Writing = Annotated[WriteSession, Depends(writing("notification"), scope="function")]

AT_ONCE: Final = 500
"""Events in a page of the journal."""

WAIT_AT_MOST: Final = 20
"""Seconds of a long poll; the gateway's patience is longer."""

_after = pagination("after")


def _database(request: Request) -> Database:
    return database_of(request, "notification")


def _settings(request: Request) -> Settings:
    return SETTINGS.of(request)


def _url_check(request: Request) -> Callable[[str], None]:
    return url_check_of(_settings(request))


def _seal(request: Request) -> Seal:
    return seal_of(_settings(request), _database(request))


async def _waiting(
    request: Request,
    caller: Annotated[Caller, Depends(identify)],
    wait: Annotated[
        int,
        Query(
            ge=0,
            le=WAIT_AT_MOST,
            description="Seconds to wait for an event, if there is none yet. The answer comes earlier, and may be "
            "empty, when the service restarts or when very many wait: ask again with its `next`.",
        ),
    ] = 0,
) -> AsyncIterator[Waiter | None]:
    """The waiter of a long poll, released when its client hangs up."""
    if not wait:
        yield None
        return
    listener = _database(request).listener(JOURNAL_GREW)
    async with listener.waiting(caller.client_id, wait) as waiter, hanging_up(request, waiter.release):
        yield waiter


async def _follow_rights(request: Request, caller: Annotated[Caller, Depends(identify)]) -> None:
    """Let the subscriptions of a client follow the rights of its newest token."""
    if caller is ANONYMOUS:
        return
    database = _database(request)
    async with database.reading() as session:
        known = await queries.rights_of(session, caller)
    if known is not None and is_news(caller, known):
        async with database.writing(by=caller) as session:
            await commands.follow_rights(session, caller)


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
    """`wait` is no filter: the same cursor works with and without it."""
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


WITH_RIGHTS: Final = (Depends(_follow_rights),)
"""The `dependencies=` of every router: whatever a client asks for, its token says what it may read now."""
Store = Annotated[Database, Depends(_database)]
"""Database of a long poll: it opens a session for each read."""
WaitingRequest = Annotated[Waiter | None, Depends(_waiting, scope="function")]
"""Waiter of a long poll; None for a request that does not wait."""
PlatformSettings = Annotated[Settings, Depends(_settings)]
UrlCheck = Annotated[Callable[[str], None], Depends(_url_check)]
Sealing = Annotated[Seal, Depends(_seal)]
FeedPagination = Annotated[PageRequest, Depends(_feed_pagination)]
JournalPagination = Annotated[PageRequest, Depends(_journal_pagination)]
