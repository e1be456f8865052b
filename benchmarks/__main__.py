"""`python -m benchmarks`: everything in one run, on private servers; `python -m benchmarks relay`: that alone."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Final

from benchmarks import beside, deliveries, documents, latency, reads, relay, scale, start
from benchmarks.table import HEAD, Measurement
from deploy.servers import Postgres, RabbitMQ
from shared.runtime.server import say
from shared.telemetry import log
from tests.support import platforms

PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN: Final = "<!-- written by make bench: begin -->"
END: Final = "<!-- written by make bench: end -->"

ROUNDS = 5
FEWER = 3
"""Rounds of the long measurements."""


class Run:
    """The private servers, and the reference data once it is loaded."""

    def __init__(self, postgres: Postgres, rabbitmq: RabbitMQ, folder: Path) -> None:
        self.templates = platforms.Templates(postgres, rabbitmq)
        self.postgres = postgres
        self.rabbitmq = rabbitmq
        self._folder = folder

    async def load(self) -> None:
        """Load the reference data, of which each platform that is measured gets a copy."""
        await platforms.load(self.templates, self.folder("loading"))

    def folder(self, name: str) -> Path:
        """A folder of its own."""
        made = self._folder / name
        made.mkdir()
        return made


async def _reads(run: Run) -> list[Measurement]:
    folder = run.folder("reads")
    async with platforms.cluster(run.templates, folder) as form:
        return await reads.rows(form, folder, ROUNDS)


MEASURES: dict[str, Callable[[Run], Awaitable[list[Measurement]]]] = {
    "reads": _reads,
    "relay": lambda run: relay.rows(run.postgres, run.rabbitmq, run.folder("relay"), ROUNDS),
    "deliveries": lambda run: deliveries.rows(run.postgres, run.folder("deliveries"), ROUNDS),
    "backlog": lambda run: deliveries.backlog(run.postgres, run.folder("backlog")),
    "beside": lambda run: beside.rows(run.postgres, run.folder("beside"), FEWER),
    "latency": lambda run: latency.rows(run.templates, run.folder("latency")),
    "scale": lambda run: scale.rows(run.templates, run.folder("scale"), FEWER),
    "documents": lambda run: documents.rows(run.templates, run.folder("documents"), FEWER),
    "start": lambda _: start.rows(FEWER),
}


async def main(names: Sequence[str]) -> None:
    """Measure, print the table row by row, and write a complete one into the documentation."""
    with TemporaryFile("w") as lines, TemporaryDirectory() as folder, Postgres() as postgres, RabbitMQ() as rabbitmq:
        # As a service writes them, and not as a terminal shows them.
        log.configure(stream=lines)
        run = Run(postgres, rabbitmq, Path(folder))
        await run.load()
        machine = f"{os.cpu_count()} cores, {_processor()}; PostgreSQL, RabbitMQ and all processes on the same machine."
        say(f"{machine}\n\n{HEAD}")
        written = [HEAD]
        for name in names:
            for row in await MEASURES[name](run):
                say(str(row))
                written.append(str(row))
    if set(names) == set(MEASURES):
        write(f"{machine}\n\n" + "\n".join(written))


def write(figures: str, page: Path = PAGE) -> None:
    """Replace the figures in the documentation page."""
    before, _, rest = page.read_text().partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{figures}\n{END}{rest.partition(END)[2]}")


def _processor() -> str:
    with open("/proc/cpuinfo") as lines:
        return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    chosen = sys.argv[1:] or list(MEASURES)
    if unknown := sorted(set(chosen) - set(MEASURES)):
        sys.exit(f"There is nothing to measure of the name {', '.join(unknown)}: choose from {', '.join(MEASURES)}.")
    # Told to end, it first ends what it has started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    asyncio.run(main(chosen))
