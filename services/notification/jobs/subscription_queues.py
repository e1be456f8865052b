"""In-memory queue of each subscription: events to send, in order."""

import time
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.notification import queries
from services.notification.models import Subscription
from services.notification.rules.audience import Entry, may_receive
from shared.security.access import AccessScope

FRESH: Final = 5.0
"""Seconds for which what was read stays good: then the audience, the secrets and the state are asked for anew."""
ACCESS_SCOPE_TTL: Final = 1.0
"""Seconds for which it is known what owners may see, and whom the objects of events concern."""
EVENTS_AT_MOST: Final = 512
KNOWN_AT_MOST: Final = 128
"""Deliveries of one lane in memory, those included that are only to be written down."""
LOW: Final = 16
"""Deliveries in memory below which a lane is filled up."""
START: Final = 2
"""Requests at a time to a receiver of whom nothing is known yet; one, if it was failing."""

Keys = Sequence[tuple[bytes, datetime | None]]
"""Signing keys with their expiry."""


@dataclass(slots=True)
class Due:
    """A delivery to be sent."""

    id: int
    event_id: str
    type: str
    subject: str
    body: bytes
    attempts: int


@dataclass(slots=True, eq=False)
class SubscriptionQueue:
    """One subscription's way: subjects side by side, each one's deliveries one after the other."""

    subscription: Subscription
    keys: Keys
    id: UUID
    name: str
    """The id, as the log has it."""
    is_open: bool = True
    at_once: int = START
    under_way: int = 0
    """Requests that are not answered yet."""
    paused_until: datetime | None = None
    more: bool = False
    """There may be more in the database than in memory."""
    known: set[int] = field(default_factory=set)
    """In memory, under way, or answered and not yet written."""
    waiting: int = 0
    """In memory, and not sent yet."""
    _read: float = 0.0
    _access_scope: AccessScope | None = None
    _access_scope_read: float = 0.0
    _subjects: dict[str, deque[Due]] = field(default_factory=dict)
    _ready: deque[str] = field(default_factory=deque)
    _busy: set[str] = field(default_factory=set)

    @property
    def version(self) -> int:
        """Version of the subscription as it was read."""
        return self.subscription.version

    def keys_at(self, at: datetime) -> list[bytes]:
        """Return the keys that sign now."""
        return [key for key, expires_at in self.keys if expires_at is None or expires_at > at]

    def renew(self, subscription: Subscription, keys: Keys) -> None:
        """It has been changed: where it goes, what its owner may see, or that it is on again."""
        if not self.is_open or subscription.url != self.subscription.url:
            self.is_open, self.paused_until, self.at_once = True, None, START
        self.subscription, self.keys = subscription, keys
        self._access_scope = None

    def is_paused(self, at: datetime) -> bool:
        """True if the receiver asked for a pause."""
        return self.paused_until is not None and self.paused_until > at

    def has_room(self, at: datetime) -> bool:
        """True if the queue should be refilled."""
        return (
            self.is_open
            and self.waiting < LOW
            and len(self.known) < KNOWN_AT_MOST
            and bool(self.keys)
            and not self.is_paused(at)
        )

    def note_read(self) -> None:
        """It was filled just now."""
        self._read = time.monotonic()

    def has_fresh_access_scope(self) -> bool:
        """True if the access scope of the owner was read within its cache lifetime."""
        return self._access_scope is not None and time.monotonic() - self._access_scope_read < ACCESS_SCOPE_TTL

    def note_access_scope(self, access_scope: AccessScope) -> None:
        """Access scope of the owner."""
        self._access_scope, self._access_scope_read = access_scope, time.monotonic()

    def may_receive(self, entry: Entry) -> bool:
        """May its owner still be told? Asked again at each delivery: what was planned may be too late."""
        return self._access_scope is not None and may_receive(self._access_scope, entry)

    def add(self, due: Due) -> None:
        """Behind those of its subject."""
        self.known.add(due.id)
        queue = self._subjects.get(due.subject)
        if queue is None:
            queue = self._subjects[due.subject] = deque()
        if not queue and due.subject not in self._busy:
            self._ready.append(due.subject)
        queue.append(due)
        self.waiting += 1

    @property
    def is_ready(self) -> bool:
        """True if a delivery waits and the receiver may get another request."""
        return bool(self._ready) and self.is_open and bool(self.keys) and self.under_way < self.at_once

    def take(self, at: datetime) -> Due | None:
        """The next to send, if there is one and its receiver may be sent another now."""
        if not self.is_ready or self.is_paused(at):
            return None
        if time.monotonic() - self._read > FRESH:
            self.forget()
            return None
        subject = self._ready.popleft()
        self._busy.add(subject)
        self.under_way += 1
        self.waiting -= 1
        return self._subjects[subject].popleft()

    def close(self, due: Due, *, held: bool) -> None:
        """It is written down; those behind it follow, or are held with it."""
        self.known.discard(due.id)
        self._busy.discard(due.subject)
        queue = self._subjects.get(due.subject)
        if queue and held:
            self._forget(queue)
            queue.clear()
        if queue:
            self._ready.append(due.subject)
        else:
            self._subjects.pop(due.subject, None)

    def forget(self) -> None:
        """Everything that is not under way is asked for anew."""
        for queue in self._subjects.values():
            self._forget(queue)
        self._subjects.clear()
        self._ready.clear()
        self.more = True

    def _forget(self, queue: Iterable[Due]) -> None:
        for due in queue:
            self.known.discard(due.id)
            self.waiting -= 1


class Events:
    """Cache of journal rows: one event goes to many subscriptions."""

    def __init__(self) -> None:
        self._read = 0.0
        self._events: dict[int, tuple[Entry, bytes]] = {}

    async def at(self, session: AsyncSession, positions: Collection[int]) -> Mapping[int, tuple[Entry, bytes]]:
        """The events at these positions."""
        if len(self._events) > EVENTS_AT_MOST or time.monotonic() - self._read > ACCESS_SCOPE_TTL:
            self._events, self._read = {}, time.monotonic()
        self._events |= await queries.events_at(session, [each for each in positions if each not in self._events])
        return self._events


def open_queue(subscription: Subscription, keys: Keys) -> SubscriptionQueue:
    """The lane of a subscription that is at work."""
    return SubscriptionQueue(
        subscription, keys, subscription.id, str(subscription.id), at_once=1 if subscription.failing_since else START
    )
