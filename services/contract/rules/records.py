"""Rules of records: their day and its precision, the fact that they are of, and how many facts there are by a day.

A record gives a range of days, from the first on which its fact may have happened to the last. So a count has two
bounds: the facts that have surely happened by a day, and those that may have happened.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from services.contract.errors import DayNotPlausible, PrecisionNotFitting, RecordWithdrawn
from services.contract.models import ContractRecord
from services.contract.reference import ANNOUNCED
from shared.events.contract import FactRecorded, RecordKind, RecordPrecision
from shared.problem import FieldError
from shared.storage.search import searchable

EITHER: Final = "protocol_or_contract"
SIGNATURES: Final[tuple[RecordKind, ...]] = ("protocol", "contract", EITHER)
"""Kinds of record that say that something was signed."""
CONTENT: Final = ("kind", "day", "precision", "action_count", "amount_cents", "note", "sources")
"""Fields that a correction may name."""


class RecordedSignature(NamedTuple):
    """Statement of one record about a signature."""

    territory: str
    kind: RecordKind
    first_day: date
    last_day: date | None
    """Null: no last possible day is known."""


@dataclass(frozen=True)
class Bounds:
    """Facts that have surely happened by a day, and those that may have happened."""

    certain: int = 0
    possible: int = 0


def write(record: ContractRecord, content: Mapping[str, Any], *, today: date) -> None:
    """Write the content of a record, and compute what follows from it. Refuse a day that does not fit."""
    require_in_force(record)
    if content.get("precision", record.precision) != record.precision and "day" not in content:
        raise _misfit("`precision` changes the meaning of `day`: give both, and null as the day if it is unknown.")
    for name, value in content.items():
        setattr(record, name, value)
    record.first_day, record.day = _range(record, today=today)
    record.fact = _fact(record)
    record.search = searchable(record.note or "", codes=[record.territory, record.territory.partition("-")[2]])


def withdraw(record: ContractRecord, *, at: datetime) -> None:
    """Withdraw a record: it stays readable, and counts no more."""
    require_in_force(record)
    record.withdrawn_at = at


def require_in_force(record: ContractRecord) -> None:
    """Refuse to change a record that was withdrawn."""
    if record.withdrawn_at:
        raise RecordWithdrawn(f"This record was withdrawn on {record.withdrawn_at:%Y-%m-%d}: enter a new one.")


def recorded(record: ContractRecord, *, at: datetime) -> FactRecorded:
    """Return the event of a record that was entered, corrected or withdrawn."""
    return FactRecorded(
        record_id=record.id,
        territory=record.territory,
        phase=record.phase,
        kind=record.kind,
        day=record.day,
        precision=record.precision,
        fact=record.fact,
        action_count=record.action_count,
        amount_cents=record.amount_cents,
        sources=record.sources,
        is_withdrawn=record.withdrawn_at is not None,
        recorded_at=at,
        territories=[record.territory],
        regions=record.regions,
    )


def count(signatures: Iterable[RecordedSignature], *, as_of: date) -> dict[RecordKind, Bounds]:
    """Return the bounds of the number of facts by a day, by kind. Records of one fact count once.

    Records of a territory whose days overlap may be of one fact: `certain` takes them for one, `possible` for several.
    """
    ranges: dict[tuple[RecordKind, str], list[tuple[date, date | None]]] = defaultdict(list)
    for territory, kind, first_day, last_day in _facts(signatures):
        if first_day <= as_of:
            ranges[kind, territory].append((first_day, last_day))
    found = dict.fromkeys(SIGNATURES, Bounds())
    for (kind, _), days in ranges.items():
        past = [(first, last) for first, last in days if last is not None and last <= as_of]
        found[kind] = Bounds(found[kind].certain + _apart(past), found[kind].possible + len(days))
    return found


def _facts(signatures: Iterable[RecordedSignature]) -> set[RecordedSignature]:
    """Return one signature for each fact, under the kind that its records agree on."""
    exact: dict[tuple[str, date], set[RecordKind]] = defaultdict(set)
    facts = set()
    for signature in signatures:
        if signature.first_day == signature.last_day:
            exact[signature.territory, signature.first_day].add(signature.kind)
        else:
            facts.add(signature)
    for (territory, day), kinds in exact.items():
        separated = [kind for kind in kinds if kind != EITHER]
        kind = separated[0] if len(separated) == 1 else EITHER
        facts.add(RecordedSignature(territory, kind, day, day))
    return facts


def _apart(ranges: Iterable[tuple[date, date]]) -> int:
    """Return the least number of days of which each range has one."""
    number, reached = 0, date.min
    for first, last in sorted(ranges, key=lambda days: days[1]):
        if first > reached:
            number, reached = number + 1, last
    return number


def _range(record: ContractRecord, *, today: date) -> tuple[date, date | None]:
    """Return the first and the last possible day of a record. Refuse a day of which they are not known yet."""
    announced = ANNOUNCED[record.phase]
    if record.precision == "unknown":
        if record.day is not None:
            raise _misfit("`precision` is unknown and a `day` is given: leave the day out, or give its precision.")
        return announced, None
    if record.day is None:
        raise _misfit(f"`precision` is {record.precision}: give the `day`, or unknown as `precision`.")
    first, last = _period(record.day, record.precision)
    if last < announced:
        raise _implausible(
            f"`day` is {record.day}, and phase {record.phase} was announced on {announced}: give that day or a later "
            "one, or record the fact in the territory of the other phase.",
            f"before {announced}",
        )
    if last > today:
        raise _implausible(
            f"`day` is {record.day}, and {last} is in the future: give {today} or an earlier day. With `before` as "
            "`precision`, it is the latest possible day.",
            "in the future",
        )
    return max(first or announced, announced), last


def _period(day: date, precision: RecordPrecision) -> tuple[date | None, date]:
    """Return the first day, if it is known, and the last day of what a source gives."""
    match precision:
        case "month":
            return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
        case "year":
            return day.replace(month=1, day=1), day.replace(month=12, day=31)
        case "before":
            return None, day
        case _:
            return day, day


def _fact(record: ContractRecord) -> str:
    """Return the key of the fact that a record is of."""
    match record.precision, record.day:
        case "unknown", _:
            when = "unknown"
        case "year", date() as day:
            when = f"{day:%Y}"
        case "month", date() as day:
            when = f"{day:%Y-%m}"
        case "before", day:
            when = f"before-{day}"
        case _, day:
            # On a known day a territory signs once: the press may call it a protocol and a contract.
            kind = "signature" if record.kind in SIGNATURES else record.kind
            return f"{record.territory}/{kind}/{day}"
    return f"{record.territory}/{record.kind}/{when}"


def _misfit(detail: str) -> PrecisionNotFitting:
    return PrecisionNotFitting(detail, errors=[FieldError(pointer="/day", detail="does not fit `precision`")])


def _implausible(detail: str, short: str) -> DayNotPlausible:
    return DayNotPlausible(detail, errors=[FieldError(pointer="/day", detail=short)])
