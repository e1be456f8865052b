"""Read request bodies in JSON, as RFC 7493 has it, within bounds: what is costly to read is refused before it is read.

UTF-8, each name once, no NaN, only whole characters; 5.0 is 5.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from shared.problem import BadRequest, Unprocessable

MAX_DEPTH: Final = 20
MAX_VALUES: Final = 10_000
"""Values in a body: members of objects and items of lists. The largest body of the platform needs a tenth of it."""
MAX_DIGITS: Final = 100
"""Characters of a number. Python needs quadratic time for more."""
_TOKEN: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)
_TOKENS_PER_VALUE: Final = 4
"""At most: a name, a text, a comma, and a bracket that closes."""
_NOT_TEXT: Final = re.compile("[\0\ud800-\udfff]")
"""Characters that JSON can write and no database stores: NUL, and lone surrogates."""


class BodyTooComplex(BadRequest):
    """The body is nested too deep, holds too many values, or holds a number that is too long."""


class TextNotStorable(Unprocessable):
    """A text holds a NUL or half a character (a lone surrogate): no database takes them."""


def parse(body: bytes) -> Any:
    """Return the value of a body. Raises `JSONDecodeError`, `UnicodeDecodeError`, or a refusal."""
    text = body.decode()
    _check_size(text)
    value = json.loads(
        text, object_pairs_hook=_each_once, parse_constant=_no_constant, parse_int=_integer, parse_float=_number
    )
    if "\\u" in text and (found := next(filter(_NOT_TEXT.search, _texts(value)), None)):
        raise TextNotStorable(f"Take NUL and half characters out of {json.dumps(found[:100])}.")
    return value


def _check_size(text: str) -> None:
    """Refuse what is nested too deep or holds too many values; stop at the first that is too much."""
    opening = text.count("[") + text.count("{")
    if opening <= MAX_DEPTH and opening + text.count(",") <= MAX_VALUES:
        return
    depth = values = 0
    for number, token in enumerate(_TOKEN.finditer(text)):
        values += token[0] in "[{,"
        if values > MAX_VALUES or number > MAX_VALUES * _TOKENS_PER_VALUE:
            raise BodyTooComplex(f"Send at most {MAX_VALUES:,} values in a body.")
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > MAX_DEPTH:
            raise BodyTooComplex(f"Nest lists and objects at most {MAX_DEPTH} deep.")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise BadRequest("The body names a field twice: name it once.")
    return value


def _no_constant(name: str) -> None:
    raise BadRequest(f"{name} is not JSON: write a number.")


def _integer(text: str) -> int:
    _refuse_long(text)
    return int(text)


def _number(text: str) -> int | float:
    _refuse_long(text)
    number = float(text)
    # No field takes a larger one, and the digits of 1e308 take their time.
    if not number.is_integer() or abs(number) >= 2**63:
        return number
    # Of a float alone, which has no more than sixteen digits.
    exact = Decimal(text) if number else Decimal()
    return int(exact) if exact == int(exact) else number


def _refuse_long(number: str) -> None:
    if len(number) > MAX_DIGITS:
        raise BodyTooComplex(f"Write a number with at most {MAX_DIGITS} digits.")


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for name, item in value.items():
                yield name
                yield from _texts(item)
