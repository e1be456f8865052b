"""A collection: one object by its key, for those who may read it."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import pytest
from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from shared.http.collection import Collection, PublicCollection
from shared.http.pagination import PageRequest, Slice
from shared.ids import uuid7
from shared.problem import Conflict, NotFound
from shared.security.access import AccessScope, Caller, access_scope
from shared.security.roles import Role
from shared.storage.database import Database
from tests.kit.acts import store_account
from tests.kit.conftest import OWNER
from tests.kit.ledger import Account

BY_OWNER: Final = Caller("owner", "owner", role=Role.PARTY, org=OWNER)
OTHER_OWNER: Final = "200067254"
BY_OTHER: Final = Caller("other", "other", role=Role.PARTY, org=OTHER_OWNER)


async def scope_of(_session: AsyncSession, by: Caller) -> AccessScope:
    """Look up the access scope of a caller."""
    return access_scope(by)


ACCOUNTS: Final = Collection(Account, "account", scope_of, order=(Account.id,))
FIRST_PAGE: Final = PageRequest(20, None, b"secret", "", Request({"type": "http"}), Response())
SHOWN: Final = PublicCollection(Account, "account", scope_of, order=(Account.id,))


@pytest.mark.parametrize("lock", [False, True])
async def test_an_object_is_for_those_who_may_read_it(database: Database, lock: bool) -> None:
    stored = await store_account(database)

    async with database.writing(by=BY_OWNER) as session:
        assert (await ACCOUNTS.get(session, stored, by=BY_OWNER, lock=lock)).owner == OWNER
        assert (await SHOWN.get(session, stored, by=BY_OTHER, lock=lock)).owner == OWNER
        with pytest.raises(NotFound) as hidden:
            await ACCOUNTS.get(session, stored, by=BY_OTHER, lock=lock)
        with pytest.raises(NotFound) as absent:
            await ACCOUNTS.get(session, uuid7(), by=BY_OTHER, lock=lock)

    assert (
        hidden.value.detail == absent.value.detail == "There is no such account, or your organisation may not read it."
    )


def lines_of(found: Slice[dict[str, Any]]) -> list[str]:
    return [line["operation"] for line in found.items]


async def delete(database: Database, account_id: UUID) -> None:
    async with database.writing(by=BY_OWNER) as session:
        await session.delete(await session.get_one(Account, account_id))


async def test_the_history_of_a_deleted_object_stays_for_those_whom_it_concerned(database: Database) -> None:
    stored = await store_account(database)
    await delete(database, stored)

    async with database.reading() as session:
        kept = await ACCOUNTS.history(session, stored, FIRST_PAGE, by=BY_OWNER)
        last = await ACCOUNTS.get_or_deleted(session, stored, by=BY_OWNER)
        with pytest.raises(NotFound):
            await ACCOUNTS.history(session, stored, FIRST_PAGE, by=BY_OTHER)
        with pytest.raises(NotFound):
            await ACCOUNTS.get(session, stored, by=BY_OWNER)
        with pytest.raises(NotFound):
            await ACCOUNTS.history(session, uuid7(), FIRST_PAGE, by=BY_OWNER)
        public = await SHOWN.history(session, stored, FIRST_PAGE)

    assert lines_of(kept) == lines_of(public) == ["created", "deleted"]
    assert kept.items[-1]["changed"]["owner"] == {"before": OWNER, "after": None}
    assert (last.id, last.owner) == (stored, OWNER)


async def test_the_last_state_of_a_deleted_object_decides_who_reads_its_history(database: Database) -> None:
    stored = await store_account(database)
    async with database.writing(by=BY_OWNER) as session:
        (await session.get_one(Account, stored)).owner = OTHER_OWNER
    await delete(database, stored)

    async with database.reading() as session:
        with pytest.raises(NotFound):
            await ACCOUNTS.history(session, stored, FIRST_PAGE, by=BY_OWNER)
        kept = await ACCOUNTS.history(session, stored, FIRST_PAGE, by=BY_OTHER)

    assert lines_of(kept) == ["updated", "deleted"]


async def test_a_narrowed_token_reads_no_history_of_what_is_deleted_elsewhere(database: Database) -> None:
    stored = await store_account(database)
    await delete(database, stored)

    async with database.reading() as session:
        with pytest.raises(NotFound):
            await ACCOUNTS.history(session, stored, FIRST_PAGE, by=replace(BY_OWNER, regions=frozenset(["75"])))


async def test_the_access_scope_is_not_looked_up_twice(database: Database) -> None:
    stored = await store_account(database)

    async def fails(_session: AsyncSession, _by: Caller) -> AccessScope:
        raise AssertionError("looked up again")

    once = Collection(Account, "account", fails, order=(Account.id,))

    async with database.reading() as session:
        found = await once.get(session, stored, by=BY_OWNER, access_scope=access_scope(BY_OWNER))

    assert found.id == stored


async def test_a_collection_names_its_refusal_and_its_visibility(database: Database) -> None:
    def sees(_by: Caller, _access_scope: AccessScope, _stakeholders: Any) -> bool:
        return False

    def missing(key: Any) -> Conflict:
        return Conflict(f"{key} is away.")

    closed = Collection(Account, "account", scope_of, order=(Account.id,), missing=missing, sees=sees)
    stored = await store_account(database)

    async with database.reading() as session:
        with pytest.raises(Conflict, match="is away"):
            await closed.get(session, stored, by=BY_OWNER)
        with pytest.raises(Conflict, match="is away"):
            await closed.get(session, uuid7(), by=BY_OWNER)
