"""Waves of territories on each day, through the API."""

from typing import Any

import pytest

from tests.services.territory.api import NATIONAL, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import CAP_EXCELLENCE, LACQ_PAU_TARBES

TERRITORY = f"/v1/territories/{CAP_EXCELLENCE}"
SOURCE = "Liste de la délégation (synthétique)"
FIRST, SECOND = "2019-01-30", "2019-03-06"


async def set_wave(api: Api, wave: str, on: str | None, *, key: str = CAP_EXCELLENCE, status: int = 200) -> Any:
    """Set the wave of a territory, Cap Excellence unless another is named: no source names it a pilot."""
    body = {"wave": wave, "keys": [key], "on": on, "source": SOURCE, "reason": "Liste reçue (synthétique)"}
    return await api.post("/v1/waves", body, by=NATIONAL, status=status)


async def read(api: Api, day: str | None, *names: str) -> tuple[Any, ...]:
    """Return some fields of the territory, today or on a day."""
    territory = await api.get(TERRITORY + (f"?as_of={day}" if day else ""))
    return tuple(territory[name] for name in names)


async def is_listed(api: Api, filters: str) -> bool:
    """Return True if a list of territories has the territory."""
    return CAP_EXCELLENCE in [each["key"] for each in await api.collect(f"/v1/territories?phase=2018&{filters}")]


async def test_a_past_day_keeps_its_wave(api: Api) -> None:
    await set_wave(api, "prefiguration", FIRST)
    await set_wave(api, "deployment", SECOND)

    wave = ("wave", "wave_from", "wave_source")
    assert await read(api, "2019-01-29", *wave) == (None, None, None)
    assert await read(api, FIRST, *wave) == ("prefiguration", FIRST, SOURCE)
    assert await read(api, "2019-03-05", *wave) == ("prefiguration", FIRST, SOURCE)
    assert await read(api, SECOND, *wave) == ("deployment", SECOND, SOURCE)
    assert await read(api, None, *wave) == ("deployment", SECOND, SOURCE)
    assert await is_listed(api, "as_of=2019-02-15&wave=prefiguration")
    assert not await is_listed(api, "as_of=2019-02-15&wave=deployment")
    assert await is_listed(api, "wave=deployment")
    counts = await api.get("/v1/territories/counts?phase=2018&as_of=2019-02-15")
    assert {part["wave"]: part["at_most"] for part in counts["by_wave"]}["prefiguration"] == 1


async def test_a_territory_shows_its_waves_up_to_the_day(api: Api) -> None:
    assert await read(api, None, "waves") == ([],)
    await set_wave(api, "prefiguration", FIRST)
    await set_wave(api, "deployment", SECOND)

    first = {"wave": "prefiguration", "since": FIRST, "source": SOURCE}
    second = {"wave": "deployment", "since": SECOND, "source": SOURCE}
    assert await read(api, None, "waves") == ([first, second],)
    assert await read(api, "2019-03-05", "waves") == ([first],)
    assert await read(api, "2019-01-29", "waves") == ([],)


@pytest.mark.parametrize("corrected_on", ["2019-01-15", FIRST])
async def test_a_wave_of_an_earlier_or_the_same_day_replaces_those_from_that_day(api: Api, corrected_on: str) -> None:
    await set_wave(api, "prefiguration", FIRST)
    await set_wave(api, "deployment", SECOND)

    await set_wave(api, "pilot", corrected_on)

    assert await read(api, None, "waves") == ([{"wave": "pilot", "since": corrected_on, "source": SOURCE}],)
    await set_wave(api, "deployment", None)
    assert await read(api, None, "waves") == ([{"wave": "deployment", "since": None, "source": SOURCE}],)


async def test_a_territory_is_a_pilot_from_the_first_day_of_that_wave_on(api: Api) -> None:
    await set_wave(api, "pilot", FIRST)
    await set_wave(api, "deployment", SECOND)

    pilot = ("is_pilot", "pilot_source")
    assert await read(api, "2019-01-29", *pilot) == (None, None)
    assert await read(api, FIRST, *pilot) == (True, SOURCE)
    assert await read(api, SECOND, *pilot) == (True, SOURCE)
    assert await read(api, None, *pilot) == (True, SOURCE)
    assert not await is_listed(api, "as_of=2019-01-29&is_pilot=true")
    assert await is_listed(api, "as_of=2019-01-29&is_pilot=unknown")
    assert await is_listed(api, f"as_of={FIRST}&is_pilot=true")
    assert await is_listed(api, "is_pilot=true")

    await set_wave(api, "prefiguration", FIRST)

    assert await read(api, None, *pilot) == (None, None), "the wave was recorded by mistake"


@pytest.mark.parametrize("on", [None, FIRST])
async def test_a_territory_that_the_sources_name_a_pilot_stays_one(api: Api, on: str | None) -> None:
    documented = await api.get(f"/v1/territories/{LACQ_PAU_TARBES}")

    await set_wave(api, "deployment", on, key=LACQ_PAU_TARBES)

    for day in ("", "?as_of=2018-11-22", f"?as_of={FIRST}"):
        territory = await api.get(f"/v1/territories/{LACQ_PAU_TARBES}{day}")
        assert territory["is_pilot"] is True
        assert territory["pilot_source"] == documented["pilot_source"]


async def test_the_event_lists_the_waves_and_the_first_day_as_a_pilot(api: Api, published: PublishedFacts) -> None:
    await set_wave(api, "pilot", FIRST)
    await set_wave(api, "deployment", SECOND)
    await set_wave(api, "deployment", SECOND, key=LACQ_PAU_TARBES)

    both, documented = (await published())[-2:]

    waves: list[dict[str, str | None]]
    waves = [{"wave": "pilot", "since": FIRST}, {"wave": "deployment", "since": SECOND}]
    assert (both["waves"], both["wave"], both["is_pilot"], both["pilot_from"]) == (waves, "deployment", True, FIRST)
    waves = [{"wave": "pilot", "since": None}, {"wave": "deployment", "since": SECOND}]
    assert (documented["waves"], documented["is_pilot"], documented["pilot_from"]) == (waves, True, None)


async def test_a_wave_that_is_the_same_changes_nothing(api: Api, published: PublishedFacts) -> None:
    await set_wave(api, "pilot", FIRST)
    before = len(await published())

    await set_wave(api, "pilot", FIRST)

    assert len(await published()) == before


async def test_a_list_of_waves_that_is_full_takes_no_other_one(api: Api) -> None:
    for number in range(1, 21):
        await set_wave(api, "deployment", f"2020-01-{number:02}")

    refused = await set_wave(api, "pilot", "2020-01-21", status=422)

    assert (refused["code"], refused["errors"][0]["pointer"]) == ("wave-refused", "/keys/0")
    assert "20 waves" in refused["errors"][0]["detail"]
    await set_wave(api, "pilot", "2020-01-20")
