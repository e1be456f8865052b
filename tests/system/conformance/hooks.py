"""Settings of Schemathesis for this platform beyond the document; loaded by its own process."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, CheckContext, HookContext, Response

from app.demo_clients import CLIENTS
from shared.events.codes import BLANKS_OF_NUMBERS, COMMUNE, MEMBER, SIREN, SIREN_INPUT, is_siren, is_siret
from shared.http.schemas import LOCAL_PART, MAIL
from shared.http.unique import TWICE
from shared.patterns import ASTRAL_INVISIBLE, INVISIBLE

OF_FORM: Final = ("bad-request", "body-too-large", "unprocessable", "unknown-parameter", "unsupported-media-type")
KNOWN: Final = tuple(client.org for client in CLIENTS if client.org)
NOBODY: Final = "http://127.0.0.1:9/"
"""Address on this machine without a listener."""
TAGS_ALONE: Final = re.compile(f"[{INVISIBLE}{ASTRAL_INVISIBLE}]*[{ASTRAL_INVISIBLE}][{INVISIBLE}{ASTRAL_INVISIBLE}]*")
"""A text that is refused though it has the form of its pattern, which holds no character beyond U+FFFF."""


def _siren(number: int) -> str:
    """These digits, and the check digit that belongs to them."""
    return next(code for digit in range(10) if is_siren(code := f"{number:08}{digit}"))


@st.composite
def _as_people_write(draw: st.DrawFn) -> str:
    """Draw a SIREN, half of them with blanks, or as a SIRET."""
    digits = draw(SIRENS)
    if draw(st.booleans()):
        return digits
    if draw(st.booleans()):
        office = digits + draw(st.from_regex("[0-9]{4}", fullmatch=True))
        digits = next(code for digit in range(10) if is_siret(code := f"{office}{digit}"))
    blanks = draw(st.lists(st.sampled_from(["", *BLANKS_OF_NUMBERS]), min_size=len(digits), max_size=len(digits)))
    return "".join(digit + blank for digit, blank in zip(digits, blanks, strict=True))


SIRENS: Final = st.sampled_from(KNOWN) | st.integers(0, 99_999_999).map(_siren)
schemathesis.openapi.format("siren", SIRENS)
schemathesis.openapi.format("siren-input", _as_people_write())
schemathesis.openapi.format("member", _as_people_write() | st.from_regex(COMMUNE, fullmatch=True))
schemathesis.openapi.format(
    "mail", st.from_regex(MAIL, fullmatch=True).filter(lambda each: each.index("@") <= LOCAL_PART and len(each) <= 254)
)


ROWS_OF_VALUES: Final = st.lists(
    st.tuples(
        st.sampled_from(["nation", "region", "departement", "employment_zone", "epci", "commune", "canton"]),
        st.sampled_from(["FR", "75", "64", "0051", "64445", "inconnu"]) | SIRENS,
        st.integers(1890, 2030).map(str),
        st.from_regex("[0-9]{1,6}([.,][0-9]{1,3})?", fullmatch=True) | st.text(max_size=20),
    ).map(";".join),
    max_size=5,
)
schemathesis.openapi.media_type(
    "text/csv", ROWS_OF_VALUES.map(lambda rows: "\n".join(["level;geography;year;value", *rows]).encode())
)


@schemathesis.hook
def before_load_schema(_: HookContext, raw_schema: dict[str, Any]) -> None:
    """Say what a document cannot, or not so that it is checked."""
    # Webhooks are really sent: none to an address that is somebody's.
    raw_schema.update(json.loads(json.dumps(raw_schema).replace("https://exemple.fr/", NOBODY)))
    for body in ("SubscriptionDraft", "SubscriptionChange"):
        raw_schema["components"]["schemas"][body]["properties"]["url"]["pattern"] = f"^{NOBODY}[a-z]{{1,40}}$"
    # A pattern has no check digit, and counts no characters of several parts.
    _describe(raw_schema, {SIREN: "siren", SIREN_INPUT: "siren-input", MEMBER: "member", MAIL: "mail"})
    # The checks that tokens are asked for and looked at know those of `http`, and nothing of how a token is had.
    raw_schema["components"]["securitySchemes"]["oauth2"] = {"type": "http", "scheme": "bearer"}


def _describe(part: Any, formats: Mapping[str, str]) -> None:
    match part:
        case dict():
            if isinstance(pattern := part.get("pattern"), str) and pattern in formats:
                part["format"] = formats[pattern]
            for each in part.values():
                _describe(each, formats)
        case list():
            for each in part:
                _describe(each, formats)


@schemathesis.check
def refused_by_a_rule(_: CheckContext, response: Response, case: "Case[Any]") -> None:
    """Require that a request which the document allows is refused by a named rule only, never for its form."""
    valid = case.meta is not None and case.meta.generation.mode.is_positive
    if valid and response.status_code in (400, 413, 415, 422):
        problem = response.json()
        if all(error["detail"].startswith(TWICE) for error in problem.get("errors", [{"detail": ""}])):
            # `uniqueItems` compares whole items, as they are written.
            return
        assert problem["code"] not in OF_FORM, f"{problem['code']}: {problem['detail']}"


@schemathesis.hook
def filter_case(_: HookContext, case: "Case[Any]") -> bool:
    """Each case is sent with the token of its operation, so none is wrong for what was drawn in that token's place."""
    drawn = getattr(case.meta.phase.data, "mutations", ()) if case.meta else ()
    if "Authorization" in {mutation.parameter for mutation in drawn}:
        return False
    return not any(map(TAGS_ALONE.fullmatch, _texts(case.body)))


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for item in value.values():
                yield from _texts(item)
