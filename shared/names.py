"""Names of an organisation by day: one rule for the register and for the projections of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol


class Named(Protocol):
    """An organisation with its present name and its former ones."""

    @property
    def name(self) -> str:
        """Present name."""

    @property
    def names(self) -> Sequence[Mapping[str, Any]]:
        """Former names, each with its first and last day as ISO dates. A null first day is not known."""


def name_on(organisation: Named, day: date) -> str:
    """Return the name that an organisation had at the end of a day."""
    for former in organisation.names:
        if (former["valid_from"] or "") <= day.isoformat() <= former["valid_to"]:
            return str(former["name"])
    return organisation.name


def named_on(words: str, organisation: Named, day: date) -> str:
    """Return the name of a day if words are a name of the organisation; a brand stays as it is."""
    is_name = words in (organisation.name, *(former["name"] for former in organisation.names))
    return name_on(organisation, day) if is_name else words
