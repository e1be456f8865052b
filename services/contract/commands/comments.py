"""Commands of the review: comments, opinions on a contract, and the texts that they are about."""

from uuid import UUID

from services.contract import queries
from services.contract.commands.succession import followed
from services.contract.models import Comment, Contract, Verdict
from services.contract.rules import comments as rules
from services.contract.rules import locks, opinions, texts
from services.contract.rules.differences import translated
from shared.clock import now
from shared.ids import uuid7
from shared.security.access import Caller, require_owner
from shared.storage import outbox
from shared.storage.unit_of_work import WriteSession


async def comment_on_contract(
    session: WriteSession, contract_id: UUID, *, pointer: str, text: str, by: Caller
) -> Comment:
    """Make a comment on a field of a contract under review."""
    contract = await _reviewed(session, contract_id, by)
    return await _comment(session, contract, pointer=pointer, text=text, by=by)


async def answer_comment(session: WriteSession, comment_id: UUID, *, text: str, by: Caller) -> Comment:
    """Answer a comment for the territory."""
    access_scope = await queries.access_scope_of(session, by)
    found = await queries.get_comment(session, comment_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, found.stakeholders, "comment")
    outbox.add(session, rules.answer(found, text=text, organisation=by.org or "", at=now()))
    return found


async def resolve_comment(session: WriteSession, comment_id: UUID, *, by: Caller) -> Comment:
    """Resolve a comment. In a returned draft, its field is locked again."""
    access_scope = await queries.access_scope_of(session, by)
    found = await queries.get_comment(session, comment_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, found.stakeholders, "comment")
    outbox.add(session, rules.resolve(found, access_scope=access_scope, organisation=by.org or "", at=now()))
    if found.contract.status == "draft":
        unresolved = await queries.unresolved_comments(session, found.contract_id)
        rules.unlock(found.contract, [each for each in unresolved if each is not found])
    return found


async def give_opinion_on_contract(
    session: WriteSession, contract_id: UUID, *, verdict: Verdict, text: str, by: Caller
) -> Contract:
    """Record the State's opinion of a contract under review."""
    contract = await _reviewed(session, contract_id, by)
    given = opinions.give_on_contract(contract, organisation=by.org or "", verdict=verdict, text=text, at=now())
    outbox.add(session, given)
    return contract


async def unlock_fields(session: WriteSession, contract: Contract, *, reason: str, by: Caller) -> None:
    """Unlock the fields that comments are about. Without one, the reason of the return is a comment on the whole."""
    if contract.submitted_version is None:
        await keep_text(session, contract, by=by)
    unresolved = list(await queries.unresolved_comments(session, contract.id))
    if all(each.current_pointer is None for each in unresolved):
        unresolved.append(await _comment(session, contract, pointer="", text=reason, by=by, is_return=True))
    rules.unlock(contract, unresolved)


async def require_unlocked(session: WriteSession, contract: Contract, *, draft: dict[str, object]) -> None:
    """Refuse a change of a returned draft outside its unlocked fields, and note which comments it is about."""
    kept = await queries.last_text(session, contract)
    if kept is None:
        return
    submitted = texts.written_in(kept)
    if contract.unlocked is not None:
        present = await followed(session, submitted)
        here = [place for each in contract.unlocked if (place := translated(each, submitted, present)) is not None]
        locks.require_unlocked(here, submitted=present, draft=draft, changed=texts.written(contract))
    unresolved = await queries.unresolved_comments(session, contract.id)
    rules.note_changes(unresolved, contract, submitted=submitted)


async def keep_text(session: WriteSession, contract: Contract, *, by: Caller) -> None:
    """Keep the text of a contract as it now stands, and take its comments along."""
    last = await queries.last_text(session, contract)
    actions = await queries.attached_actions(session, contract)
    kept = texts.kept(contract, actions, last, organisation=by.org, at=now())
    if kept:
        session.add(kept)
    if last is not None:
        unresolved = await queries.unresolved_comments(session, contract.id)
        rules.carry(unresolved, before=texts.written_in(last), after=texts.written(contract))


async def _comment(
    session: WriteSession, contract: Contract, *, pointer: str, text: str, by: Caller, is_return: bool = False
) -> Comment:
    unresolved = await queries.unresolved_comments(session, contract.id)
    made = rules.comment(
        contract,
        unresolved,
        comment_id=uuid7(),
        pointer=pointer,
        text=text,
        organisation=by.org or "",
        at=now(),
        is_return=is_return,
    )
    session.add(made)
    outbox.add(session, rules.changed(made, at=now()))
    return made


async def _reviewed(session: WriteSession, contract_id: UUID, by: Caller) -> Contract:
    """Return a contract that is the caller's to review, locked."""
    access_scope = await queries.access_scope_of(session, by)
    contract = await queries.get_contract(session, contract_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, contract.stakeholders, "contract")
    return contract
