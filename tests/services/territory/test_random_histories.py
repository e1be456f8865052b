"""Random histories through the API: each answer keeps the rules on each day, and answers as known never change."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any, Final

import httpx
import pytest

from shared.clock import today
from shared.settings import Settings
from shared.storage import known
from tests.services.territory.api import Api
from tests.services.territory.conftest import at_work, moment
from tests.services.territory.histories import BODIES, COMMUNES, KEYS, RandomHistory
from tests.services.territory.places import LACQ_PAU_TARBES

SEED: Final = 4
"""With it an act of each kind is done."""
ACTS: Final = 100
MOMENTS: Final = 33
"""Number of acts, and number of acts between two moments of which answers are kept."""
ANNOUNCED: Final = date(2018, 11, 22)
LISTED: Final = date(2022, 12, 31)
"""The announcement of phase 2018, and the day of the list that names its territories."""
CSV: Final = "text/csv"
GEOJSON: Final = "application/geo+json"
Question = tuple[str, str]
"""Address and media type."""


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a moment be final at once: tests number the lines of history themselves."""
    monkeypatch.setattr(known, "SETTLING", timedelta(0))


@pytest.fixture
async def on_both(settings: Settings) -> AsyncIterator[Api]:
    """The service at work, once on each kind of database."""
    async with at_work(settings) as api:
        yield api


@pytest.mark.usefixtures("settled")
async def test_each_answer_keeps_the_rules_whatever_happens(on_both: Api, settings: Settings) -> None:
    random = Random(SEED)
    await on_both.register_company()
    places = await places_of_bodies(on_both)
    history = RandomHistory(on_both, Random(SEED))
    recorded: dict[Question, bytes] = {}
    for number in range(1, ACTS + 1):
        await history.play()
        if number % MOMENTS == 0:
            asked = questions(random, await moment(settings))
            recorded |= {question: await answer(on_both, question) for question in asked}
        if number == ACTS // 2:
            await require_rules(on_both, random, places)
    for _ in range(4):
        await history.appoint(LACQ_PAU_TARBES)
    await history.appoint_rivals(4)
    await require_rules(on_both, random, places)

    for question, first in recorded.items():
        assert await answer(on_both, question) == first, question
    missing = {
        "designate", "close", "wave", "change", "correct perimeter", "correct designated_on", "appoint",
        "replace mandate", "end mandate", "correct mandate", "cancel mandate",
    } - set(history.done)  # fmt: skip
    assert not missing, "of each kind one act is done"


async def places_of_bodies(api: Api) -> dict[str, tuple[int, int, set[str]]]:
    """Return the population, the number of communes and the régions of each body that may be a member."""
    lacq = (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/members"))["items"]
    epcis = {*COMMUNES.values(), *(each["siren"] for each in lacq), *BODIES} - set(COMMUNES)
    found = {}
    for epci in sorted(epcis):
        communes = await api.collect(f"/v1/communes?epci={epci}")
        regions = {each["region_code"] for each in communes}
        found[epci] = (sum(each["population"] for each in communes), len(communes), regions)
        found |= {
            each["siren"]: (each["population"], 1, {each["region_code"]})
            for each in communes
            if each["siren"] in COMMUNES
        }
    assert set(BODIES) <= set(found)
    return found


def questions(random: Random, known_at: str) -> Iterable[Question]:
    """Return some questions about random days, as known at a moment."""
    for key in KEYS:
        day = f"as_of={random_day(random)}&known_at={known_at}"
        yield f"/v1/territories/{key}?{day}", "application/json"
        yield f"/v1/territories/{key}/members?{day}", random.choice(["application/json", CSV])
        yield f"/v1/territories/{key}/{random.choice(['pilots', 'governance'])}?{day}", "application/json"
    day = f"as_of={random_day(random)}&known_at={known_at}"
    yield f"/v1/territories/counts?phase=2018&{day}", "application/json"
    yield f"/v1/territories?phase=2018&limit=200&{day}", "application/json"
    yield f"/v1/territories?phase=2018&member={random.choice(BODIES)}&{day}", CSV
    yield f"/v1/territories/{random.choice(KEYS)}?{day}", GEOJSON
    yield f"/v1/committees?{day}", "application/json"
    yield f"/v1/organisations?limit=200&{day}", "application/json"


def random_day(random: Random) -> date:
    """Return a day during the acts, or one about them."""
    return date(2020, 3, 1) + timedelta(random.randint(0, 16))


async def answer(api: Api, question: Question) -> bytes:
    """The body of the answer; of a refusal, its code: that a territory is recorded later may be said."""
    path, media_type = question
    response = await api.client.get(path, headers={"accept": media_type})
    assert response.status_code in (200, 404), response.text
    return response.content if response.is_success else str(response.json()["code"]).encode()


async def require_rules(api: Api, random: Random, places: dict[str, tuple[int, int, set[str]]]) -> None:
    """Read the territories on each day that matters, and compare the answers with the rules and the facts."""
    rows = {each["key"]: each for each in await api.collect("/v1/territories?phase=2018")}
    played = [key for key in KEYS if key in rows]
    members = {key: (await api.get(f"/v1/territories/{key}/members"))["items"] for key in played}
    pilots = {key: (await api.get(f"/v1/territories/{key}/pilots"))["items"] for key in played}
    waves = {key: (await api.get(f"/v1/territories/{key}"))["waves"] for key in played}
    for key in played:
        require_facts_in_life(rows[key], members[key], pilots[key], waves[key])
    days = days_that_matter([rows[key] for key in played], members, pilots, waves)
    leads: dict[str, str] = {}
    counted = random.sample([day for day in days if day >= ANNOUNCED], 3)
    for day in days:
        shown = []
        for key in played:
            found = await api.client.get(f"/v1/territories/{key}?as_of={day}")
            if day < first_day(rows[key]):
                assert found.status_code == 404, (key, day)
                continue
            territory = content(found)
            require_members(territory, members[key], day, places)
            require_pilots(territory, pilots[key], day)
            is_open = not has_closed(rows[key], day)
            assert territory["status"] == ("open" if is_open else "closed"), (key, day)
            begun = [wave for wave in waves[key] if (wave["since"] or "") <= str(day)]
            assert (territory["waves"], territory["wave"]) == (begun, begun[-1]["wave"] if begun else None), (key, day)
            leads[key], now_ = territory["regions"][0], rows[key]["regions"][0]
            assert leads[key] == now_ or now_ not in territory["regions"], (key, day)
            shown += [each["siren"] for each in territory["members"]] if is_open else []
        assert max(Counter(shown).values(), default=0) <= 1, f"a member twice on {day}"
        beside = [siren for siren in shown if COMMUNES.get(siren) in shown]
        assert not beside, f"{beside} beside its intercommunality on {day}"
        if day in counted:
            counts = await api.get(f"/v1/territories/counts?phase=2018&as_of={day}")
            assert counts == {
                **expected_counts(rows.values(), waves, leads, day),
                "as_of": str(day),
                "known_at": None,
            }, day
    await require_today_as_without_a_day(api, random, played, rows)


def content(response: httpx.Response) -> Any:
    """The content of a response that must be good."""
    assert response.status_code == 200, response.text
    return response.json()


def first_day(territory: Any) -> date:
    """First day of a territory."""
    return date.fromisoformat(territory["designated_on"] or str(ANNOUNCED))


def has_closed(territory: Any, day: date) -> bool:
    """Return True if the territory is out of the programme on a day."""
    return territory["closed_on"] is not None and territory["closed_on"] <= str(day)


def days_that_matter(territories: list[Any], *facts: dict[str, list[Any]]) -> list[date]:
    """Return each day that a fact names, with the days beside it."""
    rows = [*territories, *(row for by_key in facts for found in by_key.values() for row in found)]
    names = ("designated_on", "closed_on", "entered_on", "left_on", "since", "until")
    named = {ANNOUNCED, *(date.fromisoformat(row[name]) for row in rows for name in names if row.get(name))}
    return sorted({day + timedelta(beside) for day in named for beside in (-1, 0, 1)})


def require_facts_in_life(territory: Any, members: list[Any], pilots: list[Any], waves: list[Any]) -> None:
    """No fact of a territory begins before its first day or after its last one."""
    begins = [member["entered_on"] for member in members] + [pilot["since"] for pilot in pilots]
    begins = [day for day in (*begins, *(wave["since"] for wave in waves)) if day]
    assert all(str(first_day(territory)) <= day for day in begins), (territory, members, pilots)
    if closed_on := territory["closed_on"]:
        assert all(day < closed_on for day in begins), (territory, members, pilots)
        assert all(member["left_on"] is None or member["left_on"] <= closed_on for member in members)
    by_siren = defaultdict(list)
    for member in members:
        by_siren[member["siren"]].append((member["entered_on"] or "", member["left_on"] or "9999"))
    for periods in by_siren.values():
        assert all(former[1] <= later[0] for former, later in pairwise(sorted(periods)))


def require_members(territory: Any, facts: list[Any], day: date, places: dict[str, tuple[int, int, set[str]]]) -> None:
    """The members, their number and their population are those of the facts; there is a member on each day."""
    last = day
    if has_closed(territory, day):
        last = date.fromisoformat(territory["closed_on"]) - timedelta(1)
    sirens = sorted(
        member["siren"] for member in facts if (member["entered_on"] or "") <= str(last) < (member["left_on"] or "9999")
    )
    assert [each["siren"] for each in territory["members"]] == sirens, (territory["key"], day)
    assert sirens, f"{territory['key']} has no member on {day}"
    assert territory["member_count"] == len(sirens)
    assert territory["population"] == sum(places[siren][0] for siren in sirens), (territory["key"], day)
    assert set(territory["regions"]) == set().union(*(places[siren][2] for siren in sirens)), (territory["key"], day)
    assert territory["commune_count"] == sum(places[siren][1] for siren in sirens), (territory["key"], day)


def require_pilots(territory: Any, facts: list[Any], day: date) -> None:
    """The pilots are those of the facts: each seat of the pair has one holder at most, nobody has both.

    The élu speaks for a member, or for the intercommunality of one.
    """
    in_office = [pilot for pilot in facts if pilot["since"] <= str(day) < (pilot["until"] or "9999")]
    if has_closed(territory, day):
        in_office = []
    assert territory["pilots"] == in_office, (territory["key"], day)
    pair = [pilot for pilot in territory["pilots"] if pilot["capacity"] in ("elu", "industriel")]
    for name in ("capacity", "person_id"):
        assert len({pilot[name] for pilot in pair}) == len(pair), (territory["key"], day, pair)
    sirens = {member["siren"] for member in territory["members"]}
    bodies = {*sirens, *(COMMUNES[siren] for siren in sirens if siren in COMMUNES)}
    assert {pilot["organisation"] for pilot in pair if pilot["capacity"] == "elu"} <= bodies, (territory["key"], day)


def expected_counts(
    territories: Iterable[Any], waves: dict[str, list[Any]], leads: dict[str, str], day: date
) -> dict[str, Any]:
    """Count the territories of the phase from their facts; no act changed a territory that is not in `waves`."""
    groups: dict[tuple[str, str | None], list[Any]] = defaultdict(list)
    for each in territories:
        if first_day(each) <= day and not has_closed(each, day):
            begun = [wave["wave"] for wave in waves.get(each["key"], []) if (wave["since"] or "") <= str(day)]
            wave = begun[-1] if begun else each["wave"] if each["key"] not in waves else None
            for group in (("total", None), ("region", leads.get(each["key"], each["regions"][0])), ("wave", wave)):
                groups[group].append(each)

    def bounds(found: list[Any]) -> dict[str, int]:
        dated = sum(each["designated_on"] is not None for each in found)
        at_least = len(found) if day >= LISTED else dated
        return {"known": dated, "unknown": len(found) - dated, "at_least": at_least, "at_most": len(found)}

    def parts(name: str) -> list[dict[str, Any]]:
        found = [(code, each) for (kind, code), each in groups.items() if kind == name]
        return [{name: code, **bounds(each)} for code, each in sorted(found, key=lambda part: str(part[0]))]

    return {**bounds(groups["total", None]), "phase": "2018", "by_region": parts("region"), "by_wave": parts("wave")}


async def require_today_as_without_a_day(api: Api, random: Random, played: list[str], rows: dict[str, Any]) -> None:
    """An answer about today is the answer without a day."""
    of_today = {each["key"]: each for each in await api.collect(f"/v1/territories?phase=2018&as_of={today()}")}
    assert of_today == rows
    for key in played:
        now_ = await api.get(f"/v1/territories/{key}")
        assert await api.get(f"/v1/territories/{key}?as_of={today()}") == {**now_, "as_of": str(today())}
    for key in random.sample(played, 2):
        now_ = await api.get(f"/v1/territories/{key}")
        filters = f"phase=2018&member={random.choice(now_['members'])['siren']}"
        found = [
            [each["key"] for each in await api.collect(f"/v1/territories?{filters}{day}")]
            for day in ("", f"&as_of={today()}")
        ]
        assert found[0] == found[1], filters
        assert key in found[0], filters
