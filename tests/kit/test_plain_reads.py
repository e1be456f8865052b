"""Plain reads are answered as the framework would answer them."""

from collections import Counter
from dataclasses import replace
from typing import Annotated, Any, get_args
from uuid import UUID

import httpx
import pytest
from fastapi import BackgroundTasks, FastAPI
from fastapi.responses import HTMLResponse

from app.embedded import SERVICES
from shared.http import routing
from shared.http.plain_reads import plain_read
from shared.http.routing import Router
from shared.http.sessions import RowReading
from shared.ids import uuid7
from shared.problem import NotFound
from shared.runtime.app import serve
from shared.settings import Settings
from shared.storage.row_session import RowSession
from tests.kit.acts import database_of, store_account
from tests.kit.conftest import OTHER, SERVICE, bearer, create_tables, started
from tests.kit.ledger import Account, AccountOut, Reader

OWN = ("date", "x-request-id", "traceresponse")
"""Headers that differ from answer to answer."""


def app_with_a_plain_read(settings: Settings) -> FastAPI:
    router = Router()

    @router.get("/v1/plain/{account_id}", response_model=AccountOut)
    async def read_plainly(
        by: Reader, account_id: UUID, session: Annotated[RowSession, RowReading("ledger")], mark: int | None = None
    ) -> Account:
        """One account."""
        found: Account | None = await session.get(Account, account_id)
        if found is None or found.owner != by.org or mark:
            raise NotFound("There is no such account.")
        return found

    return serve(replace(SERVICE, router=router), settings=settings, before=create_tables, complete=True)


async def answers(app: FastAPI) -> list[Any]:
    async with started(app) as client:
        account = await store_account(database_of(app))
        url = f"/v1/plain/{account}"
        requests: list[tuple[str, str, dict[str, str]]] = [
            ("GET", url, {}),
            ("HEAD", url, {}),
            ("GET", url, {"If-None-Match": '"1"'}),
            ("GET", url, {"If-None-Match": '"2"'}),
            ("GET", url, {"Accept": "text/csv"}),
            ("GET", f"{url}?phse=1", {}),
            ("GET", f"{url}?mark=0", {}),
            ("GET", f"{url}?mark=1", {}),
            ("GET", f"{url}?mark=one", {}),
            ("GET", url, {"Authorization": ""}),
            ("GET", url, bearer(role="operator")),
            ("GET", url, bearer(OTHER)),
            ("GET", "/v1/plain/7", {}),
            ("GET", "/v1/plain/7", {"Authorization": ""}),
            ("GET", f"/v1/plain/{uuid7()}", {}),
            ("PUT", url, {}),
        ]
        given = [await client.request(method, path, headers=headers) for method, path, headers in requests]
        return [content_of(answer, str(account)) for answer in given]


def content_of(answer: httpx.Response, account: str) -> tuple[int, dict[str, str], dict[str, Any] | None]:
    headers = {name: value for name, value in answer.headers.items() if name not in OWN}
    body = answer.json() if answer.content else None
    return answer.status_code, headers, body and {k: v for k, v in body.items() if k != "instance" and v != account}


async def test_a_plain_read_is_answered_as_by_the_framework(
    on_sqlite: Settings, on_postgresql: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = await answers(app_with_a_plain_read(on_sqlite))
    monkeypatch.setattr(routing, "plain_read", lambda _: None)
    solved = await answers(app_with_a_plain_read(on_postgresql))

    assert plain == solved
    assert Counter(status for status, _, _ in plain) == {200: 4, 304: 1, 401: 2, 403: 1, 404: 3, 405: 1, 406: 1, 422: 3}


def test_reads_of_one_row_are_plain() -> None:
    plain = {route.name for service in SERVICES for route in service.router.operations() if plain_read(route)}

    assert plain >= {"read_organisation", "read_commune", "read_request", "read_referent"}


def test_a_read_that_asks_for_more_is_not_plain() -> None:
    plain = {route.name for service in SERVICES for route in service.router.operations() if plain_read(route)}

    # A snapshot, a header of the response, a dependency of the router, a transaction.
    assert not plain & {"read_territory", "read_region", "read_subscription", "read_action"}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"status_code": 203},
        {"response_model_exclude_none": True},
        {"response_model_exclude": {"balance"}},
        {"response_model_by_alias": False},
        {"response_class": HTMLResponse},
    ],
    ids=str,
)
def test_a_read_with_options_of_its_answer_is_not_plain(options: dict[str, Any]) -> None:
    router = Router()

    @router.get("/v1/options/{account_id}", response_model=AccountOut, **options)
    async def read_with_options(by: Reader, account_id: UUID) -> Any:
        """One account."""

    [route] = router.operations()
    assert (plain_read(route) is None) == bool(options)


def test_a_read_is_not_plain_if_its_endpoint_takes_more_than_caller_and_path() -> None:
    router = Router(dependencies=[get_args(Reader)[1]])

    @router.get("/v1/more/{account_id}", response_model=AccountOut)
    async def read_for_all(account_id: UUID) -> Any:
        """One account."""

    others = Router()

    @others.get("/v1/tasks/{account_id}", response_model=AccountOut)
    async def read_with_tasks(by: Reader, account_id: UUID, tasks: BackgroundTasks) -> Any:
        """One account."""

    for route in (*router.operations(), *others.operations()):
        assert plain_read(route) is None
