"""Locks of a returned draft: only the fields that a comment points to may be changed.

Changes are measured against the text that was last submitted, so that a change can be taken back.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from services.contract.errors import FieldLocked
from services.contract.rules.differences import differences, tokens_of, translated, value_at
from shared.problem import FieldError


def locked_changes(before: Mapping[str, Any], after: Mapping[str, Any], unlocked: Collection[str]) -> list[str]:
    """Return the fields of the earlier text that were changed outside the unlocked pointers, once each."""
    return list(dict.fromkeys(_locked(before, after, unlocked)))


def require_unlocked(
    unlocked: Sequence[str] | None,
    *,
    submitted: Mapping[str, Any],
    draft: Mapping[str, Any],
    changed: Mapping[str, Any],
) -> None:
    """Refuse a change of a returned draft outside its unlocked fields. None: all are unlocked.

    `submitted` is the text that was last submitted, `draft` the one before the change, `changed` the one after it.
    """
    if unlocked is None or not locked_changes(submitted, changed, unlocked):
        return
    # A field that was locked again after it had been changed keeps its change.
    here = [place for pointer in unlocked if (place := translated(pointer, submitted, draft)) is not None]
    if locked := locked_changes(draft, changed, here):
        raise FieldLocked(
            f"{', '.join(locked[:10])} cannot be changed: no comment of the review is about it. "
            + (f"Unlocked: {', '.join(unlocked)}." if unlocked else "Nothing is unlocked any more: submit the text."),
            errors=[FieldError(pointer=pointer, detail="locked: no comment is about it") for pointer in locked],
            locked=locked,
            unlocked=list(unlocked),
        )


def is_at_or_below(pointer: str, others: Collection[str]) -> bool:
    """Return True if a pointer is one of the others, or lies below one."""
    return any(pointer == other or pointer.startswith(f"{other}/") for other in others)


def _locked(before: Mapping[str, Any], after: Mapping[str, Any], unlocked: Collection[str]) -> Iterator[str]:
    found = differences(before, after)
    # An item with another key in the place of one that is gone is that item, rewritten.
    rewritten = {
        place: each.earlier_pointer
        for each in found
        if each.pointer is None
        and each.earlier_pointer is not None
        and (place := translated(each.earlier_pointer, before, after)) is not None
    }
    places = {earlier: place for place, earlier in rewritten.items()}
    for each in found:
        if each.earlier_pointer in places and each.pointer is None:
            item, other = each.before, value_at(after, places[each.earlier_pointer])
            for name in item:
                yield from _locked_value(f"{each.earlier_pointer}/{name}", item[name], other[name], unlocked)
        elif each.earlier_pointer is None and each.pointer in rewritten:
            continue
        elif each.change == "moved" or each.earlier_pointer is None:
            if not is_at_or_below(each.list_pointer, unlocked):
                yield each.list_pointer
        else:
            yield from _locked_value(each.earlier_pointer, each.before, each.after, unlocked)


def _locked_value(pointer: str, before: Any, after: Any, unlocked: Collection[str]) -> Iterator[str]:
    if before == after or is_at_or_below(pointer, unlocked):
        return
    if isinstance(before, list) and isinstance(after, list):
        # Of a list of plain values, single ones may be unlocked: changed or taken away.
        indexes = [int(tokens_of(other)[-1]) for other in unlocked if other.rpartition("/")[0] == pointer]
        if _differ_only_at(before, after, indexes):
            return
    yield pointer


def _differ_only_at(before: Sequence[Any], after: Sequence[Any], indexes: Collection[int]) -> bool:
    """Return True if only the values at these indexes are others, or some of them are gone."""
    if len(before) == len(after):
        return all(index in indexes or value == after[index] for index, value in enumerate(before))
    rest = list(after)
    for index, value in enumerate(before):
        if rest and rest[0] == value:
            del rest[0]
        elif index not in indexes:
            return False
    return not rest
