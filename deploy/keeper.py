"""Child processes that do not outlive this one, in a temporary folder that does not either."""

import atexit
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from signal import SIGKILL, SIGSTOP, Signals
from typing import Any


@cache
def account() -> dict[str, Any]:
    """PostgreSQL refuses to run as root, and RabbitMQ need not."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def give(path: Path) -> None:
    """Make a file or a folder the server's own."""
    if owner := account():
        os.chown(path, owner["user"], owner["group"])


@cache
def run_folder() -> Path:
    """The folder of this run, and beside it the keeper, who ends and removes what is left.

    A process that notices the end of this one by the closing of a pipe, and not a parent-death signal: that one follows
    the thread that started a server, does not reach the server's children, and removes no folder.
    """
    root = Path(tempfile.mkdtemp(prefix="servers-"))
    root.chmod(0o711)
    (root / "pids").mkdir()
    keeper = subprocess.Popen(
        [sys.executable, "-I", __file__, root],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    atexit.register(keeper.communicate)
    return root


def _keep(root: Path) -> None:
    """Wait until the process that started the servers is gone, however it went, then end what is left."""
    sys.stdin.buffer.read()
    for note in (root / "pids").iterdir():
        # Whatever is wrong with one, the others end too.
        with suppress(OSError, ValueError):
            _end(int(note.name), Signals(int(note.read_text())))
    shutil.rmtree(root, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        return _stat(pid)[0] not in "ZX"
    except OSError:
        return False


def _stat(pid: int) -> list[str]:
    """State, parent and so on; the name before them may hold spaces and parentheses."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            children[int(_stat(int(entry.name))[1])].append(int(entry.name))
    members = [pid]
    for member in members:
        members.extend(children[member])
    return members


def send(pid: int, number: Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _kill(pid: int) -> None:
    """End a process and its children at once, as a power cut would."""
    # Stopped first, it bears no child that the list would miss.
    send(pid, SIGSTOP)
    members = family(pid)
    for member in members:
        send(member, SIGKILL)
    wait_until(lambda: not any(map(_alive, members)), 10)


def _end(pid: int, farewell: Signals) -> None:
    """End a process by the signal it likes best, and at the latest by the one that it cannot refuse."""
    if farewell is not SIGKILL:
        send(pid, farewell)
        wait_until(lambda: not _alive(pid), 10)
    if _alive(pid):
        _kill(pid)


def wait_until(ready: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.03)
    return True


class Child:
    """A server's process; its id is written down for the keeper as long as it lives."""

    def __init__(self, *command: str | Path, folder: Path, env: Mapping[str, str], farewell: Signals = SIGKILL) -> None:
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **account(),
            )
        self.pid = self._process.pid
        self._farewell = farewell
        self._note = run_folder() / "pids" / str(self.pid)
        self._note.write_text(str(int(farewell)))

    def ended(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        if not self.ended():
            _kill(self.pid)
        self._forget()

    def end(self) -> None:
        if not self.ended():
            _end(self.pid, self._farewell)
        self._forget()

    def _forget(self) -> None:
        # Reaped here: a restarted PostgreSQL takes its former self, as a zombie, for a living one.
        self._process.wait()
        self._note.unlink(missing_ok=True)


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
