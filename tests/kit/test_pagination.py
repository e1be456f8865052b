"""Lists in pages: no row twice, none missed, whatever happens between two pages."""

import base64
import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select
from starlette.requests import Request
from starlette.responses import Response

from shared.clock import now
from shared.http.pagination import CursorNotValid, PageRequest, page, page_with_first
from shared.ids import uuid7
from shared.storage.database import Database
from tests.kit.acts import open_account
from tests.kit.conftest import OTHER, OWNER, app_of, bearer, started
from tests.kit.ledger import Account, Base
from tests.support.harness import settings_in

TABLE = Base.metadata.tables[Account.__tablename__]
REQUEST = Request({"type": "http", "method": "GET", "path": "/v1/accounts", "query_string": b"", "headers": []})


def row(balance: int) -> dict[str, Any]:
    return {"id": uuid7(), "owner": OWNER, "balance": balance, "version": 1, "updated_at": now()}


def wanted(limit: int, after: Any = None) -> PageRequest:
    return PageRequest(limit, after, b"secret", "", REQUEST, Response())


ACTS = st.lists(st.tuples(st.sampled_from(["insert", "delete"]), st.integers(0, 5), st.integers(0, 30)), max_size=4)


@given(
    balances=st.lists(st.integers(0, 5), max_size=25),
    limit=st.integers(1, 7),
    between=st.lists(ACTS, max_size=8),
)
@examples(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_row_comes_twice_and_none_that_stays_is_missed(
    database: Database, balances: list[int], limit: int, between: list[list[tuple[str, int, int]]]
) -> None:
    rows = [row(balance) for balance in balances]
    async with database.engine.begin() as connection:
        await connection.execute(delete(TABLE))
        if rows:
            await connection.execute(insert(TABLE), rows)
    stayed, seen, after = {each["id"] for each in rows}, [], None
    acts = iter(between)
    while True:
        async with database.reading() as session:
            found = await page(session, select(Account), wanted(limit, after), order=(Account.balance, Account.id))
        seen += [(account.balance, account.id) for account in found.items]
        if found.next is None:
            break
        after = [seen[-1][0], str(seen[-1][1])]
        async with database.engine.begin() as connection:
            for act, balance, which in next(acts, []):
                if act == "insert":
                    await connection.execute(insert(TABLE), [row(balance)])
                elif which < len(rows):
                    await connection.execute(delete(TABLE).where(TABLE.c.id == rows[which]["id"]))
                    stayed.discard(rows[which]["id"])

    ids = [identity for _, identity in seen]
    assert len(ids) == len(set(ids))
    assert stayed <= set(ids)
    assert [balance for balance, _ in seen] == sorted(balance for balance, _ in seen)


FIRST: Final = (Account.balance == 3, Account.balance.in_([1, 3]))


def rank(balance: int) -> int:
    """Return the part of the list in which a balance is."""
    return {3: 0, 1: 1}.get(balance, 2)


@given(
    balances=st.lists(st.integers(0, 5), max_size=25),
    limit=st.integers(1, 7),
    between=st.lists(ACTS, max_size=8),
)
@examples(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_rows_that_come_first_do_so_and_no_row_comes_twice_or_is_missed(
    database: Database, balances: list[int], limit: int, between: list[list[tuple[str, int, int]]]
) -> None:
    rows = [row(balance) for balance in balances]
    async with database.engine.begin() as connection:
        await connection.execute(delete(TABLE))
        if rows:
            await connection.execute(insert(TABLE), rows)
    stayed, seen, after = {each["id"] for each in rows}, [], None
    acts = iter(between)
    while True:
        asked = wanted(limit, after)
        async with database.reading() as session:
            found = await page_with_first(
                session, select(Account), asked, order=(Account.balance, Account.id), first=FIRST
            )
        seen += [(rank(account.balance), account.balance, account.id) for account in found.items]
        if found.next is None:
            break
        assert len(found.items) == limit
        after = json.loads(base64.urlsafe_b64decode(found.next)[16:])
        async with database.engine.begin() as connection:
            for act, balance, which in next(acts, []):
                if act == "insert":
                    await connection.execute(insert(TABLE), [row(balance)])
                elif which < len(rows):
                    await connection.execute(delete(TABLE).where(TABLE.c.id == rows[which]["id"]))
                    stayed.discard(rows[which]["id"])

    assert seen == sorted(set(seen))
    assert stayed <= {identity for _, _, identity in seen}


@pytest.mark.parametrize("after", [[3, 1, str(uuid7())], ["0", 1, str(uuid7())], [1, 1], [0.5]])
async def test_a_cursor_of_a_list_without_such_rows_is_refused(database: Database, after: list[Any]) -> None:
    async with database.reading() as session:
        with pytest.raises(CursorNotValid):
            await page_with_first(
                session,
                select(Account),
                wanted(3, after),
                order=(Account.balance, Account.id),
                first=FIRST,
            )


async def test_the_link_header_leads_through_the_whole_list(client: httpx.AsyncClient) -> None:
    opened = [await open_account(client, balance=number % 2) for number in range(7)]
    url, seen = "/v1/accounts?limit=3&owner=" + OWNER, []
    for _ in range(3):
        answer = await client.get(url)
        seen += answer.json()["items"]
        if "link" in answer.headers:
            url = answer.headers["link"].removesuffix('>; rel="next"').removeprefix("<")
            assert parse_qs(urlsplit(url).query)["cursor"] == [answer.json()["next"]]

    assert "link" not in answer.headers
    assert answer.json()["next"] is None
    assert seen == sorted(opened, key=lambda account: (account["balance"], account["id"]))


@pytest.mark.parametrize(("limit", "rows"), [(1, 1), (200, 3)])
async def test_a_page_has_at_most_as_many_rows_as_asked_for(client: httpx.AsyncClient, limit: int, rows: int) -> None:
    for _ in range(3):
        await open_account(client)

    answer = await client.get(f"/v1/accounts?limit={limit}")

    assert len(answer.json()["items"]) == rows


async def cursor_of(client: httpx.AsyncClient) -> str:
    """The cursor of a list of two pages."""
    await open_account(client)
    await open_account(client)
    cursor: str = (await client.get("/v1/accounts?limit=1")).json()["next"]
    return cursor


async def test_a_cursor_is_not_good_for_another_client(client: httpx.AsyncClient) -> None:
    cursor = await cursor_of(client)

    answer = await client.get(f"/v1/accounts?cursor={cursor}", headers=bearer(OTHER))

    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-not-valid")


async def test_a_cursor_is_not_good_for_other_filters(client: httpx.AsyncClient) -> None:
    cursor = await cursor_of(client)

    answer = await client.get(f"/v1/accounts?cursor={cursor}&owner={OWNER}")

    assert answer.status_code == 400


async def test_a_cursor_is_not_good_for_another_list(client: httpx.AsyncClient) -> None:
    cursor = await cursor_of(client)

    answer = await client.get(f"/v1/accounts/changes?after={cursor}")

    assert answer.status_code == 400


async def test_a_cursor_is_good_for_pages_of_another_size(client: httpx.AsyncClient) -> None:
    cursor = await cursor_of(client)

    answer = await client.get(f"/v1/accounts?cursor={cursor}&limit=200")

    assert len(answer.json()["items"]) == 1


@pytest.mark.parametrize(("key", "status"), [("of all replicas", 200), ("", 400)])
async def test_replicas_that_share_a_key_take_each_others_cursors(tmp_path: Path, key: str, status: int) -> None:
    where = f"sqlite+aiosqlite:///{tmp_path}/shared.db"
    one, two = [app_of(settings_in(tmp_path / name, database_url=where, cursor_key=key)) for name in ("one", "two")]
    async with started(one) as client:
        cursor = await cursor_of(client)
    async with started(two) as client:
        answer = await client.get(f"/v1/accounts?cursor={cursor}")

    assert answer.status_code == status


async def test_a_changed_cursor_is_refused(client: httpx.AsyncClient) -> None:
    raw = base64.urlsafe_b64decode(await cursor_of(client))

    for forged in (raw[:-1], raw[:16], raw[:16] + b'[1,"x"]', b"\0" * 16 + raw[16:]):
        cursor = base64.urlsafe_b64encode(forged).decode()
        answer = await client.get("/v1/accounts", params={"cursor": cursor})

        assert answer.status_code == 400
