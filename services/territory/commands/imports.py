"""Commands of imports: the values of a file, all or none; and their taking back."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, update

from services.territory import queries
from services.territory.errors.indicators import ImportReverted, ValuesComputed
from services.territory.models import Indicator, IndicatorImport, IndicatorImportRow, IndicatorValue
from services.territory.rules import imports as rules
from services.territory.rules.indicators import Coverage, Key, cover, coverage_of, published
from shared.clock import now, today
from shared.ids import uuid7
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession

KEYS = ("indicator_code", "level", "geography", "year")


async def import_values(
    session: WriteSession, code: str, content: bytes, *, dry_run: bool
) -> tuple[IndicatorImport, bool]:
    """Import a file of values, and return True if it is new. With `dry_run` it is only checked and counted."""
    indicator = await queries.get_indicator(session, code, lock=True)
    if indicator.has_parts:
        raise ValuesComputed(
            f"The values of {code} are computed from {indicator.numerator} and {indicator.denominator}: import theirs."
        )
    sha256 = hashlib.sha256(content).hexdigest()
    read = rules.read_file(content, unit=indicator.unit, this_year=today().year)
    identity = f"{code}:{rules.digest_of(read)}"
    # The former release named an import by the bytes of its file.
    same = () if read.errors else (identity, f"{code}:{sha256}")
    if (former := await queries.import_of(session, same)) is not None:
        # To who sends a file again after a correction, it would seem to stand.
        rules.require_standing(await queries.later_rows(session, former))
        return former, False
    unknown = rules.unknown_places(read, {level: await queries.known_codes(session, level) for level in read.levels})
    words = await queries.words_about_places(session, list(unknown.values())[: rules.SHOWN_AT_MOST])
    rules.require_right([*read.errors, *rules.wrong_places(unknown, words)])
    changed = coverage_of(read.values)
    stored = await queries.stored_values(session, code, changed.levels, changed.years)
    made = IndicatorImport(
        id=uuid7(),
        indicator_code=code,
        sha256=sha256,
        identity=identity,
        row_count=len(read.values),
        new_count=len(read.values.keys() - stored.keys()),
        replaced_count=sum(stored.get(key, (value,))[0] != value for key, value in read.values.items()),
        levels=changed.levels,
        years=changed.years,
        imported_at=now(),
    )
    if not dry_run:
        session.add(made)
        await session.flush()
        await _write(session, made, read.values, stored)
        await _announce(session, indicator, changed, made.id)
    return made, True


async def revert_import(session: WriteSession, code: str, import_id: UUID, *, reason: str) -> IndicatorImport:
    """Take an import back: what stood before it stands again, or what a later import repeats."""
    indicator = await queries.get_indicator(session, code, lock=True)
    found = await queries.get_import(session, code, import_id, lock=True)
    if found.reverted_at:
        raise ImportReverted(f"This import was reverted at {found.reverted_at.isoformat()}: nothing of it stands.")
    later = await queries.later_rows(session, found)
    rules.require_standing(later)
    former = await queries.rows_of(session, found)
    await _confirm(session, code, rules.confirmed(later), former)
    found.reverted_at, found.reverted_because, found.identity = now(), reason, None
    set_reason(session, found, reason)
    await _restore(session, code, former)
    await _announce(session, indicator, Coverage(found.levels, found.years, found.row_count), found.id)
    return found


async def _announce(session: WriteSession, indicator: Indicator, changed: Coverage, import_id: UUID) -> None:
    """Record what an indicator and the ratios of it now have values for: one event for each."""
    await session.flush()
    for each in (indicator, *await queries.ratios_of(session, indicator.code)):
        cover(each, await queries.coverage(session, each))
        outbox.add(session, published(each, changed, import_id=import_id))


async def _write(
    session: WriteSession,
    made: IndicatorImport,
    values: Mapping[Key, str],
    stored: Mapping[Key, tuple[str, UUID | None]],
) -> None:
    """Write the rows of an import, with what stood before, and the values."""
    rows = [
        {
            "import_id": made.id,
            **_named(key),
            "value_decimal": value,
            "former_decimal": stored.get(key, (None, None))[0],
            "former_import_id": stored.get(key, (None, None))[1],
        }
        for key, value in values.items()
    ]
    await session.execute(insert(IndicatorImportRow), rows)
    new = [
        {"indicator_code": made.indicator_code, **_named(key), "value_decimal": value, "import_id": made.id}
        for key, value in values.items()
        if key not in stored
    ]
    if new:
        await session.execute(insert(IndicatorValue), new)
    # A value that is repeated stays that of the import that brought it.
    changed = {key: (value, made.id) for key, value in values.items() if key in stored and stored[key][0] != value}
    await _replace(session, made.indicator_code, changed)


async def _confirm(
    session: WriteSession,
    code: str,
    confirmed: Mapping[Key, rules.LaterRow],
    former: dict[Key, tuple[str | None, UUID | None]],
) -> None:
    """Give the values that later imports repeat to them, with what stood before. They leave `former`."""
    if not confirmed:
        return
    connection = await session.connection()
    rows = [
        {
            "row_of": row.import_id,
            **_where_row(key),
            "former_decimal": former[key][0],
            "former_import_id": former[key][1],
        }
        for key, row in confirmed.items()
    ]
    await connection.execute(update(_ROWS).where(*_SAME_ROW), rows)
    await _replace(session, code, {key: (row.value, row.import_id) for key, row in confirmed.items()})
    for key in confirmed:
        del former[key]


async def _restore(session: WriteSession, code: str, former: Mapping[Key, tuple[str | None, UUID | None]]) -> None:
    added = [_where(code, key) for key, (value, _) in former.items() if value is None]
    if added:
        connection = await session.connection()
        await connection.execute(delete(_TABLE).where(*_SAME), added)
    await _replace(session, code, {key: found for key, found in former.items() if found[0] is not None})


async def _replace(session: WriteSession, code: str, values: Mapping[Key, tuple[str | None, UUID | None]]) -> None:
    if values:
        parameters = [
            {**_where(code, key), "value_decimal": value, "import_id": import_id}
            for key, (value, import_id) in values.items()
        ]
        connection = await session.connection()
        await connection.execute(update(_TABLE).where(*_SAME), parameters)


_TABLE = IndicatorValue.metadata.tables[IndicatorValue.__tablename__]
_SAME = [_TABLE.c[name] == bindparam(f"of_{name}") for name in KEYS]
_ROWS = IndicatorImportRow.metadata.tables[IndicatorImportRow.__tablename__]
_SAME_ROW = [
    _ROWS.c.import_id == bindparam("row_of"),
    *(_ROWS.c[name] == bindparam(f"of_{name}") for name in KEYS[1:]),
]


def _named(key: Key) -> dict[str, Any]:
    return dict(zip(KEYS[1:], key, strict=True))


def _where_row(key: Key) -> dict[str, Any]:
    return {f"of_{name}": value for name, value in zip(KEYS[1:], key, strict=True)}


def _where(code: str, key: Key) -> dict[str, Any]:
    return {"of_indicator_code": code, **_where_row(key)}
