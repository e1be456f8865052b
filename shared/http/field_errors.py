"""Describe errors of fields and parameters in plain words, at their place in the request.

The validation library names its own types and functions, in its messages and in the places of its errors.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from shared.patterns import message_of
from shared.problem import FieldError

ErrorDetails = Mapping[str, Any]
"""An error as pydantic tells it: `type`, `loc`, `msg`, `input`, `ctx`."""

_NUMBER: Final = "write a whole number"
_OBJECT: Final = "write an object, in braces"
_ID: Final = "write an id such as 0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11"
_MOMENT: Final = "write a moment of the calendar, such as 2019-03-05T08:00:00Z"
MESSAGES: Final[Mapping[str, str]] = {
    "bool_parsing": "write true or false",
    "bool_type": "write true or false, without quotes",
    "datetime_from_date_parsing": _MOMENT,
    "dict_type": _OBJECT,
    "enum": "write {expected}",
    "greater_than_equal": "write {ge:,} or more",
    "int_parsing": _NUMBER,
    "int_parsing_size": "write a smaller number",
    "int_type": f"{_NUMBER}, without quotes",
    "less_than_equal": "write {le:,} or less",
    "list_type": "write a list, in square brackets",
    "literal_error": "write {expected}",
    "missing": "this is required",
    "model_attributes_type": _OBJECT,
    "string_too_long": "write at most {max_length:,} characters",
    "string_too_short": "write {min_length:,} or more characters",
    "string_type": "write a text, in quotes",
    "timezone_aware": "write the moment with its time zone, such as 2019-03-05T08:00:00Z",
    "too_long": "give at most {max_length:,} of them",
    "too_short": "give {min_length:,} or more of them",
    "uuid_parsing": _ID,
}
"""Message of each type of error. Names in braces are those of its context."""
KEY: Final = "[key]"
"""Last token of the place of an error in a name of an object."""


def field_errors(errors: Sequence[ErrorDetails], body: Any, model: Any) -> list[FieldError]:
    """Return the errors of a request in plain words, one for each place. `model` is the type of its body."""
    found: dict[tuple[str, ...], list[str]] = {}
    for error in errors:
        place, *path = error["loc"]
        if place == "body":
            tokens = _path_in(path, body, error["type"])
            key, detail = ("body", *map(str, tokens)), _in_body(error, tokens, model)
        else:
            key, detail = (place, str(path[0]) if path else place), _words(error)
        found.setdefault(key, []).append(detail)
    return [_field_error(key, ", or ".join(dict.fromkeys(details))) for key, details in found.items()]


def _field_error(key: tuple[str, ...], detail: str) -> FieldError:
    place, *tokens = key
    if place != "body":
        return FieldError(parameter=tokens[0], detail=detail)
    return FieldError(pointer="".join(f"/{_escaped(token)}" for token in tokens), detail=detail)


def _escaped(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")


def _path_in(path: Sequence[Any], body: Any, kind: str) -> list[Any]:
    """Return the tokens that lead through the body. The others name a choice among types, or a function."""
    tokens: list[Any] = []
    for index, token in enumerate(path):
        is_there = token in body if isinstance(body, dict) else isinstance(body, list) and isinstance(token, int)
        if is_there:
            body = body[token]
        if is_there or (kind == "missing" and index == len(path) - 1):
            tokens.append(token)
    return tokens


def _in_body(error: ErrorDetails, tokens: Sequence[Any], model: Any) -> str:
    if error["type"] == "extra_forbidden":
        known = ", ".join(sorted(_names_at(model, tokens[:-1])))
        return f"unknown field: remove it, or use one of {known}" if known else "unknown field: remove it"
    if error["type"] == "missing" and not tokens:
        return "send a body in JSON"
    # A name that is chosen from a list; others have a pattern.
    if error["loc"][-1] == KEY and "expected" in error["ctx"]:
        return f"unknown name: use {error['ctx']['expected']}"
    return _words(error)


def _words(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "value_error":
            return str(context["error"])
        case "string_pattern_mismatch":
            return message_of(context["pattern"]) or f"write it in the form {context['pattern']}"
        case kind:
            return MESSAGES.get(kind, "write a value that this field takes").format_map(context)


def _names_at(annotation: Any, tokens: Sequence[Any]) -> Iterator[str]:
    """Yield the names of the fields of the object to which the tokens lead."""
    kinds = list(_choices(annotation))
    for token in tokens:
        kinds = [choice for kind in kinds for part in _part(kind, token) for choice in _choices(part)]
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from (str(field.validation_alias or name) for name, field in kind.model_fields.items())


def _choices(annotation: Any) -> Iterator[Any]:
    """Yield the types that an annotation allows."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _choices(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for choice in get_args(annotation):
            yield from _choices(choice)
    else:
        yield annotation


def _part(kind: Any, token: Any) -> Iterator[Any]:
    """Yield the type of a field of a model, of an item of a list, or of a value of an object."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from (
            each.annotation for name, each in kind.model_fields.items() if token in (name, each.validation_alias)
        )
    elif get_origin(kind) in (list, dict):
        yield get_args(kind)[-1]
