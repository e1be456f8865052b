"""Refusals with a name, told as RFC 9457 problem documents.

Refusal
├── BadRequest 400          ├── PreconditionFailed 412
├── Unauthorized 401        ├── BodyTooLarge 413
├── Forbidden 403           ├── Unprocessable 422
├── NotFound 404            ├── PreconditionRequired 428
├── Conflict 409            └── Unavailable 503
│   └── TransitionRefused

A service names its own refusals by subclassing these in its `errors.py`; the class name is the stable code.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE: Final = "application/problem+json"


class FieldError(BaseModel):
    """One thing wrong with a request, and where: a JSON pointer into the body, or the name of a parameter."""

    pointer: str | None = Field(default=None, examples=["/siren"])
    parameter: str | None = Field(default=None, examples=["phase"])
    detail: str = Field(examples=["The check digit of 123456789 is wrong."])


class Problem(BaseModel):
    """The body of every refusal (RFC 9457). `type` leads to a page; `detail` says what to do next."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/problems/action-incomplete"])
    title: str = Field(examples=["Action sheet incomplete"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["Fill in carriers before you submit."])
    code: str = Field(examples=["action-incomplete"])
    instance: str | None = Field(default=None, description="The id of the request that was refused.")
    errors: list[FieldError] = Field(default_factory=list)


class Refusal(Exception):
    """A request that is understood and not granted."""

    status: ClassVar[int]
    title: ClassVar[str]
    code: ClassVar[str]
    named: ClassVar[dict[str, "type[Refusal]"]] = {}
    """Every refusal by its code: the pages under `/problems/` are made from it."""

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
        """The document that the caller reads."""
        return Problem(
            type=f"/problems/{self.code}",
            title=self.title,
            status=self.status,
            detail=self.detail,
            code=self.code,
            instance=instance,
            errors=self.errors,
            **self.members,
        )


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


class Conflict(Refusal):
    """The request is sound, but the state of the object does not allow it."""

    status = 409


class PreconditionFailed(Refusal):
    """The object has changed since it was read: read it again, then send its new ETag."""

    status = 412


class BodyTooLarge(Refusal):
    """The body is larger than this platform accepts."""

    status = 413


class UnsupportedMediaType(Refusal):
    """The body is not of a media type that this address reads."""

    status = 415


class Unprocessable(Refusal):
    """The request is well formed, but its values are not: `errors` says which."""

    status = 422


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

    def __init__(self, detail: str, *, state: str, allowed: Iterable[str]) -> None:
        super().__init__(detail, state=state, allowed_transitions=sorted(allowed))


def documented(*refusals: type[Refusal]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an endpoint: which refusals it may answer, by status, for the OpenAPI page."""
    by_status: dict[int | str, list[type[Refusal]]] = {}
    for refusal in refusals:
        by_status.setdefault(refusal.status, []).append(refusal)
    return {status: _response(classes) for status, classes in by_status.items()}


def _response(classes: Collection[type[Refusal]]) -> dict[str, Any]:
    return {
        "description": " ".join(f"`{cls.code}`: {summary(cls)}" for cls in classes),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def summary(refusal: type[Refusal]) -> str:
    """The one line that says what a refusal means."""
    return " ".join((refusal.__doc__ or refusal.title).split("\n\n")[0].split())
