"""A schema as the list of its alternatives: each of one type, with no reference left at its top.

`anyOf`, `oneOf`, a list of types, values of several types and no type at all are five ways to write the same.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.compatibility.canonical import NotUnderstood, text_of
from app.compatibility.differences import Place

_NUMBER: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format")
KEYWORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "null": (),
    "boolean": (),
    "string": ("minLength", "maxLength", "pattern", "format", "contentMediaType", "contentEncoding"),
    "integer": _NUMBER,
    "number": _NUMBER,
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
    "object": (
        *("properties", "required", "additionalProperties", "patternProperties", "propertyNames"),
        *("minProperties", "maxProperties"),
    ),
}
"""Keywords by the type of value that they constrain."""
ANY_TYPE: Final = tuple(sorted(KEYWORDS.keys() - {"integer"}))
OF_THE_PLACE: Final = frozenset({"default", "deprecated", "x-sunset", "readOnly", "writeOnly"})
"""Keywords of the field, not of its values."""


@dataclass(frozen=True)
class Alternative:
    """Values of one type. `name` is the component: generated clients have a class of that name."""

    type: str
    place: Place
    name: str | None = None

    @property
    def schema(self) -> Mapping[str, Any]:
        """Return the schema of these values."""
        value: Mapping[str, Any] = self.place.value
        return value

    def __str__(self) -> str:
        return self.name or self.type

    @property
    def tags(self) -> dict[str, str]:
        """Return the properties with a constant value: they distinguish the alternatives of a union."""
        found = {}
        for name, one in self.schema.get("properties", {}).items():
            said = Place(self.place.document, one).resolved().value
            values = [said["const"]] if "const" in said else said.get("enum", [])
            if len(values) == 1 and name in self.schema.get("required", ()):
                found[name] = text_of(values[0])
        return found


def alternatives(place: Place, name: str | None = None, within: frozenset[str] = frozenset()) -> list[Alternative]:
    """Return the alternatives of a schema; none if it allows nothing. `within` holds the references followed."""
    if place.pointer in within:
        raise NotUnderstood(f"{place.pointer}: leads to itself")
    within |= {place.pointer}
    if isinstance(place.value, bool):
        place = Place(place.document, {} if place.value else {"enum": []}, place.pointer)
    said = {keyword: value for keyword, value in place.value.items() if keyword not in OF_THE_PLACE | {"$defs"}}
    if said.keys() == {"$ref"}:
        target = place.target(said["$ref"])
        return alternatives(target, target.name, within)
    parts = [place.target(said.pop("$ref"))] if "$ref" in said else []
    parts += place.member("allOf").items() if said.pop("allOf", None) else []
    unions = [place.member(keyword) for keyword in ("anyOf", "oneOf") if said.pop(keyword, None) is not None]
    found = list(_of_one(Place(place.document, said, place.pointer), name))
    for part in parts:
        found = list(_both(found, alternatives(part, None, within)))
    for union in unions:
        found = list(_both(found, _united(union, within)))
    return found


def _united(union: Place, within: frozenset[str]) -> list[Alternative]:
    found = [one for each in union.items() for one in alternatives(each, None, within)]
    if union.name == "oneOf":
        for place, one in enumerate(found):
            if any(_overlap(one, other) for other in found[:place]):
                raise NotUnderstood(f"{union.pointer}: alternatives that overlap; write anyOf, or tell them apart")
    return found


def _overlap(one: Alternative, other: Alternative) -> bool:
    numbers = {"integer", "number"}
    if one.type != other.type and not {one.type, other.type} <= numbers:
        return False
    tags, others = one.tags, other.tags
    return all(tags[name] == others[name] for name in tags.keys() & others.keys())


def _of_one(place: Place, name: str | None) -> Iterator[Alternative]:
    """Split a schema without references and unions by type."""
    said = dict(place.value)
    types = said.pop("type", None)
    types = [types] if isinstance(types, str) else types
    values = _values(said)
    if values is not None:
        of_types = {text_of(value): _TYPES[type(value)] for value in values}
        allowed = [value for value in values if types is None or _is_one_of(of_types[text_of(value)], types)]
        types = sorted({of_types[text_of(value)] for value in allowed})
    for type_ in types if types is not None else ANY_TYPE:
        keywords = {keyword: said[keyword] for keyword in KEYWORDS[type_] if keyword in said}
        if values is not None:
            keywords["enum"] = [value for value in values if of_types[text_of(value)] == type_]
        if "x-may-grow" in said:
            keywords["x-may-grow"] = said["x-may-grow"]
        yield Alternative(type_, Place(place.document, keywords, place.pointer), name)


def _values(said: dict[str, Any]) -> list[Any] | None:
    values = said.get("enum")
    if "const" in said and (values is None or said["const"] in values):
        return [said["const"]]
    return [] if "const" in said else values


_TYPES: Final[Mapping[type, str]] = {
    type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object",
}  # fmt: skip


def _is_one_of(type_: str, types: Iterable[str]) -> bool:
    return type_ in types or (type_ == "integer" and "number" in types)


def _both(some: list[Alternative], others: list[Alternative]) -> Iterator[Alternative]:
    """Yield the alternatives that both schemas allow."""
    for one in some:
        for other in others:
            types = {one.type, other.type}
            if len(types) == 1 or types == {"integer", "number"}:
                merged = _merged(one.place, other.place)
                anew = Place(one.place.document, merged, one.place.pointer)
                # A lone reference or union: the part stands for the schema.
                place = anew if one.schema else other.place
                yield Alternative(min(types), place, other.name if merged == other.schema else one.name)


_TOGETHER: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "uniqueItems"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
    "required": lambda some, others: sorted({*some, *others}),
    "enum": lambda some, others: [one for one in some if text_of(one) in map(text_of, others)],
    "properties": lambda some, others: {
        **some,
        **{name: {"allOf": [some[name], one]} if name in some else one for name, one in others.items()},
    },
}


def _merged(one: Place, other: Place) -> dict[str, Any]:
    some, others = one.value, other.value
    merged = {**some, **others}
    for keyword in some.keys() & others.keys():
        if text_of(some[keyword]) != text_of(others[keyword]):
            if keyword not in _TOGETHER:
                raise NotUnderstood(f"{one.pointer}: {keyword} is said twice, differently, of one value")
            merged[keyword] = _TOGETHER[keyword](some[keyword], others[keyword])
    for closed, open_ in ((some, others), (others, some)):
        # It is closed, and would refuse the properties of the other part.
        if "additionalProperties" in closed and open_.get("properties", {}).keys() - closed.get("properties", {}):
            raise NotUnderstood(f"{one.pointer}: additionalProperties in a part of allOf")
    return merged
