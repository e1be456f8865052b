"""Rules of waves: each counts from its first day until the next one, and a past day keeps its wave."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from services.territory.errors import WaveRefused
from services.territory.models import DatedWave, Territory
from services.territory.rules.days import first_day
from shared.events.territory import WAVES_AT_MOST

PILOT: Final = "pilot"


def first_day_of(wave: DatedWave) -> date | None:
    """Return the first day of a wave; None: not known, it counts on every day until the next one."""
    return date.fromisoformat(wave["since"]) if wave["since"] else None


def waves_by(territory: Territory, day: date) -> list[DatedWave]:
    """Return the waves that have begun by a day; the last one is the wave of the day."""
    return [wave for wave in territory.waves if (first_day_of(wave) or day) <= day]


def begun_waves(territory: Territory) -> Iterator[date]:
    """Yield the known first days of the waves."""
    yield from (day for wave in territory.waves if (day := first_day_of(wave)))


def pilot_from(territory: Territory) -> date | None:
    """Return the first day on which it is a pilot territory; None: it is none, or no source gives the day."""
    first = _first_pilot(territory.waves)
    return first_day_of(first) if first and not territory.is_named_pilot else None


def is_pilot_on(territory: Territory, day: date) -> bool | None:
    """Return True if it is a pilot territory on a day; None: no source says so."""
    return territory.is_named_pilot or _first_pilot(waves_by(territory, day)) is not None or None


def add_wave(territory: Territory, wave: str, *, on: date | None, source: str) -> None:
    """Let a wave begin on a day, or on a day that is not known. It replaces the waves that began then or later."""
    former = [each for each in territory.waves if on and (first_day_of(each) or date.min) < on]
    if len(former) >= WAVES_AT_MOST:
        raise WaveRefused(
            f"{territory.key} has {WAVES_AT_MOST} waves, and no more are kept: correct one, by its first day or an "
            "earlier one."
        )
    _store(territory, [*former, DatedWave(wave=wave, since=on.isoformat() if on else None, source=source)])


def state_pilot(territory: Territory, *, is_pilot: bool, source: str | None) -> None:
    """Record what the reference data say: they name pilot territories, without a day."""
    territory.is_named_pilot = is_pilot
    territory.is_pilot, territory.pilot_source = (True, source) if is_pilot else (None, None)
    undated = [DatedWave(wave=PILOT, since=None, source=source)] if is_pilot else []
    _store(territory, [*undated, *(wave for wave in territory.waves if wave["since"])])


def move_waves(territory: Territory, former: date) -> None:
    """Move the wave that began with the designation, after its day was corrected."""
    first, moved = first_day(territory), former.isoformat()
    kept = [wave for wave in territory.waves if wave["since"] != moved or first not in begun_waves(territory)]
    _store(territory, [DatedWave(**{**wave, "since": first.isoformat()}) if wave["since"] == moved else wave
                       for wave in kept])  # fmt: skip


def _store(territory: Territory, waves: Sequence[DatedWave]) -> None:
    """Store the waves, and what follows from them today."""
    territory.waves = list(waves)
    last = waves[-1] if waves else None
    territory.wave = last["wave"] if last else None
    territory.wave_from = first_day_of(last) if last else None
    territory.wave_source = last["source"] if last else None
    if not territory.is_named_pilot:
        pilot = _first_pilot(waves)
        territory.is_pilot, territory.pilot_source = (True, pilot["source"]) if pilot else (None, None)


def _first_pilot(waves: Sequence[DatedWave]) -> DatedWave | None:
    return next((wave for wave in waves if wave["wave"] == PILOT), None)
