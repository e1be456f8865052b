"""The same read of one row by others: each a process of its own, on the same table, with the same answer.

They check no token, keep to no media type, limit nothing and log nothing: what ours does beside the read is in its
ratio. Each listens on `TERRITORIES_PORT` and reads from `DATABASE_URL`.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

PORT = int(os.environ.get("TERRITORIES_PORT", "0"))
DATABASE_URL = os.environ.get("DATABASE_URL", "")
"""As libpq has it: `postgresql://…`."""


def serve(app: Callable[..., Awaitable[Any]]) -> None:
    """One process of uvicorn, set as ours is."""
    uvicorn.run(app, port=PORT, log_config=None, access_log=False, server_header=False, proxy_headers=False)
