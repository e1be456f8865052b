"""What a new version of the published contracts breaks of the old one: pure functions of the two.

Requests are sent by clients: what was accepted stays accepted. Answers and events are read by them: what was not told
stays untold, and what was told stays. So in an answer a new value of an enumeration breaks who has handled all of
them, unless the schema has said `x-may-grow: true` before; a new property of an open object breaks nobody. Events are
read strictly (`additionalProperties: false`, and our own readers refuse what they do not know): there a new property
does break, and a new shape is a new version of the event.

Generated clients count: they name their functions by operation id and first tag, their arguments by parameters, their
classes by components. What is announced as deprecated, with a day (`x-sunset`), may be gone from that day on.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.compatibility import canonical, schemas
from app.compatibility.changes import Change, Comparison, Place, Side
from app.compatibility.operations import compare, operations, security_schemes


def openapi_changes(old: Mapping[str, Any], new: Mapping[str, Any], *, today: date) -> list[Change]:
    """Every difference between two OpenAPI documents; pointers are into their canonical form."""
    comparison = Comparison(today)
    before, after = (Place(document, document) for document in map(canonical.openapi, (old, new)))
    security_schemes(comparison, before, after)
    olds, news = operations(before), operations(after)
    for address, one in olds.items():
        comparison.where = str(one)
        if address in news:
            compare(comparison, one, news[address])
        else:
            comparison.removed("operation", one.place, "the operation is gone")
    for address, one in news.items():
        if address not in olds:
            comparison.where = str(one)
            comparison.say("operation added", one.place, "the operation is new", breaking=False)
    return comparison.found


def schema_changes(old: Any, new: Any, *, today: date, side: Side = Side.READ, where: str = "schema") -> list[Change]:
    """Every difference between two JSON Schemas of one value."""
    comparison = Comparison(today, where=where)
    before, after = (Place(schema, schema) for schema in map(canonical.schema, (old, new)))
    schemas.compare(comparison, before, after, side)
    return comparison.found


def event_changes(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]], *, today: date
) -> list[Change]:
    """Every difference between two lists of events by their type."""
    found = []
    for name, one in old.items():
        if name not in new:
            sentence = "nobody is told of it any more; an event is published for ever"
            found.append(Change(name, "", "event removed", True, sentence))
            continue
        for member, breaks in (("audience", "others are told"), ("subject", "it is kept in order with others")):
            if one[member] != new[name][member]:
                sentence = f"the {member} was {one[member]}, is {new[name][member]}: {breaks} than before"
                found.append(Change(name, f"/{member}", f"{member} changed", True, sentence))
        found += schema_changes(one["schema"], new[name]["schema"], today=today, where=name)
    found += [Change(name, "", "event added", False, "the event is new") for name in new if name not in old]
    return found
