"""Commands of the definitions of indicators."""

from typing import Any

from services.territory import queries
from services.territory.errors.indicators import IndicatorAlreadyDefined
from services.territory.models import Indicator
from services.territory.rules import indicators as rules
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession


async def define_indicator(session: WriteSession, code: str, **content: Any) -> Indicator:
    """Define an indicator. It has no values yet."""
    if await session.get(Indicator, code) is not None:
        raise IndicatorAlreadyDefined(f"{code} is defined already: GET /v1/indicators/{code} shows it.")
    await queries.require_source(session, content.get("source_id"))
    indicator = Indicator(code=code, levels=[], years=[], value_count=0, **content)
    await _require_sound(session, indicator)
    session.add(indicator)
    await session.flush()
    if indicator.has_parts:
        rules.cover(indicator, await queries.coverage(session, indicator))
    outbox.add(session, rules.published(indicator))
    return indicator


async def correct_indicator(
    session: WriteSession, code: str, *, expected: int, reason: str, **content: Any
) -> Indicator:
    """Correct the definition of an indicator. What gives its values their meaning stays once it has some."""
    indicator = await queries.get_indicator(session, code, lock=True)
    require_version(indicator, expected)
    set_reason(session, indicator, reason)
    await queries.require_source(session, content.get("source_id"))
    rules.require_lasting(indicator, content)
    for name, value in content.items():
        setattr(indicator, name, value)
    await _require_sound(session, indicator)
    outbox.add(session, rules.published(indicator))
    return indicator


async def _require_sound(session: WriteSession, indicator: Indicator) -> None:
    with session.no_autoflush:
        parts = await queries.indicators_named(session, [indicator.numerator, indicator.denominator])
    rules.require_sound(indicator, parts)
