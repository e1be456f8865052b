"""Plain reads: all that is to be found out for them is the caller and the values of the path.

They are answered without the framework's search for dependencies, which costs as much as the statement of such a read.
Query parameters may be left out; a request that has some is answered by the framework.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.datastructures import DefaultPlaceholder
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from fastapi.routing import APIRoute

from shared.http.accept import JSON
from shared.security.dependencies import Access

ANSWERS: Final = {
    "status_code": None,
    "response_model_include": None,
    "response_model_exclude": None,
    "response_model_by_alias": True,
    "response_model_exclude_unset": False,
    "response_model_exclude_defaults": False,
    "response_model_exclude_none": False,
}
"""Options of an answer, as a plain read has them."""
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
OTHERS: Final = (
    "header_params", "cookie_params", "body_params", "response_param_name",
    "websocket_param_name", "http_connection_param_name", "background_tasks_param_name", "security_scopes_param_name",
)  # fmt: skip
"""Parts of what the framework has found in a signature, of which a plain read has none."""


def plain_read(route: APIRoute) -> Handler | None:
    """Return the handler of a plain read; None if the route is none."""
    needed, field, endpoint = route.dependant, route.response_field, route.dependant.call
    access = [each.call for each in needed.dependencies if isinstance(each.call, Access)]
    is_plain = route.methods == {"GET"} and len(access) == len(needed.dependencies) == 1
    is_plain = is_plain and all(getattr(route, name) == value for name, value in ANSWERS.items())
    # A dependency without a name is none of the endpoint's parameters.
    is_plain = is_plain and isinstance(route.response_class, DefaultPlaceholder) and bool(needed.dependencies[0].name)
    if not is_plain or field is None or endpoint is None or any(getattr(needed, each) for each in OTHERS):
        return None
    if any(each.field_info.is_required() for each in needed.query_params):
        return None
    names = (str(needed.dependencies[0].name), str(needed.request_param_name))

    async def answer(request: Request) -> Response:
        values: dict[str, Any] = dict(zip(names, (await access[0](request), request), strict=True))
        errors: list[Any] = []
        for parameter in needed.path_params:
            given = request.path_params[parameter.alias]
            values[parameter.name], found = parameter.validate(given, loc=("path", parameter.alias))
            errors += found
        if errors:
            raise RequestValidationError(errors)
        result = await endpoint(**values)
        if isinstance(result, Response):
            return result
        answered, errors = field.validate(result, loc=("response",))
        if errors:
            raise ResponseValidationError(errors, body=result)
        return Response(field.serialize_json(answered), media_type=JSON)

    return answer
