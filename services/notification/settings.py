"""Settings of the notification service."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from services.notification.rules.addresses import refuse_literal
from services.notification.rules.sealing import Seal

if TYPE_CHECKING:
    from shared.settings import Settings
    from shared.storage.database import Database


def seal_of(settings: "Settings", database: "Database") -> Seal:
    """Return the encryption of webhook secrets. Called at start, so that a missing key stops it."""
    if key := settings.secrets_key.get_secret_value():
        return Seal(key.encode())
    if not database.is_sqlite:
        raise RuntimeError(
            "TERRITORIES_SECRETS_KEY is missing: notification on PostgreSQL encrypts the secrets of webhooks with it."
            " Set it to 32 random bytes, the same in every replica: `openssl rand -base64 32`."
        )
    return Seal(settings.secret("secrets"))


def url_check_of(settings: "Settings") -> Callable[[str], None]:
    """Return the check that refuses the URL of a webhook."""
    return partial(
        refuse_literal,
        loopback_allowed=settings.dangerous_loopback_webhooks,
        networks=settings.webhook_networks,
    )
