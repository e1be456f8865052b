"""Store messages from the bus in the inbox before they are acknowledged."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, ValidationError
from sqlalchemy.dialects.sqlite import insert

from shared.bus import Message
from shared.clock import now
from shared.events import routing_key
from shared.failpoints import failpoint
from shared.messaging.consumer import UNREADABLE, Consumer
from shared.patterns import ANY_TEXT
from shared.storage.database import Database
from shared.storage.tables import inbox
from shared.storage.upserts import fixed
from shared.storage.wakeups import INBOX_PENDING, request_wakeup
from shared.telemetry import traces
from shared.telemetry.log import log
from shared.telemetry.traces import Span

_STORE: Final = fixed(
    insert(inbox).on_conflict_do_nothing(), [column.name for column in inbox.columns if column is not inbox.c.id]
)


class Receiver:
    """Takes messages off the bus into the inbox."""

    def __init__(self, database: Database, consumer: Consumer) -> None:
        self._database = database
        self._consumer = consumer

    async def receive(self, messages: Sequence[Message]) -> None:
        """Store the messages, all or none. A message that came before adds nothing: its rows are there."""
        failpoint("before-inbox")
        spans = [Span(traces.carried(message.body)) for message in messages]
        rows = [row for message in messages for row in self._rows(message)]
        if rows:
            async with self._database.writing() as session:
                await session.execute(_STORE, rows)
                request_wakeup(session, INBOX_PENDING)
        failpoint("after-inbox")
        for span, message in zip(spans, messages, strict=True):
            span.end(self._database.service, f"receive {routing_key(message.type)}", "consumer", {}, event=message)

    def _rows(self, message: Message) -> list[dict[str, Any]]:
        try:
            envelope = _Envelope.model_validate_json(message.body)
        except ValidationError as error:
            log.error("message is not an event", event_id=message.event_id, type=message.type)
            return [_row(message, UNREADABLE, 0, error=str(error)[:2000])]
        if envelope.type != message.type:
            # The bus checks under which type an account may publish, and only we what the body then claims to be.
            log.error("message is not what it was sent as", event_id=message.event_id, type=message.type)
            return [_row(message, UNREADABLE, 0, error=f"sent as {message.type}, its body says {envelope.type}")]
        known = Message(envelope.id, envelope.type, envelope.subject, message.body)
        handlers = self._consumer.of_type(envelope.type, superseded=envelope.supersededby is not None)
        return [_row(known, handler.name, envelope.sequence) for handler in handlers]


Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=ANY_TEXT)]


class _Envelope(BaseModel):
    """Routing fields of a message; the handlers parse its data."""

    id: Annotated[Text, Field(max_length=36)]
    type: Text
    subject: Text
    sequence: int = Field(ge=0, lt=2**31)
    time: AwareDatetime
    supersededby: str | None = None


def _row(message: Message, handler: str, sequence: int, error: str | None = None) -> dict[str, Any]:
    return {
        "event_id": message.event_id[:36],
        "handler": handler,
        "type": message.type[:200],
        "subject": message.subject[:200],
        "sequence": sequence,
        "body": message.body.replace("\0", "\N{REPLACEMENT CHARACTER}"),
        "received_at": now(),
        "state": "parked" if error else "waiting",
        "attempts": 0,
        "next_try_at": now(),
        "error": error,
        "closed_at": None,
    }
