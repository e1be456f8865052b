"""A small service of accounts, to try the kit on: it knows nothing of the programme."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends
from pydantic import Field
from sqlalchemy import ForeignKey, Integer, String, Uuid, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from shared.events import Audience, Event
from shared.events.codes import Siren
from shared.http.changes import Changes, HistoryLine, changes, history_of
from shared.http.deprecation import deprecated_by
from shared.http.pagination import ChangesPagination, Pagination, Slice, page
from shared.http.routing import IfMatch, Router, Tag
from shared.http.schemas import Answer, Body, Id, Page
from shared.http.sessions import reading, writing
from shared.ids import uuid7
from shared.messaging.consumer import Consumer
from shared.problem import Conflict, NotFound, documented
from shared.security.access import Caller, Stakeholders, access_scope, require_owner, require_visible
from shared.security.dependencies import allowed
from shared.security.roles import ANY, OWN, Grant, Permission, Role
from shared.storage import outbox
from shared.storage.history import Part, Recorded, require_version, set_reason
from shared.storage.tables import service_metadata
from shared.storage.unit_of_work import ReadSession, WriteSession
from shared.storage.upserts import put


class Deposited(Event, name="Deposited", publisher="ledger", audience=Audience.CONCERNED):
    """An amount was put into an account."""

    # Without a bound: tests publish one that is too large.
    organisations: list[Siren] = Field(default_factory=list)
    account_id: UUID
    amount: int
    balance: int

    @property
    def subject(self) -> str:
        """The account."""
        return f"account/{self.account_id}"


class Closed(Event, name="Closed", publisher="ledger", audience=Audience.CONCERNED):
    """An account is closed. Nobody listens to this one."""

    account_id: UUID

    @property
    def subject(self) -> str:
        """The account."""
        return f"account/{self.account_id}"


class Noticed(Event, name="Noticed", publisher="ledger", audience=Audience.CONCERNED):
    """Somebody looked at a large deposit."""

    account_id: UUID
    amount: int

    @property
    def subject(self) -> str:
        """The notice."""
        return f"notice/{self.account_id}"


class Overdrawn(Conflict):
    """An account cannot hold less than nothing."""


class Base(DeclarativeBase):
    """The ledger's tables."""

    metadata = service_metadata()


class Account(Recorded, Base):
    """An account of an organisation."""

    __tablename__ = "accounts"
    collection = "accounts"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    owner: Mapped[str] = mapped_column(String(9))
    balance: Mapped[int] = mapped_column(Integer)
    guarantor: Mapped[UUID | None] = mapped_column(
        # Deferred, so that it is the commit that fails.
        ForeignKey("accounts.id", deferrable=True, initially="DEFERRED")
    )
    holders: Mapped[list["Holder"]] = relationship(
        back_populates="account", lazy="selectin", cascade="all, delete-orphan", order_by="Holder.name"
    )

    @property
    def stakeholders(self) -> Stakeholders:
        """Its owner's."""
        return Stakeholders.of(organisations=[self.owner])

    def snapshot(self) -> dict[str, Any]:
        """With the names of its holders."""
        return {**super().snapshot(), "holders": sorted(holder.name for holder in self.holders)}


class Holder(Part, Base):
    """Somebody who may sign for an account."""

    __tablename__ = "holders"
    whole = "account"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(100))
    account: Mapped[Account] = relationship(back_populates="holders")


class Seen(Base):
    """The projection: the last balance that was told."""

    __tablename__ = "seen"
    account_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    balance: Mapped[int] = mapped_column(Integer)


class Total(Base):
    """The tally: how many deposits were told, and their sum."""

    __tablename__ = "totals"
    account_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    sum: Mapped[int] = mapped_column(Integer)


class Trace(Base):
    """Each amount in the order of its application."""

    __tablename__ = "traces"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    account_id: Mapped[UUID] = mapped_column(Uuid)
    amount: Mapped[int] = mapped_column(Integer)


class AccountOut(Answer):
    """An account."""

    id: UUID
    owner: Siren
    balance: int
    version: int


class AccountIn(Body):
    """A new account. Who chooses its id is not asked whether it is taken."""

    id: Id | None = None
    owner: Siren
    balance: int = Field(default=0, ge=0)
    guarantor: Id | None = None


class AccountChange(Body):
    """New values of an account."""

    owner: Siren
    balance: int = Field(default=0, ge=0)


class Amount(Body):
    """An amount, and why."""

    amount: int
    reason: str | None = None


Reading = Annotated[ReadSession, Depends(reading("ledger"), scope="function")]
Writing = Annotated[WriteSession, Depends(writing("ledger"), scope="function")]
OWNERS: Final[dict[str, Grant]] = {Role.NATIONAL: ANY, Role.PARTY: OWN}
READ: Final = Permission("read_accounts", "accounts:read", grants=OWNERS)
WRITE: Final = Permission("write_accounts", "accounts:write", grants=OWNERS)
Reader = Annotated[Caller, Depends(allowed(READ))]
Writer = Annotated[Caller, Depends(allowed(WRITE))]

router = Router(tags=[Tag("Accounts", "What is held, and for whom.")])


async def get_account(session: AsyncSession, account_id: UUID, *, by: Caller, change: bool = False) -> Account:
    """The account, locked if it is to be changed."""
    account = await session.get(Account, account_id, with_for_update=change)
    if account is None:
        raise NotFound("There is no such account.")
    if change:
        require_owner(by, access_scope(by), account.stakeholders, "account")
    else:
        require_visible(access_scope(by), account.stakeholders, "account")
    return account


@router.post("/v1/accounts", status_code=201, response_model=AccountOut)
async def open_account(by: Writer, body: AccountIn, session: Writing) -> Account:
    """Open an account."""
    account = Account(**{"id": uuid7(), "balance": 0, "holders": [], **body.sent()})
    require_owner(by, access_scope(by), account.stakeholders, "account")
    session.add(account)
    return account


@router.get("/v1/accounts", response_model=Page[AccountOut])
async def list_accounts(
    by: Reader, session: Reading, pagination: Pagination, owner: str | None = None
) -> Slice[Account]:
    """The accounts, page by page."""
    statement = select(Account)
    if by.grant is OWN:
        statement = statement.where(Account.owner == by.org)
    if owner:
        statement = statement.where(Account.owner == owner)
    return await page(session, statement, pagination, order=(Account.balance, Account.id))


@router.get("/v1/accounts/changes", response_model=Changes[AccountOut])
async def list_account_changes(by: Reader, session: Reading, pagination: ChangesPagination) -> dict[str, object]:
    """List the changes of accounts."""

    async def load(session: AsyncSession, ids: Sequence[str]) -> Mapping[str, Account]:
        found = await session.scalars(select(Account).where(Account.id.in_([UUID(one) for one in ids])))
        return {str(account.id): account for account in found}

    return await changes(session, "accounts", pagination, sees=access_scope(by).sees, load=load)


@router.get("/v1/accounts/{account_id}", response_model=AccountOut)
async def read_account(by: Reader, account_id: UUID, session: Reading) -> Account:
    """One account."""
    return await get_account(session, account_id, by=by)


@router.get("/v1/accounts/{account_id}/history", response_model=Page[HistoryLine])
async def read_account_history(
    by: Reader, account_id: UUID, session: Reading, pagination: Pagination
) -> Slice[dict[str, object]]:
    """Its past."""
    return await history_of(session, "accounts", str(account_id), pagination, sees=access_scope(by).sees)


@router.get(
    "/v1/accounts/{account_id}/balance",
    response_model=int,
    dependencies=[
        deprecated_by(since=date(2026, 1, 1), sunset=date(2026, 7, 14), instead="`GET /v1/accounts/{account_id}`")
    ],
)
async def read_balance(by: Reader, account_id: UUID, session: Reading) -> int:
    """Its balance alone. No more than a number."""
    return (await get_account(session, account_id, by=by)).balance


@router.patch("/v1/accounts/{account_id}", response_model=AccountOut)
async def change_account(
    by: Writer, account_id: UUID, expected: IfMatch, body: AccountChange, session: Writing
) -> Account:
    """Change it, perhaps to another owner's."""
    account = await get_account(session, account_id, by=by, change=True)
    require_version(account, expected)
    for name, value in body.sent().items():
        setattr(account, name, value)
    return account


@router.delete("/v1/accounts/{account_id}", status_code=204)
async def delete_account(by: Writer, account_id: UUID, expected: IfMatch, session: Writing) -> None:
    """Delete it."""
    account = await get_account(session, account_id, by=by, change=True)
    require_version(account, expected)
    await session.delete(account)


@router.post("/v1/accounts/{account_id}/deposit", response_model=AccountOut, responses=documented(Overdrawn))
async def deposit(by: Writer, account_id: UUID, body: Amount, session: Writing) -> Account:
    """Put in an amount, or take one out; one of 65,536 tells a fact that is too large."""
    account = await get_account(session, account_id, by=by, change=True)
    account.balance += body.amount
    if body.reason:
        set_reason(session, account, body.reason)
    outbox.add(session, deposited(account, body.amount, projections=6000 if body.amount == 65_536 else 1))
    if account.balance < 0:
        raise Overdrawn(f"Take out at most {account.balance - body.amount}.")
    return account


@router.post("/v1/accounts/{account_id}/close", status_code=204)
async def close(by: Writer, account_id: UUID, session: Writing) -> None:
    """Tell something that nobody listens to."""
    account = await get_account(session, account_id, by=by, change=True)
    account.balance = 0
    outbox.add(session, Closed(account_id=account.id, organisations=[account.owner]))


def deposited(account: Account, amount: int, projections: int = 1) -> Deposited:
    """The fact, with the full state."""
    concerned = [account.owner] * projections
    return Deposited(account_id=account.id, amount=amount, balance=account.balance, organisations=concerned)


consumer = Consumer("ledger")


@consumer.projection(Deposited, into=[Seen])
async def see(session: WriteSession, event: Deposited) -> None:
    """Show the newest balance."""
    await put(session, Seen, account_id=event.account_id, balance=event.balance)


@consumer.counter(Deposited, into=[Total])
async def add_up(session: WriteSession, event: Deposited) -> None:
    """Count and add."""
    total = await session.get(Total, event.account_id) or Total(account_id=event.account_id, count=0, sum=0)
    total.count += 1
    total.sum += event.amount
    session.add(total)


@consumer.on(Deposited)
async def trace(session: WriteSession, event: Deposited) -> None:
    """Write down each; amounts of 13 are poison, amounts of 17 are refused, those from 1,000 on are noticed."""
    if event.amount == 13:
        raise ValueError("poison")
    if event.amount == 17:
        raise Overdrawn("Not 17.")
    session.add(Trace(account_id=event.account_id, amount=event.amount))
    if event.amount >= 1000:
        outbox.add(
            session, Noticed(account_id=event.account_id, amount=event.amount, organisations=event.organisations)
        )


@consumer.on(Noticed)
async def trace_notice(session: WriteSession, event: Noticed) -> None:
    """Write it down as less than nothing."""
    session.add(Trace(account_id=event.account_id, amount=-event.amount))
