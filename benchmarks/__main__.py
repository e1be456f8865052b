"""`python -m benchmarks`: everything in one run, on private servers; ratios first, for only they compare machines."""

import asyncio
import os
import statistics
from tempfile import TemporaryFile

from benchmarks import deliveries, latency
from deploy.servers import Postgres, RabbitMQ
from shared import log
from shared.run import say

ROUNDS = 5


async def main() -> None:
    """Measure, and print the table."""
    with TemporaryFile("w") as lines, Postgres() as postgres, RabbitMQ() as rabbitmq:
        # As a service writes them, and not as a terminal shows them.
        log.configure(stream=lines)
        rounds = await deliveries.rates(postgres, ROUNDS)
        delays = await latency.delays(postgres, rabbitmq)
    ratios = sorted(engine / bare for bare, engine in rounds)
    bare, engine = (statistics.median(each) for each in zip(*rounds, strict=True))
    say(f"\n{os.cpu_count()} cores, {_processor()}; PostgreSQL and RabbitMQ on the same machine\n")
    say("| measured | against | ratio | spread | here |")
    say("|---|---|---|---|---|")
    say(
        f"| deliveries a second | a bare aiohttp loop | {statistics.median(ratios):.2f} "
        f"| {ratios[0]:.2f} to {ratios[-1]:.2f} | {engine:,.0f} of {bare:,.0f} |"
    )
    for rate, found in delays.items():
        p50, p95, p99 = latency.quantiles(found)
        say(
            f"| commit → receiver at {rate} events/s | its median | p95 {p95 / p50:.1f}, p99 {p99 / p50:.1f} "
            f"| {len(found):,} events | p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms |"
        )


def _processor() -> str:
    with open("/proc/cpuinfo") as lines:
        return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    asyncio.run(main())
