"""Every change of every object leaves a line: who, when, why, and the object as it then stood.

Written at flush, in the transaction of the change itself, so no code path can forget it. The same lines serve the
`history` of an object, the `changes` of a collection with their tombstones, and ETags.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, ClassVar, Final, Self, TypeVar
from uuid import UUID

from sqlalchemy import event, insert
from sqlalchemy.orm import (
    Mapped,
    Mapper,
    ORMExecuteState,
    Session,
    UOWTransaction,
    class_mapper,
    declared_attr,
    mapped_column,
    object_mapper,
)
from sqlalchemy.orm.attributes import flag_dirty

from shared.clock import now
from shared.problem import PreconditionFailed
from shared.security.access import Stakeholders, is_within, narrowed
from shared.storage.personal_data import contact_columns
from shared.storage.tables import UTCDateTime, history
from shared.storage.unit_of_work import Transaction, WriteSession, transaction_of
from shared.storage.wakeups import HISTORY_PENDING

_PLAIN: Final = frozenset([str, int, bool, type(None)])
"""Types that are their own JSON form."""


class Recorded:
    """An object with a version and a history. Mix it into a model, name its collection, say whom it concerns."""

    collection: ClassVar[str]
    """The plural noun of its address: `/v1/<collection>/…`."""

    version: Mapped[int] = mapped_column(nullable=False)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - a declared attribute receives the class
        return {"version_id_col": cls.version}

    @property
    def key(self) -> str:
        """Key of the object in its path; the primary key by default."""
        return ":".join(str(part) for part in object_mapper(self).primary_key_from_instance(self))

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # The metaclass of mapped classes knows no abstract methods.
        if getattr(cls.stakeholders, "__isabstractmethod__", False):
            raise TypeError(f"{cls.__name__} does not say whom it concerns: give it stakeholders.")
        super().__init_subclass__(**kwargs)

    @property
    @abstractmethod
    def stakeholders(self) -> Stakeholders:
        """Stakeholders of the object."""

    supports_conditional_get: ClassVar[bool] = True
    """False if the representation also depends on the day or on deliveries: no conditional GET."""

    is_large: ClassVar[bool] = False
    """True if one object may hold hundreds of kilobytes: its lists are read in steps, and bounded by their size."""

    bounded_by_claims: ClassVar[bool] = True
    """False if a token that is narrowed to some territories or régions may change the object wherever it lies."""

    @property
    def embeds_other_resources(self) -> bool:
        """True if the response embeds other resources.

        The ETag counts changes of the object alone, so `If-Match` does not fail because of others. But then it does not
        cover the whole response, and a read is never answered with 304.
        """
        return False

    def snapshot(self) -> dict[str, Any]:
        """The object as its history keeps it: every column but contacts of persons, which can be erased.

        Extend it with the parts kept in other tables.
        """
        return columns_of(self)

    @classmethod
    def restored(cls, snapshot: Mapping[str, Any]) -> Self:
        """Return the object that a snapshot describes: rules and schemas take it, a session must not.

        Extend it with the parts that the snapshot keeps. A column that is younger than the snapshot is null.
        """
        return row_of(cls, snapshot)


class Part:
    """A row that belongs to a recorded object and has no history of its own, such as a party of a contract."""

    whole: ClassVar[str]
    """The attribute that leads to the recorded object."""


def columns_of(row: Any) -> dict[str, Any]:
    """Every column of a row, as JSON, but those with contacts of persons."""
    values = ((key, getattr(row, key)) for key in _keys(object_mapper(row)))
    # Most values are plain already; `plain` asks for each type in turn.
    return {key: value if type(value) in _PLAIN else plain(value) for key, value in values}


Row = TypeVar("Row")


def row_of(model: type[Row], columns: Mapping[str, Any]) -> Row:
    """Return a row that belongs to no session, from its columns as JSON."""
    row = model()
    # Set one by one, each would note its former value, for a session that never comes.
    row.__dict__.update((key, typed(columns.get(key))) for key, typed in _types(class_mapper(model)))
    return row


@cache
def _types(mapper: Mapper[Any]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """Return each column with what makes its value from the JSON form."""
    return tuple((column.key, _typed(column.columns[0].type.python_type)) for column in mapper.column_attrs)


def _typed(kind: type[Any]) -> Callable[[Any], Any]:
    make: Callable[[Any], Any]
    if issubclass(kind, date):
        make = kind.fromisoformat
    elif issubclass(kind, UUID | Decimal | Enum):
        make = kind
    else:
        return lambda value: value
    return lambda value: None if value is None else make(value)


@cache
def _keys(mapper: Mapper[Any]) -> tuple[str, ...]:
    contacts = contact_columns(mapper.class_)
    return tuple(column.key for column in mapper.column_attrs if column.key not in contacts)


def plain(value: Any) -> Any:
    """Return a value in its JSON form."""
    match value:
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case _:
            return value


def add_consequence(session: WriteSession, row: Recorded) -> None:
    """Add an object that follows from what the caller does: the claims of its token are asked of the act alone."""
    session.transaction.consequences.add(row)
    session.add(row)
    flag_dirty(row)


def set_reason(session: WriteSession, row: Recorded, reason: str) -> None:
    """Set the reason that the history line of an object gives. Call it before the change is flushed."""
    session.transaction.reasons[row] = reason
    # If only parts change, nothing else may refer to the object: it would be read anew at the flush, without its
    # reason. A flagged object is held until then, and leaves no line if nothing has changed.
    flag_dirty(row)


@event.listens_for(Session, "before_flush")
def _touch_the_whole(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    """A change of a part is a change of its whole: the whole's version grows."""
    for row in _changed(session):
        whole = getattr(row, row.whole) if isinstance(row, Part) else row
        if whole is None and row in session.new:
            raise TypeError(f"Of a new {type(row).__name__}, set its {row.whole}, not only the key: history needs it.")
        if isinstance(whole, Recorded) and whole not in session.deleted:
            whole.updated_at = now()


@event.listens_for(Session, "do_orm_execute")
def _refuse_to_pass_by(state: ORMExecuteState) -> None:
    """A statement over many rows would change them without a line."""
    if (state.is_update or state.is_delete) and state.bind_mapper:
        changed = state.bind_mapper.class_
        if issubclass(changed, Recorded | Part):
            raise TypeError(f"{changed.__name__} has a history: change each as an object, or its table and history.")


@event.listens_for(Session, "after_flush")
def _write_history(session: Session, _context: UOWTransaction) -> None:
    rows = [
        (row, operation)
        for operation, changed in (
            ("created", session.new),
            ("updated", session.dirty),
            ("deleted", session.deleted),
        )
        for row in changed
        if isinstance(row, Recorded) and (operation != "updated" or session.is_modified(row))
    ]
    if not rows:
        return
    transaction = transaction_of(session)
    if transaction.is_temporary:
        raise TypeError("A temporary transaction writes no history: change no recorded object in it.")
    for row, _ in rows:
        _require_within_claims(transaction, row)
    lines = [_line(transaction, row, operation) for row, operation in rows]
    session.connection().execute(insert(history), lines)
    transaction.wakeups.add(HISTORY_PENDING)


def _changed(session: Session) -> Iterator[Any]:
    yield from session.new
    yield from session.deleted
    yield from (row for row in session.dirty if session.is_modified(row))


def _require_within_claims(transaction: Transaction, row: Recorded) -> None:
    """Refuse a change by a token that is narrowed to elsewhere, whatever the command has checked."""
    by = transaction.by
    if not by.is_narrowed or not row.bounded_by_claims or row in transaction.consequences:
        return
    if not is_within(row.stakeholders, territories=by.territories, regions=by.regions):
        raise narrowed(f"object of /v1/{row.collection}")


def _line(transaction: Transaction, row: Recorded, operation: str) -> dict[str, Any]:
    by = transaction.by
    stakeholders = row.stakeholders
    return {
        "collection": row.collection,
        "object_id": row.key,
        "version": row.version + (operation == "deleted"),
        "operation": operation,
        "at": now(),
        "client_id": by.client_id,
        "sub": by.sub,
        "org": by.org,
        "reason": transaction.reasons.get(row, transaction.reason),
        "state": row.snapshot(),
        "territories": sorted(stakeholders.territories),
        "regions": sorted(stakeholders.regions),
        "organisations": sorted(stakeholders.organisations),
        "public": stakeholders.public,
        "operators": stakeholders.operators,
    }


class VersionStale(PreconditionFailed):
    """The object has changed since it was read: read it again, and send the ETag that you then get."""


def require_version(row: Recorded, expected: int) -> None:
    """The change is based on the current version, or it is refused."""
    if row.version != expected:
        raise VersionStale(
            f"You read version {expected}, it is now at {row.version}: read it again and send its new ETag."
        )
