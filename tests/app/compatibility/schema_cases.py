"""Schemas before and after, and whom the change breaks: who sends such values, who reads them, both or nobody."""

from dataclasses import dataclass
from typing import Any, Final

from app.compatibility.differences import Side

SENT: Final = frozenset({Side.SENT})
READ: Final = frozenset({Side.READ})
BOTH: Final = SENT | READ
NOBODY: Final = frozenset[Side]()


@dataclass(frozen=True)
class Case:
    """One change of a schema."""

    name: str
    old: Any
    new: Any
    breaks: frozenset[Side]
    what: str | None
    pointer: str = ""
    ours: bool = False
    """The verdict is by more than JSON Schema says: sunsets, names, what is not declared, lists that grow."""


def of(*required: str, more: Any = False, **properties: Any) -> dict[str, Any]:
    """An object that takes no other properties, unless told."""
    said = {"type": "object", "properties": properties, "additionalProperties": more, "required": list(required)}
    return {name: value for name, value in said.items() if value is not None}


def any_of(*schemas: Any) -> dict[str, Any]:
    """Any of these."""
    return {"anyOf": list(schemas)}


def one_of(*schemas: Any) -> dict[str, Any]:
    """Exactly one of these."""
    return {"oneOf": list(schemas)}


def listed(*values: Any) -> dict[str, Any]:
    """One of these values."""
    return {"enum": list(values)}


def tree(**more: Any) -> dict[str, Any]:
    """A recursive schema."""
    node = of("label", label={"type": "string", **more}, parts={"type": "array", "items": {"$ref": "#/$defs/Node"}})
    return {"$defs": {"Node": node}, "$ref": "#/$defs/Node"}


TEXT: Final = {"type": "string"}
WHOLE: Final = {"type": "integer"}
NULL: Final = {"type": "null"}
BANK: Final = of("kind", "iban", kind={"const": "bank"}, iban=TEXT)
CASH: Final = of("kind", kind={"const": "cash"})
CARD: Final = of("kind", kind={"const": "card"})
GONE: Final = {**TEXT, "deprecated": True, "x-sunset": "2026-06-30"}
STAYS: Final = {**TEXT, "deprecated": True, "x-sunset": "2026-07-02"}


def a(schema: Any) -> dict[str, Any]:
    """An object that always has this as `a`."""
    return of("a", a=schema)


CASES: Final = [
    # values
    Case("a value is taken out of a list", listed("a", "b"), listed("a"), SENT, "enum value removed"),
    Case("a value enters a list", listed("a"), listed("a", "b"), READ, "enum value added"),
    Case("a value is another", listed("a"), listed("b"), BOTH, "enum value added"),
    Case("a list is in another order", listed("a", "b"), listed("b", "a"), NOBODY, None),
    Case(
        "a value enters a list that may grow",
        {**listed("a"), "x-may-grow": True}, {**listed("a", "b"), "x-may-grow": True}, NOBODY, "enum value added",
        ours=True,
    ),
    Case(
        "a list says that it may grow when it has grown",
        listed("a"), {**listed("a", "b"), "x-may-grow": True}, READ, "enum value added",
    ),
    Case(
        "a value is taken out of a list that may grow",
        {**listed("a", "b"), "x-may-grow": True}, {**listed("a"), "x-may-grow": True}, SENT, "enum value removed",
    ),
    Case("a text is now one of a list", TEXT, {**TEXT, **listed("a")}, SENT, "enum changed"),
    Case("one of a list is now any text", {**TEXT, **listed("a")}, TEXT, READ, "enum changed"),
    Case("a constant is another", {"const": "1.0"}, {"const": "2.0"}, BOTH, "enum value removed"),
    Case("a constant is one of a list", {"const": "a"}, listed("a", "b"), READ, "enum value added"),
    Case("a constant is a list of one", {"const": "a"}, {**TEXT, **listed("a")}, NOBODY, None),
    Case("null is taken out of a list", listed("a", None), listed("a"), SENT, "type removed"),
    # types
    Case("a type is another", TEXT, WHOLE, BOTH, "type removed"),
    Case("numbers are whole", {"type": "number"}, WHOLE, SENT, "type changed"),
    Case("whole numbers are any", WHOLE, {"type": "number"}, READ, "type changed"),
    Case("null is no longer allowed", any_of(TEXT, NULL), TEXT, SENT, "type removed"),
    Case("null is newly allowed", TEXT, any_of(TEXT, NULL), READ, "type added"),
    Case("null is newly allowed, by a list of types", TEXT, {"type": ["string", "null"]}, READ, "type added"),
    Case("null is newly allowed, by one of", TEXT, one_of(TEXT, NULL), READ, "type added"),
    Case("two ways to write null", any_of(TEXT, NULL), {"type": ["null", "string"]}, NOBODY, None),
    Case("anything is now a text", True, TEXT, SENT, "type removed"),
    Case("a text is now anything", TEXT, {}, READ, "type added"),
    Case("nothing is allowed any more", TEXT, False, BOTH, "type removed"),
    Case("two ways to write anything", True, {"title": "Anything"}, NOBODY, None),
    # limits
    Case("a maximum is lower", {**WHOLE, "maximum": 9}, {**WHOLE, "maximum": 8}, SENT, "maximum changed"),
    Case("a maximum is higher", {**WHOLE, "maximum": 9}, {**WHOLE, "maximum": 10}, READ, "maximum changed"),
    Case("a maximum is new", WHOLE, {**WHOLE, "maximum": 10}, SENT, "maximum changed"),
    Case(
        "a maximum was written as a float",
        {**WHOLE, "maximum": 2.0**63}, {**WHOLE, "maximum": 2**63 - 1}, NOBODY, None, ours=True,
    ),
    Case("a maximum is written as a fraction", {**WHOLE, "maximum": 10}, {**WHOLE, "maximum": 10.0}, NOBODY, None),
    Case("a minimum is higher", {**WHOLE, "minimum": 0}, {**WHOLE, "minimum": 1}, SENT, "minimum changed"),
    Case("a minimum is gone", {**WHOLE, "minimum": 0}, WHOLE, READ, "minimum changed"),
    Case(
        "the end is no longer in",
        {"type": "number", "maximum": 9}, {"type": "number", "exclusiveMaximum": 9}, BOTH, "exclusiveMaximum changed",
    ),
    Case(
        "the beginning is later",
        {"type": "number", "exclusiveMinimum": 0}, {"type": "number", "exclusiveMinimum": 1}, SENT,
        "exclusiveMinimum changed",
    ),
    Case("steps are wider", {**WHOLE, "multipleOf": 5}, {**WHOLE, "multipleOf": 10}, SENT, "multipleOf changed"),
    Case("steps are narrower", {**WHOLE, "multipleOf": 10}, {**WHOLE, "multipleOf": 5}, READ, "multipleOf changed"),
    Case("steps are others", {**WHOLE, "multipleOf": 3}, {**WHOLE, "multipleOf": 5}, BOTH, "multipleOf changed"),
    Case("a text is shorter", {**TEXT, "maxLength": 9}, {**TEXT, "maxLength": 8}, SENT, "maxLength changed"),
    Case("a text may be any length", {**TEXT, "maxLength": 9}, TEXT, READ, "maxLength changed"),
    Case("a text may not be empty", TEXT, {**TEXT, "minLength": 1}, SENT, "minLength changed"),
    Case("a text may be as empty as before", TEXT, {**TEXT, "minLength": 0}, NOBODY, None),
    Case("a pattern is new", TEXT, {**TEXT, "pattern": "^[0-9]+$"}, SENT, "pattern changed"),
    Case("a pattern is gone", {**TEXT, "pattern": "^[0-9]+$"}, TEXT, READ, "pattern changed"),
    Case("a pattern is another", {**TEXT, "pattern": "^a$"}, {**TEXT, "pattern": "^b$"}, BOTH, "pattern changed"),
    Case("a format is new", TEXT, {**TEXT, "format": "uuid"}, SENT, "format changed"),
    Case("a format is another", {**TEXT, "format": "date"}, {**TEXT, "format": "date-time"}, BOTH, "format changed"),
    Case(
        "a limit that says nothing of this type",
        {**TEXT, "maximum": 5}, {**TEXT, "maximum": 4}, NOBODY, None,
    ),
    # lists
    Case(
        "a list is shorter",
        {"type": "array", "maxItems": 9}, {"type": "array", "maxItems": 8}, SENT, "maxItems changed",
    ),
    Case("a list may be empty", {"type": "array", "minItems": 1}, {"type": "array"}, READ, "minItems changed"),
    Case(
        "a list has each once",
        {"type": "array"}, {"type": "array", "uniqueItems": True}, SENT, "uniqueItems changed",
    ),
    Case(
        "items may be null",
        {"type": "array", "items": TEXT}, {"type": "array", "items": any_of(TEXT, NULL)}, READ, "type added", "/items",
    ),
    Case(
        "items are described",
        {"type": "array"}, {"type": "array", "items": TEXT}, SENT, "type removed", "/items",
    ),
    Case(
        "a place of a tuple is another",
        {"type": "array", "prefixItems": [WHOLE, TEXT]}, {"type": "array", "prefixItems": [WHOLE, WHOLE]}, BOTH,
        "type removed", "/prefixItems/1",
    ),
    Case(
        "a tuple grows",
        {"type": "array", "prefixItems": [WHOLE], "minItems": 1, "maxItems": 1},
        {"type": "array", "prefixItems": [WHOLE, WHOLE], "minItems": 2, "maxItems": 2}, BOTH, "maxItems changed",
    ),
    # objects
    Case("a property is gone", a(TEXT), of(), BOTH, "property removed", "/properties/a"),
    Case("an optional property is gone", of(a=TEXT), of(), BOTH, "property removed", "/properties/a"),
    Case(
        "a property of an open object is gone",
        of("a", more=None, a=TEXT), of(more=None), BOTH, "property removed", "/properties/a", ours=True,
    ),
    Case("a property is gone after its day", of(a=GONE), of(), NOBODY, "property removed", "/properties/a", ours=True),
    Case("a property is gone before its day", of(a=STAYS), of(), BOTH, "property removed", "/properties/a"),
    Case(
        "a property is deprecated without a day, and gone",
        of(a={**TEXT, "deprecated": True}), of(), BOTH, "property removed", "/properties/a",
    ),
    Case("a property is deprecated", of(a=TEXT), of(a=GONE), NOBODY, "deprecated", "/properties/a"),
    Case("a property goes sooner than was said", of(a=STAYS), of(a=GONE), BOTH, "sunset advanced", "/properties/a"),
    Case("a property goes later than was said", of(a=GONE), of(a=STAYS), NOBODY, None),
    Case("strict readers meet a new property", of(), of(a=TEXT), READ, "property added", "/properties/a"),
    Case("strict readers meet a new required property", of(), a(TEXT), BOTH, None, "/properties/a"),
    Case(
        "an open object has one more property",
        of(more=None), of(more=None, a=TEXT), NOBODY, "property added", "/properties/a", ours=True,
    ),
    Case(
        "an open object has one more, required",
        of(more=None), of("a", more=None, a=TEXT), SENT, "required property added", "/properties/a",
    ),
    Case("a property becomes required", of(a=TEXT), a(TEXT), SENT, "property required", "/properties/a"),
    Case("a property becomes optional", a(TEXT), of(a=TEXT), READ, "property no longer required", "/properties/a"),
    Case(
        "a property becomes required that is described nowhere",
        of(more=None), of("a", more=None), SENT, "property required",
    ),
    Case("others are forbidden", of(more=None, a=TEXT), of(a=TEXT), SENT, "additionalProperties changed"),
    Case("others are allowed", of(a=TEXT), of(more=True, a=TEXT), READ, "additionalProperties changed"),
    Case(
        "others are described",
        of(more=None), of(more=TEXT), SENT, "type removed", "/additionalProperties",
    ),
    Case(
        "the values of a map are shorter",
        of(more={**TEXT, "maxLength": 9}), of(more={**TEXT, "maxLength": 8}), SENT, "maxLength changed",
        "/additionalProperties",
    ),
    Case(
        "a name of a map is described as another type",
        of(more=TEXT), of(more=TEXT, a=WHOLE), BOTH, "type removed", "/properties/a",
    ),
    Case("a name of a map is described as before", of(more=TEXT), of(more=TEXT, a=TEXT), NOBODY, None),
    Case(
        "a map has fewer names",
        {"type": "object", "propertyNames": listed("a", "b")}, {"type": "object", "propertyNames": listed("a")}, SENT,
        "enum value removed", "/propertyNames",
    ),
    Case(
        "names are of another pattern",
        {"type": "object", "patternProperties": {"^a": TEXT}}, {"type": "object", "patternProperties": {"^b": TEXT}},
        BOTH, "patternProperties changed",
    ),
    Case(
        "names of a pattern may be null",
        {"type": "object", "patternProperties": {"^a": TEXT}},
        {"type": "object", "patternProperties": {"^a": any_of(TEXT, NULL)}}, READ, "type added",
        "/patternProperties/^a",
    ),
    Case(
        "an object is larger",
        {"type": "object", "maxProperties": 5}, {"type": "object"}, READ, "maxProperties changed",
    ),
    Case(
        "deep inside, null is allowed",
        a(a(TEXT)), a(a(any_of(TEXT, NULL))), READ, "type added", "/properties/a/properties/a",
    ),
    # fields
    Case(
        "a default is another",
        of(a={**WHOLE, "default": 5}), of(a={**WHOLE, "default": 6}), SENT, "default changed", "/properties/a",
    ),
    Case("a default is gone", of(a={**WHOLE, "default": 5}), of(a=WHOLE), SENT, "default changed", "/properties/a"),
    Case(
        "a field is for reading only",
        of(a=TEXT), of(a={**TEXT, "readOnly": True}), SENT, "readOnly changed", "/properties/a", ours=True,
    ),
    Case(
        "a field is for writing only",
        of(a=TEXT), of(a={**TEXT, "writeOnly": True}), READ, "writeOnly changed", "/properties/a", ours=True,
    ),
    Case(
        "words are others",
        {**TEXT, "description": "Before", "examples": ["a"]}, {**TEXT, "title": "After"}, NOBODY, None,
    ),
    # unions and references
    Case("an alternative is gone", one_of(BANK, CASH), one_of(BANK), SENT, "type removed"),
    Case("an alternative is new", one_of(BANK, CASH), one_of(CARD, CASH, BANK), READ, "type added"),
    Case("an alternative is another", one_of(BANK, CASH), one_of(BANK, CARD), BOTH, "type added"),
    Case("alternatives are in another order", any_of(BANK, CASH), any_of(CASH, BANK), NOBODY, None),
    Case(
        "an alternative takes less",
        one_of(CASH, BANK), one_of(of("kind", "iban", kind={"const": "bank"}, iban={**TEXT, "maxLength": 34}), CASH),
        SENT, "maxLength changed", "/oneOf/0/properties/iban",
    ),
    Case("a recursive schema stays", tree(), tree(), NOBODY, None),
    Case(
        "a recursive schema takes less",
        tree(), tree(maxLength=9), SENT, "maxLength changed", "/$defs/Node/properties/label",
    ),
    Case(
        "two parts say one thing together",
        {"allOf": [{**TEXT, "minLength": 1}, {**TEXT, "maxLength": 9}]}, {**TEXT, "minLength": 1, "maxLength": 9},
        NOBODY, None,
    ),
    Case(
        "one of two parts takes less",
        {"allOf": [{**TEXT, "minLength": 1}, {**TEXT, "maxLength": 9}]},
        {"allOf": [{**TEXT, "minLength": 1}, {**TEXT, "maxLength": 8}]}, SENT, "maxLength changed", "/allOf/0",
    ),
    Case(
        "more is said beside a reference",
        {"$defs": {"A": TEXT}, "$ref": "#/$defs/A"}, {"$defs": {"A": TEXT}, "$ref": "#/$defs/A", "maxLength": 9}, BOTH,
        "schema renamed", ours=True,
    ),
    Case(
        "a schema is called otherwise",
        {"$defs": {"A": TEXT}, "$ref": "#/$defs/A"}, {"$defs": {"B": TEXT}, "$ref": "#/$defs/B"},
        BOTH, "schema renamed",
        "/$defs/B", ours=True,
    ),
    Case(
        "what a reference leads to takes less",
        {"$defs": {"A": TEXT}, "$ref": "#/$defs/A"}, {"$defs": {"A": {**TEXT, "maxLength": 9}}, "$ref": "#/$defs/A"},
        SENT, "maxLength changed", "/$defs/A",
    ),
]  # fmt: skip

REFUSED: Final = {
    "a keyword that nobody knows": {"type": "string", "shorterThan": 5},
    "if and then": {"if": TEXT, "then": {"maxLength": 5}},
    "a negation": {"not": TEXT},
    "what another keyword left over": {"unevaluatedProperties": False},
    "a dynamic reference": {"$dynamicRef": "#node"},
    "a keyword of OpenAPI 3.0": {"type": "string", "nullable": True},
    "a keyword deep inside": of(a={"type": "array", "items": {"contains": TEXT}}),
    "alternatives that overlap": one_of(of(a=TEXT), of(b=TEXT)),
    "a closed part among others": {"allOf": [of(a=TEXT), {"type": "object", "properties": {"b": TEXT}}]},
    "two patterns for one text": {"allOf": [{**TEXT, "pattern": "^a"}, {**TEXT, "pattern": "b$"}]},
    "a reference to another document": {"$ref": "https://example.org/schema.json"},
    "a reference to nothing": {"$ref": "#/$defs/Nothing"},
    "a reference to itself": {"$defs": {"A": {"$ref": "#/$defs/A"}}, "$ref": "#/$defs/A"},
}
"""Schemas that the checker cannot compare and so refuses."""
