"""Rules of comments: made under review, answered by the territory, resolved by those who made them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.contract.errors import (
    CommentResolved,
    NotTheCommenter,
    NotUnderReview,
    PointerNotInText,
    TooManyAnswers,
    TooManyComments,
)
from services.contract.models import Comment, Contract
from services.contract.rules import transitions
from services.contract.rules.completeness import Blocker
from services.contract.rules.differences import MISSING, translated, value_at
from services.contract.rules.texts import written
from shared.events.contract import CommentChanged
from shared.problem import FieldError
from shared.security.access import AccessScope
from shared.security.roles import Role

COMMENTS_AT_MOST: Final = 200
"""Maximum comments of a contract that are not resolved."""
ANSWERS_AT_MOST: Final = 50
"""Maximum answers to a comment."""


def require_review(contract: Contract) -> None:
    """Refuse a comment on a contract that no Region reviews."""
    if contract.status != "under_review":
        raise NotUnderReview(
            f"This {contract.kind} is {contract.status}: comments are made while it is under review.",
            state=contract.status,
            allowed=transitions.allowed(contract),
        )


def comment(
    contract: Contract,
    unresolved: Sequence[Comment],
    *,
    comment_id: UUID,
    pointer: str,
    text: str,
    organisation: str,
    at: datetime,
    is_return: bool = False,
) -> Comment:
    """Make a comment on a field of a contract under review. The empty pointer is the whole text."""
    require_review(contract)
    if value_at(written(contract), pointer) is MISSING:
        raise PointerNotInText(
            f"`pointer` leads to nothing in the text of this contract: {pointer}. Point to a field such as "
            "/themes/skills, to an item of a list such as /priorities/0, or send an empty pointer for the whole text.",
            errors=[FieldError(pointer="/pointer", detail="not in the text")],
        )
    if len(unresolved) >= COMMENTS_AT_MOST:
        raise TooManyComments(
            f"{len(unresolved)} comments on this contract are not resolved: resolve some, or return the contract."
        )
    return Comment(
        id=comment_id,
        contract=contract,
        contract_id=contract.id,
        organisation=organisation,
        pointer=pointer,
        text_version=contract.text_version,
        current_pointer=pointer,
        changed_in=None,
        text=text,
        is_return=is_return,
        state="open",
        answers=[],
        created_at=at,
    )


def answer(found: Comment, *, text: str, organisation: str, at: datetime) -> CommentChanged:
    """Answer a comment for the territory. It may be answered again until it is resolved."""
    _require_unresolved(found)
    if len(found.answers) >= ANSWERS_AT_MOST:
        raise TooManyAnswers(f"This comment has {len(found.answers)} answers: ask its author to resolve it.")
    given = {"organisation": organisation, "text": text, "answered_at": at.isoformat()}
    found.answers = [*found.answers, given]  # type: ignore[list-item]
    found.state = "answered"
    return changed(found, at=at)


def resolve(found: Comment, *, access_scope: AccessScope, organisation: str, at: datetime) -> CommentChanged:
    """Resolve a comment. Its author may, and a Region of the contract may for all."""
    if found.organisation not in access_scope.organisations and access_scope.role is not Role.REGION:
        raise NotTheCommenter("Only the author of a comment and a Region of the contract may resolve it.")
    _require_unresolved(found)
    found.state = "resolved"
    found.resolved_by = organisation
    found.resolved_at = at
    return changed(found, at=at)


def changed(found: Comment, *, at: datetime) -> CommentChanged:
    """Return the event of a comment that was made, answered or resolved."""
    of_contract = found.contract
    return CommentChanged(
        territories=[of_contract.territory],
        regions=of_contract.regions,
        organisations=[party.organisation for party in of_contract.parties],
        comment_id=found.id,
        contract_id=of_contract.id,
        territory=of_contract.territory,
        author=found.organisation,
        pointer=found.pointer,
        text_version=found.text_version,
        state=found.state,
        changed_at=at,
    )


def unlock(contract: Contract, unresolved: Sequence[Comment]) -> None:
    """Unlock the fields that unresolved comments are about. A comment on the whole text unlocks all."""
    pointers = sorted({each.current_pointer for each in unresolved if each.current_pointer is not None})
    # A text that was submitted before texts were kept has nothing to be measured against.
    contract.unlocked = None if "" in pointers or contract.submitted_version is None else pointers


def note_changes(unresolved: Sequence[Comment], contract: Contract, *, submitted: Mapping[str, Any]) -> None:
    """Note in which version the field of each comment first changed since the comment was made."""
    present = written(contract)
    for each in unresolved:
        if each.current_pointer is None:
            continue
        place = translated(each.current_pointer, submitted, present)
        is_same = place is not None and value_at(present, place) == value_at(submitted, each.current_pointer)
        if not is_same and each.changed_in is None:
            each.changed_in = contract.text_version
        elif is_same and each.changed_in == contract.text_version:
            each.changed_in = None


def carry(unresolved: Sequence[Comment], *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Take comments along to the next submission: each points to where its field now is."""
    for each in unresolved:
        if each.current_pointer is not None:
            each.current_pointer = translated(each.current_pointer, before, after)
        if each.is_return and each.state == "open":
            # The reason of a return is answered by the text itself.
            each.state = "answered"


def unanswered(contract: Contract, unresolved: Sequence[Comment]) -> list[Blocker]:
    """Return a blocker for each comment that waits for an answer before the next submission."""
    if contract.status != "draft":
        return []
    return [
        Blocker(
            "comment-unanswered",
            f"The comment {each.id} is not answered: answer it, or ask its author to resolve it.",
            each.current_pointer,
            each.id,
        )
        for each in unresolved
        if each.state == "open" and not each.is_return
    ]


def _require_unresolved(found: Comment) -> None:
    if found.state == "resolved":
        raise CommentResolved(f"This comment was resolved by {found.resolved_by}: make another one if need be.")
