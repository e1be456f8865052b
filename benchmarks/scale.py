"""Lists and progress with ten thousand and with a million action sheets: flat, or not."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import asyncpg
from starlette.requests import Request
from starlette.responses import Response

from benchmarks.table import Measurement
from shared.events.codes import is_siren
from shared.http.pagination import PageRequest
from tests.support import platforms
from tests.support.processes import Client

SMALL, LARGE = 10**4, 10**6
EACH = 30
"""Calls of each kind in each round."""
CHUNK = 50_000
CURSOR_KEY = "a key of the benchmarks"

CARRIERS = [siren for number in range(30_000) if is_siren(siren := f"{number:09}")]
"""Synthetic, as all below 000300000."""

SHEETS = """
    WITH places AS (
        SELECT row_number() OVER (ORDER BY key) - 1 AS place, count(*) OVER () AS many, key, phase, regions
        FROM known_territories
    )
    INSERT INTO actions (
        id, lead_territory, number, phase, territories, lead_regions, regions, status, title, search, axes, main_axis,
        issues, carriers, partners, milestones, opinions, submitted_at, decided_at, created_at, updated_at, version
    )
    SELECT
        gen_random_uuid(), key, 'A-' || serial, phase, json_build_array(key), regions, regions,
        (ARRAY['submitted', 'validated'])[1 + i % 2], 'Fiche synthétique ' || i,
        format(' ^fiche.synthetique.%s ^%s fiche synthetique %s a %s =fich =synthet ', i, serial, i, serial),
        '["recruter"]', 'recruter', '[]',
        json_build_array(json_build_object('siren', carrier, 'name', 'Porteur synthétique')),
        '[]', '[]', '[]', day, day, day, day, 1
    FROM generate_series($1::int, $2::int) AS i
    JOIN places ON place = i % many,
    LATERAL (
        SELECT timestamptz '2019-01-01 12:00Z' + i % 2000 * interval '1 day' AS day,
            ($3::text[])[1 + i % array_length($3::text[], 1)] AS carrier,
            lpad((i / many)::text, 6, '0') AS serial
    ) AS drawn
"""
TAGS = """
    INSERT INTO action_tags (kind, code, object_id, lead_territory, number)
    SELECT kind, code, id, lead_territory, number
    FROM actions,
    LATERAL (
        SELECT 'territory' AS kind, lead_territory AS code
        UNION ALL SELECT 'region', json_array_elements_text(regions)
        UNION ALL SELECT 'axis', main_axis
        UNION ALL SELECT unnest(ARRAY['organisation', 'carrier']), carriers -> 0 ->> 'siren'
    ) AS tags
"""
REGISTERED = """
    INSERT INTO known_organisations (siren, name, kind, synthetic)
    SELECT siren, 'Porteur synthétique', 'company', true FROM unnest($1::text[]) AS siren
"""
TALLIES = """
    INSERT INTO tallies (grain, start, measure, phase, region, axis, count)
    SELECT grain, date_trunc(grain, submitted_at)::date, measure, phase, region, main_axis, count(*)
    FROM actions, unnest(ARRAY['year', 'month', 'day']) AS grain, unnest(ARRAY['action:sent_up', 'action:' || status])
        AS measure, LATERAL (SELECT '' AS region UNION ALL SELECT json_array_elements_text(regions)) AS regions
    GROUP BY grain, date_trunc(grain, submitted_at)::date, measure, phase, region, main_axis
"""
"""Insert the sum of the counts that `count` adds for each sheet."""

CALLS = {
    "first page of all sheets": ("delegation", "/v1/actions"),
    "page in the middle of all sheets": ("delegation", "/v1/actions?cursor={middle}"),
    "sheets of a state": ("delegation", "/v1/actions?status=validated"),
    "sheets of a Region": ("delegation", "/v1/actions?region=75"),
    "sheets of a territory": ("delegation", "/v1/actions?territory=2018-ti-7505"),
    "sheets by a common word": ("delegation", "/v1/actions?q=fiches"),
    "sheets by a rare word": ("delegation", "/v1/actions?q=4321"),
    "sheets by common words and a rare one": ("delegation", "/v1/actions?q=fiche+synth%C3%A9tique+4321"),
    "sheets by a word that none has": ("delegation", "/v1/actions?q=hydrog%C3%A8ne"),
    "sheets by words that a territory may see": ("territory", "/v1/actions?q=fiche+4321"),
    "sheets of a carrier": ("delegation", "/v1/actions?carrier=000000117"),
    "sheets that a Region may see": ("region", "/v1/actions"),
    "sheets that a territory may see": ("territory", "/v1/actions"),
    "sheets that an operator may see": ("bpifrance", "/v1/actions"),
    "sheets of a Region that an operator may see": ("bpifrance", "/v1/actions?region=75"),
    "progress": ("delegation", "/v1/progress?phase=2018"),
    "progress on a past day": ("delegation", "/v1/progress?phase=2018&as_of=2021-06-17"),
    "progress of a Region": ("delegation", "/v1/progress?phase=2018&region=75"),
}


async def rows(templates: platforms.Templates, folder: Path, rounds: int) -> list[Measurement]:
    """The same calls on either, in turn."""
    async with (
        _platform(templates, folder / "small", SMALL) as small,
        _platform(templates, folder / "large", LARGE) as large,
    ):
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in CALLS}
        for _ in range(rounds):
            for name in CALLS:
                found[name].append((await large.takes(name), await small.takes(name)))
    return [_row(name, pairs) for name, pairs in found.items()]


class FilledPlatform:
    """A platform with so many sheets."""

    def __init__(self, clients: dict[str, Client], middle: str) -> None:
        self._clients = clients
        self._middle = middle

    async def takes(self, call: str) -> float:
        """The median of some calls, in seconds. RuntimeError if one is not answered 200."""
        caller, path = CALLS[call]
        took = []
        for _ in range(EACH):
            begun = time.perf_counter()
            answer = await self._clients[caller].get(path.format(middle=self._middle))
            took.append(time.perf_counter() - begun)
            if answer.status_code != 200:
                raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text}")
        return median(took)


@asynccontextmanager
async def _platform(templates: platforms.Templates, folder: Path, sheets: int) -> AsyncIterator[FilledPlatform]:
    await asyncio.to_thread(folder.mkdir)
    async with platforms.distributed(templates, folder, TERRITORIES_CURSOR_KEY=CURSOR_KEY) as form:
        await _fill(form.database_url.format(service="contract"), sheets)
        async with (
            form.client("delegation") as delegation,
            form.client("region") as region,
            form.client("territory") as territory,
            form.client("bpifrance") as bpifrance,
        ):
            phases = (await delegation.get("/v1/progress")).json()["phases"]
            counted = sum(phase["total"]["actions"]["sent_up"] for phase in phases)
            if counted != sheets:
                raise RuntimeError(f"Progress counts {counted} of {sheets} sheets.")
            clients = {"delegation": delegation, "region": region, "territory": territory, "bpifrance": bpifrance}
            yield FilledPlatform(clients, _cursor("delegation", "2023", "A-000000"))


async def _fill(url: str, sheets: int) -> None:
    """Synthetic sheets, spread over the territories, with their tags and what they add to the counts."""
    database = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        for first in range(0, sheets, CHUNK):
            await database.execute(SHEETS, first, min(first + CHUNK, sheets) - 1, CARRIERS)
        await database.execute(REGISTERED, CARRIERS)
        await database.execute(TAGS)
        await database.execute(TALLIES)
        await database.execute("VACUUM ANALYZE")
    finally:
        await database.close()


def _cursor(client: str, *values: str) -> str:
    """Return the cursor of a client that has read that far."""
    request = Request({"type": "http", "method": "GET", "path": "/v1/actions", "query_string": b"", "headers": []})
    pagination = PageRequest(
        50, None, CURSOR_KEY.encode(), json.dumps(["/v1/actions", client, []]), request, Response()
    )
    return pagination.cursor(values)


def _row(name: str, pairs: list[tuple[float, float]]) -> Measurement:
    large, small = (median(each) * 1000 for each in zip(*pairs, strict=True))
    return Measurement(
        f"{name}, of 10⁶",
        "of 10⁴",
        [million / few for million, few in pairs],
        "flat",
        f"{large:.1f} ms, {small:.1f} ms",
    )
