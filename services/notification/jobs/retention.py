"""Delete old deliveries, with their attempts, and old replays."""

from datetime import timedelta
from typing import Final, cast

from sqlalchemy import Table, true

from services.notification.models import Delivery, Replay
from shared.settings import Settings
from shared.storage.retention import Retention, deleting

_deliveries: Final = cast("Table", Delivery.__table__)
_replays: Final = cast("Table", Replay.__table__)


def _lifetime(settings: Settings) -> timedelta:
    return timedelta(days=settings.delivery_retention)


DELIVERIES: Final = Retention(
    _deliveries,
    begun=_deliveries.c.created_at,
    closed=_deliveries.c.closed_at,
    can_go=true(),
    lifetime=_lifetime,
    # Their attempts go with them, by the foreign key.
    delete=deleting(_deliveries, _deliveries.c.closed_at),
)
"""Closed deliveries. The journal keeps their events."""
REPLAYS: Final = Retention(
    _replays,
    begun=_replays.c.created_at,
    closed=_replays.c.planned_at,
    can_go=true(),
    lifetime=_lifetime,
    delete=deleting(_replays, _replays.c.planned_at),
)
"""Replays that are planned to their end. The number of their round stays with the subscription."""
