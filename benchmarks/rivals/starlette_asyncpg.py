"""The raw parts: Starlette, asyncpg and one statement."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from benchmarks.rivals import DATABASE_URL, serve

STATEMENT = """
    SELECT siren, name, kind, aliases, names, region_code AS region, successor_siren AS successor, valid_from, valid_to,
        duplicate_of_siren AS duplicate_of, distinct_from, source, synthetic, version
    FROM organisations
    WHERE siren = $1
"""


async def read(request: Request) -> Response:
    """One organisation."""
    async with request.app.state.pool.acquire() as connection:
        row = await connection.fetchrow(STATEMENT, request.path_params["siren"])
    if row is None:
        return Response(status_code=404)
    lists = {name: json.loads(row[name]) for name in ("aliases", "names", "distinct_from")}
    return JSONResponse({**row, **lists})


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """A pool as large as ours."""
    async with asyncpg.create_pool(DATABASE_URL, min_size=1, max_size=10) as pool:
        app.state.pool = pool
        yield


if __name__ == "__main__":
    serve(Starlette(routes=[Route("/v1/organisations/{siren}", read)], lifespan=lifespan))
