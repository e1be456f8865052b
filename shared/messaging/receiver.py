"""Store messages from the bus in the inbox, and apply them in the process that leads, before they are acknowledged."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Annotated, Any, Final, NamedTuple

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, ValidationError
from sqlalchemy.dialects.sqlite import insert

from shared.bus import Message
from shared.clock import now
from shared.events import routing_key
from shared.failpoints import failpoint
from shared.messaging import retention
from shared.messaging.arrivals import STORE_EVENT
from shared.messaging.consumer import UNREADABLE, Consumer
from shared.messaging.dispatcher import Dispatcher
from shared.patterns import ANY_TEXT
from shared.storage.database import Database
from shared.storage.tables import handlings
from shared.storage.upserts import fixed
from shared.storage.wakeups import INBOX_PENDING, request_wakeup
from shared.telemetry import traces
from shared.telemetry.error_names import error_text
from shared.telemetry.log import log
from shared.telemetry.traces import Span

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
        if received := [each for each in map(self._read, messages) if each.rows]:
            await self._take(received)
        failpoint("after-inbox")
        for span, message in zip(spans, messages, strict=True):
            span.end(self._database.service, f"receive {routing_key(message.type)}", "consumer", {}, event=message)

    async def _take(self, received: Sequence["_Received"]) -> None:
        events, rows = [each.event for each in received], [row for each in received for row in each.rows]
        if self._dispatcher and _is_usual(received) and await self._dispatcher.apply_arrived(events, rows):
            return
        async with self._database.writing() as session:
            await session.execute(STORE_EVENT, events)
            await session.execute(_STORE_HANDLING, rows)
            await self._treat_swept(session, rows)
            request_wakeup(session, INBOX_PENDING)

    def _read(self, message: Message) -> "_Received":
        """Return the event with its handlings."""
        try:
            envelope = _Envelope.model_validate_json(message.body)
        except ValidationError as error:
            log.error("message is not an event", event_id=message.event_id, type=message.type)
            return _unreadable(message, error_text(error))
        if envelope.type != message.type:
            # The bus checks under which type an account may publish, and only we what the body then claims to be.
            log.error("message is not what it was sent as", event_id=message.event_id, type=message.type)
            return _unreadable(message, f"sent as {message.type}, its body says {envelope.type}")
        known = Message(envelope.id, envelope.type, envelope.subject, message.body)
        handlers = self._consumer.of_type(envelope.type, superseded=envelope.supersededby is not None)
        rows = [_handling(known, handler.name, envelope.sequence) for handler in handlers]
        return _Received(_event(known), rows, is_readable=True)


class _Received(NamedTuple):
    """An event that was received, and its handlings."""

    event: _Values
    rows: list[_Values]
    is_readable: bool


def _is_usual(received: Iterable[_Received]) -> bool:
    """Return True if the events can be applied as they are.

    All can be read, and those of a subject are in order.
    """
    last: dict[str, int] = {}
    for _, rows, is_readable in received:
        if not is_readable:
            return False
        sequence, subject = rows[0]["sequence"], rows[0]["subject"]
        if sequence < last.get(subject, sequence):
            return False
        last[subject] = sequence
    return True


Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=ANY_TEXT)]


class _Envelope(BaseModel):
    """Routing fields of a message; the handlers parse its data."""

    id: Annotated[Text, Field(max_length=36)]
    type: Text
    subject: Text
    sequence: int = Field(ge=0, lt=2**31)
    time: AwareDatetime
    supersededby: str | None = None


def _unreadable(message: Message, error: str) -> _Received:
    # Its id may be that of an event, whose body it would keep out of the inbox.
    identity = f"{UNREADABLE}-{sha256(repr(message).encode()).hexdigest()}"[:36]
    body = message.body.replace("\0", "\N{REPLACEMENT CHARACTER}")
    stored = Message(identity, message.type[:200], message.subject[:200], body)
    return _Received(_event(stored), [_handling(stored, UNREADABLE, 0, error)], is_readable=False)


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
