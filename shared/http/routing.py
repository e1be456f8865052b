"""The HTTP door: an APIRouter whose every route keeps the platform's promises.

Unknown and repeated parameters are refused; what a command returns is flushed before it is rendered; a recorded object
answers with its ETag; a POST's answer is stored under its idempotency key; every refusal is declared and is a problem
document.
"""

import functools
import inspect
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator, Sequence
from http import HTTPStatus
from types import UnionType
from typing import Annotated, Any, Final, get_args, get_origin

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Match
from starlette.types import Scope

from shared import problem
from shared.http import idempotency, json_body
from shared.http.accept import JSON, AlsoAnswers, check_accept
from shared.http.body_limits import BodyLimits
from shared.http.deprecation import SUNSET, Deprecation, page_of
from shared.http.files import FileBody, TooManyFiles
from shared.http.plain_reads import plain_read
from shared.http.sessions import RowReading
from shared.patterns import ANY_TEXT
from shared.problem import (
    FORM_ERRORS_AT_MOST,
    BadRequest,
    FieldError,
    PreconditionRequired,
    Unprocessable,
    UnsupportedMediaType,
    documented,
    example_members,
    together,
)
from shared.security.dependencies import Access
from shared.security.request_state import state_of
from shared.storage.history import Recorded, VersionStale
from shared.storage.unit_of_work import WriteSession

IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The `ETag` of the object as it was read.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$', "maxLength": 11},
    "example": '"3"',
}
ETAGS_AT_MOST: Final = 1_000
"""Characters of `If-None-Match`."""
IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag`s that you have read: 304 and no body if the object still has one of them.",
    "schema": {"type": "string", "pattern": ANY_TEXT, "maxLength": ETAGS_AT_MOST},
    "example": '"3"',
}
NOT_MODIFIED: Final = {"description": "The object is as you have read it (`If-None-Match`)."}
WITH_ETAG: Final[dict[str, Any]] = {"headers": {"ETag": {"$ref": "#/components/headers/ETag"}}}
"""In the `responses=` of an endpoint that gives its answer an ETag itself."""

_static_paths: Final[set[str]] = set()
"""Every address without a parameter: no object is named so, whatever is asked of it."""


class UnknownParameter(Unprocessable):
    """A query parameter that this address does not know: a typing error shall not return everything."""

    shown = example_members("phse")


class _Request(Request):
    async def json(self) -> Any:
        return json_body.parse(await self.body())


class Route(APIRoute):
    """One operation."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **kwargs: Any) -> None:
        endpoint = _finished(endpoint)
        if kwargs.get("summary") is None:
            # The first sentence is the title of the operation, what is left its description.
            first, *rest = re.split(r"\.\s+", inspect.cleandoc(endpoint.__doc__ or ""), maxsplit=1)
            kwargs["summary"] = " ".join(first.removesuffix(".").split())
            endpoint.__doc__ = "".join(rest)
        super().__init__(path, endpoint, **kwargs)
        needed = list(_with_all_it_needs(self.dependant))
        parameters = [field for each in needed for field in each.query_params]
        self.known_parameters = frozenset(field.alias for field in parameters)
        self._lists = frozenset(field.alias for field in parameters if _is_a_list(field.field_info.annotation))
        """Query parameters that may be given more than once."""
        self.access = next((each.call for each in needed if isinstance(each.call, Access)), None)
        """Its line of the permission table."""
        if not self.param_convertors:
            _static_paths.add(path)
        self._begins = path.partition("{")[0]
        """A service has dozens of addresses, and each request asks one after another: most say no at a glance."""
        answered = _recorded(endpoint)
        calls = {each.call for each in needed}
        self._media_types = self._answered_media_types(calls)
        """Media types of its responses; none if they have no body."""
        self.versioned = bool(answered)
        """True if the response has an ETag: the version of the object."""
        self._supports_conditional_get = all(kind.supports_conditional_get for kind in answered)
        self.shows_secret = idempotency.hold_secret in calls
        """True if the response shows a secret; its `Location` is the object of the secret."""
        self._declare(calls)
        self.openapi_extra = {**(self.openapi_extra or {}), **dict(self._openapi_members(calls))}
        self.announced: Sequence[tuple[bytes, bytes]] = ()
        """The headers that each of its answers carries besides: that it goes, and when."""
        self.body_limits: BodyLimits | None = None
        """Limits of a body that is a file; None: those of the settings."""
        for each in needed:
            if isinstance(each.call, Deprecation):
                self._announce(each.call)
            if isinstance(each.call, FileBody):
                self.body_limits = each.call.limits

    def _openapi_members(self, calls: Collection[object]) -> Iterator[tuple[str, Any]]:
        """Add to the OpenAPI operation what FastAPI does not see."""
        takes = [
            (IF_MATCH, _if_match in calls),
            (IF_NONE_MATCH, self._is_conditional),
            (idempotency.PARAMETER, self._posts),
        ]
        if headers := [header for header, is_taken in takes if is_taken]:
            yield "parameters", headers
        if self.access is None or self.access.public:
            # A token may be sent, and none is needed.
            yield "security", [{}]

    def _answered_media_types(self, calls: Collection[object]) -> tuple[str, ...]:
        if self.status_code == HTTPStatus.NO_CONTENT:
            return ()
        others = (response.get("content", {}) for status, response in self.responses.items() if str(status) < "3")
        named = {name for content in others for name in content}
        named |= {each.media_type for each in calls if isinstance(each, AlsoAnswers)}
        return (JSON, *sorted(named - {JSON}))

    def _declare(self, calls: Collection[object]) -> None:
        """Say in the OpenAPI document what this operation takes and refuses besides what its endpoint declares."""
        always: Sequence[type[problem.Refusal]] = (
            BadRequest, problem.Unauthorized, Unprocessable, problem.Unavailable,
        )  # fmt: skip
        in_some_cases: Sequence[tuple[Any, Sequence[type[problem.Refusal]]]] = (
            (self.access and not self.access.public, [problem.Forbidden]),
            (self.dependant.path_params, [problem.NotFound]),
            (self._media_types, [problem.NotAcceptable]),
            (
                self.body_field,
                [problem.RequestTooSlow, problem.BodyTooLarge, UnsupportedMediaType, json_body.BodyTooComplex],
            ),
            (
                any(isinstance(call, FileBody) for call in calls),
                [problem.RequestTooSlow, problem.BodyTooLarge, UnsupportedMediaType, TooManyFiles],
            ),
            (_if_match in calls, [PreconditionRequired, VersionStale]),
            (self._posts, [idempotency.IdempotencyKeyInFlight, idempotency.IdempotencyKeyReused]),
            (self.shows_secret, [idempotency.SecretShownOnce]),
        )
        refusals = [*always, *(each for is_so, classes in in_some_cases if is_so for each in classes)]
        declared = " ".join(str(response.get("description")) for response in self.responses.values())
        for status, response in documented(*(each for each in refusals if f"`{each.code}`" not in declared)).items():
            known = self.responses.get(status)
            self.responses = {**self.responses, status: together(known, response) if known else response}
        if self._is_conditional:
            self.responses = {**self.responses, 304: NOT_MODIFIED}

    @property
    def _posts(self) -> bool:
        return "POST" in (self.methods or ())

    @property
    def _is_conditional(self) -> bool:
        return self.versioned and self._supports_conditional_get and "GET" in (self.methods or ())

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Is this the address? `changes` of a collection is none of its objects."""
        if not scope["path"].startswith(self._begins):
            return Match.NONE, {}
        match, found = super().matches(scope)
        hidden = match is not Match.NONE and self.param_convertors and scope["path"] in _static_paths
        return (Match.NONE, {}) if hidden else (match, found)

    def _announce(self, deprecation: Deprecation) -> None:
        """Say that this operation goes, in the document and in each answer."""
        self.deprecated = True
        self.description = f"{self.description}\n\n{deprecation.notice}".strip()
        self.openapi_extra = {**(self.openapi_extra or {}), SUNSET: deprecation.sunset.isoformat()}
        headers = deprecation.headers(page_of(str(next(iter(self.tags), "default")), self.name))
        self.announced = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler with the promises around it, inside the transaction of a request that writes."""
        solved = super().get_route_handler()
        plain = plain_read(self) or solved

        async def handler(request: Request) -> Response:
            if request.scope["query_string"]:
                self._refuse_unknown_parameters(request)
                self._refuse_repeated_parameters(request)
            self._refuse_other_media(request)
            check_accept(request, self._media_types)
            self._refuse_many_etags(request)
            await self._check_access_first(request)
            state = state_of(request)
            try:
                answer = solved if request.scope["query_string"] else plain
                response = await answer(_Request(request.scope, request.receive) if self.body_field else request)
            except idempotency.IdempotentReplay as replay:
                return replay.response
            if state.etag:
                response.headers["ETag"] = state.etag
                if self._is_conditional and state.etag_covers_response and _is_known(state.etag, request):
                    kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
                    return Response(status_code=304, headers=kept)
            if state.before_commit:
                await state.before_commit(response)
            return response

        return handler

    async def _check_access_first(self, request: Request) -> None:
        # FastAPI reads the body before it looks at the token: nobody without rights shall make us read one.
        if self.body_field and self.access and not self.access.public:
            await self.access(request)

    def _refuse_unknown_parameters(self, request: Request) -> None:
        unknown = sorted(set(request.query_params) - self.known_parameters)[:FORM_ERRORS_AT_MOST]
        if unknown:
            known = ", ".join(sorted(self.known_parameters)) or "none"
            raise UnknownParameter(
                f"Remove {', '.join(unknown)}: this address knows {known}.",
                errors=[FieldError(parameter=name, detail="unknown parameter") for name in unknown],
            )

    def _refuse_repeated_parameters(self, request: Request) -> None:
        given = Counter(name for name, _ in request.query_params.multi_items())
        repeated = sorted(name for name, count in given.items() if count > 1 and name not in self._lists)
        if repeated:
            raise Unprocessable(
                f"Give {', '.join(repeated)} once: it takes one value.",
                errors=[FieldError(parameter=name, detail="given more than once") for name in repeated],
            )

    def _refuse_other_media(self, request: Request) -> None:
        if not self.body_field:
            return
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        sent = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
        if sent and not re.fullmatch(r"application/([\w.-]+\+)?json", media_type):
            raise UnsupportedMediaType("Send the body as `Content-Type: application/json`.")

    def _refuse_many_etags(self, request: Request) -> None:
        if self._is_conditional and len(request.headers.get("if-none-match", "")) > ETAGS_AT_MOST:
            raise BadRequest(f"`If-None-Match` takes {ETAGS_AT_MOST:,} characters: send the ETags that you read last.")


SHOWN: Final = "x-shown"


def showing(**values: Any) -> dict[str, Any]:
    """The `openapi_extra=` of an endpoint whose answer differs in this from the example of its kind of object."""
    return {SHOWN: values}


class Tag(str):
    """A group of operations in the documentation, with its description."""

    about: str

    def __new__(cls, name: str, about: str) -> "Tag":
        tag = super().__new__(cls, name)
        tag.about = about
        return tag


class Router(APIRouter):
    """The routes of a service. Operation ids are the names of the endpoint functions."""

    def __init__(self, *, tags: list[Tag] | None = None, dependencies: Sequence[Depends] = ()) -> None:
        super().__init__(
            tags=list(tags or []),
            dependencies=list(dependencies),
            route_class=Route,
            generate_unique_id_function=lambda route: route.name,
        )

    def include(self, *parts: "Router") -> "Router":
        """Add the routes of other rooms, as they are: included, each request would look for its route twice."""
        for part in parts:
            self.routes.extend(part.routes)
        return self

    def operations(self) -> list[Route]:
        """Every route, for the tables that are made from them."""
        routes = (context.original_route for context in iter_route_contexts(self.routes))
        return [route for route in routes if isinstance(route, Route)]


async def _if_match(request: Request) -> int:
    sent = request.headers.get("if-match")
    if sent is None:
        raise PreconditionRequired("Read the object first, then send its ETag as `If-Match`.")
    number = re.fullmatch(r'"([0-9]{1,9})"', sent.strip())
    if not number:
        raise BadRequest('`If-Match` takes the one ETag that was read, with its quotes, such as "3".')
    return int(number[1])


IfMatch = Annotated[int, Depends(_if_match)]
"""The version on which a change is based: 428 without, 412 when it is no longer the current one."""


def etag(version: int) -> str:
    """The strong ETag of a version."""
    return f'"{version}"'


def _with_all_it_needs(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for needed in dependant.dependencies:
        yield from _with_all_it_needs(needed)


def _is_known(etag: str, request: Request) -> bool:
    sent = request.headers.get("if-none-match", "").split(",")
    return not {etag, "*"}.isdisjoint(part.strip().removeprefix("W/") for part in sent)


def _is_a_list(annotation: Any) -> bool:
    return any(get_origin(kind) is list for kind in (annotation, *get_args(annotation)))


def _recorded(endpoint: Callable[..., Any]) -> list[type[Recorded]]:
    """The objects with a version that it may answer with."""
    answered = inspect.signature(endpoint).return_annotation
    kinds = get_args(answered) if isinstance(answered, UnionType) else (answered,)
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Recorded)]


_REQUEST: Final = inspect.Parameter("request_of_route", inspect.Parameter.KEYWORD_ONLY, annotation=Request)


def _finished(endpoint: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Wrap the endpoint: flush its changes before they are rendered, and note the ETag of its result.

    Dependencies that check access come first: a refused caller gets neither a transaction nor a stored response.
    """
    signature = inspect.signature(endpoint)
    given = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in signature.parameters.values()]
    reads_row = {each.name: row for each in given for row in _marks(each) if isinstance(row, RowReading)}
    first = sorted((each for each in given if each.name not in reads_row), key=lambda each: not _asks_for_access(each))
    # FastAPI passes the request under one name: that of the endpoint, if it takes the request too.
    named = next((each.name for each in given if each.annotation is Request), None)
    parameters = first if named else [*first, _REQUEST]

    @functools.wraps(endpoint)
    async def call(**kwargs: Any) -> Any:
        request: Request = kwargs[named] if named else kwargs.pop(_REQUEST.name)
        if reads_row:
            [(name, row)] = reads_row.items()
            async with row.session(request) as session:
                result = await endpoint(**kwargs, **{name: session})
        else:
            result = await endpoint(**kwargs)
            for value in kwargs.values():
                if isinstance(value, WriteSession):
                    await value.flush()
        if isinstance(result, Recorded):
            state = state_of(request)
            state.etag = etag(result.version)
            state.etag_covers_response = not result.embeds_other_resources
        return result

    # Dependencies are called in the order of the signature.
    call.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return call


def _asks_for_access(parameter: inspect.Parameter) -> bool:
    return any(isinstance(each, Depends) and isinstance(each.dependency, Access) for each in _marks(parameter))


def _marks(parameter: inspect.Parameter) -> Sequence[Any]:
    return getattr(parameter.annotation, "__metadata__", ())
