"""Write log lines without ever failing or waiting: a line never changes what the platform does.

A disk may be full, and nobody may read the standard output. Lines that cannot be written now wait in memory and are
written with a later one. Beyond `LIMIT` they are dropped and counted.
"""

import os
import select
from threading import Lock
from typing import Final, TextIO

from shared.telemetry import metrics

LIMIT: Final = 1_000_000
"""Bytes that wait at most."""


class LineWriter:
    """A file that log lines are written to, such as the standard output."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._file = stream.fileno()
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLOUT)
        self._waiting = bytearray()
        self._lock = Lock()

    def write(self, text: str) -> None:
        """Write a line, its end included, or keep it for later."""
        line = text.encode(errors="backslashreplace")
        with self._lock:
            if len(self._waiting) + len(line) > LIMIT:
                metrics.log_lines_dropped.inc()
            else:
                self._waiting += line
            self._write_waiting()

    def flush(self) -> None:
        """Do nothing: no line is held back that could be written."""

    def _write_waiting(self) -> None:
        try:
            # A pipe that is ready takes so many bytes without waiting.
            while self._waiting and self._poll.poll(0):
                written = os.write(self._file, self._waiting[: select.PIPE_BUF])
                del self._waiting[:written]
        except OSError:
            # It is in no log: there is none. The line waits.
            return
