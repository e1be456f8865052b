"""Subscriptions: what their owners do with them, and how the machine ends one that fails."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import func, select

from services.notification import queries
from services.notification.errors import PositionNotReached
from services.notification.models import DisabledReason, Subscription, SubscriptionSecret, SubscriptionStatus
from services.notification.rules import subscriptions as rules
from services.notification.rules.addresses import refuse_literal
from services.notification.rules.catalogue import type_named
from services.notification.rules.sealing import Seal, new_secret
from shared.clock import now
from shared.ids import uuid7
from shared.problem import FieldError
from shared.security.access import Caller
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession

Start = Literal["now", "beginning"] | int
TURN: Final = 1
"""Which of the database's advisory locks with two keys is this one."""


async def create_subscription(
    session: WriteSession, *, url: str, by: Caller, seal: Seal, loopback: bool, start: Start = "now", **content: Any
) -> tuple[Subscription, str]:
    """Make a subscription; its secret is told here, and never again."""
    refuse_literal(url, loopback_allowed=loopback)
    await _in_turn(session, by.client_id)
    rules.require_room(await queries.count_of_client(session, by.client_id))
    at = now()
    made = Subscription(
        id=uuid7(),
        client_id=by.client_id,
        org=by.org,
        role=by.role,
        only_territories=None if by.territories is None else sorted(by.territories),
        only_regions=None if by.regions is None else sorted(by.regions),
        url=url,
        description="",
        types=[],
        territories=[],
        regions=[],
        operators=[],
        created_at=at,
        planned_to=await _start(session, start),
        last_round=0,
    )
    rules.ask_for_handshake(made, at=at)
    await _fill_in(session, made, content)
    session.add(made)
    secret = _add_secret(session, made, seal)
    # The answer, which holds the secret, is made of it at once.
    await session.flush()
    return made, secret


async def _in_turn(session: WriteSession, client_id: str) -> None:
    """One at a time for a client, so that each is counted; on SQLite every writer waits for its turn."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(TURN, func.hashtext(client_id))))


async def change_subscription(
    session: WriteSession,
    subscription_id: UUID,
    *,
    expected: int,
    by: Caller,
    loopback: bool,
    url: str | None = None,
    **content: Any,
) -> Subscription:
    """Change where it goes and what it is told; another receiver must consent first."""
    found = await _own(session, subscription_id, by)
    require_version(found, expected)
    await _fill_in(session, found, content)
    if url is not None:
        refuse_literal(url, loopback_allowed=loopback)
        rules.change_url(found, url, at=now())
    return found


async def delete_subscription(session: WriteSession, subscription_id: UUID, *, expected: int, by: Caller) -> None:
    """Take it away, with its deliveries."""
    found = await _own(session, subscription_id, by)
    require_version(found, expected)
    await session.delete(found)


async def enable_subscription(session: WriteSession, subscription_id: UUID, *, by: Caller) -> Subscription:
    """Switch it on again: it goes on where it stood."""
    found = await _own(session, subscription_id, by)
    rules.enable(found, at=now())
    return found


async def disable_subscription(session: WriteSession, subscription_id: UUID, *, by: Caller) -> Subscription:
    """Switch it off, as its owner or as those who run the machine."""
    found = await queries.get_subscription(session, subscription_id, by=by, lock=True)
    rules.require_owner(by, found, platform=True)
    outbox.add(session, rules.disable(found, reason=DisabledReason.OWNER, at=now()))
    if by.role.row.operates:
        set_reason(session, "disabled by those who run the platform")
    return found


async def switch_off(session: WriteSession, subscription_id: UUID, reason: DisabledReason) -> bool:
    """End a subscription that fails or is gone, and tell its owner; False if it is off already."""
    found = await session.scalar(select(Subscription).where(Subscription.id == subscription_id).with_for_update())
    if found is None or found.status == SubscriptionStatus.DISABLED:
        return False
    outbox.add(session, rules.disable(found, reason=reason, at=now()))
    set_reason(session, str(reason))
    return True


async def verify_subscription(session: WriteSession, subscription_id: UUID, *, by: Caller) -> Subscription:
    """Have the receiver asked again whether it consents."""
    found = await _own(session, subscription_id, by)
    rules.verify(found, at=now())
    set_reason(session, "handshake asked for again")
    return found


async def rotate_secret(
    session: WriteSession, subscription_id: UUID, *, overlap: timedelta, by: Caller, seal: Seal
) -> tuple[Subscription, str, Sequence[SubscriptionSecret]]:
    """Make a new secret; those before it stay valid for a while, and expire."""
    found = await _own(session, subscription_id, by)
    at = now()
    former = await queries.secrets_of(session, found.id, at=at)
    for number, secret in enumerate(former, 1):
        # So many together, the newest of them: each is one more signature on every delivery.
        ends = at + overlap if number < rules.SECRETS_AT_MOST else at
        secret.expires_at = min(secret.expires_at or ends, ends)
    for secret in await queries.secrets_past(session, found.id, at=at):
        await session.delete(secret)
    made = _add_secret(session, found, seal)
    set_reason(session, "secret rotated")
    await session.flush()
    return found, made, [secret for secret in former if secret.expires_at and secret.expires_at > at]


async def _own(session: WriteSession, subscription_id: UUID, by: Caller) -> Subscription:
    """A subscription to change: locked, and the caller's own."""
    found = await queries.get_subscription(session, subscription_id, by=by, lock=True)
    rules.require_owner(by, found)
    return found


def _add_secret(session: WriteSession, subscription: Subscription, seal: Seal) -> str:
    secret = new_secret()
    session.add(
        SubscriptionSecret(
            subscription=subscription,
            subscription_id=subscription.id,
            sealed=seal.close(secret, subscription.id),
            created_at=now(),
        )
    )
    return secret


async def _fill_in(session: WriteSession, subscription: Subscription, content: dict[str, Any]) -> None:
    """Set what was sent; every code that it names must be there."""
    known = await queries.what_is_known(
        session, territories=content.get("territories", ()), organisations=content.get("operators", ())
    )
    for index, key in enumerate(content.get("territories", ())):
        known.territory(key, f"/territories/{index}")
    for index, siren in enumerate(content.get("operators", ())):
        known.organisation(siren, f"/operators/{index}")
    if "types" in content:
        content["types"] = types_named(content["types"])
    for name, value in content.items():
        setattr(subscription, name, value if isinstance(value, str) else sorted(set(value)))


def types_named(names: Collection[str]) -> list[str]:
    """The full names of these types."""
    return sorted({type_named(name, pointer=f"/types/{index}") for index, name in enumerate(names)})


async def _start(session: WriteSession, start: Start) -> int:
    """The position after which a new subscription is told."""
    if start == "beginning":
        return 0
    last = await queries.last_position(session)
    if isinstance(start, str):
        return last
    return require_reached(start, last, "/from")


def require_reached(position: int, last: int, pointer: str) -> int:
    """Nobody can begin after what is to come."""
    if position > last:
        raise PositionNotReached(
            f"The journal has come to {last}, not to {position} yet.",
            errors=[FieldError(pointer=pointer, detail=f"at most {last}")],
        )
    return position
