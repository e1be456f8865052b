"""A collection as it was known at a moment."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.http.collection import Collection, PublicCollection
from shared.security.access import AccessScope, Caller, access_scope
from shared.security.roles import Role
from shared.storage import known, sequencer
from shared.storage.database import Database
from shared.storage.known import MomentNotSettled, database_clock, require_settled
from shared.storage.sequencer import Sequencer
from shared.storage.tables import history
from tests.kit.acts import store_account, store_deposit
from tests.kit.conftest import OWNER
from tests.kit.ledger import Account

BY_OWNER: Final = Caller("owner", "owner", role=Role.PARTY, org=OWNER)
BY_OTHER: Final = Caller("other", "other", role=Role.PARTY, org="200067254")


async def scope_of(_session: AsyncSession, by: Caller) -> AccessScope:
    """Look up the access scope of a caller."""
    return access_scope(by)


ACCOUNTS: Final = Collection(Account, "account", scope_of, order=(Account.id,))
SHOWN: Final = PublicCollection(Account, "account", scope_of, order=(Account.id,))


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each moment be final at once: tests number the lines of history themselves."""
    monkeypatch.setattr(known, "SETTLING", timedelta(0))


async def moment(database: Database) -> datetime:
    """Number all lines, and return a moment at which they are known."""
    while await Sequencer(database).number():
        pass
    async with database.reading() as session:
        return await database_clock(session)


async def balances(database: Database, at: datetime, *, by: Caller = BY_OWNER) -> dict[UUID, int]:
    """The balance of each account, as a caller knew it at a moment."""
    async with database.reading() as session:
        return {account.id: account.balance for account in await ACCOUNTS.known(session, at, by=by)}


async def test_an_object_is_read_as_it_was_known(database: Database) -> None:
    before = await moment(database)
    account = await store_account(database)
    first = await moment(database)
    await store_deposit(database, account, 10, 20)
    second = await moment(database)

    assert await balances(database, before) == {}
    assert await balances(database, first) == {account: 0}
    assert await balances(database, second) == {account: 30}


async def test_a_change_is_known_from_its_number_on_and_not_from_its_flush(database: Database) -> None:
    account = await store_account(database)
    await moment(database)
    async with database.writing() as session:
        (await session.get_one(Account, account)).balance = 5
        await session.flush()
        flushed = await database_clock(session)

    before = await balances(database, flushed)
    numbered = await moment(database)

    assert before == await balances(database, flushed) == {account: 0}
    assert await balances(database, numbered) == {account: 5}


async def test_a_clock_that_is_set_back_changes_no_answer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    account = await store_account(database)
    first = await moment(database)

    async def an_hour_ago(_session: AsyncSession) -> datetime:
        return first - timedelta(hours=1)

    monkeypatch.setattr(sequencer, "database_clock", an_hour_ago)
    answers = [await balances(database, first - timedelta(seconds=seconds)) for seconds in (0, 60)]
    await store_deposit(database, account, 10)
    while await Sequencer(database).number():
        pass

    async with database.reading() as session:
        moments = (await session.scalars(select(history.c.known_from).order_by(history.c.position))).all()
    assert list(moments) == sorted(moments)
    assert [await balances(database, first - timedelta(seconds=60))] == answers[1:]


async def test_what_a_caller_could_not_read_is_not_known_to_it(database: Database) -> None:
    account = await store_account(database)
    at = await moment(database)

    async with database.reading() as session:
        shown = await SHOWN.known(session, at)

    assert await balances(database, at, by=BY_OTHER) == {}
    assert [each.id for each in shown] == [account]


async def test_a_deleted_object_is_still_known_at_an_earlier_moment(database: Database) -> None:
    account = await store_account(database)
    first = await moment(database)
    async with database.writing() as session:
        await session.delete(await session.get_one(Account, account))
    second = await moment(database)

    assert await balances(database, first) == {account: 0}
    assert await balances(database, second) == {}


async def test_a_restored_object_is_the_object(database: Database) -> None:
    account = await store_account(database)
    at = await moment(database)

    async with database.reading() as session:
        found = await session.get_one(Account, account)
        [restored] = await ACCOUNTS.known(session, at, by=BY_OWNER, keys=[str(account)])
        assert restored not in session

    assert restored.snapshot() == found.snapshot()
    assert restored.stakeholders == found.stakeholders


async def test_a_moment_of_which_lines_may_still_come_is_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "SETTLING", timedelta(seconds=5))

    async with database.reading() as session:
        current = await database_clock(session)
        await require_settled(session, current - timedelta(seconds=6))
        for young in (current - timedelta(seconds=2), datetime(2999, 1, 1, tzinfo=UTC)):
            with pytest.raises(MomentNotSettled, match="earlier moment"):
                await require_settled(session, young)
