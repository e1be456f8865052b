"""The four services are the same house: the same rooms, modules and public names, entered by the same doors."""

import ast
import dataclasses
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from shared.http.routing import Router
from shared.messaging.consumer import Consumer
from shared.problem import NotFound, Refusal
from shared.runtime.platform import Service
from tests.architecture.sources import whole_package

ROOT = Path(__file__).parents[2]
HOUSES = ("territory", "contract", "catalog", "notification")
LISTENING = HOUSES
PROJECTING = ("contract", "catalog", "notification")
"""Services that keep copies of what others tell."""
ROOMS = ("api", "commands", "models", "queries", "rules", "schemas")
FACES = ("commands", "queries")
"""Rooms that are imported as a whole: `from services.contract import commands, queries`."""
CLOSED = (*FACES, "models", "schemas")
"""Rooms of which nothing is imported past the package."""
MODULES = {
    "api": ("__init__", "dependencies", "filters"),
    "models": ("__init__", "base"),
    "queries": ("__init__", "filters"),
}
PROJECTIONS = ("models/projections", "queries/projections")
FORMER = {"doors", "known", "parameters", "forms"}
HTTP = ("fastapi", "starlette")

each_house = pytest.mark.parametrize("house", HOUSES)


def module(house: str, name: str) -> ModuleType:
    """Import a module of a service."""
    return import_module(f"services.{house}.{name}")


def sources(house: str) -> Iterator[tuple[str, str, str]]:
    """Each file of a service: its room, its path and its text."""
    folder = ROOT / "services" / house
    for path in sorted(folder.rglob("*.py")):
        room = path.relative_to(folder).parts[0].removesuffix(".py")
        if room not in ("migrations", "reference"):
            yield room, path.relative_to(ROOT).as_posix(), path.read_text()


def imports(text: str) -> Iterator[str]:
    """Each name that a file imports, in full."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def breaches(room: str, text: str) -> list[str]:
    """The imports by which a file enters another room than by its door, or brings HTTP where it does not belong."""
    found = []
    for name in imports(text):
        parts = name.split(".")
        if parts[0] in HTTP and room not in ("api", "app"):
            found.append(name)
        if parts[0] != "services" or len(parts) < 4 or parts[2] == room:
            continue
        if parts[2] in FACES or (parts[2] in CLOSED and (len(parts) > 4 or _is_module(parts))):
            found.append(name)
    if room == "schemas":
        found += [name for name in imports(text) if re.fullmatch(r"services\.\w+\.(queries|commands)", name)]
    return found


def _is_module(parts: list[str]) -> bool:
    where = ROOT.joinpath(*parts[:3])
    face = (where / "__init__.py").read_text()
    return (where / f"{parts[3]}.py").exists() and f'"{parts[3]}"' not in face


@each_house
def test_each_house_has_the_same_rooms(house: str) -> None:
    folder = ROOT / "services" / house

    assert [room for room in ROOMS if not (folder / room / "__init__.py").exists()] == []
    assert (folder / "app.py").exists()
    assert (folder / "errors.py").exists() or (folder / "errors" / "__init__.py").exists()


@each_house
def test_the_same_purpose_has_the_same_module(house: str) -> None:
    folder = ROOT / "services" / house
    wanted = [f"{room}/{name}" for room, names in MODULES.items() for name in names]
    if house in LISTENING:
        wanted += ["consumers"]
    if house in PROJECTING:
        wanted += PROJECTIONS

    assert [name for name in wanted if not (folder / f"{name}.py").exists()] == []
    assert [path for _, path, _ in sources(house) if Path(path).stem in FORMER] == []


@each_house
def test_each_house_shows_the_same_names(house: str) -> None:
    app, api, dependencies = (module(house, name) for name in ("app", "api", "api.dependencies"))

    assert isinstance(app.service, Service)
    assert app.service.name == house
    assert callable(app.create_app)
    assert isinstance(api.router, Router)
    assert {"Reading", "Writing"} <= vars(dependencies).keys()
    assert module(house, "models").Base.metadata is app.service.metadata
    assert callable(module(house, "queries").access_scope_of)


@pytest.mark.parametrize("house", LISTENING)
def test_a_listening_house_has_its_consumer(house: str) -> None:
    assert isinstance(module(house, "consumers").consumer, Consumer)
    assert module(house, "app").service.consumer is module(house, "consumers").consumer


@each_house
@pytest.mark.parametrize("room", CLOSED)
def test_the_package_is_the_face_of_a_room(house: str, room: str) -> None:
    face = module(house, room)
    submodules = {path.stem for path in (ROOT / "services" / house / room).iterdir()}

    assert face.__all__, "a face names what it shows"
    assert [name for name in face.__all__ if not hasattr(face, name)] == []
    if room in FACES:
        assert submodules & set(face.__all__) == set(), "a function that hides its own module"


@each_house
def test_rooms_are_entered_by_their_face(house: str) -> None:
    found = {path: names for room, path, text in sources(house) if (names := breaches(room, text))}

    assert found == {}


def test_the_application_enters_rooms_by_their_face() -> None:
    paths = sorted((ROOT / "app").rglob("*.py"))
    found = {path.relative_to(ROOT).as_posix(): names for path in paths if (names := breaches("app", path.read_text()))}

    assert found == {}


@pytest.mark.parametrize(
    ("room", "breach"),
    [
        ("queries", "from fastapi import Query"),
        ("rules", "import starlette.requests"),
        ("api", "from services.contract.commands import draft_action"),
        ("api", "from services.contract.queries.actions import list_actions"),
        ("commands", "from services.contract.queries import projections"),
        ("rules", "from services.contract.models.base import TagKind"),
        ("rules", "from services.contract.models import contracts"),
        ("api", "from services.contract.schemas.actions import ActionOut"),
        ("schemas", "from services.contract import queries"),
        ("schemas", "from services.contract.queries.progress import STAGES"),
    ],
)
def test_a_breach_is_seen(room: str, breach: str) -> None:
    assert breaches(room, breach) != []


def test_the_doors_are_no_breach() -> None:
    entered = (
        "from services.contract import commands, errors, queries\n"
        "from services.contract.models import Action, projections\n"
        "from services.contract.rules import actions as rules\n"
    )

    assert breaches("api", entered) == []


@each_house
def test_refusals_are_named_by_one_pattern(house: str) -> None:
    own = [
        each
        for errors in whole_package(f"services.{house}.errors")
        for _, each in inspect.getmembers(errors, inspect.isclass)
        if each.__module__ == errors.__name__
    ]
    absent = [each.__name__ for each in own if issubclass(each, NotFound)]

    assert own
    assert all(issubclass(each, Refusal) and each.__doc__ for each in own)
    assert [name for name in absent if not re.search(r"Not(Found|Yet\w+)$", name)] == []
    assert [each.__name__ for each in own if re.search(r"^(Unknown|Ambiguous|NoSuch)|Unknown$", each.__name__)] == []


@each_house
def test_parameters_are_the_filters_of_queries(house: str) -> None:
    """Each filter has its HTTP parameters, field by field: one without would be read without a pattern."""
    filters = _dataclasses(module(house, "queries.filters"))
    parameters = _dataclasses(module(house, "api.filters"))

    assert {name for name in filters if not name.endswith("Filters")} == set()
    assert {name.replace("Filters", "Parameters") for name in filters} <= set(parameters)
    for name, kind in filters.items():
        described = parameters[name.replace("Filters", "Parameters")]
        bare = {field.name: field.type for field in dataclasses.fields(kind)}
        assert issubclass(described, kind)
        assert [field.name for field in dataclasses.fields(described) if field.type == bare.get(field.name)] == []


def _dataclasses(where: ModuleType) -> dict[str, Any]:
    members = inspect.getmembers(where, dataclasses.is_dataclass)
    return {name: each for name, each in members if each.__module__ == where.__name__}


@each_house
def test_a_collection_is_read_by_the_same_names(house: str) -> None:
    face = set(module(house, "queries").__all__)
    nouns = [name.removesuffix("_changes") for name in face if name.endswith("_changes")]

    assert nouns
    assert [noun for noun in nouns if not {f"get_{noun}", f"{noun}_history"} <= face] == []
