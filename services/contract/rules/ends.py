"""Rules of the end of a contract: by its last day, by a declaration, or by a contract that replaces it.

`ended_on` is the first day on which it is no longer in force.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from services.contract.errors import EndNotFitting, NotASignatory, NotTheEnder
from services.contract.models import Action, Contract
from services.contract.rules import transitions
from services.contract.rules.actions import event_data as action_data
from services.contract.rules.amendments import live_texts
from services.contract.rules.contracts import event_data
from services.contract.rules.periods import last_day
from shared.events.contract import ActionAbandoned, ActionStatus, ContractEnded, EndOutcome
from shared.problem import FieldError
from shared.security.access import AccessScope

ABANDONED_FROM: Final[Collection[ActionStatus]] = ("validated", "in_progress")
"""States of a sheet that the end of its contract can abandon."""


@dataclass(frozen=True)
class EndDeclaration:
    """Declaration that a contract ends."""

    reason: str
    effective_on: date
    """First day without the contract."""


@dataclass(frozen=True)
class Abandonment:
    """Sheets of a contract that ends: those to abandon, and those that stay as they are."""

    abandoned: Sequence[Action]
    kept: Sequence[Action]


def terminate(
    contract: Contract,
    declaration: EndDeclaration,
    *,
    organisation: str | None,
    abandons_actions: bool = False,
    amendments: Iterable[Contract] = (),
) -> None:
    """Declare the termination (résiliation) of a contract."""
    _declare(contract, "terminate", "terminated", declaration, organisation, amendments)
    contract.abandons_actions = abandons_actions


def denounce(
    contract: Contract, declaration: EndDeclaration, *, organisation: str, amendments: Iterable[Contract] = ()
) -> None:
    """Declare the denunciation (dénonciation) of a contract by a party that had to sign it."""
    _declare(contract, "denounce", "denounced", declaration, organisation, amendments)
    contract.abandons_actions = False


def denouncing_party(text: Contract, access_scope: AccessScope) -> str:
    """Return the party in whose place the caller denounces a contract. Refuse others than parties that had to sign.

    `text` is the contract, or the last amendment that was signed.
    """
    for party in text.parties:
        if party.required and party.organisation in access_scope.organisations:
            return party.organisation
    raise NotASignatory(
        "Your organisation is not a party that had to sign this contract: only such a party may denounce it."
    )


def revoke(contract: Contract, *, access_scope: AccessScope) -> None:
    """Take back an end to come."""
    transitions.next_status(contract, "revoke-end")
    require_ender(contract, access_scope)
    _clear(contract)


def require_ender(contract: Contract, access_scope: AccessScope) -> None:
    """Refuse others than the organisation that declared the end to come."""
    if contract.ended_by not in access_scope.organisations:
        raise NotTheEnder(f"The organisation {contract.ended_by} declared this end: only it takes it back.")


def replace(replaced: Contract, *, by: Contract) -> bool:
    """Note that a signed contract replaces another one, unless that one ends before. Return True if it was noted."""
    signed_on = by.signed_on or by.starts_on
    effective_on = max(by.starts_on, signed_on, replaced.signed_on or signed_on)
    if replaced.status != "signed" or effective_on > last_day(replaced):
        return False
    _clear(replaced)
    _set_end(replaced, effective_on)
    replaced.end_outcome = "replaced"
    replaced.end_reason = f"contract {by.number} replaces it"
    replaced.abandons_actions = False
    return True


def is_due(contract: Contract, *, on: date) -> bool:
    """Return True if a signed contract is no longer in force on a day."""
    return contract.status == "signed" and last_day(contract) < on


def end(contract: Contract) -> ContractEnded:
    """End a contract whose last day is over, on the day after it. One that was signed later ends on that day."""
    ended_on = last_day(contract) + timedelta(days=1)
    if contract.ends_early_on != ended_on:
        _clear(contract)
        contract.end_outcome = "expired"
    contract.ended_on = max(ended_on, contract.signed_on or ended_on)
    contract.ends_early_on = None
    contract.status = "ended"
    outcome: EndOutcome = contract.end_outcome or "expired"
    return ContractEnded(**event_data(contract), ended_on=contract.ended_on, outcome=outcome)


def abandonment(contract: Contract, sheets: Iterable[Action], others: Sequence[Contract]) -> Abandonment:
    """Sort the retained sheets of a contract that ends.

    Kept are those that another contract holds, and those that another territory leads. `others` are the contracts and
    amendments of the territories of the sheets.
    """
    held = {action for owner, text in live_texts(others) if owner.id != contract.id for action in text.actions}
    abandoned: list[Action] = []
    kept: list[Action] = []
    for sheet in sheets:
        if sheet.status in ABANDONED_FROM:
            elsewhere = str(sheet.id) in held or sheet.lead_territory != contract.territory
            (kept if elsewhere else abandoned).append(sheet)
    return Abandonment(abandoned, kept)


def abandon(action: Action, *, on: date) -> ActionAbandoned:
    """Abandon a sheet."""
    action.status = "abandoned"
    return ActionAbandoned(**action_data(action), abandoned_on=on)


def retained(text: Contract) -> list[UUID]:
    """Return the ids of the sheets that a text retains."""
    return [UUID(entry["action_id"]) for entry in text.plan if entry["state"] == "retained"]


def _declare(
    contract: Contract,
    transition: str,
    outcome: EndOutcome,
    declaration: EndDeclaration,
    organisation: str | None,
    amendments: Iterable[Contract],
) -> None:
    transitions.next_status(contract, transition)
    effective_on, last = declaration.effective_on, last_day(contract)
    if contract.signed_on and effective_on < contract.signed_on:
        _refuse(f"before its signature, on {contract.signed_on}: give that day or a later one.")
    for amendment in amendments:
        if amendment.signed_on and effective_on < amendment.signed_on:
            _refuse(
                f"before the signature of amendment {amendment.number}, on {amendment.signed_on}: give that day or a "
                "later one."
            )
    if effective_on > last:
        _refuse(f"after its last day, {last}: it ends by itself, give an earlier day.")
    _set_end(contract, effective_on)
    contract.end_outcome = outcome
    contract.end_reason = declaration.reason
    contract.ended_by = organisation


def _set_end(contract: Contract, day: date) -> None:
    contract.ends_early_on = day
    contract.in_force_until = day - timedelta(days=1)


def _clear(contract: Contract) -> None:
    contract.in_force_until = contract.expires_on
    contract.ends_early_on = contract.end_outcome = contract.end_reason = contract.ended_by = None
    contract.abandons_actions = None


def _refuse(reason: str) -> None:
    raise EndNotFitting(
        f"`effective_on` is {reason}", errors=[FieldError(pointer="/effective_on", detail=reason.partition(":")[0])]
    )
