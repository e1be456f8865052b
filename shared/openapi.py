"""The OpenAPI document: the framework's, with our problem documents in the place of its own validation errors."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from shared.problem import Problem, Unprocessable, documented

FOREIGN: Final = ("HTTPValidationError", "ValidationError")


def install(app: FastAPI) -> None:
    """Have the application tell what it really answers."""
    of_the_framework = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _tell_problems(of_the_framework())
        return of_the_framework()

    app.openapi = openapi  # type: ignore[method-assign]


def _tell_problems(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in FOREIGN:
        schemas.pop(name, None)
    _, ours = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
    schemas.update(ours["$defs"])
    for responses in _responses(document):
        if FOREIGN[0] in str(responses.get("422")):
            responses["422"] = documented(Unprocessable)[422]


def _responses(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in document["paths"].values():
        for operation in operations.values():
            yield operation["responses"]
