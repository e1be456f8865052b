"""The real contracts: nothing that the code says breaks the last published version, and whatever would is caught."""

import json
import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.artifacts.permission_tables import events
from app.cli import cli
from app.compatibility import FOLDER, canonical, versions
from app.compatibility.compatibility import event_differences, openapi_differences, schema_differences
from app.compatibility.versions import NotPublished, PublishedVersion
from app.demo_clients import CLIENTS
from app.embedded import SERVICES
from shared.clock import today
from shared.http.deprecation import NOTICE
from tests.app.compatibility.breakers import Breach, breaches
from tests.app.compatibility.documents import GONE, edited

TODAY: Final = date(2026, 7, 1)
LAST: Final = versions.last()
BREACHES: Final = breaches(dict(LAST.openapi))


def test_the_code_breaks_nothing_that_was_published() -> None:
    breaking = [change for change in LAST.differences(versions.current(), today=today()) if change.breaking]

    assert not breaking, versions.report(breaking)


def test_what_was_published_is_every_operation_and_every_event() -> None:
    addresses = {
        (method, path)
        for path, methods in LAST.openapi["paths"].items()
        for method in methods
        if path.startswith("/v1/")
    }

    assert len(addresses) > 100
    assert LAST.events.keys() <= {event.type for event in events()}
    assert {name.split(".")[2] for name in LAST.events} == {service.name for service in SERVICES}


def test_each_scope_of_a_token_is_in_the_document() -> None:
    flow = LAST.openapi["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]

    assert flow["scopes"].keys() == frozenset[str]().union(*(client.scopes for client in CLIENTS))


def test_each_file_is_as_it_would_be_written(folder: Path) -> None:
    canonical_again = PublishedVersion(
        canonical.openapi(LAST.openapi), {name: canonical.event(event) for name, event in LAST.events.items()}
    )

    assert texts_of(folder) == texts_of(FOLDER)
    assert canonical_again == LAST


def texts_of(folder: Path) -> dict[str, str]:
    """Return the content of each published file."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.json")}


def test_the_published_files_hold_no_words_for_people() -> None:
    text = (FOLDER / "openapi.json").read_text()
    operations = sum(map(len, LAST.openapi["paths"].values()))

    # A field of this name has a schema, not words.
    assert '"summary": "' not in text
    assert len(text) < 4_000 * operations


def test_a_contract_does_not_differ_from_itself() -> None:
    assert LAST.differences(LAST, today=TODAY) == []


def part_of(document: Any, breach: Breach) -> Any:
    """The address that a breach is of, and what it refers to: to compare the rest would take most of the time."""
    part = {path: it for path, it in document["paths"].items() if path == breach.path}
    known, found, wanted = document["components"], dict[tuple[str, str], Any](), references(part)
    while wanted:
        found |= {(kind, name): known[kind][name] for kind, name in wanted}
        wanted = references(list(found.values())) - found.keys()
    components = {
        kind: {name: it for (of, name), it in found.items() if of == kind}
        for kind in known
        if kind != "securitySchemes"
    }
    return {**document, "paths": part, "components": {**known, **components}}


def references(value: Any) -> set[tuple[str, str]]:
    """The components that something refers to, by their kind and name."""
    return set(re.findall(r'"#/components/([^/"]+)/([^"]+)"', json.dumps(value)))


def test_there_are_many_ways_to_break_it() -> None:
    ways = Counter(breach.name for breach in BREACHES)

    assert len(ways) >= 20, ways
    assert min(ways.values()) >= 2, ways


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.data())
def test_a_breach_anywhere_is_caught(data: st.DataObject) -> None:
    way = data.draw(st.sampled_from(sorted({breach.name for breach in BREACHES})))
    breach = data.draw(st.sampled_from([breach for breach in BREACHES if breach.name == way]))
    old = part_of(LAST.openapi, breach)

    found = openapi_differences(old, breach.broken(old), today=TODAY)

    assert any(change.breaking for change in found), str(breach)


NAME: Final = "fr.territoires-industrie.contract.ActionSubmitted.v1"
PROPERTIES: Final = f"/{NAME}/schema/properties"
EVENT_BREACHES: Final = {
    "an event that is told no more": ({f"/{NAME}": GONE}, "event removed"),
    "others are told": ({f"/{NAME}/audience": "public"}, "audience changed"),
    "fewer are told": ({f"/{NAME}/audience": "platform"}, "audience changed"),
    "another subject": ({f"/{NAME}/subject": "contract/{action_id}"}, "subject changed"),
    "a field of another type": ({f"{PROPERTIES}/action_id/type": "integer"}, "type added"),
    "a field that may be null": ({f"{PROPERTIES}/action_id": {"type": ["string", "null"]}}, "type added"),
    "a field without its form": ({f"{PROPERTIES}/action_id": {"type": "string"}}, "format changed"),
    "a field that may be missing": ({f"/{NAME}/schema/required": []}, "property no longer required"),
    "a field that is gone": ({f"{PROPERTIES}/title": GONE}, "property removed"),
}


@pytest.mark.parametrize(("edits", "what"), EVENT_BREACHES.values(), ids=EVENT_BREACHES)
def test_an_event_keeps_its_shape(edits: dict[str, Any], what: str) -> None:
    new = edited(dict(LAST.events), edits)

    found = [change for change in event_differences(LAST.events, new, today=TODAY) if change.breaking]

    assert (NAME, what) in [(change.where, change.what) for change in found]


def test_a_new_version_of_an_event_breaks_nobody() -> None:
    shape = edited(dict(LAST.events[NAME]), {"/schema/properties/place": {"type": "string"}})

    [change] = event_differences(LAST.events, {**LAST.events, NAME.replace("v1", "v2"): shape}, today=TODAY)

    assert (change.what, change.breaking) == ("event added", False)


@pytest.mark.parametrize("event", events(), ids=lambda event: event.__name__)
def test_a_new_field_is_no_new_version_and_a_missing_one_is(event: Any) -> None:
    schema = event.data_schema()
    more = edited(schema, {"/properties/more": {"type": "string"}, "/required": [*schema["required"], "more"]})

    [change] = schema_differences(schema, more, today=TODAY)

    assert (change.what, change.breaking) == ("property added", False)
    assert any(change.breaking for change in schema_differences(more, schema, today=TODAY))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The published files, where they may be written over."""
    versions.write(LAST, tmp_path)
    return tmp_path


def version(edits: dict[str, Any]) -> PublishedVersion:
    """The published version, edited."""
    return PublishedVersion(canonical.openapi(edited(dict(LAST.openapi), edits)), LAST.events)


PHASES: Final = "/paths/~1v1~1phases/get"


def test_what_adds_is_published(folder: Path) -> None:
    new = version({f"{PHASES}/responses/418": {"x-codes": ["a-teapot"]}})

    [change] = versions.publish(new, today=TODAY, folder=folder)

    assert (change.where, change.breaking) == ("GET /v1/phases, answer 418", False)
    assert versions.last(folder) == new


def test_what_breaks_is_not_published(folder: Path) -> None:
    with pytest.raises(NotPublished, match=r"GET /v1/phases\n.*the operation is gone"):
        versions.publish(version({PHASES: GONE}), today=TODAY, folder=folder)

    assert versions.last(folder) == LAST


def test_an_operation_is_announced_six_months_before_it_goes(folder: Path) -> None:
    def announced(day: date) -> PublishedVersion:
        return version({f"{PHASES}/deprecated": True, f"{PHASES}/x-sunset": day.isoformat()})

    gone = version({PHASES: GONE})
    until = TODAY + NOTICE
    with pytest.raises(NotPublished, match=f"let it stay until {until}"):
        versions.publish(announced(until - timedelta(days=1)), today=TODAY, folder=folder)
    versions.publish(announced(until), today=TODAY, folder=folder)

    with pytest.raises(NotPublished, match=f"it was announced to stay until {until}"):
        versions.publish(gone, today=until - timedelta(days=1), folder=folder)
    versions.publish(gone, today=until, folder=folder)

    assert "get" not in versions.last(folder).openapi["paths"]["/v1/phases"]


def test_the_first_version_breaks_nobody(folder: Path) -> None:
    fewer = PublishedVersion(LAST.openapi, {NAME: LAST.events[NAME]})

    assert versions.publish(fewer, today=TODAY, folder=folder, first=True) == []
    assert versions.last(folder) == fewer


def command(*arguments: str) -> tuple[int, str]:
    """Run one command of `python -m services`; return its exit code and its output."""
    done = CliRunner().invoke(cli, arguments)
    return done.exit_code, done.output


def test_without_a_published_version_nothing_is_compared(tmp_path: Path) -> None:
    for name in ("compatible", "publish"):
        code, said = command(name, "--folder", str(tmp_path))

        assert code == 1
        assert "publish --first" in said


def test_the_command_names_what_breaks_and_fails(folder: Path) -> None:
    # What the code says of today is less than this version promised.
    versions.write(version({f"{PHASES}/responses/200/headers": {"ETag": {"schema": {"type": "string"}}}}), folder)

    code, said = command("compatible", "--folder", str(folder))

    assert code == 1
    assert "BREAKS GET /v1/phases, answer 200\n       the header etag is no longer sent" in said
    assert said.splitlines()[-1].endswith("break the last published version.")
    assert command("publish", "--folder", str(folder), "--first")[0] == 0
    assert command("compatible", "--folder", str(folder)) == (0, "0 of 0 changes break the last published version.\n")
