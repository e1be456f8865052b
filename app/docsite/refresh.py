"""Build the documentation at start, if the folder is out of date."""

import asyncio
import os
import signal
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Thread
from typing import NoReturn

from app.docsite.stamp import built_by, stamp
from shared.runtime import server


class NotBuilt(Exception):
    """The forked process has failed."""


def keep_up_to_date(folder: Path, say: Callable[[str], None]) -> Callable[[], Awaitable[None]]:
    """Build the documentation in a forked process, unless the folder holds what this very code builds.

    Return a function that waits until it is built. Call it while the process has one thread.
    """
    child = None
    if built_by(folder) != stamp():
        # Its end tells the forked process that this one has ended, however it did.
        ended, open_here = os.pipe()
        child = os.fork()
        if not child:
            os.close(open_here)
            Thread(target=_exit_at, args=(ended,), daemon=True).start()
            _build_and_exit(folder)
        os.close(ended)

    async def built() -> None:
        if child:
            _, status = await asyncio.to_thread(os.waitpid, child, 0)
            os.close(open_here)
            if status:
                raise NotBuilt("The documentation could not be built; the terminal says why.")
            say(f"Built the documentation in {folder}")

    return built


def _exit_at(ended: int) -> NoReturn:
    os.read(ended, 1)
    os._exit(1)


def _build_and_exit(folder: Path) -> NoReturn:
    # An end by Ctrl-C is the platform's to tell.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    server.let_go()
    status = 1
    try:
        from app.docsite.build import build  # noqa: PLC0415 - the process that serves does not need it

        build(folder)
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)
