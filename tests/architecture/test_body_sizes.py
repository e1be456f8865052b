"""Each body that a schema allows is accepted: with every text at its longest, it is below the limits of a body."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from app.docsite import openapi
from shared.http.json_body import MAX_VALUES
from shared.settings import Settings
from tests.architecture.largest import Largest, size

WORST: Final = "\N{GRINNING FACE}"
"""The character that takes most bytes in UTF-8: four. What a client escapes without need takes more."""
LIMIT: Final = Settings.model_fields["max_body_bytes"].default
DOCUMENT: Final = openapi.document()


def bodies() -> Iterator[tuple[str, Any]]:
    """Yield each operation that takes a body in JSON, with its schema."""
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
            for media, described in content.items():
                if media.endswith("json"):
                    yield f"{method} {path}", described["schema"]


BODIES: Final = dict(bodies())


def values_in(value: Any) -> int:
    """Return the number of members and items of a value, at any depth."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return len(inner) + sum(map(values_in, inner))


@pytest.mark.parametrize("schema", BODIES.values(), ids=BODIES.keys())
def test_the_largest_body_of_an_operation_is_accepted(schema: dict[str, Any]) -> None:
    body = Largest(DOCUMENT["components"]["schemas"], WORST).of(schema)

    assert size(body) <= LIMIT
    assert values_in(body) <= MAX_VALUES


def test_all_operations_with_a_body_are_looked_at() -> None:
    assert len(BODIES) > 20
    assert max(size(Largest(DOCUMENT["components"]["schemas"], WORST).of(each)) for each in BODIES.values()) > LIMIT / 2
