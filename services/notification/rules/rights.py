"""Rights of clients: the newest token decides what a subscription receives."""

from collections.abc import Iterable
from dataclasses import replace

from services.notification.models import ClientRights, Subscription
from shared.security.access import Caller
from shared.security.roles import Role

Claim = frozenset[str] | None


def is_news(by: Caller, known: ClientRights) -> bool:
    """True if the token of the caller is newer than the known rights, or says nothing of its time and differs."""
    if by.issued_at is None or known.issued_at is None or by.issued_at == known.issued_at:
        return _rights_of(by) != _known_rights(known)
    return by.issued_at > known.issued_at


def receiver(subscription: Subscription, known: ClientRights | None) -> Caller:
    """Return the caller that receives: the client as it is now, narrowed as the subscription was made."""
    owner = subscription.owner
    if known is None:
        return owner
    role, org, territories, regions = _known_rights(known)
    return replace(
        owner,
        role=role,
        org=org,
        territories=_narrower(owner.territories, territories),
        regions=_narrower(owner.regions, regions),
    )


def _rights_of(by: Caller) -> tuple[Role, str | None, Claim, Claim]:
    return by.role, by.org, by.territories, by.regions


def _known_rights(known: ClientRights) -> tuple[Role, str | None, Claim, Claim]:
    return Role(known.role), known.org, _claim(known.only_territories), _claim(known.only_regions)


def _claim(codes: Iterable[str] | None) -> Claim:
    return None if codes is None else frozenset(codes)


def _narrower(one: Claim, other: Claim) -> Claim:
    if one is None or other is None:
        return other if one is None else one
    return one & other
