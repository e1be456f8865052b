"""Names of errors and addresses for logs and operators, without the text of a library.

Such a text may hold an address with its password or token, or bytes that the other side chose.
"""

import errno
import traceback
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from pydantic import ValidationError

MAX_CAUSES: Final = 5
MAX_TEXT: Final = 2000
"""Maximum characters of the text of an error."""
OWN: Final = ("app", "services", "shared")
"""Packages whose errors have texts of our own."""


def error_name(error: BaseException) -> str:
    """Return the classes and codes of an error and its causes, such as `ConnectError: OSError ECONNREFUSED`."""
    return ": ".join(dict.fromkeys(map(_name, _with_causes(error))))


def error_text(error: BaseException) -> str:
    """Return our own words for an error: its text if its class is ours, otherwise its name and place in our code."""
    if _is_own(type(error).__module__):
        return f"{type(error).__name__}: {error}"[:MAX_TEXT]
    return f"{error_name(error)}{_fields(error)}{_place(error)}"[:MAX_TEXT]


def error_trace(error: BaseException) -> str:
    """Return where an error and its causes were raised, line by line, with `error_text` of each."""
    lines: list[str] = []
    for each in _with_causes(error):
        lines += [*traceback.format_tb(each.__traceback__), f"{error_text(each)}\n"]
    return "".join(lines)


def without_secrets(url: str) -> str:
    """Return an address without its user, password, query and fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    for _ in range(MAX_CAUSES):
        if cause is None:
            return
        yield cause
        # Suppressed contexts too: a library may hide the error of the system.
        cause = cause.__cause__ or cause.__context__


def _is_own(module: str) -> bool:
    return module.partition(".")[0] in OWN


def _fields(error: BaseException) -> str:
    """Return the fields that are not valid, and why, without their values."""
    if not isinstance(error, ValidationError):
        return ""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    fields = (f"{'.'.join(map(str, each['loc'])) or 'all'} {each['type']}" for each in found)
    return f" ({', '.join(fields)})"


def _place(error: BaseException) -> str:
    """Return the last place in our code that an error came through."""
    places = [
        f" in {module}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if _is_own(module := frame.f_globals.get("__name__", ""))
    ]
    return places[-1] if places else ""


def _name(error: BaseException) -> str:
    number = getattr(error, "errno", None)
    codes = (
        # Of an HTTP answer, of a database, of the system.
        getattr(getattr(error, "response", None), "status_code", None),
        getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None),
        getattr(error, "constraint_name", None),
        errno.errorcode.get(number, number) if isinstance(number, int) else None,
    )
    return " ".join([type(error).__name__, *(str(code) for code in codes if code is not None)])
