"""Make a cancelled task end as cancelled, whatever error a library raises instead."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


def cancelled() -> bool:
    """True if this task has been cancelled."""
    task = asyncio.current_task()
    return bool(task and task.cancelling())


@asynccontextmanager
async def cancellable() -> AsyncIterator[None]:
    """Convert an error caused by the cancellation of this task into `CancelledError`.

    Database and broker clients sometimes raise their own error on cancellation (`This Connection is closed`); a task
    group raises the errors of its members. A retry loop would take it for a failure and never end.
    """
    try:
        yield
    except Exception as error:
        if cancelled():
            raise asyncio.CancelledError from error
        raise
