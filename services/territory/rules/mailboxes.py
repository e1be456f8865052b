"""Rules of role mailboxes."""

from typing import Final

from services.territory.errors import AddressNotOfOffice
from services.territory.models import Organisation
from shared.problem import FieldError
from shared.storage.search import words

OFFICE: Final = frozenset(["accueil", "bureau", "cabinet", "contact", "courrier", "direction", "info", "secretariat"])
"""Words that offices use in their addresses, besides those of their role and of their body."""
SIGNIFICANT: Final = 3
"""Minimum characters of a word that counts: articles and initials do not."""


def require_office_address(address: str, role: str, body: Organisation) -> None:
    """Refuse an address that shares no word with its role, its body or the words of offices.

    `marie.dupont@…` names a person and no role; `territoires-industrie@…` names its role.
    """
    named = {*words(role), *words(body.name), *(word for alias in body.aliases for word in words(alias["name"]))}
    allowed = OFFICE | {word for word in named if len(word) >= SIGNIFICANT}
    if allowed.isdisjoint(words(address.partition("@")[0])):
        raise AddressNotOfOffice(
            f"`address` names neither the role nor {body.name}, and may be a person's: give the address of the office, "
            "with a word of `role` before the @, such as territoires-industrie@….",
            errors=[FieldError(pointer="/address", detail="shares no word with the role or the body")],
        )
