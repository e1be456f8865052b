"""Credentials of the requests to a receiver: the keys that sign, and the headers of its owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.notification.models import Subscription, SubscriptionSecret
from services.notification.rules.sealing import Seal
from services.notification.rules.signatures import signed
from shared.telemetry.log import log


@dataclass(frozen=True, slots=True)
class Credentials:
    """Decrypted credentials of one subscription."""

    keys: Sequence[tuple[bytes, datetime | None]] = field(repr=False)
    """Signing keys with their expiry; none if the credentials do not open."""
    headers: Mapping[str, str] = field(repr=False)
    """Headers of the owner, sent with every request."""

    def sign(self, event_id: str, body: bytes, *, at: datetime) -> dict[str, str]:
        """Return the headers of a signed request."""
        keys = [key for key, expires_at in self.keys if expires_at is None or expires_at > at]
        return {**self.headers, **signed(keys, event_id=event_id, timestamp=int(at.timestamp()), body=body)}


def unsealed(seal: Seal, subscription: Subscription, sealed: Sequence[SubscriptionSecret]) -> Credentials:
    """Return the credentials of a subscription, without the secrets that do not open."""
    opened: list[tuple[bytes, datetime | None]] = []
    for each in sealed:
        try:
            opened.append((seal.open(each.sealed, subscription.id), each.expires_at))
        except Exception as error:  # one bad secret must not stop the signatures of the others
            _log(subscription, error)
    try:
        headers = seal.open_headers(subscription.sealed_headers, subscription.id)
    except Exception as error:  # without them the receiver would refuse every request
        _log(subscription, error)
        return Credentials((), {})
    return Credentials(opened, headers)


def _log(subscription: Subscription, error: Exception) -> None:
    log.error("a webhook's secret does not open", subscription=str(subscription.id), error=type(error).__name__)
