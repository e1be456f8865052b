"""Names of errors and addresses for the log, without the text of a library.

Such a text may hold an address with its password or token, or bytes that the other side chose.
"""

import errno
from typing import Final
from urllib.parse import urlsplit, urlunsplit

MAX_CAUSES: Final = 5


def error_name(error: BaseException) -> str:
    """Return the classes and codes of an error and its causes, such as `ConnectError: OSError ECONNREFUSED`."""
    names: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(names) < MAX_CAUSES:
        names.append(_name(cause))
        # Suppressed contexts too: a library may hide the error of the system.
        cause = cause.__cause__ or cause.__context__
    return ": ".join(dict.fromkeys(names))


def without_secrets(url: str) -> str:
    """Return an address without its user, password, query and fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _name(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    codes = (
        # Of an HTTP answer, of a database, of the system.
        getattr(getattr(error, "response", None), "status_code", None),
        getattr(error, "sqlstate", None),
        errno.errorcode.get(number, number) if isinstance(number, int) else None,
    )
    return " ".join([type(error).__name__, *(str(code) for code in codes if code is not None)])
