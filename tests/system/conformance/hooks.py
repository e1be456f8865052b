"""Settings of Schemathesis for this platform beyond the document; loaded by its own process."""

import json
from typing import Any, Final

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, HookContext, Response

from app.demo_clients import CLIENTS
from shared.events.codes import SIREN, is_siren

OF_FORM: Final = ("bad-request", "body-too-large", "unprocessable", "unknown-parameter", "unsupported-media-type")
KNOWN: Final = tuple(client.org for client in CLIENTS if client.org)
NOBODY: Final = "http://127.0.0.1:9/"
"""Address on this machine without a listener."""


def _siren(number: int) -> str:
    """These digits, and the check digit that belongs to them."""
    return next(code for digit in range(10) if is_siren(code := f"{number:08}{digit}"))


schemathesis.openapi.format("siren", st.sampled_from(KNOWN) | st.integers(0, 99_999_999).map(_siren))


@schemathesis.hook
def before_load_schema(_: HookContext, raw_schema: dict[str, Any]) -> None:
    """Say what a document cannot, or not so that it is checked."""
    # Webhooks are really sent: none to an address that is somebody's.
    raw_schema.update(json.loads(json.dumps(raw_schema).replace("https://exemple.fr/", NOBODY)))
    for body in ("SubscriptionDraft", "SubscriptionChange"):
        raw_schema["components"]["schemas"][body]["properties"]["url"]["pattern"] = f"^{NOBODY}[a-z]{{1,40}}$"
    # A pattern has no check digit.
    _describe_sirens(raw_schema)
    # The checks that tokens are asked for and looked at know those of `http`, and nothing of how a token is had.
    raw_schema["components"]["securitySchemes"]["oauth2"] = {"type": "http", "scheme": "bearer"}


def _describe_sirens(part: Any) -> None:
    match part:
        case dict():
            if part.get("pattern") == SIREN:
                part["format"] = "siren"
            for each in part.values():
                _describe_sirens(each)
        case list():
            for each in part:
                _describe_sirens(each)


@schemathesis.check
def refused_by_a_rule(_: CheckContext, response: Response, case: "Case[Any]") -> None:
    """Require that a request which the document allows is refused by a named rule only, never for its form."""
    valid = case.meta is not None and case.meta.generation.mode.is_positive
    if valid and response.status_code in (400, 413, 415, 422):
        problem = response.json()
        assert problem["code"] not in OF_FORM, f"{problem['code']}: {problem['detail']}"


@schemathesis.hook
def filter_case(_: HookContext, case: "Case[Any]") -> bool:
    """Each case is sent with the token of its operation, so none is wrong for what was drawn in that token's place."""
    drawn = getattr(case.meta.phase.data, "mutations", ()) if case.meta else ()
    return "Authorization" not in {mutation.parameter for mutation in drawn}
