"""Differences between two texts of a contract or an amendment, field by field.

A text is the JSON object that `content.py` makes. Items of the lists in `KEYS` are matched by their key, so an item
that only moves is not listed as another one. Every other list is one value.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, Literal

Change = Literal["added", "removed", "changed", "moved"]

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "/parties": ("organisation",),
    "/project/issues": ("title",),
    "/priorities": ("title",),
    "/commitments": ("organisation", "kind", "text"),
    "/links": ("kind", "name"),
    "/plan": ("action_id",),
    "/actions": ("action_id",),
    "/refused_actions": ("action_id",),
}
"""List of a text → the fields that tell its items apart."""
MISSING: Final = object()
"""Mark of a member that an object does not have."""


@dataclass(frozen=True)
class TextDifference:
    """One difference between an earlier and a later text."""

    change: Change
    earlier_pointer: str | None
    """JSON pointer into the earlier text; None: an item that was added to a list."""
    pointer: str | None
    """JSON pointer into the later text; None: an item that was removed from a list."""
    key: Mapping[str, Any] | None = None
    """Key of the item that it is, or lies in; None outside such lists."""
    before: Any = None
    after: Any = None

    @property
    def is_of_list(self) -> bool:
        """True if it adds, removes or moves an item of a list, rather than change a field."""
        return self.change == "moved" or self.pointer is None or self.earlier_pointer is None

    @property
    def list_pointer(self) -> str:
        """Pointer of the list of which it adds, removes or moves an item."""
        return (self.pointer or self.earlier_pointer or "").rpartition("/")[0]

    @property
    def earlier_position(self) -> int | None:
        """Place in the earlier list of an item that was removed or moved."""
        return _position(self.earlier_pointer) if self.is_of_list else None

    @property
    def position(self) -> int | None:
        """Place in the later list of an item that was added or moved."""
        return _position(self.pointer) if self.is_of_list else None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[TextDifference]:
    """Return the differences between two texts, in the order of the earlier one. Equal texts have none."""
    return list(_compared(before, after, "", "", None))


def applied(before: Mapping[str, Any], found: Sequence[TextDifference]) -> dict[str, Any]:
    """Return the later text, from the earlier one and the differences between them."""
    text: dict[str, Any] = deepcopy(dict(before))
    lists: defaultdict[str, list[TextDifference]] = defaultdict(list)
    for difference in found:
        if difference.is_of_list:
            lists[difference.list_pointer].append(difference)
    for pointer, changes in lists.items():
        items = value_at(text, pointer)
        items[:] = _rearranged(items, changes)
    # Every item now stands where the later text has it.
    for difference in found:
        if difference.pointer is not None and not difference.is_of_list:
            parent, _, name = difference.pointer.rpartition("/")
            owner = value_at(text, parent)
            if difference.change == "removed":
                del owner[_unescaped(name)]
            else:
                owner[_unescaped(name)] = deepcopy(difference.after)
    return text


def translated(pointer: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """Return where a place of the earlier text lies in the later one. None: it is there no more.

    An item of which the key was rewritten in place is found again.
    """
    found = ""
    earlier: Any = before
    later: Any = after
    for token in tokens_of(pointer):
        if isinstance(earlier, list) and isinstance(later, list):
            index = int(token)
            if keys := KEYS.get(found):
                matches = _matched(earlier, later, keys)
                place = {**matches, **_rewritten(earlier, later, matches)}.get(index)
            else:
                place = index if index < len(later) else None
            if place is None:
                return None
            found, earlier, later = f"{found}/{place}", earlier[index], later[place]
        elif isinstance(earlier, dict) and isinstance(later, dict) and token in later:
            found, earlier, later = f"{found}/{escaped(token)}", earlier.get(token), later[token]
        else:
            return None
    return found


def value_at(text: Any, pointer: str) -> Any:
    """Return the value that a JSON pointer (RFC 6901) points to, or `MISSING`."""
    for token in tokens_of(pointer):
        if isinstance(text, Mapping) and token in text:
            text = text[token]
        elif isinstance(text, list) and _is_index(token) and int(token) < len(text):
            text = text[int(token)]
        else:
            return MISSING
    return text


def tokens_of(pointer: str) -> list[str]:
    """Return the steps of a JSON pointer. The empty pointer has none: it is the whole text."""
    return [_unescaped(token) for token in pointer.split("/")[1:]]


def escaped(name: str) -> str:
    """Return the name of a member as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")


def _is_index(token: str) -> bool:
    return token == "0" or (token.isascii() and token.isdigit() and token[0] != "0" and len(token) < 10)  # noqa: S105


def _position(pointer: str | None) -> int | None:
    return None if pointer is None else int(pointer.rpartition("/")[2])


def _compared(
    before: Any, after: Any, earlier_pointer: str, pointer: str, key: Mapping[str, Any] | None
) -> Iterator[TextDifference]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in [*before, *(name for name in after if name not in before)]:
            step = f"/{escaped(name)}"
            yield from _compared(
                before.get(name, MISSING), after.get(name, MISSING), earlier_pointer + step, pointer + step, key
            )
    elif isinstance(before, list) and isinstance(after, list) and pointer in KEYS:
        yield from _compared_items(before, after, pointer, KEYS[pointer])
    elif before is MISSING:
        yield TextDifference("added", earlier_pointer, pointer, key, after=after)
    elif after is MISSING:
        yield TextDifference("removed", earlier_pointer, pointer, key, before=before)
    else:
        yield TextDifference("changed", earlier_pointer, pointer, key, before, after)


def _compared_items(
    before: Sequence[Any], after: Sequence[Any], pointer: str, keys: Sequence[str]
) -> Iterator[TextDifference]:
    matches = _matched(before, after, keys)
    still = _in_order(list(matches.values()))
    for index, item in enumerate(before):
        key = _key(item, keys)
        if index not in matches:
            yield TextDifference("removed", f"{pointer}/{index}", None, key, before=item)
            continue
        place = matches[index]
        earlier, later = f"{pointer}/{index}", f"{pointer}/{place}"
        if place not in still:
            yield TextDifference("moved", earlier, later, key, before=index, after=place)
        yield from _compared(item, after[place], earlier, later, key)
    for place in sorted(set(range(len(after))) - set(matches.values())):
        yield TextDifference("added", None, f"{pointer}/{place}", _key(after[place], keys), after=after[place])


def _key(item: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {name: item[name] for name in keys}


def _matched(before: Sequence[Any], after: Sequence[Any], keys: Sequence[str]) -> dict[int, int]:
    """Return the place of each earlier item in the later list, by its key. Of equal keys, the first is the first."""
    places: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    for place, item in reversed(list(enumerate(after))):
        places[tuple(item[name] for name in keys)].append(place)
    matches: dict[int, int] = {}
    for index, item in enumerate(before):
        if found := places[tuple(item[name] for name in keys)]:
            matches[index] = found.pop()
    return matches


def _rewritten(before: Sequence[Any], after: Sequence[Any], matches: Mapping[int, int]) -> dict[int, int]:
    """Return the places of items with another key that stand where earlier ones stood: after the same item."""
    followers: defaultdict[int, list[int]] = defaultdict(list)
    last, kept = -1, set(matches.values())
    for place in range(len(after)):
        if place in kept:
            last = place
        else:
            followers[last].append(place)
    places: dict[int, int] = {}
    last = -1
    for index in range(len(before)):
        if index in matches:
            last = matches[index]
        elif followers[last]:
            places[index] = followers[last].pop(0)
    return places


def _in_order(places: Sequence[int]) -> set[int]:
    """Return the places of the most items that kept their order (longest increasing subsequence)."""
    ends: list[int] = []
    chains: list[tuple[int, Any]] = []
    for place in places:
        at = bisect_left(ends, place)
        chain = (place, chains[at - 1] if at else None)
        ends[at : at + 1] = [place]
        chains[at : at + 1] = [chain]
    found: set[int] = set()
    link = chains[-1] if chains else None
    while link:
        found.add(link[0])
        link = link[1]
    return found


def _rearranged(items: Sequence[Any], changes: Sequence[TextDifference]) -> list[Any]:
    """Return the items of a list after additions, removals and moves."""
    gone = {change.earlier_position for change in changes}
    placed = {
        change.position: deepcopy(change.after) if change.change == "added" else items[change.before]
        for change in changes
        if change.position is not None
    }
    rest = iter([item for index, item in enumerate(items) if index not in gone])
    total = len(items) - sum(change.change == "removed" for change in changes)
    total += sum(change.change == "added" for change in changes)
    return [placed[place] if place in placed else next(rest) for place in range(total)]
