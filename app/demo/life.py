"""The whole life of a contract, around the steps of the journey: from a protocol to the end, with its ways on.

Published facts and their sources are real. Protocols, contracts, texts and acts of the parties are synthetic.
"""

from collections.abc import Sequence
from functools import partial

from app.demo import amendments, dossier, drafting, ends, protocol, published_facts, reports, review, signatures
from app.demo.journey import Journey
from app.demo.partners import Step


class ContractLife(Journey):
    """One run of the journey in which the contract lives its whole life."""

    @property
    def stages(self) -> Sequence[tuple[str, Step]]:
        """Titles and steps, in order."""
        return (
            ("Partners subscribe, and their receivers consent", self.subscribe),
            ("The territory gets its pilots", self.show_governance),
            (
                "Published signatures stand beside declared and computed ones",
                partial(published_facts.show_records, self),
            ),
            (
                "A contract of 2019, signed on paper, is entered with its real days",
                partial(published_facts.enter_paper, self),
            ),
            ("An action sheet is submitted", self.submit_action),
            ("The catalogue says which services fit, and why", self.match),
            ("The territory calls on a service", self.call_on_a_service),
            ("The operator answers, with an amount", self.answer),
            ("A protocol is signed at a ceremony", partial(protocol.sign_at_a_ceremony, self)),
            ("The Regions retain the sheet", self.retain_sheet),
            ("The contract is drafted, completed and submitted", partial(drafting.draft, self)),
            ("The contract is reviewed: a comment unlocks one field", partial(review.review, self)),
            ("Each Region approves, naming its committee's decision", partial(review.approve, self)),
            ("The parties sign in the order of the circuit, and every subscriber is notified once", self.conclude),
            ("The progress report counts it", self.count),
            ("The first year is reported", partial(reports.report_the_year, self)),
            ("An amendment prolongs the contract", partial(amendments.prolong, self)),
            ("The contract ends early", partial(ends.end_early, self)),
            ("Its dossier is verified without the platform", partial(dossier.verify_offline, self)),
        )

    async def sign(self) -> None:
        """Sign in the order of a circuit."""
        await signatures.sign_in_order(self)
