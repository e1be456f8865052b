"""Commands of subscriptions: those of their owners, and the automatic end of one that fails."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import func, select

from services.notification import queries
from services.notification.commands.rights import begin_rights
from services.notification.errors import PositionNotReached
from services.notification.models import (
    DisabledReason,
    OwnershipProof,
    Subscription,
    SubscriptionSecret,
    SubscriptionStatus,
)
from services.notification.rules import subscriptions as rules
from services.notification.rules.catalogue import type_filter
from services.notification.rules.headers import require_allowed
from services.notification.rules.sealing import Seal, new_secret
from shared.clock import now
from shared.ids import uuid7
from shared.problem import FieldError
from shared.security.access import Caller
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession

StartPosition = Literal["now", "beginning"] | int
RECEIVER: Final = ("url", "proof", "headers")
"""Fields of the receiver, beside those that say what it gets."""
LOCK: Final = 1
"""First key of the PostgreSQL advisory lock; the second is the client."""


async def create_subscription(
    session: WriteSession,
    *,
    url: str,
    by: Caller,
    seal: Seal,
    check_url: Callable[[str], None],
    proof: OwnershipProof = OwnershipProof.HANDSHAKE,
    headers: Mapping[str, str] | None = None,
    start: StartPosition = "now",
    **content: Any,
) -> tuple[Subscription, str]:
    """Create a subscription, and return it with its secret. The secret cannot be read again."""
    check_url(url)
    await lock_client(session, by.client_id)
    rules.require_room(await queries.count_of_client(session, by.client_id))
    at = now()
    made = Subscription(
        id=uuid7(),
        client_id=by.client_id,
        sub=by.sub,
        org=by.org,
        role=by.role,
        only_territories=None if by.territories is None else sorted(by.territories),
        only_regions=None if by.regions is None else sorted(by.regions),
        url=url,
        proof=proof,
        description="",
        types=[],
        territories=[],
        regions=[],
        operators=[],
        created_at=at,
        planned_to=await _start(session, start),
        last_round=0,
    )
    made.is_shown_whole = True
    rules.ask_for_handshake(made, at=at)
    _set_headers(made, headers or {}, seal)
    await _set_content(session, made, content)
    session.add(made)
    await begin_rights(session, by)
    secret = _add_secret(session, made, seal)
    # The response needs the ids and the version now.
    await session.flush()
    return made, secret


async def lock_client(session: WriteSession, client_id: str) -> None:
    """Serialise what is counted for one client: its subscriptions, its deliveries on request."""
    # SQLite has one writer at a time anyway.
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(LOCK, func.hashtext(client_id))))


async def change_subscription(
    session: WriteSession,
    subscription_id: UUID,
    *,
    expected: int,
    by: Caller,
    seal: Seal,
    check_url: Callable[[str], None],
    **content: Any,
) -> Subscription:
    """Change the URL, its proof and the filters. A new URL needs the consent of its receiver first."""
    found = await _own(session, subscription_id, by)
    require_version(found, expected)
    receiver = {name: content.pop(name) for name in RECEIVER if name in content}
    await _set_content(session, found, content)
    _change_receiver(found, seal=seal, check_url=check_url, **receiver)
    return found


async def delete_subscription(session: WriteSession, subscription_id: UUID, *, expected: int, by: Caller) -> None:
    """Delete a subscription with its deliveries."""
    found = await queries.get_subscription(session, subscription_id, by=by, lock=True)
    rules.require_end_allowed(by, found)
    require_version(found, expected)
    await session.delete(found)


async def enable_subscription(session: WriteSession, subscription_id: UUID, *, by: Caller) -> Subscription:
    """Enable a subscription: deliveries resume where they stopped."""
    found = await _own(session, subscription_id, by)
    rules.enable(found, at=now())
    return found


async def disable_subscription(session: WriteSession, subscription_id: UUID, *, by: Caller) -> Subscription:
    """Disable a subscription, as its owner or as a platform operator."""
    found = await queries.get_subscription(session, subscription_id, by=by, lock=True)
    rules.require_end_allowed(by, found, platform=True)
    outbox.add(session, rules.disable(found, reason=DisabledReason.OWNER, at=now()))
    if by.role.definition.operates:
        set_reason(session, found, "disabled by those who run the platform")
    return found


async def switch_off(session: WriteSession, subscription_id: UUID, reason: DisabledReason) -> bool:
    """Disable a subscription that fails or is gone, and publish it; False if it is disabled already."""
    found = await session.scalar(select(Subscription).where(Subscription.id == subscription_id).with_for_update())
    if found is None or found.status == SubscriptionStatus.DISABLED:
        return False
    outbox.add(session, rules.disable(found, reason=reason, at=now()))
    set_reason(session, found, str(reason))
    return True


async def verify_subscription(session: WriteSession, subscription_id: UUID, *, by: Caller) -> Subscription:
    """Schedule another handshake with the receiver, or another challenge."""
    found = await _own(session, subscription_id, by)
    rules.verify(found, at=now())
    set_reason(session, found, "handshake asked for again")
    return found


async def rotate_secret(
    session: WriteSession, subscription_id: UUID, *, overlap: timedelta, by: Caller, seal: Seal
) -> tuple[Subscription, str, Sequence[SubscriptionSecret]]:
    """Create a new secret. The former ones stay valid for `overlap`, then expire."""
    found = await _own(session, subscription_id, by)
    at = now()
    former = await queries.secrets_of(session, found.id, at=at)
    for number, secret in enumerate(former, 1):
        # The newest ones stay valid, up to the maximum; older ones expire now.
        ends = at + overlap if number < rules.SECRETS_AT_MOST else at
        secret.expires_at = min(secret.expires_at or ends, ends)
    for secret in await queries.secrets_past(session, found.id, at=at):
        await session.delete(secret)
    made = _add_secret(session, found, seal)
    set_reason(session, found, "secret rotated")
    await session.flush()
    return found, made, [secret for secret in former if secret.expires_at and secret.expires_at > at]


async def _own(session: WriteSession, subscription_id: UUID, by: Caller) -> Subscription:
    """Load and lock a subscription of the caller's own."""
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


def _change_receiver(
    subscription: Subscription,
    *,
    seal: Seal,
    check_url: Callable[[str], None],
    url: str | None = None,
    proof: OwnershipProof | None = None,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Change what was sent of the receiver. Another address starts without headers."""
    if proof is not None:
        rules.change_proof(subscription, proof, at=now())
    if url is not None:
        check_url(url)
        rules.change_url(subscription, url, at=now())
    if headers is not None:
        _set_headers(subscription, headers, seal)


def _set_headers(subscription: Subscription, headers: Mapping[str, str], seal: Seal) -> None:
    """Replace the headers. Their values cannot be read again."""
    require_allowed(headers)
    subscription.header_names = sorted(headers)
    subscription.sealed_headers = seal.close_headers(headers, subscription.id)


async def _set_content(session: WriteSession, subscription: Subscription, content: dict[str, Any]) -> None:
    """Set the fields that were sent; refuse unknown codes."""
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
    """Return the full names and wildcards of event types, sorted and without duplicates."""
    return sorted({type_filter(name, pointer=f"/types/{index}") for index, name in enumerate(names)})


async def _start(session: WriteSession, start: StartPosition) -> int:
    """Return the position after which a new subscription gets events."""
    if start == "beginning":
        return 0
    last = await queries.last_position(session)
    if isinstance(start, str):
        return last
    return require_reached(start, last, "/from")


def require_reached(position: int, last: int, pointer: str) -> int:
    """Return a position of the journal; refuse one after its end."""
    if position > last:
        raise PositionNotReached(
            f"The journal ends at position {last}: give {last} or less, not {position}.",
            errors=[FieldError(pointer=pointer, detail=f"at most {last}")],
        )
    return position
