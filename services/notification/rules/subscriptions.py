"""Rules of subscriptions: ownership, states and transitions, limits."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from services.notification.errors import TooManyDeliveriesWaiting, TooManySubscriptions
from services.notification.models import (
    DisabledReason,
    OwnershipProof,
    Subscription,
    SubscriptionStatus,
    client_mark,
)
from shared.events.notification import SubscriptionDisabled
from shared.problem import Forbidden, TransitionRefused
from shared.security.access import AccessScope, Caller, Stakeholders

MAX_SUBSCRIPTIONS: Final = 100
"""Maximum number of subscriptions per client. Every event is planned for each of them."""
MAX_WAITING: Final = 10_000
"""Maximum number of waiting deliveries per client beyond which it may not ask for more."""
WAITING_RETRY: Final = 60
"""Seconds after which a client that has too many waiting deliveries may ask again."""
SECRETS_AT_MOST: Final = 10
"""Maximum number of secrets valid at the same time. Each adds one signature to every delivery."""
OVERLAP: Final = timedelta(hours=24)
OVERLAP_AT_MOST: Final = timedelta(days=7)

TRANSITIONS: Final[Mapping[SubscriptionStatus, frozenset[str]]] = {
    SubscriptionStatus.PENDING: frozenset({"verify", "disable"}),
    SubscriptionStatus.ACTIVE: frozenset({"disable", "test", "replay"}),
    SubscriptionStatus.DISABLED: frozenset({"enable"}),
}
ALWAYS: Final = frozenset({"rotate-secret"})


def allowed_transitions(status: str, proof: str = OwnershipProof.HANDSHAKE) -> list[str]:
    """Return the transitions that a state allows; with a challenge as proof, its confirmation too."""
    confirms = status == SubscriptionStatus.PENDING and proof == OwnershipProof.CHALLENGE
    return sorted(TRANSITIONS[SubscriptionStatus(status)] | ALWAYS | ({"confirm"} if confirms else set()))


def require_transition(subscription: Subscription, to: str) -> None:
    """Refuse a transition that the state does not allow."""
    if to not in (allowed := allowed_transitions(subscription.status, subscription.proof)):
        raise TransitionRefused(
            f"A subscription in state {subscription.status} does not allow {to}: use one of {', '.join(allowed)}.",
            state=subscription.status,
            allowed=allowed,
        )


def sees(by: Caller, access_scope: AccessScope, stakeholders: Stakeholders) -> bool:
    """Return whether a caller may read a subscription.

    Its client may, its organisation with a token that is not narrowed, and the roles `nation` and `platform`.
    """
    return (
        (by.role.definition.operates and not by.is_narrowed)
        or client_mark(by.client_id) in stakeholders.organisations
        or (by.org in stakeholders.organisations and not by.is_narrowed)
        or (access_scope.covers_everything and access_scope.is_within(stakeholders))
    )


def owns(by: Caller, subscription: Subscription) -> bool:
    """Return whether a subscription belongs to the caller.

    The owners are its client and the clients of its organisation, with the same role and a token that is no narrower.
    """
    # Otherwise a client with a narrower token could redirect a wider subscription to its own URL.
    owner = subscription.owner
    return (
        (by.client_id == owner.client_id or by.org is not None)
        and by.org == owner.org
        and by.role is owner.role
        and _covers(by.territories, owner.territories)
        and _covers(by.regions, owner.regions)
    )


def is_client(by: Caller, subscription: Subscription) -> bool:
    """Return whether the caller is the client that made a subscription, whatever its rights are now."""
    owner = subscription.owner
    return (by.client_id, by.sub) == (owner.client_id, owner.sub)


def may_see_secrets(by: Caller, subscription: Subscription) -> bool:
    """Return whether a caller may see the whole address, in which a secret may stand."""
    return is_client(by, subscription) or owns(by, subscription)


def require_end_allowed(by: Caller, subscription: Subscription, *, platform: bool = False) -> None:
    """Let a client end what it has made, even if it has fewer rights than before. Refuse others as `require_owner`."""
    if not is_client(by, subscription):
        require_owner(by, subscription, platform=platform)


def require_owner(by: Caller, subscription: Subscription, *, platform: bool = False) -> None:
    """Refuse with 403 a subscription that the caller may read but does not own."""
    if not (owns(by, subscription) or (platform and by.role.definition.operates)):
        raise Forbidden(
            "This subscription belongs to another client: use that one, or one of its organisation with equal rights."
        )


def require_room(owned: int) -> None:
    """Refuse another subscription once the client has the maximum number."""
    if owned >= MAX_SUBSCRIPTIONS:
        raise TooManySubscriptions(f"Your client has {owned} subscriptions: delete one that you no longer need.")


def require_capacity(waiting: int) -> None:
    """Refuse further deliveries on request once the client has the maximum number that wait."""
    if waiting >= MAX_WAITING:
        raise TooManyDeliveriesWaiting(
            f"At least {MAX_WAITING} deliveries of your client wait, or will once its replays are planned: try again"
            " later, or delete a subscription whose receiver does not come back.",
            headers={"Retry-After": str(WAITING_RETRY)},
        )


def change_proof(subscription: Subscription, proof: OwnershipProof, *, at: datetime) -> None:
    """Change the proof of the next address; a receiver that has yet to give one is asked for the new one."""
    if proof == subscription.proof:
        return
    subscription.proof = proof
    if subscription.status == SubscriptionStatus.PENDING:
        ask_for_handshake(subscription, at=at)


def change_url(subscription: Subscription, url: str, *, at: datetime) -> None:
    """Change the URL; the new receiver must consent before the first delivery, and gets no headers of the old one."""
    if url == subscription.url:
        return
    subscription.url = url
    subscription.header_names, subscription.sealed_headers = [], None
    subscription.verified_at = None
    subscription.failing_since = None
    end_challenge(subscription)
    if subscription.status != SubscriptionStatus.DISABLED:
        ask_for_handshake(subscription, at=at)


def ask_for_handshake(subscription: Subscription, *, at: datetime) -> None:
    """Schedule a handshake for now, or another challenge: the receiver is asked for its consent."""
    subscription.status = SubscriptionStatus.PENDING
    subscription.handshake_due_at = at
    subscription.handshake_error = None
    end_challenge(subscription)


def end_challenge(subscription: Subscription) -> None:
    """End the last challenge: nobody can confirm it any longer."""
    subscription.challenge_digest = None
    subscription.challenge_expires_at = None
    subscription.challenge_tries = 0


def consent(subscription: Subscription, *, at: datetime) -> None:
    """Activate a subscription: its receiver has consented."""
    subscription.status = SubscriptionStatus.ACTIVE
    subscription.verified_at = at
    subscription.handshake_due_at = None
    subscription.handshake_error = None
    end_challenge(subscription)


def enable(subscription: Subscription, *, at: datetime) -> None:
    """Resume deliveries where planning stopped; a receiver without consent gets a handshake first."""
    require_transition(subscription, "enable")
    subscription.disabled_reason = None
    subscription.failing_since = None
    if subscription.verified_at is None:
        ask_for_handshake(subscription, at=at)
    else:
        subscription.status = SubscriptionStatus.ACTIVE


def disable(subscription: Subscription, *, reason: DisabledReason, at: datetime) -> SubscriptionDisabled:
    """Stop planning and deliveries; events of the meantime are delivered once it is enabled again."""
    require_transition(subscription, "disable")
    subscription.status = SubscriptionStatus.DISABLED
    subscription.disabled_reason = reason
    subscription.handshake_due_at = None
    return SubscriptionDisabled(
        subscription_id=subscription.id,
        reason=reason.value,
        disabled_at=at,
        organisations=[subscription.org] if subscription.org else [],
    )


def verify(subscription: Subscription, *, at: datetime) -> None:
    """Repeat the handshake with a receiver that has not consented yet."""
    require_transition(subscription, "verify")
    ask_for_handshake(subscription, at=at)


def _covers(wide: frozenset[str] | None, narrow: frozenset[str] | None) -> bool:
    return wide is None or (narrow is not None and narrow <= wide)
