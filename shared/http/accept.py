"""Choice of the media type and the coding of a response by `Accept` and `Accept-Encoding` (RFC 9110, 12.5)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from fastapi import Depends, Request, Response

from shared.problem import NotAcceptable

JSON: Final = "application/json"


async def _varying(response: Response) -> None:
    response.headers["Vary"] = "Accept"


BY_ACCEPT: Final = [Depends(_varying)]
"""The `dependencies=` of an address that answers in several forms: caches must know."""


@dataclass(frozen=True)
class AlsoAnswers:
    """Dependency of an address that also answers in another media type, which another address documents.

    If it were documented here too, generated clients would not know the type of the JSON any more.
    """

    media_type: str
    path: str
    """Last segment of the address that documents it, below this one."""

    async def __call__(self, request: Request, response: Response) -> None:
        """Let caches know, and name that address."""
        await _varying(response)
        response.headers["Link"] = f'<{request.url.path}/{self.path}>; rel="alternate"; type="{self.media_type}"'


def check_accept(request: Request, media_types: Sequence[str]) -> None:
    """Refuse a request whose `Accept` allows none of the media types of the address. Raises NotAcceptable."""
    accept = request.headers.get("accept", "")
    if accept in ("", "*/*", JSON) or not media_types:
        return
    weights = _weights_in(accept)
    if not any(_weight_of(weights, each) for each in media_types):
        raise NotAcceptable(f"Accept {' or '.join(media_types)}.")


def chosen(request: Request, *others: str) -> str:
    """Return the media type that weighs most; of equal ones one that `Accept` names, then JSON."""
    weights = _weights_in(request.headers.get("accept", ""))

    def preference(media_type: str) -> tuple[float, bool]:
        is_named = media_type != JSON and weights.get(media_type, 0) > 0
        return _weight_of(weights, media_type), is_named

    return max((JSON, *others), key=preference)


def accepts_coding(accept_encoding: str, coding: str) -> bool:
    """Return True if a value of `Accept-Encoding` allows a coding of the content, such as gzip."""
    weights = _weights_in(accept_encoding)
    return weights.get(coding, weights.get("*", 0.0)) > 0


# Clients send the same few values with every request.
@lru_cache(maxsize=128)
def _weights_in(accept: str) -> Mapping[str, float]:
    """Return the weight of each media range, or of each coding, of a header."""
    return dict(map(_weighed, accept.lower().split(",")))


def _weight_of(weights: Mapping[str, float], media_type: str) -> float:
    """Return the weight of a media type: that of the narrowest range which holds it."""
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((weights[each] for each in ranges if each in weights), 0.0)


def _weighed(media_range: str) -> tuple[str, float]:
    """Return a media range and its weight; one that is no number weighs nothing."""
    name, *parameters = (part.strip() for part in media_range.split(";"))
    weight = next((part.removeprefix("q=") for part in parameters if part.startswith("q=")), "1")
    return name, float(weight) if re.fullmatch(r"0(\.\d{0,3})?|1(\.0{0,3})?", weight) else 0.0
