"""Lists and progress with ten thousand and with a million action sheets: flat, or not; search of 35,000 communes."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import permutations
from pathlib import Path
from statistics import median
from urllib.parse import quote

import asyncpg
from starlette.requests import Request
from starlette.responses import Response

from benchmarks.table import Measurement
from services.contract.rules.search import search_text
from shared.events.codes import is_siren
from shared.http.pagination import PageRequest
from tests.support import platforms
from tests.support.processes import Client

SMALL, LARGE = 10**4, 10**6
EACH = 30
"""Calls of each kind in each round."""
CHUNK = 50_000
CURSOR_KEY = "a key of the benchmarks"

COMMON = ["formation", "industrie", "foncier", "attractivité", "transition", "recrutement", "logement", "mobilité"]
"""Each stands in a quarter of the titles."""
PAIRS = list(permutations(COMMON, 2))
SYLLABLES = [first + second for first in "bdfglmnprt" for second in ("a", "i", "o", "ur")]
TITLES = 19_997
"""Distinct titles, one after the other. A prime number: no word keeps to some territories."""
WORDS_OF = 4321
"""Title whose words are looked for: that of one sheet in 10⁴, of 50 in 10⁶."""

CARRIERS = [siren for number in range(30_000) if is_siren(siren := f"{number:09}")]
"""Synthetic, as all below 000300000."""

SHEETS = """
    WITH places AS (
        SELECT row_number() OVER (ORDER BY key) - 1 AS place, count(*) OVER () AS many, key, phase, regions
        FROM known_territories
    ), titles AS (
        SELECT place - 1 AS line, title, text
        FROM unnest($4::text[], $5::text[]) WITH ORDINALITY AS given (title, text, place)
    )
    INSERT INTO actions (
        id, lead_territory, number, phase, territories, lead_regions, regions, status, title, search, axes, main_axis,
        issues, carriers, partners, milestones, opinions, submitted_at, decided_at, created_at, updated_at, version,
        text_version, submitted_version
    )
    SELECT
        gen_random_uuid(), key, 'A-' || serial, phase, json_build_array(key), regions, regions,
        (ARRAY['submitted', 'validated'])[1 + i % 2],
        titles.title,
        replace(text, '000000', serial) || CASE WHEN place >= many - 5 THEN 'tardif =tardif ' ELSE '' END,
        '["recruter"]', 'recruter', '[]',
        json_build_array(json_build_object('siren', carrier, 'name', 'Porteur synthétique')),
        '[]', '[]', '[]', day, day, day, day, 1, 1, 1
    FROM generate_series($1::int, $2::int) AS i
    JOIN places ON place = i % many
    JOIN titles ON line = i % array_length($4::text[], 1),
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
INDEXES = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
        format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conname = 'pk_action_tags'
    UNION ALL
    SELECT format('DROP INDEX %I', indexname), indexdef FROM pg_indexes
    WHERE tablename IN ('actions', 'action_tags') AND starts_with(indexname, 'ix_')
"""
"""Statements that drop and create what is slower to keep than to build, row by row."""
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
    "sheets by a rare word": ("delegation", "/v1/actions?q={rare}"),
    "sheets by a word that none has": ("delegation", "/v1/actions?q=hydrog%C3%A8ne"),
    "sheets by a middling word": ("delegation", "/v1/actions?q={middling}"),
    "sheets by a common word": ("delegation", "/v1/actions?q=formations"),
    "sheets by two common words": ("delegation", "/v1/actions?q=formation+industrie"),
    "sheets by a word that all have and a rare one": ("delegation", "/v1/actions?q=fiche+{rare}"),
    "sheets by a common word of the last territories": ("delegation", "/v1/actions?q=tardif"),
    "sheets by a word that all have and one of the last territories": ("delegation", "/v1/actions?q=fiche+tardif"),
    "sheets by three common words that none has together": (
        "delegation",
        "/v1/actions?q=formation+industrie+foncier",
    ),
    "sheets by their title": ("delegation", "/v1/actions?q={title}"),
    "sheets by their number": ("delegation", "/v1/actions?q=A-000012"),
    "sheets of a Region by a common word": ("delegation", "/v1/actions?region=75&q=formation"),
    "sheets of a Region by a word of other territories": ("delegation", "/v1/actions?region=75&q=tardif"),
    "sheets by words that an operator may see": ("bpifrance", "/v1/actions?q=formation+{rare}"),
    "sheets by words that a territory may see": ("territory", "/v1/actions?q=fiche+synth%C3%A9tique"),
    "sheets of a carrier": ("delegation", "/v1/actions?carrier=000000117"),
    "sheets that a Region may see": ("region", "/v1/actions"),
    "sheets that a territory may see": ("territory", "/v1/actions"),
    "sheets that an operator may see": ("bpifrance", "/v1/actions"),
    "sheets of a Region that an operator may see": ("bpifrance", "/v1/actions?region=75"),
    "progress": ("delegation", "/v1/progress?phase=2018"),
    "progress on a past day": ("delegation", "/v1/progress?phase=2018&as_of=2021-06-17"),
    "progress of a Region": ("delegation", "/v1/progress?phase=2018&region=75"),
}

COMMUNES = "/v1/communes"
SEARCHES = {
    "communes by a word that none has": f"{COMMUNES}?q=hydrog%C3%A8ne",
    "communes by a rare word": f"{COMMUNES}?q=oloron",
    "communes by a common word": f"{COMMUNES}?q=saint",
    "communes by two words": f"{COMMUNES}?q=saint+martin",
    "communes by a whole name": f"{COMMUNES}?q=Saint-Denis",
    "communes by a word of the last ones": f"{COMMUNES}?q=mamoudzou",
}


async def rows(templates: platforms.Templates, folder: Path, rounds: int) -> list[Measurement]:
    """The same calls on either, in turn."""
    async with (
        _platform(templates, folder / "small", SMALL) as small,
        _platform(templates, folder / "large", LARGE) as large,
    ):
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in [*CALLS, *SEARCHES]}
        for _ in range(rounds):
            for name, (caller, path) in CALLS.items():
                found[name].append((await large.takes(caller, path), await small.takes(caller, path)))
            for name, path in SEARCHES.items():
                both = [await small.takes("delegation", each) for each in (path, COMMUNES)]
                found[name].append((both[0], both[1]))
    sheets = [_row(f"{name}, of 10⁶", "of 10⁴", "flat", found[name]) for name in CALLS]
    return [*sheets, *(_row(name, "a page of all 35,000", "", found[name]) for name in SEARCHES)]


class FilledPlatform:
    """A platform with so many sheets."""

    def __init__(self, clients: dict[str, Client], middle: str) -> None:
        self._clients = clients
        self._middle = middle

    async def takes(self, caller: str, path: str) -> float:
        """The median of some calls, in seconds. RuntimeError if one is not answered 200."""
        title = _title(WORDS_OF)
        *_, middling, rare = title.split()
        path = path.format(middle=self._middle, title=quote(title), middling=middling, rare=rare)
        took = []
        for _ in range(EACH):
            begun = time.perf_counter()
            answer = await self._clients[caller].get(path)
            took.append(time.perf_counter() - begun)
            if answer.status_code != 200:
                raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text}")
        return median(took)


@asynccontextmanager
async def _platform(templates: platforms.Templates, folder: Path, sheets: int) -> AsyncIterator[FilledPlatform]:
    await asyncio.to_thread(folder.mkdir)
    async with platforms.distributed(templates, folder, TERRITORIES_CURSOR_KEY=CURSOR_KEY) as form:
        await fill(form.database_url.format(service="contract"), sheets)
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


async def fill(url: str, sheets: int) -> None:
    """Synthetic sheets, spread over the territories, with their tags and what they add to the counts."""
    database = await asyncpg.connect(url.replace("+asyncpg", ""))
    titles = [_title(number) for number in range(TITLES)]
    texts = [search_text("A-000000", title) for title in titles]
    try:
        # References hold, and an index is built at once sooner than row by row.
        await database.execute("SET session_replication_role = replica; SET maintenance_work_mem = '256MB'")
        indexes = await database.fetch(INDEXES)
        for drop, _ in indexes:
            await database.execute(drop)
        for first in range(0, sheets, CHUNK):
            await database.execute(SHEETS, first, min(first + CHUNK, sheets) - 1, CARRIERS, titles, texts)
        await database.execute(REGISTERED, CARRIERS)
        await database.execute(TAGS)
        for _, create in indexes:
            await database.execute(create)
        await database.execute(TALLIES)
        await database.execute("VACUUM ANALYZE")
    finally:
        await database.close()


def _title(number: int) -> str:
    """Return a synthetic title: two common words of eight, a middling one of 1,600, and a rare one that is its own."""
    first, second = divmod(number * 1009 % len(SYLLABLES) ** 2, len(SYLLABLES))
    common, middling = " ".join(PAIRS[number % len(PAIRS)]), SYLLABLES[first] + SYLLABLES[second]
    return f"Fiche synthétique {common} {middling} {_rare(number)}"


def _rare(number: int) -> str:
    """Return a word of five syllables."""
    syllables = []
    for _ in range(5):
        number, place = divmod(number * 7 + 3, len(SYLLABLES))
        syllables.append(SYLLABLES[place])
    return "".join(syllables)


def _cursor(client: str, *values: str) -> str:
    """Return the cursor of a client that has read that far."""
    request = Request({"type": "http", "method": "GET", "path": "/v1/actions", "query_string": b"", "headers": []})
    pagination = PageRequest(
        50, None, CURSOR_KEY.encode(), json.dumps(["/v1/actions", client, []]), request, Response()
    )
    return pagination.cursor(values)


def _row(measured: str, against: str, wanted: str, pairs: list[tuple[float, float]]) -> Measurement:
    ours, others = (median(each) * 1000 for each in zip(*pairs, strict=True))
    ratios = [one / other for one, other in pairs]
    return Measurement(measured, against, ratios, wanted, f"{ours:.1f} ms, {others:.1f} ms")
