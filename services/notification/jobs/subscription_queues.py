"""In-memory queue of each subscription: events to send, in order."""

import time
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.notification import commands, queries
from services.notification.jobs.credentials import Credentials
from services.notification.jobs.slots import Peer
from services.notification.models import Subscription
from services.notification.rules.audience import Entry, may_receive
from services.notification.rules.retries import pause_after
from shared.security.access import AccessScope
from shared.telemetry.traces import Trace

CACHE_TTL: Final = 5.0
"""Cache lifetime of due deliveries, in seconds. Older ones are read again, with the subscription and its secrets."""
ACCESS_SCOPE_TTL: Final = 1.0
"""Cache lifetime of access scopes and of events with their stakeholders, in seconds."""
MAX_EVENTS: Final = 512
"""Events in the cache above which it is emptied."""
MAX_KNOWN: Final = 128
"""Maximum deliveries of one queue in memory, with those whose result is not stored yet."""
REFILL_BELOW: Final = 16
"""Waiting deliveries below which a queue is refilled."""
INITIAL_CONCURRENCY: Final = 2
"""Concurrent requests to a new receiver; 1 if it was failing."""


@dataclass(slots=True)
class Due:
    """A delivery that is due, with its event."""

    id: int
    event_id: str
    type: str
    subject: str
    body: bytes
    attempts: int
    read: float = field(default_factory=time.monotonic)
    """Time when it was read, or handed over."""


@dataclass(slots=True, eq=False)
class SubscriptionQueue:
    """The due deliveries of one subscription: subjects in parallel, the deliveries of each subject in order."""

    subscription: Subscription
    credentials: Credentials
    id: UUID
    name: str
    """The id, as text for the log."""
    peer: Peer = field(init=False)
    """The client and the receiver of its requests."""
    is_open: bool = True
    concurrency: int = INITIAL_CONCURRENCY
    in_flight: int = 0
    """Number of requests in flight."""
    is_slow: bool = False
    """A request took long, or takes long now, and none was fast since."""
    paused_until: datetime | None = None
    more: bool = False
    """The database may have more due deliveries than memory."""
    known: set[int] = field(default_factory=set)
    """Ids of the deliveries in memory: waiting, in flight, or with a result that is not stored yet."""
    waiting: int = 0
    """Number of deliveries in memory that are not sent yet."""
    newest: int = 0
    """The highest id that was ever in memory. Deliveries of a subscription are committed in the order of their ids."""
    _last_heard: float = 0.0
    """Time of the last answer, or of the last request that ended without one."""
    _unanswered: int = 0
    """Number of requests without answer since the last answer; those at the same time count once."""
    _access_scope: AccessScope | None = None
    _access_scope_read: float = 0.0
    _subjects: dict[str, deque[Due]] = field(default_factory=dict)
    _ready: deque[str] = field(default_factory=deque)
    _busy: set[str] = field(default_factory=set)

    @property
    def version(self) -> int:
        """Version of the subscription as it was read."""
        return self.subscription.version

    def __post_init__(self) -> None:
        self.peer = Peer.of(self.subscription.client_id, self.subscription.url)

    def headers(self, due: Due, trace: Trace, at: datetime) -> dict[str, str]:
        """Return the headers of a delivery, signed with each key that is valid now."""
        headers = self.credentials.sign(due.event_id, due.body, at=at)
        if trace.is_sampled:
            # The unset flag would ask the receiver not to record its own spans either.
            headers["traceparent"] = str(trace)
        return headers

    def refresh(self, subscription: Subscription, credentials: Credentials) -> None:
        """Take over a subscription that was changed or enabled again."""
        if not self.is_open or subscription.url != self.subscription.url:
            self.is_open, self.paused_until, self.concurrency = True, None, INITIAL_CONCURRENCY
            self.is_slow, self._unanswered = False, 0
        self.subscription, self.credentials = subscription, credentials
        self.peer = Peer.of(subscription.client_id, subscription.url)
        self._access_scope = None

    @property
    def needs_slow_slot(self) -> bool:
        """True if the receiver is slow, or has yet to answer its first request."""
        return self.is_slow or (self.in_flight > 0 and not self._last_heard)

    def slow_down(self) -> None:
        """Note that a request takes long."""
        self.is_slow = True

    def note_answer(self) -> None:
        """Note that the receiver answers, whatever it answers."""
        self._last_heard, self._unanswered = time.monotonic(), 0

    def note_silence(self, began: float, at: datetime) -> None:
        """Pause after a request without answer, unless the receiver was heard since the request began."""
        ended = time.monotonic()
        if began >= self._last_heard:
            self._unanswered += 1
            self.paused_until = at + pause_after(timedelta(seconds=ended - began), self._unanswered)
        self._last_heard = ended

    def is_paused(self, at: datetime) -> bool:
        """True if the receiver asked for a pause, or did not answer."""
        return self.paused_until is not None and self.paused_until > at

    def has_room(self, at: datetime) -> bool:
        """True if the queue should be refilled."""
        return (
            self.is_open
            and self.waiting < REFILL_BELOW
            and len(self.known) < MAX_KNOWN
            and bool(self.credentials.keys)
            and not self.is_paused(at)
        )

    def takes(self, delivery: commands.PlannedDelivery, at: datetime) -> bool:
        """True if a new delivery may be added without a query: memory has all that is due, and not this one already."""
        return (
            self.is_open
            and self.version == delivery.version
            and delivery.id > self.newest
            and not self.more
            and len(self.known) < MAX_KNOWN
            and bool(self.credentials.keys)
            and not self.is_paused(at)
        )

    def has_fresh_access_scope(self) -> bool:
        """True if the access scope of the owner was read within its cache lifetime."""
        return self._access_scope is not None and time.monotonic() - self._access_scope_read < ACCESS_SCOPE_TTL

    def note_access_scope(self, access_scope: AccessScope) -> None:
        """Access scope of the owner."""
        self._access_scope, self._access_scope_read = access_scope, time.monotonic()

    def may_receive(self, entry: Entry) -> bool:
        """Return whether the owner may receive an event now."""
        # Checked at each delivery: the owner may have lost access since the planning.
        return self._access_scope is not None and may_receive(self._access_scope, entry)

    def note(self, due: Due) -> None:
        """Note that a delivery is in memory, until its result is stored."""
        self.known.add(due.id)
        self.newest = max(self.newest, due.id)

    def add(self, due: Due) -> None:
        """Append a delivery to those of its subject."""
        self.note(due)
        queue = self._subjects.get(due.subject)
        if queue is None:
            queue = self._subjects[due.subject] = deque()
        if not queue and due.subject not in self._busy:
            self._ready.append(due.subject)
        queue.append(due)
        self.waiting += 1

    def has(self, subject: str) -> bool:
        """Return whether a delivery of the subject waits in memory or is in flight."""
        return subject in self._busy or bool(self._subjects.get(subject))

    @property
    def is_ready(self) -> bool:
        """True if a delivery waits and the receiver may get another request."""
        return bool(self._ready) and self.is_open and bool(self.credentials.keys) and self.in_flight < self.concurrency

    def take(self, at: datetime) -> Due | None:
        """Take the next delivery to send; None if there is none, or none may be sent now."""
        if not self.is_ready or self.is_paused(at):
            return None
        if time.monotonic() - self._subjects[self._ready[0]][0].read > CACHE_TTL:
            self.forget()
            return None
        subject = self._ready.popleft()
        self._busy.add(subject)
        self.in_flight += 1
        self.waiting -= 1
        return self._subjects[subject].popleft()

    def close(self, due: Due, *, held: bool) -> None:
        """Release the subject of a delivery whose result is stored; if `held`, forget its next deliveries."""
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
        """Forget the deliveries that are not in flight, so that they are read again."""
        self.more = self.more or self.waiting > 0
        for queue in self._subjects.values():
            self._forget(queue)
        self._subjects.clear()
        self._ready.clear()

    def check_again(self, news: "JournalNews") -> bool:
        """Forget the deliveries that new events may concern: they are read again, and access to them is checked.

        Return True if there were any.
        """
        if news.concerns_access_scopes:
            self._access_scope = None
            had_some = self.waiting > 0
            self.forget()
            return had_some
        found = [subject for subject in news.subjects & self._subjects.keys() if self._subjects[subject]]
        for subject in found:
            self._forget(self._subjects.pop(subject))
            self.more = True
            if subject in self._ready:
                self._ready.remove(subject)
        return bool(found)

    def _forget(self, queue: Iterable[Due]) -> None:
        for due in queue:
            self.known.discard(due.id)
            self.waiting -= 1


@dataclass(frozen=True, slots=True)
class JournalNews:
    """The objects of new events: they may concern others than before."""

    subjects: frozenset[str]

    @property
    def concerns_access_scopes(self) -> bool:
        """True if members, pilots or régions may have changed, and with them what organisations may read."""
        return any(subject.startswith(("territory/", "organisation/")) for subject in self.subjects)


class Events:
    """Cache of journal rows: one event goes to many subscriptions."""

    def __init__(self) -> None:
        self._read = 0.0
        self._events: dict[int, tuple[Entry, bytes]] = {}
        self._position: int | None = None

    async def news(self, session: AsyncSession) -> JournalNews:
        """Return the news since the last call, and forget what is kept of them."""
        if self._position is None:
            self._position = await queries.last_position(session)
        subjects, self._position = await queries.subjects_since(session, self._position)
        news = JournalNews(subjects)
        self._forget(news)
        return news

    def follow(self, news: JournalNews, start: int, end: int) -> bool:
        """Take over the news of the positions after `start`, up to `end`; False if some before them are missing."""
        if self._position is None or self._position < start:
            return False
        self._position = max(self._position, end)
        self._forget(news)
        return True

    def _forget(self, news: JournalNews) -> None:
        if news.concerns_access_scopes:
            self._events = {}
        self._events = {key: kept for key, kept in self._events.items() if kept[0].subject not in news.subjects}

    async def at(self, session: AsyncSession, positions: Collection[int]) -> Mapping[int, tuple[Entry, bytes]]:
        """Return the events at these positions; read the missing ones."""
        if len(self._events) > MAX_EVENTS or time.monotonic() - self._read > ACCESS_SCOPE_TTL:
            self._events, self._read = {}, time.monotonic()
        self._events |= await queries.events_at(session, [each for each in positions if each not in self._events])
        return self._events


def open_queue(subscription: Subscription, credentials: Credentials) -> SubscriptionQueue:
    """Return the queue of an active subscription."""
    return SubscriptionQueue(
        subscription,
        credentials,
        subscription.id,
        str(subscription.id),
        concurrency=1 if subscription.failing_since else INITIAL_CONCURRENCY,
        is_slow=subscription.failing_since is not None,
    )
