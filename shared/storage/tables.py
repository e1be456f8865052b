"""Tables of the kit. Each service has them in its own database; one branch of revisions creates them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator

from shared.storage.personal_data import FOR_EVER, PersonalData, account, event_body, free_text, personal

APPEND_ONLY: Final = "append_only"
"""Key in the `info` of a table whose rows are never changed or deleted, except for the columns that it names."""
NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraint names, the same in models and migrations: SQLite's batch migrations need them."""


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware in Python on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True
    python_type = datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without its time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite returns naive moments; they were stored as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Counter: Final = BigInteger().with_variant(Integer, "sqlite")
"""A number that the database draws: SQLite only counts up an INTEGER key."""

_SWEPT: Final = "`TERRITORIES_EVENT_RETENTION` days after it was published or applied"
_kit: Final = MetaData(naming_convention=NAMING)

outbox: Final = Table(
    "outbox",
    _kit,
    # Drawn while the subject's row is locked, so that ids of one subject grow in the order of its commits.
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("event_id", String(36), nullable=False, unique=True),
    Column("type", String(200), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("body", Text, nullable=False, comment="the CloudEvents JSON, serialised once", info=event_body(_SWEPT)),
    Column("created_at", UTCDateTime, nullable=False),
    Column("published_at", UTCDateTime, comment="null: not yet confirmed by the bus"),
    UniqueConstraint("subject", "sequence"),
)
Index(
    "ix_outbox_unpublished",
    outbox.c.id,
    postgresql_where=text("published_at IS NULL"),
    sqlite_where=text("published_at IS NULL"),
)

inbox: Final = Table(
    "inbox",
    _kit,
    Column("event_id", String(36), primary_key=True),
    Column("type", String(200), nullable=False),
    Column(
        "body",
        Text,
        nullable=False,
        comment="the bytes of the publisher, stored once for all handlers",
        info=event_body(_SWEPT),
    ),
)

handlings: Final = Table(
    "handlings",
    _kit,
    # Grows in the order of arrival.
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("event_id", ForeignKey(inbox.c.event_id), nullable=False),
    Column("handler", String(100), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("received_at", UTCDateTime, nullable=False),
    Column("state", String(20), nullable=False, comment="waiting, applied, refused, superseded or parked"),
    Column("attempts", Integer, nullable=False),
    Column("next_try_at", UTCDateTime, comment="null: closed"),
    Column("error", Text, comment="of the last failed try, or the refusal"),
    Column("closed_at", UTCDateTime),
    UniqueConstraint("event_id", "handler"),
)
Index(
    "ix_handlings_due",
    handlings.c.next_try_at,
    handlings.c.id,
    postgresql_where=text("next_try_at IS NOT NULL"),
    sqlite_where=text("next_try_at IS NOT NULL"),
)
Index("ix_handlings_order", handlings.c.handler, handlings.c.subject, handlings.c.state, handlings.c.sequence)

swept_handlings: Final = Table(
    "swept_handlings",
    _kit,
    Column("subject", String(200), primary_key=True),
    Column("handler", String(100), primary_key=True),
    Column("sequences", JSON, nullable=False, comment="of the swept events, as ranges: [[first, last], …]"),
)

history: Final = Table(
    "history",
    _kit,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("position", BigInteger, unique=True, comment="dense, given by the sequencer; null until then"),
    Column("collection", String(50), nullable=False),
    Column("object_id", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("operation", String(10), nullable=False, comment="created, updated or deleted"),
    Column("at", UTCDateTime, nullable=False),
    Column("client_id", String(100), nullable=False),
    Column("sub", String(200), nullable=False, info=account("nobody: answers show client and organisation")),
    Column("org", String(9)),
    Column("reason", Text, info=free_text(kept=FOR_EVER)),
    Column(
        "state",
        JSON,
        nullable=False,
        comment="the object after the change; of a deleted one, before it",
        info=personal(
            PersonalData.COPY,
            about="persons of the object, by opaque id, and whom its texts name; never with a contact",
            purpose="proof of each change",
            kept=FOR_EVER,
        ),
    ),
    Column("territories", JSON, nullable=False),
    Column("regions", JSON, nullable=False),
    Column("organisations", JSON, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("operators", Boolean, nullable=False, server_default=false(), comment="does it concern every operator?"),
    Column(
        "known_from",
        UTCDateTime,
        comment="moment of its position, never before that of an earlier one; null until then",
    ),
    UniqueConstraint("collection", "object_id", "version"),
    info={APPEND_ONLY: ["position", "known_from"]},
)
Index("ix_history_changes", history.c.collection, history.c.position)
Index(
    "ix_history_unsequenced",
    history.c.id,
    postgresql_where=text("position IS NULL"),
    sqlite_where=text("position IS NULL"),
)

history_hashes: Final = Table(
    "history_hashes",
    _kit,
    Column("position", BigInteger, primary_key=True, autoincrement=False, comment="of the line"),
    Column("hash", String(64), nullable=False, comment="SHA-256 of the hash before it and of the line"),
    info={APPEND_ONLY: ()},
)

history_head: Final = Table(
    "history_head",
    _kit,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="1: there is one row"),
    Column("position", BigInteger, nullable=False, comment="last line with a hash"),
    Column("hash", String(64), nullable=False, comment="of this line"),
    Column("published_position", BigInteger, nullable=False, comment="last line that an event has told of"),
)

idempotency: Final = Table(
    "idempotency",
    _kit,
    Column("client_id", String(100), primary_key=True),
    Column("method", String(10), primary_key=True),
    Column("path", String(500), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("request_sha256", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JSON, nullable=False),
    Column(
        "body",
        LargeBinary,
        nullable=False,
        info=personal(
            PersonalData.COPY,
            about="persons whom the answer names",
            purpose="repeat the answer to a request that is sent again",
            kept="24 hours, or until an erasure",
            readers="the client that sent the request",
        ),
    ),
    Column("created_at", UTCDateTime, nullable=False, index=True),
)


KIT_TABLES: Final = frozenset(_kit.tables)
"""Names of the tables of the kit."""


def append_only(table: Table) -> Sequence[str] | None:
    """Return the columns of an append-only table that may be changed; None for another table."""
    columns: Sequence[str] | None = table.info.get(APPEND_ONLY)
    return columns


def service_metadata() -> MetaData:
    """The metadata of a service's models, with the kit's tables already in it."""
    metadata = MetaData(naming_convention=NAMING)
    for table in _kit.tables.values():
        table.to_metadata(metadata)
    return metadata
