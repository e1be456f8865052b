"""Delete old deliveries, with their attempts."""

from datetime import timedelta
from typing import Final, cast

from sqlalchemy import Table, true

from services.notification.models import Delivery
from shared.storage.retention import Retention, deleting

_deliveries: Final = cast("Table", Delivery.__table__)
DELIVERIES: Final = Retention(
    _deliveries,
    begun=_deliveries.c.created_at,
    closed=_deliveries.c.closed_at,
    can_go=true(),
    lifetime=lambda settings: timedelta(days=settings.delivery_retention),
    # Their attempts go with them, by the foreign key.
    delete=deleting(_deliveries, _deliveries.c.closed_at),
)
"""Closed deliveries. The journal keeps their events."""
