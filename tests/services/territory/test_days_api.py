"""Territories on a day, and as known at a moment: lists, filters, members, forms."""

import re
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from services.territory import queries
from shared.clock import now, today
from shared.settings import Settings
from shared.storage.database import Database
from tests.services.territory.api import NATIONAL, Api
from tests.services.territory.conftest import at_work, moment
from tests.services.territory.places import HAUT_BEARN, LACQ_PAU_TARBES, PAU, PAU_BEARN, RHONE_LEZ

GEOJSON = "application/geo+json"
TERRITORY = f"/v1/territories/{LACQ_PAU_TARBES}"
NEW = "2018-ti-9901"


@pytest.fixture
async def on_both(settings: Settings) -> AsyncIterator[Api]:
    """The service at work, once on each kind of database."""
    async with at_work(settings) as api:
        yield api


async def designate(api: Api, *, status: int = 201, by: str = NATIONAL, **change: Any) -> Any:
    """Designate a territory of one member."""
    body = {
        "code": "ti-9901",
        "phase": "2018",
        "name": "Rhône - Lez (synthétique)",
        "lead_region": "93",
        "members": [RHONE_LEZ],
        "reference": "DEC-2020-07-20/1 (synthétique)",
        "designated_on": "2020-07-20",
        "source": "Relevé de décisions (synthétique)",
        **change,
    }
    return await api.post("/v1/territories", body, by=by, status=status)


async def let_leave(api: Api, siren: str = HAUT_BEARN, left_on: str | None = "2019-06-01") -> Any:
    """Record that a member left, as a correction."""
    body = {
        "members": [{"siren": siren, "memberships": [{"left_on": left_on}]}],
        "reason": "Départ établi (synthétique)",
    }
    return await api.post(f"{TERRITORY}/perimeter/corrections", body, by=NATIONAL, status=200)


async def keys(api: Api, filters: str) -> list[str]:
    """The keys of the territories that a list gives."""
    return [row["key"] for row in await api.collect(f"/v1/territories?{filters}")]


async def changed_library(api: Api) -> None:
    """Change something of each kind: members, a designation, a closing, a wave."""
    await let_leave(api)
    await designate(api)
    closing = {"on": "2022-01-01", "reason": "Fusion (synthétique)"}
    await api.post("/v1/territories/2018-ti-0101/close", closing, by=NATIONAL, status=200)
    wave = {"wave": "prefiguration", "keys": ["2018-ti-0201"], "source": "liste (synthétique)", "reason": "Liste"}
    await api.post("/v1/waves", {**wave, "on": "2019-03-05"}, by=NATIONAL, status=200)


FILTERS = (
    "", "phase=2018", "phase=2023", "region=75", "region=93", "departement=64", "departement=84", f"member={PAU}",
    f"member={HAUT_BEARN}", f"member={RHONE_LEZ}", "q=béarn", "q=haut bearn", "q=lacq pau", "is_pilot=true",
    "is_pilot=unknown", "wave=pilot", "wave=prefiguration", "status=open", "status=closed",
    "phase=2018&region=76&q=pau",
)  # fmt: skip


async def test_the_state_of_today_is_the_state_without_a_day(on_both: Api) -> None:
    api = on_both
    await changed_library(api)

    for filters in FILTERS:
        now_ = await api.collect(f"/v1/territories?{filters}")
        assert await api.collect(f"/v1/territories?{filters}&as_of={today()}") == now_, filters
    for form in ("text/csv", GEOJSON):
        answers = [
            await api.call("GET", f"/v1/territories?phase=2018{day}", headers={"accept": form})
            for day in ("", f"&as_of={today()}")
        ]
        assert answers[0].text == answers[1].text
    for key in (LACQ_PAU_TARBES, NEW, "2018-ti-0101"):
        now_ = await api.get(f"/v1/territories/{key}")
        assert await api.get(f"/v1/territories/{key}?as_of={today()}") == {**now_, "as_of": str(today())}


async def test_everything_of_a_day_is_of_that_day(on_both: Api) -> None:
    api = on_both
    untouched = await api.get(TERRITORY)
    await let_leave(api)

    before, after = [await api.get(f"{TERRITORY}?as_of={day}") for day in ("2019-05-31", "2019-06-01")]

    for name in ("population", "commune_count", "lon", "lat", "regions", "departements", "member_count"):
        assert before[name] == untouched[name]
    assert after["population"] < before["population"]
    assert after["commune_count"] < before["commune_count"]
    assert (after["lon"], after["lat"]) != (before["lon"], before["lat"])
    for day, is_in in (("2019-05-31", True), ("2019-06-01", False)):
        assert (LACQ_PAU_TARBES in await keys(api, f"member={HAUT_BEARN}&as_of={day}")) is is_in
        drawn = await api.get(f"{TERRITORY}?as_of={day}", accept=GEOJSON)
        assert drawn["properties"]["outline"] == ("published" if is_in else "members")
        assert drawn["properties"]["member_count"] == (10 if is_in else 9)
        lists = await api.get(f"/v1/territories?phase=2018&as_of={day}", accept=GEOJSON)
        assert next(each for each in lists["features"] if each["id"] == LACQ_PAU_TARBES) == drawn


async def test_lists_of_a_day_come_in_pages(library: Api) -> None:
    page = await library.get("/v1/territories?phase=2018&as_of=2019-03-05&limit=100")

    rest = await library.get(f"/v1/territories?phase=2018&as_of=2019-03-05&limit=100&cursor={page['next']}")

    # Three were designated in September 2019.
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (100, 46, None)
    assert [each["key"] for each in page["items"]] == sorted(each["key"] for each in page["items"])
    assert page["items"][-1]["key"] < rest["items"][0]["key"]


@pytest.mark.parametrize("path", ["/v1/territories", TERRITORY, f"{TERRITORY}/members", "/v1/territories/counts"])
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("as_of=2999-01-01", "day-not-plausible"),
        ("known_at=2999-01-01T00:00:00Z", "moment-not-settled"),
        ("known_at=2026-01-01", "unprocessable"),
        ("known_at=2026-01-01T00:00:00", "unprocessable"),
    ],
)
async def test_a_day_or_moment_of_which_nothing_can_be_known_is_refused(
    library: Api, path: str, query: str, code: str
) -> None:
    problem = await library.get(f"{path}?{query}", status=422)

    assert problem["code"] == code
    assert problem["errors"][0]["parameter"] == query.partition("=")[0]


async def test_a_moment_that_is_seconds_old_is_refused_with_one_that_is_final(library: Api) -> None:
    young = (now() - timedelta(seconds=1)).isoformat().replace("+00:00", "Z")

    problem = await library.get(f"{TERRITORY}?known_at={young}", status=422)

    assert problem["code"] == "moment-not-settled"
    assert "or an earlier moment, or leave it out" in problem["detail"]


async def test_a_territory_that_was_not_recorded_yet_was_not_known(library: Api) -> None:
    assert await keys(library, "known_at=2020-01-01T00:00:00Z") == []
    problem = await library.get(f"{TERRITORY}?known_at=2020-01-01T00:00:00Z", status=404)
    assert "was not recorded yet" in problem["detail"]


@pytest.mark.usefixtures("settled")
async def test_a_late_correction_does_not_alter_a_report_that_was_issued(on_both: Api, settings: Settings) -> None:
    api = on_both
    paths = [
        f"{address}as_of=2019-09-24"
        for address in (
            f"{TERRITORY}?", f"{TERRITORY}/members?", f"{TERRITORY}/pilots?", "/v1/territories?limit=200&",
            "/v1/territories/counts?", f"/v1/territories?member={HAUT_BEARN}&", "/v1/territories?status=closed&",
            "/v1/territories?wave=prefiguration&",
        )
    ]  # fmt: skip
    first = await moment(settings)
    reports = {
        (path, form): await report(api, f"{path}&known_at={first}", form)
        for path in paths
        for form in media_types(path)
    }
    for (path, form), answer in reports.items():
        assert without_moment(answer) == without_moment(await report(api, path, form)), "what is known now"

    await api.appoint()
    await changed_library(api)
    await api.call(
        "PATCH",
        TERRITORY,
        by=NATIONAL,
        headers={"If-Match": (await api.call("GET", TERRITORY)).headers["etag"]},
        json={"name": "Lacq, Pau et Tarbes", "reason": "Nom établi (synthétique)"},
    )
    second = await moment(settings)

    for (path, form), answer in reports.items():
        assert await report(api, f"{path}&known_at={first}", form) == answer
    assert (await api.get(f"{TERRITORY}?known_at={first}"))["name"] == "Lacq-Pau - Tarbes"
    assert (await api.get(f"{TERRITORY}?known_at={second}"))["name"] == "Lacq, Pau et Tarbes"
    assert await keys(api, f"member={HAUT_BEARN}&as_of=2019-09-24&known_at={second}") == []
    await api.get(f"/v1/territories/{NEW}?known_at={first}", status=404)
    assert (await api.get(f"/v1/territories/{NEW}?known_at={second}"))["known_at"] is not None


def media_types(path: str) -> list[str]:
    """The media types in which an address is read."""
    is_json_only = "counts" in path or "pilots" in path
    return (
        ["application/json"] if is_json_only else ["application/json", *([GEOJSON] if "members?" not in path else [])]
    )


async def report(api: Api, path: str, form: str) -> Any:
    """The answer of an address."""
    path = path.replace("limit=200&", "") if form == GEOJSON else path
    return (await api.call("GET", path, headers={"accept": form})).json()


def without_moment(answer: Any) -> Any:
    """An answer without the moment and the cursor that it names."""
    return {name: value for name, value in answer.items() if name not in ("known_at", "next")}


async def test_counts_are_those_of_the_list_whatever_the_filters(api: Api) -> None:
    await changed_library(api)

    for filters in (each for each in FILTERS if not each.startswith("status") and each):
        for status in ("open", "closed"):
            listed = await api.collect(f"/v1/territories?{filters}&status={status}")
            counts = await api.get(f"/v1/territories/counts?{filters}&status={status}")
            assert counts["at_most"] == len(listed), (filters, status)
    closed = await api.get("/v1/territories/counts?status=closed")
    assert [(each["region"], each["at_most"]) for each in closed["by_region"]] == [("01", 1)]
    both = await api.get("/v1/territories/counts")
    assert both == await api.get("/v1/territories/counts?status=open"), "without a status: those in the programme"


async def test_counts_have_bounds_where_days_of_designation_are_not_known(api: Api) -> None:
    await designate(api)

    found = {
        day: await api.get(f"/v1/territories/counts?phase=2018&as_of={day}")
        for day in ("2018-11-22", "2019-09-24", "2020-07-20", "2022-12-31")
    }

    assert {
        day: (each["known"], each["unknown"], each["at_least"], each["at_most"]) for day, each in found.items()
    } == {
        "2018-11-22": (0, 146, 0, 146),
        "2019-09-24": (3, 146, 3, 149),
        "2020-07-20": (4, 146, 4, 150),
        "2022-12-31": (4, 146, 150, 150),
    }
    last = found["2022-12-31"]
    for parts in (last["by_region"], last["by_wave"]):
        assert sum(part["at_most"] for part in parts) == 150
    assert {part["wave"]: part["at_most"] for part in last["by_wave"]} == {None: 140, "pilot": 10}


async def test_an_unknown_day_of_designation_has_bounds(library: Api) -> None:
    territory = await library.get(TERRITORY)

    assert territory["designated_on"] is None
    assert territory["designated_between"] == {"earliest": "2018-11-22", "latest": "2022-12-31"}
    assert territory["membership"] == "unknown"
    assert (await library.get("/v1/territories/2018-ti-5214"))["designated_between"] is None


async def test_a_member_of_both_phases_is_in_each_on_its_days(library: Api) -> None:
    assert await keys(library, f"member={PAU_BEARN}&as_of=2023-11-08") == [LACQ_PAU_TARBES]
    assert await keys(library, f"member={PAU_BEARN}&as_of=2023-11-09") == [LACQ_PAU_TARBES, "2023-ti-7510"]


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/v1/territories?as_of=1789-07-14", "2018-11-22"),
        ("/v1/territories?as_of=2018-11-21", "2018-11-22"),
        ("/v1/territories?phase=2023&as_of=2019-03-05", "2023-11-09"),
        ("/v1/territories/counts?phase=2023&as_of=2023-11-08", "2023-11-09"),
        ("/v1/committees?as_of=2018-11-21", "2018-11-22"),
        ("/v1/figures?as_of=1789-07-14", "2018-11-22"),
        ("/v1/guides?as_of=1789-07-14", "2018-11-22"),
    ],
)
async def test_a_day_before_the_programme_or_its_phase_is_refused(library: Api, path: str, first: str) -> None:
    refusal = await library.get(path, status=422)

    assert refusal["code"] == "day-not-plausible"
    assert refusal["errors"] == [{"parameter": "as_of", "detail": f"before {first}"}]


@pytest.mark.parametrize("path", ["/v1/territories", "/v1/territories/counts"])
@pytest.mark.parametrize(
    ("phase", "known_at", "first"),
    [("", "0001-01-01T00:00:00Z", "2018-11-22"), ("phase=2023&", "2019-03-05T12:00:00Z", "2023-11-09")],
)
async def test_a_moment_before_the_programme_or_its_phase_is_refused(
    library: Api, path: str, phase: str, known_at: str, first: str
) -> None:
    refusal = await library.get(f"{path}?{phase}known_at={known_at}", status=422)

    assert refusal["errors"] == [{"parameter": "known_at", "detail": f"before {first}"}]
    assert refusal["detail"].startswith("`known_at` is")
    by_day = await library.get(f"{path}?{phase}known_at={known_at}&as_of=2018-11-21", status=422)
    assert by_day["errors"] == [{"parameter": "as_of", "detail": f"before {first}"}]


@pytest.mark.parametrize("searched", [None, "pau"])
async def test_states_read_only_what_they_need(database: Database, searched: str | None) -> None:
    statements: list[str] = []
    listened = (database.engine.sync_engine, "before_cursor_execute", lambda *called: statements.append(called[2]))
    event.listen(*listened)
    async with database.reading() as session:
        states = await queries.all_states(session, queries.TerritoryFilters(as_of=date(2024, 6, 1), q=searched))
    event.remove(*listened)

    assert states
    read = {table for statement in statements for table in re.findall(r"(?:FROM|JOIN) (\w+)", statement)}
    needed = {"territories", "phases", "territory_regions", "memberships"}
    assert read == (needed | {"organisations"} if searched else needed)


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("searched", [None, "pau"])
async def test_states_known_at_a_moment_read_organisations_only_to_find_names(
    database: Database, on_sqlite: Settings, searched: str | None
) -> None:
    known_at = datetime.fromisoformat(await moment(on_sqlite))
    collections: list[str] = []
    listened = (
        database.engine.sync_engine,
        "before_cursor_execute",
        lambda *called: collections.extend({"organisations", "territories"}.intersection(map(str, called[3]))),
    )
    event.listen(*listened)
    async with database.reading() as session:
        states = await queries.all_states(session, queries.TerritoryFilters(known_at=known_at, q=searched))
    event.remove(*listened)

    assert states
    assert set(collections) == ({"territories", "organisations"} if searched else {"territories"})
