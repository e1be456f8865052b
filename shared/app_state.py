"""Typed access to `app.state`: one key for each value, declared beside the type of the value.

aiohttp calls this `AppKey`. Nothing else reads or writes `app.state`.
"""

from typing import Final, Generic, TypeVar

from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from shared.settings import Settings

Value = TypeVar("Value")


class NotSet(LookupError):
    """The application does not have this value, or not before its start."""


class AppKey(Generic[Value]):
    """The typed name of one value in the state of an application."""

    def __init__(self, name: str) -> None:
        self.name = name

    def of(self, holder: Starlette | HTTPConnection) -> Value:
        """Return the value of an application, or of the application that serves a request."""
        app = holder if isinstance(holder, Starlette) else holder.app
        try:
            value: Value = getattr(app.state, self.name)
        except AttributeError:
            raise NotSet(f"The application has no {self.name}: `serve` sets it, some of it at the start.") from None
        return value

    def get(self, holder: Starlette | HTTPConnection, default: Value) -> Value:
        """Return the value of an application, or `default` if it has none."""
        app = holder if isinstance(holder, Starlette) else holder.app
        value: Value = getattr(app.state, self.name, default)
        return value

    def set(self, app: Starlette, value: Value) -> None:
        """Set the value of an application."""
        setattr(app.state, self.name, value)


SETTINGS: Final = AppKey[Settings]("settings")
STOPPING: Final = AppKey[bool]("stopping")


def stop(app: Starlette) -> None:
    """Note that the process was told to stop: open requests are finished, in the end they are cancelled."""
    STOPPING.set(app, True)


def is_stopping(holder: Starlette | HTTPConnection) -> bool:
    """True once the process was told to stop."""
    return STOPPING.get(holder, False)
