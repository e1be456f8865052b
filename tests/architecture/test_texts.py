"""Every text of every request body is either a code, or shows something and is stored without blanks around it."""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from shared.http.schemas import Body
from tests.app.test_field_errors import ROUTES, bodies

REFUSED: Final = (
    "\u200b", "\u3164", "\u2800", "\U000e0041", " ", "\u00a0", "a\u202eb", "a\u2066b", "a\x07b", "a\x00b", "a\x85b",
)  # fmt: skip
"""Texts that no field takes."""
AROUND: Final = ("{} ", " {}", "{}\u00a0", "\u200b{}", "{}\n")
WORDS: Final = ("aaaaaaaa", "Étude", "https://www.example.org/a", "a@example.org", "X-Api-Key", "2019-03-05")
"""Texts of which some field takes one or another."""
STRICT: Final = ConfigDict(strict=True)
BY_RULES: Final = {"SubscriptionDraft.url", "SubscriptionChange.url"}
"""A rule refuses the other ones, with the reason."""


def texts(annotation: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Yield each type of a text within a type, with its place."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is str:
        yield place, annotation
    elif origin is Annotated:
        inner = list(texts(arguments[0], place))
        # Metadata of a list or a choice belong to it, not to its texts.
        yield from [(place, annotation)] if arguments[0] is str else inner
    elif origin in (Union, UnionType, list, dict):
        for argument in arguments:
            yield from texts(argument, place)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from texts_of(annotation)


def texts_of(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """Yield each type of a text of a body, with its place."""
    for name, field in model.model_fields.items():
        annotation = field.annotation
        kind = Annotated[annotation, *field.metadata] if field.metadata else annotation
        yield from texts(kind, f"{model.__name__}.{name}")


BODIES: Final = sorted(set(bodies()), key=lambda each: (each.__module__, each.__name__))
TEXTS: Final = {place: kind for model in BODIES for place, kind in texts_of(model)}


def taken(kind: Any, text: str) -> str | None:
    """Return a text as it is stored; None if it is refused."""
    try:
        return TypeAdapter[str](kind, config=STRICT).validate_python(text)
    except ValidationError:
        return None


@pytest.mark.parametrize("place", sorted(TEXTS.keys() - BY_RULES))
def test_no_text_of_a_body_hides_something(place: str) -> None:
    kind = TEXTS[place]

    assert [text for text in REFUSED if taken(kind, text) is not None] == []
    for word in filter(lambda each: taken(kind, each) is not None, WORDS):
        assert {taken(kind, form.format(word)) for form in AROUND} <= {None, word}
        # Two forms of an accent.
        assert taken(kind, f"{word}e\u0301") in (None, f"{word}\u00e9")


def test_all_bodies_of_operations_are_looked_at() -> None:
    fields = [field for route in ROUTES for field in route.dependant.body_params]

    annotations = [field.field_info.annotation for field in fields]
    kinds: set[Any] = {kind for each in annotations for kind in (get_args(each) or [each])} - {NoneType}
    assert {kind for kind in kinds if not issubclass(kind, Body)} == set()
    assert TEXTS.keys() >= BY_RULES
    assert len(TEXTS) > 100
