"""Each change of a schema is seen, and breaks whom it breaks; a stranger's tool finds nothing that was overlooked."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.compatibility.canonical import NotUnderstood
from app.compatibility.compatibility import schema_differences
from app.compatibility.differences import DocumentDifference, Side
from tests.app.compatibility.schema_cases import BOTH, CASES, NOBODY, REFUSED, Case, any_of

TODAY: Final = date(2026, 7, 1)
WORDS: Final = (
    "teach the checker",
    "leads to itself",
    "is missing",
    "not in this document",
    "overlap",
    "allOf",
    "twice",
)


def changes(old: Any, new: Any, side: Side) -> list[DocumentDifference]:
    """Return the differences between two schemas."""
    return schema_differences(old, new, today=TODAY, side=side)


def covers(one: Any, other: Any) -> str:
    """Does the first allow every value of the second? By a stranger's decision procedure: yes, no or unknown."""
    return str(jsonschema_rs.canonicalize(one).covers(jsonschema_rs.canonicalize(other)).value)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_breaks_whom_it_breaks_and_nobody_else(case: Case, side: Side) -> None:
    found = changes(case.old, case.new, side)

    assert any(change.breaking for change in found) is (side in case.breaks), found
    if case.what and case.breaks != BOTH - {side}:
        assert (case.what, case.pointer) in [(change.what, change.pointer) for change in found]


@pytest.mark.parametrize("case", [case for case in CASES if not case.ours], ids=lambda case: case.name)
def test_a_stranger_agrees(case: Case) -> None:
    if case.breaks <= {Side.READ}:
        assert covers(case.new, case.old) != "no"
    if case.breaks <= {Side.SENT}:
        assert covers(case.old, case.new) != "no"


def test_there_are_enough_of_each() -> None:
    assert sum(bool(case.breaks) for case in CASES) >= 60
    assert sum(case.breaks == NOBODY for case in CASES) >= 15
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("schema", REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_refused(schema: Any) -> None:
    with pytest.raises(NotUnderstood, match="|".join(WORDS)):
        changes(schema, schema, Side.READ)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_differs_from_itself(case: Case) -> None:
    for schema in (case.old, case.new):
        for side in Side:
            assert changes(schema, schema, side) == []


limits = st.integers(0, 4)


@st.composite
def scalars(draw: st.DrawFn) -> dict[str, Any]:
    """A text, a number, a list of values, null."""
    kind = draw(st.sampled_from(["string", "integer", "number", "boolean", "null", "values"]))
    if kind == "values":
        return {"enum": draw(st.lists(st.sampled_from(["a", "b", 1, 2, None, True]), min_size=1, unique_by=repr))}
    schema: dict[str, Any] = {"type": kind}
    if kind == "string":
        keywords = {"minLength": limits, "maxLength": limits, "pattern": st.sampled_from(["^a", "^[0-9]+$"])}
    elif kind in ("integer", "number"):
        keywords = {"minimum": limits, "maximum": limits, "exclusiveMaximum": limits, "multipleOf": st.integers(1, 4)}
    else:
        return schema
    return schema | draw(st.fixed_dictionaries({}, optional=keywords))


def lists(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Lists and tuples."""
    keywords = {"items": inner, "prefixItems": st.lists(inner, min_size=1, max_size=2), "minItems": limits}
    return st.fixed_dictionaries({"type": st.just("array")}, optional={**keywords, "maxItems": limits})


@st.composite
def objects(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> dict[str, Any]:
    """Objects that take no other properties, or those of a map."""
    names = st.sampled_from(["a", "b", "c"])
    return {
        "type": "object",
        "properties": draw(st.dictionaries(names, inner, max_size=3)),
        "required": draw(st.lists(names, unique=True, max_size=3)),
        "additionalProperties": draw(st.one_of(st.just(False), inner)),
    }


def unions(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of some."""
    return st.lists(inner, min_size=1, max_size=3).map(lambda schemas: any_of(*schemas))


schemas = st.recursive(scalars(), lambda inner: st.one_of(lists(inner), objects(inner), unions(inner)), max_leaves=6)


def parts(schema: Any, pointer: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each schema in a schema."""
    yield pointer
    if not isinstance(schema, dict):
        return
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            yield from parts(schema[keyword], (*pointer, keyword))
    for name, one in schema.get("properties", {}).items():
        yield from parts(one, (*pointer, "properties", name))
    for keyword in ("prefixItems", "anyOf"):
        for place, one in enumerate(schema.get(keyword, ())):
            yield from parts(one, (*pointer, keyword, place))


def replaced(schema: Any, way: tuple[Any, ...], by: Any) -> Any:
    """The schema with another one at that place."""
    if not way:
        return by
    copy = schema.copy()
    copy[way[0]] = replaced(schema[way[0]], way[1:], by)
    return copy


@st.composite
def versions(draw: st.DrawFn) -> tuple[Any, Any]:
    """A schema and what became of it: a part of it is another, or has one keyword less."""
    old = draw(schemas)
    way = draw(st.sampled_from(list(parts(old))))
    part = old
    for step in way:
        part = part[step]
    without = [{k: v for k, v in part.items() if k != keyword} for keyword in part] if isinstance(part, dict) else []
    wider = [any_of(part, {"type": "null"})]
    return old, replaced(old, way, draw(st.one_of(schemas, st.sampled_from([*without, *wider]))))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(versions())
def test_no_value_is_lost_or_new_where_nothing_is_said_to_break(pair: tuple[Any, Any]) -> None:
    old, new = pair

    if not any(change.breaking for change in changes(old, new, Side.SENT)):
        assert covers(new, old) != "no"
    if not any(change.breaking for change in changes(old, new, Side.READ)):
        assert covers(old, new) != "no"
