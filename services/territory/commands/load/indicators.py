"""Load indicators and their values. Values that were imported through the API stay."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update

from services.territory.models import Indicator, IndicatorValue
from services.territory.rules.indicators import Key, cover, coverage_of, published
from shared.storage import outbox
from shared.storage.reference_data import Difference, Row
from shared.storage.unit_of_work import WriteSession

KEYS: Final = ("indicator_code", "level", "geography", "year")


async def load_indicators(
    session: WriteSession, differences: Sequence[Difference], rows: Iterable[Row]
) -> tuple[int, int]:
    """Define new indicators, correct the others, and write their values. Return the values written, and the events."""
    indicators = {each.code: each for each in await session.scalars(select(Indicator))}
    for difference in differences:
        indicator = indicators.setdefault(difference.code, Indicator(code=difference.code))
        for name, value in difference.changed.items():
            setattr(indicator, name, UUID(value) if name == "source_id" and value else value)
    columns = [getattr(IndicatorValue, name) for name in (*KEYS, "value_decimal", "import_id")]
    stored = {tuple(row[:4]): row for row in await session.execute(select(*columns))}
    shipped = {tuple(row[name] for name in KEYS): row for row in rows}
    changed = {key: row for key, row in shipped.items() if _differs(stored.get(key), row)}
    keys = _by_indicator([*stored, *shipped])
    written = _by_indicator(changed)
    announced = {difference.code for difference in differences} | written.keys()
    for code, indicator in indicators.items():
        own = keys[indicator.numerator] & keys[indicator.denominator] if indicator.numerator else keys[code]
        new = written[indicator.numerator] | written[indicator.denominator] if indicator.numerator else written[code]
        if code in announced or new:
            cover(indicator, coverage_of(own))
            session.add(indicator)
            outbox.add(session, published(indicator, coverage_of(new)))
    # Parts before their ratios, which refer to them.
    await session.flush()
    await _write(
        session,
        new=[row for key, row in changed.items() if key not in stored],
        other=[row for key, row in changed.items() if key in stored],
    )
    return len(changed), len(announced)


def _differs(stored: Any, row: Row) -> bool:
    """Return True for a value that is new, or that the producer has corrected; one of an import stays."""
    return stored is None or (stored.import_id is None and stored.value_decimal != row["value_decimal"])


async def _write(session: WriteSession, *, new: Sequence[Row], other: Sequence[Row]) -> None:
    table = IndicatorValue.metadata.tables[IndicatorValue.__tablename__]
    if new:
        await session.execute(insert(table), new)
    if other:
        same = [table.c[name] == bindparam(f"key_{name}") for name in KEYS]
        parameters = [
            {"value_decimal": row["value_decimal"], **{f"key_{name}": row[name] for name in KEYS}} for row in other
        ]
        await (await session.connection()).execute(update(table).where(*same), parameters)


def _by_indicator(keys: Iterable[tuple[str, ...]]) -> defaultdict[str | None, set[Key]]:
    """Return the levels, places and years of values, by the code of their indicator."""
    found: defaultdict[str | None, set[Key]] = defaultdict(set)
    for code, *key in keys:
        found[code].add(tuple(key))  # type: ignore[arg-type]
    return found
