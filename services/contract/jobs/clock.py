"""The author of what background tasks change."""

from typing import Final

from shared.security.access import Caller
from shared.security.roles import Role

CLOCK: Final = Caller(client_id="clock", sub="clock", role=Role.PLATFORM)
