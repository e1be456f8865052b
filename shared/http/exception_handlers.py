"""Convert every exception to a problem document. Bad input is never a 5xx; a 5xx reveals nothing."""

import re
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy import exc as sql
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from shared import problem
from shared.http.field_errors import field_errors
from shared.problem import FORM_ERRORS_AT_MOST, MEDIA_TYPE, FieldError, Refusal, instance_of
from shared.security.request_state import state_of
from shared.storage.failures import code_of, failure_of
from shared.storage.postgresql import DRIVER_ERRORS
from shared.telemetry.error_names import error_text
from shared.telemetry.log import log


class DataRefused(problem.Unprocessable):
    """A value cannot be stored: a number is out of bounds, or a text holds characters that no database takes."""


class ChangedMeanwhile(problem.Conflict):
    """Another change of the same object came first: read it again, then decide again."""


class DatabaseAway(problem.Unavailable):
    """The database does not answer: try again after `Retry-After` seconds.

    Under an idempotency key a POST has no second effect, even if its connection was lost in the middle of the commit.
    """


class DatabaseNotWritable(problem.Unavailable):
    """The database takes no changes: it is full or read-only, or its disk fails. Reads work; its operator must act."""


class DatabaseNotMigrated(problem.Unavailable):
    """The database lacks tables or columns of this version of the platform: whoever runs it must migrate it."""


UNKNOWN: Final = re.compile("42P01|42703|no such (table|column)|has no column")
"""Database errors of a table or column that is not there: codes of PostgreSQL, texts of SQLite."""
RACES: Final = ("40001", "40P01", "23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")
"""Database errors of a conflict: serialization failure, deadlock, duplicate key."""
OUT_OF_BOUNDS: Final = ("22", "54")
"""Classes of errors about values: of data, and of the size that PostgreSQL can hold."""


def install(app: FastAPI) -> None:
    """Give the application an answer to every exception that it foresees; to the others `unforeseen` is the answer."""
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _of_the_framework)
    app.add_exception_handler(sql.DBAPIError, _of_the_database)
    app.add_exception_handler(sql.TimeoutError, _of_the_database)
    app.add_exception_handler(StaleDataError, _of_the_database)
    app.add_exception_handler(OverflowError, _of_the_database)
    # The driver lets what goes wrong while connecting through as it is.
    app.add_exception_handler(OSError, _of_the_database)
    for error in DRIVER_ERRORS:
        app.add_exception_handler(error, _of_the_database)


def answer(request: Request, refusal: Refusal) -> Response:
    """The refusal as a problem document."""
    request_id = state_of(request).request_id
    document = refusal.problem(instance=request_id and instance_of(request_id))
    body = document.model_dump_json(exclude_none=True)
    return Response(body, refusal.status, refusal.headers, media_type=MEDIA_TYPE)


async def _refusal(request: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, Refusal):
        raise refusal
    return answer(request, refusal)


async def _not_valid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        where = next(one["loc"][-1] for one in found if one["type"] == "json_invalid")
        return answer(request, problem.BadRequest(f"The body is not JSON: see character {where}."))
    body_field = getattr(request.scope.get("route"), "body_field", None)
    # The others are not shown, however many there are.
    errors = field_errors(found[:FORM_ERRORS_AT_MOST], error.body, body_field and body_field.field_info.annotation)
    detail = f"Correct {'these' if len(errors) > 1 else 'this'}: {'; '.join(map(_sentence, errors[:5]))}."
    return answer(request, problem.Unprocessable(detail, errors=errors))


def _sentence(error: FieldError) -> str:
    return f"{error.pointer or error.parameter or 'the body'}: {error.detail}"


async def _of_the_framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(error.__cause__, Refusal):
        return answer(request, error.__cause__)
    match error.status_code:
        case 404:
            refusal: Refusal = problem.NotFound("There is nothing at this address: see the documentation at /docs.")
        case 405:
            allowed = ", ".join(_methods(request))
            refusal = problem.MethodNotAllowed(f"Use {allowed} here.", headers={"Allow": allowed})
        case 415:
            refusal = problem.UnsupportedMediaType("Send the body as application/json.")
        case status if status < 500:
            refusal = problem.BadRequest("The body cannot be read: send JSON in UTF-8.")
        case _:
            return await unforeseen(request, error)
    return answer(request, refusal)


def _methods(request: Request) -> list[str]:
    """Every method of this address: the framework names those of its first route alone."""
    routes = [context.original_route for context in iter_route_contexts(request.app.routes)]
    here = [route for route in routes if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE]
    methods = {method for route in here for method in route.methods or ()}
    # The middleware answers HEAD wherever GET is answered.
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))


async def _of_the_database(request: Request, error: Exception) -> Response:
    """Tell what the caller can mend, and what will pass, from our own mistakes."""
    cause = error.orig if isinstance(error, sql.DBAPIError) else error
    state = code_of(error)
    if isinstance(error, StaleDataError) or state in RACES:
        return answer(request, ChangedMeanwhile("Another change came first: read the object again."))
    if isinstance(error, sql.DataError | OverflowError) or state.startswith(OUT_OF_BOUNDS):
        return answer(request, DataRefused("A value is out of bounds, or holds characters that cannot be stored."))
    if UNKNOWN.match(state) or (state == "SQLITE_ERROR" and UNKNOWN.search(str(cause))):
        log.error("database not migrated", error=error_text(error))
        return answer(
            request,
            DatabaseNotMigrated("The platform is being set up: try again in a moment.", headers={"Retry-After": "10"}),
        )
    if failure := failure_of(error):
        log.error("database not writable", reason=failure, error=error_text(error))
        advice = "You can read, but change nothing for now: try again later."
        refusal = DatabaseNotWritable(f"{failure.capitalize()}. {advice}", headers={"Retry-After": "30"})
        return answer(request, refusal)
    if isinstance(error, sql.IntegrityError | sql.ProgrammingError):
        return await unforeseen(request, error)
    log.warning("database away", error=error_text(error))
    return answer(
        request, DatabaseAway("The database does not answer: try again in a moment.", headers={"Retry-After": "2"})
    )


async def unforeseen(request: Request, error: Exception) -> Response:
    """Our own mistake: the log has it under the id of the request."""
    log.error("unforeseen", path=request.url.path, exc_info=error)
    return answer(request, problem.InternalError("This is our mistake, not yours: give us the request id."))
