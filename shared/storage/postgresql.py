"""Open PostgreSQL connections outside the pool, for locks and notifications. Only this module imports asyncpg."""

from typing import Any, Final

import asyncpg
from sqlalchemy import URL

Connection = Any
"""An asyncpg connection; the library carries no types."""
DRIVER_ERRORS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError)
"""Errors that the driver raises as they are; SQLAlchemy wraps most others."""
CONNECTION_ERRORS: Final = (OSError, TimeoutError, *DRIVER_ERRORS)
CONNECT_TIMEOUT: Final = 5.0
"""Seconds to open a connection."""


async def connect(url: URL) -> Connection:
    """Open a connection; raise one of `CONNECTION_ERRORS`."""
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(address, timeout=CONNECT_TIMEOUT)
