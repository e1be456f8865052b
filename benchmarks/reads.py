"""A read of one row against the raw parts, and what the gateway adds to it.

By processor time, which says more than seconds on a machine that is shared.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx

from benchmarks.load import Cost, cost
from benchmarks.table import Measurement
from deploy.processes import Process
from tests.support.processes import Form

COUNT = 500
"""Reads of each contestant in each round."""
RIVALS = {
    "starlette_asyncpg": "raw Starlette + asyncpg",
    "fastapi_orm": "FastAPI + SQLAlchemy's ORM",
    "django_rest": "Django REST framework",
}
WANTED = {"starlette_asyncpg": "≤ 3", "fastapi_orm": "≤ 0.75"}
OURS, WITH_TOKEN, EDGE = "ours", "ours with a token", "the gateway"
DIRECT = "ours, one at a time"
THROUGH = "through the gateway, one at a time"


@dataclass(frozen=True)
class Contestant:
    """A server to ask, and the process whose processor time counts."""

    url: str
    pid: int
    headers: Mapping[str, str] | None = None
    at_once: int = 8


async def rows(form: Form, folder: Path, rounds: int) -> list[Measurement]:
    """Against each rival, and through the gateway."""
    async with AsyncExitStack() as stack:
        paths = await _paths(form)
        contestants = await _contestants(stack, form, folder, paths[0])
        await _agree({contestants[name].url for name in (OURS, *RIVALS)}, paths)
        found: dict[str, list[Cost]] = {name: [] for name in contestants}
        for _ in range(rounds):
            for name, one in contestants.items():
                urls = [one.url + path for path in paths]
                found[name].append(await cost(urls, one.pid, count=COUNT, headers=one.headers, at_once=one.at_once))
    return [*(_against(found, OURS, rival) for rival in RIVALS), _against(found, WITH_TOKEN, OURS), *_edge(found)]


async def _contestants(stack: AsyncExitStack, form: Form, folder: Path, path: str) -> dict[str, Contestant]:
    if form.cluster is None:
        raise ValueError("The gateway is one of those to be measured.")
    ours, edge = form.processes["territory"], form.cluster.edge
    token = (await stack.enter_async_context(form.client("partner"))).http.headers["Authorization"]
    made = {OURS: Contestant(ours.url, ours.pid), WITH_TOKEN: Contestant(ours.url, ours.pid, {"Authorization": token})}
    database = form.database_url.format(service="territory").replace("+asyncpg", "")
    for name in RIVALS:
        module = f"benchmarks.rivals.{name}"
        process = Process((), {"DATABASE_URL": database}, folder / f"{name}.txt", module=module)
        stack.callback(process.stop)
        process.start()
        await process.ready(path)
        made[name] = Contestant(process.url, process.pid)
    [worker] = edge.workers()
    made[EDGE] = Contestant(edge.url, worker)
    made[DIRECT] = Contestant(ours.url, ours.pid, at_once=1)
    made[THROUGH] = Contestant(edge.url, worker, at_once=1)
    return made


async def _paths(form: Form) -> list[str]:
    async with form.client() as anyone:
        page = (await anyone.get("/v1/organisations", params={"limit": 200})).json()
    return [f"/v1/organisations/{organisation['siren']}" for organisation in page["items"]]


async def _agree(urls: set[str], paths: list[str]) -> None:
    """A rival that answers something else would be measured at something else."""
    async with httpx.AsyncClient() as http:
        for path in paths[:20]:
            answers = [(await http.get(url + path)).json() for url in urls]
            if any(answer != answers[0] for answer in answers):
                raise RuntimeError(f"They do not agree about {path}: {answers}")


def _against(found: Mapping[str, list[Cost]], ours: str, rival: str) -> Measurement:
    pairs = [(mine.processor, other.processor) for mine, other in zip(found[ours], found[rival], strict=True)]
    mine, other = (median(each) for each in zip(*pairs, strict=True))
    return Measurement(
        "read of one row, processor time" if ours == OURS else "the same with a token",
        RIVALS.get(rival, "without one"),
        [mine / other for mine, other in pairs],
        WANTED.get(rival, ""),
        f"{mine:.0f} µs, {other:.0f} µs",
    )


def _edge(found: Mapping[str, list[Cost]]) -> list[Measurement]:
    delays = [(mine.median, other.median) for mine, other in zip(found[THROUGH], found[DIRECT], strict=True)]
    costs = [(mine.processor, other.processor) for mine, other in zip(found[EDGE], found[OURS], strict=True)]
    through, direct = (median(each) for each in zip(*delays, strict=True))
    edge, service = (median(each) for each in zip(*costs, strict=True))
    return [
        Measurement(
            "read through the gateway, time to its answer",
            "the service asked directly",
            [mine / other for mine, other in delays],
            "",
            f"{through:.0f} µs, {direct:.0f} µs",
        ),
        Measurement(
            "the gateway's processor time for a read",
            "that of the service",
            [mine / other for mine, other in costs],
            "",
            f"{edge:.0f} µs, {service:.0f} µs",
        ),
    ]
