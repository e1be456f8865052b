"""Store messages from the bus in the inbox, and apply them in the process that leads, before they are acknowledged."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, ValidationError
from sqlalchemy.dialects.sqlite import insert

from shared.bus import Message
from shared.clock import now
from shared.events import routing_key
from shared.failpoints import failpoint
from shared.messaging import retention
from shared.messaging.consumer import UNREADABLE, Consumer
from shared.messaging.dispatcher import Dispatcher
from shared.patterns import ANY_TEXT
from shared.storage.database import Database
from shared.storage.tables import handlings, inbox
from shared.storage.unit_of_work import WriteSession
from shared.storage.upserts import fixed
from shared.storage.wakeups import INBOX_PENDING, request_wakeup
from shared.telemetry import traces
from shared.telemetry.log import log
from shared.telemetry.traces import Span

_STORE_EVENT: Final = fixed(insert(inbox).on_conflict_do_nothing(), inbox.columns.keys())
_STORE_HANDLING: Final = fixed(
    insert(handlings).on_conflict_do_nothing(),
    [column.name for column in handlings.columns if column is not handlings.c.id],
)
_Values = dict[str, Any]


class Receiver:
    """Takes messages off the bus into the inbox."""

    def __init__(
        self,
        database: Database,
        consumer: Consumer,
        dispatcher: Dispatcher | None = None,
        *,
        treat_swept: retention.Treat = retention.drop,
    ) -> None:
        self._database = database
        self._consumer = consumer
        self._dispatcher = dispatcher
        self._treat_swept = treat_swept

    async def receive(self, messages: Sequence[Message]) -> None:
        """Store the messages, all or none, and apply them at once if that can be done.

        A message that came before adds nothing: its rows are there.
        """
        failpoint("before-inbox")
        spans = [Span(traces.carried(message.body)) for message in messages]
        received = [(event, rows) for event, rows in map(self._read, messages) if rows]
        if received:
            await self._take([event for event, _ in received], [row for _, rows in received for row in rows])
        failpoint("after-inbox")
        for span, message in zip(spans, messages, strict=True):
            span.end(self._database.service, f"receive {routing_key(message.type)}", "consumer", {}, event=message)

    async def _take(self, events: Sequence[_Values], rows: Sequence[_Values]) -> None:
        async def store(session: WriteSession) -> None:
            await session.execute(_STORE_EVENT, events)
            await session.execute(_STORE_HANDLING, rows)
            await self._treat_swept(session, rows)

        ids = [event["event_id"] for event in events]
        if self._dispatcher is not None and await self._dispatcher.apply_arrived(store, ids):
            return
        async with self._database.writing() as session:
            await store(session)
            request_wakeup(session, INBOX_PENDING)

    def _read(self, message: Message) -> tuple[_Values, list[_Values]]:
        """Return the event and its handlings, as rows."""
        try:
            envelope = _Envelope.model_validate_json(message.body)
        except ValidationError as error:
            log.error("message is not an event", event_id=message.event_id, type=message.type)
            return _unreadable(message, str(error)[:2000])
        if envelope.type != message.type:
            # The bus checks under which type an account may publish, and only we what the body then claims to be.
            log.error("message is not what it was sent as", event_id=message.event_id, type=message.type)
            return _unreadable(message, f"sent as {message.type}, its body says {envelope.type}")
        known = Message(envelope.id, envelope.type, envelope.subject, message.body)
        handlers = self._consumer.of_type(envelope.type, superseded=envelope.supersededby is not None)
        return _event(known), [_handling(known, handler.name, envelope.sequence) for handler in handlers]


Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=ANY_TEXT)]


class _Envelope(BaseModel):
    """Routing fields of a message; the handlers parse its data."""

    id: Annotated[Text, Field(max_length=36)]
    type: Text
    subject: Text
    sequence: int = Field(ge=0, lt=2**31)
    time: AwareDatetime
    supersededby: str | None = None


def _unreadable(message: Message, error: str) -> tuple[_Values, list[_Values]]:
    # Its id may be that of an event, whose body it would keep out of the inbox.
    identity = f"{UNREADABLE}-{sha256(repr(message).encode()).hexdigest()}"[:36]
    body = message.body.replace("\0", "\N{REPLACEMENT CHARACTER}")
    stored = Message(identity, message.type[:200], message.subject[:200], body)
    return _event(stored), [_handling(stored, UNREADABLE, 0, error)]


def _event(message: Message) -> _Values:
    return {"event_id": message.event_id, "type": message.type, "body": message.body}


def _handling(message: Message, handler: str, sequence: int, error: str | None = None) -> _Values:
    return {
        "event_id": message.event_id,
        "handler": handler,
        "subject": message.subject,
        "sequence": sequence,
        "received_at": now(),
        "state": "parked" if error else "waiting",
        "attempts": 0,
        "next_try_at": None if error else now(),
        "error": error,
        "closed_at": None,
    }
