"""Compare two versions of the published contracts. Pure functions.

Clients send requests: a value that was accepted must stay accepted. Clients read answers and events: no field may be
removed and no constraint loosened. A new value of an enumeration breaks clients that handle all values, unless the
schema had `x-may-grow: true` before. A new property of an open object breaks no client, in events too.

Generated clients count: they name functions by operation id and first tag, arguments by parameters, classes by
components. An element announced as deprecated, with a day (`x-sunset`), may be removed from that day on.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.compatibility import canonical, schemas
from app.compatibility.differences import Comparison, DocumentDifference, Place, Side
from app.compatibility.operations import compare, operations, security_schemes


def openapi_differences(old: Mapping[str, Any], new: Mapping[str, Any], *, today: date) -> list[DocumentDifference]:
    """Return all differences between two OpenAPI documents. Pointers refer to the canonical form."""
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
            comparison.record("operation added", one.place, "the operation is new", breaking=False)
    return comparison.found


def schema_differences(
    old: Any, new: Any, *, today: date, side: Side = Side.READ, where: str = "schema"
) -> list[DocumentDifference]:
    """Return all differences between two JSON Schemas of one value."""
    comparison = Comparison(today, where=where)
    before, after = (Place(schema, schema) for schema in map(canonical.schema, (old, new)))
    schemas.compare(comparison, before, after, side)
    return comparison.found


def event_differences(
    old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]], *, today: date
) -> list[DocumentDifference]:
    """Return all differences between two sets of events, by type."""
    found = []
    for name, one in old.items():
        if name not in new:
            sentence = "it is no longer published; an event is published for ever"
            found.append(DocumentDifference(name, "", "event removed", True, sentence))
            continue
        for member, breaks in (("audience", "other recipients"), ("subject", "ordered with other events")):
            if one[member] != new[name][member]:
                sentence = f"the {member} was {one[member]}, is {new[name][member]}: {breaks} than before"
                found.append(DocumentDifference(name, f"/{member}", f"{member} changed", True, sentence))
        found += schema_differences(one["schema"], new[name]["schema"], today=today, where=name)
    found += [DocumentDifference(name, "", "event added", False, "the event is new") for name in new if name not in old]
    return found
