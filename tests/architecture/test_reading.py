"""Reads without a snapshot are of objects that are one row: such an object cannot be read half before a change."""

import importlib
import inspect
from types import UnionType
from typing import Any, get_args

import pytest
from sqlalchemy.orm import class_mapper

from app.embedded import SERVICES

UNLOADED = {"raise", "raise_on_sql", "noload"}


def without_snapshot() -> list[Any]:
    """Return the endpoints whose session reads no snapshot."""
    found = []
    for service in SERVICES:
        dependencies = importlib.import_module(f"services.{service.name}.api.dependencies")
        marked = getattr(dependencies, "ReadingRow", None)
        for route in service.router.operations():
            parameters = inspect.signature(inspect.unwrap(route.endpoint)).parameters.values()
            if marked is not None and any(each.annotation == marked for each in parameters):
                found.append(route.endpoint)
    return found


ENDPOINTS = without_snapshot()


def test_some_endpoints_read_one_row() -> None:
    assert {endpoint.__name__ for endpoint in ENDPOINTS} >= {"read_organisation", "read_commune", "read_request"}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.__name__)
def test_an_object_that_is_read_without_a_snapshot_is_one_row(endpoint: Any) -> None:
    answered = inspect.signature(endpoint).return_annotation
    kinds = get_args(answered) if isinstance(answered, UnionType) else (answered,)
    models = [kind for kind in kinds if hasattr(kind, "__table__")]

    assert models
    for model in models:
        loaded = [each.key for each in class_mapper(model).relationships if each.lazy not in UNLOADED]
        assert loaded == []
