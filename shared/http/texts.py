"""Texts in request bodies: something can be seen in each, and it is stored without the blanks around it."""

import re
from dataclasses import dataclass
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function

from shared.patterns import ASTRAL_INVISIBLE, INVISIBLE, LINE, LINE_OR_NOTHING, PARAGRAPHS, message_of
from shared.texts import tidied

_VISIBLE: Final = re.compile(f"[^{INVISIBLE}{ASTRAL_INVISIBLE}]")


@dataclass(frozen=True)
class Readable:
    """Refuse a text that has not the form of a pattern, and store it tidied. Its length is judged as it was sent."""

    pattern: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # Not a constraint of the library, which compiles the pattern anew for each of hundreds of fields.
        return no_info_after_validator_function(self._stored, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": self.pattern}

    def _stored(self, text: str) -> str:
        found = re.fullmatch(self.pattern, text)
        if found is None or (text and not _VISIBLE.search(text)):
            raise ValueError(message_of(self.pattern))
        return tidied(text)


ONE_LINE: Final = Readable(LINE)
SEVERAL_LINES: Final = Readable(PARAGRAPHS)
LINE_OR_EMPTY: Final = Readable(LINE_OR_NOTHING)
