"""Rules of the clock of a signing circuit: reminders, and the expiry after the last day to sign."""

from collections.abc import Iterator
from datetime import date, timedelta

from services.contract.models import Contract
from services.contract.rules import circuits
from services.contract.rules.contracts import event_data
from shared.events.signatures import SignatureExpired, SignatureReminded


def follow(contract: Contract, *, on: date) -> list[SignatureReminded | SignatureExpired]:
    """Return the events of a contract in signing whose day has come; a second call returns none."""
    if contract.status != "signing" or contract.due_on is None:
        contract.watch_from = None
        return []
    if on > contract.due_on:
        return [_expire(contract, contract.due_on)]
    reminders = list(_remind(contract, contract.due_on, on))
    contract.watch_from = circuits.watch_from(contract)
    return [*reminders]


def _expire(contract: Contract, due_on: date) -> SignatureExpired:
    contract.status = "signatures_expired"
    contract.watch_from = None
    return SignatureExpired(
        **event_data(contract),
        due_on=due_on,
        expired_on=due_on + timedelta(days=1),
        unsigned=[party.organisation for party in contract.parties if party.signed_on is None],
    )


def _remind(contract: Contract, due_on: date, on: date) -> Iterator[SignatureReminded]:
    for party, day in circuits.unanswered(contract):
        if day <= on and party.asked_on:
            party.reminded_on = on
            yield SignatureReminded(
                **event_data(contract),
                party_id=party.id,
                signatory=party.organisation,
                asked_on=party.asked_on,
                due_on=due_on,
                reminded_on=on,
            )
