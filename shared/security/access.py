"""Callers, access scopes and stakeholders: may this caller access this object?

A token identifies a caller: organisation, role, scopes. An operation allows roles, on their own objects or on any. The
access scope of a caller comes from our own data (members, pilots, parties). Every object has stakeholders. The same
stakeholders receive the events of the object, so nobody is notified about an object that they may not read.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.problem import Forbidden, NotFound


class Role(StrEnum):
    """Role of an organisation in the programme. A token without our claims is that of a partner."""

    NATIONAL = "national"
    REGION = "region"
    STATE = "state"
    TERRITORY = "territory"
    PARTY = "party"
    OPERATOR = "operator"
    PARTNER = "partner"
    PLATFORM = "platform"


ACTS_IN_ITS_REGION: Final[Mapping[Role, Collection[str]]] = {
    Role.REGION: ("region", "collectivite"),
    Role.STATE: ("state",),
}
"""Roles that reach a whole région, and the kinds of organisation that do, whatever a token says of others."""


class Grant(StrEnum):
    """On which objects a role may do something."""

    OWN = "own"
    ANY = "any"


OWN: Final = Grant.OWN
ANY: Final = Grant.ANY


@dataclass(frozen=True, slots=True)
class Stakeholders:
    """Territories, régions and organisations that an object concerns. Everyone may read a `public` object."""

    territories: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    public: bool = False

    @classmethod
    def of(
        cls,
        *,
        territories: Iterable[str] = (),
        regions: Iterable[str] = (),
        organisations: Iterable[str] = (),
        public: bool = False,
    ) -> "Stakeholders":
        """A stake from any iterables."""
        return cls(frozenset(territories), frozenset(regions), frozenset(organisations), public)


PUBLIC: Final = Stakeholders(public=True)


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a token. `territories` and `regions` are claims: where present, they only narrow."""

    client_id: str
    sub: str
    scopes: frozenset[str] = frozenset()
    role: Role = Role.PARTNER
    org: str | None = None
    territories: frozenset[str] | None = None
    regions: frozenset[str] | None = None
    grant: Grant = Grant.OWN
    """Grant of the caller's role for this operation; `allowed` fills it in."""


ANONYMOUS: Final = Caller(client_id="", sub="")


@dataclass(frozen=True, slots=True)
class AccessScope:
    """Objects that an organisation can access according to our own data, narrowed by its claims."""

    role: Role
    territories: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    only_territories: frozenset[str] | None = None
    only_regions: frozenset[str] | None = None

    def sees(self, stakeholders: Stakeholders) -> bool:
        """May the object be read, and its events received?"""
        return stakeholders.public or self.is_concerned(stakeholders)

    def is_concerned(self, stakeholders: Stakeholders) -> bool:
        """May what is not public of the object be read?"""
        return self.is_within(stakeholders) and (
            self.role is Role.NATIONAL
            or bool(self.territories & stakeholders.territories)
            or bool(self.regions & stakeholders.regions)
            or bool(self.organisations & stakeholders.organisations)
        )

    def is_within(self, stakeholders: Stakeholders) -> bool:
        """Do the claims of the token let it touch this object? They narrow every role, by whatever it reaches it."""
        return (self.only_territories is None or bool(self.only_territories & stakeholders.territories)) and (
            self.only_regions is None or bool(self.only_regions & stakeholders.regions)
        )

    def owns(self, stakeholders: Stakeholders) -> bool:
        """Is the object the caller's own? Being named in it opens it to read; each role holds by one thing only."""
        return self.is_within(stakeholders) and self._owns_by_role(stakeholders)

    def _owns_by_role(self, stakeholders: Stakeholders) -> bool:
        match self.role:
            case Role.NATIONAL:
                return True
            case Role.REGION | Role.STATE:
                return bool(self.regions & stakeholders.regions)
            case Role.TERRITORY:
                return bool(self.territories & stakeholders.territories)
            case Role.PARTY | Role.OPERATOR:
                return bool(self.organisations & stakeholders.organisations)
            case _:
                return False


def access_scope(caller: Caller, *, territories: Iterable[str] = (), regions: Iterable[str] = ()) -> AccessScope:
    """A caller's reach, from the territories and Regions that our data gives to its organisation.

    A Region or a préfet reaches its région; the others reach territories; whoever names an organisation reaches
    what that organisation is named in. Partners and the platform reach only what is public.
    """
    if caller.role in (Role.PARTNER, Role.PLATFORM):
        return AccessScope(caller.role)
    by_region = caller.role in (Role.REGION, Role.STATE)
    return AccessScope(
        caller.role,
        territories=frozenset() if by_region else frozenset(territories),
        regions=frozenset(regions) if by_region else frozenset(),
        organisations=frozenset([caller.org]) if caller.org else frozenset(),
        only_territories=caller.territories,
        only_regions=caller.regions,
    )


def require_visible(access_scope: AccessScope, stakeholders: Stakeholders, what: str) -> None:
    """An object that the caller may not see is one that does not exist for it: 404."""
    if not access_scope.sees(stakeholders):
        raise NotFound(f"There is no such {what}, or your organisation may not read it.")


def require_owner(by: Caller, access_scope: AccessScope, stakeholders: Stakeholders, what: str) -> None:
    """To change an object, a caller sees it (404) and, unless its role may change any, holds it (403)."""
    require_visible(access_scope, stakeholders, what)
    if not access_scope.is_within(stakeholders):
        raise Forbidden(f"Your token is narrowed to other territories or Regions than those of this {what}.")
    if by.grant is Grant.OWN and not access_scope.owns(stakeholders):
        raise Forbidden(f"This {what} is not your organisation's: only those it belongs to may do this.")


def require_concerned(access_scope: AccessScope, stakeholders: Stakeholders, what: str) -> None:
    """Require a stakeholder: parts of a public object, such as its history, are not public."""
    require_visible(access_scope, stakeholders, what)
    if not access_scope.is_concerned(stakeholders):
        raise Forbidden(f"This {what} is public, but this part of it is only for those whom it concerns.")
