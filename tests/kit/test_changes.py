"""A dump and the changes after it are the next dump, for everyone who may read; nothing is skipped."""

import asyncio
import random
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from shared.http import changes
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.sequencer import Sequencer
from shared.storage.tables import history
from tests.kit.acts import count_of, database_of, deposit, open_account, rows_of, store_account, store_deposit
from tests.kit.conftest import OTHER, OWNER, app_of, bearer, started
from tests.support.waiting import until

EVERYBODY = [bearer(OWNER), bearer(OTHER), bearer(role="national")]


class Reader:
    """A partner system that keeps a copy of what it may read."""

    def __init__(self, client: httpx.AsyncClient, who: dict[str, str]) -> None:
        self._client = client
        self._who = who
        self.after: str | None = None
        self.copy: dict[str, Any] = {}
        self.lines: list[tuple[str, int]] = []

    async def dump(self) -> dict[str, Any]:
        """All that there is now."""
        found: dict[str, Any] = {}
        params: dict[str, Any] = {"limit": 7}
        while True:
            page = (await self._client.get("/v1/accounts", params=params, headers=self._who)).json()
            found |= {account["id"]: account for account in page["items"]}
            if page["next"] is None:
                return found
            params["cursor"] = page["next"]

    async def follow(self) -> None:
        """Take in what changed, until there is nothing new."""
        while True:
            params: dict[str, Any] = {"limit": 5, **({"after": self.after} if self.after else {})}
            page = (await self._client.get("/v1/accounts/changes", params=params, headers=self._who)).json()
            for change in page["items"]:
                self.lines.append((change["id"], change["version"]))
                if change["object"] is None:
                    self.copy.pop(change["id"], None)
                else:
                    self.copy[change["id"]] = change["object"]
            if page["next"] == self.after:
                return
            self.after = page["next"]

    async def follow_on(self) -> None:
        """Follow while others write."""
        while True:
            await self.follow()
            await asyncio.sleep(0.02)

    def versions(self, account: str) -> list[int]:
        """Return the versions of one account in the feed, in their order."""
        return [version for key, version in self.lines if key == account]


async def numbered(app: FastAPI) -> None:
    """Wait until the sequencer has come to the last line."""

    async def all_numbered() -> bool:
        async with database_of(app).reading() as session:
            return not await session.scalar(select(func.count()).where(history.c.position.is_(None)))

    await until(all_numbered)


async def change_something(client: httpx.AsyncClient, chance: random.Random, accounts: list[str]) -> None:
    """One change, as chance will have it."""
    national = bearer(role="national")
    if not accounts or chance.random() < 0.3:
        owner = chance.choice([OWNER, OTHER])
        answer = await client.post("/v1/accounts", json={"owner": owner}, headers=national)
        accounts.append(answer.json()["id"])
        return
    path = f"/v1/accounts/{chance.choice(accounts)}"
    based_on = national | {"If-Match": (await client.get(path, headers=national)).headers["etag"]}
    match chance.randrange(3):
        case 0:
            await client.post(f"{path}/deposit", json={"amount": chance.randrange(1, 9)}, headers=national)
        case 1:
            body = {"owner": chance.choice([OWNER, OTHER]), "balance": chance.randrange(9)}
            await client.patch(path, json=body, headers=based_on)
        case 2:
            await client.delete(path, headers=based_on)
            accounts.remove(path.rpartition("/")[2])


async def test_a_dump_and_its_changes_are_the_next_dump(client: httpx.AsyncClient, app: FastAPI) -> None:
    chance, accounts = random.Random(1), list[str]()
    readers = [Reader(client, who) for who in EVERYBODY]
    for reader in readers:
        for _ in range(10):
            await change_something(client, chance, accounts)
        await numbered(app)
        await reader.follow()
        reader.copy = await reader.dump()
    for _ in range(20):
        await change_something(client, chance, accounts)
    await numbered(app)

    for reader in readers:
        await reader.follow()

        assert reader.copy == await reader.dump()


async def test_the_changes_of_others_are_not_shown(client: httpx.AsyncClient, app: FastAPI) -> None:
    await open_account(client)
    await numbered(app)
    stranger = Reader(client, bearer(OTHER))

    await stranger.follow()

    assert stranger.lines == []


@pytest.mark.parametrize(("queries", "found", "more"), [(20, 2, False), (2, 0, True)])
async def test_a_page_is_read_on_until_it_is_full_or_the_history_ends_up_to_a_bound(
    client: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch, queries: int, found: int, *, more: bool
) -> None:
    monkeypatch.setattr(changes, "LINES", 2)
    monkeypatch.setattr(changes, "MAX_QUERIES", queries)
    for org in (OTHER, OTHER, OTHER, OTHER, OTHER, OWNER, OTHER, OWNER, OTHER):
        await client.post("/v1/accounts", json={"owner": org}, headers=bearer(role="national"))
    await numbered(app)
    owner = Reader(client, bearer(OWNER))

    page = (await client.get("/v1/accounts/changes", headers=bearer(OWNER))).json()
    first = (await client.get("/v1/accounts/changes", params={"limit": 1}, headers=bearer(OWNER))).json()
    await owner.follow()

    assert (len(page["items"]), page["has_more"]) == (found, more)
    assert first["has_more"] is True
    assert len(owner.lines) == 2


async def test_who_loses_an_object_learns_so_and_not_what_became_of_it(client: httpx.AsyncClient, app: FastAPI) -> None:
    account = await open_account(client)
    await numbered(app)
    owner, other = Reader(client, bearer(OWNER)), Reader(client, bearer(OTHER))
    await owner.follow()
    path = f"/v1/accounts/{account['id']}"
    await client.patch(path, json={"owner": OTHER, "balance": 7}, headers={"If-Match": '"1"'})
    await deposit(client, account["id"], 1, **bearer(OTHER))
    await numbered(app)

    await owner.follow()
    await other.follow()

    assert owner.lines == [(account["id"], 1), (account["id"], 2)]
    assert owner.copy == {}
    assert other.lines == [(account["id"], 2), (account["id"], 3)]
    assert other.copy[account["id"]]["balance"] == 8


async def test_who_comes_late_reads_nothing_of_what_is_no_longer_theirs(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    account = await open_account(client)
    path = f"/v1/accounts/{account['id']}"
    await client.patch(path, json={"owner": OTHER}, headers={"If-Match": '"1"'})
    await numbered(app)

    page = (await client.get("/v1/accounts/changes")).json()

    assert [line["object"] for line in page["items"]] == [None, None]


async def test_a_deletion_leaves_a_tombstone(client: httpx.AsyncClient, app: FastAPI) -> None:
    account = await open_account(client)
    await client.delete(f"/v1/accounts/{account['id']}", headers={"If-Match": '"1"'})
    await numbered(app)

    page = (await client.get("/v1/accounts/changes")).json()

    assert [(line["operation"], line["object"]) for line in page["items"]] == [("created", None), ("deleted", None)]


async def test_parallel_writers_hide_no_change_from_readers(on_postgresql: Settings) -> None:
    app = app_of(on_postgresql)
    async with started(app) as client:
        accounts = [(await open_account(client))["id"] for _ in range(5)]
        readers = [Reader(client, bearer()) for _ in range(3)]
        reading = [asyncio.create_task(reader.follow_on()) for reader in readers]
        for _ in range(5):
            await asyncio.gather(*(deposit(client, accounts[number % 5], 1) for number in range(20)))
        await numbered(app)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        for reader in readers:
            await reader.follow()
        everything = {(line.object_id, line.version) for line in await rows_of(database_of(app), history)}

    for reader in readers:
        assert len(reader.lines) == len(everything) == 105
        assert set(reader.lines) == everything
        assert [reader.versions(account) for account in accounts] == [list(range(1, 22))] * 5


async def test_two_sequencers_give_no_line_a_second_number(on_postgresql: Settings, database: Database) -> None:
    account_id = await store_account(database)
    await store_deposit(database, account_id, 1)
    slow, quick = Sequencer(database), Sequencer(database)
    await slow.number()
    first = {line.id: line.position for line in await rows_of(database, history)}
    for _ in range(5):
        await store_deposit(database, account_id, 1)

    await asyncio.gather(slow.number(), quick.number(), return_exceptions=True)

    positions = {line.id: line.position for line in await rows_of(database, history)}
    assert first.items() <= positions.items()
    assert sorted(positions.values()) == list(range(1, await count_of(database, history) + 1))


async def test_a_sequencer_leaves_no_gap_beside_one_that_saw_less(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = await store_account(database)
    other = Database(database.service, settings)
    slow, quick = Sequencer(database), Sequencer(other)
    slow_asked, quick_numbered = asyncio.Event(), asyncio.Event()
    ask_slowly, ask_quickly = database.ask, other.ask

    async def ask_and_wait(*args: Any) -> Any:
        found = await ask_slowly(*args)
        slow_asked.set()
        await quick_numbered.wait()
        return found

    async def ask_first(*args: Any) -> Any:
        found = await ask_quickly(*args)
        await store_deposit(database, account_id, 1)
        numbering.append(asyncio.create_task(slow.number()))
        await slow_asked.wait()
        return found

    numbering: list[asyncio.Task[int]] = []
    monkeypatch.setattr(database, "ask", ask_and_wait)
    monkeypatch.setattr(other, "ask", ask_first)
    await quick.number()
    quick_numbered.set()
    await asyncio.gather(*numbering)
    await other.close()

    assert sorted(line.position for line in await rows_of(database, history)) == [1, 2]
