"""Tell the failures of a database apart that pass only when its operator acts."""

import errno
from enum import StrEnum
from typing import Final

from sqlalchemy.exc import DBAPIError


class StorageFailure(StrEnum):
    """Why the database takes no change."""

    FULL = "the database has no room left"
    READ_ONLY = "the database is read-only"
    BROKEN = "the database cannot use its disk"


_CODES: Final = {
    # SQLite has this name for a quota that is used up, too.
    "SQLITE_IOERR": StorageFailure.BROKEN,
    "SQLITE_CORRUPT": StorageFailure.BROKEN,
    "SQLITE_FULL": StorageFailure.FULL,
    "SQLITE_READONLY": StorageFailure.READ_ONLY,
    "25006": StorageFailure.READ_ONLY,
    "53100": StorageFailure.FULL,
    "58030": StorageFailure.BROKEN,
    "XX001": StorageFailure.BROKEN,
}
"""Codes of PostgreSQL, and beginnings of the names of SQLite."""
_NUMBERS: Final = {
    errno.EDQUOT: StorageFailure.FULL,
    errno.EIO: StorageFailure.BROKEN,
    errno.ENOSPC: StorageFailure.FULL,
    errno.EROFS: StorageFailure.READ_ONLY,
}


def code_of(error: BaseException) -> str:
    """Return the code that PostgreSQL gave an error, or the name that SQLite gave it; empty if it has neither."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or ""


def failure_of(error: BaseException) -> StorageFailure | None:
    """Return the failure that an error tells of; None if it is another kind of error."""
    if isinstance(error, OSError):
        return _NUMBERS.get(error.errno or 0)
    code = code_of(error)
    return next((failure for known, failure in _CODES.items() if code.startswith(known)), None)
