"""Plain reads: all that is to be found out for them is the caller and the values of the path.

They are answered without the framework's search for dependencies, which costs as much as the statement of such a read.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from fastapi.routing import APIRoute

from shared.http.accept import JSON
from shared.security.dependencies import Access

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
OTHERS: Final = ("query_params", "header_params", "cookie_params", "body_params", "response_param_name")
"""Parts of what the framework has found in a signature, of which a plain read has none."""


def plain_read(route: APIRoute) -> Handler | None:
    """Return the handler of a plain read; None if the route is none."""
    needed, field, endpoint = route.dependant, route.response_field, route.dependant.call
    access = [each.call for each in needed.dependencies if isinstance(each.call, Access)]
    is_plain = route.methods == {"GET"} and len(access) == len(needed.dependencies) == 1
    if not is_plain or field is None or endpoint is None or any(getattr(needed, each) for each in OTHERS):
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
