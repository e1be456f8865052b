"""Callers, the stakeholders of an object, and the access scope that decides between them.

A token names the caller: organisation, role, scopes. An operation asks for a permission, and the rows of
`shared.security.roles` say which roles have it, on their own objects or on any. Our own data (members, pilots, parties)
says which objects are their own: each service turns its caller into an `AccessScope`, and every object has
`Stakeholders`. The same stakeholders decide who receives the events of an object.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from shared.problem import Forbidden, NotFound
from shared.security.roles import Grant, Role, ScopedBy


@dataclass(frozen=True, slots=True)
class Stakeholders:
    """Territories, régions and organisations that an object concerns. Everyone may read a `public` object."""

    territories: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    public: bool = False
    operators: bool = False
    """True if it concerns every operator of the programme, but for what is confidential in it."""

    @classmethod
    def of(
        cls,
        *,
        territories: Iterable[str] = (),
        regions: Iterable[str] = (),
        organisations: Iterable[str] = (),
        public: bool = False,
        operators: bool = False,
    ) -> "Stakeholders":
        """Return the stakeholders in these iterables."""
        return cls(frozenset(territories), frozenset(regions), frozenset(organisations), public, operators)


PUBLIC: Final = Stakeholders(public=True)
Claim = frozenset[str] | None
"""Codes to which a token is narrowed; None: it is not."""


def is_within(stakeholders: Stakeholders, *, territories: Claim, regions: Claim) -> bool:
    """Do the claims of a token let it touch this object? They narrow every role, by whatever it reaches it."""
    return (territories is None or bool(territories & stakeholders.territories)) and (
        regions is None or bool(regions & stakeholders.regions)
    )


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a token. `territories` and `regions` are claims: where present, they only narrow."""

    client_id: str
    sub: str
    scopes: frozenset[str] = frozenset()
    role: Role = Role.PARTNER
    org: str | None = None
    territories: Claim = None
    regions: Claim = None
    grant: Grant = Grant.OWN
    """Grant of the operation's permission to the caller's role; filled in by `allowed`."""
    issued_at: int | None = field(default=None, compare=False)
    """Unix time at which the token was issued, if it says so."""

    @property
    def is_narrowed(self) -> bool:
        """Is the token only for some territories or régions?"""
        return self.territories is not None or self.regions is not None


ANONYMOUS: Final = Caller(client_id="", sub="")


@dataclass(frozen=True, slots=True)
class AccessScope:
    """The objects of a caller's organisation by our own data, narrowed by the claims of its token."""

    role: Role
    territories: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    only_territories: Claim = None
    only_regions: Claim = None
    is_operator: bool = False
    """Is the organisation an operator of the programme?"""

    @property
    def covers_everything(self) -> bool:
        """Does every object concern the role, except where the claims narrow it?"""
        return self.role.definition.scoped_by is ScopedBy.EVERYTHING

    def sees(self, stakeholders: Stakeholders) -> bool:
        """May the object be read, and its events received?"""
        return stakeholders.public or self.is_concerned(stakeholders)

    def is_concerned(self, stakeholders: Stakeholders) -> bool:
        """May what is not public of the object be read, but for what is confidential?"""
        return self.is_named(stakeholders) or (
            self.is_operator and stakeholders.operators and self.is_within(stakeholders)
        )

    def is_named(self, stakeholders: Stakeholders) -> bool:
        """Does the object name the caller's territory, région or organisation? It then reads all of the object."""
        return self.is_within(stakeholders) and (
            self.covers_everything
            or bool(self.territories & stakeholders.territories)
            or bool(self.regions & stakeholders.regions)
            or bool(self.organisations & stakeholders.organisations)
        )

    def is_within(self, stakeholders: Stakeholders) -> bool:
        """Do the claims of the token let it touch this object?"""
        return is_within(stakeholders, territories=self.only_territories, regions=self.only_regions)

    def owns(self, stakeholders: Stakeholders) -> bool:
        """Is the object the caller's own? Being named in it opens it to read; each role owns by one tie only.

        What lies in a territory is also its own for who leads the territory.
        """
        return self.leads(stakeholders) or (self.is_within(stakeholders) and self._is_tied_to(stakeholders))

    def leads(self, stakeholders: Stakeholders) -> bool:
        """Does the object lie in a territory that the organisation leads as industrial pilot?"""
        return (
            bool(self.role.definition.leads_as)
            and self.is_within(stakeholders)
            and bool(self.territories & stakeholders.territories)
        )

    def _is_tied_to(self, stakeholders: Stakeholders) -> bool:
        match self.role.definition.scoped_by:
            case ScopedBy.EVERYTHING:
                return True
            case ScopedBy.REGION:
                return bool(self.regions & stakeholders.regions)
            case ScopedBy.TERRITORY:
                return bool(self.territories & stakeholders.territories)
            case ScopedBy.ORGANISATION:
                return bool(self.organisations & stakeholders.organisations)
            case ScopedBy.NOTHING:
                return False


def access_scope(
    caller: Caller,
    *,
    territories: Iterable[str] = (),
    regions: Iterable[str] = (),
    predecessors: Iterable[str] = (),
    is_operator: bool = False,
) -> AccessScope:
    """The access scope of a caller, from the territories and régions that our data gives to its organisation.

    Roles scoped by region see their région, the others their territories, and all of them the objects that name their
    organisation or one of its predecessors: a successor stands in for the bodies that it took over. Operators of the
    programme also see what concerns every operator. Roles scoped by nothing see only public objects.
    """
    scoped_by = caller.role.definition.scoped_by
    if scoped_by is ScopedBy.NOTHING:
        return AccessScope(caller.role, only_territories=caller.territories, only_regions=caller.regions)
    by_region = scoped_by is ScopedBy.REGION
    return AccessScope(
        caller.role,
        territories=frozenset() if by_region else frozenset(territories),
        regions=frozenset(regions) if by_region else frozenset(),
        organisations=frozenset([caller.org, *predecessors]) if caller.org else frozenset(),
        only_territories=caller.territories,
        only_regions=caller.regions,
        is_operator=is_operator,
    )


def is_granted(by: Caller, access_scope: AccessScope, stakeholders: Stakeholders) -> bool:
    """Does the caller's grant of the operation's permission hold for this object?"""
    match by.grant:
        case Grant.ANY:
            return access_scope.is_within(stakeholders)
        case Grant.LED:
            return access_scope.leads(stakeholders)
        case Grant.OWN:
            return access_scope.owns(stakeholders)


def require_visible(access_scope: AccessScope, stakeholders: Stakeholders, what: str) -> None:
    """An object that the caller may not see is one that does not exist for it: 404."""
    if not access_scope.sees(stakeholders):
        raise NotFound(f"There is no such {what}, or your organisation may not read it.")


def require_owner(by: Caller, access_scope: AccessScope, stakeholders: Stakeholders, what: str) -> None:
    """To change an object, a caller sees it (404) and, unless its role may change any, holds it (403)."""
    require_visible(access_scope, stakeholders, what)
    if not access_scope.is_within(stakeholders):
        raise narrowed(what)
    if not is_granted(by, access_scope, stakeholders):
        raise Forbidden(f"This {what} is not your organisation's: only those it belongs to may do this.")


def narrowed(what: str) -> Forbidden:
    """Return the refusal of a token that is narrowed to elsewhere."""
    return Forbidden(f"Your token is narrowed to other territories or Regions than those of this {what}.")


def require_concerned(access_scope: AccessScope, stakeholders: Stakeholders, what: str) -> None:
    """Require a stakeholder: parts of a public object, such as its history, are not public."""
    require_visible(access_scope, stakeholders, what)
    if not access_scope.is_concerned(stakeholders):
        raise Forbidden(f"This {what} is public, but this part of it is only for those whom it concerns.")
