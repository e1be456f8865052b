"""Sessions carry what belongs to their transaction, and only writing sessions have one."""

from typing import cast

import pytest
from fastapi import FastAPI
from sqlalchemy import Table, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.app_state import AppKey, NotSet
from shared.ids import uuid7
from shared.security.access import ANONYMOUS
from shared.security.request_state import RequestState, state_in
from shared.storage import outbox
from shared.storage.database import Database
from shared.storage.history import set_reason
from shared.storage.tables import history
from shared.storage.unit_of_work import NoTransaction, transaction_of
from shared.storage.wakeups import EVENTS_PENDING, HISTORY_PENDING, hand_over, request_wakeup
from tests.kit.acts import KEEPER, count_of, store_account
from tests.kit.conftest import OWNER
from tests.kit.ledger import Account, deposited


def make_account() -> Account:
    return Account(id=uuid7(), owner=OWNER, balance=0)


async def test_a_writing_session_carries_its_caller_reason_events_and_wakeups(database: Database) -> None:
    async with database.writing(by=KEEPER, reason="opened") as session:
        account = make_account()
        session.add(account)
        await session.flush()
        event = deposited(account, 1)
        outbox.add(session, event)
        request_wakeup(session, "interest")

        transaction = session.transaction
        assert transaction_of(session.sync_session) is transaction
        assert (transaction.by, transaction.reason) == (KEEPER, "opened")
        assert [pending.event for pending in transaction.pending_events] == [event]
        assert transaction.wakeups == {HISTORY_PENDING, "interest"}

    assert transaction.pending_events == []
    assert transaction.wakeups == {HISTORY_PENDING, EVENTS_PENDING, "interest"}


class Loop:
    """A background loop of a kind of work: the work that it took, and the event that wakes it."""

    def __init__(self, database: Database, what: str) -> None:
        self.taken: list[object] = []
        self.wake = database.wakeups.add(frozenset([what]))


async def test_work_is_handed_over_after_the_commit_and_wakes_nobody(database: Database) -> None:
    loop = Loop(database, "interest")
    with database.wakeups.taking("interest", loop.taken.append):
        async with database.writing() as session:
            hand_over(session, "interest", 1)
            before = list(loop.taken)
    left = loop.wake.is_set()
    async with database.writing() as session:
        hand_over(session, "interest", 2)

    assert (before, loop.taken, left) == ([], [1], False)
    assert loop.wake.is_set(), "a loop that takes no work is woken"


async def test_a_loop_that_fails_to_take_work_is_woken_and_the_commit_stands(database: Database) -> None:
    loop = Loop(database, "interest")

    def take(work: object) -> None:
        if work == 1:
            raise LookupError
        loop.taken.append(work)

    with database.wakeups.taking("interest", take):
        async with database.writing() as session:
            session.add(make_account())
            hand_over(session, "interest", 1)
            hand_over(session, "interest", 2)

    assert (await count_of(database, cast("Table", Account.__table__)), loop.taken) == (1, [2])
    assert loop.wake.is_set()


async def test_work_that_is_rolled_back_is_not_handed_over(database: Database) -> None:
    loop = Loop(database, "interest")
    with database.wakeups.taking("interest", loop.taken.append):
        with pytest.raises(ValueError, match="rolled back"):
            await hand_over_and_fail(database)
        after_rollback = loop.wake.is_set()
        async with database.writing() as session:
            savepoint = await session.begin_nested()
            hand_over(session, "interest", 2)
            await savepoint.rollback()

    assert (loop.taken, after_rollback) == ([], False)
    assert loop.wake.is_set(), "what came before the savepoint may be left"


async def hand_over_and_fail(database: Database) -> None:
    async with database.writing() as session:
        hand_over(session, "interest", 1)
        raise ValueError("rolled back")


async def test_one_statement_is_stored_without_a_transaction(database: Database) -> None:
    account = await store_account(database)
    table = cast("Table", Account.__table__)
    async with database.writing_once() as session:
        await session.execute(update(table).where(table.c.id == account).values(balance=7))
    async with database.reading() as session:
        found = await session.get_one(Account, account)

    assert found.balance == 7


async def test_two_transactions_share_nothing(database: Database) -> None:
    account = make_account()
    async with database.writing(by=KEEPER) as session:
        set_reason(session, account, "the first")
        request_wakeup(session, "interest")
    async with database.writing() as session:
        assert (session.transaction.by, session.transaction.reason) == (ANONYMOUS, None)
        assert account not in session.transaction.reasons
        assert session.transaction.wakeups == set()


async def test_a_reading_session_has_no_transaction(database: Database) -> None:
    account = await store_account(database)
    async with database.reading() as session:
        found = await session.get_one(Account, account)
        found.balance = 1
        # PostgreSQL refuses first: the transaction is read-only there.
        with pytest.raises((NoTransaction, DBAPIError), match=r"only reads|read-only"):
            await session.flush()

    with pytest.raises(NoTransaction, match=r"Database\.writing"):
        transaction_of(Session())


async def test_a_temporary_transaction_changes_no_recorded_object(database: Database) -> None:
    with pytest.raises(TypeError, match="no history"):
        async with database.temporary_transaction() as session:
            session.add(make_account())

    assert not await count_of(database, Account.__table__)
    assert not await count_of(database, history)


def test_a_value_of_an_application_has_one_typed_key() -> None:
    key, app = AppKey[int]("answer"), FastAPI()
    with pytest.raises(NotSet, match="answer"):
        key.of(app)

    key.set(app, 42)

    assert key.of(app) == 42


def test_a_request_has_one_state_and_no_other_request_sees_it() -> None:
    first, second = {"type": "http"}, {"type": "http"}
    state_in(first).request_id = "one"

    assert state_in(first) is state_in(first)
    assert state_in(second) == RequestState()
