"""Every change leaves its line: who, when, why, before and after; of the parts of an object too."""

import gc
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Delete, Update, delete, inspect, update

from shared.clock import now
from shared.ids import uuid7
from shared.problem import Forbidden
from shared.storage.database import Database
from shared.storage.history import Recorded, add_consequence, set_reason
from shared.storage.tables import history
from shared.storage.unit_of_work import WriteSession
from tests.kit.acts import KEEPER, deposit, open_account, rows_of, store_account
from tests.kit.conftest import OWNER
from tests.kit.ledger import Account, Holder


async def history_of(client: httpx.AsyncClient, account: str, **params: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/accounts/{account}/history", params=params)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_an_object_that_does_not_say_whom_it_concerns_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="Silent does not say whom it concerns"):

        class Silent(Recorded):
            """A recorded object without stakeholders."""


async def test_a_change_leaves_who_when_why_before_and_after(client: httpx.AsyncClient) -> None:
    started = now()
    account = await open_account(client)

    await client.post(f"/v1/accounts/{account['id']}/deposit", json={"amount": 5, "reason": "found in the sofa"})

    opened, changed = await history_of(client, account["id"])
    assert (opened["operation"], opened["version"], opened["reason"]) == ("created", 1, None)
    assert opened["changed"]["owner"] == {"before": None, "after": OWNER}
    assert (changed["operation"], changed["version"], changed["reason"]) == ("updated", 2, "found in the sofa")
    assert changed["changed"] == {"balance": {"before": 0, "after": 5}}
    assert changed["by"] == {"client_id": f"party:{OWNER}", "org": OWNER}
    assert started <= datetime.fromisoformat(opened["at"]) <= datetime.fromisoformat(changed["at"]) <= now()


@pytest.mark.parametrize("claim", ["territories", "regions"])
async def test_a_token_that_is_narrowed_to_elsewhere_changes_nothing(database: Database, claim: str) -> None:
    narrowed: dict[str, Any] = {claim: frozenset(["2018-ti-0101"])}
    account = Account(id=uuid7(), owner=OWNER, balance=0)

    async with database.writing(by=replace(KEEPER, **narrowed)) as session:
        session.add(account)
        with pytest.raises(Forbidden, match="/v1/accounts"):
            await session.flush()
        await session.rollback()

    assert await rows_of(database, history) == []


async def test_claims_are_not_asked_of_what_follows_from_an_act(database: Database) -> None:
    async with database.writing(by=replace(KEEPER, regions=frozenset())) as session:
        add_consequence(session, Account(id=uuid7(), owner=OWNER, balance=0))

    assert len(await rows_of(database, history)) == 1


async def test_a_change_that_changes_nothing_leaves_nothing(client: httpx.AsyncClient) -> None:
    account = await open_account(client)

    answer = await client.patch(
        f"/v1/accounts/{account['id']}", json={"owner": OWNER, "balance": 0}, headers={"If-Match": '"1"'}
    )

    assert answer.headers["etag"] == '"1"'
    assert len(await history_of(client, account["id"])) == 1


async def test_history_comes_in_pages(client: httpx.AsyncClient) -> None:
    account = await open_account(client)
    for amount in range(1, 7):
        await deposit(client, account["id"], amount)

    first = (await client.get(f"/v1/accounts/{account['id']}/history?limit=3")).json()
    second = (await client.get(f"/v1/accounts/{account['id']}/history?limit=3&cursor={first['next']}")).json()
    third = (await client.get(f"/v1/accounts/{account['id']}/history?limit=3&cursor={second['next']}")).json()

    pages = [first["items"], second["items"], third["items"]]
    assert [[line["version"] for line in page] for page in pages] == [[1, 2, 3], [4, 5, 6], [7]]
    assert second["items"][0]["changed"] == {"balance": {"before": 3, "after": 6}}
    assert third["next"] is None


async def test_a_reason_stands_in_the_history_of_its_object_alone(database: Database) -> None:
    first, second = await store_account(database), await store_account(database)
    async with database.writing(by=KEEPER) as session:
        for account_id in (first, second):
            account = await session.get_one(Account, account_id)
            account.balance += 1
            if account_id == first:
                set_reason(session, account, "for the first alone")

    reasons = {line.object_id: line.reason for line in await rows_of(database, history) if line.operation == "updated"}
    assert reasons == {str(first): "for the first alone", str(second): None}


async def test_a_reason_outlives_the_reference_to_a_whole_of_which_a_part_changes(database: Database) -> None:
    account_id = await store_account(database, "Camille")
    async with database.writing(by=KEEPER) as session:
        await rename_holder(session, account_id, "Dominique", reason="married")
        # What nothing refers to any longer is read anew at the flush.
        gc.collect()

    *_, last = await rows_of(database, history)
    assert (last.operation, last.reason, last.state["holders"]) == ("updated", "married", ["Dominique"])


async def test_a_part_that_follows_from_an_act_is_not_asked_for_claims(database: Database) -> None:
    account_id = await store_account(database, "Camille")
    async with database.writing(by=replace(KEEPER, regions=frozenset())) as session:
        add_consequence(session, await rename_holder(session, account_id, "Dominique"))
        gc.collect()

    *_, last = await rows_of(database, history)
    assert (last.operation, last.state["holders"]) == ("updated", ["Dominique"])


async def test_a_reason_without_a_change_leaves_nothing(database: Database) -> None:
    account_id = await store_account(database, "Camille")
    async with database.writing(by=KEEPER) as session:
        await rename_holder(session, account_id, "Camille", reason="same name")

    [opened] = await rows_of(database, history)
    assert (opened.operation, opened.version) == ("created", 1)


async def rename_holder(session: WriteSession, account_id: UUID, name: str, reason: str | None = None) -> Account:
    """Rename the holder of an account; the account itself does not change."""
    account = await session.get_one(Account, account_id)
    account.holders[0].name = name
    if reason:
        set_reason(session, account, reason)
    return account


async def test_a_deletion_leaves_a_line_with_what_was_there(database: Database) -> None:
    account_id = await store_account(database)
    async with database.writing(by=KEEPER) as session:
        account = await session.get_one(Account, account_id)
        set_reason(session, account, "closed by the court")
        await session.delete(account)

    *_, last = await rows_of(database, history)
    assert (last.operation, last.version, last.reason) == ("deleted", 2, "closed by the court")
    assert last.state["owner"] == OWNER
    assert last.organisations == [OWNER]


async def test_a_new_part_changes_its_whole(database: Database) -> None:
    account_id = await store_account(database)
    async with database.writing(by=KEEPER) as session:
        account = await session.get_one(Account, account_id)
        account.holders.append(Holder(name="Camille"))

    *_, last = await rows_of(database, history)
    assert (last.operation, last.version, last.state["holders"]) == ("updated", 2, ["Camille"])


async def test_a_new_part_that_does_not_hold_its_whole_is_a_mistake(database: Database) -> None:
    account_id = await store_account(database)

    async with database.writing(by=KEEPER) as session:
        session.add(part := Holder(name="Camille", account_id=account_id))
        with pytest.raises(TypeError, match="set its account"):
            await session.flush()
        session.expunge(part)


async def test_a_changed_part_changes_its_whole(database: Database) -> None:
    account_id = await store_account(database, "Camille")
    async with database.writing(by=KEEPER) as session:
        account = await session.get_one(Account, account_id)
        account.holders[0].name = "Dominique"

    *_, last = await rows_of(database, history)
    assert (last.operation, last.version, last.state["holders"]) == ("updated", 2, ["Dominique"])


async def test_a_part_reached_without_its_whole_changes_it(database: Database) -> None:
    account_id = await store_account(database, "Camille", "Dominique")
    async with database.writing(by=KEEPER) as session:
        account = await session.get_one(Account, account_id)
        part_id = account.holders[0].id
    async with database.writing(by=KEEPER) as session:
        await session.delete(await session.get_one(Holder, part_id))

    *_, last = await rows_of(database, history)
    assert (last.operation, last.version, last.state["holders"]) == ("updated", 2, ["Dominique"])


async def test_a_part_that_is_taken_away_changes_its_whole(database: Database) -> None:
    account_id = await store_account(database, "Camille", "Dominique")
    async with database.writing(by=KEEPER) as session:
        account = await session.get_one(Account, account_id)
        account.holders.pop(0)

    *_, last = await rows_of(database, history)
    assert (last.operation, last.version, last.state["holders"]) == ("updated", 2, ["Dominique"])


async def test_a_whole_and_its_parts_are_deleted_with_one_line(database: Database) -> None:
    account_id = await store_account(database, "Camille")
    async with database.writing(by=KEEPER) as session:
        await session.delete(await session.get_one(Account, account_id))

    *_, last = await rows_of(database, history)
    assert (last.operation, last.version, last.state["holders"]) == ("deleted", 2, ["Camille"])


async def test_several_changes_of_one_transaction_are_one_version(database: Database) -> None:
    account_id = await store_account(database, "Camille")
    async with database.writing(by=KEEPER) as session:
        account = await session.get_one(Account, account_id)
        account.balance = 1
        account.holders[0].name = "Dominique"
        account.holders.append(Holder(name="Alix"))
        account.balance = 2

    *_, last = await rows_of(database, history)
    assert (last.version, last.state["balance"], last.state["holders"]) == (2, 2, ["Alix", "Dominique"])


@pytest.mark.parametrize("statement", [delete(Account), update(Account).values(balance=1), delete(Holder)])
async def test_no_statement_passes_by_history(database: Database, statement: Delete | Update) -> None:
    async with database.writing(by=KEEPER) as session:
        with pytest.raises(TypeError, match="history"):
            await session.execute(statement)


def test_a_row_that_is_restored_notes_no_change_for_a_session() -> None:
    account = Account(id=uuid7(), owner=OWNER, balance=7, guarantor=None, version=3)
    snapshot = account.snapshot()

    restored = Account.restored(snapshot)

    assert restored.snapshot() == snapshot
    assert not inspect(restored).modified
