"""Transitions of a contract that a caller may make now, and the reason against each other one.

Each reason is the refusal that the transition itself would answer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from services.contract import permissions
from services.contract.errors import AlreadyApproved
from services.contract.errors.signatures import PartyNotDeclined
from services.contract.models import Contract
from services.contract.rules import delegations, ends, signing, transitions
from services.contract.rules.completeness import Blocker
from services.contract.rules.review import require_ready
from services.contract.rules.territories import require_open
from shared.problem import Forbidden, Refusal
from shared.projections import TerritoryProjection
from shared.security.access import AccessScope, Caller, require_owner
from shared.security.roles import Permission


@dataclass(frozen=True)
class Situation:
    """Caller and surroundings of a contract at a moment."""

    contract: Contract
    by: Caller
    access_scope: AccessScope
    territory: TerritoryProjection
    blockers: Sequence[Blocker]
    """Reasons why the contract may not be submitted, or its signatures not requested."""
    today: date

    def require_ready(self) -> None:
        """Refuse to go on while something blocks it."""
        require_ready(self.contract, self.blockers)

    def require_open(self) -> None:
        """Refuse to go on in a closed territory."""
        require_open(self.territory, on=self.today)


@dataclass(frozen=True)
class Permitted:
    """Transition of a contract, with the reason why the caller may not make it."""

    name: str
    leads_to: str
    refusal: Refusal | None

    @property
    def allowed(self) -> bool:
        """True if the caller may make it now."""
        return self.refusal is None

    @property
    def code(self) -> str | None:
        """Code of the refusal that the transition would answer."""
        return self.refusal.code if self.refusal else None

    @property
    def reason(self) -> str | None:
        """Reason why the caller may not make it, and what to do."""
        return self.refusal.detail if self.refusal else None


Check = Callable[[Situation], object]


def _submit(situation: Situation) -> None:
    situation.require_open()
    situation.require_ready()


def _approve(situation: Situation) -> None:
    situation.require_open()
    own = [region for region in situation.contract.regions if region in situation.access_scope.regions]
    if own and all(region in situation.contract.approvals for region in own):
        raise AlreadyApproved(f"Region {own[0]} has already approved.")


def _sign(situation: Situation) -> None:
    signing.party_to_sign(situation.contract, situation.by, situation.access_scope, today=situation.today)


def _decline(situation: Situation) -> None:
    signing.party_to_decline(situation.contract, situation.by, situation.access_scope)


def _withdraw(situation: Situation) -> None:
    signing.party_to_withdraw(situation.contract, situation.by, situation.access_scope)


def _delegate(situation: Situation) -> None:
    delegations.party_to_delegate(situation.contract, situation.by, situation.access_scope)


def _revoke(situation: Situation) -> None:
    delegations.party_to_revoke(situation.contract, situation.by, situation.access_scope)


def _ask_again(situation: Situation) -> None:
    _change_parties(situation)
    if not any(party.declined_at for party in situation.contract.parties):
        raise PartyNotDeclined("No party has declined: the parties are reminded until the last day to sign.")


def _change_parties(situation: Situation) -> None:
    situation.require_open()
    signing.require_not_expired(situation.contract, situation.today)


def _denounce(situation: Situation) -> None:
    ends.denouncing_party(situation.contract, situation.access_scope)


def _revoke_end(situation: Situation) -> None:
    ends.require_ender(situation.contract, situation.access_scope)


def _nothing(_situation: Situation) -> None:
    """Ask for the permission alone."""


CHECKS: Final[Mapping[str, tuple[Permission, bool, Check]]] = {
    "submit": (permissions.DRAFT_CONTRACTS, True, _submit),
    "return": (permissions.DECIDE_CONTRACTS, True, _nothing),
    "approve": (permissions.DECIDE_CONTRACTS, True, _approve),
    "opinion": (permissions.ADVISE_ON_CONTRACTS, True, _nothing),
    "enter-signed": (permissions.DECIDE_CONTRACTS, True, _nothing),
    "cancel": (permissions.DRAFT_CONTRACTS, True, _nothing),
    "request-signatures": (permissions.REQUEST_SIGNATURES, True, _submit),
    "ask-again": (permissions.REQUEST_SIGNATURES, True, _ask_again),
    "replace": (permissions.REQUEST_SIGNATURES, True, _change_parties),
    "take-out": (permissions.REQUEST_SIGNATURES, True, _change_parties),
    "sign": (permissions.SIGN_CONTRACTS, False, _sign),
    "decline": (permissions.SIGN_CONTRACTS, False, _decline),
    "withdraw-signature": (permissions.SIGN_CONTRACTS, False, _withdraw),
    "delegate": (permissions.SIGN_CONTRACTS, False, _delegate),
    "revoke-delegation": (permissions.SIGN_CONTRACTS, False, _revoke),
    "terminate": (permissions.TERMINATE_CONTRACTS, True, _nothing),
    "denounce": (permissions.SIGN_CONTRACTS, False, _denounce),
    "revoke-end": (permissions.SIGN_CONTRACTS, False, _revoke_end),
}
"""Transition → its permission, whether it is only for owners of the contract, and its other conditions."""
NEED_READINESS: Final = ("submit", "request-signatures")
"""Transitions of a contract that lacks nothing."""


def permitted(situation: Situation) -> Iterator[Permitted]:
    """Yield each transition of the table from the present state."""
    for name, leads_to in transitions.allowed(situation.contract).items():
        yield Permitted(name, leads_to, _refusal(name, situation))


def _refusal(name: str, situation: Situation) -> Refusal | None:
    permission, is_for_owners, check = CHECKS[name]
    try:
        by = _admitted(situation.by, permission)
        if is_for_owners:
            require_owner(by, situation.access_scope, situation.contract.stakeholders, "contract")
        check(situation)
    except Refusal as refusal:
        return refusal
    return None


def _admitted(by: Caller, permission: Permission) -> Caller:
    """Return the caller with its grant of a permission. Refuse a token without the scope or the role."""
    if permission.scope not in by.scopes:
        raise Forbidden(f"Your token lacks the scope {permission.scope}: ask for a token with it.")
    grant = by.role.grant(permission)
    if grant is None:
        raise Forbidden(f"A token of role {by.role} may not do this.")
    return replace(by, grant=grant)
