"""Refusals by name, sent as RFC 9457 problem documents.

Refusal
├── BadRequest 400          ├── RequestTooSlow 408
├── Unauthorized 401        ├── PreconditionFailed 412
├── Forbidden 403           ├── BodyTooLarge 413
├── NotFound 404            ├── Unprocessable 422
├── Conflict 409            ├── PreconditionRequired 428
│   └── TransitionRefused   └── Unavailable 503

A service names its own refusals by subclassing these in its `errors.py`; the class name is the stable code.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from shared.patterns import ANY_TEXT

MEDIA_TYPE: Final = "application/problem+json"
REQUEST_ID: Final = r"^[A-Za-z0-9._:-]{1,100}$"
INSTANCE: Final = r"^(urn:uuid:[0-9A-Fa-f-]{36}|([A-Za-z0-9._-]|%3A){1,100})$"
_UUID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ERRORS_AT_MOST: Final = 200
FORM_ERRORS_AT_MOST: Final = 50
"""Errors of form of one request: a body may have thousands."""
DETAIL_AT_MOST: Final = 4000
PLACE_AT_MOST: Final = 1000
"""Maximum characters of a pointer or parameter name: it may quote the request, which has no bound."""


def _shortened(at_most: int) -> BeforeValidator:
    def shorten(text: str) -> str:
        text = text.replace("\0", "�")
        return text if len(text) <= at_most else f"{text[: at_most - 1]}…"

    return BeforeValidator(shorten)


Detail = Annotated[str, StringConstraints(max_length=DETAIL_AT_MOST, pattern=ANY_TEXT), _shortened(DETAIL_AT_MOST)]
Location = Annotated[str, StringConstraints(max_length=PLACE_AT_MOST, pattern=ANY_TEXT), _shortened(PLACE_AT_MOST)]
# In the schema only, not validated: the gateway replaces a placeholder by the id.
Instance = Annotated[str, Field(json_schema_extra={"format": "uri-reference", "pattern": INSTANCE, "maxLength": 300})]


class FieldError(BaseModel):
    """One thing wrong with a request, and where: a JSON pointer into the body, or the name of a parameter."""

    pointer: Location | None = Field(default=None, examples=["/siren"])
    parameter: Location | None = Field(default=None, examples=["phase"])
    detail: Detail = Field(examples=["123456789 is not a SIREN (its last digit does not fit the others): correct it"])


class Problem(BaseModel):
    """The body of every refusal (RFC 9457). `type` leads to a page; `detail` says what to do next."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(pattern=r"^/problems/[a-z0-9-]+$", max_length=100, examples=["/problems/not-found"])
    title: str = Field(pattern=ANY_TEXT, max_length=100, examples=["Not found"])
    status: int = Field(ge=400, le=599, examples=[404])
    detail: Detail = Field(examples=["There is no such contract, or your organisation may not read it."])
    code: str = Field(pattern=r"^[a-z0-9-]+$", max_length=90, examples=["not-found"])
    instance: Instance | None = Field(
        default=None,
        description="`urn:uuid:` and the `X-Request-Id` of the request; an id of your own that is no UUID stands alone,"
        " with `%3A` for each colon.",
        examples=["urn:uuid:0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11"],
    )
    errors: list[FieldError] = Field(default_factory=list, max_length=ERRORS_AT_MOST)


def example_members(place: str = "", **members: Any) -> Mapping[str, Any]:
    """Return extra members of an example. `place` is that of an error: a JSON pointer, or the name of a parameter."""
    kind = "pointer" if place.startswith("/") else "parameter"
    return {**({"errors": [{kind: place}]} if place else {}), **members}


def instance_of(request_id: str) -> str:
    """Return the `instance` of a problem document: a URI, or a relative reference for an id of the client's own."""
    # What stands before a colon would be the scheme of a URI.
    return f"urn:uuid:{request_id}" if _UUID.fullmatch(request_id) else request_id.replace(":", "%3A")


class Refusal(Exception):
    """A request that is understood and refused."""

    status: ClassVar[int]
    title: ClassVar[str]
    code: ClassVar[str]
    named: ClassVar[dict[str, "type[Refusal]"]] = {}
    """Every refusal by its code: the pages under `/problems/` are made from it."""
    shown: ClassVar[Mapping[str, Any]] = {}
    """Extra members of its example; see `example_members`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", cls.__name__)
        cls.code = words.lower().replace(" ", "-")
        if "title" not in cls.__dict__:
            cls.title = words.capitalize()
        known = Refusal.named.setdefault(cls.code, cls)
        if getattr(known, "status", None) != getattr(cls, "status", None):
            raise TypeError(f"{cls.code} already names {known.__module__}.{known.__qualname__}, of another status")

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.members = members

    def problem(self, *, instance: str | None = None) -> Problem:
        """Return the problem document."""
        return Problem(
            type=f"/problems/{self.code}",
            title=self.title,
            status=self.status,
            detail=self.detail,
            code=self.code,
            instance=instance,
            errors=self.errors[:ERRORS_AT_MOST],
            **self.members,
        )

    @classmethod
    def example(cls) -> dict[str, Any]:
        """The document that a caller may get, for the OpenAPI page."""
        members = {
            "type": f"/problems/{cls.code}",
            "title": cls.title,
            "status": cls.status,
            "detail": summary(cls),
            "code": cls.code,
            "instance": instance_of("0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11"),
        }
        shown = dict(cls._shown_members())
        errors = [{"detail": summary(cls), **error} for error in shown.pop("errors", ())]
        refusal = Problem.model_validate({**members, **shown, "errors": errors})
        return refusal.model_dump(mode="json", exclude_none=True)

    @classmethod
    def _shown_members(cls) -> Iterator[tuple[str, Any]]:
        """Yield the extra members of the example, those of the parent classes too."""
        for parent in reversed(cls.__mro__):
            for name, value in vars(parent).get("shown", {}).items():
                if parent is cls or name not in ("detail", "errors"):
                    yield name, value


class BadRequest(Refusal):
    """The request cannot be read: its JSON is malformed, or its cursor is not one of ours."""

    status = 400


class Unauthorized(Refusal):
    """A token is missing, or the one sent is not valid here."""

    status = 401


class Forbidden(Refusal):
    """The token is valid, but its scope, role or organisation may not do this."""

    status = 403


class NotFound(Refusal):
    """There is no such object, or the caller may not know of it."""

    status = 404


class MethodNotAllowed(Refusal):
    """The address exists, the method does not; `Allow` names those that do."""

    status = 405


class NotAcceptable(Refusal):
    """`Accept` names no media type in which this address answers."""

    status = 406


class Conflict(Refusal):
    """The request is sound, but the state of the object does not allow it."""

    status = 409


class PreconditionFailed(Refusal):
    """The object has changed since it was read: read it again, then send its new ETag."""

    status = 412


class RequestTooSlow(Refusal):
    """The headers took longer than 5 seconds to arrive, the first 8 kB of the body 10, or the rest 20 (a file: 60)."""

    status = 408


class BodyTooLarge(Refusal):
    """The body is larger than this platform accepts."""

    status = 413


class UnsupportedMediaType(Refusal):
    """The body is not of a media type that this address reads."""

    status = 415


class Unprocessable(Refusal):
    """The request is well formed, but its values are not: `errors` says which."""

    status = 422
    shown: ClassVar[Mapping[str, Any]] = {
        "detail": "Correct this: /siren: a SIREN has nine digits, such as 200053759.",
        "errors": [{"pointer": "/siren", "detail": "a SIREN has nine digits, such as 200053759"}],
    }


class PreconditionRequired(Refusal):
    """A change needs `If-Match` with the ETag that was read."""

    status = 428


class InternalError(Refusal):
    """The platform made a mistake. The request id finds it in the log."""

    status = 500


class Unavailable(Refusal):
    """Something this service needs is away. `Retry-After` says when to try again."""

    status = 503


class TransitionRefused(Conflict):
    """The object is not in a state from which this is allowed; `allowed_transitions` lists what is."""

    shown: ClassVar[Mapping[str, Any]] = {"state": "signed", "allowed_transitions": ["end"]}

    def __init__(self, detail: str, *, state: str, allowed: Iterable[str]) -> None:
        super().__init__(detail, state=state, allowed_transitions=sorted(allowed))


def documented(*refusals: type[Refusal]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an endpoint: which refusals it may answer, by status, for the OpenAPI page."""
    by_status: dict[int | str, list[type[Refusal]]] = {}
    for refusal in refusals:
        by_status.setdefault(refusal.status, []).append(refusal)
    return {status: _response(classes) for status, classes in by_status.items()}


def together(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Merge the responses of one status that are declared in two places."""
    first, second = one["content"].get(MEDIA_TYPE, {}), other["content"][MEDIA_TYPE]
    examples = {**first.get("examples", {}), **second["examples"]}
    return {
        "description": f"{one['description']} {other['description']}",
        "content": {**one["content"], MEDIA_TYPE: {**second, "examples": examples}},
    }


def _response(classes: Collection[type[Refusal]]) -> dict[str, Any]:
    return {
        "description": " ".join(f"`{cls.code}`: {summary(cls)}" for cls in classes),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {cls.code: {"$ref": f"#/components/examples/{cls.code}"} for cls in classes},
            }
        },
    }


def summary(refusal: type[Refusal]) -> str:
    """Return the meaning of a refusal in one line."""
    return " ".join((refusal.__doc__ or refusal.title).split("\n\n")[0].split())
