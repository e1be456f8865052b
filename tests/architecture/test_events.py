"""The published facts: each has a sample that is still read, a listener, and says whom it concerns."""

import json
from pathlib import Path

import pytest

from app.embedded import SERVICES
from shared.events import SAMPLES, Audience, Event

PUBLISHED = sorted(type_ for type_, event in Event.catalogue.items() if event.__module__.startswith("shared.events."))


@pytest.mark.parametrize("type_", PUBLISHED)
def test_each_published_version_has_a_sample(type_: str) -> None:
    assert (SAMPLES / f"{type_}.json").exists()


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_each_sample_is_still_read(sample: Path) -> None:
    envelope = json.loads(sample.read_text())

    event = Event.catalogue[envelope["type"]].read(envelope["data"])

    assert event.type == sample.stem
    assert event.subject == envelope["subject"]
    assert event.model_dump(mode="json") | envelope["data"] == event.model_dump(mode="json"), "a field was lost"


@pytest.mark.parametrize("type_", PUBLISHED)
def test_each_published_fact_has_a_listener(type_: str) -> None:
    listeners = [each.name for each in SERVICES if each.consumer and type_ in each.consumer.types]

    assert listeners, "without a queue that takes it, the event would wait in the outbox for ever"


@pytest.mark.parametrize("type_", PUBLISHED)
def test_each_fact_declares_its_audience(type_: str) -> None:
    assert isinstance(Event.catalogue[type_].audience, Audience)


@pytest.mark.parametrize("type_", PUBLISHED)
def test_facts_carry_no_free_text_but_titles(type_: str) -> None:
    schema = Event.catalogue[type_].model_json_schema()
    models = [schema, *schema.get("$defs", {}).values()]

    loose = [
        f"{model.get('title')}.{name}"
        for model in models
        for name, field in model.get("properties", {}).items()
        if field.get("type") == "string" and not {"maxLength", "pattern", "format", "enum", "const"} & set(field)
    ]

    assert loose == []
