"""The permissions of the service, with the roles that have them."""

from typing import Final

from shared.security.roles import ANY, OWN, Grant, Permission, Role

GRANTS: Final[dict[str, Grant]] = {Role.NATIONAL: ANY, Role.TERRITORY: OWN}
READ_IDEAS: Final = Permission("read_ideas", "ideas:read", grants=GRANTS)
SUGGEST_IDEAS: Final = Permission("suggest_ideas", "ideas:write", grants=GRANTS)
