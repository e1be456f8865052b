"""Database sessions with types, and the values that travel with one transaction.

`ReadSession` reads one snapshot. `WriteSession` carries a `Transaction`: the caller, the reason, the pending events,
the requested wake-ups and the idempotency key of the request.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session

from shared.events import Event
from shared.security.access import ANONYMOUS, Caller
from shared.telemetry.traces import Trace


@dataclass(frozen=True)
class PendingEvent:
    """An event that the outbox stores just before the commit."""

    event: Event
    trace: Trace | None
    """Trace of the moment when the event was added; None outside any trace."""


@dataclass(frozen=True)
class IdempotencyEntry:
    """A reserved idempotency key; the response is stored under it in the same transaction."""

    client_id: str
    method: str
    path: str
    key: str
    request_sha256: str

    def columns(self) -> Mapping[str, str]:
        """Return the entry as values of the table `idempotency`."""
        return asdict(self)


@dataclass
class Transaction:
    """The values that travel with one writing transaction."""

    by: Caller = ANONYMOUS
    """Author of the history lines."""
    reason: str | None = None
    """Reason that the history lines give, if their object has none of its own."""
    # Weak: an object that is kept here would not be read anew in the same transaction. `set_reason` flags the object,
    # so the session holds it until the flush.
    reasons: WeakKeyDictionary[Any, str] = field(default_factory=WeakKeyDictionary)
    """Reason of each object: not everybody who reads one of them reads the others."""
    is_temporary: bool = False
    """True if only tables of the connection may change: no history is written, no event is published."""
    is_retry: bool = False
    """True if this work may have failed before: what a background task can do later is left to it."""
    pending_events: list[PendingEvent] = field(default_factory=list)
    consequences: WeakSet[Any] = field(default_factory=WeakSet)
    """Changed objects of which the claims of the caller's token are not asked."""
    wakeups: set[str] = field(default_factory=set)
    """Kinds of work that the commit leaves to background loops."""
    handed_over: list[tuple[str, Any]] = field(default_factory=list)
    """Work for background loops of this process, by kind: known in full, it needs no query after the commit."""
    channels: set[str] = field(default_factory=set)
    """Channels whose listeners, in every process, wake after the commit."""
    idempotency: IdempotencyEntry | None = None
    event_sequence: int | None = None
    """Number of the event that a handler applies, in the order of its subject; None if it applies several."""

    @property
    def pending_work(self) -> set[str]:
        """Kinds of work that the commit leaves, whether it is handed over or to be found by a query."""
        return self.wakeups | {what for what, _ in self.handed_over}


class NoTransaction(TypeError):
    """The session only reads: it has no transaction that events, history or wake-ups could join."""


class TransactionSession(Session):
    """The synchronous session below a `WriteSession`; flush listeners receive it."""

    def __init__(self, *args: Any, transaction: Transaction, **options: Any) -> None:
        super().__init__(*args, **options)
        self.transaction = transaction


@event.listens_for(TransactionSession, "after_soft_rollback")
def _take_back(session: TransactionSession, _: object) -> None:
    """Leave nothing handed over that may have been rolled back, even to a savepoint: its kind of work is only woken."""
    session.transaction.wakeups |= session.transaction.pending_work
    session.transaction.handed_over.clear()


class ReadSession(AsyncSession):
    """A session that reads one snapshot and changes nothing."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine, expire_on_commit=False, autoflush=False)


class WriteSession(AsyncSession):
    """A session that writes; it carries its `Transaction`."""

    sync_session_class = TransactionSession
    sync_session: TransactionSession

    def __init__(self, engine: AsyncEngine, transaction: Transaction) -> None:
        # No autoflush: one change is one flush, one version and one line of history.
        super().__init__(engine, expire_on_commit=False, autoflush=False, transaction=transaction)

    @property
    def transaction(self) -> Transaction:
        """Return the values that travel with this transaction."""
        return self.sync_session.transaction


def transaction_of(session: Session) -> Transaction:
    """Return the transaction of the session that a flush listener receives.

    Raises `NoTransaction` if the session only reads.
    """
    if not isinstance(session, TransactionSession):
        raise NoTransaction(f"A {type(session).__name__} only reads: open the session by `Database.writing`.")
    return session.transaction
