"""Every refusal of the platform, and the operations that return it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app import embedded  # noqa: F401 - with every service and the gateway, every refusal is imported
from shared.http import gateway_errors  # noqa: F401
from shared.http.openapi.document import responses_of
from shared.problem import Refusal, summary

OURS: Final = ("app.", "shared.", "services.")


def refusals() -> dict[str, type[Refusal]]:
    """Return the refusals by code."""
    return {code: each for code, each in sorted(Refusal.named.items()) if each.__module__.startswith(OURS)}


def listed() -> list[dict[str, Any]]:
    """Return the list for programs."""
    return [
        {"type": address(code), "status": each.status, "title": each.title, "meaning": summary(each)}
        for code, each in refusals().items()
    ]


def address(code: str) -> str:
    """Return the `type` of a problem document."""
    return f"/problems/{code}"


def answered_by(openapi: Mapping[str, Any], refusal: type[Refusal]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield the operations that declare it: method, path, description."""
    for path, item in openapi["paths"].items():
        for method, operation in item.items():
            response = responses_of(openapi, operation).get(str(refusal.status), {})
            if f"`{refusal.code}`" in response.get("description", ""):
                yield method.upper(), path, operation
