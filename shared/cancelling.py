"""A task that is cancelled ends as cancelled, whatever error a library makes of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


def cancelled() -> bool:
    """Whether somebody has told this task to end."""
    task = asyncio.current_task()
    return bool(task and task.cancelling())


@asynccontextmanager
async def cancellable() -> AsyncIterator[None]:
    """Turn an error that came of the task's cancellation into the cancellation itself.

    Clients of databases and brokers raise an error of their own then, now and then (`This Connection is closed`), and a
    group of tasks the errors of its members: whoever takes one for a failure tries again, and never ends.
    """
    try:
        yield
    except Exception as error:
        if cancelled():
            raise asyncio.CancelledError from error
        raise
