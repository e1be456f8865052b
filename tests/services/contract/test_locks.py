"""A returned draft changes at or below the fields that are unlocked, and nowhere else."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.errors import FieldLocked
from services.contract.rules.differences import KEYS
from services.contract.rules.locks import is_at_or_below, locked_changes, require_unlocked
from services.contract.rules.texts import written
from tests.services.contract.places import PAU, TARBES, make_contract

LISTS: Final = ("priorities", "commitments", "parties", "plan", "links")


def submitted_text() -> dict[str, Any]:
    """The text of a contract with items in each list."""
    text = written(make_contract())
    text["priorities"] = [
        {"title": title, "carriers": [PAU, TARBES], "actions": []} for title in ("Attirer", "Décarboner", "Innover")
    ]
    text["links"] = [{"kind": kind, "name": "Contrat (synthétique)"} for kind in ("CTE", "ACV")]
    return text


TEXT: Final = submitted_text()


def places(value: Any, pointer: str = "") -> Iterator[str]:
    """Yield the pointer of a value and of all that lies below it."""
    yield pointer
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in children:
        yield from places(each, f"{pointer}/{name}")


def fields(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each field outside the lists, with its pointer."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from fields(each, f"{pointer}/{name}")
    elif pointer not in KEYS:
        yield pointer, value


PLACES: Final = sorted(places(TEXT))


ACTS: Final[dict[str, Callable[[list[Any], int, str, str], Any]]] = {
    "changed": lambda items, index, name, word: items[index].update(
        {name: [TARBES] if isinstance(items[index][name], list) else word}
    ),
    "removed": lambda items, index, _name, _word: items.pop(index),
    "added": lambda items, index, name, word: items.insert(index, {**items[index], name: word}),
    "moved": lambda items, index, _name, _word: items.insert(0, items.pop(index)),
    "rewritten": lambda items, index, _name, word: items[index].update(dict.fromkeys(items[index], word)),
}
"""Changes of a list at an item, with the name of a field of it."""


@st.composite
def changed_texts(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a text after a few changes of fields and of lists."""
    text = deepcopy(TEXT)
    for number in range(draw(st.integers(1, 4))):
        word = f"Autre {number}"
        if draw(st.booleans()):
            part, name = draw(st.sampled_from([("", "title"), ("project", "diagnosis"), ("themes", "skills")]))
            (text[part] if part else text)[name] = word
        elif items := text[draw(st.sampled_from(LISTS))]:
            index = draw(st.integers(0, len(items) - 1))
            name = draw(st.sampled_from(sorted(items[index])))
            ACTS[draw(st.sampled_from(sorted(ACTS)))](items, index, name, word)
    return text


@given(st.sets(st.sampled_from(PLACES), max_size=4), changed_texts())
def test_no_change_outside_the_unlocked_fields_passes(unlocked: set[str], changed: dict[str, Any]) -> None:
    try:
        require_unlocked(sorted(unlocked), submitted=TEXT, draft=TEXT, changed=changed)
    except FieldLocked as refused:
        assert all(not is_at_or_below(pointer, unlocked) for pointer in refused.members["locked"])  # noqa: PT017
        return

    now = dict(fields(changed))
    for pointer, value in fields(TEXT):
        assert (
            is_at_or_below(pointer, unlocked)
            or now[pointer] == value
            or any(other.startswith(f"{pointer}/") for other in unlocked)
        )
    for name in LISTS:
        if is_at_or_below(f"/{name}", unlocked):
            continue
        untouched = [
            item
            for index, item in enumerate(TEXT[name])
            if not any(is_at_or_below(pointer, [f"/{name}/{index}"]) for pointer in unlocked)
        ]
        assert [item for item in changed[name] if item in untouched] == untouched
        assert len(changed[name]) <= len(TEXT[name])


@given(st.sampled_from(PLACES))
def test_what_is_unlocked_passes(pointer: str) -> None:
    text = deepcopy(TEXT)
    tokens = pointer.split("/")[1:]
    if not tokens:
        text["title"] = "Autre"
    else:
        owner: Any = text
        for token in tokens[:-1]:
            owner = owner[int(token)] if isinstance(owner, list) else owner[token]
        if isinstance(owner, list):
            del owner[int(tokens[-1])]
        else:
            owner[tokens[-1]] = [] if isinstance(owner[tokens[-1]], list) else None

    assert locked_changes(TEXT, text, [pointer]) == []


def test_without_locks_everything_passes_and_with_nothing_unlocked_nothing() -> None:
    changed = {**TEXT, "title": "Autre"}

    require_unlocked(None, submitted=TEXT, draft=TEXT, changed=changed)
    require_unlocked([], submitted=TEXT, draft=TEXT, changed=deepcopy(TEXT))
    with pytest.raises(FieldLocked) as refused:
        require_unlocked([], submitted=TEXT, draft=TEXT, changed=changed)
    assert refused.value.members == {"locked": ["/title"], "unlocked": []}
