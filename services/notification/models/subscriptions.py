"""Subscriptions, their secrets, replays, deliveries and attempts."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.notification.models.base import Base
from shared.security.access import Caller, Stakeholders
from shared.security.roles import Role
from shared.storage.history import Part, Recorded
from shared.storage.personal_data import FREE_TEXT, WITH_OBJECT, PersonalData, account, event_body, personal
from shared.storage.tables import Counter, UTCDateTime

UNRECORDED: Final = frozenset(
    {
        "sub",
        "planned_to",
        "last_round",
        "failing_since",
        "handshake_due_at",
        "handshake_error",
        "challenge_digest",
        "challenge_expires_at",
        "challenge_tries",
        "sealed_headers",
    }
)
"""Columns that history leaves out: the subject, which may be a person, delivery cursors, challenges and secrets."""
DELIVERIES_PENDING: Final = "planned"
"""Wakeup after a commit with planned deliveries."""
REPLAY_PENDING: Final = "replay asked"
"""Wakeup after a commit with a replay to plan."""
_KEPT: Final = "`TERRITORIES_DELIVERY_RETENTION` days after the end of the delivery"
_RESPONSE: Final = personal(
    PersonalData.TEXT,
    about="persons whom a receiver names in its response",
    purpose="show a subscriber why a delivery failed",
    kept=_KEPT,
    readers="the client, its organisation, the operator of the platform",
)


class SubscriptionStatus(StrEnum):
    """Status of a subscription; only an active one gets deliveries."""

    PENDING = "pending"
    ACTIVE = "active"
    DISABLED = "disabled"


class OwnershipProof(StrEnum):
    """Proof, before the first delivery, that an address belongs to the owner of the subscription."""

    HANDSHAKE = "handshake"
    CHALLENGE = "challenge"


class DisabledReason(StrEnum):
    """Reason why a subscription is disabled."""

    FAILING = "failing"
    GONE = "gone"
    OWNER = "owner"


class DeliveryState(StrEnum):
    """State of a delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


def client_mark(client_id: str) -> str:
    """Marker of a client among the stakeholders: a partner may have no organisation."""
    return f"client:{client_id}"


def without_secrets(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"


class Subscription(Recorded, Base):
    """A webhook of one client. Its secrets have their own table, because history keeps every value."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        Index("ix_subscriptions_planning", "status", "planned_to"),
        Index("ix_subscriptions_handshake", "handshake_due_at"),
    )
    collection = "subscriptions"
    # The row also has delivery state, which changes without a new version.
    supports_conditional_get = False
    # It lies nowhere; what it delivers is narrowed as the token that made it.
    bounded_by_claims = False

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    client_id: Mapped[str] = mapped_column(String(100), index=True)
    sub: Mapped[str | None] = mapped_column(
        String(200),
        comment="subject of the token that made it; null: the client itself",
        info=account("its owner and its organisation", kept=WITH_OBJECT),
    )
    org: Mapped[str | None] = mapped_column(String(9), index=True)
    role: Mapped[Role] = mapped_column(String(20))
    only_territories: Mapped[list[str] | None] = mapped_column(
        JSON(none_as_null=True), comment="the claims of the token that made it: they keep narrowing"
    )
    only_regions: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))

    url: Mapped[str] = mapped_column(
        Text,
        info=personal(
            PersonalData.ADDRESS,
            about="owners of receivers, if their address names them",
            purpose="deliver events",
            readers="the client, its organisation; others without path and query",
        ),
    )
    header_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    sealed_headers: Mapped[bytes | None] = mapped_column(LargeBinary, comment="encrypted, as the secrets are")
    description: Mapped[str] = mapped_column(String(300), info=FREE_TEXT)
    types: Mapped[list[str]] = mapped_column(JSON, comment="empty, as the other filters: all that its owner may see")
    territories: Mapped[list[str]] = mapped_column(JSON)
    regions: Mapped[list[str]] = mapped_column(JSON)
    operators: Mapped[list[str]] = mapped_column(JSON)

    status: Mapped[SubscriptionStatus] = mapped_column(String(20))
    disabled_reason: Mapped[DisabledReason | None] = mapped_column(String(20))
    proof: Mapped[OwnershipProof] = mapped_column(String(20), default=OwnershipProof.HANDSHAKE)
    verified_at: Mapped[datetime | None] = mapped_column(UTCDateTime, comment="of this url; null: no proof yet")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    planned_to: Mapped[int] = mapped_column(BigInteger, comment="journal position up to which deliveries were planned")
    last_round: Mapped[int] = mapped_column(
        comment="of its deliveries: 0 for the first time, then each replay and test"
    )
    failing_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    handshake_due_at: Mapped[datetime | None] = mapped_column(
        UTCDateTime, comment="when to ask the receiver again; null: not asked for"
    )
    handshake_error: Mapped[str | None] = mapped_column(String(500), comment="why the last handshake failed")
    challenge_digest: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="SHA-256 of the last challenge sent to this url; null: none is valid"
    )
    challenge_expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    challenge_tries: Mapped[int] = mapped_column(default=0, comment="wrong confirmations of this challenge")

    # Not stored, and false until a query knows the reader: who forgets to ask shows no secret.
    is_shown_whole = False

    @property
    def visible_url(self) -> str:
        """The address; for others than its owners without path and query, which may hold secrets."""
        return self.url if self.is_shown_whole else without_secrets(self.url)

    @property
    def owner(self) -> Caller:
        """Owner: the client, as its token was at creation."""
        return Caller(
            client_id=self.client_id,
            sub=self.sub or self.client_id,
            role=Role(self.role),
            org=self.org,
            territories=None if self.only_territories is None else frozenset(self.only_territories),
            regions=None if self.only_regions is None else frozenset(self.only_regions),
        )

    @property
    def stakeholders(self) -> Stakeholders:
        """Return the client and its organisation."""
        return Stakeholders.of(organisations=[client_mark(self.client_id), *([self.org] if self.org else [])])

    def snapshot(self) -> dict[str, Any]:
        """Return the values for the history, without the delivery state."""
        return {name: value for name, value in super().snapshot().items() if name not in UNRECORDED}


class SubscriptionSecret(Part, Base):
    """Encrypted secret that signs deliveries. After a rotation the old one is valid until it expires."""

    __tablename__ = "subscription_secrets"
    whole: ClassVar[str] = "subscription"

    id: Mapped[int] = mapped_column(Counter, primary_key=True, autoincrement=True)
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    subscription: Mapped[Subscription] = relationship(lazy="raise_on_sql")


class Replay(Base):
    """A span of the journal to deliver again to a subscription. It is planned in steps, so a crash loses nothing."""

    __tablename__ = "replays"
    __table_args__ = (UniqueConstraint("subscription_id", "round"),)

    id: Mapped[int] = mapped_column(Counter, primary_key=True, autoincrement=True)
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    round: Mapped[int]
    types: Mapped[list[str]] = mapped_column(JSON, comment="empty: every type of the subscription")
    planned_to: Mapped[int] = mapped_column(BigInteger)
    up_to: Mapped[int] = mapped_column(BigInteger, comment="the last position of the span")
    deliveries: Mapped[int] = mapped_column(comment="planned so far")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    planned_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True, comment="null: not yet to its end")


class Delivery(Base):
    """One event for one subscription. Deliveries of one subject are sent in the order of their ids."""

    __tablename__ = "deliveries"

    id: Mapped[int] = mapped_column(Counter, primary_key=True, autoincrement=True)
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id", ondelete="CASCADE"))
    position: Mapped[int | None] = mapped_column(BigInteger, comment="in the journal; null for a test")
    round: Mapped[int]
    event_id: Mapped[str] = mapped_column(String(36))
    type: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str | None] = mapped_column(Text, comment="of a test, which is in no journal", info=event_body(_KEPT))
    state: Mapped[DeliveryState] = mapped_column(String(20))
    attempts: Mapped[int]
    next_try_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        UniqueConstraint("subscription_id", "position", "round"),
        Index("ix_deliveries_listed", "subscription_id", "id"),
        Index(
            "ix_deliveries_due",
            "subscription_id",
            "next_try_at",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_deliveries_order",
            "subscription_id",
            "subject",
            "id",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
    )


class Attempt(Base):
    """One attempt of a delivery, with the receiver's response."""

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("delivery_id", "number"), Index("ix_attempts_at", "at"))

    id: Mapped[int] = mapped_column(Counter, primary_key=True, autoincrement=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"))
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    status: Mapped[int | None] = mapped_column(comment="of the HTTP answer; null: there was none")
    error: Mapped[str | None] = mapped_column(String(500))
    ms: Mapped[int]
    response: Mapped[str | None] = mapped_column(Text, comment="its first 4 kB, as received", info=_RESPONSE)
