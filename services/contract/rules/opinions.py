"""Rules of the State's opinions: each is about one version of a text, and decides nothing."""

from collections.abc import Sequence
from datetime import datetime

from services.contract.models import Contract, Opinion, Verdict
from services.contract.rules import transitions
from services.contract.rules.contracts import event_data
from shared.events.contract import OpinionGiven


def with_opinion(opinions: Sequence[Opinion], opinion: Opinion) -> list[Opinion]:
    """Return opinions with one more. It replaces that of the same service on the same version."""

    def subject(of: Opinion) -> tuple[str, int]:
        return of["organisation"], of["text_version"]

    return [*(other for other in opinions if subject(other) != subject(opinion)), opinion]


def give_on_contract(
    contract: Contract, *, organisation: str, verdict: Verdict, text: str, at: datetime
) -> OpinionGiven:
    """Record the opinion of a State service on a contract under review."""
    contract.status = transitions.next_status(contract, "opinion")
    opinion = Opinion(
        organisation=organisation,
        verdict=verdict,
        text=text,
        given_at=at.isoformat(),
        text_version=contract.text_version,
    )
    contract.opinions = with_opinion(contract.opinions, opinion)
    return OpinionGiven(
        **event_data(contract),
        advising=organisation,
        verdict=verdict,
        text_version=contract.text_version,
        given_at=at,
    )
