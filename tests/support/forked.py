"""Processes of the platform that are forked from one that has imported it already, and so start in a tenth of the time.

Each is a process of its own: it has its session, its environment, its output and its exit code. Some tests are about a
start itself, and start an interpreter as users do: those of `make run`, `make cluster` and the README.
"""

import ctypes
import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from deploy import processes
from deploy.processes import ROOT, Spawn

_context: Final = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["app.cli", "app.embedded", "app.docsite.refresh", "tests.support.preloaded"])
PR_SET_PDEATHSIG: Final = 1
"""Option of `prctl(2)`: the signal that a process gets when its parent ends."""
_CPUS: Final = frozenset(os.sched_getaffinity(0))


class Forked:
    """A forked process, with the interface of `subprocess.Popen`."""

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        self._pid = process.pid or 0

    @property
    def pid(self) -> int:
        """Process id."""
        return self._pid

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal; None while the process runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the exit code, None while the process runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; return the exit code. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process.name), timeout or 0)
        return self._process.exitcode

    def send_signal(self, sig: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self._pid, sig)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._process.kill()


def fork(module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Forked:
    """Run a module in a forked process; its output goes to the end of a file, or into a FIFO.

    On SQLite it keeps to the CPU of its worker: `own_cpu` says why.
    """
    cpus = _CPUS if environment.get("TERRITORIES_DATABASE_URL") else {own_cpu()}
    process = _context.Process(
        target=_run, args=(module, list(arguments), dict(environment), log, cpus),
        name=f"{module} {' '.join(arguments)}", daemon=True,
    )  # fmt: skip
    process.start()
    return Forked(process)


def own_cpu() -> int:
    """Return one of the CPUs, another one for each worker.

    Each statement of SQLite runs in a thread of its connection, and to wake a thread on another CPU costs more than
    most statements.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return sorted(_CPUS)[int(worker.removeprefix("gw")) % len(_CPUS)]


def _run(module: str, arguments: list[str], environment: dict[str, str], log: Path, cpus: Set[int]) -> None:
    """Become `python -m module`."""
    os.sched_setaffinity(0, cpus)
    # It ends with the tests, however these end: with the process that it was forked from.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(output, stream.fileno())
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


class Command:
    """A command of `python -m services` under way."""

    def __init__(self, *arguments: str, environment: Mapping[str, str]) -> None:
        with TemporaryDirectory() as folder:
            os.mkfifo(fifo := Path(folder) / "output")
            self.process = fork("services", arguments, {**os.environ, **environment}, fifo)
            # Both ends wait here for each other.
            self.output = fifo.open()

    def finish(self, seconds: float = 120) -> str:
        """Wait for the end; return what it wrote and nobody has read."""
        with self.output:
            text = self.output.read()
        self.process.wait(seconds)
        return text


@contextmanager
def spawning(spawn: Spawn) -> Iterator[None]:
    """Start the processes of the platform in this way."""
    former, processes.spawn = processes.spawn, spawn
    try:
        yield
    finally:
        processes.spawn = former
