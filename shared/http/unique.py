"""Lists in request bodies that take each item once."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import no_info_after_validator_function

TWICE: Final = "named twice"
"""First words of the refusal."""
Key = Callable[[Any], Hashable]


@dataclass(frozen=True)
class Unique:
    """Refuse an item that a list holds already. Write `Annotated[list[Item], Unique()]`.

    Items are compared as they are read: without blanks around, a SIRET as its SIREN. `Unique(by=("siren",))` compares
    these fields of objects, `Unique(key=…)` what a function makes of an item. The first one stays, each other one is
    refused at its place. OpenAPI says `uniqueItems`.
    """

    by: tuple[str, ...] = ()
    key: Key | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        published = handler(schema)
        published["uniqueItems"] = True
        return published

    def _check(self, items: Sequence[Any]) -> Sequence[Any]:
        seen: set[Hashable] = set()
        doubles = []
        for index, item in enumerate(items):
            compared = self._compared(item)
            if compared in seen:
                doubles.append(InitErrorDetails(type=self._refusal, loc=(index,), input=item))
            seen.add(compared)
        if doubles:
            # A plain ValueError would point at the list, not at the item.
            raise ValidationError.from_exception_data("list", doubles)
        return items

    def _compared(self, item: Any) -> Hashable:
        if self.key is not None:
            return self.key(item)
        return tuple(getattr(item, name) for name in self.by) if self.by else item

    @property
    def _refusal(self) -> PydanticCustomError:
        fields = " and ".join(f"`{name}`" for name in self.by)
        words = f"{TWICE}, with the same {fields}: take one away" if fields else f"{TWICE}: take one away"
        return PydanticCustomError("value_error", "{error}", {"error": words})
