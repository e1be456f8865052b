"""Refusals of the end of contracts and of amendments."""

from shared.problem import Conflict, Forbidden, Unprocessable, example_members


class ActionAttached(Conflict):
    """A contract or protocol that is being signed, or was signed, has this action sheet: it stays as it is there."""

    title = "Action sheet attached"
    shown = example_members(contract_id="0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02")


class EndNotFitting(Unprocessable):
    """A contract ends on a day after its signature, and by its last day: correct the day."""

    shown = example_members("/effective_on")


class NotASignatory(Forbidden):
    """Only a party that had to sign a contract may denounce it. The territory and its Regions may terminate it."""


class NotTheEnder(Forbidden):
    """Only the organisation that declared the end of a contract may take it back."""


class AmendedContractEnded(Conflict):
    """The contract of an amendment is not in force: cancel the amendment, or make a new contract."""


class AmendmentUnderWay(Conflict):
    """Another amendment of the contract is being made, `contract_id`: sign or cancel it first."""

    shown = example_members(contract_id="0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e09")


class AmendmentsFull(Conflict):
    """The contract has the maximum number of amendments: make a contract that replaces it."""


class NotAmendable(Conflict):
    """Only a contract is amended: change a protocol by a new one, and an amendment by the next one."""


class NotAmended(Unprocessable):
    """The request gives or asks for what only an amendment has: leave it out, or name an amendment."""

    shown = example_members("/subjects")


class OutsideSubjects(Unprocessable):
    """An amendment changes the parts that its `subjects` name: add the subject, or leave the field out."""

    shown = example_members("/title")
