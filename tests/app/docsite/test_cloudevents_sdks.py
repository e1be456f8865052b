"""The official CloudEvents SDKs read every published sample."""

import json
from typing import Any, Final

import pytest

from shared.events import SAMPLES
from tests.support.cloudevents import refused_by_javascript, refused_by_python

BODIES: Final = [path.read_text() for path in sorted(SAMPLES.glob("*.json"))]
BREACHES: Final[dict[str, dict[str, Any]]] = {
    "no type": {"type": None},
    "no source": {"source": ""},
}


def test_every_sample_is_valid() -> None:
    assert len(BODIES) > 25
    assert refused_by_python(BODIES) == []
    assert refused_by_javascript(BODIES) == []


@pytest.mark.parametrize("breach", BREACHES.values(), ids=BREACHES)
def test_each_sdk_is_seen_to_refuse(breach: dict[str, Any]) -> None:
    broken = json.dumps({key: value for key, value in (json.loads(BODIES[0]) | breach).items() if value is not None})

    assert len(refused_by_python([broken])) == len(refused_by_javascript([broken])) == 1


def test_the_javascript_sdk_refuses_a_relative_dataschema() -> None:
    relative = json.dumps(json.loads(BODIES[0]) | {"dataschema": "/schemas/x.json"})

    assert len(refused_by_javascript([relative])) == 1
