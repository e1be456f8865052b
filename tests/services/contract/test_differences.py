"""Differences between two texts of a contract."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.contract.rules.differences import MISSING, applied, differences, translated, value_at

WORDS = st.sampled_from(["a", "b", "c", "d"])
LISTS: dict[str, st.SearchStrategy[Any]] = {
    "parties": st.fixed_dictionaries({"organisation": WORDS, "capacity": WORDS}),
    "priorities": st.fixed_dictionaries({"title": WORDS, "carriers": st.lists(WORDS, max_size=2)}),
    "commitments": st.fixed_dictionaries({"organisation": WORDS, "kind": WORDS, "text": WORDS}),
    "plan": st.fixed_dictionaries({"action_id": WORDS, "state": WORDS, "reason": st.none() | WORDS}),
    "actions": st.fixed_dictionaries({"action_id": WORDS, "issues": st.lists(WORDS, max_size=2)}),
}
TEXTS = st.fixed_dictionaries(
    {
        **{name: st.lists(item, max_size=6) for name, item in LISTS.items()},
        "title": WORDS,
        "links": st.none() | st.lists(st.fixed_dictionaries({"kind": WORDS, "name": WORDS}), max_size=3),
        "project": st.fixed_dictionaries(
            {"issues": st.lists(st.fixed_dictionaries({"title": WORDS, "text": WORDS}), max_size=4)}
        ),
        "themes": st.fixed_dictionaries({"animation": st.fixed_dictionaries({"schemes": st.lists(WORDS)})}),
    },
    optional={"a/b~c": st.fixed_dictionaries({}, optional={"d": WORDS})},
)
"""Texts with all kinds of lists, items of equal keys included."""


def text(*titles: str, **more: Any) -> dict[str, Any]:
    return {"priorities": [{"title": title, "carriers": []} for title in titles], **more}


@given(TEXTS, TEXTS)
def test_differences_applied_to_the_earlier_text_give_the_later_one(before: Any, after: Any) -> None:
    assert applied(before, differences(before, after)) == after


@given(TEXTS)
def test_equal_texts_have_no_difference(same: Any) -> None:
    assert differences(same, same) == []


@given(TEXTS, TEXTS)
def test_each_difference_points_to_its_values(before: Any, after: Any) -> None:
    for found in differences(before, after):
        if found.change == "moved":
            assert (found.before, found.after) == (found.earlier_position, found.position)
            continue
        for pointer, where, value in (
            (found.earlier_pointer, before, found.before),
            (found.pointer, after, found.after),
        ):
            if pointer is not None and value is not None:
                assert value_at(where, pointer) == value


@given(TEXTS, st.data())
def test_an_item_that_stays_is_found_again_wherever_it_moves(before: Any, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["priorities", "plan", "parties"]))
    after = {**before, name: data.draw(st.permutations(before[name]))}

    for index, item in enumerate(before[name]):
        place = translated(f"/{name}/{index}", before, after)
        key = {"priorities": "title", "plan": "action_id", "parties": "organisation"}[name]
        assert place is not None
        assert value_at(after, place)[key] == item[key]


def test_a_moved_item_is_listed_with_its_position() -> None:
    [moved] = differences(text("A", "B", "C"), text("C", "A", "B"))

    assert (moved.change, moved.key) == ("moved", {"title": "C"})
    assert (moved.earlier_position, moved.position) == (2, 0)


def test_an_item_that_only_follows_an_addition_is_not_listed_as_moved() -> None:
    [added] = differences(text("A", "B"), text("New", "A", "B"))

    assert (added.change, added.pointer, added.earlier_pointer) == ("added", "/priorities/0", None)
    assert added.after == {"title": "New", "carriers": []}


def test_a_field_of_an_item_is_listed_with_the_key_of_the_item() -> None:
    before = text("A", "B")
    after = {"priorities": [before["priorities"][1], {**before["priorities"][0], "carriers": ["200067254"]}]}

    changed = [found for found in differences(before, after) if found.change == "changed"]

    assert [(found.key, found.earlier_pointer, found.pointer) for found in changed] == [
        ({"title": "A"}, "/priorities/0/carriers", "/priorities/1/carriers")
    ]
    assert (changed[0].before, changed[0].after) == ([], ["200067254"])


def test_links_that_are_answered_at_last_are_one_change() -> None:
    [changed] = differences({"links": None}, {"links": []})

    assert (changed.change, changed.pointer, changed.before, changed.after) == ("changed", "/links", None, [])


def test_a_key_that_was_rewritten_in_place_is_the_same_place() -> None:
    assert translated("/priorities/1/title", text("A", "B", "C"), text("C", "A", "New")) == "/priorities/2/title"
    assert translated("/priorities/1", text("A", "B", "C"), text("A", "C")) is None
    assert translated("/themes/skills", text("A"), text("A")) is None


def test_a_pointer_to_nothing_has_no_value() -> None:
    for pointer in ("/nothing", "/priorities/9", "/priorities/-", "/priorities/01", "/priorities/٣", "/title/0"):
        assert value_at(text("A", title="Contrat"), pointer) is MISSING
    assert value_at(text("A"), "") == text("A")
