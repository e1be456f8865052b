"""Heads of the journal and proofs, as they are answered."""

from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from services.notification.rules.heads import statement_of
from shared.http.schemas import Answer, BigCount, Line, Word, shown
from shared.patterns import ANY_TEXT

Hash = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$", max_length=64)]
EventText = Annotated[str, StringConstraints(pattern=ANY_TEXT, max_length=65_536)]
Path = Annotated[list[Hash], Field(max_length=130)]
"""Hashes of a proof, in the order of RFC 6962."""

DAY: Final = date(2026, 3, 4)
ROOT: Final = "6f2c4d1be35d3d3cbd7ef9a8f6a0c3fd1c6a4dd2a9b1d3f7f1ce0c5a7b9d2e48"
HEAD: Final[dict[str, Any]] = {
    "day": DAY.isoformat(),
    "size": 1500,
    "root": ROOT,
    "statement": statement_of(DAY, 1500, ROOT),
    "closed_at": "2026-03-04T23:01:00Z",
    "time_stamp": None,
    "stamped_at": None,
}
LEAF: Final = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"
BODY: Final = '{"specversion":"1.0","id":"0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e47"}'


class HeadOut(Answer):
    """The journal at the end of a day: whoever keeps its root can tell later if an event was changed."""

    model_config = Answer.model_config | shown(HEAD)

    day: date = Field(description="In Paris.")
    size: BigCount = Field(description="Events in the journal at the end of the day: its last position.")
    root: Hash = Field(description="Root of the Merkle tree over these events (RFC 6962); a leaf is the event's bytes.")
    statement: Line = Field(description="The text that was time-stamped: day, root and size as JSON.")
    closed_at: datetime
    time_stamp: Annotated[str, StringConstraints(pattern="^[A-Za-z0-9+/=]+$", max_length=20_000)] | None = Field(
        description="Token (RFC 3161) of an authority over `statement`, in base64; null: none yet."
    )
    stamped_at: datetime | None = Field(description="Moment that the authority states.")


class InclusionOut(Answer):
    """Proof that an event is in the journal, at its position and with these bytes."""

    model_config = Answer.model_config | shown(
        {"position": 1437, "event": BODY, "leaf_hash": LEAF, "head": HEAD, "path": [LEAF, ROOT]}
    )

    position: BigCount
    event: EventText = Field(description="The event as text: its bytes are the leaf.")
    leaf_hash: Hash = Field(description="SHA-256 of a zero byte and the bytes of the event.")
    head: HeadOut
    path: Path = Field(description="Audit path of leaf `position - 1` in a tree of `head.size` leaves.")


class ConsistencyOut(Answer):
    """Proof that nothing of the earlier journal was changed."""

    model_config = Answer.model_config | shown(
        {
            "earlier": HEAD | {"day": "2026-03-03", "size": 1204, "root": LEAF, "statement": "{…}"},
            "head": HEAD,
            "path": [LEAF, ROOT],
        }
    )

    earlier: HeadOut
    head: HeadOut
    path: Path = Field(description="Consistency proof between the trees of `earlier.size` and `head.size` leaves.")


class HistoryHeadOut(Answer):
    """The history of a service, as far as its last event tells: a hash that covers all its lines."""

    model_config = Answer.model_config | shown(
        {"service": "contract", "position": 1501, "chain_hash": LEAF, "published_at": "2026-03-05T09:31:00Z"}
    )

    service: Word
    position: BigCount = Field(description="Last line of the history that an event has published.")
    chain_hash: Hash = Field(description="SHA-256 of the hash of the line before and of this line.")
    published_at: datetime = Field(description="When the journal got the event.")
