"""Failpoints: named points on the path of an event where a kill test ends the process.

    after-commit        the change and its outbox rows are committed, the caller is not yet answered
    before-publish      the relay has read its rows
    after-publish       the bus has confirmed, the rows are not yet marked
    after-mark          the rows are marked as published
    before-inbox        a message is taken off the bus, nothing is stored
    after-inbox         the inbox rows are committed, the message is not yet acknowledged
    in-handler          the handler has run, its transaction is open
    after-handler       the effect and the closed inbox row are committed

Of its delivery to a subscriber:

    after-post          the receiver has answered, the attempt is not yet written

`TERRITORIES_EXIT_AT` arms one: it holds its name, or `file:` and the path of a file that holds the name. Such a file is
read at each failpoint, so that a test arms a process that is already running. In production none is armed, and a
failpoint costs one comparison.
"""

import os
import signal
from pathlib import Path
from typing import Final

FAILPOINTS: Final = (
    "after-commit",
    "before-publish",
    "after-publish",
    "after-mark",
    "before-inbox",
    "after-inbox",
    "in-handler",
    "after-handler",
)
DELIVERY_FAILPOINTS: Final = ("after-post",)

_armed: str | Path | None = None


def arm(name: str) -> None:
    """End this process by SIGKILL when it reaches the failpoint; an empty name disarms.

    Raises ValueError if no failpoint has this name.
    """
    global _armed  # noqa: PLW0603 - one process, one armed failpoint
    if name.startswith("file:"):
        _armed = Path(name.removeprefix("file:"))
        return
    if name and name not in FAILPOINTS + DELIVERY_FAILPOINTS:
        raise ValueError(f"{name} is not a failpoint: {', '.join(FAILPOINTS + DELIVERY_FAILPOINTS)}")
    _armed = name or None


def failpoint(name: str) -> None:
    """Mark a point of the path; end the process if it is armed."""
    if _armed and name == (_armed.read_text() if isinstance(_armed, Path) else _armed):
        os.kill(os.getpid(), signal.SIGKILL)
